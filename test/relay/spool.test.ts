// The spool itself, on a real file and with a clock of its own: leases, redelivery, age, watermark, books.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSpoolDatabase, type SpoolDatabase } from '../../relay/database.ts'
import { createOutcomes, type Outcomes } from '../../relay/outcomes.ts'
import { createSpool, type LeasedBatch, type Spool } from '../../relay/spool.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

const minute = 60_000
const hour = 60 * minute
let folder: string
let database: SpoolDatabase
let outcomes: Outcomes
let spool: Spool
let clock: TestClock

function open(): void {
  database = openSpoolDatabase(join(folder, 'spool.db'))
  outcomes = createOutcomes(database.db)
  spool = createSpool({ db: database.db, outcomes, clock, ttlMs: 7 * 24 * hour })
}
function reopen(): void {
  spool.close()
  database.close()
  open()
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-spool-'))
  clock = createTestClock()
  open()
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

async function append(count: number, bytes = 10, project = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID() as string)
  await Promise.all(
    ids.map((id) => spool.append({ id, project, facts: '{}', body: Buffer.alloc(bytes, id) })),
  )
  return ids
}
function lease(
  max = 100,
  maxBytes = 1e9,
  leaseMs = minute,
): { id: string; rows: string[]; deliveries: number[] } | null {
  const batch = spool.lease({ max, maxBytes, leaseMs })
  return (
    batch && { id: batch.lease.id, rows: idsOf(batch), deliveries: batch.rows.map((row) => row.deliveries) }
  )
}
function idsOf(batch: LeasedBatch): string[] {
  return batch.rows.map(({ seq }) => spool.readRow(seq)?.id ?? 'gone')
}
function ack(id: string, done: string[], giveBack: string[] = [], renewMs?: number) {
  return spool.ack({ lease: id, done, giveBack, renewMs })
}
function countOf(outcome: string): number {
  return spool
    .listOutcomes(0)
    .reduce((sum, counter) => sum + (counter.outcome === outcome ? counter.count : 0), 0)
}

describe('leases', () => {
  test('rows are handed out oldest first, whole, and to one holder only', async () => {
    const ids = await append(5)
    const first = lease(3)
    const second = lease(3)
    expect([first?.rows, second?.rows, lease()]).toEqual([ids.slice(0, 3), ids.slice(3), null])
  })

  test('max_bytes bounds a batch, but never below one row', async () => {
    const ids = await append(3, 1000)
    expect(lease(100, 1999)?.rows).toEqual([ids[0]])
    expect(lease(100, 1)?.rows).toEqual([ids[1]])
    expect(lease(100, 1000)?.rows).toEqual([ids[2]])
  })

  test('acked rows are gone for good, also when acked late and by another', async () => {
    const ids = await append(3)
    const batch = lease()
    clock.pass(2 * minute)
    expect(ack('someone else', [ids[0] as string])).toEqual({ deleted: 1, given_back: 0, leased_until: null })
    expect(ack(batch?.id ?? '', [ids[0] as string, ids[1] as string])).toMatchObject({ deleted: 1 })
    expect(lease()?.rows).toEqual([ids[2]])
    expect(countOf('delivered')).toBe(2)
  })

  test('a lease that runs out frees its rows, before newer ones', async () => {
    const ids = await append(2)
    lease(1)
    await append(1)
    clock.pass(minute)
    expect(lease(2)?.rows).toEqual(ids)
  })

  test('a renewed lease holds longer', async () => {
    await append(1)
    const batch = lease()
    clock.pass(minute - 1)
    expect(ack(batch?.id ?? '', [], [], minute).leased_until).toBe(clock.wallMs() + minute)
    clock.pass(minute - 1)
    expect(lease()).toBeNull()
    clock.pass(1)
    expect(lease()?.rows).toHaveLength(1)
  })

  test("rows are given back only under a live lease of one's own", async () => {
    const ids = await append(2)
    const batch = lease()
    expect(ack('another', [], ids).given_back).toBe(0)
    expect(ack(batch?.id ?? '', [], [ids[1] as string])).toMatchObject({ given_back: 1 })
    expect(lease()?.rows).toEqual([ids[1]])
    clock.pass(minute)
    expect(ack(batch?.id ?? '', [], ids)).toEqual({ deleted: 0, given_back: 0, leased_until: null })
  })

  test('a jump of the wall clock neither ends nor prolongs a lease', async () => {
    await append(1)
    lease()
    clock.jump(10 * hour)
    expect(lease()).toBeNull()
    clock.jump(-30 * hour)
    clock.pass(minute)
    expect(lease()?.rows).toHaveLength(1)
  })

  test('a lease outlasts a restart for the time that it had left', async () => {
    const ids = await append(2)
    const batch = lease(1)
    reopen()
    clock.pass(minute - 1)
    expect(lease()?.rows).toEqual([ids[1]])
    expect(ack(batch?.id ?? '', []).leased_until).not.toBeNull()
    clock.pass(1)
    expect(lease()?.rows).toEqual([ids[0]])
  })
})

describe('redelivery', () => {
  test('a row delivered three times without an ack travels alone', async () => {
    const ids = await append(3)
    const seen = []
    for (let i = 0; i < 3; i++) {
      seen.push(lease(1)?.rows[0])
      clock.pass(minute)
    }
    expect(seen).toEqual([ids[0], ids[0], ids[0]])
    expect(lease()).toMatchObject({ rows: [ids[0]], deliveries: [4] })
    expect(lease()).toMatchObject({ rows: ids.slice(1), deliveries: [1, 1] })
  })

  test('it does not join a batch that others have begun', async () => {
    const ids = await append(2)
    for (let i = 0; i < 3; i++) {
      const both = lease()
      // The first is given back each time: only the second's deliveries count.
      if (both?.rows.length === 2) ack(both.id, [], [ids[0] as string])
      clock.pass(minute)
    }
    expect(lease()).toMatchObject({ rows: [ids[0]] })
    expect(lease()).toMatchObject({ rows: [ids[1]], deliveries: [4] })
  })

  test('giving back does not count as a delivery', async () => {
    const ids = await append(1)
    for (let i = 0; i < 10; i++) {
      const batch = lease()
      expect(batch?.deliveries).toEqual([1])
      ack(batch?.id ?? '', [], ids)
    }
  })
})

describe('time', () => {
  test('rows past their time to live are dropped and counted, held ones are not', async () => {
    const ids = await append(3)
    clock.pass(7 * 24 * hour - minute)
    await append(1)
    const held = lease(1, 1e9, hour)
    clock.pass(minute + 1)
    expect(spool.expire(100)).toBe(2)
    expect(spool.backlog().envelopes).toBe(2)
    expect(countOf('expired')).toBe(2)
    expect(held?.rows).toEqual([ids[0]])
    expect(lease()?.rows).toHaveLength(1)
  })

  test('stamps never decrease, also when the clock is set back and the relay restarts', async () => {
    await append(1)
    clock.jump(-hour)
    await append(1)
    reopen()
    await append(1)
    const batch = spool.lease({ max: 9, maxBytes: 1e9, leaseMs: minute })
    const stamps = batch?.rows.map(({ seq }) => spool.readRow(seq)?.receivedAt ?? 0) ?? []
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
    expect(stamps).toHaveLength(3)
  })

  test('the watermark stays behind every row that is not acked, and ahead of none that comes later', async () => {
    expect(spool.watermark()).toBe(clock.wallMs() - 1)
    const announced = spool.watermark()
    const ids = await append(1)
    const receivedAt = clock.wallMs()
    expect(announced).toBeLessThan(receivedAt)
    clock.pass(minute)
    const more = await append(1)
    expect(spool.watermark()).toBe(receivedAt - 1)
    const batch = lease()
    expect(spool.watermark()).toBe(receivedAt - 1)
    ack(batch?.id ?? '', ids)
    expect(spool.watermark()).toBe(receivedAt + minute - 1)
    clock.pass(minute)
    ack(batch?.id ?? '', more)
    expect(spool.watermark()).toBe(clock.wallMs() - 1)
  })
})

describe('books', () => {
  test('what was accepted is waiting, delivered or expired, through restarts', async () => {
    await append(7)
    const batch = lease(4)
    ack(batch?.id ?? '', batch?.rows ?? [])
    reopen()
    clock.pass(8 * 24 * hour)
    spool.expire(2)
    reopen()
    expect([countOf('accepted'), countOf('delivered'), countOf('expired')]).toEqual([7, 4, 2])
    expect(spool.backlog()).toMatchObject({ envelopes: 1, bytes: 10 })
  })

  test('refusals are written with the next commit and survive a restart', () => {
    outcomes.count(1, 'too_large')
    outcomes.count(0, 'unknown_key')
    outcomes.count(0, 'unknown_key')
    reopen()
    expect([countOf('too_large'), countOf('unknown_key')]).toEqual([1, 2])
  })

  test('counters are cumulative by hour', async () => {
    await append(2)
    clock.pass(hour)
    await append(1)
    expect(spool.listOutcomes(0).map(({ outcome, count }) => [outcome, count])).toEqual([
      ['accepted', 2],
      ['accepted', 1],
    ])
    expect(spool.listOutcomes(clock.wallMs())).toHaveLength(1)
  })

  test("rows that can't be written are refused and not counted, and a later write succeeds", async () => {
    const pages = database.db.pragma('page_count', { simple: true })
    database.db.pragma(`max_page_count = ${Number(pages) + 2}`)
    await expect(append(1, 100_000)).rejects.toMatchObject({ code: 'spool_unavailable' })
    expect(spool.lastFailure()).toMatch(/full/)
    expect(spool.backlog()).toEqual({ envelopes: 0, bytes: 0, oldestAt: null })
    database.db.pragma('max_page_count = 1000000')
    await append(1, 100_000)
    expect([spool.lastFailure(), countOf('accepted')]).toEqual([null, 1])
  })
})

test('a second relay on the same spool is refused, by name', () => {
  expect(() => openSpoolDatabase(join(folder, 'spool.db'))).toThrow(/in use by another relay/)
})

test('every commit is synced', () => {
  expect(database.db.pragma('synchronous', { simple: true })).toBe(2)
  expect(database.db.pragma('journal_mode', { simple: true })).toBe('wal')
})
