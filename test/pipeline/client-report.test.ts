// What SDKs say that they dropped: each reason and category once, bounded whatever is sent.
import { expect, test } from 'vitest'
import {
  maxDiscardsOfReport,
  maxQuantity,
  readClientReport,
} from '../../collector/pipeline/read-client-report.ts'
import { scrubberOf } from '../../collector/pipeline/scrub.ts'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'
import { splitEnvelope } from '../../shared/envelope.ts'
import { listCaptures } from '../support/captures.ts'

const read = (payload: string | Buffer) =>
  readClientReport(
    { type: 'client_report', headers: {}, payload: Buffer.from(payload) },
    scrubberOf(defaultScrubbing),
  )
const report = (discarded: unknown) => JSON.stringify({ timestamp: 1, discarded_events: discarded })
const dropped = (reason: unknown, category: unknown, quantity: unknown) => ({ reason, category, quantity })

test('the report of a captured SDK says what it dropped', () => {
  const found = listCaptures()
    .filter(({ path, headers }) => path.includes('/envelope/') && !headers['content-encoding'])
    .flatMap(({ body }) => splitEnvelope(body).items)
    .filter(({ type }) => type === 'client_report')
    .map(({ payload }) => read(payload))
  expect(found).toEqual([[{ reason: 'before_send', category: 'error', quantity: 2 }]])
})

test('what is said twice is added up, and other categories stay apart', () => {
  const entries = [
    dropped('ratelimit_backoff', 'error', 400),
    dropped('ratelimit_backoff', 'session', 3),
    dropped('ratelimit_backoff', 'error', 12),
  ]
  expect(read(report(entries))).toEqual([
    { reason: 'ratelimit_backoff', category: 'error', quantity: 412 },
    { reason: 'ratelimit_backoff', category: 'session', quantity: 3 },
  ])
})

test.each([0, -1, 1.5, '7', null, [], {}, 2 ** 53, true])('a quantity of %j counts nothing', (quantity) => {
  expect(read(report([dropped('a', 'error', quantity), dropped('b', 'error', 1)]))).toEqual([
    { reason: 'b', category: 'error', quantity: 1 },
  ])
})

test.each([
  ['nothing', ''],
  ['no JSON', '{"discarded_events":['],
  ['a list', '[1]'],
  ['null', 'null'],
  ['an object where the list belongs', report({ length: 7 })],
  ['entries that are none', report([null, 7, 'x', [], [[]]])],
  ['nesting without end', `{"discarded_events":${'['.repeat(30_000)}`],
  ['more bytes than a report may have', report([dropped('a'.repeat(70_000), 'error', 1)])],
])('%s says nothing, and throws nothing', (_, payload) => {
  expect(read(payload)).toEqual([])
})

test('no text is longer than its bound, none breaks the database, and secrets are taken out', () => {
  const found = read(
    report([
      dropped('x'.repeat(5_000), 'y'.repeat(5_000), 1),
      dropped('a\u0000b\ud800', `${'z'.repeat(58)}😀😀`, 2),
      dropped({ toString: 1 }, undefined, 3),
      dropped('password=hunter2hunter2', 'error', 4),
    ]),
  )
  for (const { reason, category } of found) {
    expect(Math.max(reason.length, category.length)).toBeLessThanOrEqual(60)
    expect(`${reason}${category}`.isWellFormed()).toBe(true)
  }
  expect(found[1]?.reason).toBe('a\ufffdb\ufffd')
  expect(found[2]).toEqual({ reason: '', category: '', quantity: 3 })
  expect(JSON.stringify(found)).not.toContain('hunter2')
})

test('kinds beyond the bound are one sum, and no quantity is lost to it', () => {
  const found = read(report(Array.from({ length: 900 }, (_, n) => dropped(`r${n}`, 'error', 2))))
  expect(found).toHaveLength(maxDiscardsOfReport + 1)
  expect(found.at(-1)).toEqual({ reason: '', category: '', quantity: (900 - maxDiscardsOfReport) * 2 })
})

test('an entry can say so much and no more', () => {
  expect(read(report([dropped('a', 'error', Number.MAX_SAFE_INTEGER)]))[0]?.quantity).toBe(maxQuantity)
})
