// Pure: what one destination is sent next. A few messages go out one by one; a flood becomes one digest, and
// never are there more than so many messages in a span.
import { isUrgent } from './kinds.ts'

export const maxMessages = 6
export const spanMs = 10 * 60_000

export type Waiting = { readonly notificationId: number; readonly kind: string }

export type Plan =
  | { readonly do: 'nothing' }
  | { readonly do: 'wait'; readonly until: Date }
  /** One message about one event, or a digest of all. */
  | { readonly do: 'send'; readonly notificationIds: readonly number[] }

/**
 * @param waiting what is due, oldest first
 * @param sent    moments of the messages of the last span
 */
export function planMessage(waiting: readonly Waiting[], sent: readonly Date[], now: Date): Plan {
  const [first] = waiting
  if (!first) return { do: 'nothing' }
  const recent = sent.map((at) => at.getTime()).filter((at) => at > now.getTime() - spanMs)
  const room = maxMessages - recent.length
  if (room <= 0) return { do: 'wait', until: new Date(Math.min(...recent) + spanMs) }
  const urgent = waiting.find(({ kind }) => isUrgent(kind))
  // The last place of a span is kept for all that waits then.
  if (waiting.length === 1 || (room > 1 && (urgent || waiting.length < room))) {
    return { do: 'send', notificationIds: [(urgent ?? first).notificationId] }
  }
  return { do: 'send', notificationIds: waiting.map(({ notificationId }) => notificationId) }
}
