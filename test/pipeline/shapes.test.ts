// All the shapes in which SDKs send the same thing, and what becomes of those that nobody should send.
// Follows section 5 of the protocol reference; moments after section 2.
import { describe, expect, test } from 'vitest'
import type { JsonObject, Level } from '../../collector/pipeline/event.ts'
import { maxBreadcrumbs, maxFrames, maxMessage, maxTag } from '../../collector/pipeline/limits.ts'
import { readSessions } from '../../collector/pipeline/read-sessions.ts'
import { readWire, receivedAt } from '../support/facts.ts'

const frame = { function: 'pay', filename: 'a.py', in_app: true }
const exception = { type: 'KeyError', value: 'x', stacktrace: { frames: [frame] } }

describe('exceptions', () => {
  test.each<[string, JsonObject]>([
    ['in values', { exception: { values: [exception] } }],
    ['in values with null members', { exception: { values: [null, exception, null] } }],
    ['as a list', { exception: [exception] }],
    ['as a single object', { exception }],
    ['under their long name', { 'sentry.interfaces.Exception': { values: [exception] } }],
  ])('%s', (_shape, wire) => {
    expect(readWire(wire)).toMatchObject({
      type: 'error',
      title: 'KeyError: x',
      exceptions: [{ type: 'KeyError', value: 'x' }],
    })
  })

  test('without a type, a value or a stack', () => {
    expect(readWire({ exception: { values: [{ value: 'only text' }] } }).title).toBe('only text')
    expect(readWire({ exception: { values: [{ type: 'OnlyType' }] } }).title).toBe('OnlyType')
    expect(
      readWire({
        exception: { values: [{ type: 'A', value: '', module: '', mechanism: null, stacktrace: null }] },
      }),
    ).toMatchObject({
      title: 'A',
      exceptions: [{ value: null, module: null, mechanism: null, stacktrace: null }],
    })
    expect(readWire({ exception: { values: [{}] } })).toMatchObject({
      title: '<unlabeled event>',
      exceptions: [],
    })
  })

  test('with an object for a value keep it as JSON', () => {
    expect(readWire({ exception: { values: [{ type: 'A', value: { code: 7 } }] } }).title).toBe(
      'A: {"code":7}',
    )
  })

  test('are crash-like where any of the chain is unhandled', () => {
    const handled = (...values: unknown[]) =>
      readWire({
        exception: { values: values.map((value) => ({ type: 'A', mechanism: { handled: value } })) },
      }).handled
    expect([
      handled(true, false),
      handled(false, true),
      handled(true, null),
      handled(null),
      handled(),
    ]).toEqual([false, false, true, null, null])
  })

  test('that only wrap leave the title to their cause', () => {
    const title = (...types: string[]) =>
      readWire({ exception: types.map((type) => ({ type, value: 'v' })) }).title
    expect(title('NullPointerException', 'ExecutionException')).toBe('NullPointerException: v')
    expect(title('java.io.IOException', 'java.util.concurrent.CompletionException')).toBe(
      'java.io.IOException: v',
    )
    expect(title('*pq.Error', '*fmt.wrapError')).toBe('*pq.Error: v')
    expect(title('*errors.errorString', '*fmt.wrapError')).toBe('*fmt.wrapError: v')
    expect(
      readWire({
        exception: [
          { type: 'TypeError', value: 'a is null' },
          {
            type: 'Error',
            value: 'There was an error during concurrent rendering but React was able to recover',
          },
        ],
      }).title,
    ).toBe('TypeError: a is null')
  })

  test('of React Native come in our order, with ids they stay', () => {
    const sdk = { name: 'sentry.javascript.react-native' }
    const outer = { type: 'Outer', mechanism: { handled: true } }
    expect(
      readWire({ sdk, exception: [outer, { type: 'Cause' }] }).exceptions.map(({ type }) => type),
    ).toEqual(['Cause', 'Outer'])
    expect(readWire({ exception: [outer, { type: 'Cause' }] }).exceptions.map(({ type }) => type)).toEqual([
      'Outer',
      'Cause',
    ])
    const withIds = [
      { ...outer, mechanism: { handled: true, exception_id: 1 } },
      { type: 'Cause', mechanism: { exception_id: 0 } },
    ]
    expect(readWire({ sdk, exception: withIds }).exceptions.map(({ type }) => type)).toEqual([
      'Outer',
      'Cause',
    ])
  })
})

describe('messages', () => {
  test.each<[string, JsonObject, string, string | null]>([
    ['a text', { message: 'a' }, 'a', null],
    ['an object with formatted', { message: { formatted: 'a' } }, 'a', null],
    ['an object with all', { message: { message: 'a %s', params: ['b'], formatted: 'a b' } }, 'a b', 'a %s'],
    [
      'a log entry with formatted',
      { logentry: { message: 'a %s', formatted: 'a b', params: ['b'] } },
      'a b',
      'a %s',
    ],
    [
      'percent placeholders',
      { logentry: { message: '%s took %d ms, %.1f %% of %(x)s', params: ['a', 7, 12.345] } },
      'a took 7 ms, 12.3 % of %(x)s',
      '%s took %d ms, %.1f %% of %(x)s',
    ],
    [
      'braces',
      { logentry: { message: '{} and {} and {}', params: ['a', 'b'] } },
      'a and b and {}',
      '{} and {} and {}',
    ],
    ['numbered braces', { logentry: { message: '{1}{0}', params: ['a', 'b'] } }, 'ba', '{1}{0}'],
    [
      'names',
      { logentry: { message: '{user} %(user)s {none}', params: { user: 'mira' } } },
      'mira mira {none}',
      '{user} %(user)s {none}',
    ],
    ['objects as params', { logentry: { message: 'x %s', params: [{ id: 7 }] } }, 'x {"id":7}', 'x %s'],
    ['no params', { logentry: { message: '100 % of %s' } }, '100 % of %s', null],
    ['the long name', { 'sentry.interfaces.Message': { message: 'a' } }, 'a', null],
  ])('as %s', (_shape, wire, formatted, template) => {
    expect(readWire(wire).message).toEqual({ formatted, template })
  })

  test('that are empty beside an exception say nothing', () => {
    expect(readWire({ message: '', exception })).toMatchObject({ message: null, title: 'KeyError: x' })
  })

  test('beyond the limit are cut and noted', () => {
    const event = readWire({ message: 'x'.repeat(maxMessage + 5) })
    expect(event.message?.formatted).toHaveLength(maxMessage)
    expect(event.notes).toEqual([
      { path: 'message', what: 'cut', detail: `from ${maxMessage + 5} characters to ${maxMessage}` },
    ])
  })
})

describe('tags', () => {
  const own = (tags: unknown) => readWire({ tags }).tags.filter(([name]) => ['a', 'b', 'c'].includes(name))
  test.each<[string, unknown]>([
    ['an object', { a: '1', b: true, c: null }],
    [
      'pairs',
      [
        ['a', 1],
        ['b', true],
        ['c', null],
      ],
    ],
    [
      'objects of key and value',
      [
        { key: 'a', value: 1 },
        { key: 'b', value: true },
        { key: 'c', value: null },
      ],
    ],
  ])('as %s', (_shape, tags) => {
    expect(own(tags)).toEqual([
      ['a', '1'],
      ['b', 'true'],
    ])
  })

  test('that are too long are cut, not refused', () => {
    const event = readWire({ tags: { [`k${'e'.repeat(300)}`]: 'v'.repeat(300) } })
    const [name, value] = event.tags[0] as readonly [string, string]
    expect([name.length, value.length]).toEqual([maxTag, maxTag])
    expect(event.notes.map(({ what }) => what)).toEqual(['cut', 'cut'])
  })

  test('of the app win over promoted ones', () => {
    const event = readWire({ tags: { environment: 'mine' }, environment: 'real' })
    expect(event.tags.filter(([name]) => name === 'environment')).toEqual([['environment', 'mine']])
    expect(event.environment).toBe('real')
  })
})

describe('levels', () => {
  test.each<[unknown, Level]>([
    ['fatal', 'fatal'],
    ['ERROR', 'error'],
    ['log', 'info'],
    ['critical', 'fatal'],
    ['warn', 'warning'],
    [40, 'error'],
    ['30', 'warning'],
    [undefined, 'error'],
    [null, 'error'],
    ['loud', 'error'],
    [{}, 'error'],
  ])('%j is %s', (level, expected) => {
    expect(readWire({ level } as JsonObject).level).toBe(expected)
  })
})

describe('stacks', () => {
  test('are found at the exception, the event and the thread', () => {
    const stacktrace = { frames: [{ function: 'f', module: 'm', in_app: true }] }
    expect(readWire({ exception: { type: 'A', stacktrace } }).culprit).toBe('f in m')
    expect(readWire({ message: 'a', stacktrace }).culprit).toBe('f in m')
    expect(readWire({ message: 'a', 'sentry.interfaces.Stacktrace': stacktrace }).culprit).toBe('f in m')
    expect(
      readWire({ message: 'a', threads: { values: [{ id: 1 }, { id: 2, crashed: true, stacktrace }] } })
        .culprit,
    ).toBe('f in m')
    expect(readWire({ message: 'a', threads: [{ current: true, stacktrace }] }).culprit).toBe('f in m')
  })

  test('that are empty or null are none', () => {
    for (const stacktrace of [null, {}, { frames: null }, { frames: [] }, { frames: [null] }, 'x']) {
      expect(readWire({ exception: { type: 'A', stacktrace } }).exceptions[0]?.stacktrace).toBeNull()
    }
  })

  test('that are too long keep their ends', () => {
    const frames = Array.from({ length: maxFrames + 50 }, (_, i) => ({ function: `f${i}` }))
    const event = readWire({ exception: { type: 'A', stacktrace: { frames } } })
    const kept = event.exceptions[0]?.stacktrace?.frames
    expect([kept?.length, kept?.[0]?.function, kept?.at(-1)?.function]).toEqual([
      maxFrames,
      'f0',
      `f${maxFrames + 49}`,
    ])
    expect(event.notes).toContainEqual({
      path: 'exception.values.0.stacktrace.frames',
      what: 'cut',
      detail: `from ${maxFrames + 50} entries to ${maxFrames}`,
    })
  })

  test('have lines from 1, addresses in one spelling, source lines without their ends', () => {
    const read = (wire: JsonObject) =>
      readWire({ exception: { type: 'A', stacktrace: { frames: [wire] } } }).exceptions[0]?.stacktrace
        ?.frames[0]
    expect(read({ lineno: 0, colno: -1 })).toMatchObject({ line: null, column: null })
    expect(read({ lineno: '12', colno: 3 })).toMatchObject({ line: 12, column: 3 })
    expect(read({ instruction_addr: '0x00000001C5A15F08' })?.instructionAddr).toBe('0x1c5a15f08')
    expect(read({ instruction_addr: 4096 })?.instructionAddr).toBe('0x1000')
    expect(read({ instruction_addr: 'nowhere' })?.instructionAddr).toBeNull()
    expect(read({ context_line: 'a\n', pre_context: ['b\r\n', null, 'c'], post_context: 'x' })).toMatchObject(
      { contextLine: 'a', preContext: ['b', '', 'c'], postContext: [] },
    )
  })

  test.each<[string, JsonObject, boolean]>([
    ['node_modules, said in app', { filename: '/srv/a/node_modules/x/i.js', in_app: true }, false],
    ['dist-packages, said in app', { abs_path: '/opt/py/dist-packages/x.py', in_app: true }, false],
    ['site-packages, said in app', { abs_path: '/srv/venv/lib/site-packages/x.py', in_app: true }, false],
    [
      'the standard library, said in app',
      { abs_path: '/usr/lib/python3.11/json/decoder.py', in_app: true },
      false,
    ],
    ['vendor, said in app', { abs_path: '/srv/shop/vendor/x/y.php', in_app: true }, false],
    ['a CDN, said in app', { abs_path: 'https://unpkg.com/react@18/x.js', in_app: true }, false],
    ['the engine, said in app', { filename: '<anonymous>', in_app: true }, false],
    ['Java, nothing said', { module: 'java.util.ArrayList', function: 'add' }, false],
    ['Spring, nothing said', { module: 'org.springframework.web.X', function: 'f' }, false],
    ['the app, nothing said', { module: 'example.shop.Cart', function: 'pay' }, true],
    ['the app, said not', { module: 'example.shop.Cart', in_app: false }, false],
    [
      'an iOS app, nothing said',
      { package: '/private/var/containers/Bundle/Application/X/Shop.app/Shop', instruction_addr: '0x1' },
      true,
    ],
    [
      'an iOS framework, nothing said',
      { package: '/System/Library/Frameworks/UIKit.framework/UIKit', instruction_addr: '0x1' },
      false,
    ],
    ['an address and nothing else', { instruction_addr: '0x1' }, false],
  ])('in-app: %s', (_what, wire, inApp) => {
    const event = readWire({ exception: { type: 'A', stacktrace: { frames: [wire] } } })
    expect(event.exceptions[0]?.stacktrace?.frames[0]?.inApp).toBe(inApp)
  })
})

describe('breadcrumbs', () => {
  test.each<[string, unknown]>([
    ['a list', [{ message: 'a' }, null, { message: 'b', type: null }]],
    ['values', { values: [{ message: 'a' }, { message: 'b' }] }],
  ])('as %s', (_shape, breadcrumbs) => {
    expect(
      readWire({ breadcrumbs } as JsonObject).breadcrumbs.map(({ message, type, level }) => [
        message,
        type,
        level,
      ]),
    ).toEqual([
      ['a', 'default', 'info'],
      ['b', 'default', 'info'],
    ])
  })

  test('beyond the limit are the latest', () => {
    const breadcrumbs = Array.from({ length: maxBreadcrumbs + 3 }, (_, i) => ({ message: `${i}` }))
    const event = readWire({ breadcrumbs })
    expect([event.breadcrumbs.length, event.breadcrumbs[0]?.message]).toEqual([maxBreadcrumbs, '3'])
  })
})

describe('users', () => {
  const key = (user: unknown, sdk: unknown = {}) => readWire({ user, sdk } as JsonObject).userKey
  test('are told apart by id, else name, else mail, else address', () => {
    expect(key({ id: 7, username: 'a', email: 'b', ip_address: '203.0.113.1' })).toBe('id:7')
    expect(key({ id: null, username: 'a', email: 'b' })).toBe('username:a')
    expect(key({ id: '', email: 'b' })).toBe('email:b')
    expect(key({ ip_address: '2001:db8::7' })).toBe('ip:2001:db8::7')
    expect([key({}), key(null), key('mira'), key([])]).toEqual([null, null, null, null])
  })

  test('have the address of the peer where the SDK asks for it and lets it', () => {
    expect(key({ ip_address: '{{auto}}' })).toBe('ip:192.0.2.1')
    expect(key({ ip_address: '{{auto}}' }, { settings: { infer_ip: 'never' } })).toBeNull()
    expect(key(undefined, { settings: { infer_ip: 'auto' } })).toBe('ip:192.0.2.1')
    expect(key(undefined)).toBeNull()
    expect(readWire({ user: { ip_address: 'nonsense' } }).notes).toEqual([
      { path: 'user.ip_address', what: 'dropped', detail: 'not an IP address' },
    ])
  })

  test('keep what else is said of them', () => {
    expect(
      readWire({ user: { id: 1, department: 'finance', data: { plan: 'gold' }, geo: { city: 'Chur' } } })
        .user,
    ).toMatchObject({ data: { plan: 'gold', department: 'finance' }, geo: { city: 'Chur' } })
  })
})

describe('requests', () => {
  test.each<[string, JsonObject]>([
    [
      'texts',
      {
        url: 'https://a.example/x',
        query_string: 'a=1&b=%C3%BC',
        cookies: 'c=1; d=2',
        headers: [['Host', 'a.example']],
      },
    ],
    [
      'objects',
      {
        url: 'https://a.example/x',
        query_string: { a: 1, b: 'ü' },
        cookies: { c: '1', d: '2' },
        headers: { Host: 'a.example' },
      },
    ],
    [
      'pairs',
      {
        url: 'https://a.example/x',
        query_string: [
          ['a', '1'],
          ['b', 'ü'],
        ],
        cookies: [
          ['c', '1'],
          ['d', '2'],
        ],
        headers: { Host: ['a.example'] },
      },
    ],
  ])('as %s', (_shape, request) => {
    expect(readWire({ request }).request).toMatchObject({
      query: [
        ['a', '1'],
        ['b', 'ü'],
      ],
      cookies: [
        ['c', '1'],
        ['d', '2'],
      ],
      headers: [['Host', 'a.example']],
    })
  })

  test('take the query from the URL, and are null where empty', () => {
    expect(readWire({ request: { url: '/x?a=1#b' } }).request?.query).toEqual([['a', '1']])
    expect(readWire({ request: { url: '', headers: {} } }).request).toBeNull()
    expect(readWire({ 'sentry.interfaces.Http': { method: 'GET' } }).request?.method).toBe('GET')
  })
})

describe('the rest', () => {
  test('contexts that careless users set stay', () => {
    expect(readWire({ contexts: { a: 'text', b: [1], c: null, d: { x: 1 } } }).contexts).toEqual({
      a: { value: 'text' },
      b: { value: [1] },
      d: { x: 1 },
    })
  })

  test('modules as object, pairs and list', () => {
    expect(readWire({ modules: { a: '1', b: 2 } }).modules).toEqual({ a: '1', b: '2' })
    expect(readWire({ modules: ['a', 'b'] }).modules).toEqual({ a: '', b: '' })
    expect(readWire({ modules: [['a', '1']] }).modules).toEqual({ a: '1' })
    expect(
      readWire({
        modules: [
          { name: 'a', version: '1' },
          { name: 'b', version: 2 },
        ],
      }).modules,
    ).toEqual({
      a: '1',
      b: '2',
    })
  })

  test('debug ids in one spelling', () => {
    const ids = (...debug_ids: string[]) =>
      readWire({
        debug_meta: { images: debug_ids.map((debug_id) => ({ type: 'pe', debug_id })) },
      }).debugImages.map(({ debugId }) => debugId)
    expect(
      ids(
        'BF4AA6BC-CCDF-D284-31BB-8F1CCDBFBD8D',
        'bf4aa6bcccdfd28431bb8f1ccdbfbd8d',
        'BF4AA6BCCCDFD28431BB8F1CCDBFBD8DA',
        'bf4aa6bc-ccdf-d284-31bb-8f1ccdbfbd8d-0',
        'odd',
      ),
    ).toEqual([
      'bf4aa6bc-ccdf-d284-31bb-8f1ccdbfbd8d',
      'bf4aa6bc-ccdf-d284-31bb-8f1ccdbfbd8d',
      'bf4aa6bc-ccdf-d284-31bb-8f1ccdbfbd8d-a',
      'bf4aa6bc-ccdf-d284-31bb-8f1ccdbfbd8d',
      'odd',
    ])
  })

  test('release, environment and sdk', () => {
    expect(readWire({ release: ' a@1 ', environment: '', dist: 7 })).toMatchObject({
      release: 'a@1',
      environment: 'production',
      dist: '7',
    })
    expect(readWire({}, { sdk: { name: 'sentry.php', version: '4' } }).sdk).toEqual({
      name: 'sentry.php',
      version: '4',
    })
  })

  test('a release of dots, or of more than a line, is none and noted', () => {
    for (const release of ['.', ' .. ', 'shop@1\n2', 'shop\t1', 'a\u2028b']) {
      const event = readWire({ release })
      expect([release, event.release]).toEqual([release, null])
      expect(event.tags.map(([key]) => key)).not.toContain('release')
      expect(event.notes).toContainEqual(expect.objectContaining({ what: 'dropped', path: 'release' }))
    }
    for (const release of ['...', '.5', 'feature/cart 2', 'shop@1\n']) {
      expect(readWire({ release })).toMatchObject({ release: release.trim(), notes: [] })
    }
  })

  test('sessions of a release that can be none count for none', () => {
    const read = (release: string) => {
      const payload = Buffer.from(JSON.stringify({ attrs: { release }, started: '2026-11-20T11:59:00Z' }))
      return readSessions({ type: 'session', headers: {}, payload }, { receivedAt, driftMs: 0 })
    }
    expect(['.', '..', 'a\nb'].flatMap(read)).toEqual([])
    expect(read('shop@1\n')).toMatchObject([{ release: 'shop@1' }])
  })

  test("Raven's leftovers", () => {
    expect(readWire({ culprit: 'main.main', checksum: 'abc', message: 'x' })).toMatchObject({
      culprit: 'main.main',
      transaction: 'main.main',
      checksum: 'abc',
    })
  })

  test('characters that PostgreSQL refuses are replaced and noted', () => {
    const event = readWire({ message: 'a\u0000b\ud83d', extra: { 'k\u0000': 1 } })
    expect(event.message?.formatted).toBe('a\ufffdb\ufffd')
    expect(event.extra).toEqual({ 'k\ufffd': 1 })
    expect(event.notes.map(({ path, what }) => [path, what])).toEqual([
      ['message', 'replaced'],
      ['extra.k\ufffd', 'replaced'],
    ])
  })
})

describe('moments', () => {
  const hour = 3_600_000
  const at = (timestamp: unknown, sentAt: number | null = null) =>
    readWire({ timestamp } as JsonObject, { sentAt }).occurredAt.getTime() - receivedAt
  const text = (ms: number) => new Date(receivedAt + ms).toISOString()

  test('as float seconds, milliseconds, RFC 3339 with a zone or none', () => {
    expect(at((receivedAt - 1_500) / 1000)).toBe(-1_500)
    expect(at(receivedAt - 1_500)).toBe(-1_500)
    expect(at(String((receivedAt - 1_500) / 1000))).toBe(-1_500)
    expect(at(text(-1_500))).toBe(-1_500)
    expect(at(text(-1_500).replace('Z', ''))).toBe(-1_500)
    expect(at(text(-1_500).replace('Z', '123456Z'))).toBe(-1_500)
    expect(at(text(hour - 1_500).replace('Z', '+01:00'))).toBe(-1_500)
    expect(at(text(-hour - 1_500).replace('Z', '-0100'))).toBe(-1_500)
  })

  test('are moved by a drift of 55 minutes or more, and by no smaller one', () => {
    expect(at(text(2 * hour - 1_000), receivedAt + 2 * hour)).toBe(-1_000)
    expect(at(text(-2 * hour - 1_000), receivedAt - 2 * hour)).toBe(-1_000)
    expect(at(text(-54 * 60_000 - 1_000), receivedAt - 54 * 60_000)).toBe(-54 * 60_000 - 1_000)
    expect(at(text(-2 * hour), null)).toBe(-2 * hour)
  })

  test('of an offline delivery are right as they are', () => {
    expect(at(text(-48 * hour), receivedAt - 100)).toBe(-48 * hour)
  })

  test('that are absurd are replaced by the time of receipt, and noted', () => {
    for (const timestamp of [text(61_000), text(-31 * 24 * hour), 0, -5, 1e300, 'yesterday', {}, [1], true]) {
      expect(at(timestamp)).toBe(0)
      expect(readWire({ timestamp } as JsonObject).notes.map(({ what }) => what)).toEqual(['time_replaced'])
    }
    expect(at(text(-29 * 24 * hour))).toBe(-29 * 24 * hour)
    expect(at(undefined)).toBe(0)
    expect(readWire({}).notes).toEqual([])
  })

  test('a little in the future are now', () => {
    expect(at(text(30_000))).toBe(0)
  })

  test('of breadcrumbs move with the event; those that no clock can show are none', () => {
    const event = readWire(
      {
        timestamp: text(2 * hour),
        breadcrumbs: [{ timestamp: text(2 * hour - 9_000) }, { timestamp: 8.64e15 }, { timestamp: 'x' }],
      },
      { sentAt: receivedAt - 8.6e15 },
    )
    expect(event.breadcrumbs.map(({ at }) => at === null)).toEqual([false, true, true])
    const moved = readWire(
      { breadcrumbs: [{ timestamp: text(2 * hour - 9_000) }] },
      { sentAt: receivedAt + 2 * hour },
    )
    expect(moved.breadcrumbs[0]?.at).toBe(receivedAt - 9_000)
  })
})

test('an empty list stands for an empty object, as PHP writes one, and is no loss to note', () => {
  const frame = { function: 'pay', vars: [] }
  const { extra, notes } = readWire({
    platform: 'php',
    extra: [],
    tags: [],
    user: [],
    contexts: [],
    request: [],
    exception: { values: [{ type: 'E', stacktrace: { frames: [frame] }, mechanism: { data: [] } }] },
  })
  expect({ extra, notes }).toEqual({ extra: {}, notes: [] })
})

test('what of source lines and of tags made from other fields is cut is told, once for all frames', () => {
  const long = 'x'.repeat(600)
  const lines = Array.from({ length: 25 }, () => 'a')
  const frame = { function: 'f', context_line: long, pre_context: [long, ...lines], post_context: lines }
  const frames = Array.from({ length: 40 }, (_, i) => ({ ...frame, function: `f${i}` }))
  const { notes } = readWire({
    transaction: 't'.repeat(300),
    exception: { values: [{ type: 'E', stacktrace: { frames } }] },
  })
  expect(notes).toEqual([
    { path: 'context_line', what: 'cut', detail: 'source lines of more than 512 characters' },
    { path: 'context_line', what: 'cut', detail: 'more than 20 source lines on a side' },
    { path: 'tags.transaction', what: 'cut', detail: 'from 300 characters to 200' },
  ])
})

test('what stands where an object is expected is told', () => {
  const dropped = (wire: JsonObject) =>
    readWire(wire).notes.map(({ what, path, detail }) => `${what} ${path}: ${detail}`)
  expect(
    dropped({ user: 'mira', request: 'https://a.example/', contexts: [1], sdk: 7, template: true }),
  ).toEqual([
    'dropped user: expected an object',
    'dropped request: expected an object',
    'dropped contexts: expected an object',
    'dropped sdk: expected an object',
    'dropped template: expected an object',
  ])
  expect(dropped({ threads: { values: [7] }, debug_meta: { images: ['a'] } })).toEqual([
    'dropped debug_meta.images.0: not an object',
    'dropped threads.values.0: not an object',
  ])
  expect(dropped({ user: null, request: '', contexts: [], sdk: {} })).toEqual([])
})
