// Content decoding, only to look at the outline: streamed, bounded in size, ratio and number at a time.
// What is spooled are the bytes as they came.
import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  gunzipSync,
  type Inflate,
  type InflateRaw,
  type ZstdDecompress,
} from 'node:zlib'
import { AppError } from '../shared/errors.ts'
import { freeOwn } from './free-own.ts'

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd'

/**
 * Reads a content-encoding header. Empty means identity: Ruby SDKs send it so below 30 kB.
 * @returns null for an encoding that is not spoken here, or more than one
 */
export function parseContentEncoding(value: string | undefined): Encoding | null {
  switch ((value ?? '').trim().toLowerCase()) {
    case '':
    case 'identity':
      return 'identity'
    case 'gzip':
    case 'x-gzip':
      return 'gzip'
    case 'deflate':
      return 'deflate'
    case 'br':
      return 'br'
    case 'zstd':
      return 'zstd'
    default:
      return null
  }
}

export type Inflater = {
  /**
   * Decodes a body and hands on the decoded chunks. The memory of each is given back as soon as `take` returns.
   * @param body in pieces as they came
   * @throws AppError 'invalid_encoding' (the bytes aren't what the header says), 'too_large' (passes the
   *         size or the ratio), or what `take` throws
   */
  inflate(
    body: readonly Buffer[],
    encoding: Exclude<Encoding, 'identity'>,
    take: (chunk: Buffer) => void,
  ): Promise<void>
}

/** Real bodies reach about 50:1; below this many bytes any ratio is harmless. */
const freeBytes = 4 * 1024 * 1024
const maxRatio = 200
/** Decoders at work at one time: each may hold a window of up to 16 MiB and leaves what it decoded to the garbage collector. */
const maxDecoders = 2

/** @param maxBytes bound of one decoded body */
export function createInflater(maxBytes: number): Inflater {
  let working = 0
  const queue: (() => void)[] = []

  async function inflate(
    body: readonly Buffer[],
    encoding: Exclude<Encoding, 'identity'>,
    take: (chunk: Buffer) => void,
  ): Promise<void> {
    const bodyBytes = lengthOf(body)
    const small = bodyBytes <= smallBytes ? inflateSmall(body, encoding, maxBytes) : null
    if (small) {
      take(small)
      free(small)
      return
    }
    if (working >= maxDecoders) await new Promise<void>((resolve) => queue.push(resolve))
    else working += 1
    try {
      await runDecoder(body, bodyBytes, encoding, take)
    } finally {
      const next = queue.shift()
      if (next) next()
      else working -= 1
    }
  }

  async function runDecoder(
    body: readonly Buffer[],
    bodyBytes: number,
    encoding: Exclude<Encoding, 'identity'>,
    take: (chunk: Buffer) => void,
  ): Promise<void> {
    const decoder = createDecoder(body, encoding)
    const ratioBytes = Math.max(freeBytes, bodyBytes * maxRatio)
    let bytes = 0
    // As it came: joined, a body would take its room twice.
    for (const piece of body) decoder.write(piece)
    decoder.end()
    try {
      for await (const chunk of decoder as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > maxBytes)
          throw new AppError('too_large', `The body is larger than ${maxBytes} bytes when decoded`)
        if (bytes > ratioBytes)
          throw new AppError('too_large', `The body grows more than ${maxRatio} times when decoded`)
        take(chunk)
        if (isFull(chunk)) free(chunk)
      }
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      throw new AppError('invalid_encoding', `The body is not valid ${encoding}`, { cause })
    } finally {
      decoder.destroy()
    }
  }

  return { inflate }
}

/** Nearly all bodies are below these; a stream with its turns through the thread pool costs ten times as much. */
const smallBytes = 32 * 1024
const smallInflatedBytes = 256 * 1024

/** Decodes a small body at once; null for what is not small, or not sound: the stream finds out what it is. */
function inflateSmall(
  body: readonly Buffer[],
  encoding: Exclude<Encoding, 'identity'>,
  maxBytes: number,
): Buffer | null {
  if (encoding !== 'gzip') return null
  try {
    return gunzipSync(body.length === 1 ? (body[0] as Buffer) : Buffer.concat(body), {
      maxOutputLength: Math.min(smallInflatedBytes, maxBytes),
      chunkSize,
    })
  } catch {
    return null
  }
}

type Decoder = BrotliDecompress | Gunzip | Inflate | InflateRaw | ZstdDecompress

/** Larger than what Buffer takes from its pool, which others use, too. */
const chunkSize = 32 * 1024

function free(chunk: Buffer): void {
  const { buffer } = chunk
  // A chunk that is not full has the rest of its memory for itself as well.
  freeOwn(buffer.byteLength === chunkSize ? Buffer.from(buffer) : chunk)
}

/** A stream that waits for input goes on in the same chunk: it is done with when it is full. */
function isFull({ buffer, byteOffset, length }: Buffer): boolean {
  return byteOffset + length === buffer.byteLength
}

function createDecoder(body: readonly Buffer[], encoding: Exclude<Encoding, 'identity'>): Decoder {
  switch (encoding) {
    case 'gzip':
      return createGunzip({ chunkSize })
    case 'br':
      return createBrotliDecompress({ chunkSize })
    case 'zstd':
      // RFC 9659: a window of at most 8 MB in HTTP. Without the bound a frame may ask for 128 MB.
      return createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 23 } })
    case 'deflate':
      return hasZlibHeader(body) ? createInflate({ chunkSize }) : createInflateRaw({ chunkSize })
  }
}

/** "deflate" means zlib-wrapped, but some senders leave the wrapper out. */
function hasZlibHeader(body: readonly Buffer[]): boolean {
  const start = Buffer.concat(body.slice(0, 2), 2)
  return ((start[0] as number) & 0x0f) === 8 && start.readUInt16BE(0) % 31 === 0
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((bytes, piece) => bytes + piece.length, 0)
}
