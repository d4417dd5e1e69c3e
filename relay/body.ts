// Reads a request's body as it comes, bounded by its own limit and by what all bodies together may hold.
import type { IncomingMessage } from 'node:http'
import { AppError } from '../shared/errors.ts'
import { freeOwn } from './free-own.ts'
import { type InFlight, smallBytes } from './in-flight.ts'

/** Why no body came, where the sender did nothing that has an answer. */
export type BodyFailure = 'aborted' | 'spool_full'

export type Body = {
  /** In pieces as they came: large bodies are not copied together. */
  readonly chunks: readonly Buffer[]
  /** Gives the memory of large pieces back at once; for when nothing reads them any more, in any thread. */
  free(): void
  /** Its bytes are no longer counted. */
  release(): void
}

export type BodyResult = Body | { readonly failure: BodyFailure }

/** Smaller pieces are left to the collector of garbage, which finds them soon. */
const freedBytes = 8 * 1024

/**
 * Reads the whole body. Its bytes stay counted as in flight until `release` is called.
 * @throws AppError 'too_large' as soon as the limit is passed; the rest is left unread
 */
export function readBody(req: IncomingMessage, maxBytes: number, inFlight: InFlight): Promise<BodyResult> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const share = inFlight.join(refuse)
    const declared = Number(req.headers['content-length'] ?? 0)

    function onData(chunk: Buffer): void {
      if (bytes + chunk.length > maxBytes) {
        giveUp()
        reject(new AppError('too_large', `The body is larger than ${maxBytes} bytes`))
      } else if (!share.add(chunk.length)) refuse()
      else {
        bytes += chunk.length
        chunks.push(chunk)
      }
    }
    function onEnd(): void {
      stopListening()
      share.complete()
      resolve({ chunks, free: () => chunks.forEach(freePiece), release: share.leave })
    }
    function onGone(): void {
      giveUp()
      resolve({ failure: 'aborted' })
    }
    function refuse(): void {
      giveUp()
      resolve({ failure: 'spool_full' })
    }
    function giveUp(): void {
      stopListening()
      chunks.forEach(freePiece)
      share.leave()
      // What still fails on this connection concerns nobody any more.
      req.on('error', () => {})
    }
    function stopListening(): void {
      req.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
    }
    function begin(): void {
      req.on('data', onData).on('end', onEnd)
    }

    req.on('close', onGone).on('error', onGone)
    if (declared <= smallBytes) begin()
    else {
      share.reserve(declared, (hasRoom) => {
        if (hasRoom) begin()
        else refuse()
      })
    }
  })
}

/** Node copies each piece of a body into memory of its own. */
export function freePiece(piece: Buffer): void {
  if (piece.length >= freedBytes) freeOwn(piece)
}
