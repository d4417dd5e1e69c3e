// Who finds room in memory when bodies fill it: small ones always a part, slow senders last.
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readBody } from '../../relay/body.ts'
import { createInFlight } from '../../relay/in-flight.ts'

const mebibyte = 1024 * 1024

function createRoom(maxBytes: number, maxBodyBytes: number) {
  let now = 0
  const cuts: string[] = []
  const inFlight = createInFlight(maxBytes, maxBodyBytes, () => now)
  return {
    inFlight,
    cuts,
    pass(ms: number) {
      now += ms
    },
    join(name: string) {
      const body = inFlight.join(() => {
        cuts.push(name)
        body.leave()
      })
      return body
    },
  }
}

describe('room in memory', () => {
  test('is kept for ordinary events while large bodies fill the rest', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    const large = Array.from({ length: 9 }, (_, n) => room.join(`large ${n}`))
    expect(large.map((body) => body.add(mebibyte))).toEqual([...new Array(7).fill(true), false, false])
    for (const body of large) body.complete()
    const small = Array.from({ length: 33 }, () => room.join('small').add(32 * 1024))
    expect(small).toEqual([...new Array(32).fill(true), false])
    expect(room.inFlight.bytes()).toBe(8 * mebibyte)
  })

  test('of what is kept for them a body that grows takes nothing', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    const first = room.join('first')
    for (let n = 0; n < 7; n++) expect(first.add(mebibyte)).toBe(true)
    const growing = room.join('growing')
    expect([growing.add(32 * 1024), growing.add(1)]).toEqual([true, false])
  })

  test('is enough for one body of the largest size, whatever is kept', () => {
    const room = createRoom(4 * mebibyte, 4 * mebibyte)
    expect(room.join('only').add(4 * mebibyte)).toBe(true)
  })

  test('is made by hanging up on the slowest senders, never on those that have just begun or are through', () => {
    const room = createRoom(8 * mebibyte, 8 * mebibyte)
    const [through, slow, slower] = ['through', 'slow', 'slower'].map((name) => room.join(name))
    through?.add(2 * mebibyte)
    through?.complete()
    slow?.add(3 * mebibyte)
    slower?.add(1 * mebibyte)
    room.pass(2_500)
    const begun = room.join('begun')
    begun.add(1 * mebibyte)
    const next = room.join('next')
    expect(next.add(2 * mebibyte)).toBe(true)
    expect(room.cuts).toEqual(['slower'])
    // All that may be cut is not enough for this: nobody is hung up on in vain.
    expect(room.join('too much').add(7 * mebibyte)).toBe(false)
    expect(room.cuts).toEqual(['slower'])
    next.leave()
    next.leave()
    expect(room.inFlight.bytes()).toBe(6 * mebibyte)
  })
})

describe('a large body that finds no room', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function fill(room: ReturnType<typeof createRoom>, megabytes: number) {
    return Array.from({ length: megabytes }, (_, n) => {
      const body = room.join(`filling ${n}`)
      body.reserve(mebibyte, () => undefined)
      return body
    })
  }

  test('waits until others are through, in the order in which they came', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    const filling = fill(room, 7)
    const told: string[] = []
    const wait = (name: string, bytes: number) =>
      room.join(name).reserve(bytes, (hasRoom) => told.push(`${name}: ${hasRoom}`))
    wait('first', 2 * mebibyte)
    wait('second', mebibyte)
    filling[0]?.leave()
    // The second would fit, but large ones would never have their turn if small ones passed by them.
    expect(told).toEqual([])
    filling[1]?.leave()
    expect(told).toEqual(['first: true'])
    filling[2]?.leave()
    expect(told).toEqual(['first: true', 'second: true'])
    expect(room.inFlight.bytes()).toBe(7 * mebibyte)
  })

  test('is refused after five seconds, and leaves nothing behind', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    const filling = fill(room, 7)
    for (const body of filling) body.complete()
    const told: boolean[] = []
    room.join('waits').reserve(mebibyte, (hasRoom) => told.push(hasRoom))
    vi.advanceTimersByTime(4_900)
    expect(told).toEqual([])
    vi.advanceTimersByTime(200)
    expect(told).toEqual([false])
    expect(room.inFlight.bytes()).toBe(7 * mebibyte)
  })

  test('takes the room of those who reserved it and send nothing', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    fill(room, 7)
    const told: boolean[] = []
    room.join('waits').reserve(mebibyte, (hasRoom) => told.push(hasRoom))
    room.pass(2_100)
    vi.advanceTimersByTime(2_100)
    expect(told).toEqual([true])
    expect(room.cuts).toEqual(['filling 0'])
  })

  test('whose sender goes meanwhile is forgotten', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    const filling = fill(room, 7)
    const gone = room.join('gone')
    gone.reserve(mebibyte, () => expect.unreachable())
    gone.leave()
    filling[0]?.leave()
    expect(room.inFlight.bytes()).toBe(6 * mebibyte)
    vi.advanceTimersByTime(10_000)
  })

  test('counts once, however it comes', () => {
    const room = createRoom(8 * mebibyte, 4 * mebibyte)
    const body = room.join('one')
    body.reserve(mebibyte, () => undefined)
    for (let n = 0; n < 16; n++) expect(body.add(64 * 1024)).toBe(true)
    expect(room.inFlight.bytes()).toBe(mebibyte)
    // More than it declared is counted as it comes.
    expect(body.add(1024)).toBe(true)
    expect(room.inFlight.bytes()).toBe(mebibyte + 1024)
    body.leave()
    expect(room.inFlight.bytes()).toBe(0)
  })
})

test('the memory of a body that is stored is given back at once, but none that others use, too', async () => {
  const shared = Buffer.alloc(64 * 1024)
  const req = Object.assign(new PassThrough(), { headers: {} })
  const reading = readBody(req as unknown as IncomingMessage, mebibyte, createInFlight(mebibyte, mebibyte))
  for (const piece of [Buffer.alloc(64 * 1024), shared.subarray(0, 32 * 1024)]) req.write(piece)
  req.end()
  const body = await reading
  if ('failure' in body) throw new Error(body.failure)
  expect(body.chunks.map(({ length }) => length)).toEqual([64 * 1024, 32 * 1024])
  body.free()
  expect(body.chunks.map(({ length }) => length)).toEqual([0, 32 * 1024])
})

test('the memory of a body that is given up is given back at once', async () => {
  const piece = Buffer.alloc(64 * 1024)
  const req = Object.assign(new PassThrough(), { headers: {} })
  const reading = readBody(req as unknown as IncomingMessage, 100 * 1024, createInFlight(mebibyte, mebibyte))
  req.write(piece)
  req.write(Buffer.alloc(64 * 1024))
  await expect(reading).rejects.toMatchObject({ code: 'too_large' })
  expect(piece.length).toBe(0)
})
