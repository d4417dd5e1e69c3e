// A clock that tests own: wall time and the monotonic measure, moved together or apart.
import type { Clock } from '../../relay/clock.ts'

export type TestClock = Clock & {
  /** Lets time pass. */
  pass(ms: number): void
  /** Sets the wall clock forward or back, as an operator or NTP does; no time passes. */
  jump(ms: number): void
}

export function createTestClock(startMs = Date.UTC(2026, 10, 24, 12)): TestClock {
  // Shared memory: the spool's writer looks at it from its own thread.
  const shared = new Float64Array(new SharedArrayBuffer(16))
  shared.set([startMs, 0])
  const move = (at: 0 | 1, ms: number): void => {
    shared[at] = (shared[at] as number) + ms
  }
  return {
    shared,
    wallMs: () => shared[0] as number,
    monotonicMs: () => shared[1] as number,
    pass(ms) {
      move(0, ms)
      move(1, ms)
    },
    jump(ms) {
      move(0, ms)
    },
  }
}
