// How many envelopes are with the spool at one time. Connections beyond that wait their turn unread, so that what
// they sent stays with the system: an envelope in memory costs ten times its place there, and one that is still alive
// at the second collection of young garbage costs until the next full one.
import type { Socket } from 'node:net'

export type Turns = {
  /** Before an envelope goes to the spool. */
  begin(): void
  /** Its answer is out; what its connection sends next may wait. */
  end(socket: Socket): void
  /** A new connection, nothing of which was read yet. */
  greet(socket: Socket): void
  /** From now on nobody waits. Resolves when what waited is being read. */
  release(): Promise<void>
}

/** @param atOnce envelopes with the spool; so many share one sync, while as many are read */
export function createTurns(atOnce: number): Turns {
  const resting = new Set<Socket>()
  let atMost = atOnce
  let working = 0
  /** New connections since the last look: each may bring an envelope in the same turn of the event loop. */
  let greeted = 0
  let isLookPlanned = false

  /** Lets in as many as may work. Those who then say nothing, or are gone, keep nobody out: it looks again. */
  function look(): void {
    isLookPlanned = false
    greeted = 0
    let room = atMost - working
    for (const socket of resting) {
      if (room <= 0) break
      resting.delete(socket)
      if (socket.destroyed) continue
      room -= 1
      socket.resume()
    }
    if (resting.size > 0 && working < atMost) planLook()
  }

  function planLook(): void {
    if (isLookPlanned) return
    isLookPlanned = true
    setImmediate(look)
  }

  function rest(socket: Socket): void {
    socket.pause()
    resting.add(socket)
  }

  return {
    begin() {
      working += 1
    },
    end(socket) {
      working -= 1
      if ((resting.size > 0 || working >= atMost) && !socket.destroyed) rest(socket)
      if (resting.size > 0 && working < atMost) planLook()
    },
    greet(socket) {
      if (working + greeted >= atMost) rest(socket)
      greeted += 1
      if (working < atMost) planLook()
    },
    release() {
      atMost = Number.POSITIVE_INFINITY
      look()
      // Resumed, they are read in the next turn of the event loop.
      return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    },
  }
}
