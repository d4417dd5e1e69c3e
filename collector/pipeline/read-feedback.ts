// What a user said of an event: the legacy `user_report` item and the current `feedback` item, one shape.
// Source: Sentry developer docs, "User Reports" and "Feedbacks".
import { parseEventId } from '../../shared/envelope.ts'
import type { Item, JsonObject, JsonValue } from './event.ts'
import { parseEventPayload } from './normalise.ts'
import type { Scrubber } from './scrub.ts'
import { storable } from './storable.ts'

export type FeedbackItem = {
  /** The event it speaks of, 32 hex digits; null where it names none. */
  readonly event_id: string | null
  readonly name: string | null
  readonly email: string | null
  readonly message: string
  readonly url: string | null
}

function text(value: JsonValue | undefined, maxLength: number): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : null
}

/**
 * @returns null: there is nothing said in it
 * @throws AppError 'invalid_event': the payload is no JSON object
 */
export function readFeedback(item: Item, scrubber: Scrubber): FeedbackItem | null {
  const { wire } = scrubber.scrub(storable(parseEventPayload(item.payload).wire))
  const contexts = wire.contexts as JsonObject | undefined
  const said = (item.type === 'feedback' ? contexts?.feedback : wire) as JsonObject | undefined
  if (!said || typeof said !== 'object' || Array.isArray(said)) return null
  const message = text(said.message ?? said.comments, 4_096)
  if (!message) return null
  return {
    event_id: parseEventId(said.associated_event_id ?? (item.type === 'user_report' ? said.event_id : null)),
    name: text(said.name, 200),
    email: text(said.contact_email ?? said.email, 200),
    message,
    url: text(said.url, 2_000),
  }
}
