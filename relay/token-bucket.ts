// A token bucket: as many requests at once as it holds, then as many a second as it is filled with.

export type Rate = { readonly perSecond: number; readonly burst: number }

export type TokenBucket = {
  readonly rate: Rate
  /** Takes a token. @returns 0, or the seconds for which the sender should keep silent */
  take(nowMs: number): number
  /** Whether a token is left, without taking it. */
  isEmpty(nowMs: number): boolean
}

/** Whoever is refused keeps silent until the bucket is full again, but not longer than this. */
const maxSilenceSeconds = 60

/** @param nowMs from a clock that never goes back; the bucket starts full */
export function createTokenBucket(rate: Rate, nowMs: number): TokenBucket {
  const { perSecond, burst } = rate
  let tokens = burst
  let filledAt = nowMs

  function fill(now: number): void {
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
  }

  return {
    rate,
    take(now) {
      fill(now)
      if (tokens < 1) return Math.min(maxSilenceSeconds, Math.max(1, Math.ceil((burst - tokens) / perSecond)))
      tokens -= 1
      return 0
    },
    isEmpty(now) {
      fill(now)
      return tokens < 1
    },
  }
}
