// The spool against a plain model in memory: random sequences of everything that can happen to it, compared
// after every step. A seed that ever failed stays in `failedOnce`.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSpoolDatabase, type SpoolDatabase } from '../../relay/database.ts'
import type { RowClass } from '../../relay/room.ts'
import { createSpoolStore, idBytes, type SpoolStore } from '../../relay/spool-store.ts'
import { createTestClock } from '../support/clock.ts'

const long = process.env.POSTERN_TEST_LONG === '1'
const failedOnce: readonly number[] = []
const seeds = [...failedOnce, ...Array.from({ length: long ? 12 : 2 }, (_, n) => n + 1)]
const steps = long ? 10_000 : 1_200

const minute = 60_000
const hour = 60 * minute
const ttlMs = 24 * hour
const maxBytes = 640 * 1024

type ModelRow = {
  readonly id: string
  readonly project: number
  readonly bytes: number
  readonly class: RowClass
  readonly receivedAt: number
  ageMs: number
  handed: boolean
  lease: string | null
  deliveries: number
}

test.each(seeds)('seed %i: the spool does what the model says, step by step', (seed) => {
  const random = createRandom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const folder = mkdtempSync(join(tmpdir(), 'postern-model-'))
  const clock = createTestClock()
  let database = openDatabase()
  let spool = openStore()
  let rows: ModelRow[] = []
  const leases = new Map<string, { endsAt: number; until: number }>()
  const books = { accepted: 0, delivered: 0, expired: 0, evicted: 0 }
  const gone: string[] = []
  let stamp = 0
  let seenAt = 0

  function openDatabase(): SpoolDatabase {
    const opened = openSpoolDatabase(join(folder, 'spool.db'))
    // Whether a commit reaches the disk is tested elsewhere.
    opened.db.pragma('synchronous = OFF')
    return opened
  }
  function openStore(): SpoolStore {
    return createSpoolStore({ db: database.db, clock, ttlMs, maxBytes })
  }
  /** Lets the model see the clock: rows age by time that was lived through, not by what a clock says. */
  function look(): void {
    const before = stamp
    stamp = Math.max(stamp, clock.wallMs())
    const lived = clock.monotonicMs() - seenAt
    seenAt = clock.monotonicMs()
    const leapt = before > 0 && stamp - before - lived > 5_000
    for (const row of rows) row.ageMs += leapt ? lived : stamp - before
  }
  function freeEnded(): void {
    for (const [id, lease] of leases) {
      if (lease.endsAt > clock.monotonicMs()) continue
      for (const row of rows) if (row.lease === id) row.lease = null
      leases.delete(id)
    }
  }
  function remove(ids: ReadonlySet<string>): void {
    for (const id of ids) gone.push(id)
    rows = rows.filter((row) => !ids.has(row.id))
  }
  function storedIds(): string[] {
    return database.db.prepare('select lower(hex(id)) from envelopes order by seq').pluck().all() as string[]
  }
  const plain = (id: string): string => id.replaceAll('-', '')

  const actions: readonly [weight: number, act: () => void][] = [
    [
      30,
      function append() {
        const fresh = Array.from({ length: 1 + below(6) }, (): ModelRow => {
          return {
            id: randomUUID(),
            project: 1 + below(4) * below(2),
            bytes: below(10) === 0 ? below(40_000) : below(3_000),
            class: [0, 0, 0, 1, 2][below(5)] as RowClass,
            receivedAt: stamp,
            ageMs: 0,
            handed: false,
            lease: null,
            deliveries: 0,
          }
        })
        const insert = (): void =>
          spool.append(
            fresh.map(({ id, project, bytes, class: rowClass }) => {
              return { id: idBytes(id), project, class: rowClass, facts: '{}', body: Buffer.alloc(bytes) }
            }),
          )
        if (rows.every((row) => row.lease !== null)) {
          // Nothing can make way: all or nothing of the group is taken.
          try {
            insert()
          } catch (error) {
            expect(error).toMatchObject({ code: 'spool_full' })
            return
          }
        } else insert()
        rows.push(...fresh)
        books.accepted += fresh.length
        checkEvicted(fresh)
      },
    ],
    [
      16,
      function lease() {
        freeEnded()
        const max = 1 + below(12)
        const maxRowBytes = 1 + below(40_000)
        const leaseMs = minute * (1 + below(20))
        const batch = spool.lease({ max, maxBytes: maxRowBytes, leaseMs })
        const chosen = chooseInModel(rows, max, maxRowBytes)
        const seqs = batch?.rows.map(({ seq }) => seq) ?? []
        const ids = seqs.map((seq) =>
          database.db.prepare('select lower(hex(id)) from envelopes where seq = ?').pluck().get(seq),
        )
        expect(ids).toEqual(chosen.map((row) => plain(row.id)))
        if (!batch) return
        for (const row of chosen) {
          row.handed = true
          row.lease = batch.lease.id
          row.deliveries += 1
        }
        expect(batch.rows.map((row) => row.deliveries)).toEqual(chosen.map((row) => row.deliveries))
        leases.set(batch.lease.id, { endsAt: clock.monotonicMs() + leaseMs, until: stamp + leaseMs })
      },
    ],
    [
      16,
      function ack() {
        const id = [...leases.keys()][below(leases.size)] ?? 'nobody'
        const held = rows.filter((row) => row.lease === id)
        // Also rows that others hold, that nobody holds, and that are long gone.
        const strangers = [rows[below(rows.length)]?.id, gone[below(gone.length)]].filter(
          (one) => one !== undefined,
        )
        const done = [
          ...held.filter(() => random() < 0.6).map((row) => row.id),
          ...(below(4) ? [] : strangers),
        ]
        const back = [...held.map((row) => row.id), ...strangers].filter(() => random() < 0.4)
        const renewMs = below(3) === 0 ? minute * (1 + below(30)) : undefined
        const there = new Set(rows.filter((row) => done.includes(row.id)).map((row) => row.id))
        const lease = leases.get(id)
        const live = lease !== undefined && lease.endsAt > clock.monotonicMs()
        remove(there)
        books.delivered += there.size
        const freed = live ? rows.filter((row) => row.lease === id && back.includes(row.id)) : []
        for (const row of freed) {
          row.lease = null
          row.deliveries -= 1
        }
        if (live && renewMs !== undefined) {
          lease.until = stamp + renewMs
          lease.endsAt = clock.monotonicMs() + renewMs
        }
        expect(spool.ack({ lease: id, done, giveBack: back, renewMs })).toEqual({
          deleted: there.size,
          given_back: freed.length,
          leased_until: live ? lease.until : null,
        })
      },
    ],
    [
      6,
      function expire() {
        const limit = 1 + below(50)
        const old = rows.filter((row) => row.ageMs > ttlMs && row.lease === null).slice(0, limit)
        remove(new Set(old.map((row) => row.id)))
        books.expired += old.length
        expect(spool.expire(limit)).toBe(old.length)
      },
    ],
    [20, () => clock.pass(below(10) === 0 ? below(10 * hour) : below(5 * minute))],
    [2, () => clock.jump(below(40 * 24 * hour))],
    [2, () => clock.jump(-below(40 * 24 * hour))],
    [
      3,
      function tidy() {
        spool.tidy()
        freeEnded()
      },
    ],
    [
      3,
      function restart() {
        spool.close()
        database.close()
        const downMs = below(3) * below(30 * 24 * hour)
        clock.jump(downMs)
        seenAt = clock.monotonicMs()
        database = openDatabase()
        spool = openStore()
        for (const lease of leases.values()) {
          lease.endsAt = clock.monotonicMs() + Math.min(lease.until - clock.wallMs(), hour)
        }
      },
    ],
  ]
  const weights = actions.reduce((sum, [weight]) => sum + weight, 0)

  function checkEvicted(fresh: readonly ModelRow[]): void {
    const stored = new Set(storedIds())
    const evicted = rows.filter((row) => !stored.has(plain(row.id)))
    if (evicted.length === 0) return
    expect(evicted.filter((row) => row.lease !== null)).toEqual([])
    remove(new Set(evicted.map((row) => row.id)))
    books.evicted += evicted.length
    const worst = Math.min(...evicted.map((row) => row.class))
    // What is worth less is gone before anything that is worth more.
    expect(rows.filter((row) => row.class > worst && row.lease === null)).toEqual([])
    if (worst > 0) return
    for (const row of evicted) {
      // Of one project the oldest go, and the project took at least as much as any other.
      if (row.class > 0 || fresh.includes(row)) continue
      const left = rows.filter((one) => one.class === 0 && one.lease === null && one.project === row.project)
      expect(left.every((one) => one.receivedAt >= row.receivedAt)).toBe(true)
    }
  }

  function compare(): void {
    expect(storedIds()).toEqual(rows.map((row) => plain(row.id)))
    const { watermark, backlog, now, usedBytes } = spool.snapshot()
    expect({ watermark, backlog, now }).toEqual({
      now: stamp,
      watermark: (rows[0]?.receivedAt ?? stamp) - 1,
      backlog: {
        envelopes: rows.length,
        bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
        oldest_at: rows[0]?.receivedAt ?? null,
      },
    })
    expect(usedBytes).toBeLessThanOrEqual(maxBytes)
  }

  try {
    for (let step = 0; step < steps; step++) {
      let pick = below(weights)
      const [, act] = actions.find(([weight]) => {
        pick -= weight
        return pick < 0
      }) as (typeof actions)[number]
      try {
        spool.snapshot()
        look()
        act()
        spool.snapshot()
        look()
        compare()
      } catch (error) {
        throw new Error(`seed ${seed}, step ${step}, ${act.name || 'clock'}: ${(error as Error).message}`, {
          cause: error,
        })
      }
    }
    const sums: Record<string, number> = {}
    for (const { outcome, count } of spool.listOutcomes(0)) sums[outcome] = (sums[outcome] ?? 0) + count
    const { accepted, delivered, expired, evicted } = books
    expect(accepted).toBe(delivered + expired + evicted + rows.length)
    expect(evicted).toBeGreaterThan(0)
    // Counters of hours long past are dropped, and clocks jump far here: the spool may know fewer.
    expect(sums.accepted ?? 0).toBeLessThanOrEqual(accepted)
  } finally {
    database.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

/** The rule in its plainest form: freed rows before new ones, each by age; troublesome rows travel alone. */
function chooseInModel(rows: readonly ModelRow[], max: number, maxRowBytes: number): ModelRow[] {
  const free = rows.filter((row) => row.lease === null)
  const chosen: ModelRow[] = []
  let bytes = 0
  for (const row of [...free.filter((one) => one.handed), ...free.filter((one) => !one.handed)]) {
    const isFull = chosen.length >= max || bytes + row.bytes > maxRowBytes
    if (chosen.length > 0 && (isFull || row.deliveries >= 3)) break
    chosen.push(row)
    bytes += row.bytes
    if (row.deliveries >= 3) break
  }
  return chosen
}

/** Mulberry32: the same seed gives the same numbers. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
