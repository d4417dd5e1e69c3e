// What the protocol says of the edge, statement by statement (Sentry developer docs: authentication, compression,
// envelopes, envelope items, rate limits). What has a file of its own is tested there: captures.test.ts (bytes of real
// SDKs), ingest.test.ts (refusals, encodings), limits.test.ts (rate limits).
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, send } from '../support/captures.ts'
import { makeEnvelope, startRelayForTest, type TestRelay, testKey } from '../support/relay.ts'

const otherKey = 'b'.repeat(32)
const id = '9ff7d94a15374406860fcd4b4f2aaaaa'
const event = '{"type":"event"}\n{"message":"x"}'
let relay: TestRelay
beforeAll(async () => {
  relay = await startRelayForTest({ POSTERN_PROJECTS: `1:${testKey}:one,2:${otherKey}:two` })
})
afterAll(() => relay.stop())

type Request = readonly [path: string, headers: Record<string, string>, body: Buffer | string]

async function post([path, headers, body]: Request): Promise<Answer> {
  const answer = await send(relay.url, 'POST', path, headers, body)
  expect(answer.headers['access-control-allow-origin']).toBe('*')
  expect(answer.headers['access-control-expose-headers']).toBe(
    'x-sentry-error, x-sentry-rate-limits, retry-after',
  )
  for (const name of ['set-cookie', 'location', 'access-control-allow-credentials']) {
    expect(answer.headers[name]).toBeUndefined()
  }
  return answer
}

const auth = { 'x-sentry-auth': `Sentry sentry_key=${testKey}, sentry_version=7` }
const at = '/api/1/envelope/'
const withAuth = (value: string): Request => [at, { 'x-sentry-auth': value }, makeEnvelope(id)]
const withDsn = (dsn: string, path = at, headers = {}): Request => [
  path,
  headers,
  `{"dsn":"${dsn}"}\n${event}`,
]

describe('1.1 and 1.2: where requests go, and whose they are', () => {
  test.each<[string, Request, number]>([
    ['the scheme word in any case', withAuth(`sEnTrY sentry_key=${testKey}`), 200],
    [
      'fields without blanks, as Java sends them',
      withAuth(`Sentry sentry_version=7,sentry_key=${testKey}`),
      200,
    ],
    [
      'fields in any order, with a secret and a timestamp',
      withAuth(`Sentry sentry_timestamp=1, sentry_secret=s, sentry_client=a/1, sentry_key=${testKey}`),
      200,
    ],
    ...['4', '5', '6', '7'].map((version): [string, Request, number] => [
      `protocol version ${version}`,
      withAuth(`Sentry sentry_key=${testKey}, sentry_version=${version}`),
      200,
    ]),
    ['a dsn with the obsolete secret', withDsn(`https://${testKey}:secret@x.example/1`), 200],
    ['a dsn with a port and a path', withDsn(`https://${testKey}@x.example:8443/a/b/1`), 200],
    ['a dsn of another host: only key and project count', withDsn(`https://${testKey}@elsewhere/1`), 200],
    ['a header beside a dsn', withDsn(`https://${testKey}@x/1`, at, auth), 200],
    ['a header and a query that say the same', [`${at}?sentry_key=${testKey}`, auth, makeEnvelope(id)], 200],
    ['a dsn without a key', withDsn('https://x.example/1'), 401],
    ['a dsn without a project', withDsn(`https://${testKey}@x.example/`), 401],
    [
      'a dsn of another project than the path',
      withDsn(`https://${testKey}@x.example/1`, '/api/2/envelope/'),
      403,
    ],
    ['a bearer token as a key', [at, { authorization: `Bearer ${testKey}` }, makeEnvelope(id)], 401],
    ['an upload in pieces', ['/api/1/upload/', auth, 'x'], 404],
    ['the old report dialog', ['/api/embed/error-page/', {}, ''], 404],
    ['a security report without a key', ['/api/1/security/', {}, '{"csp-report":{}}'], 401],
    [
      'a security report with key, release and environment in the query',
      [
        `/api/1/security/?sentry_key=${testKey}&sentry_release=1&sentry_environment=e`,
        { 'content-type': 'application/csp-report' },
        '{"csp-report":{}}',
      ],
      200,
    ],
    [
      'reports of several types in one list',
      [
        `/api/1/security/?sentry_key=${testKey}`,
        { 'content-type': 'application/reports+json' },
        '[{"type":"csp-violation","body":{}},{"type":"deprecation","body":{}}]',
      ],
      200,
    ],
    ...['hpkp-report', 'expect-ct-report', 'expect-staple-report'].map((kind): [string, Request, number] => [
      `an old ${kind}`,
      [`/api/1/security/?sentry_key=${testKey}`, {}, `{"${kind}":{}}`],
      200,
    ]),
  ])('%s', async (_name, request, status) => {
    expect((await post(request)).status).toBe(status)
  })
})

describe('1.4: content types and bodies', () => {
  test.each([
    'application/x-sentry-envelope',
    'text/plain;charset=UTF-8',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    'application/json',
    'nonsense',
    '',
  ])('an envelope is one whatever its content type says: "%s"', async (type) => {
    expect((await post([at, { ...auth, 'content-type': type }, makeEnvelope(id)])).status).toBe(200)
  })

  const json = `{"event_id":"${id}","message":"x"}`
  test.each<[string, string | Buffer, Record<string, string>]>([
    ['JSON', json, {}],
    ['JSON after blanks', `\n  ${json}`, {}],
    [
      'base64 of zlib, as octets',
      deflateSync(json).toString('base64'),
      { 'content-type': 'application/octet-stream' },
    ],
    ['JSON in gzip', gzipSync(json), { 'content-encoding': 'gzip' }],
  ])('/store/ knows its body by looking: %s', async (_name, body, headers) => {
    const answer = await post(['/api/1/store/', { ...auth, ...headers }, body])
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { id }])
  })
})

describe('2: the grammar of an envelope', () => {
  test.each<[string, string | Buffer, number]>([
    ['a header alone', '{}', 200],
    ['a header and a line feed', '{}\n', 200],
    ['an item without length to the end', `{}\n${event}`, 200],
    ['the same with a line feed at the end', `{}\n${event}\n`, 200],
    ['stray empty lines between items', `{}\n\n\n${event}\n\n\n${event}\n\n`, 200],
    ['length 0, then the next item', '{}\n{"type":"attachment","length":0}\n\n{"type":"event"}\n{}', 200],
    ['length 0 at the end', '{}\n{"type":"attachment","length":0}\n', 200],
    ['a payload with line feeds, by its length', '{}\n{"type":"attachment","length":5}\na\nb\nc\n', 200],
    ['a length in bytes, not in characters', '{}\n{"type":"attachment","length":4}\néé\n', 200],
    [
      'a payload of all bytes, and a byte order mark',
      Buffer.concat([
        Buffer.from('{}\n{"type":"attachment","length":259}\n'),
        Buffer.from([0xef, 0xbb, 0xbf]),
        Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
      ]),
      200,
    ],
    ['a payload that is no JSON', '{}\n{"type":"event"}\nnonsense', 200],
    ['a CR before the line feed of a payload', '{}\n{"type":"event"}\n{}\r\n', 200],
    ['attributes that nobody knows', '{"a":{"b":[1]}}\n{"type":"event","z":null}\n{}', 200],
    [
      'an empty content type of an item, as native sends',
      '{}\n{"type":"attachment","content_type":""}\nx',
      200,
    ],
    ['an item_count that is wrong', '{}\n{"type":"log","item_count":99}\n{"items":[]}', 200],
    ['two events', `{}\n${event}\n${event}`, 200],
    ['a length that overruns', '{}\n{"type":"attachment","length":9}\nx', 400],
    ['a payload longer than its length', '{}\n{"type":"attachment","length":1}\nxy\n', 400],
    ['a length below zero', '{}\n{"type":"attachment","length":-1}\nx', 400],
    ['a length that is a fraction', '{}\n{"type":"attachment","length":1.5}\nx', 400],
    ['an item without a type', '{}\n{"length":1}\nx', 400],
    ['an item header that is a list', '{}\n[]\nx', 400],
    ['a header that is a list', `[]\n${event}`, 400],
    ['a header that is no JSON', `{\n${event}`, 400],
    ['a header over two lines', `{"a":\n1}\n${event}`, 400],
  ])('%s', async (_name, body, status) => {
    await relay.client.drain()
    expect((await post([at, auth, body])).status).toBe(status)
    const rows = await relay.client.drain()
    expect(rows.map((row) => row.body)).toEqual(status === 200 ? [Buffer.from(body)] : [])
  })

  test.each<[string, string, string | null]>([
    ['32 hex', `"${id}"`, id],
    ['in capitals', `"${id.toUpperCase()}"`, id],
    ['with dashes', `"${id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}"`, id],
    ['no valid version 4', '"37bbcbf4-05af-4c1d-e34e-a76714b0d363"', '37bbcbf405af4c1de34ea76714b0d363'],
    ['nil, which means none', `"${'0'.repeat(32)}"`, null],
    ['null', 'null', null],
    ['empty', '""', null],
  ])('an event id may be %s', async (_name, text, expected) => {
    const answer = await post([at, auth, `{"event_id":${text}}\n${event}`])
    const [row] = await relay.client.drain()
    expect([answer.status, row?.facts.event_id_made]).toEqual([200, expected === null])
    expect(JSON.parse(answer.text).id).toBe(expected ?? row?.facts.event_id)
    expect(row?.facts.event_id).toMatch(/^(?!0{32})[0-9a-f]{32}$/)
  })
})

describe('3: every type of item is kept, with the others of its envelope', () => {
  test.each(
    (
      'event transaction attachment session sessions user_report feedback client_report check_in log trace_metric ' +
      'span profile profile_chunk replay_event replay_recording replay_video statsd metric_buckets metric_meta ' +
      'otel_span otel_traces_data nel security raw_security unreal_report form_data from_the_future'
    ).split(' '),
  )('%s', async (type) => {
    const body = `{}\n{"type":"${type}"}\n{}\n${event}`
    expect((await post([at, auth, body])).status).toBe(200)
    const [row] = await relay.client.drain()
    expect(row?.facts.item_types).toEqual([...new Set([type, 'event'])])
    expect(row?.body.toString()).toBe(body)
  })
})

test('4: an answer says no more than the id, in JSON, and what is not wanted', async () => {
  const answer = await post([at, auth, makeEnvelope(id)])
  expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
    200,
    'application/json',
    `{"id":"${id}"}`,
  ])
  expect(answer.headers['x-sentry-rate-limits']).toMatch(/^\d+:[a-z_]+(;[a-z_]+)*:organization:\w+$/)
  expect(answer.headers['retry-after']).toBeUndefined()
})
