// What is known of a request beside its bytes, cut to size: it goes into the spool and to the collector.
import type { IncomingMessage } from 'node:http'
import type { SentryAuth } from '../shared/dsn.ts'
import type { ArrivalFacts, Endpoint } from '../shared/handover.ts'
import type { Outline } from './outline.ts'

const factParameters = ['sentry_environment', 'sentry_release', 'sentry_client']
const maxFactLength = 256

/** @param eventId of the envelope, or made for it */
export function readFacts(
  req: IncomingMessage,
  arrival: {
    readonly endpoint: Endpoint
    readonly query: URLSearchParams | null
    readonly auth: SentryAuth
    readonly peer: string | null
    readonly outline: Outline
    readonly eventId: string
  },
): ArrivalFacts {
  const { endpoint, query, auth, peer, outline, eventId } = arrival
  const facts: Record<string, string> = {}
  if (query) {
    for (const name of factParameters) {
      const value = cleanFact(query.get(name))
      if (value) facts[name] = value
    }
  }
  const client = cleanFact(auth.client)
  if (client && !facts.sentry_client) facts.sentry_client = client
  return {
    key: auth.key,
    endpoint,
    content_type: cleanFact(req.headers['content-type']),
    content_encoding: cleanFact(req.headers['content-encoding']),
    user_agent: cleanFact(req.headers['user-agent']),
    peer,
    query: facts,
    event_id: eventId,
    event_id_made: outline.eventId === null,
    item_types: outline.itemTypes.map(cleanText),
  }
}

/** null for absent; otherwise as cleanText. "" stays "". */
function cleanFact(value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : cleanText(value)
}

/** Without control characters, of bounded length, and no half of a character at the cut: PostgreSQL refuses both. */
function cleanText(value: string): string {
  return value
    .slice(0, maxFactLength)
    .replace(/\p{Cc}/gu, '')
    .toWellFormed()
}
