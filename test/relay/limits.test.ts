// Rate limits by key, what is announced to SDKs, guessing by address, and how the sender's address is known.
import * as Sentry from '@sentry/node'
import { afterEach, describe, expect, test } from 'vitest'
import { createClientAddress } from '../../relay/client-address.ts'
import { createGuessLimit, sourceOf } from '../../relay/guess-limit.ts'
import { createTokenBucket } from '../../relay/token-bucket.ts'
import { send } from '../support/captures.ts'
import { makeEnvelope, post, startRelayForTest, type TestRelay, testKey } from '../support/relay.ts'

let relay: TestRelay
afterEach(() => relay?.stop())
const envelope = makeEnvelope('9ff7d94a15374406860fcd4b4f2aaaaa')
const secondKey = 'c'.repeat(32)
const defaults =
  '3600:transaction;span;profile;profile_chunk;replay;log_item;trace_metric:organization:unsupported'

async function countOf(outcome: string): Promise<number> {
  const { outcomes } = await relay.client.status()
  return outcomes.reduce((sum, counter) => sum + (counter.outcome === outcome ? counter.count : 0), 0)
}

describe('the rate limit of a key', () => {
  test('answers 429 with how long to wait, readable to browsers, and counts it', async () => {
    relay = await startRelayForTest({ RELAY_RATE_PER_SECOND: '0.1', RELAY_RATE_BURST: '3' })
    const answers = []
    for (let n = 0; n < 5; n++) answers.push(await post(relay.url, envelope))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
    const limited = answers[3]
    expect(limited?.headers).toMatchObject({
      'retry-after': '30',
      'x-sentry-rate-limits': `30::key:rate_limited, ${defaults}`,
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'x-sentry-error, x-sentry-rate-limits, retry-after',
    })
    expect(JSON.parse(limited?.text ?? '')).toEqual({
      detail: limited?.headers['x-sentry-error'],
      causes: [],
    })
    expect([await countOf('accepted'), await countOf('rate_limited')]).toEqual([3, 2])
  })

  test('is of each key alone, set by project with the push, and lives on through later pushes', async () => {
    relay = await startRelayForTest()
    const push = (version: number, burst: number) =>
      relay.client.putProjects({
        version,
        projects: [
          { id: 1, keys: [testKey, secondKey], limit: { per_second: 0.01, burst }, unwanted: ['session'] },
        ],
      })
    const sendWith = (key: string) =>
      send(relay.url, 'POST', `/api/1/envelope/?sentry_key=${key}`, {}, envelope)
    await push(1, 2)
    expect((await sendWith(testKey)).headers['x-sentry-rate-limits']).toBe(
      '3600:session:organization:unsupported',
    )
    expect((await sendWith(testKey)).status).toBe(200)
    expect((await sendWith(testKey)).status).toBe(429)
    expect((await sendWith(secondKey)).status).toBe(200)
    await push(2, 2)
    expect((await sendWith(testKey)).status).toBe(429)
    await push(3, 5)
    expect((await sendWith(testKey)).status).toBe(200)
    const restarted = await relay.restart()
    relay = restarted
    for (let n = 0; n < 5; n++) expect((await sendWith(testKey)).status).toBe(200)
    expect((await sendWith(testKey)).status).toBe(429)
  })

  test('fills up again with time, and never above its burst', () => {
    const bucket = createTokenBucket({ perSecond: 2, burst: 4 }, 0)
    const take = (now: number, times: number) => Array.from({ length: times }, () => bucket.take(now))
    expect(take(0, 5)).toEqual([0, 0, 0, 0, 2])
    expect(take(1_000, 3)).toEqual([0, 0, 2])
    expect(take(3_600_000, 5)).toEqual([0, 0, 0, 0, 2])
    expect(createTokenBucket({ perSecond: 0.001, burst: 1 }, 0).take(0)).toBe(0)
  })

  test('a nonsensical limit or category is refused with the push', async () => {
    relay = await startRelayForTest()
    for (const wrong of [{ limit: { per_second: 0, burst: 5 } }, { unwanted: ['a\r\nx-evil: 1'] }]) {
      const projects = [{ id: 1, keys: [testKey], ...wrong }]
      expect((await relay.client.putProjects({ version: 1, projects })).status).toBe(400)
    }
  })
})

describe('the real @sentry/node', () => {
  /** Captures with a client of its own, as an app does. */
  function createClient(): Sentry.NodeClient {
    const client = new Sentry.NodeClient({
      dsn: `http://${testKey}@${new URL(relay.url).host}/1`,
      transport: Sentry.makeNodeTransport,
      stackParser: Sentry.defaultStackParser,
      integrations: [],
      sendClientReports: false,
    })
    client.init()
    return client
  }

  test('stops sending what was announced on a 200, and goes on with errors', async () => {
    relay = await startRelayForTest()
    const projects = [{ id: 1, keys: [testKey], unwanted: ['session'] }]
    await relay.client.putProjects({ version: 1, projects })
    const client = createClient()
    const session = { sid: 'a'.repeat(32), init: true, status: 'ok', errors: 0, started: 1, timestamp: 1 }
    const sendSession = () =>
      client.sendSession({ ...session, aggregates: [], attrs: { release: 'a@1' } } as never)
    client.captureException(new Error('the first'))
    await client.flush(5_000)
    sendSession()
    client.captureException(new Error('the second'))
    await client.flush(5_000)
    const types = (await relay.client.drain()).map(({ facts }) => facts.item_types)
    expect(types).toEqual([['event'], ['event']])

    // Without the announcement the same session arrives.
    await relay.client.putProjects({ version: 2, projects: [{ id: 1, keys: [testKey], unwanted: [] }] })
    const other = createClient()
    other.sendSession({ ...session, aggregates: [], attrs: { release: 'a@1' } } as never)
    await other.flush(5_000)
    expect((await relay.client.drain()).map(({ facts }) => facts.item_types)).toEqual([['sessions']])
  })

  test('keeps silent after a 429 instead of knocking again', async () => {
    relay = await startRelayForTest({ RELAY_RATE_PER_SECOND: '0.01', RELAY_RATE_BURST: '1' })
    const client = createClient()
    for (let n = 0; n < 10; n++) {
      client.captureException(new Error(`number ${n}`))
      await client.flush(5_000)
    }
    expect([await countOf('accepted'), await countOf('rate_limited')]).toEqual([1, 1])
  })
})

describe('guessing', () => {
  const fly = { RELAY_CLIENT_IP_HEADER: 'fly-client-ip' }
  const from = (address: string) => ({ 'fly-client-ip': address })

  test('of keys is bounded by address; what is known is let in all the same', async () => {
    relay = await startRelayForTest(fly)
    const guess = (address: string) =>
      send(relay.url, 'POST', `/api/1/envelope/?sentry_key=${'d'.repeat(32)}`, from(address), envelope)
    const statuses = []
    for (let n = 0; n < 25; n++) statuses.push((await guess('203.0.113.7')).status)
    expect(statuses.slice(0, 20)).toEqual(new Array(20).fill(403))
    expect(statuses.at(-1)).toBe(429)
    expect((await guess('203.0.113.7')).headers['retry-after']).toMatch(/^\d+$/)
    expect((await guess('203.0.113.8')).status).toBe(403)
    expect((await post(relay.url, envelope, from('203.0.113.7'))).status).toBe(200)
    expect(await countOf('unknown_key')).toBe(27)
  })

  test('of tokens ends with 429, right or wrong, for an address that never had the right one', async () => {
    relay = await startRelayForTest(fly)
    const ask = (token: string, address: string) =>
      send(relay.url, 'GET', '/relay/status', { authorization: `Bearer ${token}`, ...from(address) })
    expect((await ask(relay.token, '198.51.100.9')).status).toBe(200)
    for (const path of ['/relay/status', '/metrics', '/relay/poll']) {
      const answer = await send(relay.url, 'GET', path, from('203.0.113.7'))
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    }
    const statuses = []
    for (let n = 0; n < 25; n++) statuses.push((await ask(`${n}`.repeat(32), '203.0.113.7')).status)
    expect(statuses.at(0)).toBe(401)
    expect(statuses.at(-1)).toBe(429)
    const limited = await ask(relay.token, '203.0.113.7')
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)])
    // A collector behind the same proxy as the one who guesses isn't locked out.
    for (let n = 0; n < 25; n++) await ask(`${n}`.repeat(32), '198.51.100.9')
    expect((await ask(relay.token, '198.51.100.9')).status).toBe(200)
  })

  test('is remembered of a bounded number of addresses, IPv6 by the network of a line', () => {
    let now = 0
    const limit = createGuessLimit({ perSecond: 0.5, burst: 1 }, () => now)
    for (let n = 0; n < 50_000; n++) limit.noteWrong(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
    expect(limit.silence('10.0.0.1')).toBe(0)
    expect(limit.silence('10.0.195.79')).toBeGreaterThan(0)
    now += 10_000
    expect(limit.silence('10.0.195.79')).toBe(0)
    limit.noteWrong('2001:db8:1:2::1')
    expect(limit.silence('2001:db8:1:2:ffff::9')).toBeGreaterThan(0)
    expect(limit.silence('2001:db8:1:3::1')).toBe(0)
    expect(sourceOf('2001:db8::1')).toBe('2001:db8:0:0::/64')
    expect(sourceOf('::1')).toBe('0:0:0:0::/64')
    expect(sourceOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(sourceOf('::ffff:1.2.3.4')).toBe('::ffff:1.2.3.4')
    expect(sourceOf(null)).toBe('')
  })
})

describe('the sender is', () => {
  const request = (
    headers: Record<string, string | string[]>,
    remoteAddress: string | undefined = '10.0.0.9',
  ) => ({ headers, socket: { remoteAddress } }) as never
  test.each<[string, string | null, number, Record<string, string | string[]>, string]>([
    ['whoever holds the socket, without a setting', null, 1, { 'fly-client-ip': '1.2.3.4' }, '10.0.0.9'],
    ['whom the proxy names', 'fly-client-ip', 1, { 'fly-client-ip': '1.2.3.4' }, '1.2.3.4'],
    [
      "the proxy's own entry, whatever a client put in front",
      'x-forwarded-for',
      1,
      { 'x-forwarded-for': '9.9.9.9, 1.2.3.4' },
      '1.2.3.4',
    ],
    [
      'two proxies away',
      'x-forwarded-for',
      2,
      { 'x-forwarded-for': '9.9.9.9, 1.2.3.4, 66.0.0.1' },
      '1.2.3.4',
    ],
    [
      'the socket where the list is too short',
      'x-forwarded-for',
      2,
      { 'x-forwarded-for': '1.2.3.4' },
      '10.0.0.9',
    ],
    [
      'the socket where it is no address',
      'fly-client-ip',
      1,
      { 'fly-client-ip': 'localhost\u0000' },
      '10.0.0.9',
    ],
    ['an IPv6 address', 'fly-client-ip', 1, { 'fly-client-ip': '2001:db8::1' }, '2001:db8::1'],
  ])('%s', (_name, header, hops, headers, address) => {
    expect(createClientAddress(header, hops)(request(headers))).toBe(address)
  })
  test('an IPv4 address as itself', () => {
    expect(createClientAddress(null, 1)(request({}, '::ffff:10.1.2.3'))).toBe('10.1.2.3')
  })
})
