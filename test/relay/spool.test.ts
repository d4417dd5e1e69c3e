// The spool itself, on a real file and with a clock of its own: leases, redelivery, age, watermark, books.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSpoolDatabase, type SpoolDatabase } from '../../relay/database.ts'
import { hoursLeft } from '../../relay/hours-left.ts'
import { classOf, type RowClass } from '../../relay/room.ts'
import {
  createRowReader,
  createSpoolStore,
  idBytes,
  type LeasedBatch,
  type SpoolStore,
} from '../../relay/spool-store.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'

const minute = 60_000
const hour = 60 * minute
let folder: string
let database: SpoolDatabase
let spool: SpoolStore
let readRow: ReturnType<typeof createRowReader>
let clock: TestClock

function open(): void {
  database = openSpoolDatabase(join(folder, 'spool.db'))
  spool = createSpoolStore({ db: database.db, clock, ttlMs: 7 * 24 * hour, maxBytes: 64 * 1024 * 1024 })
  readRow = createRowReader(database.db)
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

function append(count: number, bytes = 10, project = 1, rowClass: RowClass = 0): string[] {
  const ids = Array.from({ length: count }, () => randomUUID() as string)
  spool.append(
    ids.map((id) => {
      return { id: idBytes(id), project, class: rowClass, facts: '{}', body: Buffer.alloc(bytes, id) }
    }),
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
  return batch.rows.map(({ seq }) => readRow(seq)?.id ?? 'gone')
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
    const ids = append(5)
    const first = lease(3)
    const second = lease(3)
    expect([first?.rows, second?.rows, lease()]).toEqual([ids.slice(0, 3), ids.slice(3), null])
  })

  test('max_bytes bounds a batch, but never below one row', async () => {
    const ids = append(3, 1000)
    expect(lease(100, 1999)?.rows).toEqual([ids[0]])
    expect(lease(100, 1)?.rows).toEqual([ids[1]])
    expect(lease(100, 1000)?.rows).toEqual([ids[2]])
  })

  test('acked rows are gone for good, also when acked late and by another', async () => {
    const ids = append(3)
    const batch = lease()
    clock.pass(2 * minute)
    expect(ack('someone else', [ids[0] as string])).toEqual({ deleted: 1, given_back: 0, leased_until: null })
    expect(ack(batch?.id ?? '', [ids[0] as string, ids[1] as string])).toMatchObject({ deleted: 1 })
    expect(lease()?.rows).toEqual([ids[2]])
    expect(countOf('delivered')).toBe(2)
  })

  test('a lease that runs out frees its rows, before newer ones', async () => {
    const ids = append(2)
    lease(1)
    append(1)
    clock.pass(minute)
    expect(lease(2)?.rows).toEqual(ids)
  })

  test('a renewed lease holds longer', async () => {
    append(1)
    const batch = lease()
    clock.pass(minute - 1)
    expect(ack(batch?.id ?? '', [], [], minute).leased_until).toBe(clock.wallMs() + minute)
    clock.pass(minute - 1)
    expect(lease()).toBeNull()
    clock.pass(1)
    expect(lease()?.rows).toHaveLength(1)
  })

  test("rows are given back only under a live lease of one's own", async () => {
    const ids = append(2)
    const batch = lease()
    expect(ack('another', [], ids).given_back).toBe(0)
    expect(ack(batch?.id ?? '', [], [ids[1] as string])).toMatchObject({ given_back: 1 })
    expect(lease()?.rows).toEqual([ids[1]])
    clock.pass(minute)
    expect(ack(batch?.id ?? '', [], ids)).toEqual({ deleted: 0, given_back: 0, leased_until: null })
  })

  test('a jump of the wall clock neither ends nor prolongs a lease', async () => {
    append(1)
    lease()
    clock.jump(10 * hour)
    expect(lease()).toBeNull()
    clock.jump(-30 * hour)
    clock.pass(minute)
    expect(lease()?.rows).toHaveLength(1)
  })

  test('a lease outlasts a restart for the time that it had left', async () => {
    const ids = append(2)
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
    const ids = append(3)
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
    const ids = append(2)
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
    const ids = append(1)
    for (let i = 0; i < 10; i++) {
      const batch = lease()
      expect(batch?.deliveries).toEqual([1])
      ack(batch?.id ?? '', [], ids)
    }
  })
})

describe('time', () => {
  test('rows past their time to live are dropped and counted, held ones are not', async () => {
    const ids = append(3)
    clock.pass(7 * 24 * hour - minute)
    append(1)
    const held = lease(1, 1e9, hour)
    clock.pass(minute + 1)
    expect(spool.expire(100)).toBe(2)
    expect(spool.snapshot().backlog.envelopes).toBe(2)
    expect(countOf('expired')).toBe(2)
    expect(held?.rows).toEqual([ids[0]])
    expect(lease()?.rows).toHaveLength(1)
  })

  test('stamps never decrease, also when the clock is set back and the relay restarts', async () => {
    append(1)
    clock.jump(-hour)
    append(1)
    reopen()
    append(1)
    const batch = spool.lease({ max: 9, maxBytes: 1e9, leaseMs: minute })
    const stamps = batch?.rows.map(({ seq }) => readRow(seq)?.receivedAt ?? 0) ?? []
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b))
    expect(stamps).toHaveLength(3)
  })

  test('the watermark stays behind every row that is not acked, and ahead of none that comes later', async () => {
    expect(spool.snapshot().watermark).toBe(clock.wallMs() - 1)
    const announced = spool.snapshot().watermark
    const ids = append(1)
    const receivedAt = clock.wallMs()
    expect(announced).toBeLessThan(receivedAt)
    clock.pass(minute)
    const more = append(1)
    expect(spool.snapshot().watermark).toBe(receivedAt - 1)
    const batch = lease()
    expect(spool.snapshot().watermark).toBe(receivedAt - 1)
    ack(batch?.id ?? '', ids)
    expect(spool.snapshot().watermark).toBe(receivedAt + minute - 1)
    clock.pass(minute)
    ack(batch?.id ?? '', more)
    expect(spool.snapshot().watermark).toBe(clock.wallMs() - 1)
  })
})

describe('books', () => {
  test('what was accepted is waiting, delivered or expired, through restarts', async () => {
    append(7)
    const batch = lease(4)
    ack(batch?.id ?? '', batch?.rows ?? [])
    reopen()
    clock.pass(8 * 24 * hour)
    spool.expire(2)
    reopen()
    expect([countOf('accepted'), countOf('delivered'), countOf('expired')]).toEqual([7, 4, 2])
    expect(spool.snapshot().backlog).toMatchObject({ envelopes: 1, bytes: 10 })
  })

  test('refusals are written with the next commit and survive a restart', () => {
    spool.count(new Map([['1:too_large', 1]]))
    spool.count(new Map([['0:unknown_key', 2]]))
    reopen()
    expect([countOf('too_large'), countOf('unknown_key')]).toEqual([1, 2])
  })

  test('counters are cumulative by hour', async () => {
    append(2)
    clock.pass(hour)
    append(1)
    expect(spool.listOutcomes(0).map(({ outcome, count }) => [outcome, count])).toEqual([
      ['accepted', 2],
      ['accepted', 1],
    ])
    expect(spool.listOutcomes(clock.wallMs())).toHaveLength(1)
  })

  test("rows that can't be written are refused and not counted, and a later write succeeds", async () => {
    const pages = database.db.pragma('page_count', { simple: true })
    database.db.pragma(`max_page_count = ${Number(pages) + 2}`)
    expect(() => append(1, 100_000)).toThrow(/The spool cannot be written: .*full/)
    expect(spool.snapshot().backlog).toEqual({ envelopes: 0, bytes: 0, oldest_at: null })
    database.db.pragma('max_page_count = 1000000')
    append(1, 100_000)
    expect(countOf('accepted')).toBe(1)
  })
})

test('a second relay on the same spool is refused, by name', () => {
  expect(() => openSpoolDatabase(join(folder, 'spool.db'))).toThrow(/in use by another relay/)
})

test('every commit is synced', () => {
  expect(database.db.pragma('synchronous', { simple: true })).toBe(2)
  expect(database.db.pragma('journal_mode', { simple: true })).toBe('wal')
})

describe('room', () => {
  const bound = 400 * 1024
  beforeEach(() => {
    spool = createSpoolStore({ db: database.db, clock, ttlMs: hour, maxBytes: bound })
  })
  const stored = (project: number, rowClass: RowClass): number =>
    Number(
      database.db
        .prepare('select count(*) from envelopes where project = ? and class = ?')
        .pluck()
        .get(project, rowClass),
    )

  test('what SDKs are told not to send goes first, then sessions, and both before any event', () => {
    append(20, 2_000, 1, 0)
    append(20, 2_000, 1, 1)
    append(20, 2_000, 1, 2)
    for (let n = 0; n < 8; n++) append(20, 2_000, 1, 0)
    expect([stored(1, 2), stored(1, 1)]).toEqual([0, 0])
    expect(spool.snapshot().usedBytes).toBeLessThanOrEqual(bound)
    const lost = 60 + 160 - spool.snapshot().backlog.envelopes
    expect(countOf('evicted')).toBe(lost)
  })

  test("a noisy project pushes out its own events, never another's", () => {
    append(10, 2_000, 7)
    for (let n = 0; n < 30; n++) append(20, 2_000, 8)
    expect(stored(7, 0)).toBe(10)
    expect(countOf('evicted')).toBeGreaterThan(400)
    expect(spool.listOutcomes(0).filter(({ outcome }) => outcome === 'evicted')).toMatchObject([
      { project: 8 },
    ])
  })

  test('what a collector holds stays: then what has just come makes way, and is counted', () => {
    append(60, 4_000)
    const held = lease(1000)
    for (let n = 0; n < 5; n++) append(20, 4_000)
    expect(countOf('evicted')).toBeGreaterThan(60)
    expect(spool.snapshot().usedBytes).toBeLessThanOrEqual(bound)
    expect(ack(held?.id ?? '', held?.rows ?? [])).toMatchObject({ deleted: 60 })
  })

  test('a bound below what is held takes nothing, and says so', () => {
    append(60, 4_000)
    const held = lease(1000)
    spool = createSpoolStore({ db: database.db, clock, ttlMs: hour, maxBytes: 100 * 1024 })
    expect(() => append(1, 4_000)).toThrow(expect.objectContaining({ code: 'spool_full' }))
    expect(ack(held?.id ?? '', held?.rows ?? [])).toMatchObject({ deleted: 60 })
    append(1, 4_000)
    expect(countOf('accepted')).toBe(61)
  })
})

describe('leaps of the clock', () => {
  test('a clock that is set forward expires nothing that has not waited so long', () => {
    append(3)
    clock.pass(24 * hour)
    clock.jump(300 * 24 * hour)
    expect(spool.expire(100)).toBe(0)
    reopen()
    append(1)
    clock.pass(6 * 24 * hour - minute)
    expect(spool.expire(100)).toBe(0)
    clock.pass(2 * minute)
    expect(spool.expire(100)).toBe(3)
    clock.pass(24 * hour)
    expect(spool.expire(100)).toBe(1)
  })

  test('time that the relay was not running ages nothing', () => {
    append(1)
    spool.close()
    database.close()
    clock.jump(30 * 24 * hour)
    open()
    expect(spool.expire(100)).toBe(0)
    clock.pass(7 * 24 * hour + minute)
    expect(spool.expire(100)).toBe(1)
  })
})

test('kinds of items decide what an envelope is worth: its best item counts, the unknown is worth most', () => {
  expect(classOf(['transaction'])).toBe(2)
  expect(classOf(['transaction', 'session'])).toBe(1)
  expect(classOf(['session', 'event'])).toBe(0)
  expect(classOf(['something new'])).toBe(0)
  expect(classOf([])).toBe(1)
})

test('a spool of the version before is brought up to date and keeps its rows, ids and shares', () => {
  spool.close()
  database.close()
  rmSync(join(folder, 'spool.db'))
  const old = new Database(join(folder, 'spool.db'))
  old.exec(readFileSync(join(import.meta.dirname, '../../relay/migrations/0001_spool.sql'), 'utf8'))
  old.pragma('user_version = 1')
  const id = randomUUID()
  old
    .prepare('insert into envelopes values (?, ?, ?, ?, ?, ?, ?)')
    .run(1, idBytes(id), clock.wallMs(), 5, 3, '{"key":"k"}', Buffer.from('abc'))
  old.exec('update state set last_seq = 1, backlog_envelopes = 1, backlog_bytes = 3')
  old.close()
  open()
  const batch = spool.lease({ max: 9, maxBytes: 1e9, leaseMs: minute })
  expect(batch?.rows).toEqual([{ seq: 1, deliveries: 1 }])
  expect(readRow(1)).toMatchObject({ id, project: 5, facts: '{"key":"k"}', body: Buffer.from('abc') })
  expect(database.db.prepare('select project, bytes from shares').all()).toEqual([{ project: 5, bytes: 3 }])
  expect(ack(batch?.lease.id ?? '', [id])).toMatchObject({ deleted: 1 })
})

test('an online backup, taken while envelopes come in, is a whole spool with the same ids elsewhere', async () => {
  const ids = append(300, 3_000)
  const target = join(folder, 'moved.db')
  const copying = database.db.backup(target)
  append(20)
  await copying
  spool.close()
  database.close()
  const moved = openSpoolDatabase(target)
  try {
    const there = createSpoolStore({ db: moved.db, clock, ttlMs: hour, maxBytes: 64 * 1024 * 1024 })
    expect(there.id).toBe(spool.id)
    const batch = there.lease({ max: 1000, maxBytes: 1e9, leaseMs: minute })
    const read = createRowReader(moved.db)
    const found = batch?.rows.map(({ seq }) => read(seq)?.id) ?? []
    expect(found.slice(0, 300)).toEqual(ids)
    expect([300, 320]).toContain(found.length)
  } finally {
    moved.close()
    open()
  }
})

test('hours left: by age, by room at the pace of the backlog, none without rows', () => {
  const bounds = { ttlMs: 168 * hour, maxBytes: 1000 }
  expect(hoursLeft({ oldestAgeMs: null, usedBytes: 900 }, bounds)).toBeNull()
  expect(hoursLeft({ oldestAgeMs: 160 * hour, usedBytes: 10 }, bounds)).toBe(8)
  expect(hoursLeft({ oldestAgeMs: 10 * hour, usedBytes: 800 }, bounds)).toBe(2.5)
  expect(hoursLeft({ oldestAgeMs: 10 * hour, usedBytes: 1200 }, bounds)).toBe(0)
})
