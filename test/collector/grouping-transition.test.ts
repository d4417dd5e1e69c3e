// A new version of grouping over issues that an older one made: none of them is split, in a real database.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { createProject } from '../../collector/db/projects.ts'
import { storeBatch } from '../../collector/db/store-batch.ts'
import { createDigest } from '../../collector/digest.ts'
import { latePayloads } from '../../collector/late-payloads.ts'
import type { Event, JsonObject } from '../../collector/pipeline/event.ts'
import { type GroupingAlgorithm, group, groupingAlgorithms } from '../../collector/pipeline/group.ts'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'
import { prepareRow } from '../../collector/prepare.ts'
import { prepareHere } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts, readEvents } from '../support/facts.ts'

const now = new Date('2026-11-24T03:00:00Z')

const python = (type: string, fn: string) => ({
  platform: 'python',
  exception: {
    values: [
      { type, value: 'x', stacktrace: { frames: [{ function: fn, filename: 'a.py', in_app: true }] } },
    ],
  },
})

function row(event: JsonObject) {
  const eventId = randomUUID().replaceAll('-', '')
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

const first = groupingAlgorithms.filter(({ version }) => version === 1)

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
    await createProject(db(), { id: 2, name: 'Other', slug: 'other' }, now)
    // makes the day's partitions
    const { facts, body } = row(python('OSError', 'open'))
    const log = createLog('test', 'silent')
    const digest = createDigest({ db: db(), now: () => now, log })
    await digest.digestBatch('http://relay.test', [{ facts: { ...facts, project: 2 }, body }])
  })

  /** Stores one event as a program with these algorithms would. @returns number of its issue */
  async function storeEvent(wire: JsonObject, algorithms: readonly GroupingAlgorithm[]): Promise<number> {
    const { facts, body } = row(wire)
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

  const store = (type: string, fn: string, algorithms: readonly GroupingAlgorithm[]) =>
    storeEvent(python(type, fn), algorithms)

  async function hashesOf(database: Database, number: number): Promise<number[]> {
    const rows = await database
      .selectFrom('issue_hashes')
      .innerJoin('issues', 'issues.id', 'issue_hashes.issue_id')
      .select('issue_hashes.version')
      .where('issues.project_id', '=', 1)
      .where('issues.number', '=', number)
      .orderBy('issue_hashes.version')
      .execute()
    return rows.map(({ version }) => version)
  }

  test('leaves issues of the old one as they are, and makes new ones by itself', async () => {
    expect(await store('KeyError', 'pay', first)).toBe(1)
    expect(await store('KeyError', 'ship', first)).toBe(2)

    // Both would be one in version 2.
    const second = [coarser, ...first]
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
    const third = [finer, coarser, ...first]
    expect(await store('KeyError', 'pay', third)).toBe(1)
    expect(await store('KeyError', 'pay', third)).toBe(1)
    expect(await store('ValueError', 'run', third)).toBe(3)
    expect(await store('OSError', 'run', third)).not.toBe(await store('OSError', 'run', third))
  })

  test('of today goes on with the issues of version 1, whatever it puts together or tells apart', async () => {
    const flutter = (hash: string) => ({ platform: 'dart', message: `_CartState#${hash}(defunct)` })
    const answer = (status: number) => ({
      platform: 'node',
      message: `GET https://a.example/ returned ${status}`,
    })
    const one = await storeEvent(flutter('a1b2c'), first)
    const other = await storeEvent(flutter('99ff0'), first)
    const both = await storeEvent(answer(404), first)
    expect(one).not.toBe(other)
    expect(await storeEvent(answer(500), first)).toBe(both)

    expect(await storeEvent(flutter('a1b2c'), groupingAlgorithms)).toBe(one)
    expect(await storeEvent(flutter('99ff0'), groupingAlgorithms)).toBe(other)
    expect(await storeEvent(answer(404), groupingAlgorithms)).toBe(both)
    expect(await storeEvent(answer(500), groupingAlgorithms)).toBe(both)
    // What no issue of version 1 knows follows version 2.
    expect(await storeEvent(flutter('0c0c0'), groupingAlgorithms)).toBe(one)
    expect(await storeEvent(answer(502), groupingAlgorithms)).not.toBe(
      await storeEvent({ ...answer(503), platform: 'python' }, groupingAlgorithms),
    )
  })
})
