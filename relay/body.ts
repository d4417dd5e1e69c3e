// Reads a request's body as it comes, bounded by its own limit and by what all bodies together may hold.
import type { IncomingMessage } from 'node:http'
import { AppError } from '../shared/errors.ts'

export type InFlight = {
  /** Counts bytes in; false: there is no room, and nothing was counted. */
  add(bytes: number): boolean
  remove(bytes: number): void
  bytes(): number
}

/** @param maxBytes bound of all bodies in memory at one time */
export function createInFlight(maxBytes: number): InFlight {
  let held = 0
  return {
    add(bytes) {
      if (held + bytes > maxBytes) return false
      held += bytes
      return true
    },
    remove(bytes) {
      held -= bytes
    },
    bytes: () => held,
  }
}

/** Why no body came, where the sender did nothing that has an answer. */
export type BodyFailure = 'aborted' | 'spool_full'

export type BodyResult = { readonly body: Buffer } | { readonly failure: BodyFailure }

/**
 * Reads the whole body. The bytes of a body that is returned stay counted as in flight: the caller takes
 * them out when it is done with it.
 * @throws AppError 'too_large' as soon as the limit is passed; the rest is left unread
 */
export function readBody(req: IncomingMessage, maxBytes: number, inFlight: InFlight): Promise<BodyResult> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0

    function onData(chunk: Buffer): void {
      if (bytes + chunk.length > maxBytes) {
        giveUp()
        reject(new AppError('too_large', `The body is larger than ${maxBytes} bytes`))
      } else if (!inFlight.add(chunk.length)) {
        giveUp()
        resolve({ failure: 'spool_full' })
      } else {
        bytes += chunk.length
        chunks.push(chunk)
      }
    }
    function onEnd(): void {
      stopListening()
      resolve({ body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) })
    }
    function onGone(): void {
      giveUp()
      resolve({ failure: 'aborted' })
    }
    function giveUp(): void {
      stopListening()
      inFlight.remove(bytes)
      // What still fails on this connection concerns nobody any more.
      req.on('error', () => {})
    }
    function stopListening(): void {
      req.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
    }

    req.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}
