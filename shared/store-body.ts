// The body of the legacy `/store/` endpoint: JSON, or what Raven clients send as octets without saying so,
// base64 of zlib of JSON. Which of the two is found by looking. Source: sentry-protocol.md, trap 6.
import { inflateSync } from 'node:zlib'
import { AppError } from './errors.ts'

/**
 * Unwraps a store body down to the bytes of its JSON, which are not parsed here.
 * @param body     after content-decoding
 * @param maxBytes bound of the JSON, held while inflating
 * @throws AppError 'too_large', or 'invalid_event' when it is neither JSON nor base64 of zlib
 */
export function unwrapStoreBody(body: Buffer, maxBytes: number): Buffer {
  if (body.length > maxBytes) throw tooLarge(maxBytes)
  const first = body.subarray(0, 64).toString('latin1').trimStart()[0]
  if (first === '{') return body
  const text = body.toString('latin1').trim()
  if (!/^[A-Za-z0-9+/_\s-]+={0,2}$/.test(text)) {
    throw new AppError('invalid_event', 'The body is neither JSON nor base64 of zlib')
  }
  try {
    return inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: maxBytes })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw new AppError('invalid_event', 'The body is base64, but not of zlib data', { cause })
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `The event is larger than ${maxBytes} bytes`)
}
