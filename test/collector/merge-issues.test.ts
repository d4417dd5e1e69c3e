// Merging issues and taking a merge apart again: counts are exact in both directions, whatever arrives meanwhile.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { eraseUser } from '../../collector/db/erase-user.ts'
import { findIssueByNumber } from '../../collector/db/issue-page.ts'
import { mergeIssues, takeOutIssues } from '../../collector/db/merge-issues.ts'
import { createProject } from '../../collector/db/projects.ts'
import { findStoredEvent } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { freshPostgres, onEachDatabase, postgresAvailable } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const start = Date.parse('2026-11-24T03:00:00Z')
const log = createLog('test', 'silent')
const person = { actor: 'person:1', by: 'Mira' }

type Sent = {
  readonly type: string
  readonly user: string
  readonly release: string
  readonly minute: number
}

/** One event of an issue that its exception's type names. */
function row({ type, user, release, minute }: Sent): SpooledRow {
  const eventId = randomUUID().replaceAll('-', '')
  const event = {
    event_id: eventId,
    level: minute % 5 === 0 ? 'fatal' : 'error',
    platform: 'node',
    release,
    environment: minute % 2 === 0 ? 'production' : 'staging',
    tags: { region: `r${minute % 3}` },
    user: { id: user },
    exception: { values: [{ type, value: `failed in minute ${minute}` }] },
  }
  const body = Buffer.from(
    `${JSON.stringify({ event_id: eventId })}\n{"type":"event"}\n${JSON.stringify(event)}\n`,
  )
  return {
    body,
    facts: makeFacts({
      id: randomUUID(),
      received_at: start + minute * 60_000,
      event_id: eventId,
      length: body.length,
    }),
  }
}

function some(type: string, from: number, count: number, release: string): SpooledRow[] {
  return Array.from({ length: count }, (_, i) =>
    row({ type, user: `u${(from + i) % 7}`, release, minute: (from + i) * 11 }),
  )
}

const digestOf = (db: Database) => createDigest({ db, now: () => new Date(start), log })

async function take(db: Database, rows: readonly SpooledRow[]) {
  const result = await digestOf(db).digestBatch('http://relay.test', rows)
  expect(result.deadLetters).toBe(0)
  return result
}

/** All that is counted and shown of an issue, named by its number. */
async function countsOf(db: Database, number: number) {
  const issue = await db
    .selectFrom('issues')
    .selectAll()
    .where('project_id', '=', 1)
    .where('number', '=', number)
    .executeTakeFirstOrThrow()
  const of = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows
  const id = issue.id
  return {
    issue: {
      title: issue.title,
      level: issue.level,
      events: issue.event_count,
      users: issue.user_count,
      first: [issue.first_seen_at, issue.first_event_id, issue.first_release],
      last: [issue.last_seen_at, issue.last_event_id, issue.last_release],
    },
    hours: await of(sql`select hour, events from issue_hours where issue_id = ${id} order by hour`),
    users: await of(sql`select user_key from issue_users where issue_id = ${id} order by user_key`),
    environments: await of(
      sql`select environment, events, first_seen_at, last_seen_at from issue_environments where issue_id = ${id} order by environment`,
    ),
    releases: await of(
      sql`select release, events, first_seen_at, last_seen_at from issue_releases where issue_id = ${id} order by release`,
    ),
    tags: await of(
      sql`select key, value, events, last_seen_at from issue_tags where issue_id = ${id} order by key, value`,
    ),
    kept: await of(sql`select event_id from events where issue_id = ${id} order by event_id`),
  }
}

async function idOf(db: Database, number: number): Promise<number> {
  const row = await db
    .selectFrom('issues')
    .select('id')
    .where('project_id', '=', 1)
    .where('number', '=', number)
    .executeTakeFirstOrThrow()
  return row.id
}

const merge = async (db: Database, into: number, ...numbers: number[]) => {
  const issueIds = await Promise.all(numbers.map((number) => idOf(db, number)))
  const target = await idOf(db, into)
  await db
    .transaction()
    .execute((trx) =>
      mergeIssues(trx, { projectId: 1, into: target, issueIds, at: new Date(start), ...person }),
    )
}

const takeOut = async (db: Database, from: number, ...numbers: number[]) => {
  const issueIds = await Promise.all(numbers.map((number) => idOf(db, number)))
  const source = await idOf(db, from)
  await db
    .transaction()
    .execute((trx) =>
      takeOutIssues(trx, { projectId: 1, from: source, issueIds, at: new Date(start), ...person }),
    )
}

/** What an issue has of the same events where nothing was ever merged: each type is issue 1, 2, 3. */
const types = ['Alpha', 'Beta', 'Gamma'] as const
const batches = {
  before: [
    ...some('Alpha', 0, 9, 'shop@1'),
    ...some('Beta', 3, 8, 'shop@2'),
    ...some('Gamma', 20, 5, 'shop@1'),
  ],
  merged: [
    ...some('Beta', 40, 6, 'shop@3'),
    ...some('Alpha', 45, 4, 'shop@3'),
    ...some('Gamma', 50, 3, 'shop@2'),
  ],
  after: [
    ...some('Beta', 60, 5, 'shop@1'),
    ...some('Alpha', 2, 3, 'shop@4'),
    ...some('Gamma', 1, 2, 'shop@5'),
  ],
}

/** The same rows under one type, so that they are one issue from the start. */
function asOne(rows: readonly SpooledRow[]): SpooledRow[] {
  return rows.map(({ body, facts }) => {
    const text = types.reduce((t, type) => t.replaceAll(`"type":"${type}"`, '"type":"One"'), body.toString())
    return { body: Buffer.from(text), facts: { ...facts, length: Buffer.byteLength(text) } }
  })
}

const withoutTitle = ({
  issue: { title: _, ...issue },
  ...counts
}: Awaited<ReturnType<typeof countsOf>>) => ({ issue, ...counts })

onEachDatabase('merged issues', (db) => {
  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
    await createProject(db(), { id: 2, name: 'Never merged', slug: 'plain' }, new Date(start))
    await createProject(db(), { id: 3, name: 'One issue', slug: 'one' }, new Date(start))
  })

  const inProject = (rows: readonly SpooledRow[], project: number) =>
    rows.map(({ body, facts }) => ({ body, facts: { ...facts, id: randomUUID(), project } }))

  /** The counts of project 1 against those of a project that got the same events. */
  async function countsIn(project: number, number: number) {
    const issue = await db()
      .selectFrom('issues')
      .select('id')
      .where('project_id', '=', project)
      .where('number', '=', number)
      .executeTakeFirstOrThrow()
    await db()
      .updateTable('issues')
      .set({ project_id: 1, number: 900 + number })
      .where('id', '=', issue.id)
      .execute()
    const counts = await countsOf(db(), 900 + number)
    await db().updateTable('issues').set({ project_id: project, number }).where('id', '=', issue.id).execute()
    return withoutTitle(counts)
  }

  test('count together what arrived before and after, and apart what each had of it', async () => {
    await take(db(), batches.before)
    await take(db(), inProject(batches.before, 2))
    await take(db(), inProject(asOne(batches.before), 3))
    await merge(db(), 1, 2, 3)
    expect(withoutTitle(await countsOf(db(), 1))).toEqual(await countsIn(3, 1))
    expect(await idOf(db(), 2)).not.toBe((await findIssueByNumber(db(), 'shop', 2))?.id)
    expect((await findIssueByNumber(db(), 'shop', 2))?.number).toBe(1)

    await take(db(), batches.merged)
    const again = await take(db(), batches.merged)
    expect([again.newEvents, again.knownRows]).toEqual([0, batches.merged.length])
    await take(db(), inProject(batches.merged, 2))
    await take(db(), inProject(asOne(batches.merged), 3))
    expect(withoutTitle(await countsOf(db(), 1))).toEqual(await countsIn(3, 1))
    const { rows: everything } = await sql<{
      events: number
    }>`select sum(events)::int as events from project_hours where project_id = 1`.execute(db())
    expect(everything[0]?.events).toBe(batches.before.length + batches.merged.length)

    await takeOut(db(), 1, 2)
    expect(withoutTitle(await countsOf(db(), 2))).toEqual(await countsIn(2, 2))
    await takeOut(db(), 1, 3)
    for (const number of [1, 2, 3])
      expect(withoutTitle(await countsOf(db(), number))).toEqual(await countsIn(2, number))

    await take(db(), batches.after)
    await take(db(), batches.after)
    await take(db(), inProject(batches.after, 2))
    await take(db(), inProject(asOne(batches.after), 3))
    for (const number of [1, 2, 3])
      expect(withoutTitle(await countsOf(db(), number))).toEqual(await countsIn(2, number))

    // Again, the other way round, and through a third one.
    await merge(db(), 3, 1)
    await merge(db(), 2, 3)
    expect(withoutTitle(await countsOf(db(), 2))).toEqual(await countsIn(3, 1))
    await takeOut(db(), 2, 1, 3)
    for (const number of [1, 2, 3])
      expect(withoutTitle(await countsOf(db(), number))).toEqual(await countsIn(2, number))
  })

  test('find every event in the issue that shows it', async () => {
    await merge(db(), 1, 2)
    const shown = await idOf(db(), 1)
    for (const { facts } of batches.before) {
      const stored = await findStoredEvent(db(), 1, facts.event_id)
      expect(stored, facts.event_id).toBeDefined()
      expect([shown, await idOf(db(), 3)]).toContain(stored?.issueId)
    }
    await takeOut(db(), 1, 2)
    for (const { facts, body } of batches.merged) {
      const number = types.findIndex((type) => body.includes(`"type":"${type}"`)) + 1
      expect((await findStoredEvent(db(), 1, facts.event_id))?.issueId).toBe(await idOf(db(), number))
    }
  })

  test('forget an erased user in every part, and still add up', async () => {
    await merge(db(), 1, 2)
    const { issues } = await eraseUser(db(), 1, 'id:u3')
    expect(issues).toBeGreaterThan(0)
    const together = (await countsOf(db(), 1)).issue.users
    await takeOut(db(), 1, 2)
    for (const number of [1, 2]) {
      const { users, issue } = await countsOf(db(), number)
      expect(users).toHaveLength(issue.users)
      expect(users.map((row) => (row as { user_key: string }).user_key)).not.toContain('id:u3')
    }
    await merge(db(), 1, 2)
    expect((await countsOf(db(), 1)).issue.users).toBe(together)
    await takeOut(db(), 1, 2)
  })

  test('are refused across projects, twice, and alone', async () => {
    const [one, two] = [await idOf(db(), 1), await idOf(db(), 2)]
    const foreign = await db()
      .selectFrom('issues')
      .select('id')
      .where('project_id', '=', 2)
      .executeTakeFirstOrThrow()
    const attempt = (into: number, issueIds: number[]) =>
      db()
        .transaction()
        .execute((trx) => mergeIssues(trx, { projectId: 1, into, issueIds, at: new Date(start), ...person }))
    await expect(attempt(one, [foreign.id])).rejects.toThrow('Only issues of one project')
    await expect(attempt(one, [one])).rejects.toThrow('at least two')
    await attempt(one, [two])
    await expect(attempt(one, [two])).rejects.toThrow('merged already')
    await takeOut(db(), 1, 2)
    await expect(takeOut(db(), 1, 2)).rejects.toThrow('no part of this one')
  })
})

describe.skipIf(!postgresAvailable)('merging while events arrive', () => {
  test('loses and doubles nothing', { timeout: 60_000 }, async () => {
    const opened = await freshPostgres()
    try {
      const { db } = opened
      await createProject(db, { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
      await take(db, [...some('Alpha', 0, 3, 'a'), ...some('Beta', 0, 3, 'a')])
      const rounds = process.env.POSTERN_TEST_LONG ? 40 : 8
      let sent = 6
      for (let round = 0; round < rounds; round++) {
        const rows = [...some('Alpha', round, 10, 'a'), ...some('Beta', round, 10, 'b')]
        sent += rows.length
        const deliver = async (batch: readonly SpooledRow[]) => {
          // A deadlock is redelivered, as the relay does.
          for (;;) {
            try {
              await digestOf(db).digestBatch('http://relay.test', batch)
              return
            } catch (error) {
              if ((error as { code?: string }).code !== '40P01') throw error
            }
          }
        }
        const change = async () => {
          for (;;) {
            try {
              await (round % 2 === 0 ? merge(db, 1, 2) : takeOut(db, 1, 2))
              return
            } catch (error) {
              if ((error as { code?: string }).code !== '40P01') throw error
            }
          }
        }
        await Promise.all([
          deliver(rows.slice(0, 7)),
          change(),
          deliver(rows.slice(7, 14)),
          deliver(rows.slice(14)),
        ])
      }
      await takeOut(db, 1, 2).catch(() => undefined)
      const { rows } = await sql<{
        number: number
        event_count: number
        hours: number
        users: number
        user_count: number
        kept: number
      }>`
        select number, event_count::int, user_count::int,
          (select sum(events) from issue_hours h where h.issue_id = i.id)::int as hours,
          (select count(*) from issue_users u where u.issue_id = i.id)::int as users,
          (select count(*) from events e where e.issue_id = i.id)::int as kept
        from issues i order by number`.execute(db)
      const half = sent / 2
      const full = { event_count: half, hours: half, kept: half, users: 7, user_count: 7 }
      expect(rows).toEqual([
        { number: 1, ...full },
        { number: 2, ...full },
      ])
    } finally {
      await opened.close()
    }
  })
})
