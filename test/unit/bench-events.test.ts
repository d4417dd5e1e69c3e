// What the bench sends must stay the same from run to run, or its history compares nothing.
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type BenchEnvelope, makeEnvelopes } from '../../bench/events.ts'
import { splitEnvelope } from '../../shared/envelope.ts'

const at = new Date('2026-11-01T12:00:00Z')

function readEvent({ body, encoding }: BenchEnvelope) {
  const { headers, items } = splitEnvelope(encoding === 'gzip' ? gunzipSync(body) : body)
  const payload = items[0]?.payload.toString('utf8') ?? ''
  return { headers, types: items.map(({ type }) => type), event: JSON.parse(payload) }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

test('the same options make the same bytes, another seed makes others', () => {
  const options = { count: 20, medianBytes: 4_000, sizes: 'captured', at } as const
  const bodies = (seed: number) => makeEnvelopes({ ...options, seed }).map(({ body }) => body.toString('hex'))
  expect(bodies(1)).toEqual(bodies(1))
  expect(bodies(2)).not.toEqual(bodies(1))
})

test.each([4_000, 25_000])(
  'a mix with a median of %i bytes holds valid events of that size',
  (medianBytes) => {
    const envelopes = makeEnvelopes({ count: 300, medianBytes, sizes: 'captured', at })
    const events = envelopes.map((envelope) => ({ envelope, ...readEvent(envelope) }))
    for (const { envelope, headers, types, event } of events) {
      expect(types).toEqual(['event'])
      expect(event).toMatchObject({ event_id: envelope.eventId, timestamp: at.toISOString() })
      expect(headers.event_id).toBe(envelope.eventId)
    }
    expect(new Set(envelopes.map(({ eventId }) => eventId)).size).toBe(300)
    expect(new Set(events.map(({ event }) => event.user.id)).size).toBeGreaterThan(80)
    expect(new Set(events.map(({ event }) => event.release)).size).toBe(6)
    expect(new Set(envelopes.map(({ encoding }) => encoding))).toEqual(new Set([null, 'gzip']))
    // A draw of 300 wanders around the median.
    expect(median(envelopes.map(({ plainBytes }) => plainBytes))).toBeGreaterThan(medianBytes * 0.75)
    expect(median(envelopes.map(({ plainBytes }) => plainBytes))).toBeLessThan(medianBytes * 1.25)
  },
)

test.each([1_000, 4_096])(
  'envelopes of equal size, %i bytes, are within a tenth of it, and not compressed',
  (medianBytes) => {
    for (const { body, encoding } of makeEnvelopes({ count: 100, medianBytes, sizes: 'equal', at })) {
      expect(encoding).toBeNull()
      expect(Math.abs(body.length - medianBytes)).toBeLessThan(medianBytes / 10)
    }
  },
)
