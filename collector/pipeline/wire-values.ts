// Reading values out of hostile JSON: whatever stands where a text, number or list is expected, the
// answer is a bounded value of our type or null, and what was cut or not understood is noted.
import type { JsonObject, JsonValue, Note } from './event.ts'
import { maxJsonDepth, maxJsonMembers, maxJsonText, maxJsonTotal, maxNotes } from './limits.ts'

/** What is missing and what is there alike; every reader below takes it. */
export type Wire = JsonValue | undefined

/** Collects what was cut, replaced or dropped; bounded, since a hostile event could fill pages of it. */
export type Notes = {
  readonly add: (what: Note['what'], path: string, detail: string) => void
  /** As add, of what may stand at a thousand places of one event. */
  readonly addOnce: (what: Note['what'], path: string, detail: string) => void
  /** The notes so far; where there were too many, the last says how many more. */
  readonly list: () => readonly Note[]
  /** Takes from the allowance that all free JSON of one event shares; false: used up. */
  readonly spend: (characters: number) => boolean
}

export function createNotes(): Notes {
  const notes: Note[] = []
  let more = 0
  let left = maxJsonTotal
  const told = new Set<string>()
  const add: Notes['add'] = (what, path, detail) => {
    if (notes.length < maxNotes - 1) notes.push({ path: cutText(path, 300), what, detail })
    else more++
  }
  return {
    add,
    addOnce(what, path, detail) {
      const key = `${what} ${path} ${detail}`
      if (told.has(key)) return
      told.add(key)
      add(what, path, detail)
    },
    list() {
      return more === 0 ? notes : [...notes, { path: '', what: 'cut', detail: `${more} more notes` }]
    },
    spend(characters) {
      left -= characters
      return left >= 0
    },
  }
}

export function asObject(value: Wire): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

export function asList(value: Wire): readonly JsonValue[] | null {
  return Array.isArray(value) ? value : null
}

/** The text cut to `max` units, the last one an ellipsis; never in the middle of a character. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 2)
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 2 : max - 1)}…`
}

/**
 * A text of at most `max` units from a string, number or boolean; null for everything else and for
 * what is empty. Objects and lists are noted as dropped.
 */
export function readText(value: Wire, max: number, path: string, notes: Notes): string | null {
  if (value === undefined || value === null || value === '') return null
  if (typeof value === 'object') {
    notes.add('dropped', path, `expected a text, found ${Array.isArray(value) ? 'a list' : 'an object'}`)
    return null
  }
  const text = String(value)
  if (text.length <= max) return text
  notes.add('cut', path, `from ${text.length} characters to ${max}`)
  return cutText(text, max)
}

/** As readText, but what is no text is kept as its JSON: broken clients send objects as exception values. */
export function readTextOrJson(value: Wire, max: number, path: string, notes: Notes): string | null {
  if (typeof value !== 'object' || value === null) return readText(value, max, path, notes)
  return readText(JSON.stringify(value), max, path, notes)
}

export function readBoolean(value: Wire): boolean | null {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 1) return true
  if (value === 'false' || value === 0) return false
  return null
}

/** A whole number that fits a 32-bit column; texts of digits count. */
export function readInteger(value: Wire): number | null {
  const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= 0x7fffffff
    ? number
    : null
}

/** A list however it is wrapped: bare, in {values}, or a single object; null members are left out. */
export function readValues(value: Wire, path: string, notes: Notes): readonly JsonValue[] {
  const object = asObject(value)
  const list = asList(value) ?? asList(object?.values)
  if (list) return list.includes(null) ? list.filter((member) => member !== null) : list
  if (object) {
    return 'values' in object ? [] : Object.keys(object).length > 0 ? [object] : []
  }
  if (value !== undefined && value !== null && value !== '') {
    notes.add('dropped', path, 'expected a list or an object')
  }
  return []
}

/** Of more than `max` members the first `head` and the last of the rest; noted. */
export function cutList<T>(
  list: readonly T[],
  max: number,
  head: number,
  path: string,
  notes: Notes,
): readonly T[] {
  if (list.length <= max) return list
  notes.add('cut', path, `from ${list.length} entries to ${max}`)
  return [...list.slice(0, head), ...list.slice(list.length - (max - head))]
}

/** Name–value pairs from an object, a list of pairs, or a list of {key|name, value}. */
export function readPairs(
  value: Wire,
  path: string,
  notes: Notes,
): readonly (readonly [JsonValue, JsonValue])[] {
  const object = asObject(value)
  if (object) return Object.entries(object)
  const list = asList(value)
  if (!list) {
    if (value !== undefined && value !== null && value !== '') {
      notes.add('dropped', path, 'expected an object or a list of pairs')
    }
    return []
  }
  const pairs: (readonly [JsonValue, JsonValue])[] = []
  for (const entry of list) {
    const pair = asList(entry)
    const member = asObject(entry)
    const name = pair ? pair[0] : (member?.key ?? member?.name)
    if (name === undefined || name === null) {
      if (entry !== null) notes.add('dropped', path, 'an entry that is no pair')
    } else pairs.push([name, (pair ? pair[1] : member?.value) ?? null])
  }
  return pairs
}

/** Free JSON as it is where it is within the limits, else a copy cut down to them. */
export function readJson(value: Wire, path: string, notes: Notes): JsonValue {
  if (value === undefined) return null
  const size = measure(value, 0)
  if (size >= 0 && notes.spend(size)) return value
  if (size >= 0) {
    notes.add('dropped', path, `the event holds more than ${maxJsonTotal} characters of free data`)
    return null
  }
  notes.add('cut', path, 'too deep, too many members or too long a text')
  const cut = cutJson(value, 0)
  if (notes.spend(Math.max(0, measure(cut, 0)))) return cut
  notes.add('dropped', path, `the event holds more than ${maxJsonTotal} characters of free data`)
  return null
}

/** As readJson for what must be an object; anything else is noted as dropped. */
export function readJsonObject(value: Wire, path: string, notes: Notes): JsonObject | null {
  if (value === undefined || value === null) return null
  if (asObject(value)) return asObject(readJson(value, path, notes))
  // PHP writes an empty object as an empty list.
  if (asList(value)?.length === 0) return null
  notes.add('dropped', path, 'expected an object')
  return null
}

/** Rough length of the value's JSON; -1 where a limit of its own is broken. */
function measure(value: JsonValue, depth: number): number {
  if (typeof value === 'string') return value.length > maxJsonText ? -1 : value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  if (depth >= maxJsonDepth) return -1
  return Array.isArray(value) ? measureList(value, depth) : measureObject(value as JsonObject, depth)
}

function measureList(list: readonly JsonValue[], depth: number): number {
  if (list.length > maxJsonMembers) return -1
  let size = 2
  for (const member of list) {
    const inner = measure(member, depth + 1)
    if (inner < 0) return -1
    size += inner + 1
  }
  return size
}

function measureObject(object: JsonObject, depth: number): number {
  let size = 2
  let members = 0
  for (const key in object) {
    if (++members > maxJsonMembers || key.length > maxJsonText) return -1
    const inner = measure(object[key] as JsonValue, depth + 1)
    if (inner < 0) return -1
    size += key.length + inner + 4
  }
  return size
}

function cutJson(value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'string') return cutText(value, maxJsonText)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxJsonDepth) return Array.isArray(value) ? '[list]' : '[object]'
  if (Array.isArray(value)) {
    const members = value.slice(0, maxJsonMembers).map((member) => cutJson(member, depth + 1))
    return value.length > maxJsonMembers ? [...members, `… ${value.length - maxJsonMembers} more`] : members
  }
  const members = Object.entries(value)
  const kept = members
    .slice(0, maxJsonMembers)
    .map(([key, member]) => [cutText(key, maxJsonText), cutJson(member, depth + 1)] as const)
  if (members.length > maxJsonMembers) kept.push(['…', `${members.length - maxJsonMembers} more`])
  return Object.fromEntries(kept)
}
