// A new version of grouping over issues that an older one made: none of them is split, in a real database.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { createProject } from '../../collector/db/projects.ts'
import { storeBatch } from '../../collector/db/store-batch.ts'
import { createDigest } from '../../collector/digest.ts'
import { latePayloads } from '../../collector/late-payloads.ts'
import type { Event } from '../../collector/pipeline/event.ts'
import { type GroupingAlgorithm, group, groupingAlgorithms } from '../../collector/pipeline/group.ts'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'
import { prepareRow } from '../../collector/prepare.ts'
import { prepareHere } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts, readEvents } from '../support/facts.ts'

const now = new Date('2026-11-24T03:00:00Z')

function row(type: string, fn: string) {
  const eventId = randomUUID().replaceAll('-', '')
  const frames = [{ function: fn, filename: 'a.py', in_app: true }]
  const event = { platform: 'python', exception: { values: [{ type, value: 'x', stacktrace: { frames } }] } }
  const body = Buffer.from(
    `${JSON.stringify({ event_id: eventId })}\n{"type":"event"}\n${JSON.stringify(event)}\n`,
  )
  return {
    body,
    facts: makeFacts({
      id: randomUUID(),
      event_id: eventId,
      length: body.length,
      received_at: now.getTime(),
    }),
  }
}

const only = (version: number, value: (event: Event) => string): GroupingAlgorithm => ({
  version,
  choose: (event) => ({
    components: [{ name: 'made', value: value(event) }],
    because: `Version ${version}.`,
  }),
})
/** Puts together what the first version tells apart. */
const coarser = only(2, (event) => event.exceptions[0]?.type ?? '')
/** Tells apart what the first version puts together. */
const finer = only(3, (event) => `${event.exceptions[0]?.type} ${event.eventId}`)

onEachDatabase('a new version of grouping', (db) => {
  beforeAll(async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, now)
  })

  /** Stores one event as a program with these algorithms would. @returns number of its issue */
  async function store(type: string, fn: string, algorithms: readonly GroupingAlgorithm[]): Promise<number> {
    const { facts, body } = row(type, fn)
    const prepared = await prepareRow(facts, body, {
      retentionDays: 90,
      fingerprintRules: '',
      scrubbing: defaultScrubbing,
    })
    if (!prepared.ok) throw new Error(prepared.refused.error)
    const [event] = await readEvents(facts, body)
    if (!event) throw new Error('there is no event')
    const events = prepared.row.events.map((one) => ({ ...one, grouping: group(event, [], algorithms) }))
    await db()
      .transaction()
      .execute((trx) => storeBatch(trx, [{ ...prepared.row, events }], latePayloads([], prepareHere), now))
    const found = await db()
      .selectFrom('event_keys')
      .innerJoin('issues', 'issues.id', 'event_keys.issue_id')
      .select('issues.number')
      .where('event_keys.event_id', '=', facts.event_id)
      .executeTakeFirstOrThrow()
    return found.number
  }

  async function hashesOf(database: Database, number: number): Promise<number[]> {
    const rows = await database
      .selectFrom('issue_hashes')
      .innerJoin('issues', 'issues.id', 'issue_hashes.issue_id')
      .select('issue_hashes.version')
      .where('issues.number', '=', number)
      .orderBy('issue_hashes.version')
      .execute()
    return rows.map(({ version }) => version)
  }

  test('leaves issues of the old one as they are, and makes new ones by itself', async () => {
    const log = createLog('test', 'silent')
    const { facts, body } = row('KeyError', 'pay')
    await createDigest({ db: db(), now: () => now, log }).digestBatch('http://relay.test', [{ facts, body }])
    expect(await store('KeyError', 'ship', groupingAlgorithms)).toBe(2)

    // Both would be one in version 2.
    const second = [coarser, ...groupingAlgorithms]
    expect(await store('KeyError', 'pay', second)).toBe(1)
    expect(await store('KeyError', 'ship', second)).toBe(2)
    expect(await hashesOf(db(), 1)).toEqual([1, 2])
    expect(await hashesOf(db(), 2)).toEqual([1])

    // What no old issue knows follows the new version alone.
    expect(await store('ValueError', 'pay', second)).toBe(3)
    expect(await store('ValueError', 'ship', second)).toBe(3)
    expect(await hashesOf(db(), 3)).toEqual([2])

    // Once the old version is gone, its issues are found by what was noted meanwhile.
    expect(await store('KeyError', 'pay', [coarser])).toBe(1)
  })

  test('does not split an issue that it would tell apart', async () => {
    const third = [finer, coarser, ...groupingAlgorithms]
    expect(await store('KeyError', 'pay', third)).toBe(1)
    expect(await store('KeyError', 'pay', third)).toBe(1)
    expect(await store('ValueError', 'run', third)).toBe(3)
    expect(await store('OSError', 'run', third)).not.toBe(await store('OSError', 'run', third))
  })
})
