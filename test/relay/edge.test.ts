// What people and machines ask the relay of itself (health, readiness, metrics, status), and odd ways in.
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, test } from 'vitest'
import { refusals } from '../../shared/handover.ts'
import { send } from '../support/captures.ts'
import { createTestClock } from '../support/clock.ts'
import {
  makeEnvelope,
  post,
  relayToken,
  startRelayForTest,
  type TestRelay,
  testKey,
} from '../support/relay.ts'

let relay: TestRelay
afterEach(() => relay?.stop())
const envelope = makeEnvelope('9ff7d94a15374406860fcd4b4f2aaaaa')
const authorization = `Bearer ${relayToken}`

type Metric = { readonly labels?: Readonly<Record<string, string>>; readonly value?: string }
type Family = {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly metrics: readonly Metric[]
}
// It has no types of its own.
const parsePrometheus = createRequire(import.meta.url)('parse-prometheus-text-format') as (
  text: string,
) => Family[]

describe('/metrics', () => {
  async function scrape(): Promise<{ text: string; families: Map<string, Family> }> {
    const { status, text, headers } = await send(relay.url, 'GET', '/metrics', { authorization })
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    const families = parsePrometheus(text)
    return { text, families: new Map(families.map((family) => [family.name, family])) }
  }
  const sampleOf = (family: Family | undefined, labels: Record<string, string> = {}): number => {
    const found = family?.metrics.find(({ labels: own = {} }) =>
      Object.entries(labels).every(([name, value]) => own[name] === value),
    )
    return Number(found?.value)
  }

  test('needs the token, and says what happened in names that Prometheus expects', async () => {
    relay = await startRelayForTest()
    expect((await send(relay.url, 'GET', '/metrics')).status).toBe(401)
    for (let n = 0; n < 3; n++) await post(relay.url, envelope)
    await post(relay.url, 'garbage')
    await relay.client.poll({ max: 1 })
    const { families } = await scrape()
    const get = (name: string) => families.get(`postern_relay_${name}`)
    expect(sampleOf(get('envelopes_accepted_total'))).toBe(3)
    expect(sampleOf(get('requests_refused_total'), { reason: 'invalid_envelope' })).toBe(1)
    expect(get('requests_refused_total')?.metrics).toHaveLength(refusals.length)
    expect(sampleOf(get('spool_envelopes'))).toBe(3)
    expect(sampleOf(get('spool_bytes'))).toBe(3 * envelope.length)
    expect(sampleOf(get('leases'))).toBe(1)
    const { hours_left } = await relay.client.status()
    expect(Math.abs(sampleOf(get('time_left_seconds')) / 3_600 - (hours_left ?? 0))).toBeLessThan(0.01)
    expect(sampleOf(get('alarm'), { alarm: 'collector_silent' })).toBe(0)
    expect(sampleOf(get('last_poll_timestamp_seconds'))).toBeGreaterThan(Date.now() / 1000 - 60)
    const commits = get('commit_duration_seconds')
    expect([commits?.type, get('commit_envelopes')?.type]).toEqual(['HISTOGRAM', 'HISTOGRAM'])
    expect(families.has('process_resident_memory_bytes')).toBe(true)
    await relay.client.drain()
    const later = await scrape()
    expect(sampleOf(later.families.get('postern_relay_envelopes_ended_total'), { fate: 'delivered' })).toBe(2)
    expect(sampleOf(later.families.get('postern_relay_envelopes_accepted_total'))).toBe(3)
  })

  test('has help, a base unit or _total for each name, and few series', async () => {
    relay = await startRelayForTest()
    const { families, text } = await scrape()
    for (const { name, help, type } of families.values()) {
      expect(help, name).toMatch(/\w/)
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      if (type === 'COUNTER') expect(name).toMatch(/_total$/)
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|minutes|hours)$/)
    }
    expect(text.split('\n').length).toBeLessThan(400)
    // Nothing waits here.
    expect(text).toMatch(/^postern_relay_time_left_seconds \+Inf$/m)
  })
})

describe('readiness', () => {
  const ready = async (query = '') => {
    const { status, text } = await send(relay.url, 'GET', `/readyz${query}`)
    return [status, JSON.parse(text)]
  }

  test('needs no token, and waits for projects', async () => {
    relay = await startRelayForTest({ POSTERN_PROJECTS: '' })
    expect(await ready()).toEqual([
      503,
      { status: 'waiting', reason: expect.any(String), collector: 'polling' },
    ])
    expect((await relay.client.status()).alarms).toEqual(['no_projects'])
    await relay.client.putProjects({ version: 1, projects: [{ id: 1, keys: [testKey] }] })
    expect(await ready()).toEqual([200, { status: 'ok', collector: 'polling' }])
  })

  test('tells a monitor outside that no collector polls, and goes on taking traffic', async () => {
    const clock = createTestClock()
    relay = await startRelayForTest({}, clock)
    expect((await relay.client.status()).alarms).toEqual([])
    clock.pass(6 * 60_000)
    expect(await ready()).toEqual([200, { status: 'ok', collector: 'silent' }])
    expect(await ready('?collector')).toEqual([
      503,
      { status: 'silent', reason: expect.any(String), collector: 'silent' },
    ])
    expect((await relay.client.status()).alarms).toEqual(['collector_silent'])
    expect((await post(relay.url, envelope)).status).toBe(200)
    await relay.client.poll()
    expect(await ready('?collector')).toEqual([200, { status: 'ok', collector: 'polling' }])
    expect((await relay.client.status()).alarms).toEqual([])
  })
})

describe('odd ways in', () => {
  test("Unreal's crash reporter has its key in the path, and is answered with the dashed id", async () => {
    relay = await startRelayForTest()
    const archive = Buffer.from('789c4bcb4e2c2a01000568021e', 'hex')
    const answer = await send(relay.url, 'POST', `/api/1/unreal/${testKey}/`, {}, archive)
    expect(answer.status).toBe(200)
    const [row] = await relay.client.drain()
    expect(row?.facts).toMatchObject({ endpoint: 'unreal', key: testKey, project: 1 })
    expect(row?.body).toEqual(archive)
    expect(answer.text.replaceAll('-', '')).toBe(row?.facts.event_id)
    expect((await send(relay.url, 'POST', `/api/1/unreal/${'f'.repeat(32)}/`, {}, archive)).status).toBe(403)
  })

  test.each(['/api/1/upload/', '/api/1/upload', '/api/embed/error-page/', '/api/0/', '/api/1/'])(
    '%s is answered 404 with a reason, in every method, and no redirect',
    async (path) => {
      relay = await startRelayForTest()
      for (const method of ['GET', 'POST', 'PATCH', 'HEAD']) {
        const answer = await send(relay.url, method, path)
        expect([answer.status, answer.headers['x-sentry-error']], method).toEqual([404, 'No such path'])
        expect(answer.headers['access-control-allow-origin']).toBe('*')
        expect(answer.headers.location).toBeUndefined()
      }
      const { outcomes } = await relay.client.status()
      expect(outcomes).toMatchObject([{ project: 0, outcome: 'not_found', count: 4 }])
    },
  )

  test('"Expect: 100-continue", and any other expectation, is no obstacle', async () => {
    relay = await startRelayForTest()
    const { hostname, port } = new URL(relay.url)
    for (const expectation of ['100-continue', 'something-else']) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const path = `/api/1/envelope/?sentry_key=${testKey}`
        const headers = { expect: expectation, 'content-length': envelope.length }
        const req = request({ hostname, port, path, method: 'POST', headers }, (res) => {
          res.resume()
          resolve(res.statusCode)
        })
        req.on('error', reject)
        req.on('continue', () => req.end(envelope))
        req.flushHeaders()
        if (expectation !== '100-continue') req.end(envelope)
      })
      expect(status, expectation).toBe(200)
    }
  })

  test('two tokens are valid during a rotation, and only they', async () => {
    const next = 'the-next-token-0123456789-0123456789'
    relay = await startRelayForTest({ RELAY_TOKEN: `${relayToken},${next}` })
    const ask = async (token: string) =>
      (await send(relay.url, 'GET', '/relay/status', { authorization: `Bearer ${token}` })).status
    expect([await ask(relayToken), await ask(next), await ask(`${next}x`)]).toEqual([200, 200, 401])
    relay = await relay.restart({ RELAY_TOKEN: next })
    expect([await ask(relayToken), await ask(next)]).toEqual([401, 200])
  })
})
