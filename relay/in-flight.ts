// Room in memory for the bodies that are being read, as a whole bounded. A large body takes its room before it is
// read, and waits for it while the sender's own system holds it back. Where none comes free the slowest senders go
// first: drip-fed bodies can't keep others out. A part is kept for small bodies, so that a flood of large ones
// doesn't keep out ordinary events.
export type InFlight = {
  /** Joins the bodies that are being read. @param cut hangs up on it, to make room */
  join(cut: () => void): BodyInFlight
  bytes(): number
}

export type BodyInFlight = {
  /** Takes room for a body of this size before it is read; calls back once, with false where none came free in time. */
  reserve(bytes: number, done: (hasRoom: boolean) => void): void
  /** Counts bytes that came; false: there is no room, and nothing was counted. */
  add(bytes: number): boolean
  /** All of it is here: it is no longer cut. Its bytes stay counted. */
  complete(): void
  /** Takes its bytes out, or ends its waiting. Idempotent. */
  leave(): void
}

/** Nearly all events are smaller, as sent. */
export const smallBytes = 32 * 1024
/** A sender may be called slow only after this long, its waiting included; until then it may just have begun. */
const graceMs = 2_000
/** How long a body waits for room; SDKs give up after some 30 s. */
const waitMs = 5_000
/** What a connection whose body waits has in its buffer, which nobody counts. */
const bufferedBytes = 64 * 1024

type Reading = {
  /** Counted bytes: what came, or was reserved. */
  held: number
  came: number
  readonly since: number
  readonly cut: () => void
}

type Waiting = { readonly body: Reading; readonly bytes: number; end(hasRoom: boolean): void; drop(): void }

/**
 * @param maxBytes     bound of all bodies in memory at one time
 * @param maxBodyBytes of one: fits, whatever is kept for small ones
 */
export function createInFlight(
  maxBytes: number,
  maxBodyBytes: number,
  nowMs: () => number = performance.now.bind(performance),
): InFlight {
  const reading = new Set<Reading>()
  const maxBytesOfLarge = Math.max(maxBytes * (7 / 8), maxBodyBytes)
  const maxWaiting = maxBytes / 8 / bufferedBytes
  let waiting: Waiting[] = []
  let held = 0
  /** Room that is being made is for whoever makes it. */
  let making = false

  /** Cuts the slowest senders until there is room; false where there are not enough of them. */
  function makeRoom(bytes: number, bound: number, forBody: Reading): boolean {
    if (held + bytes <= bound) return true
    const now = nowMs()
    const slow = [...reading]
      .filter((body) => body !== forBody && body.held > 0 && now - body.since > graceMs)
      .sort((a, b) => a.came / (now - a.since) - b.came / (now - b.since))
    const needed = held + bytes - bound
    if (slow.reduce((sum, body) => sum + body.held, 0) < needed) return false
    making = true
    for (const body of slow) {
      if (held + bytes <= bound) break
      body.cut()
    }
    making = false
    return held + bytes <= bound
  }

  function take(body: Reading, bytes: number): void {
    held += bytes
    body.held += bytes
  }

  /** In the order in which they came, as long as the next one fits. */
  function serveWaiting(): void {
    for (let next = waiting[0]; next && held + next.bytes <= maxBytesOfLarge; next = waiting[0]) {
      next.end(true)
    }
  }

  function wait(body: Reading, bytes: number, done: (hasRoom: boolean) => void): void {
    if (waiting.length >= maxWaiting) {
      done(false)
      return
    }
    // Whoever was too young to be called slow when this began is not any more.
    const lookAgain = setTimeout(() => {
      if (waiting[0] === own && makeRoom(bytes, maxBytesOfLarge, body)) serveWaiting()
    }, graceMs + 100)
    const giveUp = setTimeout(() => own.end(false), waitMs)
    const own: Waiting = {
      body,
      bytes,
      end(hasRoom) {
        own.drop()
        if (hasRoom) take(body, bytes)
        done(hasRoom)
      },
      drop() {
        clearTimeout(lookAgain)
        clearTimeout(giveUp)
        waiting = waiting.filter((one) => one !== own)
      },
    }
    waiting.push(own)
  }

  return {
    join(cut) {
      const body: Reading = { held: 0, came: 0, since: nowMs(), cut }
      reading.add(body)
      return {
        reserve(bytes, done) {
          // Not behind those who wait: a crowd that only declares large bodies would keep out everybody else.
          if (makeRoom(bytes, maxBytesOfLarge, body)) {
            take(body, bytes)
            done(true)
          } else wait(body, bytes, done)
        },
        add(bytes) {
          const more = Math.max(0, body.came + bytes - body.held)
          if (more > 0) {
            const bound = body.held + more > smallBytes ? maxBytesOfLarge : maxBytes
            if (!makeRoom(more, bound, body)) return false
            held += more
            body.held += more
          }
          body.came += bytes
          return true
        },
        complete: () => void reading.delete(body),
        leave() {
          reading.delete(body)
          waiting.find((one) => one.body === body)?.drop()
          held -= body.held
          body.held = 0
          if (!making) serveWaiting()
        },
      }
    },
    bytes: () => held,
  }
}
