// Burst: N events of one issue inside a window, by the relay's clock. The last moments are kept with the issue, so
// the answer is the same however the events are batched and whichever relay was slower, and costs nothing in the
// number stored.

export type BurstState = {
  /** Received-at (ms) of the newest qualifying events, ascending; bounded. */
  readonly window: readonly number[]
  readonly isBurst: boolean
  /** From the first to the last of the N events, where it is a burst. */
  readonly spanMs: number
}

/**
 * Moments kept beside the N that make a burst. Where three events within five minutes are one, this is more than come
 * singly within the hour after which slow burn files: none that a slower relay's events could belong to is forgotten.
 */
const sparedMoments = 60

/**
 * @param window     as returned last time
 * @param receivedAt ms; may be older than what is known (a second relay was slower)
 */
export function addToBurst(
  window: readonly number[],
  receivedAt: number,
  rule: { readonly burstEvents: number; readonly burstWindowMs: number },
): BurstState {
  const moments = [...window, receivedAt].sort((a, b) => a - b).slice(-rule.burstEvents - sparedMoments)
  const spanMs = narrowestSpan(moments, moments.lastIndexOf(receivedAt), rule.burstEvents)
  return { window: moments, isBurst: spanMs <= rule.burstWindowMs, spanMs }
}

/** Of all so many moments in a row, the one at `place` among them; Infinity where there are none. */
function narrowestSpan(moments: readonly number[], place: number, count: number): number {
  let narrowest = Number.POSITIVE_INFINITY
  if (place < 0) return narrowest
  for (let first = Math.max(0, place - count + 1); first <= place; first++) {
    const last = moments[first + count - 1]
    if (last === undefined) break
    narrowest = Math.min(narrowest, last - (moments[first] as number))
  }
  return narrowest
}
