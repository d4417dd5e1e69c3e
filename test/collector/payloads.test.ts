// Payloads by worth: all of a quiet issue, a sample of a flood, and counts that are exact either way; what
// retention takes away, no page needs.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { findIssueByNumber } from '../../collector/db/issue-page.ts'
import { createPartitions, dropOldPartitions } from '../../collector/db/partitions.ts'
import { createProject } from '../../collector/db/projects.ts'
import { countKeptPayloads } from '../../collector/db/store-kept.ts'
import { fromUuid } from '../../collector/db/stored-events.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
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
  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
    const digest = createDigest({ db: db(), now: () => new Date(start), log })
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
})
