// Erasing one user: afterwards nothing in the whole database names the user, and every count is what it was.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { eraseUser } from '../../collector/db/erase-user.ts'
import { mergeIssues } from '../../collector/db/merge-issues.ts'
import { createProject } from '../../collector/db/projects.ts'
import { userHash } from '../../collector/db/store-days.ts'
import { countKeptPayloads } from '../../collector/db/store-kept.ts'
import { decodePayload } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { readWholeStore } from '../support/compare-stores.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const start = Date.parse('2026-11-24T03:00:00Z')
const named = ['usr-77f1c', 'rosa.l', 'rosa@perron.example', '203.0.113.77', 'Rosa Lindqvist']
/** What distinct users are counted by; whoever knows the id can make the same number. */
const hash = userHash('id:usr-77f1c')
const user = {
  id: named[0],
  username: named[1],
  email: named[2],
  ip_address: named[3],
  name: named[4],
}

function row(who: object, type: string, at: number, project = 1): SpooledRow {
  const eventId = randomUUID().replaceAll('-', '')
  const event = {
    event_id: eventId,
    timestamp: at / 1000,
    level: 'error',
    release: 'shop@1.2.0+7',
    user: who,
    tags: { customer: (who as { email?: string }).email ?? 'none', plan: 'gold' },
    exception: { values: [{ type, value: `no seat for ${(who as { id?: string }).id}` }] },
  }
  const feedback = {
    event_id: eventId,
    name: 'R',
    email: (who as { email?: string }).email,
    comments: 'help',
  }
  const lines = [
    { event_id: eventId },
    { type: 'event' },
    event,
    { type: 'user_report' },
    feedback,
    { type: 'attachment', filename: 'a.txt' },
    { seen: (who as { id?: string }).id },
  ]
  const body = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
  return {
    body,
    facts: makeFacts({
      id: randomUUID(),
      received_at: at,
      project,
      event_id: eventId,
      length: body.length,
    }),
  }
}

onEachDatabase('erasing a user', (db) => {
  test('leaves no name anywhere and every count as it was', async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
    const digest = createDigest({
      db: db(),
      now: () => new Date(start),
      log: createLog('test', 'silent'),
    })
    const other = { id: 'usr-other', email: 'other@perron.example' }
    const rows = Array.from({ length: 12 }, (_, n) =>
      row(n % 3 === 0 ? other : user, n % 2 === 0 ? 'SeatError' : 'FareError', start + n * 60_000),
    )
    await digest.digestBatch('http://relay.test', rows)
    const counts = async () => ({
      issues: await db()
        .selectFrom('issues')
        .select(['id', 'event_count', 'user_count'])
        .orderBy('id')
        .execute(),
      users: await db()
        .selectFrom('issue_users')
        .select((eb) => ['issue_id', eb.fn.countAll<number>().as('users')])
        .groupBy('issue_id')
        .orderBy('issue_id')
        .execute(),
      tags: await db()
        .selectFrom('issue_tags')
        .select((eb) => ['issue_id', 'key', eb.cast<number>(eb.fn.sum('events'), 'integer').as('events')])
        .groupBy(['issue_id', 'key'])
        .orderBy('issue_id')
        .orderBy('key')
        .execute(),
      releases: await db().selectFrom('releases').select(['version', 'events', 'users']).execute(),
      days: await db().selectFrom('project_days').selectAll().execute(),
      releaseUsers: await db().selectFrom('release_users').select('version').execute(),
      dayUsers: await db().selectFrom('project_day_users').select(['day', 'project_id']).execute(),
      lines: await db()
        .selectFrom('release_lines')
        .select(({ fn }) => fn<number>('jsonb_array_length', ['newest_users']).as('users'))
        .execute(),
      hours: await db().selectFrom('issue_hours').selectAll().orderBy('issue_id').orderBy('hour').execute(),
    })
    // Signed by the user, on an event of somebody else.
    await db()
      .insertInto('feedback')
      .values({
        project_id: 1,
        event_id: null,
        received_at: new Date(start),
        message: 'hi',
        email: user.email,
      })
      .execute()
    const before = await counts()
    expect(await whereNamed()).toEqual(
      expect.arrayContaining(['release_users', 'project_day_users', 'release_lines', 'feedback', 'events']),
    )

    expect(await eraseUser(db(), 1, 'id:usr-77f1c')).toEqual({ issues: 2, events: 8 })

    expect(await whereNamed()).toEqual([])
    expect(await counts()).toEqual(before)
    const kept = await db().selectFrom('events').select('user_key').execute()
    expect(kept.map((event) => event.user_key)).toEqual(Array(4).fill('id:usr-other'))
    for (const { id } of before.issues) {
      const ofIssue = await db().selectFrom('events').select('event_id').where('issue_id', '=', id).execute()
      expect(await countKeptPayloads(db(), id)).toBe(ofIssue.length)
    }
    expect(await eraseUser(db(), 1, 'id:usr-77f1c')).toEqual({ issues: 0, events: 0 })
  })

  test('leaves what is said of kept payloads true, in a flood and after a merge too', async () => {
    await createProject(db(), { id: 2, name: 'Flood', slug: 'flood' }, new Date(start))
    const digest = createDigest({ db: db(), now: () => new Date(start), log: createLog('test', 'silent') })
    const flood = (type: string, from: number, size: number) =>
      digest.digestBatch(
        'http://relay.test',
        Array.from({ length: size }, (_, n) =>
          row(n % 2 === 0 ? { id: 'usr-other' } : user, type, start + (from + n) * 100, 2),
        ),
      )
    // Two issues, since the message names who it was; the latest of one of them is the user's.
    await flood('SeatError', 0, 406)
    const issues = await db()
      .selectFrom('issues')
      .select('id')
      .where('project_id', '=', 2)
      .orderBy('id')
      .execute()
    const [into, other] = issues.map(({ id }) => id) as [number, number]
    const merge = {
      projectId: 2,
      into,
      issueIds: [other],
      at: new Date(start),
      by: 'Mara',
      actor: 'person:1',
    }
    await db()
      .transaction()
      .execute((trx) => mergeIssues(trx, merge))
    // And so is the latest of the issue that shows both.
    await flood('SeatError', 406, 6)
    const latest = () => db().selectFrom('issue_latest_payloads').select('issue_id').execute()
    expect(await latest()).toHaveLength(2)

    await eraseUser(db(), 2, 'id:usr-77f1c')

    const kept = await db().selectFrom('events').select('user_key').where('issue_id', '=', into).execute()
    expect(new Set(kept.map(({ user_key }) => user_key))).toEqual(new Set(['id:usr-other']))
    expect(await countKeptPayloads(db(), into)).toBe(kept.length)
    expect(await latest()).toEqual([])
  })

  /** Tables in which a name of the user stands, packed payloads and files included. */
  async function whereNamed(): Promise<string[]> {
    const { rows } = await readWholeStore(db())
    const found = Object.entries(rows)
      .filter(([, texts]) => [...named, hash].some((name) => texts.join('\n').includes(name as string)))
      .map(([table]) => table)
    for (const { payload } of await db().selectFrom('events').select('payload').execute()) {
      const text = JSON.stringify(await decodePayload(payload))
      if (named.some((name) => text.includes(name as string))) found.push('events.payload')
    }
    for (const { body } of await db().selectFrom('attachments').select('body').execute()) {
      if (named.some((name) => body.includes(name as string))) found.push('attachments.body')
    }
    return found
  }
})
