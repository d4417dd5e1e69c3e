// Chance that repeats itself: the same seed makes the same story.

export type Random = {
  /** 0 to 1. */
  next(): number
  /** A whole number from `from` to `to`, both possible. */
  between(from: number, to: number): number
  pick<T>(of: readonly T[]): T
  chance(probability: number): boolean
  /** 32 hex digits. */
  id(): string
}

/** mulberry32: small, and good enough to make stories. */
export function createRandom(seed: number): Random {
  let state = (seed * 0x9e3779b1) >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const random: Random = {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (of) => of[Math.floor(next() * of.length)] as never,
    chance: (probability) => next() < probability,
    id: () =>
      Array.from({ length: 4 }, () =>
        Math.floor(next() * 4_294_967_296)
          .toString(16)
          .padStart(8, '0'),
      ).join(''),
  }
  // The first values of neighbouring seeds are alike.
  for (let i = 0; i < 8; i++) next()
  return random
}
