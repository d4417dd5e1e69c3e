// Batches are read as they stream in: cut anywhere, and refused where they are not as the contract says.
import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readBatch } from '../../collector/relay-client.ts'
import type { BatchHeader, EnvelopeFacts } from '../../shared/handover.ts'

function batch(bodies: readonly Buffer[], change: Partial<EnvelopeFacts> = {}): Buffer {
  const header: BatchHeader = {
    lease: 'lease',
    leased_until: 1,
    spool: randomBytes(16).toString('hex'),
    now: 1,
    watermark: 1,
    backlog: { envelopes: bodies.length, bytes: 1, oldest_at: 1 },
    projects_version: 1,
    outcomes: [],
    count: bodies.length,
  }
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(header)}\n`)]
  for (const body of bodies) {
    const facts: EnvelopeFacts = {
      id: randomUUID(),
      received_at: 1,
      project: 1,
      key: 'k',
      endpoint: 'envelope',
      content_type: null,
      content_encoding: null,
      user_agent: null,
      peer: null,
      query: {},
      event_id: 'a'.repeat(32),
      event_id_made: false,
      item_types: [],
      deliveries: 1,
      poisonous: false,
      length: body.length,
      ...change,
    }
    parts.push(Buffer.from(`${JSON.stringify(facts)}\n`), body, Buffer.from('\n'))
  }
  return Buffer.concat(parts)
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([1, 2, 7, 64, 1 << 20])('a batch cut into pieces of %d bytes is read whole', async (size) => {
  const bodies = [Buffer.from('{}\n{"type":"event"}\n{}'), Buffer.alloc(0), randomBytes(3_000)]
  const { header, rows } = await readBatch(inPieces(batch(bodies), size))
  expect(header.count).toBe(3)
  expect(rows.map((row) => row.body)).toEqual(bodies)
})

test.each([
  ['that ends too early', batch([Buffer.from('hello')]).subarray(0, -3)],
  ['whose header is no JSON', Buffer.from('<html>\n')],
  ['whose header lacks something', Buffer.from('{"lease":null}\n')],
  ['with a length that is wrong', batch([Buffer.from('hello')], { length: 3 })],
  ['with facts of another kind', batch([Buffer.from('x')], { project: 'one' as unknown as number })],
])('a batch %s is refused', async (_, bytes) => {
  await expect(readBatch(inPieces(bytes, 100))).rejects.toMatchObject({ code: 'relay_refused' })
})
