// How much silence is enough, and how much there was. Silence counts only where it was heard.

/** Doubled at most this often: 10 minutes become 10 hours 40. */
const maxDoublings = 6

/** @param regressions of the issue within the last day */
export function quietAfterRegressions(quietMs: number, regressions: number): number {
  return quietMs * 2 ** Math.min(maxDoublings, Math.max(0, regressions))
}

/** A span (ms) in which something of the project was turned away or lost, so that its silence proves nothing. */
export type DeafSpan = { readonly from: number; readonly until: number }

/**
 * Silence that was really heard: from the close up to where every relay was heard, without the deaf spans.
 * @param heardAt ms; null: nothing is sure
 * @returns ms
 */
export function heardSilenceMs(closedAt: number, heardAt: number | null, deaf: readonly DeafSpan[]): number {
  if (heardAt === null || heardAt <= closedAt) return 0
  let heardMs = 0
  let at = closedAt
  for (const span of [...deaf].sort((a, b) => a.from - b.from)) {
    if (span.until <= at) continue
    if (span.from >= heardAt) break
    heardMs += Math.max(0, span.from - at)
    at = span.until
  }
  return heardMs + Math.max(0, heardAt - at)
}
