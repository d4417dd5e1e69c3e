// The outline of a body: enough to know that it is whole, which event it is and what kinds of items it has.
// Payloads are passed over unread and unkept; only the JSON of the legacy endpoints is held, bounded.

import { createEnvelopeScanner, envelopeLimits, isEventId, parseEventId } from '../shared/envelope.ts'
import { AppError } from '../shared/errors.ts'
import type { Endpoint } from '../shared/handover.ts'
import { unwrapStoreBody } from '../shared/store-body.ts'

export type Outline = {
  /** 32 hex; null when the sender named none. */
  readonly eventId: string | null
  /** Kinds of items, each once, in order of appearance. */
  readonly itemTypes: readonly string[]
  /** The envelope header's dsn, unparsed. */
  readonly dsn: unknown
}

export type OutlineReader = {
  /** Takes decoded bytes, and keeps no hold on them. @throws AppError 'invalid_envelope', 'invalid_event' or 'too_large' */
  write(chunk: Buffer): void
  /** Says that the body is over. @throws as write */
  end(): Outline
}

/** Sentry's bound for an event is 1 MiB; parsing 2 MiB of JSON takes some 10 ms. */
const maxJsonBytes = 2 * 1024 * 1024
const maxItemTypes = 32
const maxItemTypeLength = 64

/** @param contentType of the request; only multipart needs it */
export function createOutlineReader(endpoint: Endpoint, contentType: string | undefined): OutlineReader {
  switch (endpoint) {
    case 'envelope':
      return readEnvelopeOutline()
    case 'minidump':
      return readMultipartOutline(contentType)
    case 'unreal':
      return readArchiveOutline()
    default:
      return readJsonOutline(endpoint)
  }
}

function readEnvelopeOutline(): OutlineReader {
  const scanner = createEnvelopeScanner(envelopeLimits, false)
  return {
    write: scanner.write,
    end() {
      const { headers, items } = scanner.end()
      const types = new Set<string>()
      for (const { type } of items) if (types.size < maxItemTypes) types.add(type.slice(0, maxItemTypeLength))
      return { eventId: readEventId(headers.event_id), itemTypes: [...types], dsn: headers.dsn }
    },
  }
}

function readJsonOutline(endpoint: Endpoint): OutlineReader {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    write(chunk) {
      bytes += chunk.length
      // base64 adds a third to what a store body may be
      if (bytes > maxJsonBytes * 1.4)
        throw new AppError('too_large', `The body is larger than ${maxJsonBytes} bytes`)
      chunks.push(Buffer.from(chunk))
    },
    end() {
      const body = Buffer.concat(chunks)
      if (endpoint === 'store') {
        const event = parseJson(unwrapStoreBody(body, maxJsonBytes))
        if (typeof event !== 'object' || event === null || Array.isArray(event)) {
          throw new AppError('invalid_event', 'The event is not a JSON object')
        }
        return {
          eventId: readEventId((event as { event_id?: unknown }).event_id),
          itemTypes: ['event'],
          dsn: null,
        }
      }
      const report = parseJson(body)
      if (typeof report !== 'object' || report === null) {
        throw new AppError('invalid_event', 'The report is neither a JSON object nor a list')
      }
      return { eventId: null, itemTypes: ['security'], dsn: null }
    },
  }
}

function readMultipartOutline(contentType: string | undefined): OutlineReader {
  const boundary = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(
    contentType ?? '',
  )
  const delimiter = `--${boundary?.[1] ?? boundary?.[2] ?? ''}`
  let start = Buffer.alloc(0)
  return {
    write(chunk) {
      if (start.length < 256) start = Buffer.concat([start, chunk.subarray(0, 256)])
    },
    end() {
      if (!boundary)
        throw new AppError('invalid_event', 'A minidump comes as multipart/form-data with a boundary')
      if (!start.includes(delimiter))
        throw new AppError('invalid_event', 'The body does not start with its boundary')
      return { eventId: null, itemTypes: ['event', 'attachment'], dsn: null }
    },
  }
}

/** Unreal's crash archive has a format of its own; here it only must not be empty. */
function readArchiveOutline(): OutlineReader {
  let isEmpty = true
  return {
    write(chunk) {
      if (chunk.length > 0) isEmpty = false
    },
    end() {
      if (isEmpty) throw new AppError('invalid_event', 'The crash archive is empty')
      return { eventId: null, itemTypes: ['event', 'attachment'], dsn: null }
    },
  }
}

/** The nil id means "none"; anything else that is no id is refused, lest two ids be the same event. */
function readEventId(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  if (!isEventId(value)) throw new AppError('invalid_envelope', 'The event_id is not 32 hex digits')
  return parseEventId(value)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AppError('invalid_event', 'The body is not valid JSON', { cause })
  }
}
