// The public surface: statuses, the places of the key, CORS, encodings, bounds. Each refusal is counted.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInflater } from '../../relay/inflate.ts'
import { send } from '../support/captures.ts'
import { makeEnvelope, post, startRelayForTest, type TestRelay, testKey } from '../support/relay.ts'

const otherKey = 'b'.repeat(32)
const id = '9ff7d94a15374406860fcd4b4f2aaaaa'
const envelope = makeEnvelope(id)
let relay: TestRelay

beforeAll(async () => {
  relay = await startRelayForTest({
    POSTERN_PROJECTS: `1:${testKey}:one,2:${otherKey}:two`,
    RELAY_MAX_ENVELOPE_BYTES: String(1024 * 1024),
    RELAY_MAX_IN_FLIGHT_BYTES: String(2 * 1024 * 1024),
    RELAY_CLIENT_IP_HEADER: 'Fly-Client-IP',
  })
})
afterAll(async () => {
  await relay.stop()
})

/** How often an outcome was counted for a project so far. */
async function countOf(project: number, outcome: string): Promise<number> {
  const { outcomes } = await relay.client.status()
  const counters = outcomes.filter((counter) => counter.project === project && counter.outcome === outcome)
  return counters.reduce((sum, counter) => sum + counter.count, 0)
}

describe('refusals', () => {
  const sentryAuth = (key: string, version = '7'): Record<string, string> => ({
    'x-sentry-auth': `Sentry sentry_key=${key}, sentry_version=${version}`,
  })
  const envelopePath = '/api/1/envelope/'
  const cases: [
    string,
    number,
    string | null,
    number,
    [string, string, Record<string, string>, Buffer | string],
  ][] = [
    ['no key', 401, 'missing_key', 1, ['POST', envelopePath, {}, envelope]],
    [
      'an auth header without a key',
      401,
      'missing_key',
      1,
      ['POST', envelopePath, { 'x-sentry-auth': 'x' }, envelope],
    ],
    ['no key and garbage', 401, 'missing_key', 1, ['POST', envelopePath, {}, 'garbage']],
    ['no key at store', 401, 'missing_key', 1, ['POST', '/api/1/store/', {}, '{}']],
    ['an unknown key', 403, 'unknown_key', 1, ['POST', envelopePath, sentryAuth('f'.repeat(32)), envelope]],
    [
      'an unknown key and project',
      403,
      'unknown_key',
      0,
      ['POST', '/api/99/envelope/', sentryAuth('f'), envelope],
    ],
    [
      'the key of another project',
      403,
      'project_mismatch',
      1,
      ['POST', envelopePath, sentryAuth(otherKey), envelope],
    ],
    [
      'a project that is no number',
      400,
      'invalid_project',
      0,
      ['POST', '/api/shop/envelope/', sentryAuth(testKey), envelope],
    ],
    [
      'protocol version 8',
      400,
      'unsupported_version',
      1,
      ['POST', envelopePath, sentryAuth(testKey, '8'), envelope],
    ],
    ['garbage', 400, 'invalid_envelope', 1, ['POST', envelopePath, sentryAuth(testKey), 'garbage']],
    ['an empty body', 400, 'invalid_envelope', 1, ['POST', envelopePath, sentryAuth(testKey), '']],
    [
      'an event id that is none',
      400,
      'invalid_envelope',
      1,
      ['POST', envelopePath, sentryAuth(testKey), '{"event_id":"x"}\n'],
    ],
    [
      'a short payload',
      400,
      'invalid_envelope',
      1,
      ['POST', envelopePath, sentryAuth(testKey), '{}\n{"type":"a","length":9}\nx'],
    ],
    [
      'store without JSON',
      400,
      'invalid_envelope',
      1,
      ['POST', '/api/1/store/', sentryAuth(testKey), '<xml>'],
    ],
    ['store with a list', 400, 'invalid_envelope', 1, ['POST', '/api/1/store/', sentryAuth(testKey), '[1]']],
    [
      'a report that is no JSON',
      400,
      'invalid_envelope',
      1,
      ['POST', '/api/1/security/', sentryAuth(testKey), 'x'],
    ],
    [
      'a minidump without boundary',
      400,
      'invalid_envelope',
      1,
      ['POST', '/api/1/minidump/', sentryAuth(testKey), 'x'],
    ],
    [
      'an unknown encoding',
      400,
      'invalid_encoding',
      1,
      ['POST', envelopePath, { ...sentryAuth(testKey), 'content-encoding': 'lzma' }, envelope],
    ],
    [
      'two encodings',
      400,
      'invalid_encoding',
      1,
      ['POST', envelopePath, { ...sentryAuth(testKey), 'content-encoding': 'gzip, gzip' }, envelope],
    ],
    [
      'gzip that is none',
      400,
      'invalid_encoding',
      1,
      ['POST', envelopePath, { ...sentryAuth(testKey), 'content-encoding': 'gzip' }, envelope],
    ],
    [
      'gzip cut off',
      400,
      'invalid_encoding',
      1,
      [
        'POST',
        envelopePath,
        { ...sentryAuth(testKey), 'content-encoding': 'gzip' },
        gzipSync(envelope).subarray(0, 40),
      ],
    ],
    [
      'zstd cut off',
      400,
      'invalid_encoding',
      1,
      [
        'POST',
        envelopePath,
        { ...sentryAuth(testKey), 'content-encoding': 'zstd' },
        zstdCompressSync(envelope).subarray(0, 40),
      ],
    ],
    [
      'a body over the limit',
      413,
      'too_large',
      1,
      ['POST', envelopePath, sentryAuth(testKey), Buffer.alloc(1024 * 1024 + 1)],
    ],
    ['a path that is none', 404, null, 0, ['POST', '/api/1/unknown/', sentryAuth(testKey), envelope]],
    ['a post to anywhere', 404, null, 0, ['POST', '/wp-login.php', {}, 'user=admin']],
    ['another page', 404, null, 0, ['GET', '/', {}, '']],
    ['another method', 405, null, 0, ['GET', envelopePath, {}, '']],
    ['a broken percent escape', 400, null, 0, ['POST', '/api/%zz/envelope/', sentryAuth(testKey), envelope]],
  ]
  test.each(cases)(
    '%s is answered with %i, named, readable to browsers and counted',
    async (_name, status, outcome, project, request) => {
      const before = outcome ? await countOf(project, outcome) : 0
      const answer = await send(relay.url, ...request)
      expect(answer.status).toBe(status)
      expect(answer.headers['access-control-allow-origin']).toBe('*')
      expect(answer.headers['access-control-expose-headers']).toBe(
        'x-sentry-error, x-sentry-rate-limits, retry-after',
      )
      const { detail, causes } = JSON.parse(answer.text)
      expect(detail).toBe(answer.headers['x-sentry-error'])
      expect(causes).toEqual([])
      if (outcome) expect(await countOf(project, outcome)).toBe(before + 1)
    },
  )

  test('nothing that was refused is in the spool', async () => {
    expect(await relay.client.drain()).toEqual([])
  })
})

describe('the key', () => {
  const dsn = (project: number): string => `http://${testKey}@relay.example/${project}`
  const places: [string, string, Record<string, string>, Buffer | string][] = [
    [
      'X-Sentry-Auth',
      '/api/1/envelope/',
      { 'x-sentry-auth': `Sentry sentry_version=7,sentry_key=${testKey}` },
      envelope,
    ],
    ['the query', `/api/1/envelope/?sentry_key=${testKey}&sentry_version=7`, {}, envelope],
    [
      'Authorization: Sentry',
      '/api/1/envelope/',
      { authorization: `Sentry sentry_key=${testKey}` },
      envelope,
    ],
    [
      'Authorization: Basic',
      '/api/1/envelope/',
      { authorization: `Basic ${Buffer.from(`${testKey}:`).toString('base64')}` },
      envelope,
    ],
    ['the dsn of the envelope', '/api/1/envelope/', {}, `{"dsn":"${dsn(1)}"}\n{"type":"event"}\n{}`],
    ['the dsn, on a tunnel path', '/tunnel?o=1', {}, `{"dsn":"${dsn(1)}"}\n{"type":"event"}\n{}`],
    [
      'the first place, whatever the others say',
      `/api/1/envelope/?sentry_key=${otherKey}`,
      { 'x-sentry-auth': `Sentry sentry_key=${testKey}` },
      envelope,
    ],
    [
      'a place that has one, if another has none',
      `/api/1/envelope/?sentry_key=${testKey}`,
      { 'x-sentry-auth': 'Sentry x' },
      envelope,
    ],
  ]
  test.each(places)('is taken from %s', async (_name, path, headers, body) => {
    expect((await send(relay.url, 'POST', path, headers, body)).status).toBe(200)
    expect((await relay.client.drain()).map(({ facts }) => [facts.project, facts.key])).toEqual([
      [1, testKey],
    ])
  })

  test('of a dsn must belong to the project that the dsn names', async () => {
    const body = `{"dsn":"${dsn(2)}"}\n{"type":"event"}\n{}`
    expect((await send(relay.url, 'POST', '/tunnel', {}, body)).status).toBe(403)
    expect((await send(relay.url, 'POST', '/api/2/envelope/', {}, body)).status).toBe(403)
  })
})

describe('endpoints', () => {
  const auth = { 'x-sentry-auth': `Sentry sentry_key=${testKey}` }
  test.each([
    ['/api/1/envelope/', 'envelope', envelope],
    ['/api/1/envelope', 'envelope', envelope],
    ['/some/prefix/api/1/envelope/', 'envelope', envelope],
    ['/api/1/store/', 'store', '{"message":"x"}'],
    ['/api/store/', 'store', '{"message":"x"}'],
    ['/api/store', 'store', '{"message":"x"}'],
    ['/api/1/security/', 'security', '{"csp-report":{}}'],
    ['/api/1/csp-report/', 'security', '[]'],
  ])('%s takes what it is for', async (path, endpoint, body) => {
    const answer = await send(relay.url, 'POST', path, auth, body)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json')
    const [row] = await relay.client.drain()
    expect(row?.facts.endpoint).toBe(endpoint)
    expect(JSON.parse(answer.text)).toEqual({ id: row?.facts.event_id })
    expect(row?.body.toString()).toBe(body.toString())
  })

  test('a minidump is answered with the dashed event id as text', async () => {
    const body =
      '--xyz\r\ncontent-disposition: form-data; name="upload_file_minidump"; filename="a"\r\n\r\nMDMP\r\n--xyz--\r\n'
    const headers = { ...auth, 'content-type': 'multipart/form-data; boundary=xyz' }
    const answer = await send(relay.url, 'POST', '/api/1/minidump/', headers, body)
    const [row] = await relay.client.drain()
    expect(answer.headers['content-type']).toBe('text/plain')
    expect(answer.text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/)
    expect(answer.text.replaceAll('-', '')).toBe(row?.facts.event_id)
    expect(row?.facts).toMatchObject({ endpoint: 'minidump', event_id_made: true })
  })

  test.each(['/api/1/envelope/', '/api/1/security', '/tunnel'])('%s answers a preflight', async (path) => {
    const answer = await send(relay.url, 'OPTIONS', path, {
      origin: 'https://shop.example',
      'access-control-request-headers': 'sentry-trace',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers['access-control-allow-methods']).toBe('POST')
    expect(answer.headers['access-control-allow-headers']).toMatch(
      /x-sentry-auth.*content-type.*sentry-trace, baggage/,
    )
    expect(answer.headers['access-control-max-age']).toBe('3600')
  })

  test('an envelope without items is legal, and unknown item types are kept', async () => {
    expect((await post(relay.url, '{}')).status).toBe(200)
    expect((await post(relay.url, '{}\n{"type":"from_the_future"}\n?')).status).toBe(200)
    const rows = await relay.client.drain()
    expect(rows.map(({ facts }) => facts.item_types)).toEqual([[], ['from_the_future']])
  })

  test('unwanted categories are announced on an ordinary 200', async () => {
    const answer = await post(relay.url, envelope)
    expect(answer.headers['x-sentry-rate-limits']).toBe(
      '3600:transaction;span;profile;profile_chunk;replay;log_item;trace_metric:organization:unsupported',
    )
    await relay.client.drain()
  })

  test('/healthz is public and says no more than that it is well', async () => {
    const answer = await send(relay.url, 'GET', '/healthz')
    expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}'])
  })
})

describe('encodings', () => {
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(envelope)],
    ['GZip', gzipSync(envelope)],
    ['x-gzip', gzipSync(envelope)],
    ['deflate', deflateSync(envelope)],
    ['deflate', deflateRawSync(envelope)],
    ['br', brotliCompressSync(envelope)],
    ['zstd', zstdCompressSync(envelope)],
    ['', envelope],
    ['Identity', envelope],
  ])('%s is understood and spooled as it came', async (encoding, body) => {
    const answer = await post(relay.url, body, { 'content-encoding': encoding })
    expect([answer.status, answer.text]).toEqual([200, `{"id":"${id}"}`])
    const [row] = await relay.client.drain()
    expect(row?.body.equals(body)).toBe(true)
    expect(row?.facts.content_encoding).toBe(encoding)
  })

  const bomb = Buffer.concat([Buffer.from('{}\n{"type":"attachment"}\n'), Buffer.alloc(64 * 1024 * 1024)])
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', brotliCompressSync(bomb)],
    ['zstd', zstdCompressSync(bomb)],
  ])('bombs of %s are refused without being held', async (encoding, body) => {
    expect(body.length).toBeLessThan(100_000)
    const before = process.memoryUsage.rss()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(relay.url, body, { 'content-encoding': encoding })),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([413]))
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024)
  })

  test('a body that grows out of all proportion is refused before it reaches the limit of size', async () => {
    let taken = 0
    const inflated = createInflater(1024 * 1024 * 1024).inflate([gzipSync(bomb)], 'gzip', (chunk) => {
      taken += chunk.length
    })
    await expect(inflated).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringMatching(/200 times/),
    })
    expect(taken).toBeLessThan(bomb.length / 2)
  })

  test('what was decoded is gone from memory as soon as it was looked at, small or streamed', async () => {
    const inflater = createInflater(1024 * 1024 * 1024)
    for (const body of [gzipSync('small'), gzipSync(randomBytes(1024 * 1024))]) {
      const seen: Buffer[] = []
      await inflater.inflate([body], 'gzip', (chunk) => void seen.push(chunk))
      expect(seen.length).toBeGreaterThan(0)
      // The last of a stream may end before its memory does.
      const kept = seen.filter(({ length }) => length > 0)
      expect(kept.length).toBeLessThanOrEqual(seen.length > 1 ? 1 : 0)
    }
  })

  test.each(['gzip', 'br'])('a header that spans chunks of %s is read whole', async (encoding) => {
    const header = JSON.stringify({ event_id: 'c'.repeat(32), trace: randomBytes(31_500).toString('hex') })
    const body = Buffer.from(`${header}\n{"type":"event"}\n{}`)
    const packed = encoding === 'gzip' ? gzipSync(body) : brotliCompressSync(body)
    const answer = await post(relay.url, packed, { 'content-encoding': encoding })
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(`{"id":"${'c'.repeat(32)}"}`)
    const [row] = await relay.client.drain()
    expect(row?.body.equals(packed)).toBe(true)
  })
})

describe('bounds', () => {
  test('what is told of a request is text that any database takes, wherever it was cut', async () => {
    await relay.client.drain()
    const release = `${'x'.repeat(255)}😀`
    const path = `/api/1/envelope/?sentry_key=${testKey}&sentry_release=${encodeURIComponent(release)}`
    await send(relay.url, 'POST', path, {}, '{}\n{"type":"\\ud800\\u0000odd"}\n{}')
    const [row] = await relay.client.drain()
    expect(row?.facts.query).toEqual({ sentry_release: `${'x'.repeat(255)}\ufffd` })
    expect(row?.facts.item_types).toEqual(['\ufffdodd'])
  })

  test('a body that grows past the limit without having said so is refused', async () => {
    const body = Buffer.concat([Buffer.from('{}\n{"type":"a"}\n'), randomBytes(1024 * 1024)])
    const answer = await post(relay.url, body, { 'transfer-encoding': 'chunked' })
    expect(answer.status).toBe(413)
  })

  test('a sender for whom there is no room is counted at once and hung up on after a moment, whatever it sent', async () => {
    const before = await countOf(1, 'spool_full')
    const filling = [900_000, 900_000, 40_000, 40_000, 40_000, 40_000].map((bytes) =>
      startPost(`content-length: ${bytes}`, Buffer.alloc(10)),
    )
    await expect.poll(async () => (await relay.client.status()).in_flight_bytes).toBe(1_800_000)
    const startedAt = performance.now()
    const refused = [Buffer.alloc(40_000), Buffer.alloc(10)].map((part) =>
      startPost('content-length: 40000', part),
    )
    await expect.poll(() => countOf(1, 'spool_full')).toBe(before + 2)
    expect(performance.now() - startedAt).toBeLessThan(900)
    const ends = Promise.all(refused.map(({ closed }) => closed))
    expect(await Promise.race([ends, failAfter(5_000)])).toEqual(['', ''])
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    for (const { socket } of filling) socket.destroy()
    await expect.poll(async () => (await relay.client.status()).in_flight_bytes).toBe(0)
  })

  test('bodies that together pass the bound in memory are hung up on, and counted', async () => {
    const before = await countOf(1, 'spool_full')
    const senders = Array.from({ length: 4 }, () =>
      startPost(`content-length: ${900_000}`, Buffer.alloc(800_000)),
    )
    const ends = await Promise.race([Promise.any(senders.map((sender) => sender.closed)), failAfter(10_000)])
    expect(ends).toBe('')
    expect(await countOf(1, 'spool_full')).toBeGreaterThan(before)
    for (const sender of senders) sender.socket.destroy()
    await Promise.all(senders.map((sender) => sender.closed))
    await expect.poll(async () => (await relay.client.status()).in_flight_bytes).toBe(0)
  })

  test('a sender that goes away in mid-body is counted and leaves nothing behind', async () => {
    const before = await countOf(1, 'aborted')
    const sender = startPost('content-length: 1000', Buffer.from('{}'))
    await expect.poll(async () => (await relay.client.status()).in_flight_bytes).toBe(2)
    sender.socket.destroy()
    await expect.poll(() => countOf(1, 'aborted')).toBe(before + 1)
    expect((await relay.client.status()).in_flight_bytes).toBe(0)
  })

  test('a sender that ends its side of the connection after the body gets its answers all the same', async () => {
    const head = `content-length: ${envelope.length}`
    const second = `POST /api/1/envelope/?sentry_key=${testKey} HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n`
    const { socket, closed } = startPost(head, Buffer.concat([envelope, Buffer.from(second), envelope]))
    socket.end()
    const statuses = [...(await closed).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    expect(statuses).toEqual(['200', '200'])
    expect(await relay.client.drain()).toHaveLength(2)
  })

  test('a sender that ends its side in the middle of the body stores nothing', async () => {
    const before = await countOf(1, 'aborted')
    const { socket, closed } = startPost(`content-length: ${envelope.length}`, envelope.subarray(0, -1))
    socket.end()
    expect(await closed).not.toMatch(/^HTTP\/1.1 200/)
    expect(await relay.client.drain()).toEqual([])
    expect(await countOf(1, 'aborted')).toBe(before + 1)
  })

  test('hostile facts are cut and cleaned', async () => {
    const query = `sentry_release=${'r'.repeat(5000)}&sentry_environment=a%00b%0Ac&other=1`
    const answer = await send(
      relay.url,
      'POST',
      `/api/1/envelope/?sentry_key=${testKey}&${query}`,
      {},
      envelope,
    )
    expect(answer.status).toBe(200)
    const [row] = await relay.client.drain()
    expect(row?.facts.query).toEqual({ sentry_release: 'r'.repeat(256), sentry_environment: 'abc' })
  })

  test('the peer is whom the proxy names; a client cannot put another in front', async () => {
    await post(relay.url, envelope, { 'fly-client-ip': '203.0.113.9' })
    await post(relay.url, envelope, { 'fly-client-ip': '1.1.1.1, 2001:db8::7' })
    await post(relay.url, envelope, { 'fly-client-ip': 'nonsense', 'x-forwarded-for': '1.1.1.1' })
    const peers = (await relay.client.drain()).map(({ facts }) => facts.peer)
    expect(peers).toEqual(['203.0.113.9', '2001:db8::7', '127.0.0.1'])
  })
})

/** Opens a connection, writes a request's head and a first part of its body. */
function startPost(
  header: string,
  part: Buffer,
): { socket: ReturnType<typeof connect>; closed: Promise<string> } {
  const { hostname, port } = new URL(relay.url)
  const socket = connect(Number(port), hostname)
  const closed = new Promise<string>((resolve) => {
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
  })
  socket.write(`POST /api/1/envelope/?sentry_key=${testKey} HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`)
  socket.write(part)
  return { socket, closed }
}

function failAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`nothing happened for ${ms} ms`)), ms).unref()
  })
}
