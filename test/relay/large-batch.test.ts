// A batch that is far larger than the relay's memory may grow, taken by a slow reader: memory does not follow it.
import { randomBytes } from 'node:crypto'
import { get } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { post, relayToken } from '../support/relay.ts'
import { type RelayProgram, startRelayProgram } from '../support/relay-program.ts'

const isLong = process.env.POSTERN_TEST_LONG === '1'
const mebibyte = 1024 * 1024
let relay: RelayProgram
beforeEach(async () => {
  relay = await startRelayProgram()
})
afterEach(() => relay.stop())

test('large envelopes come and go in one batch, to a slow reader: memory follows neither their number nor its size', async () => {
  const count = isLong ? 120 : 30
  const body = Buffer.concat([
    Buffer.from(`{}\n{"type":"attachment","length":${4 * mebibyte}}\n`),
    randomBytes(4 * mebibyte),
  ])
  for (let n = 0; n < count; n++) expect((await post(relay.url, body)).status).toBe(200)
  // What came in left nothing behind: kept, it would be twice this bound by now.
  const before = relay.peakMiB()
  expect(before).toBeLessThan(230)

  let bytes = 0
  await new Promise<void>((resolve, reject) => {
    const headers = { authorization: `Bearer ${relayToken}` }
    get(`${relay.url}/relay/poll?max=1000&max_bytes=1000000000`, { headers }, (res) => {
      // A pause after each piece, so that the relay has far more to write than is taken.
      res.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        res.pause()
        setTimeout(() => res.resume(), 1)
      })
      res.on('end', resolve).on('error', reject)
    }).on('error', reject)
  })
  expect(bytes).toBeGreaterThan(count * body.length)
  const grown = relay.peakMiB() - before
  process.stdout.write(
    `a batch of ${(bytes / mebibyte).toFixed(0)} MiB: ${before.toFixed(0)} MiB before, ${grown.toFixed(0)} MiB more at most\n`,
  )
  // Some rows at a time: one that is read, one piece that is written, and what the collector of garbage has not seen.
  expect(grown).toBeLessThan(60)
})

test('readers that take nothing hold one row each, not their batches, and others are served meanwhile', async () => {
  const readers = 8
  const rowsEach = 14
  const body = Buffer.concat([
    Buffer.from(`{}\n{"type":"attachment","length":${mebibyte}}\n`),
    randomBytes(mebibyte),
  ])
  for (let n = 0; n < rowsEach; n++) {
    const answers = await Promise.all(Array.from({ length: readers }, () => post(relay.url, body)))
    for (const { status } of answers) expect(status).toBe(200)
  }
  const before = relay.peakMiB()
  const headers = { authorization: `Bearer ${relayToken}` }
  const stuck = Array.from({ length: readers }, () =>
    get(
      `${relay.url}/relay/poll?max=${rowsEach}&max_bytes=100000000`,
      { headers },
      (res) => void res.pause(),
    ).on('error', () => {}),
  )
  await expect
    .poll(async () => (await relay.client.poll({ max: 1 })).header.lease, { timeout: 10_000 })
    .toBe(null)
  for (let n = 0; n < 5; n++) expect((await post(relay.url, '{}\n{"type":"event"}\n{}')).status).toBe(200)
  expect((await relay.client.poll()).header.count).toBe(5)
  const grown = relay.peakMiB() - before
  process.stdout.write(
    `${readers} stuck readers of ${rowsEach} MiB: ${before.toFixed(0)} MiB before, ${grown.toFixed(0)} MiB more at most\n`,
  )
  // A row for each is 8 MiB; the rest is for what nobody has collected yet. Held whole, the batches are 112 MiB.
  expect(grown).toBeLessThan(60)
  for (const one of stuck) one.destroy()
})
