// Pure: when many alerts are a storm, and which alert of one lasts. Moments are those of detection, not of
// filing, so that an outage of the tracker neither makes a storm nor hides one.

export type Span = { readonly from: Date; readonly to: Date }

/**
 * Is there a window around this alert with more than `more` alerts?
 * @param moments of the project's alerts near `at`, that one's own included
 * @returns the span of those in the window that reaches farthest; null: no storm
 */
export function stormSpan(
  moments: readonly Date[],
  at: Date,
  rule: { readonly more: number; readonly windowMs: number },
): Span | null {
  const sorted = moments.map((moment) => moment.getTime()).sort((a, b) => a - b)
  const spans = sorted.flatMap((from, first) => {
    const to = sorted[first + rule.more]
    const holdsIt = from <= at.getTime() && at.getTime() - from < rule.windowMs
    return to !== undefined && to - from < rule.windowMs && holdsIt ? [{ from, to }] : []
  })
  const [first] = spans
  const last = spans.at(-1)
  if (!first || !last) return null
  return { from: new Date(first.from), to: new Date(Math.max(last.to, at.getTime())) }
}

/** An alert belongs to a storm while no more than the window lies between it and the storm. */
export function joinsStorm(
  storm: { readonly startedAt: Date; readonly lastAlertAt: Date },
  at: Date,
  windowMs: number,
): boolean {
  return (
    at.getTime() >= storm.startedAt.getTime() - windowMs &&
    at.getTime() < storm.lastAlertAt.getTime() + windowMs
  )
}

/** An issue of a storm lasts when it is still seen after half of the time that is waited. */
export function lastsBeyond(
  alert: { readonly createdAt: Date },
  lastSeenAt: Date,
  lastsMinutes: number,
): boolean {
  return lastSeenAt.getTime() >= alert.createdAt.getTime() + lastsMinutes * 30_000
}

/** When an issue of a storm is looked at (again): after the time that is waited, then ever more rarely. */
export function nextLook(alert: { readonly createdAt: Date }, now: Date, lastsMinutes: number): Date {
  const stepMs = lastsMinutes * 60_000
  const waited = now.getTime() - alert.createdAt.getTime()
  return new Date(
    waited < stepMs
      ? alert.createdAt.getTime() + stepMs
      : now.getTime() + Math.min(6 * 3_600_000, Math.max(stepMs, waited / 2)),
  )
}
