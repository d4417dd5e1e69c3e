// The envelope grammar: small cases, and the same answer however the bytes are cut into chunks.
import { describe, expect, test } from 'vitest'
import { createEnvelopeScanner, parseEventId, splitEnvelope } from '../../shared/envelope.ts'
import { AppError } from '../../shared/errors.ts'
import { listCaptures } from '../support/captures.ts'

function split(text: string): { type: string; payload: string }[] {
  return splitEnvelope(Buffer.from(text, 'latin1')).items.map(({ type, payload }) => ({
    type,
    payload: payload.toString('latin1'),
  }))
}

describe('splitEnvelope', () => {
  const sound: [string, string, [string, string][]][] = [
    ['a payload without length runs to the end', '{}\n{"type":"event"}\n{"a":1}', [['event', '{"a":1}']]],
    [
      'a line feed after the last payload is optional',
      '{}\n{"type":"event"}\n{"a":1}\n',
      [['event', '{"a":1}']],
    ],
    [
      'a payload without length runs to the line feed',
      '{}\n{"type":"a"}\nx\n{"type":"b"}\ny',
      [
        ['a', 'x'],
        ['b', 'y'],
      ],
    ],
    [
      'a length counts bytes, line feeds among them',
      '{}\n{"type":"a","length":3}\nx\ny\n{"type":"b"}\nz',
      [
        ['a', 'x\ny'],
        ['b', 'z'],
      ],
    ],
    [
      'a length of zero is an empty payload',
      '{}\n{"type":"a","length":0}\n\n{"type":"b"}\n',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['a length of zero may end the envelope', '{}\n{"type":"a","length":0}', [['a', '']]],
    ['an item header may end the envelope', '{}\n{"type":"a"}', [['a', '']]],
    ['a length of null is no length', '{}\n{"type":"a","length":null}\nx', [['a', 'x']]],
    ['a carriage return is data', '{}\n{"type":"a"}\nx\r\n', [['a', 'x\r']]],
    ['stray empty lines are skipped', '{}\n\n\n{"type":"a"}\nx\n\n\n', [['a', 'x']]],
    ['every byte value passes', '{}\n{"type":"a","length":4}\n\x00\xff\x80\n\n', [['a', '\x00\xff\x80\n']]],
    ['no items are legal', '{}', []],
    ['no items and a line feed are legal', '{}\n', []],
  ]
  test.each(sound)('%s', (_name, text, items) => {
    expect(split(text)).toEqual(items.map(([type, payload]) => ({ type, payload })))
  })

  const malformed: [string, string][] = [
    ['an empty body', ''],
    ['an empty first line', '\n{"type":"a"}\nx'],
    ['a header that is no JSON', 'garbage'],
    ['a header that is a list', '[]\n'],
    ['a header that is null', 'null\n'],
    ['an item header that is no JSON', '{}\nx\ny'],
    ['an item without a type', '{}\n{"length":1}\nx'],
    ['a type that is no text', '{}\n{"type":1}\nx'],
    ['fewer bytes than announced', '{}\n{"type":"a","length":5}\nabcd'],
    ['more bytes than announced', '{}\n{"type":"a","length":3}\nabcd'],
    ['a negative length', '{}\n{"type":"a","length":-1}\n'],
    ['a length that is no whole number', '{}\n{"type":"a","length":1.5}\nab'],
    ['a length in quotes', '{}\n{"type":"a","length":"1"}\na'],
    ['a length beyond all bounds', '{}\n{"type":"a","length":1e300}\na'],
    ['a header line of 100 kB', `{"x":"${'x'.repeat(100_000)}"}\n`],
    ['an endless header line', 'x'.repeat(100_000)],
    ['3,000 items', `{}\n${'{"type":"a"}\nx\n'.repeat(3000)}`],
  ]
  test.each(malformed)('refuses %s', (_name, text) => {
    expect(() => split(text)).toThrow(expect.objectContaining({ code: 'invalid_envelope' }))
  })

  test('gives views on the body, not copies', () => {
    const body = Buffer.from('{}\n{"type":"a","length":1}\nx')
    expect(splitEnvelope(body).items[0]?.payload.buffer).toBe(body.buffer)
  })

  test('finds the same items however the bytes are cut into chunks', () => {
    const plain = listCaptures().filter(
      (c) => c.path.includes('/envelope/') && !c.headers['content-encoding'],
    )
    expect(plain.length).toBeGreaterThan(40)
    let seed = 20261124
    for (const { body } of plain) {
      const whole = scan([body])
      const chunks: Buffer[] = []
      for (let at = 0; at < body.length; ) {
        seed = (seed * 1103515245 + 12345) % 2 ** 31
        const size = 1 + (seed % 97)
        chunks.push(body.subarray(at, at + size))
        at += size
      }
      expect(scan(chunks)).toEqual(whole)
    }
  })

  test('never fails with anything but its own error on mutated captures', () => {
    const bodies = listCaptures().map((capture) => capture.body)
    let seed = 7
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31
      return seed % below
    }
    let refused = 0
    for (let round = 0; round < 3000; round++) {
      const body = Buffer.from(bodies[random(bodies.length)] as Buffer)
      for (let i = 0; i < 4 && body.length > 0; i++) body[random(body.length)] = random(256)
      try {
        for (const { start, end } of scan([body]).items) expect(start <= end && end <= body.length).toBe(true)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(100)
  })
})

function scan(chunks: readonly Buffer[]): ReturnType<ReturnType<typeof createEnvelopeScanner>['end']> {
  const scanner = createEnvelopeScanner()
  for (const chunk of chunks) scanner.write(chunk)
  return scanner.end()
}

describe('parseEventId', () => {
  const cases: [string, unknown, string | null][] = [
    ['32 hex digits', '9ff7d94a15374406860fcd4b4f2aaaaa', '9ff7d94a15374406860fcd4b4f2aaaaa'],
    ['upper case', '9FF7D94A15374406860FCD4B4F2AAAAA', '9ff7d94a15374406860fcd4b4f2aaaaa'],
    ['dashes and any nibbles', '37bbcbf4-05af-4c1d-e34e-a76714b0d363', '37bbcbf405af4c1de34ea76714b0d363'],
    ['the nil id', '00000000000000000000000000000000', null],
    ['the nil id with dashes', '00000000-0000-0000-0000-000000000000', null],
    ['dashes in wrong places', '37bbcbf405af-4c1d-e34e-a767-14b0d363', null],
    ['too short', '9ff7d94a', null],
    ['a line feed at the end', '9ff7d94a15374406860fcd4b4f2aaaaa\n', null],
    ['a number', 12, null],
    ['nothing', undefined, null],
  ]
  test.each(cases)('%s', (_name, value, id) => {
    expect(parseEventId(value)).toBe(id)
  })
})
