// Leases, waits and budgets of several collectors are moments of one clock. A machine whose own clock is minutes ahead
// would take every claim for run out and look for a lost create before that could have been carried out: so a clock
// that is off is corrected by the database's.
import type { Log } from '../shared/log.ts'
import type { Step } from './loop.ts'

/** What NTP leaves, and the way to the database and back, is not corrected. */
const toleranceMs = 1_000

export type SharedClock = {
  now(): Date
  /** Compares once; never has more to do. */
  readonly step: Step
}

/** @param own ms; tests give theirs */
export function createSharedClock(deps: {
  readonly readTime: () => Promise<Date>
  readonly log: Log
  readonly own?: () => number
}): SharedClock {
  const own = deps.own ?? Date.now
  let offsetMs = 0
  return {
    now: () => new Date(own() + offsetMs),
    async step() {
      const asked = own()
      const there = (await deps.readTime()).getTime()
      const answered = own()
      const difference = Math.round(there - (asked + answered) / 2)
      const isOff = Math.abs(difference) > toleranceMs + Math.abs(answered - asked) / 2
      if (isOff && offsetMs === 0) {
        deps.log.warn(
          { differenceMs: difference },
          "this machine's clock differs from the database's, which counts",
        )
      }
      offsetMs = isOff ? difference : 0
      return false
    },
  }
}
