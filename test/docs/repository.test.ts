// The shape of the repository: imports point only towards shared/, SQL stands where it belongs, documents name
// files, scripts and log lines that exist, links lead somewhere, and the environment is read in one place each.
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readRoot, root, section, tableRows } from '../support/documents.ts'

/** Files below a folder, as paths from the top. */
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

const sources = ['relay', 'collector', 'shared'].flatMap(filesIn).filter((path) => /\.(ts|js)$/.test(path))
const own = sources.filter((path) => !path.startsWith('collector/dashboard/static/'))
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...filesIn('docs').filter((path) => path.endsWith('.md')),
].sort()

/** What a file imports: packages by name, own files by their path from the top. */
function importsOf(path: string): string[] {
  const text = readRoot(path)
  const patterns = [
    /^(?:import|export)\s[^;'"=(]*?\bfrom\s+'([^']+)'/gm,
    /^import\s+'([^']+)'/gm,
    /\bimport\('([^']+)'\)/g,
  ]
  return patterns
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map(([, name = '']) => (name.startsWith('.') ? join(dirname(path), name) : name))
}

const programOf = (path: string) => path.split('/')[0] ?? ''

describe('imports', () => {
  test('point from relay and collector towards shared, never elsewhere', () => {
    const wrong = sources.flatMap((path) =>
      importsOf(path)
        .filter((name) => /^(relay|collector|shared|test|bench|templates)\//.test(name))
        .filter((name) => programOf(name) !== programOf(path) && programOf(name) !== 'shared')
        .map((name) => `${path} imports ${name}`),
    )
    expect(sources.length).toBeGreaterThan(50)
    expect(importsOf('collector/poll.ts')).toContain('shared/errors.ts')
    expect(wrong).toEqual([])
  })

  test('of kysely, pg and SQLite stand only where stores are', () => {
    // SQL that is spelled in a step is a query that nobody finds; a type alone is harmless.
    const wrong = sources.filter((path) => {
      if (/^collector\/db\//.test(path)) return false
      const text = readRoot(path).replace(/import type [^;]*?from '[^']+'/g, '')
      const isRelayStore =
        /^relay\/(database|spool|spool-store|leases|leaps|room|outcomes|project-store)\.ts$/.test(path)
      const isStore = /from '(kysely|pg|@electric-sql\/pglite|better-sqlite3)'/.test(text)
      const isQuery = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(|\.prepare\(/.test(text)
      return (isStore || isQuery) && !isRelayStore
    })
    expect(wrong).toEqual([])
  })

  test('name files by their own names, never a folder', () => {
    const wrong = sources.flatMap((path) =>
      importsOf(path)
        .filter((name) => /^(relay|collector|shared)\//.test(name) && !/\.(ts|js|json)$/.test(name))
        .map((name) => `${path} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })
})

test('the environment is read where each program starts, and nowhere else', () => {
  const readers = sources.filter((path) => /process\.env\b/.test(readRoot(path)))
  const starts = readers.filter((path) => !path.startsWith('collector/commands/'))
  // Before each program's own settings count those that say how Node is to load it.
  const loading = ['shared/keep-compiled.js', 'shared/only-compile.js']
  expect(starts.sort()).toEqual(['collector/main.ts', 'relay/main.ts', ...loading])
})

test('every source file opens by saying what it does', () => {
  const silent = own.filter((path) => !/^\/\/ \S/.test(readRoot(path)))
  expect(silent).toEqual([])
})

describe('documents', () => {
  test('the straight line of ARCHITECTURE.md names files that exist', () => {
    const rows = tableRows(section(readRoot('ARCHITECTURE.md'), 'The straight line'))
    const named = rows.flatMap((row) => [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => path))
    expect(named.length).toBeGreaterThanOrEqual(rows.length)
    expect(named.filter((path) => !existsSync(join(root, path ?? '')))).toEqual([])
  })

  test.each(documents)('%s names only files that exist', (document) => {
    const inDocument = readRoot(document)
    const paths = [
      ...inDocument.matchAll(/`((?:relay|collector|shared|test|docs|templates|bench)\/[\w./-]+)`/g),
    ]
    const missing = paths
      .map(([, path = '']) => path)
      // Made by running it, not kept in the repository.
      .filter((path) => path !== 'bench/history.md' && !path.includes('NNNN'))
      .filter((path) => !existsSync(join(root, path)))
    expect(missing).toEqual([])
  })

  test.each(documents)('links of %s lead somewhere', (document) => {
    const headings = (path: string) =>
      [...readRoot(path).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      )
    const broken = [...readRoot(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^(https?|mailto):/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? document : join(dirname(document), path)
        if (!existsSync(join(root, file))) return true
        return anchor !== undefined && !headings(file).includes(anchor)
      })
    expect(broken).toEqual([])
  })

  test('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readRoot('package.json')) as { scripts: Record<string, string> }
    for (const document of documents) {
      for (const [, script = ''] of readRoot(document).matchAll(/\bnpm run ([\w:-]+)/g)) {
        expect(Object.keys(scripts), document).toContain(script)
      }
    }
  })

  test('docs/operations.md quotes log lines as the programs write them', () => {
    const text = sources.map(readRoot).join('\n')
    const lines = tableRows(section(readRoot('docs/operations.md'), 'Log lines')).map(
      ([line]) => /^`(.*)`$/.exec(line ?? '')?.[1] ?? '',
    )
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter((line) => !text.includes(`'${line}'`))).toEqual([])
  })

  test('decisions are numbered once, dated, and say which paths were not taken', () => {
    const decisions = documents.filter((path) => path.startsWith('docs/decisions/'))
    const numbers = decisions.map((path) => /\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1])
    expect(new Set(numbers).size).toBe(decisions.length)
    for (const path of decisions) {
      expect(readRoot(path), path).toMatch(/^# \d{4}\W.+\n[^#]*\b\d{4}-\d\d-\d\d\b/)
      expect(readRoot(path), path).toMatch(/not taken/i)
    }
  })
})
