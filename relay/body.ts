// Reads a request's body as it comes, bounded by its own limit and by what all bodies together may hold. When
// there is no room, the slowest senders go first: drip-fed bodies can't keep others out. A part is kept for small
// bodies, so that a flood of large ones doesn't keep out ordinary events.
import type { IncomingMessage } from 'node:http'
import { AppError } from '../shared/errors.ts'

export type InFlight = {
  /** Joins the bodies that are being read. @param cut hangs up on it, to make room */
  join(cut: () => void): BodyInFlight
  bytes(): number
}

export type BodyInFlight = {
  /** Counts bytes in; false: there is no room, and nothing was counted. */
  add(bytes: number): boolean
  /** All of it is here: it is no longer cut. Its bytes stay counted. */
  complete(): void
  /** Takes its bytes out. Idempotent. */
  leave(): void
}

/** A sender is slow only after this long; until then it may just have begun. */
const graceMs = 2_000

/** Nearly all events are smaller, as sent. */
const smallBytes = 32 * 1024

/**
 * @param maxBytes     bound of all bodies in memory at one time
 * @param maxBodyBytes of one: fits, whatever is kept for small ones
 */
export function createInFlight(
  maxBytes: number,
  maxBodyBytes: number,
  nowMs: () => number = performance.now.bind(performance),
): InFlight {
  type Reading = { bytes: number; readonly since: number; readonly cut: () => void }
  const reading = new Set<Reading>()
  const maxBytesOfLarge = Math.max(maxBytes * (7 / 8), maxBodyBytes)
  let held = 0

  /** Cuts the slowest senders until there is room; false where there are not enough of them. */
  function makeRoom(bytes: number, bound: number, forBody: Reading): boolean {
    const now = nowMs()
    const slow = [...reading]
      .filter((body) => body !== forBody && body.bytes > 0 && now - body.since > graceMs)
      .sort((a, b) => a.bytes / (now - a.since) - b.bytes / (now - b.since))
    const needed = held + bytes - bound
    if (slow.reduce((sum, body) => sum + body.bytes, 0) < needed) return false
    for (const body of slow) {
      if (held + bytes <= bound) break
      body.cut()
    }
    return held + bytes <= bound
  }

  return {
    join(cut) {
      const body: Reading = { bytes: 0, since: nowMs(), cut }
      reading.add(body)
      return {
        add(bytes) {
          const bound = body.bytes + bytes > smallBytes ? maxBytesOfLarge : maxBytes
          if (held + bytes > bound && !makeRoom(bytes, bound, body)) return false
          held += bytes
          body.bytes += bytes
          return true
        },
        complete: () => void reading.delete(body),
        leave() {
          reading.delete(body)
          held -= body.bytes
          body.bytes = 0
        },
      }
    },
    bytes: () => held,
  }
}

/** Why no body came, where the sender did nothing that has an answer. */
export type BodyFailure = 'aborted' | 'spool_full'

export type BodyResult = { readonly body: Buffer; release(): void } | { readonly failure: BodyFailure }

/**
 * Reads the whole body. Its bytes stay counted as in flight until `release` is called.
 * @throws AppError 'too_large' as soon as the limit is passed; the rest is left unread
 */
export function readBody(req: IncomingMessage, maxBytes: number, inFlight: InFlight): Promise<BodyResult> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const share = inFlight.join(() => {
      giveUp()
      resolve({ failure: 'spool_full' })
    })

    function onData(chunk: Buffer): void {
      if (bytes + chunk.length > maxBytes) {
        giveUp()
        reject(new AppError('too_large', `The body is larger than ${maxBytes} bytes`))
      } else if (!share.add(chunk.length)) {
        giveUp()
        resolve({ failure: 'spool_full' })
      } else {
        bytes += chunk.length
        chunks.push(chunk)
      }
    }
    function onEnd(): void {
      stopListening()
      share.complete()
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      resolve({ body, release: share.leave })
    }
    function onGone(): void {
      giveUp()
      resolve({ failure: 'aborted' })
    }
    function giveUp(): void {
      stopListening()
      share.leave()
      // What still fails on this connection concerns nobody any more.
      req.on('error', () => {})
    }
    function stopListening(): void {
      req.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
    }

    req.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}
