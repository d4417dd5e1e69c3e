// Pure: a span of time as people say it.

/** The two largest units: `3 d 16 h`, `5 min 2 s`. */
export function describeDuration(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ]
  let left = Math.max(0, Math.round(ms / 1000))
  const parts: string[] = []
  for (const [name, seconds] of units) {
    if (left >= seconds && parts.length < 2) parts.push(`${Math.floor(left / seconds)} ${name}`)
    left %= seconds
  }
  return parts.join(' ') || '0 s'
}
