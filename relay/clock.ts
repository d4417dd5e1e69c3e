// Time as the spool needs it: stamps that never decrease even when the system's clock is set back, and a
// monotonic measure for leases, which a jump of the clock must neither end nor prolong.

export type Clock = {
  /** ms since 1970 by the system's clock. */
  readonly wallMs: () => number
  /** ms since some moment; never jumps. */
  readonly monotonicMs: () => number
}

export const systemClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

export type Stamps = {
  /** Now, or the last stamp where the clock was set back. */
  now(): number
}

/** @param floor the highest stamp ever given, from before a restart */
export function createStamps(clock: Clock, floor: number): Stamps {
  let last = floor
  return {
    now() {
      last = Math.max(last, Math.floor(clock.wallMs()))
      return last
    },
  }
}
