// Connections take turns at the spool: what they sent waits with the system, and nobody who says nothing keeps others out.
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createHangUp } from '../../relay/hang-up.ts'
import { createTurns } from '../../relay/turns.ts'

/** A socket as far as turns know one. */
function makeSocket() {
  const socket = { destroyed: false, isRead: true, pause: () => {}, resume: () => {} }
  socket.pause = () => {
    socket.isRead = false
  }
  socket.resume = () => {
    socket.isRead = true
  }
  return socket as typeof socket & Socket
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

test('a connection whose envelope is stored is not read while as many as may be are with the spool', async () => {
  const turns = createTurns(2)
  const [a, b, c] = [makeSocket(), makeSocket(), makeSocket()]
  for (let n = 0; n < 3; n++) turns.begin()
  turns.end(a)
  await turn()
  expect(a.isRead).toBe(false)
  turns.end(b)
  // Behind who waits already.
  expect(b.isRead).toBe(false)
  await turn()
  expect([a.isRead, b.isRead]).toEqual([true, true])
  turns.end(c)
  expect(c.isRead).toBe(true)
})

test('of many new connections only so many are read in one turn of the event loop', async () => {
  const turns = createTurns(4)
  const sockets = Array.from({ length: 6 }, makeSocket)
  for (const socket of sockets) turns.greet(socket)
  expect(sockets.filter(({ isRead }) => isRead).length).toBe(4)
  await turn()
  expect(sockets.every(({ isRead }) => isRead)).toBe(true)
})

test('connections that are gone, or have nothing to say, keep out nobody behind them', async () => {
  const turns = createTurns(2)
  const sockets = Array.from({ length: 40 }, makeSocket)
  for (const _ of sockets) turns.begin()
  for (const socket of sockets) turns.end(socket)
  for (const socket of sockets.slice(0, 20)) socket.destroyed = true
  for (let n = 0; n < 20; n++) await turn()
  expect(sockets.slice(20).every(({ isRead }) => isRead)).toBe(true)
})

test('a relay that stops first reads whoever waits', async () => {
  const turns = createTurns(1)
  const sockets = Array.from({ length: 10 }, makeSocket)
  for (const _ of sockets) turns.begin()
  for (const socket of sockets.slice(0, 8)) turns.end(socket)
  expect(sockets.filter(({ isRead }) => isRead).length).toBe(2)
  await turns.release()
  expect(sockets.every(({ isRead }) => isRead)).toBe(true)
  turns.end(sockets[8] as Socket)
  expect(sockets[8]?.isRead).toBe(true)
})

test('what a sender who is hung up on still sends takes no memory', () => {
  const socket = Object.assign(new EventEmitter(), { destroyed: false, pause: () => {}, destroy: () => {} })
  const req = Object.assign(new EventEmitter(), { socket }) as unknown as IncomingMessage
  createHangUp()(req)
  const piece = Buffer.from(new ArrayBuffer(64 * 1024))
  req.emit('data', piece)
  expect(piece.length).toBe(0)
})
