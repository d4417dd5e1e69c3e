// A clock that tests own: wall time and the monotonic measure, moved together or apart.
import type { Clock } from '../../relay/clock.ts'

export type TestClock = Clock & {
  /** Lets time pass. */
  pass(ms: number): void
  /** Sets the wall clock forward or back, as an operator or NTP does; no time passes. */
  jump(ms: number): void
}

export function createTestClock(startMs = Date.UTC(2026, 10, 24, 12)): TestClock {
  let wall = startMs
  let monotonic = 0
  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    pass(ms) {
      wall += ms
      monotonic += ms
    },
    jump(ms) {
      wall += ms
    },
  }
}
