// Client reports become counts: once however often they are delivered, bounded whatever they say, and gone with
// the other outcome counters.
import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import {
  deleteClientDiscardsBefore,
  listClientDiscards,
  maxDiscardKinds,
} from '../../collector/db/client-discards.ts'
import { keptDays } from '../../collector/db/partitions.ts'
import { createProject } from '../../collector/db/projects.ts'
import { createDigest } from '../../collector/digest.ts'
import { createHousekeepingStep } from '../../collector/housekeeping.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const log = createLog('test', 'silent')
const start = Date.parse('2026-11-24T03:10:00Z')

type Entry = { reason: unknown; category: unknown; quantity: unknown }
const errors = (reason: string, quantity: number): Entry => ({ reason, category: 'error', quantity })

function rowOf(payload: string, { project = 1, at = start, before = '' } = {}): SpooledRow {
  const body = Buffer.from(`{}\n${before}{"type":"client_report"}\n${payload}\n`)
  return { body, facts: makeFacts({ id: randomUUID(), project, received_at: at, length: body.length }) }
}

const reportRow = (entries: readonly Entry[], where: { project?: number; at?: number } = {}) =>
  rowOf(JSON.stringify({ timestamp: start / 1_000, discarded_events: entries }), where)

onEachDatabase('what clients dropped', (db) => {
  const digest = (rows: readonly SpooledRow[]) =>
    createDigest({ db: db(), now: () => new Date(start), log }).digestBatch('http://relay.test', rows)
  const list = (since = start - 86_400_000, projects: number[] | null = null) =>
    listClientDiscards(db(), new Date(since), projects)
  const countRows = async () => (await db().selectFrom('client_discards').select('count').execute()).length

  beforeAll(async () => {
    for (const id of [1, 2]) {
      await createProject(db(), { id, name: `P${id}`, slug: `p${id}` }, new Date(start))
    }
  })
  beforeEach(async () => {
    await db().deleteFrom('client_discards').execute()
  })

  test('is added up over reports, hours and kinds, the project that lost most first', async () => {
    await digest([
      reportRow([errors('ratelimit_backoff', 400), errors('before_send', 7)]),
      reportRow([errors('ratelimit_backoff', 12)], { at: start + 3_600_000 }),
      reportRow([errors('network_error', 500)], { project: 2 }),
    ])
    expect(await list()).toEqual([
      { projectId: 2, kinds: [{ reason: 'network_error', category: 'error', count: 500 }], others: 0 },
      {
        projectId: 1,
        kinds: [
          { reason: 'ratelimit_backoff', category: 'error', count: 412 },
          { reason: 'before_send', category: 'error', count: 7 },
        ],
        others: 0,
      },
    ])
    expect((await list(undefined, [1])).map(({ projectId }) => projectId)).toEqual([1])
    expect(await list(undefined, [])).toEqual([])
    // From the hour after on only the later report counts.
    expect(await list(start + 1)).toMatchObject([{ projectId: 1, kinds: [{ count: 12 }] }])
  })

  test('is counted once, however often and in whatever batch a report is delivered', async () => {
    const rows = [reportRow([errors('before_send', 3)]), reportRow([errors('before_send', 4)])]
    await digest([...rows, ...rows])
    await digest(rows)
    for (const row of rows) await digest([row])
    expect(await list()).toMatchObject([{ kinds: [{ count: 7 }] }])
  })

  test('takes nothing with it when a report cannot be read: the event beside it is stored', async () => {
    const event = `{"type":"event"}\n{"event_id":"${randomUUID().replaceAll('-', '')}","message":"beside"}\n`
    const result = await digest([
      rowOf('{"discarded_events":', { before: event }),
      rowOf(JSON.stringify({ discarded_events: [{ reason: 'a\u0000\ud800', category: 7, quantity: 2 }] })),
    ])
    expect(result).toMatchObject({ newEvents: 1, deadLetters: 0 })
    expect(await list()).toMatchObject([{ kinds: [{ reason: 'a\ufffd\ufffd', category: '', count: 2 }] }])
    const unread = await db()
      .selectFrom('item_counts')
      .select('count')
      .where('type', '=', 'client_report')
      .where('kept', '=', false)
      .executeTakeFirstOrThrow()
    expect(unread.count).toBe(1)
  })

  test('keeps so many kinds apart in an hour; later ones are other, and known ones still grow', async () => {
    const entries = (from: number) => Array.from({ length: 40 }, (_, n) => errors(`made up ${from + n}`, 1))
    for (const from of [100, 140, 180]) await digest([reportRow(entries(from))])
    await digest([reportRow([errors('made up 100', 9), errors('made up 999', 9)])])
    expect(await countRows()).toBe(maxDiscardKinds + 1)
    const [project] = await list()
    expect(project?.kinds.slice(0, 2)).toEqual([
      { reason: '', category: '', count: 120 - maxDiscardKinds + 9 },
      { reason: 'made up 100', category: 'error', count: 10 },
    ])
    const shown = project?.kinds.reduce((sum, { count }) => sum + count, 0) ?? 0
    expect(shown + (project?.others ?? 0)).toBe(138)
  })

  test('keeps that bound, and every count, when two collectors bring new kinds at once', async () => {
    const entries = (name: string) => Array.from({ length: 40 }, (_, n) => errors(`${name} ${n}`, 1))
    const batches = ['left', 'right', 'third', 'fourth'].map((name, n) => [
      reportRow(entries(name), { project: n % 2 === 0 ? 1 : 2 }),
      reportRow(entries(name), { project: n % 2 === 0 ? 2 : 1 }),
    ])
    await Promise.all(batches.map(digest))
    const rows = await db().selectFrom('client_discards').selectAll().execute()
    expect(rows).toHaveLength(2 * (maxDiscardKinds + 1))
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(4 * 80)
  })

  test('never counts beyond what a number can hold', async () => {
    const kind = { project_id: 1, hour: new Date('2026-11-24T03:00:00Z'), reason: 'lie', category: 'error' }
    await db()
      .insertInto('client_discards')
      .values({ ...kind, count: 1_000_000_000_000 })
      .execute()
    const lies = Array.from({ length: 300 }, () => errors('lie', Number.MAX_SAFE_INTEGER))
    expect(await digest([reportRow(lies)])).toMatchObject({ deadLetters: 0 })
    expect((await list())[0]?.kinds[0]?.count).toBe(1_000_000_000_000)
  })

  test('goes with the other outcome counters', async () => {
    await digest([
      reportRow([errors('before_send', 1)]),
      reportRow([errors('before_send', 2)], { at: start + 7_200_000 }),
    ])
    await deleteClientDiscardsBefore(db(), new Date(start + 1))
    expect(await list()).toMatchObject([{ kinds: [{ count: 2 }] }])
    const later = new Date(start + (keptDays.outcomes + 1) * 86_400_000)
    await createHousekeepingStep({
      db: db(),
      kind: 'postgres',
      now: () => later,
      log,
      keptAtMost: { days: null, bytes: null },
    })(new AbortController().signal)
    expect(await countRows()).toBe(0)
  })
})
