// Decode: every endpoint and encoding, bounds, and what becomes of bytes that can't be understood.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodeEnvelope, eventContext } from '../../collector/pipeline/decode.ts'
import type { Envelope, Item, JsonObject } from '../../collector/pipeline/event.ts'
import { inflate, inflateStoreBody } from '../../collector/pipeline/inflate.ts'
import {
  maxDepth,
  maxEventBytes,
  maxFormFiles,
  maxInflatedBytes,
  maxReports,
} from '../../collector/pipeline/limits.ts'
import { parseEventPayload } from '../../collector/pipeline/normalise.ts'
import { readFeedback } from '../../collector/pipeline/read-feedback.ts'
import { scrubberOf } from '../../collector/pipeline/scrub.ts'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'
import { storable } from '../../collector/pipeline/storable.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { listCaptures } from '../support/captures.ts'
import { factsOfCapture, makeFacts, readEvents, receivedAt } from '../support/facts.ts'

const event = { event_id: 'b'.repeat(32), message: 'Grüße', level: 'info' }
const json = JSON.stringify(event)

function envelope(headers: object, ...items: (readonly [object, string | Buffer])[]): Buffer {
  const parts: Buffer[] = [Buffer.from(JSON.stringify(headers))]
  for (const [header, payload] of items) {
    const body = Buffer.from(payload as string)
    parts.push(Buffer.from(`\n${JSON.stringify({ length: body.length, ...header })}\n`), body)
  }
  return Buffer.concat(parts)
}

async function codeOf(run: () => unknown): Promise<ErrorCode | 'none'> {
  try {
    await run()
    return 'none'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

function wireOf(item: Item | undefined): JsonObject {
  return parseEventPayload(item?.payload ?? Buffer.alloc(0)).wire
}

describe('an envelope', () => {
  test.each([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: Buffer) => body],
    ['', (body: Buffer) => body],
  ] as const)('is read from content-encoding "%s"', async (encoding, compress) => {
    const body = compress(envelope({}, [{ type: 'event' }, json]))
    const { items } = await decodeEnvelope(makeFacts({ content_encoding: encoding }), body)
    expect(wireOf(items[0])).toEqual(event)
  })

  test('keeps items of unknown types, in order, and their bytes untouched', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const { items } = await decodeEnvelope(
      makeFacts(),
      envelope(
        {},
        [{ type: 'hologram' }, '{}'],
        [{ type: 'attachment', filename: 'all.bin' }, bytes],
        [{ type: 'event' }, json],
      ),
    )
    expect(items.map(({ type }) => type)).toEqual(['hologram', 'attachment', 'event'])
    expect(items[1]?.payload.equals(bytes)).toBe(true)
    expect(items[1]?.headers).toMatchObject({ filename: 'all.bin' })
  })

  test('keeps the bytes of every captured attachment as they were sent', async () => {
    const sizes: Record<string, number[]> = {}
    for (const name of ['python-1/attachments', 'cli-3/send-envelope-raw', 'native-0.16/minidump']) {
      const capture = listCaptures().find((one) => one.name === name)
      if (!capture) throw new Error(name)
      const raw = inflate(capture.body, capture.headers['content-encoding'] ?? null)
      const { items } = await decodeEnvelope(factsOfCapture(capture), capture.body)
      const attachments = items.filter(({ type }) => type === 'attachment')
      for (const { payload, headers } of attachments) {
        expect(raw.includes(payload)).toBe(true)
        expect(payload.length).toBe(headers.length)
      }
      sizes[name] = attachments.map(({ payload }) => payload.length)
    }
    expect(sizes['python-1/attachments']?.length).toBe(2)
    expect(sizes['cli-3/send-envelope-raw']?.length).toBe(1)
    expect(sizes['native-0.16/minidump']?.length).toBe(2)
  })

  test('has one event; a second one is left aside and said', async () => {
    const { items, ignored } = await decodeEnvelope(
      makeFacts(),
      envelope({}, [{ type: 'event' }, json], [{ type: 'session' }, '{}'], [{ type: 'transaction' }, '{}']),
    )
    expect(items.map(({ type }) => type)).toEqual(['event', 'session'])
    expect(ignored).toEqual(['second transaction'])
  })

  test('may have no items at all', async () => {
    expect((await decodeEnvelope(makeFacts(), Buffer.from('{}'))).items).toEqual([])
  })

  test('says when it was sent, whatever number of digits', async () => {
    const sentAt = async (value: unknown) =>
      (await decodeEnvelope(makeFacts(), envelope({ sent_at: value }))).sentAt?.toISOString() ?? null
    expect(await sentAt('2026-11-20T09:47:01.664898075Z')).toBe('2026-11-20T09:47:01.664Z')
    expect(await sentAt('2026-11-20T09:52:29Z')).toBe('2026-11-20T09:52:29.000Z')
    expect(await sentAt('2026-11-20T10:52:29+01:00')).toBe('2026-11-20T09:52:29.000Z')
    expect(await sentAt(1795167410)).toBeNull()
    expect(await sentAt('yesterday')).toBeNull()
  })

  test('with a minidump and no event makes one; with an event it does not', async () => {
    const dump = [{ type: 'attachment', attachment_type: 'event.minidump' }, 'MDMP…'] as const
    const alone = await decodeEnvelope(makeFacts(), envelope({}, dump))
    expect(alone.items.map(({ type }) => type)).toEqual(['event', 'attachment'])
    expect(wireOf(alone.items[0])).toMatchObject({ level: 'fatal', platform: 'native' })
    const [read] = await readEvents(makeFacts(), envelope({}, dump))
    expect(read?.title).toBe('Minidump: The app crashed and left a minidump')
    expect(read?.handled).toBe(false)
    const both = await decodeEnvelope(makeFacts(), envelope({}, [{ type: 'event' }, json], dump))
    expect(both.items.map(({ type }) => type)).toEqual(['event', 'attachment'])
  })

  test.each<[string, Buffer, ErrorCode]>([
    ['no JSON in front', Buffer.from('hello\n{"type":"event"}\n{}'), 'invalid_envelope'],
    ['a list in front', Buffer.from('[]'), 'invalid_envelope'],
    ['an empty body', Buffer.alloc(0), 'invalid_envelope'],
    ['a length that overruns', Buffer.from('{}\n{"type":"event","length":900}\n{}'), 'invalid_envelope'],
    ['a length that falls short', Buffer.from('{}\n{"type":"event","length":1}\n{}\n'), 'invalid_envelope'],
    ['an item without a type', Buffer.from('{}\n{"length":2}\n{}'), 'invalid_envelope'],
  ])('with %s is refused with the reason', async (_name, body, code) => {
    expect(await codeOf(() => decodeEnvelope(makeFacts(), body))).toBe(code)
  })
})

describe('content-encoding', () => {
  test('that is not known is refused', async () => {
    for (const encoding of ['compress', 'gzip, gzip', 'constructor', '__proto__']) {
      expect(await codeOf(() => inflate(gzipSync('{}'), encoding))).toBe('invalid_encoding')
    }
  })

  test('that the bytes are not is refused', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd']) {
      expect(await codeOf(() => inflate(Buffer.from('{"plain":true}'), encoding))).toBe('invalid_encoding')
    }
    const cut = gzipSync(json).subarray(0, 30)
    expect(await codeOf(() => inflate(cut, 'gzip'))).toBe('invalid_encoding')
  })

  test('of a bomb is refused before it is unpacked whole', async () => {
    const bomb = Buffer.alloc(maxInflatedBytes + 1)
    const packed = gzipSync(bomb, { level: 1 })
    expect(packed.length).toBeLessThan(1_000_000)
    expect(await codeOf(() => inflate(packed, 'gzip'))).toBe('too_large')
    expect(await codeOf(() => inflateStoreBody(deflateSync(bomb, { level: 1 })))).toBe('too_large')
    expect(await codeOf(() => inflate(bomb, null))).toBe('too_large')
  })
})

describe('a body of /store/', () => {
  const store = makeFacts({ endpoint: 'store' })

  test.each<[string, Buffer]>([
    ['plain JSON', Buffer.from(json)],
    ['JSON after a byte order mark and blanks', Buffer.from(`\ufeff \n${json}`)],
    ['base64 of zlib', Buffer.from(deflateSync(json).toString('base64'))],
    [
      'base64 of zlib in lines',
      Buffer.from(
        deflateSync(json)
          .toString('base64')
          .replace(/(.{20})/g, '$1\r\n'),
      ),
    ],
    ['base64 of JSON', Buffer.from(Buffer.from(json).toString('base64'))],
    ['zlib', deflateSync(json)],
  ])('is read as %s', async (_name, body) => {
    const { items } = await decodeEnvelope(store, body)
    expect(wireOf(items[0])).toEqual(event)
  })

  test.each<[string, Buffer, ErrorCode]>([
    ['no JSON', Buffer.from('!!!'), 'invalid_event'],
    ['cut JSON', Buffer.from(json.slice(0, 20)), 'invalid_event'],
    ['a list', Buffer.from('[1]'), 'invalid_event'],
    ['a text', Buffer.from('"text"'), 'invalid_event'],
    ['nothing', Buffer.alloc(0), 'invalid_event'],
    ['zlib that was cut', deflateSync('x'.repeat(999)).subarray(0, 12), 'invalid_encoding'],
  ])('that is %s is refused with the reason', async (_name, body, code) => {
    expect(
      await codeOf(
        async () => parseEventPayload((await decodeEnvelope(store, body)).items[0]?.payload as Buffer).wire,
      ),
    ).toBe(code)
  })

  test.each<[string, string, boolean]>([
    ['with half a pair', '{"message":"Schloss ö \\u00e9 \\ud83d"}', false],
    ['with escapes of whole characters', '{"message":"\\u00e9 \\n"}', true],
    ['with a null character', '{"message":"a\\u0000"}', false],
    ['with a null character in a name', '{"a\\u0000":1}', false],
    ['with half a pair in capitals', '{"message":"\\uDC4D"}', false],
    ['as deep as may be', `${'{"a":'.repeat(maxDepth)}1${'}'.repeat(maxDepth)}`, true],
    ['too deep', `${'{"a":'.repeat(maxDepth + 1)}1${'}'.repeat(maxDepth + 1)}`, false],
  ])('%s is known to be storable or not', (_what, json, isStorable) => {
    const parsed = parseEventPayload(Buffer.from(json))
    expect(parsed.isStorable).toBe(isStorable)
    let replaced = 0
    storable(parsed.wire, () => {
      replaced += 1
    })
    if (isStorable) expect(replaced).toBe(0)
    else expect(replaced).toBeGreaterThan(0)
  })

  test('over the limit of one event is refused', async () => {
    const payload = Buffer.from(JSON.stringify({ message: 'x'.repeat(maxEventBytes) }))
    expect(await codeOf(() => parseEventPayload(payload))).toBe('too_large')
  })
})

describe('the id of an event', () => {
  const idOf = async (facts: Parameters<typeof makeFacts>[0], body: Buffer) => {
    const decoded: Envelope = await decodeEnvelope(makeFacts(facts), body)
    return eventContext(decoded, wireOf(decoded.items[0])).eventId
  }
  const body = (id: unknown) => envelope({}, [{ type: 'event' }, JSON.stringify({ event_id: id })])

  test('is that of the envelope header, whatever the payload says', async () => {
    expect(await idOf({ event_id: 'c'.repeat(32), event_id_made: false }, body('d'.repeat(32)))).toBe(
      'c'.repeat(32),
    )
  })

  test('is that of the payload where the header names none, in any spelling', async () => {
    expect(await idOf({}, body('37BBCBF4-05AF-4C1D-E34E-A76714B0D363'))).toBe(
      '37bbcbf405af4c1de34ea76714b0d363',
    )
  })

  test('is the one that the relay made where both name none', async () => {
    for (const id of [undefined, null, '', 'none', 7, '0'.repeat(32)]) {
      expect(await idOf({ event_id: 'e'.repeat(32) }, body(id))).toBe('e'.repeat(32))
    }
  })
})

describe('a report of the security endpoint', () => {
  const facts = makeFacts({
    endpoint: 'security',
    user_agent: 'Mozilla/5.0 Firefox/140.0',
    query: { sentry_release: 'shop@1', sentry_environment: 'staging' },
  })
  const report = (body: object) => ({ type: 'csp-violation', age: 1_500, url: 'https://shop.example/', body })
  const violation = {
    effectiveDirective: 'script-src-elem',
    blockedURL: 'inline',
    documentURL: 'https://shop.example/',
  }

  test('as csp-report becomes an event with release and environment of the query', async () => {
    const [read] = await readEvents(
      facts,
      Buffer.from(
        JSON.stringify({
          'csp-report': {
            'violated-directive': "img-src 'self' https://cdn.example",
            'blocked-uri': 'https://evil.example/x.gif?u=1',
            'document-uri': 'https://shop.example/cart',
          },
        }),
      ),
    )
    expect(read).toMatchObject({
      type: 'csp',
      title: "Blocked 'img' from 'evil.example'",
      culprit: 'img-src',
      release: 'shop@1',
      environment: 'staging',
      level: 'error',
      security: { directive: 'img-src', documentUri: 'https://shop.example/cart' },
    })
    expect(read?.tags).toContainEqual(['browser', 'Firefox 140'])
  })

  test('as an array becomes one event per violation; others are left aside by type', async () => {
    const body = [
      report(violation),
      { type: 'deprecation', body: { id: 'x' } },
      report({ ...violation, disposition: 'report', blockedURL: 'https://a.example/b.js' }),
      report({ ...violation, sourceFile: 'moz-extension://abc/inject.js' }),
      report({ ...violation, blockedURL: 'chrome-extension' }),
      null,
    ]
    const decoded = await decodeEnvelope(facts, Buffer.from(JSON.stringify(body)))
    expect(decoded.ignored).toEqual(['deprecation', 'browser extension', 'browser extension', 'not a report'])
    const read = await readEvents(facts, Buffer.from(JSON.stringify(body)))
    expect(read.map(({ title }) => title)).toEqual([
      "Blocked 'script' from 'inline'",
      "Blocked 'script' from 'a.example'",
    ])
    expect(read.map(({ level }) => level)).toEqual(['error', 'warning'])
    expect(read[0]?.occurredAt.getTime()).toBe(receivedAt - 1_500)
    expect(new Set(read.map(({ eventId }) => eventId)).size).toBe(2)
    expect(await readEvents(facts, Buffer.from(JSON.stringify(body)))).toEqual(read)
  })

  test('of another kind is counted and makes no event', async () => {
    const decoded = await decodeEnvelope(
      facts,
      Buffer.from('{"expect-ct-report":{"hostname":"shop.example"}}'),
    )
    expect([decoded.items, decoded.ignored]).toEqual([[], ['expect-ct-report']])
  })

  test('array beyond the limit is cut, and said', async () => {
    const body = Array.from({ length: maxReports + 2 }, () => report(violation))
    const decoded = await decodeEnvelope(facts, Buffer.from(JSON.stringify(body)))
    expect(decoded.items).toHaveLength(maxReports)
    expect(decoded.ignored).toEqual(['too many reports', 'too many reports'])
  })

  test('that is no JSON object or list is refused', async () => {
    for (const body of ['', 'x', '7', 'null', '"a"']) {
      expect(await codeOf(() => decodeEnvelope(facts, Buffer.from(body)))).toBe('invalid_event')
    }
  })
})

describe('a minidump upload', () => {
  const boundary = '----------shop'
  const facts = (overrides = {}) =>
    makeFacts({
      endpoint: 'minidump',
      content_type: `multipart/form-data; boundary=${boundary}`,
      ...overrides,
    })

  function form(...parts: (readonly [name: string, value: string | Buffer, filename?: string])[]): Buffer {
    return Buffer.concat([
      ...parts.flatMap(([name, value, filename]) => [
        Buffer.from(
          `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${filename ? `; filename="${filename}"\r\ncontent-type: application/octet-stream` : ''}\r\n\r\n`,
        ),
        Buffer.from(value as string),
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ])
  }

  const dump = [
    'upload_file_minidump',
    Buffer.from([0x4d, 0x44, 0x4d, 0x50, 0, 255, 13, 10]),
    'a.dmp',
  ] as const

  test('with only the dump is a fatal unhandled crash, the file untouched', async () => {
    const body = form(dump)
    const { items } = await decodeEnvelope(facts(), body)
    expect(items.map(({ type }) => type)).toEqual(['event', 'attachment'])
    expect(items[1]?.payload.equals(dump[1])).toBe(true)
    expect(items[1]?.headers).toMatchObject({ filename: 'a.dmp', attachment_type: 'event.minidump' })
    const [read] = await readEvents(facts(), body)
    expect(read).toMatchObject({ level: 'fatal', handled: false, platform: 'native' })
  })

  test('takes the event from the field `sentry`', async () => {
    const { items } = await decodeEnvelope(
      facts(),
      form(['sentry', '{"release":"a@1","tags":{"x":"y"}}'], dump),
    )
    expect(wireOf(items[0])).toMatchObject({ release: 'a@1', tags: { x: 'y' }, level: 'fatal' })
  })

  test('takes it from bracket paths', async () => {
    const body = form(
      ['sentry[release]', 'a@1'],
      ['sentry[tags][shop.region]', 'eu'],
      ['sentry[user][id]', '7'],
      ['sentry[__proto__][polluted]', 'yes'],
      dump,
    )
    const wire = wireOf((await decodeEnvelope(facts(), body)).items[0])
    expect(wire).toMatchObject({ release: 'a@1', tags: { 'shop.region': 'eu' }, user: { id: '7' } })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('takes it from the scope that Electron sends along', async () => {
    const scope = { release: 'shop@5.0.0', environment: 'staging', user: { id: '7' } }
    const body = form(['prod', 'Electron'], ['sentry___initialScope', JSON.stringify(scope)], dump)
    const wire = wireOf((await decodeEnvelope(facts(), body)).items[0])
    expect(wire).toMatchObject({ ...scope, extra: { prod: 'Electron' } })
    expect(wire.extra).not.toHaveProperty('sentry___initialScope')
  })

  test('takes it from chunks in order of their numbers', async () => {
    const text = JSON.stringify({ release: 'a@1', message: 'ü'.repeat(30) })
    const body = form(
      ['sentry__10', text.slice(40)],
      ['sentry__1', text.slice(0, 20)],
      ['sentry__2', text.slice(20, 40)],
    )
    const wire = wireOf((await decodeEnvelope(facts(), body)).items[0])
    expect(wire).toMatchObject(JSON.parse(text))
    // no file, so nothing says that there was a crash with a dump
    expect(wire.exception).toBeUndefined()
  })

  test('keeps other fields as extra and other files as attachments', async () => {
    const body = form(['guid', 'abc'], ['ptype', 'browser'], dump, ['log', 'line 1\r\n', 'shop.log'])
    const { items } = await decodeEnvelope(facts(), body)
    expect(wireOf(items[0]).extra).toEqual({ guid: 'abc', ptype: 'browser' })
    expect(items[2]?.headers).toMatchObject({ filename: 'shop.log', attachment_type: 'event.attachment' })
    expect(items[2]?.payload.toString()).toBe('line 1\r\n')
  })

  test('with a broken `sentry` field keeps the dump', async () => {
    const { items } = await decodeEnvelope(facts(), form(['sentry', '{"release":'], dump))
    expect(items).toHaveLength(2)
  })

  test('is read through gzip, as Crashpad sends it', async () => {
    const body = gzipSync(form(['sentry', '{"release":"a@1"}'], dump))
    const { items } = await decodeEnvelope(facts({ content_encoding: 'gzip' }), body)
    expect(wireOf(items[0]).release).toBe('a@1')
  })

  test.each<[string, Partial<Parameters<typeof makeFacts>[0]>, Buffer, ErrorCode]>([
    ['no multipart form', { content_type: 'application/json' }, Buffer.from('{}'), 'invalid_envelope'],
    ['no content type', { content_type: null }, form(dump), 'invalid_envelope'],
    ['an empty body', {}, Buffer.alloc(0), 'invalid_envelope'],
    ['a form cut in the middle', {}, form(dump).subarray(0, 120), 'invalid_envelope'],
    ['a form without any part', {}, Buffer.from(`--${boundary}--\r\n`), 'invalid_envelope'],
    [
      'more files than allowed',
      {},
      form(...Array.from({ length: maxFormFiles + 1 }, (_, i) => ['f', 'x', `${i}.log`] as const)),
      'too_large',
    ],
    ['a field over the limit', {}, form(['sentry', 'x'.repeat(maxEventBytes + 1)]), 'too_large'],
  ])('with %s is refused with the reason', async (_name, overrides, body, code) => {
    expect(await codeOf(() => decodeEnvelope(facts(overrides), body))).toBe(code)
  })
})

test('a crash archive of Unreal is refused by name', async () => {
  expect(await codeOf(() => decodeEnvelope(makeFacts({ endpoint: 'unreal' }), Buffer.from('x')))).toBe(
    'invalid_envelope',
  )
})

describe('what a user said', () => {
  const item = (type: string, payload: unknown): Item => ({
    type,
    headers: {},
    payload: Buffer.from(JSON.stringify(payload)),
  })

  test('is read from both items', () => {
    expect(
      readFeedback(
        item('user_report', {
          event_id: 'F'.repeat(32),
          name: 'Mira',
          email: 'm@x.example',
          comments: 'It broke',
        }),
        scrubberOf(defaultScrubbing),
      ),
    ).toEqual({
      event_id: 'f'.repeat(32),
      name: 'Mira',
      email: 'm@x.example',
      message: 'It broke',
      url: null,
    })
    expect(
      readFeedback(
        item('feedback', {
          event_id: '1'.repeat(32),
          contexts: {
            feedback: {
              message: 'Too slow',
              contact_email: 'k@x.example',
              url: 'https://s.example/?token=a1b2c3',
              associated_event_id: '2'.repeat(32),
            },
          },
        }),
        scrubberOf(defaultScrubbing),
      ),
    ).toEqual({
      event_id: '2'.repeat(32),
      name: null,
      email: 'k@x.example',
      message: 'Too slow',
      url: 'https://s.example/?token=[Filtered]',
    })
  })

  test('is nothing where nothing is said', () => {
    expect(
      readFeedback(item('feedback', { contexts: { feedback: [] } }), scrubberOf(defaultScrubbing)),
    ).toBeNull()
    expect(readFeedback(item('user_report', { comments: '' }), scrubberOf(defaultScrubbing))).toBeNull()
  })
})
