// A strict reader of the part of TOML that fly.toml needs: tables, arrays of tables, and on one line each
// strings, numbers, booleans, arrays and inline tables of these. Anything else is an error, not a guess.

type Value = string | number | boolean | Value[] | Table
export type Table = { [key: string]: Value }

/** @throws Error naming the line that is not understood, or a key given twice */
export function parseToml(text: string): Table {
  const top: Table = {}
  let table = top
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    const fail = (why: string): never => {
      throw new Error(`line ${i + 1}: ${why}: ${line}`)
    }
    if (line === '' || line.startsWith('#')) continue
    const heading = /^(\[\[?)([\w.]+)(\]\]?)$/.exec(line)
    if (heading?.[2]) {
      if (heading[1]?.length !== heading[3]?.length) fail('brackets do not match')
      table = openTable(top, heading[2].split('.'), heading[1] === '[[')
      continue
    }
    const pair = /^(\w+)\s*=\s*(.+)$/.exec(line)
    if (!pair?.[1] || !pair[2]) return fail('neither a table nor a key with a value')
    if (pair[1] in table) fail('given twice')
    table[pair[1]] = parseValue(pair[2]) ?? fail('a value that is not understood')
  }
  return top
}

/** The table of a heading, made where it is missing; inside the last member of an array of tables. */
function openTable(top: Table, path: string[], isArray: boolean): Table {
  let at = top
  path.forEach((key, i) => {
    const isLast = i === path.length - 1
    const known = at[key]
    if (isLast && isArray) {
      const list = (known ?? []) as Table[]
      at[key] = [...list, {}]
    } else if (known === undefined) at[key] = {}
    else if (isLast) throw new Error(`table ${path.join('.')} stands twice`)
    const next = at[key]
    at = (Array.isArray(next) ? next.at(-1) : next) as Table
  })
  return at
}

/** JSON is TOML's own form for all values here but inline tables, whose keys are bare. */
function parseValue(text: string): Value | undefined {
  const json = text.startsWith('{') ? text.replace(/(\w+)\s*=\s*/g, '"$1": ') : text
  try {
    return JSON.parse(json) as Value
  } catch {
    return undefined
  }
}
