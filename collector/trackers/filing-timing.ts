// Pure: the spans of filing, which hang together. A request ends within its time-out; the tracker may go on
// working on it for a while after; its lists may lag; and a claim outlasts all requests made under it.

export type FilingTiming = {
  /** Life of a claim, counted anew when a create is sent. */
  readonly leaseMs: number
  /** From sending a create until its outcome must stand in the tracker's lists. */
  readonly settleMs: number
  /** How far the tracker's clock may be from ours. */
  readonly clockMarginMs: number
  /** Between looks at a setting that is missing. */
  readonly settingPauseMs: number
  /** Between tries of what the tracker refuses. */
  readonly permanentPauseMs: number
  /** Between looks at an alert that dry run holds; switching it off makes them due. */
  readonly dryRunPauseMs: number
  /** From the start of a storm until its umbrella is created, so that it lists most of it. */
  readonly stormSettleMs: number
}

/** @param requestTimeoutMs whole life of one request */
export function filingTiming(requestTimeoutMs: number): FilingTiming {
  return {
    leaseMs: requestTimeoutMs * 3 + 15_000,
    settleMs: requestTimeoutMs * 2 + 30_000,
    clockMarginMs: 24 * 3_600_000,
    settingPauseMs: 60_000,
    permanentPauseMs: 3_600_000,
    dryRunPauseMs: 24 * 3_600_000,
    stormSettleMs: 60_000,
  }
}

/**
 * Back-off: 4 s, 8 s, 16 s … an hour at most, give or take half.
 * @param attempts that failed before this one
 * @param random   0 to 1
 */
export function retryDelayMs(attempts: number, random: number): number {
  const base = Math.min(3_600_000, 4_000 * 2 ** Math.min(attempts, 20))
  return Math.round(base * (0.5 + random))
}
