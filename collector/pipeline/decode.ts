// The first step: the bytes of one spooled row → an envelope of items, whatever endpoint they came
// through. Everything is bounded; bytes that can't be understood are an error whose code says why, and
// the caller keeps the row whole as a dead letter. Payloads stay untouched bytes.
// Follows sections 1 and 2 of the protocol reference.
import { parseEventId, splitEnvelope } from '../../shared/envelope.ts'
import { AppError } from '../../shared/errors.ts'
import type { EnvelopeFacts } from '../../shared/handover.ts'
import type { Envelope, EventContext, Item, JsonObject } from './event.ts'
import { inflate, inflateStoreBody } from './inflate.ts'
import { completed, readMinidumpForm } from './minidump-form.ts'
import { readSecurityReports } from './security-report.ts'
import { parseMoment } from './time.ts'
import { asObject } from './wire-values.ts'

/** Items that are, or become, events; an envelope may have one of them at most. */
const eventTypes = new Set(['event', 'transaction', 'feedback'])

/**
 * @param body the original bytes, still content-encoded
 * @returns headers are {} where the endpoint knows none; the payload of event items is JSON as sent
 * @throws AppError 'invalid_encoding', 'invalid_envelope', 'invalid_event', 'too_large'
 */
export async function decodeEnvelope(facts: EnvelopeFacts, body: Buffer): Promise<Envelope> {
  const bytes = inflate(body, facts.content_encoding)
  switch (facts.endpoint) {
    case 'envelope':
      return fromEnvelope(facts, bytes)
    case 'store':
      return plain(facts, [{ type: 'event', headers: {}, payload: inflateStoreBody(bytes) }], [])
    case 'security': {
      const { events, ignored } = readSecurityReports(facts, bytes)
      return plain(facts, events.map(eventItem), ignored)
    }
    case 'minidump':
      return plain(facts, await readMinidumpForm(facts.content_type, bytes), [])
    case 'unreal':
      throw new AppError('invalid_envelope', 'Crash archives of the Unreal engine are not understood')
  }
}

/**
 * What normalise must know beside the payload of one event-like item.
 * The envelope header's id wins; without one the payload's own; the relay's invention comes last.
 */
export function eventContext(envelope: Envelope, wire: JsonObject): EventContext {
  const { facts, headers } = envelope
  const sdk = asObject(headers.sdk)
  return {
    eventId: (facts.event_id_made ? parseEventId(wire.event_id) : null) ?? facts.event_id,
    receivedAt: facts.received_at,
    sentAt: envelope.sentAt?.getTime() ?? null,
    peer: facts.peer,
    userAgent: facts.user_agent,
    sdk: sdk && { name: nameOf(sdk.name), version: nameOf(sdk.version) },
  }
}

function nameOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null
}

function fromEnvelope(facts: EnvelopeFacts, bytes: Buffer): Envelope {
  const split = splitEnvelope(bytes)
  const headers = split.headers as JsonObject
  const items: Item[] = []
  const ignored: string[] = []
  for (const item of split.items as readonly Item[]) {
    if (eventTypes.has(item.type) && items.some((other) => eventTypes.has(other.type))) {
      ignored.push(`second ${item.type}`)
    } else items.push(item)
  }
  const moment = typeof headers.sent_at === 'string' ? parseMoment(headers.sent_at) : null
  return {
    facts,
    headers,
    sentAt: moment === null ? null : new Date(moment),
    items: withEventOfDump(items),
    ignored,
  }
}

/** A minidump that no event comes with makes one. */
function withEventOfDump(items: readonly Item[]): readonly Item[] {
  if (items.some((item) => eventTypes.has(item.type))) return items
  if (!items.some((item) => item.headers.attachment_type === 'event.minidump')) return items
  return [eventItem(completed({}, true)), ...items]
}

function eventItem(event: JsonObject): Item {
  return { type: 'event', headers: {}, payload: Buffer.from(JSON.stringify(event)) }
}

function plain(facts: EnvelopeFacts, items: readonly Item[], ignored: readonly string[]): Envelope {
  return { facts, headers: {}, sentAt: null, items, ignored }
}
