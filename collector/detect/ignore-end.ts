// When an issue that is ignored is heard of again: at a moment, or at a total of its events or users. Pure.

/** All null: never, until somebody reopens it. Counts are totals of the issue. */
export type IgnoreEnd = {
  readonly at: Date | null
  readonly events: number | null
  readonly users: number | null
}

export const forGood: IgnoreEnd = { at: null, events: null, users: null }

/** One sentence why it is over; null: it goes on. */
export function whyIgnoreEnds(
  end: IgnoreEnd,
  now: { readonly at: Date; readonly events: number; readonly users: number },
): string | null {
  if (end.at !== null && now.at >= end.at) return 'The time that it was ignored for is over.'
  if (end.events !== null && now.events >= end.events) {
    return `It was ignored until it had ${end.events.toLocaleString('en')} events; it has.`
  }
  if (end.users !== null && now.users >= end.users) {
    return `It was ignored until ${end.users.toLocaleString('en')} users had met it; they have.`
  }
  return null
}
