// Content-decoding with a bound: what a request's content-encoding says, and the base64(zlib) that Raven
// clients send without saying so.
import zlib from 'node:zlib'
import { AppError } from '../../shared/errors.ts'
import { maxInflatedBytes } from './limits.ts'

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Buffer

const decoders: { readonly [encoding: string]: Decoder } = {
  gzip: zlib.gunzipSync,
  'x-gzip': zlib.gunzipSync,
  deflate: (body, options) =>
    looksLikeZlib(body) ? zlib.inflateSync(body, options) : zlib.inflateRawSync(body, options),
  br: zlib.brotliDecompressSync,
  zstd: zlib.zstdDecompressSync,
}

/**
 * The body as it was before content-encoding.
 * @param encoding header value; null, '' (Ruby SDKs) and identity change nothing
 * @throws AppError 'invalid_encoding': unknown encoding, or the bytes aren't that; 'too_large': more
 *         than maxInflatedBytes come out
 */
export function inflate(body: Buffer, encoding: string | null): Buffer {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') {
    if (body.length > maxInflatedBytes) throw tooLarge()
    return body
  }
  const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined
  if (!decoder) throw new AppError('invalid_encoding', `Content-encoding ${name.slice(0, 40)} is not known`)
  return run(decoder, body, name)
}

/**
 * The JSON of a /store/ body: as it is, or base64 of zlib of JSON, or zlib without base64; told apart by
 * looking, since old clients call all of it application/octet-stream.
 * @throws AppError 'invalid_encoding', 'too_large'
 */
export function inflateStoreBody(body: Buffer): Buffer {
  if (looksLikeZlib(body)) return run(zlib.inflateSync, body, 'zlib')
  if (startsWithBrace(body)) return body
  const text = body.toString('latin1')
  if (!/^[A-Za-z0-9+/_=\s-]+$/.test(text)) return body
  const bytes = Buffer.from(text, 'base64')
  return looksLikeZlib(bytes) ? run(zlib.inflateSync, bytes, 'zlib') : bytes
}

function run(decoder: Decoder, body: Buffer, name: string): Buffer {
  try {
    return decoder(body, { maxOutputLength: maxInflatedBytes })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new AppError('invalid_encoding', `The body is not valid ${name}`, { cause })
  }
}

function tooLarge(): AppError {
  return new AppError('too_large', `The body has more than ${maxInflatedBytes} bytes when decoded`)
}

/** First two bytes of a zlib stream: method 8, and a multiple of 31. */
function looksLikeZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body
  return (first & 0x0f) === 8 && first >> 4 <= 7 && ((first << 8) | second) % 31 === 0
}

function startsWithBrace(body: Buffer): boolean {
  const start = body
    .subarray(0, 64)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  return start.startsWith('{')
}
