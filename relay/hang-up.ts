// Hangs up on a sender for whose body there is no room, after a moment in which nothing is read from it. Hung up on at
// once, a crowd that comes again at once takes the processor from those whose bodies are read.
import type { IncomingMessage } from 'node:http'
import { freePiece } from './body.ts'

const afterMs = 1_000
/** Each is a connection with nothing in memory but itself; above this they are cut at once. */
const maxLingering = 500

/** @returns the function that hangs up, in the end */
export function createHangUp(): (req: IncomingMessage) => void {
  let lingering = 0

  return (req) => {
    const { socket } = req
    if (lingering >= maxLingering || socket.destroyed) {
      socket.destroy()
      return
    }
    lingering += 1
    // What came with the headers is let go; then the sender's own system holds back the rest.
    req.on('data', freePiece)
    setImmediate(() => socket.pause())
    const timer = setTimeout(() => socket.destroy(), afterMs)
    timer.unref()
    socket.once('close', () => {
      clearTimeout(timer)
      lingering -= 1
    })
  }
}
