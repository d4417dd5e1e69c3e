// The facts a relay would have handed over with a body, made up or taken from a capture, and the pure steps
// of the pipeline on it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEnvelope, eventContext } from '../../collector/pipeline/decode.ts'
import type { Event, EventContext, JsonObject, JsonValue } from '../../collector/pipeline/event.ts'
import { inflate } from '../../collector/pipeline/inflate.ts'
import { normalise, parseEventPayload } from '../../collector/pipeline/normalise.ts'
import { scrub } from '../../collector/pipeline/scrub.ts'
import { parseEventId } from '../../shared/envelope.ts'
import type { Endpoint, EnvelopeFacts } from '../../shared/handover.ts'
import { type Capture, readCredentials } from './captures.ts'

/** A documentation address, as if every request came from it. */
export const peer = '192.0.2.1'

export const receivedAt = Date.UTC(2026, 10, 20, 12, 0, 0)

export function makeFacts(overrides: Partial<EnvelopeFacts> = {}): EnvelopeFacts {
  return {
    id: '0b5c1f5e-6f0d-4f0c-9b57-2f4f0a3d1c11',
    received_at: receivedAt,
    project: 1,
    key: '0'.repeat(32),
    endpoint: 'envelope',
    content_type: null,
    content_encoding: null,
    user_agent: null,
    peer,
    query: {},
    event_id: 'a'.repeat(32),
    event_id_made: true,
    item_types: [],
    deliveries: 1,
    poisonous: false,
    length: 0,
    ...overrides,
  }
}

export function factsOfCapture(capture: Capture): EnvelopeFacts {
  const url = new URL(capture.path, 'http://relay.invalid')
  const last = url.pathname.split('/').findLast((segment) => segment !== '')
  const endpoint = (['store', 'security', 'minidump'] as readonly string[]).includes(last ?? '')
    ? (last as Endpoint)
    : 'envelope'
  const { project, key } = readCredentials(capture)
  const body = inflate(capture.body, capture.headers['content-encoding'] ?? null).toString('latin1')
  const named = /^\{[^\n]*?"event_id": ?"([0-9a-f-]{32,36})"/.exec(body)?.[1]
  const eventId = parseEventId(named)
  const { sentry_key: _, ...query } = Object.fromEntries(url.searchParams)
  return makeFacts({
    received_at: capture.capturedAt.getTime(),
    project,
    key,
    endpoint,
    content_type: capture.headers['content-type'] ?? null,
    content_encoding: capture.headers['content-encoding'] ?? null,
    user_agent: capture.headers['user-agent'] ?? null,
    query,
    ...(eventId ? { event_id: eventId, event_id_made: false } : {}),
    length: capture.body.length,
  })
}

/** The event payloads of a body and what normalise must know with each, in order. */
export async function readPayloads(
  facts: EnvelopeFacts,
  body: Buffer,
): Promise<{ payload: JsonObject; context: EventContext }[]> {
  const envelope = await decodeEnvelope(facts, body)
  return envelope.items
    .filter(({ type }) => type === 'event')
    .map((item) => {
      const payload = parseEventPayload(item.payload).wire
      return { payload, context: eventContext(envelope, payload) }
    })
}

/** The events of a body after all steps but grouping. */
export async function readEvents(facts: EnvelopeFacts, body: Buffer): Promise<Event[]> {
  const payloads = await readPayloads(facts, body)
  return payloads.map(({ payload, context }) => normalise(scrub(payload).wire, context))
}

export const plainContext: EventContext = {
  eventId: 'a'.repeat(32),
  receivedAt,
  sentAt: null,
  peer,
  userAgent: null,
  sdk: null,
}

/** One event as normalise reads it, from whatever a client might send. */
export function readWire(wire: unknown, context: Partial<EventContext> = {}): Event {
  return normalise(wire as JsonObject, { ...plainContext, ...context })
}

const mobile = join(import.meta.dirname, '../fixtures/events-mobile')

/** Events of mobile and desktop SDKs that could not be captured, made after their sources. */
export function listMobileEvents(): { name: string; wire: { [key: string]: JsonValue } }[] {
  return readdirSync(mobile)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: `mobile/${file.replace(/\.json$/, '')}`,
      wire: JSON.parse(readFileSync(join(mobile, file), 'utf8')),
    }))
}
