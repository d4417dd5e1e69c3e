// The envelope grammar, on bytes: a header line of JSON, then for each item a header line and a payload.
// One scanner holds the grammar; the relay feeds it chunks and keeps no payload, the collector has it cut
// a whole body into items. Source: Sentry developer docs, "Envelopes".
import { AppError } from './errors.ts'

export type EnvelopeHeaders = Readonly<Record<string, unknown>>

/** An item as found while scanning; `start` and `end` are byte offsets of its payload in the body. */
export type ScannedItem = {
  readonly type: string
  readonly headers: EnvelopeHeaders
  readonly start: number
  readonly end: number
}

/** An item with its payload, still undecoded: a view on the body, not a copy. */
export type EnvelopeItem = {
  readonly type: string
  readonly headers: EnvelopeHeaders
  readonly payload: Buffer
}

export type Envelope = { readonly headers: EnvelopeHeaders; readonly items: readonly EnvelopeItem[] }

export type EnvelopeLimits = {
  readonly maxItems: number
  readonly maxHeaderLineBytes: number
  /** Of all header lines together: parsed, they take some ten times that much memory. */
  readonly maxHeaderBytes: number
}

/** The largest header lines seen are below 4 kB, the longest envelopes have some hundred items. */
export const envelopeLimits: EnvelopeLimits = {
  maxItems: 2_000,
  maxHeaderLineBytes: 64 * 1024,
  maxHeaderBytes: 1024 * 1024,
}

export type EnvelopeScanner = {
  /** Takes the next bytes of the body. @throws AppError 'invalid_envelope' */
  write(chunk: Buffer): void
  /** Says that the body is over. @throws AppError 'invalid_envelope' */
  end(): { readonly headers: EnvelopeHeaders; readonly items: readonly ScannedItem[] }
}

const lineFeed = 0x0a

/**
 * Scans an envelope that comes in chunks of any size; memory is bounded by the limits, payloads are
 * only counted.
 * @param keepHeaders false: items come with empty headers, since parsed ones take ten times their size
 * @throws AppError 'invalid_envelope' from write and end: a header is not one line with a JSON object, an
 *         item has no type, a length overruns or is not followed by LF, or a limit is passed
 */
export function createEnvelopeScanner(
  limits: EnvelopeLimits = envelopeLimits,
  keepHeaders = true,
): EnvelopeScanner {
  let state: 'header' | 'item header' | 'counted payload' | 'after payload' | 'payload line' = 'header'
  let headers: EnvelopeHeaders | undefined
  const items: ScannedItem[] = []
  let item: { type: string; headers: EnvelopeHeaders; start: number } | undefined
  let lineParts: Buffer[] = []
  let lineBytes = 0
  let headerBytes = 0
  let scannedBytes = 0
  let payloadBytesLeft = 0

  function keepLine(part: Buffer, isEnd: boolean): void {
    lineBytes += part.length
    headerBytes += part.length
    if (headerBytes > limits.maxHeaderBytes) {
      throw malformed(`its header lines are longer than ${limits.maxHeaderBytes} bytes together`)
    }
    if (lineBytes > limits.maxHeaderLineBytes) {
      throw malformed(`a header line is longer than ${limits.maxHeaderLineBytes} bytes`)
    }
    // What outlives this call is copied: the chunk's memory may serve something else then.
    if (part.length > 0) lineParts.push(isEnd ? part : Buffer.from(part))
  }

  function takeLine(): Buffer {
    const line = lineParts.length === 1 ? (lineParts[0] as Buffer) : Buffer.concat(lineParts)
    lineParts = []
    lineBytes = 0
    return line
  }

  function finishItem(end: number): void {
    if (item) items.push({ ...item, end })
    item = undefined
  }

  /** @param start offset of the byte after the line's LF */
  function finishHeaderLine(start: number): void {
    const line = takeLine()
    if (state === 'header') {
      headers = parseHeaderLine(line, 'the envelope header')
      state = 'item header'
      return
    }
    if (line.length === 0) return
    if (items.length >= limits.maxItems) throw malformed(`it has more than ${limits.maxItems} items`)
    const itemHeaders = parseHeaderLine(line, `the header of item ${items.length + 1}`)
    const { type, length } = itemHeaders
    if (typeof type !== 'string') throw malformed(`item ${items.length + 1} has no type`)
    item = { type, headers: keepHeaders ? itemHeaders : {}, start }
    if (length === undefined || length === null) {
      state = 'payload line'
      return
    }
    if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
      throw malformed(`the length of item ${items.length + 1} is not a number of bytes`)
    }
    payloadBytesLeft = length
    state = 'counted payload'
    if (length === 0) finishCountedPayload(start)
  }

  function finishCountedPayload(end: number): void {
    finishItem(end)
    state = 'after payload'
  }

  function write(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (state === 'counted payload') {
        const taken = Math.min(payloadBytesLeft, chunk.length - at)
        payloadBytesLeft -= taken
        at += taken
        if (payloadBytesLeft === 0) finishCountedPayload(scannedBytes + at)
      } else if (state === 'after payload') {
        if (chunk[at] !== lineFeed) {
          throw malformed(`the payload of item ${items.length} is longer than its length says`)
        }
        at += 1
        state = 'item header'
      } else {
        const found = chunk.indexOf(lineFeed, at)
        const end = found === -1 ? chunk.length : found
        if (state !== 'payload line') keepLine(chunk.subarray(at, end), found !== -1)
        at = end + 1
        if (found === -1) break
        if (state === 'payload line') {
          finishItem(scannedBytes + end)
          state = 'item header'
        } else finishHeaderLine(scannedBytes + at)
      }
    }
    scannedBytes += chunk.length
  }

  function end(): { headers: EnvelopeHeaders; items: readonly ScannedItem[] } {
    if (state === 'header' || lineBytes > 0) finishHeaderLine(scannedBytes)
    if (state === 'counted payload') {
      throw malformed(`the payload of item ${items.length + 1} is ${payloadBytesLeft} bytes short`)
    }
    finishItem(scannedBytes)
    return { headers: headers ?? {}, items }
  }

  return { write, end }
}

/**
 * Splits an envelope into its header and items; payloads stay undecoded.
 * @param body after content-decoding; the caller bounds its size
 * @returns    items in wire order, unknown types included; payloads are views on `body`
 * @throws     AppError 'invalid_envelope', its message fit for the sender
 */
export function splitEnvelope(body: Buffer, limits: EnvelopeLimits = envelopeLimits): Envelope {
  const scanner = createEnvelopeScanner(limits)
  scanner.write(body)
  const { headers, items } = scanner.end()
  return {
    headers,
    items: items.map(({ type, headers: itemHeaders, start, end }) => ({
      type,
      headers: itemHeaders,
      payload: body.subarray(start, end),
    })),
  }
}

const eventIdPattern = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i
const nilEventId = '0'.repeat(32)

/**
 * Normalises an event id to 32 lower-case hex digits. Any 128 bits will do: sentry-native 0.16 sends ids
 * that are no valid UUIDs.
 * @returns null for anything else, and for the nil id, which clients use as "none"
 */
export function parseEventId(value: unknown): string | null {
  if (!isEventId(value)) return null
  const id = value.replaceAll('-', '').toLowerCase()
  return id === nilEventId ? null : id
}

/** Says whether a value has the form of an event id, the nil id included. */
export function isEventId(value: unknown): value is string {
  return typeof value === 'string' && eventIdPattern.test(value)
}

function parseHeaderLine(line: Buffer, what: string): EnvelopeHeaders {
  let parsed: unknown
  try {
    parsed = JSON.parse(line.toString('utf8'))
  } catch {
    throw malformed(`${what} is not one line of JSON`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw malformed(`${what} is not a JSON object`)
  }
  return parsed as EnvelopeHeaders
}

function malformed(reason: string): AppError {
  return new AppError('invalid_envelope', `Malformed envelope: ${reason}`)
}
