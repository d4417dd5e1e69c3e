// Erasing one user: afterwards nothing in the whole database names the user, and every count is what it was.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { eraseUser } from '../../collector/db/erase-user.ts'
import { createProject } from '../../collector/db/projects.ts'
import { decodePayload } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { readWholeStore } from '../support/compare-stores.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const start = Date.parse('2026-11-24T03:00:00Z')
const named = ['usr-77f1c', 'rosa.l', 'rosa@perron.example', '203.0.113.77', 'Rosa Lindqvist']
const user = {
  id: named[0],
  username: named[1],
  email: named[2],
  ip_address: named[3],
  name: named[4],
}

function row(who: object, type: string, at: number): SpooledRow {
  const eventId = randomUUID().replaceAll('-', '')
  const event = {
    event_id: eventId,
    timestamp: at / 1000,
    level: 'error',
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
      project: 1,
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
      hours: await db().selectFrom('issue_hours').selectAll().orderBy('issue_id').orderBy('hour').execute(),
    })
    const before = await counts()
    expect(await whereNamed()).not.toEqual([])

    expect(await eraseUser(db(), 1, 'id:usr-77f1c')).toEqual({ issues: 2, events: 8 })

    expect(await whereNamed()).toEqual([])
    expect(await counts()).toEqual(before)
    const kept = await db().selectFrom('events').select('user_key').execute()
    expect(kept.map((event) => event.user_key)).toEqual(Array(4).fill('id:usr-other'))
    expect(await eraseUser(db(), 1, 'id:usr-77f1c')).toEqual({ issues: 0, events: 0 })
  })

  /** Tables in which a name of the user stands, packed payloads and files included. */
  async function whereNamed(): Promise<string[]> {
    const { rows } = await readWholeStore(db())
    const found = Object.entries(rows)
      .filter(([, texts]) => named.some((name) => texts.join('\n').includes(name as string)))
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
