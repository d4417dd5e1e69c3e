// Every request that was captured from a real SDK goes in over HTTP and comes out of the poll byte for byte.
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captureSeeds, listCaptures, readCredentials, replay } from '../support/captures.ts'
import { type Batch, startRelayForTest, type TestRelay } from '../support/relay.ts'

const captures = listCaptures()
let relay: TestRelay
let handedOver: Batch['envelopes']

beforeAll(async () => {
  relay = await startRelayForTest({ POSTERN_PROJECTS: captureSeeds() })
})
afterAll(async () => {
  await relay.stop()
})

describe('captures of real SDKs', () => {
  test('there are 107 of them', () => {
    expect(captures).toHaveLength(107)
  })

  test('all are answered with 200 and an event id', async () => {
    for (const capture of captures) {
      const answer = await replay(relay.url, capture)
      expect([capture.name, answer.status]).toEqual([capture.name, 200])
      expect(answer.headers['access-control-allow-origin']).toBe('*')
      if (capture.method === 'POST') expect(JSON.parse(answer.text).id).toMatch(/^[0-9a-f]{32}$/)
    }
    const posts = captures.filter((capture) => capture.method === 'POST')
    handedOver = await relay.client.drain()
    expect(handedOver).toHaveLength(posts.length)
    for (const [i, capture] of posts.entries()) {
      const { facts, body } = handedOver[i] as Batch['envelopes'][number]
      expect([capture.name, body.equals(capture.body)]).toEqual([capture.name, true])
      const { project, key } = readCredentials(capture)
      expect({ name: capture.name, project: facts.project, key: facts.key }).toEqual({
        name: capture.name,
        project,
        key,
      })
      expect(facts.content_type).toBe(capture.headers['content-type'] ?? null)
      expect(facts.content_encoding).toBe(capture.headers['content-encoding'] ?? null)
      expect(facts.user_agent).toBe(capture.headers['user-agent'] ?? null)
      expect(facts.deliveries).toBe(1)
    }
  })

  test.each<[string, Record<string, unknown>]>([
    ['python-1/store-caught', { endpoint: 'store', item_types: ['event'], event_id_made: false }],
    ['raven-go/store-base64-zlib', { endpoint: 'store', item_types: ['event'], event_id_made: false }],
    ['browser-11/tunnel', { endpoint: 'envelope', event_id_made: false, item_types: ['event'] }],
    ['chromium-156/csp-report-to', { endpoint: 'security', item_types: ['security'], event_id_made: true }],
    [
      'chromium-156/csp-report-uri-img',
      { endpoint: 'security', query: { sentry_environment: 'production' } },
    ],
    ['java-8/event-with-session', { item_types: ['event', 'session'] }],
    ['python-2/profile-and-transaction', { item_types: ['profile', 'transaction'] }],
    ['python-2/exception-group-brotli', { content_encoding: 'br', item_types: ['event'] }],
    ['ruby-5/caught', { content_encoding: '', item_types: ['event'] }],
    ['node-11/client-report-before-send', { item_types: ['client_report'], event_id_made: true }],
    ['node-11/scoped-fatal-attachments', { item_types: ['event', 'attachment'] }],
    ['native-0.16/minidump', { endpoint: 'envelope', event_id_made: false }],
  ])('%s comes with its facts', (name, facts) => {
    const index = captures.filter((capture) => capture.method === 'POST').findIndex((c) => c.name === name)
    expect(handedOver[index]?.facts).toMatchObject(facts)
  })

  test('a dashed event id is answered and handed over without dashes', () => {
    const index = captures
      .filter((capture) => capture.method === 'POST')
      .findIndex((c) => c.name === 'native-0.16/crash-addresses-only')
    const body = gunzipSync(handedOver[index]?.body as Buffer).toString('latin1')
    const dashed = JSON.parse(body.split('\n')[0] ?? '').event_id as string
    expect(dashed).toContain('-')
    expect(handedOver[index]?.facts.event_id).toBe(dashed.replaceAll('-', '').toLowerCase())
  })
})
