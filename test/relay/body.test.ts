// Who finds room in memory when bodies fill it: small ones always a part, slow senders last.
import { describe, expect, test } from 'vitest'
import { createInFlight } from '../../relay/body.ts'

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
