// Leases on spooled rows. Their ends are measured on the monotonic clock, so that a jump of the system's
// clock neither frees rows early nor holds them for ever; the wall-clock end is kept in the database for
// the next start.
import { randomBytes } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { Clock } from './clock.ts'

export type Lease = { readonly id: string; readonly until: number }

export type Leases = {
  /** Writes a new lease, inside the caller's database transaction. @param now stamp, ms since 1970 */
  open(leaseMs: number, now: number): Lease
  /** Moves the end of a live lease, inside the caller's database transaction. */
  renew(id: string, leaseMs: number, now: number): number
  /** The end of a live lease as ms since 1970; null when it is unknown or ran out. */
  liveUntil(id: string): number | null
  /** Leases that ran out and still hold their rows. */
  listEnded(): string[]
  /** Frees the rows of leases, inside the caller's database transaction. */
  free(ids: readonly string[]): void
  /** Drops leases from memory: after the commit that freed their rows. */
  forget(ids: readonly string[]): void
  /** How many are held, those that ran out and are not freed yet included. */
  count(): number
  /** ms until the next lease runs out; null without leases. */
  nextEndMs(): number | null
}

/** No lease is longer than this (see pollQuery): bounds what a wrong clock before a restart can do. */
const maxLeaseMs = 3_600_000

export function createLeases(db: Database.Database, clock: Clock): Leases {
  const insert = db.prepare('insert into leases (id, until) values (?, ?)')
  const update = db.prepare('update leases set until = ? where id = ?')
  const remove = db.prepare('delete from leases where id = ?')
  const freeRows = db.prepare('update handouts set lease = null where lease = ?')
  const live = new Map<string, { until: number; endsAtMs: number }>()
  for (const row of db.prepare<[], { id: string; until: number }>('select id, until from leases').all()) {
    const leftMs = Math.min(row.until - clock.wallMs(), maxLeaseMs)
    live.set(row.id, { until: row.until, endsAtMs: clock.monotonicMs() + leftMs })
  }

  return {
    open(leaseMs, now) {
      const lease = { id: randomBytes(12).toString('base64url'), until: now + leaseMs }
      insert.run(lease.id, lease.until)
      live.set(lease.id, { until: lease.until, endsAtMs: clock.monotonicMs() + leaseMs })
      return lease
    },
    renew(id, leaseMs, now) {
      update.run(now + leaseMs, id)
      live.set(id, { until: now + leaseMs, endsAtMs: clock.monotonicMs() + leaseMs })
      return now + leaseMs
    },
    liveUntil(id) {
      const lease = live.get(id)
      return lease && lease.endsAtMs > clock.monotonicMs() ? lease.until : null
    },
    listEnded() {
      const now = clock.monotonicMs()
      return [...live].filter(([, lease]) => lease.endsAtMs <= now).map(([id]) => id)
    },
    free(ids) {
      for (const id of ids) {
        freeRows.run(id)
        remove.run(id)
      }
    },
    forget(ids) {
      for (const id of ids) live.delete(id)
    },
    count: () => live.size,
    nextEndMs() {
      if (live.size === 0) return null
      const first = Math.min(...[...live.values()].map((lease) => lease.endsAtMs))
      return Math.max(0, first - clock.monotonicMs())
    },
  }
}
