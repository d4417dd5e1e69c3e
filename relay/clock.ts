// Time as the spool needs it: stamps that never decrease even when the system's clock is set back, and a
// monotonic measure for leases and ages, which a jump of the clock must neither end nor prolong.

export type Clock = {
  /** ms since 1970 by the system's clock. */
  readonly wallMs: () => number
  /** ms since some moment; never jumps. */
  readonly monotonicMs: () => number
  /** Set on a clock that a test owns: [wall, monotonic], readable from the writer's thread. */
  readonly shared?: Float64Array<SharedArrayBuffer>
}

export const systemClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

/** The clock of the other thread: the system's, or a test's own. */
export function readClock(shared: Float64Array<SharedArrayBuffer> | null): Clock {
  if (shared === null) return systemClock
  return { wallMs: () => shared[0] as number, monotonicMs: () => shared[1] as number, shared }
}

export type Stamps = {
  /** Now, or the last stamp where the clock was set back. */
  now(): number
  /**
   * ms by which stamps ran ahead of the time that passed, since the last call: the clock was set forward,
   * the machine slept, or (first call) the relay was not running.
   */
  takeLeap(): number
  /** What takeLeap would give. */
  leap(): number
  /** Undoes takeLeap, where it could not be written down. */
  putBackLeap(ms: number): void
}

/** Below this a difference is drift, or a slow turn of the event loop. */
const minLeapMs = 5_000

/** @param floor the highest stamp ever given, from before a restart; 0: none */
export function createStamps(clock: Clock, floor: number): Stamps {
  let last = floor
  let passedAt = clock.monotonicMs()
  let leapMs = 0

  return {
    now() {
      const before = last
      const passed = clock.monotonicMs()
      last = Math.max(last, Math.floor(clock.wallMs()))
      const leap = last - before - (passed - passedAt)
      if (leap > minLeapMs && before > 0) leapMs += Math.round(leap)
      passedAt = passed
      return last
    },
    leap: () => leapMs,
    putBackLeap(ms) {
      leapMs += ms
    },
    takeLeap() {
      const taken = leapMs
      leapMs = 0
      return taken
    },
  }
}
