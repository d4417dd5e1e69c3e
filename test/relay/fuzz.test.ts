// Captures of real SDKs, mutated by a seeded generator and sent to the real program: no crash, no 5xx, bounded
// memory, and books that balance. A seed that ever failed goes into `seeds`.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, type Capture, captureSeeds, listCaptures, send } from '../support/captures.ts'
import { type RelayProgram, startRelayProgram } from '../support/relay-program.ts'

const isLong = process.env.POSTERN_TEST_LONG === '1'
const seeds = [1, 20261125]
const rounds = isLong ? 100_000 : 800
const atOnce = 16

let relay: RelayProgram
beforeAll(async () => {
  relay = await startRelayProgram({ POSTERN_PROJECTS: captureSeeds(), RELAY_LOG_LEVEL: 'info' })
  await relay.client.status()
})
afterAll(() => relay.stop())

/** Mulberry32: small, seeded, good enough to choose bytes with. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

type Request = Pick<Capture, 'method' | 'path' | 'body'> & { headers: Record<string, string> }
type Random = (below: number) => number

const oddHeaders: Readonly<Record<string, readonly string[]>> = {
  'content-encoding': ['', 'gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, br', 'x'],
  'content-type': [
    '',
    'text/plain',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/json',
    'x',
  ],
  'x-sentry-auth': ['', 'Sentry', 'Sentry sentry_key', 'Sentry sentry_key=,,,', 'sentry sentry_version=99'],
}
const oddBytes = [
  '\n',
  '{',
  '}',
  '[',
  '"',
  '\\u0000',
  '\\ud83d',
  '\u0000',
  '\ufffd',
  '{}',
  'null',
  '1e999',
  '--',
  '\r\n',
]

const mutations: readonly ((request: Request, random: Random) => Request)[] = [
  (request, random) => ({ ...request, body: request.body.subarray(0, random(request.body.length + 1)) }),
  (request, random) => ({ ...request, body: request.body.subarray(random(request.body.length + 1)) }),
  (request, random) => {
    const body = Buffer.from(request.body)
    for (let n = random(8); n >= 0 && body.length > 0; n--) body[random(body.length)] = random(256)
    return { ...request, body }
  },
  (request, random) => insert(request, random, Buffer.from(oddBytes[random(oddBytes.length)] as string)),
  (request, random) => {
    const from = random(request.body.length + 1)
    return insert(request, random, request.body.subarray(from, from + random(2_000)))
  },
  (request, random) => {
    const text = request.body
      .toString('latin1')
      .replace(/"length":\d+/, () => `"length":${random(100_000) - 10}`)
    return { ...request, body: Buffer.from(text, 'latin1') }
  },
  (request, random) => {
    const names = Object.keys(oddHeaders)
    const name = names[random(names.length)] as string
    const values = oddHeaders[name] ?? []
    return { ...request, headers: { ...request.headers, [name]: values[random(values.length)] as string } }
  },
  (request, random) => {
    const path = request.path.split('')
    path.splice(random(path.length), random(4), String.fromCharCode(33 + random(94)))
    return { ...request, path: `/${path.join('').replace(/^\/+/, '')}` }
  },
]

function insert(request: Request, random: Random, bytes: Buffer): Request {
  const at = random(request.body.length + 1)
  return { ...request, body: Buffer.concat([request.body.subarray(0, at), bytes, request.body.subarray(at)]) }
}

test.each(seeds)(
  `${rounds} mutated captures (seed %i) break nothing, and the books balance`,
  async (seed) => {
    // Preflights are no requests of SDKs, and not counted.
    const captures = listCaptures().filter(({ method, body }) => method === 'POST' && body.length < 200_000)
    const random = createRandom(seed)
    const before = await totals()
    const counts = new Map<number, number>()
    let left = rounds / seeds.length

    function next(): Request {
      const capture = captures[random(captures.length)] as Capture
      let request: Request = { ...capture, headers: { ...capture.headers } }
      for (let n = random(3); n >= 0; n--)
        request = (mutations[random(mutations.length)] as (typeof mutations)[number])(request, random)
      const { 'content-length': _, 'transfer-encoding': __, expect: ___, ...headers } = request.headers
      return { ...request, headers: { ...headers, 'content-length': String(request.body.length) } }
    }
    async function worker(): Promise<void> {
      while (left-- > 0) {
        const { method, path, headers, body } = next()
        const answer: Answer = await send(relay.url, method, path, headers, body)
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))

    const statuses = [...counts.keys()].sort()
    process.stdout.write(
      `seed ${seed}: ${JSON.stringify(Object.fromEntries(counts))}, ${relay.peakMiB().toFixed(0)} MiB at most\n`,
    )
    for (const status of statuses) expect([200, 400, 401, 403, 404, 405, 413, 429]).toContain(status)
    expect(counts.get(200)).toBeGreaterThan(rounds / 50)
    expect(relay.isAlive()).toBe(true)
    expect(relay.peakMiB()).toBeLessThan(200)
    expect(relay.output()).not.toMatch(/"level":"(error|fatal)"/)
    const after = await totals()
    const requests = [...counts.values()].reduce((sum, count) => sum + count, 0)
    expect(after.requests - before.requests).toBe(requests)
    expect(after.accepted - before.accepted).toBe(counts.get(200))

    const handedOver = await relay.client.drain()
    expect(handedOver.length).toBe(counts.get(200))
    const end = await totals()
    expect(end.delivered).toBe(end.accepted)
  },
)

/** What the relay counted: requests in all, those accepted, and what was delivered of them. */
async function totals(): Promise<{ requests: number; accepted: number; delivered: number }> {
  const { outcomes } = await relay.client.status()
  const sum = (wanted: (outcome: string) => boolean): number =>
    outcomes.reduce((total, { outcome, count }) => total + (wanted(outcome) ? count : 0), 0)
  const fates = ['delivered', 'expired', 'evicted']
  return {
    requests: sum((outcome) => !fates.includes(outcome)),
    accepted: sum((outcome) => outcome === 'accepted'),
    delivered: sum((outcome) => outcome === 'delivered'),
  }
}
