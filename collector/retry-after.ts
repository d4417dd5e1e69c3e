// Retry-After of an answer: seconds, or a date as HTTP writes it.
// Source: RFC 9110, section 10.2.3

const maxMs = 24 * 3_600_000
const minMs = 1_000

/** A moment that somebody else names, kept within a second to a day from now: clocks differ, and headers may be odd. */
export function boundMoment(at: number, now: Date): Date {
  return new Date(now.getTime() + Math.min(maxMs, Math.max(minMs, at - now.getTime())))
}

/** @returns null: there is none, or it can't be read */
export function readRetryAfter(value: unknown, now: Date): Date | null {
  if (typeof value !== 'string') return null
  const text = value.trim()
  if (/^\d{1,12}$/.test(text)) return boundMoment(now.getTime() + Number(text) * 1_000, now)
  // Every date of HTTP begins with a weekday; Date.parse alone would take many other words for one.
  const at = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : boundMoment(at, now)
}
