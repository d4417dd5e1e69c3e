// Outcome counters by project, outcome and hour, cumulative. Counts of refusals wait in memory for at most a
// second; counts that belong to rows are written in the rows' own database transaction, so that the books
// balance after any crash.
import type Database from 'better-sqlite3'
import type { Outcome, OutcomeCounter } from '../shared/handover.ts'

/** Counts by `project:outcome`. */
export type Tally = Map<string, number>

export type Outcomes = {
  /** Counts something that has no row: a refusal. @param project 0 where it is not known */
  count(project: number, outcome: Outcome): void
  /** Takes what waits; give it back by `restore` if it can't be written. */
  takePending(): Tally
  restore(tally: Tally): void
  /** Says that a tally was committed. */
  noteCommitted(tally: Tally): void
  /** Sums over all projects of what was committed since this program started. */
  sinceStart(): ReadonlyMap<Outcome, number>
  hasPending(): boolean
}

export type OutcomeTable = {
  /** Writes a tally inside the caller's database transaction. */
  write(tally: Tally, hour: number): void
  /** @param since ms since 1970: counters of that hour and later */
  list(since: number): OutcomeCounter[]
  /** Drops counters of hours before `before`, inside the caller's database transaction. */
  prune(before: number): void
}

export const hourMs = 3_600_000

/** Start of the hour that a moment is in. */
export function hourOf(moment: number): number {
  return moment - (moment % hourMs)
}

export function addToTally(tally: Tally, project: number, outcome: Outcome, count = 1): void {
  const key = `${project}:${outcome}`
  tally.set(key, (tally.get(key) ?? 0) + count)
}

function readTallyKey(key: string): { project: number; outcome: Outcome } {
  const colon = key.indexOf(':')
  return { project: Number(key.slice(0, colon)), outcome: key.slice(colon + 1) as Outcome }
}

/** Counts in memory, for the thread that answers requests. */
export function createOutcomes(): Outcomes {
  let pending: Tally = new Map()
  const sums = new Map<Outcome, number>()
  return {
    count: (project, outcome) => addToTally(pending, project, outcome),
    takePending() {
      const taken = pending
      pending = new Map()
      return taken
    },
    restore(tally) {
      for (const [key, count] of tally) pending.set(key, (pending.get(key) ?? 0) + count)
    },
    noteCommitted(tally) {
      for (const [key, count] of tally) {
        const { outcome } = readTallyKey(key)
        sums.set(outcome, (sums.get(outcome) ?? 0) + count)
      }
    },
    sinceStart: () => sums,
    hasPending: () => pending.size > 0,
  }
}

/** @param db the spool's database */
export function createOutcomeTable(db: Database.Database): OutcomeTable {
  const upsert = db.prepare(
    `insert into outcomes (hour, project, outcome, count) values (?, ?, ?, ?)
     on conflict do update set count = count + excluded.count`,
  )
  const select = db.prepare<[number], OutcomeCounter>(
    'select project, outcome, hour, count from outcomes where hour >= ? order by hour, project, outcome',
  )
  const remove = db.prepare('delete from outcomes where hour < ?')
  return {
    write(tally, hour) {
      for (const [key, count] of tally) {
        const { project, outcome } = readTallyKey(key)
        upsert.run(hour, project, outcome, count)
      }
    },
    list: (since) => select.all(hourOf(since)),
    prune: (before) => void remove.run(before),
  }
}
