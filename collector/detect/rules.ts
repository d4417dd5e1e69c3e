// What detection goes by, with the defaults of the design.

export type DetectionRules = {
  /** This many error or fatal events of one issue … */
  readonly burstEvents: number
  /** … received within this time make a burst. */
  readonly burstWindowMs: number
  /** An event received this long after it happened was kept by a phone: it counts, but makes no burst. */
  readonly lateAfterMs: number
  /** Without a known release of the fix, a recurrence within this time after resolution is a regression. */
  readonly regressionGraceMs: number
}

export const defaultRules: DetectionRules = {
  burstEvents: 3,
  burstWindowMs: 5 * 60_000,
  lateAfterMs: 60 * 60_000,
  regressionGraceMs: 24 * 60 * 60_000,
}
