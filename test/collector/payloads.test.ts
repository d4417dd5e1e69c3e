// Payloads by worth: all of a quiet issue, a sample of a flood, and counts that are exact either way; what
// retention takes away, no page needs.
import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { findIssueByNumber } from '../../collector/db/issue-page.ts'
import { createPartitions, dropOldPartitions } from '../../collector/db/partitions.ts'
import { createProject } from '../../collector/db/projects.ts'
import { countKeptPayloads } from '../../collector/db/store-kept.ts'
import { decodePayload, fromUuid } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import { type PrepareBatch, prepareHere, type SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const log = createLog('test', 'silent')
const start = Date.parse('2026-11-24T03:00:00Z')
const id = (number: number) => String(number).padStart(32, '0')

/** The flood: one issue, 300 users, three releases of which the last begins late, all within minutes. */
function row(number: number): SpooledRow {
  const event = {
    event_id: id(number),
    platform: 'node',
    release: number < 600 ? 'shop@1' : number < 1_150 ? 'shop@2' : 'shop@3',
    user: { id: `user-${number % 300}` },
    tags: { screen: `screen-${number % 7}` },
    exception: { values: [{ type: 'Flood', value: 'too much' }] },
    extra: { password: 'hunter2', number },
  }
  const body = Buffer.from(`{"event_id":"${event.event_id}"}\n{"type":"event"}\n${JSON.stringify(event)}\n`)
  const facts = makeFacts({
    id: randomUUID(),
    event_id: event.event_id,
    event_id_made: false,
    received_at: start + number * 100,
    length: body.length,
  })
  return { facts, body }
}

async function idsKept(db: Database): Promise<string[]> {
  const rows = await db.selectFrom('events').select('event_id').orderBy('received_at').execute()
  return rows.map(({ event_id }) => fromUuid(event_id))
}

onEachDatabase('payloads of a flood', (db) => {
  let made = 0
  const counting: PrepareBatch = async (rows) => {
    const prepared = await prepareHere(rows)
    made += prepared.filter((one) => one.ok && one.row.events[0]?.payload).length
    return prepared
  }

  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
    const digest = createDigest({ db: db(), now: () => new Date(start), log, prepareBatch: counting })
    for (let from = 0; from < 1_200; from += 75) {
      await digest.digestBatch(
        'http://relay.test',
        Array.from({ length: 75 }, (_, i) => row(from + i)),
      )
    }
  })

  test('are thinned, while every count stays exact', async () => {
    const issue = await db().selectFrom('issues').selectAll().executeTakeFirstOrThrow()
    expect(issue).toMatchObject({ event_count: 1_200, user_count: 300 })
    const releases = await db()
      .selectFrom('issue_releases')
      .select(['release', 'events'])
      .orderBy('release')
      .execute()
    expect(releases).toEqual([
      { release: 'shop@1', events: 600 },
      { release: 'shop@2', events: 550 },
      { release: 'shop@3', events: 50 },
    ])
    const screens = await db()
      .selectFrom('issue_tags')
      .select('events')
      .where('key', '=', 'screen')
      .orderBy('value')
      .execute()
    expect(screens.map(({ events }) => events)).toEqual([172, 172, 172, 171, 171, 171, 171])
    const kept = await idsKept(db())
    expect(kept.length).toBeLessThan(250)
    expect(await countKeptPayloads(db(), issue.id)).toBe(kept.length)
  })

  test('are made of those that are kept, hardly of others, and each is that of its event', async () => {
    const kept = await db().selectFrom('events').select(['event_id', 'payload']).execute()
    for (const { event_id, payload } of kept) {
      const { wire, reading } = await decodePayload(payload)
      expect(wire).toMatchObject({
        event_id: fromUuid(event_id),
        extra: { password: '[Filtered]', number: Number(fromUuid(event_id)) },
      })
      expect(reading?.removed).toEqual(['extra.password'])
    }
    // Besides: what filled the batch in which the hour's hundred ended, and what was the latest for a while.
    expect(made).toBeLessThan(kept.length + 75)
  })

  test('keep the first, the latest, and the first of each release', async () => {
    const kept = await idsKept(db())
    expect(kept.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, number) => id(number)))
    expect(kept.at(-1)).toBe(id(1_199))
    expect(kept).toContain(id(600))
    expect(kept).toContain(id(1_150))
    // The latest of the batch before gave way.
    expect(kept).not.toContain(id(1_124))
  })

  test('go with their day, and the issue stays whole without them', async () => {
    const issue = await db().selectFrom('issues').selectAll().executeTakeFirstOrThrow()
    await createPartitions(db()).ensure([{ receivedAt: new Date(start), retentionDays: 90 }])
    await dropOldPartitions(db(), new Date(start + 92 * 86_400_000))
    expect(await idsKept(db())).toEqual([])
    expect(await countKeptPayloads(db(), issue.id)).toBe(0)
    expect(await findIssueByNumber(db(), 'shop', 1)).toMatchObject({ eventCount: 1_200, userCount: 300 })
  })

  test('that cannot be made a second time cost their own row alone', async () => {
    const broken: PrepareBatch = async (rows, isUrgent) => {
      const prepared = await prepareHere(rows)
      const refused = { ok: false as const, refused: { step: 'prepare', error: 'It hung.' } }
      return prepared.map((one, i) => (isUrgent && rows[i]?.facts.event_id === id(1_203) ? refused : one))
    }
    const digest = createDigest({ db: db(), now: () => new Date(start), log, prepareBatch: broken })
    const results = []
    for (const numbers of [[1_200], [1_201, 1_202, 1_203]]) {
      results.push(await digest.digestBatch('http://relay.test', numbers.map(row)))
    }
    expect(results).toMatchObject([{ newEvents: 1 }, { newEvents: 2, deadLetters: 1 }])
    expect(await idsKept(db())).toEqual([id(1_202)])
    expect(await findIssueByNumber(db(), 'shop', 1)).toMatchObject({ eventCount: 1_203 })
  })
})

/** Bytes that no compression makes small, so that a day has a size. */
function heavyRow(project: number, at: number): SpooledRow {
  const event = {
    event_id: randomUUID().replaceAll('-', ''),
    platform: 'node',
    exception: { values: [{ type: `Heavy`, value: 'x' }] },
    extra: Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`k${i}`, `${randomBytes(6_000).toString('base64')} `]),
    ),
  }
  const body = Buffer.from(
    `{"event_id":"${event.event_id}"}\n{"type":"event"}\n${JSON.stringify(event)}\n` +
      `{"type":"attachment","length":20000,"filename":"log.bin"}\n${'x'.repeat(20_000)}\n`,
  )
  const facts = makeFacts({
    id: randomUUID(),
    event_id: event.event_id,
    event_id_made: false,
    received_at: at,
    project,
    length: body.length,
  })
  return { facts, body }
}

const dayMs = 86_400_000

onEachDatabase('the most that all projects together keep', (db) => {
  const today = Date.parse('2026-11-24T12:00:00Z')
  const daysOf = async (table: string) => {
    const { rows } = await sql<{ name: string }>`select relname as name from pg_class
      where relname ~ ${`^${table}(_r[0-9]+)?_[0-9]{8}$`} order by 1`.execute(db())
    return [...new Set(rows.map(({ name }) => name.slice(-8)))].sort()
  }
  const stored = async () => {
    const rows = await db().selectFrom('events').select(['project_id', 'received_at']).execute()
    return [
      ...new Set(rows.map((row) => `${row.project_id} ${row.received_at.toISOString().slice(8, 10)}`)),
    ].sort()
  }

  beforeAll(async () => {
    for (const [id, days] of [
      [1, 90],
      [2, 30],
    ] as const) {
      await createProject(db(), { id, name: `P${id}`, slug: `p${id}` }, new Date(start))
      await db()
        .updateTable('projects')
        .set({ settings: JSON.stringify({ retention: { days } }) })
        .where('id', '=', id)
        .execute()
    }
    const digest = createDigest({ db: db(), now: () => new Date(today), log })
    for (let ago = 5; ago >= 0; ago -= 1) {
      const rows = [1, 2].flatMap((project) =>
        Array.from({ length: 3 }, () => heavyRow(project, today - ago * dayMs)),
      )
      await digest.digestBatch('http://relay.test', rows)
    }
  })

  test('in days ends before what a project asks for, and drops whole days', async () => {
    await dropOldPartitions(db(), new Date(today), { days: 4, bytes: null })
    expect(await daysOf('events')).toEqual(['20261120', '20261121', '20261122', '20261123', '20261124'])
    expect(await daysOf('attachments')).toEqual(['20261120', '20261121', '20261122', '20261123', '20261124'])
    // Keys and row ids hold against redelivery for as long as before.
    expect(await daysOf('received_envelopes')).toHaveLength(6)
    expect(await stored()).toHaveLength(10)
  })

  test('in bytes takes the oldest day of all projects first, and never the current one', async () => {
    const bytes = async () => {
      const { rows } = await sql<{ bytes: number }>`select sum(pg_total_relation_size(oid))::bigint as bytes
        from pg_class where relname ~ '^(events|attachments)(_r[0-9]+)?_[0-9]{8}$'`.execute(db())
      return Number(rows[0]?.bytes)
    }
    const before = await bytes()
    await dropOldPartitions(db(), new Date(today), { days: null, bytes: Math.floor(before * 0.7) })
    expect(await stored()).toEqual(['1 22', '1 23', '1 24', '2 22', '2 23', '2 24'])
    expect(await bytes()).toBeLessThanOrEqual(before * 0.7)
    await dropOldPartitions(db(), new Date(today), { days: null, bytes: 1 })
    expect(await stored()).toEqual(['1 24', '2 24'])
    expect(await daysOf('attachments')).toEqual(['20261124'])
  })

  test('leaves every count, and issues say how much of theirs is kept', async () => {
    for (const slug of ['p1', 'p2']) {
      const issue = await findIssueByNumber(db(), slug, 1)
      expect(issue).toMatchObject({ eventCount: 18 })
      expect(await countKeptPayloads(db(), issue?.id ?? 0)).toBe(3)
      const hours = await db()
        .selectFrom('issue_hours')
        .select('events')
        .where('issue_id', '=', issue?.id ?? 0)
        .execute()
      expect(hours.map(({ events }) => events)).toEqual([3, 3, 3, 3, 3, 3])
    }
    const keys = await db().selectFrom('event_keys').select('event_id').execute()
    expect(keys).toHaveLength(36)
  })
})

onEachDatabase('a project beyond its megabytes of the day', (db) => {
  test('keeps of an issue the first of each hour, the latest and what is new, and counts everything', async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
    await db()
      .updateTable('projects')
      .set({ settings: JSON.stringify({ retention: { dailyMegabytes: 1 } }) })
      .execute()
    const digest = createDigest({ db: db(), now: () => new Date(start), log })
    const heavy = Array.from({ length: 20 }, (_, number) => heavyRow(1, start + number))
    await digest.digestBatch('http://relay.test', heavy)
    const { bytes } = await db().selectFrom('project_payloads').select('bytes').executeTakeFirstOrThrow()
    expect(bytes).toBeGreaterThan(1_000_000)

    // Another issue, part of the flood of above, now meets a budget that is used up.
    for (const from of [550, 625]) {
      await digest.digestBatch(
        'http://relay.test',
        Array.from({ length: 75 }, (_, i) => row(from + i)),
      )
    }
    const issue = await db()
      .selectFrom('issues')
      .selectAll()
      .where('title', 'like', 'Flood%')
      .executeTakeFirstOrThrow()
    expect(issue).toMatchObject({ event_count: 150, user_count: 150 })
    const ofFlood = async () => (await idsKept(db())).filter((one) => /^0{20}/.test(one))
    // The first of the hour; what made the burst; the first of the other release; the latest.
    expect(await ofFlood()).toEqual([id(550), id(552), id(600), id(699)])
    expect(await countKeptPayloads(db(), issue.id)).toBe(4)
    // The first of the next hour is kept for good, and takes the place of the latest.
    const later = row(700)
    await digest.digestBatch('http://relay.test', [
      { ...later, facts: { ...later.facts, received_at: start + 3_600_000 } },
    ])
    expect(await ofFlood()).toEqual([id(550), id(552), id(600), id(700)])
    expect(await countKeptPayloads(db(), issue.id)).toBe(4)
  })
})
