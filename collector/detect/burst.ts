// Burst: N events of one issue inside a window, by the relay's clock. The last N moments are kept with the
// issue, so the answer is exact however the events are batched, and costs nothing in the number stored.

export type BurstState = {
  /** Received-at (ms) of the newest qualifying events, ascending, at most N. */
  readonly window: readonly number[]
  readonly isBurst: boolean
  /** From the first to the last of the N events, where it is a burst. */
  readonly spanMs: number
}

/**
 * @param window     as returned last time
 * @param receivedAt ms; may be older than what is known (a second relay was slower)
 */
export function addToBurst(
  window: readonly number[],
  receivedAt: number,
  rule: { readonly burstEvents: number; readonly burstWindowMs: number },
): BurstState {
  const moments = [...window, receivedAt].sort((a, b) => a - b).slice(-rule.burstEvents)
  const spanMs = (moments.at(-1) ?? 0) - (moments[0] ?? 0)
  return {
    window: moments,
    isBurst: moments.length >= rule.burstEvents && spanMs <= rule.burstWindowMs,
    spanMs,
  }
}
