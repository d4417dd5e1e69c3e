// docs/configuration.md and docs/errors.md against the code: nothing missing, nothing invented, and every
// documented default really is the default.
import { describe, expect, test } from 'vitest'
import { collectorSecrets, collectorSettings, loadConfig as loadCollector } from '../../collector/config.ts'
import { keptDays } from '../../collector/db/partitions.ts'
import * as limits from '../../collector/pipeline/limits.ts'
import { loadConfig as loadRelay, relaySettingNames } from '../../relay/config.ts'
import { readRoot, section, tableRows } from '../support/documents.ts'

const text = readRoot('docs/configuration.md')
const relayRows = tableRows(section(text, 'Relay'))
const collectorRows = tableRows(section(text, 'Collector'))
const code = (cell: string | undefined) => /^`([^`]*)`$/.exec(cell ?? '')?.[1]
const token = 'a-token-of-at-least-thirty-two-characters'

describe('docs/configuration.md', () => {
  test('names every setting of the relay, and no other', () => {
    expect(relayRows.map(([name]) => code(name)).sort()).toEqual([...relaySettingNames].sort())
  })

  test('names every setting of the collector, and no other', () => {
    expect(collectorRows.map(([name]) => code(name)).sort()).toEqual([...collectorSettings].sort())
  })

  test('marks the secrets as such', () => {
    const secrets = (rows: string[][]) => rows.filter((row) => row[2] === 'yes').map((row) => code(row[0]))
    expect(secrets(collectorRows).sort()).toEqual([...collectorSecrets].sort())
    for (const name of secrets(relayRows)) {
      expect(() => loadRelay({ [`${name}_FILE`]: '/nowhere' })).toThrow(`${name}_FILE: cannot read`)
    }
  })

  test.each([
    ['relay', relayRows, loadRelay, { RELAY_TOKEN: token }],
    ['collector', collectorRows, loadCollector, { COLLECTOR_RELAYS: `http://localhost:4100=${token}` }],
  ] as const)('gives the true default of every setting of the %s', (_program, rows, load, base) => {
    let checked = 0
    for (const [name, value] of rows) {
      const byDefault = code(value)
      if (byDefault === undefined) continue
      expect(load({ ...base, [code(name) as string]: byDefault }), `${name}`).toEqual(load(base))
      checked += 1
    }
    expect(checked).toBeGreaterThan(5)
  })

  test('says of every setting without a default whether it is required', () => {
    for (const row of [...relayRows, ...collectorRows]) {
      expect(code(row[1]) ?? row[1], row[0]).toMatch(/./)
      if (row[1] !== 'required') continue
      expect(['`RELAY_TOKEN`', '`COLLECTOR_RELAYS`']).toContain(row[0])
    }
  })

  test('lists every limit of the pipeline with its value', () => {
    const documented = Object.fromEntries(
      tableRows(section(text, 'Limits of one event')).map((row) => [code(row[0]), row[1]]),
    )
    const real = Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, show(name, value)]))
    expect(documented).toEqual(real)
  })

  test('gives the times that things are kept', () => {
    const kept = tableRows(section(text, 'What is kept, and how long'))
    const days = (what: string) =>
      Number.parseInt(kept.find((row) => row[0]?.startsWith(what))?.[1] ?? '', 10)
    expect(days('Attachments')).toBe(keptDays.attachments)
    expect(days('Keys that recognise')).toBe(keptDays.eventKeys)
    expect(days('Row ids')).toBe(keptDays.receivedEnvelopes)
    expect(days('Outcome counters')).toBe(keptDays.outcomes)
    const migration = readRoot('collector/db/migrations/0001-first.ts')
    expect(migration).toContain(`retention_days smallint not null default ${days('Events with')}`)
    expect(readRoot('collector/housekeeping.ts')).toContain(`deadLetterDays = ${days('Dead letters')}\n`)
  })
})

test('the relay is given the same options of Node wherever it is started', () => {
  const options = (text: string): string[] =>
    ['max-semi-space-size', 'max-old-space-size', 'no-allocation-site-pretenuring'].flatMap((name) => {
      const found = [...text.matchAll(new RegExp(`--${name}(?:=\\d+)?`, 'g'))].map(([option]) => option)
      // The collector has a young generation of its own size.
      return found.filter((option) => option !== '--max-semi-space-size=8').slice(0, 1)
    })
  const places = [
    'Dockerfile',
    'package.json',
    'start.ts',
    'bench/programs.ts',
    'docs/configuration.md',
    'docs/deployment.md',
  ]
  const wanted = options(readRoot('Dockerfile'))
  expect(wanted).toHaveLength(3)
  for (const place of places) expect(options(readRoot(place)), place).toEqual(wanted)
})

describe('docs/errors.md', () => {
  test('explains every error code, and no other', () => {
    const list = /export type ErrorCode =([\s\S]*?)\n\n/.exec(readRoot('shared/errors.ts'))?.[1] ?? ''
    const codes = [...list.matchAll(/'(\w+)'/g)].map((match) => match[1])
    expect(codes.length).toBeGreaterThan(10)
    expect(
      tableRows(readRoot('docs/errors.md'))
        .map(([name]) => code(name))
        .sort(),
    ).toEqual(codes.sort())
  })

  test("gives the relay's statuses", () => {
    const table = /statusByCode[^{]*\{([^}]*)\}/.exec(readRoot('relay/answers.ts'))?.[1] ?? ''
    const statuses = [...table.matchAll(/(\w+): (\d+)/g)].map((match) => [match[1], match[2]] as const)
    expect(statuses.length).toBeGreaterThan(10)
    const documented = new Map(tableRows(readRoot('docs/errors.md')).map((row) => [code(row[0]), row[1]]))
    for (const [name, status] of statuses) expect(documented.get(name), name).toBe(status)
  })
})

function show(name: string, value: number): string {
  if (name.endsWith('Bytes')) return `${value / 1024 / 1024} MiB`
  if (!name.endsWith('Ms')) return String(value)
  return value >= 86_400_000 ? `${value / 86_400_000} d` : `${value / 60_000} min`
}
