// Same bug, same issue; different bugs, different issues. Each case is a pair of events as SDKs send them.
import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { compiledPairs } from '../../bench/grouping/pairs-compiled.ts'
import { furtherPairs } from '../../bench/grouping/pairs-further.ts'
import { scriptPairs } from '../../bench/grouping/pairs-script.ts'
import { serverPairs } from '../../bench/grouping/pairs-server.ts'
import type { JsonObject, JsonValue } from '../../collector/pipeline/event.ts'
import { group, groupingAlgorithms } from '../../collector/pipeline/group.ts'
import { listCaptures } from '../support/captures.ts'
import { factsOfCapture, listMobileEvents, readEvents, readWire } from '../support/facts.ts'

type Members = { [key: string]: JsonValue }
type Pair = readonly [what: string, a: JsonObject, b: JsonObject]

const hashOf = (wire: JsonObject): string => group(readWire(wire)).hashes[0] as string

function error(
  platform: string,
  type: string | null,
  value: string,
  frames: JsonValue[],
  more: Members = {},
): JsonObject {
  return {
    platform,
    exception: {
      values: [
        { ...(type ? { type } : {}), value, ...(frames.length ? { stacktrace: { frames } } : {}), ...more },
      ],
    },
  }
}

const js = (fn: string, file: string, more: Members = {}): Members => ({
  function: fn,
  filename: `https://shop.example/${file}`,
  abs_path: `https://shop.example/${file}`,
  in_app: true,
  lineno: 1,
  colno: 120,
  ...more,
})
const java = (module: string, fn: string, lineno = 1): Members => ({
  module,
  function: fn,
  filename: 'A.java',
  lineno,
  in_app: true,
})
const py = (module: string, fn: string, line: string, lineno = 1): Members => ({
  module,
  function: fn,
  filename: 'a.py',
  abs_path: `/srv/${module}.py`,
  context_line: line,
  lineno,
  in_app: true,
})
const native = (fn: string, more: Members = {}): Members => ({
  function: fn,
  package: '/srv/bin/shop',
  instruction_addr: '0x1000',
  in_app: true,
  ...more,
})
const named = (platform: string, fn: string, more: Members = {}): JsonObject =>
  error(platform, 'E', 'x', [{ function: fn, filename: 'a.x', in_app: true, ...more }])

function group3(values: readonly (readonly [type: string, fn: string])[], order = 1): JsonObject {
  const children = values.map(([type, fn], i) => ({
    type,
    value: `child ${i}`,
    mechanism: { type: 'chained', exception_id: i + 1, parent_id: 0, source: `exceptions[${i}]` },
    stacktrace: { frames: [py('shop', fn, `${fn}()`)] },
  }))
  const root = {
    type: 'ExceptionGroup',
    value: `${values.length} failed`,
    mechanism: { type: 'generic', exception_id: 0, is_exception_group: true },
    stacktrace: { frames: [py('shop', 'fan_out', 'raise group')] },
  }
  return { platform: 'python', exception: { values: [...(order > 0 ? children.reverse() : children), root] } }
}

describe('the same bug is one issue', () => {
  const recursion = (depth: number) =>
    error('node', 'RangeError', 'Maximum call stack', [
      { function: 'start', module: 'a', filename: '/srv/a.js', in_app: true, lineno: 9 },
      ...Array.from({ length: depth }, () => ({
        function: 'walk',
        module: 'a',
        filename: '/srv/a.js',
        in_app: true,
        lineno: 3,
      })),
    ])
  const mutual = (depth: number) =>
    error('python', 'RecursionError', 'x', [
      py('a', 'run', 'parse(tree)'),
      ...Array.from({ length: depth }, (_, i) => [
        py('a', 'parse', 'visit(node)', i),
        py('a', 'visit', 'parse(child)', i + 50),
      ]).flat(),
      py('a', 'leaf', 'raise'),
    ])
  const crash = { mechanism: { type: 'signalhandler', synthetic: true, handled: false } }
  const pairs: Pair[] = [
    [
      'whatever signal a crash in one place ended in: its type is made up by the SDK',
      error('native', 'SIGSEGV', 'Segfault', [native('main'), native('decode')], crash),
      error('native', 'SIGBUS', 'Bus error', [native('main'), native('decode')], crash),
    ],
    [
      'across hex hashes of bundles',
      error('javascript', 'TypeError', 'a', [js('pay', 'static/js/main.4f1c9a2b.chunk.js')]),
      error('javascript', 'TypeError', 'a', [js('pay', 'static/js/main.0b77de31.chunk.js', { colno: 7 })]),
    ],
    [
      'across hashes of esbuild',
      error('javascript', 'TypeError', 'a', [js('pay', 'assets/main-X62FP25K.js')]),
      error('javascript', 'TypeError', 'a', [js('pay', 'assets/main-QWERTYUI.js')]),
    ],
    [
      'across hashes of Rollup, with and without a digit',
      error('javascript', 'TypeError', 'a', [js('pay', 'assets/index.B7dQ3f.js')]),
      error('javascript', 'TypeError', 'a', [js('pay', 'assets/index-DiwrgTda.js')]),
    ],
    [
      'across versions and queries in the URL',
      error('javascript', 'TypeError', 'a', [js('pay', 'v1.2/app.min.js?v=51')]),
      error('javascript', 'TypeError', 'a', [js('pay', 'v1.3/app.js?v=52')]),
    ],
    [
      'across hosts',
      error('javascript', 'TypeError', 'a', [js('pay', 'a.js')]),
      error('javascript', 'TypeError', 'a', [
        { ...js('pay', 'a.js'), abs_path: 'https://cdn.example/a.js', filename: 'https://cdn.example/a.js' },
      ]),
    ],
    [
      "across browsers' spellings of a function",
      error('javascript', 'TypeError', 'a', [js('HTMLButtonElement.pay', 'a.js')]),
      error('javascript', 'TypeError', 'a', [js('async pay [as onclick]', 'a.js')]),
    ],
    [
      'across line shifts',
      error('python', 'KeyError', 'a', [py('shop', 'f', 'x[y]', 10)]),
      error('python', 'KeyError', 'b', [py('shop', 'f', '  x[y]  ', 99)]),
    ],
    [
      'across machines',
      named('python', 'f', { filename: '/srv/a/x.py' }),
      named('python', 'f', { filename: '/home/kai/a/x.py' }),
    ],
    [
      'whatever the message, with a stack',
      error('java', 'IOException', 'disk 1 full', [java('a.B', 'c')]),
      error('java', 'IOException', 'gone', [java('a.B', 'c', 44)]),
    ],
    [
      'with ids, numbers and dates in a message',
      { message: 'Order 17 of mira@a.example at 2026-11-18' },
      { message: 'Order 4211 of kai@b.example at 2025-01-02' },
    ],
    [
      'with the same template',
      { logentry: { message: 'user %s gone', params: ['mira'] } },
      { logentry: { message: 'user %s gone', params: ['kai'], formatted: 'user kai gone' } },
    ],
    [
      'without a stack, by type and value',
      error('python', 'Timeout', 'after 10ms', []),
      error('python', 'Timeout', 'after 3.5s', []),
    ],
    ['at any depth of recursion', recursion(50), recursion(12)],
    ['at any depth of mutual recursion', mutual(3), mutual(17)],
    [
      'whoever failed first in a group',
      group3([
        ['A', 'a'],
        ['B', 'b'],
      ]),
      group3(
        [
          ['B', 'b'],
          ['A', 'a'],
        ],
        -1,
      ),
    ],
    [
      'however many of the same a group holds',
      group3([
        ['A', 'a'],
        ['A', 'a'],
        ['A', 'a'],
      ]),
      group3([
        ['A', 'a'],
        ['A', 'a'],
      ]),
    ],
    [
      'with a Ruby excerpt behind the message',
      error('ruby', 'NoMethodError', "undefined method `x' for nil\n\n  a.x\n   ^^", []),
      error('ruby', 'NoMethodError', "undefined method `x' for nil", []),
    ],
    [
      'in a thrown string, whatever the SDK was built as',
      error('javascript', 'Error', 'not ready', [js('Wt', 'vendor-AAAA1111.js')], {
        mechanism: {
          type: 'auto.browser.browserapierrors.addEventListener',
          synthetic: true,
          handled: false,
        },
      }),
      error('javascript', 'Error', 'not ready', [js('Qx', 'vendor-BBBB2222.js')], {
        mechanism: {
          type: 'auto.browser.browserapierrors.addEventListener',
          synthetic: true,
          handled: false,
        },
      }),
    ],
    [
      'with polyfills around it',
      error('javascript', 'E', 'a', [js('pay', 'a.js')]),
      error('javascript', 'E', 'a', [
        js('_callSuper', 'a.js'),
        js('pay', 'a.js'),
        js('asyncGeneratorStep', 'a.js'),
      ]),
    ],
    [
      'started by another thread function',
      error('native', 'SIGSEGV', 'a', [native('start_thread'), native('pay()')]),
      error('native', 'SIGSEGV', 'a', [native('_pthread_start'), native('pay()')]),
    ],
    [
      'with throw machinery behind it',
      error('native', 'X', 'a', [native('pay()'), native('__cxa_throw'), native('abort')]),
      error('native', 'X', 'a', [native('pay()'), native('raise')]),
    ],
    [
      'at addresses of another start of the same program',
      error('native', 'SIGSEGV', 'a', [
        {
          package: '/srv/bin/shop',
          instruction_addr: '0x55983d079317',
          image_addr: '0x55983d078000',
          in_app: true,
        },
      ]),
      error('native', 'SIGSEGV', 'a', [
        {
          package: '/opt/shop',
          instruction_addr: '0x7ffff0001317',
          image_addr: '0x7ffff0000000',
          in_app: true,
        },
      ]),
    ],
    [
      'in another order of React Native',
      {
        platform: 'javascript',
        sdk: { name: 'sentry.javascript.react-native' },
        exception: {
          values: [
            { type: 'Outer', value: 'o', mechanism: { handled: true } },
            { type: 'Cause', value: 'c' },
          ],
        },
      },
      {
        platform: 'javascript',
        exception: {
          values: [
            { type: 'Cause', value: 'c' },
            { type: 'Outer', value: 'o', mechanism: { handled: true } },
          ],
        },
      },
    ],
    [
      'with default fingerprints of any spelling',
      { message: 'x', fingerprint: ['{{default}}'] },
      { message: 'x', fingerprint: [] },
    ],
    [
      'with numbers in a custom fingerprint',
      { message: 'x', fingerprint: ['a', 7] },
      { message: 'y', fingerprint: ['a', '7'] },
    ],
    [
      'by checksum',
      { message: 'x', checksum: 'abc' },
      error('python', 'E', 'x', [py('a', 'b', 'c')], {}) && {
        ...error('python', 'E', 'x', [py('a', 'b', 'c')]),
        checksum: 'abc',
      },
    ],
    [
      'with {{ message }} of other numbers',
      { message: 'order 1', fingerprint: ['{{ message }}'] },
      { message: 'order 22', fingerprint: ['{{message}}'] },
    ],
    [
      'across releases, environments, users, tags',
      {
        ...error('java', 'E', 'a', [java('a.B', 'c')]),
        release: 'a@1',
        environment: 'x',
        user: { id: 1 },
        tags: { a: 'b' },
      },
      { ...error('java', 'E', 'a', [java('a.B', 'c')]), release: 'a@2' },
    ],
  ]
  test.each(pairs)('%s', (_what, a, b) => {
    expect(hashOf(a)).toBe(hashOf(b))
  })

  test.each<[string, string, string]>([
    ['java', 'lambda$total$0', 'lambda$total$3'],
    ['java', 'access$place$lambda$2', 'access$place$lambda$5'],
    ['ruby', 'block in process_all', 'block (2 levels) in process_all'],
    ['ruby', 'Refund#process', 'process'],
    ['ruby', '_app_views_cart_erb__123_456', '_app_views_cart_erb__789_12'],
    ['php', 'class@anonymous\u0000/srv/a.php:3$0::run', 'class@anonymous/srv/b.php:9$1::run'],
    ['php', '{closure:/srv/a.php:12}', '{closure}'],
    ['go', 'main.func3.1', 'main.func4'],
    ['go', 'Visit.func1', 'Visit.func2.3'],
    ['native', 'shop::pay(int, std::vector<int> const&)', 'void shop::pay(long)'],
    ['native', 'shop::pay<int>(int)', 'shop::pay<Order<long>>(Order<long>)'],
    ['native', 'shop::pay::h0123456789abcdef', 'shop::pay::hfedcba9876543210'],
    ['native', 'pay [clone .isra.0]', 'pay [clone .part.3]'],
    [
      'native',
      'shop::{lambda(int)#1}::operator()(int) const',
      'shop::{lambda(int)#2}::operator()(int) const',
    ],
    ['native', '(anonymous namespace)::pay()', '_GLOBAL__N_1::pay()'],
    [
      'cocoa',
      '__42-[CheckoutViewController payButtonTapped:]_block_invoke',
      '-[CheckoutViewController payButtonTapped:]',
    ],
    ['cocoa', '__42-[A b:]_block_invoke_2', '__17-[A b:]_block_invoke'],
    ['cocoa', 'closure #1 in CheckoutModel.pay(_:)', 'closure #2 in CheckoutModel.pay(_:)'],
    ['cocoa', 'CheckoutModel.pay(_:)', 'specialized CheckoutModel.pay(_:)'],
    [
      'csharp',
      'ShopScreen+<>c__DisplayClass12_0.<Open>b__0 ()',
      'ShopScreen+<>c__DisplayClass14_1.<Open>b__2 (int x)',
    ],
    ['csharp', 'ShopScreen+<PayAsync>d__14.MoveNext ()', 'ShopScreen+<PayAsync>d__15.MoveNext ()'],
  ])('%s: %s and %s', (platform, a, b) => {
    expect(hashOf(named(platform, a))).toBe(hashOf(named(platform, b)))
  })

  test.each<[string, string]>([
    ['com.shop.Cart$$ExternalSyntheticLambda0', 'com.shop.Cart$$ExternalSyntheticLambda4'],
    ['com.shop.Cart$1', 'com.shop.Cart$2'],
    ['com.sun.proxy.$Proxy12', 'jdk.proxy2.$Proxy7'],
    ['com.shop.Cart$$EnhancerBySpringCGLIB$$1a2b3c', 'com.shop.Cart$$EnhancerBySpringCGLIB$$ffee00'],
    ['com.shop.Cart_$$_javassist_3', 'com.shop.Cart_$$_javassist_14'],
    ['com.shop.Cart$HibernateProxy$abc', 'com.shop.Cart$HibernateProxy$def'],
    ['shop.core$fn__123', 'shop.core$fn__9876'],
    ['jdk.internal.reflect.GeneratedMethodAccessor12', 'jdk.internal.reflect.GeneratedMethodAccessor99'],
  ])('java: %s and %s', (a, b) => {
    const wire = (module: string) => error('java', 'E', 'x', [java(module, 'run')])
    expect(hashOf(wire(a))).toBe(hashOf(wire(b)))
  })
})

describe('different bugs are different issues', () => {
  const synthetic = {
    mechanism: { type: 'auto.browser.browserapierrors.addEventListener', synthetic: true, handled: false },
  }
  const pairs: Pair[] = [
    [
      'through one helper',
      error('python', 'E', 'x', [py('a', 'pay', 'check(x)'), py('h', 'check', 'raise E')]),
      error('python', 'E', 'x', [py('a', 'ship', 'check(x)'), py('h', 'check', 'raise E')]),
    ],
    [
      'through one helper of one function',
      error('python', 'E', 'x', [py('a', 'pay', 'check(a)'), py('h', 'check', 'raise E')]),
      error('python', 'E', 'x', [py('a', 'pay', 'check(b)'), py('h', 'check', 'raise E')]),
    ],
    [
      'as thrown strings',
      error('javascript', 'Error', 'not ready', [js('Wt', 'v.js')], synthetic),
      error('javascript', 'Error', 'no network', [js('Wt', 'v.js')], synthetic),
    ],
    [
      'as captured messages from one place',
      error('javascript', null, 'a is gone', [js('log', 'a.js')], { mechanism: { synthetic: true } }),
      error('javascript', null, 'b is late', [js('log', 'a.js')], { mechanism: { synthetic: true } }),
    ],
    [
      'as captured strings from one place',
      error('javascript', 'Error', 'a is gone', [js('log', 'a.js')], { mechanism: { synthetic: true } }),
      error('javascript', 'Error', 'b is late', [js('log', 'a.js')], { mechanism: { synthetic: true } }),
    ],
    [
      'of the same generic type',
      error('java', 'RuntimeException', 'x', [java('a.B', 'c')]),
      error('java', 'RuntimeException', 'x', [java('a.D', 'c')]),
    ],
    [
      'of another type in the same place',
      error('java', 'IOException', 'x', [java('a.B', 'c')]),
      error('java', 'SqlException', 'x', [java('a.B', 'c')]),
    ],
    [
      'by HTTP status, without a stack',
      error('javascript', 'AxiosError', 'Request failed with status code 404', []),
      error('javascript', 'AxiosError', 'Request failed with status code 503', []),
    ],
    [
      'by HTTP host, without a stack',
      error('javascript', 'TypeError', 'Failed to fetch https://api.a.example/x', []),
      error('javascript', 'TypeError', 'Failed to fetch https://api.b.example/x', []),
    ],
    [
      'by unknown host',
      error('node', 'Error', 'getaddrinfo ENOTFOUND api.stripe.com', []),
      error('node', 'Error', 'getaddrinfo ENOTFOUND api.twilio.com', []),
    ],
    ['by HTTP status in a message', { message: 'HTTP 404 for /a' }, { message: 'HTTP 500 for /a' }],
    [
      'by cause',
      {
        platform: 'java',
        exception: {
          values: [
            { type: 'A', value: 'x' },
            { type: 'W', value: 'w' },
          ],
        },
      },
      {
        platform: 'java',
        exception: {
          values: [
            { type: 'B', value: 'x' },
            { type: 'W', value: 'w' },
          ],
        },
      },
    ],
    [
      'in a group',
      group3([
        ['A', 'a'],
        ['B', 'b'],
      ]),
      group3([
        ['A', 'a'],
        ['C', 'c'],
      ]),
    ],
    ['by wrapped error of Go', goChain('no backend'), goChain('config missing')],
    [
      'of NSErrors by code',
      error('cocoa', 'E', 'x', [], { mechanism: { meta: { ns_error: { domain: 'Shop', code: 3 } } } }),
      error('cocoa', 'E', 'x', [], { mechanism: { meta: { ns_error: { domain: 'Shop', code: 4 } } } }),
    ],
    [
      'at other addresses',
      error('native', 'SIGSEGV', 'a', [
        { package: 'shop', instruction_addr: '0x1317', image_addr: '0x1000', in_app: true },
      ]),
      error('native', 'SIGSEGV', 'a', [
        { package: 'shop', instruction_addr: '0x1318', image_addr: '0x1000', in_app: true },
      ]),
    ],
    ['as messages', { message: 'printer on fire' }, { message: 'printer offline' }],
    [
      'as messages of one logging line',
      { platform: 'php', message: 'a', stacktrace: { frames: [{ function: 'log', filename: 'a.php' }] } },
      { platform: 'php', message: 'b', stacktrace: { frames: [{ function: 'log', filename: 'a.php' }] } },
    ],
    [
      'by reports of the browser',
      { csp: { effective_directive: 'img-src', blocked_uri: 'https://a.example/x' } },
      { csp: { effective_directive: 'img-src', blocked_uri: 'https://b.example/x' } },
    ],
    [
      'by directive',
      { csp: { effective_directive: 'img-src', blocked_uri: 'https://a.example/x' } },
      { csp: { effective_directive: 'font-src', blocked_uri: 'https://a.example/x' } },
    ],
    [
      'by inline and eval',
      { csp: { effective_directive: 'script-src', blocked_uri: 'inline' } },
      { csp: { effective_directive: 'script-src', blocked_uri: 'eval' } },
    ],
    [
      'salted by the app',
      { message: 'x', fingerprint: ['{{ default }}', 'eu'] },
      { message: 'x', fingerprint: ['{{ default }}', 'us'] },
    ],
    [
      'salted and of another message',
      { message: 'x', fingerprint: ['{{ default }}', 'eu'] },
      { message: 'y', fingerprint: ['{{ default }}', 'eu'] },
    ],
    [
      'by a custom fingerprint',
      { message: 'x', fingerprint: ['a', 'b'] },
      { message: 'x', fingerprint: ['ab'] },
    ],
    [
      'by a tag in the fingerprint',
      { message: 'x', tags: { shard: 1 }, fingerprint: ['{{ tags.shard }}'] },
      { message: 'x', tags: { shard: 2 }, fingerprint: ['{{ tags.shard }}'] },
    ],
    ['by checksum', { message: 'x', checksum: 'a' }, { message: 'x', checksum: 'b' }],
    [
      'in a function called abort of a script',
      error('javascript', 'E', 'x', [js('run', 'a.js'), js('abort', 'a.js'), js('stop', 'a.js')]),
      error('javascript', 'E', 'x', [js('run', 'a.js'), js('abort', 'a.js'), js('close', 'a.js')]),
    ],
    ['of two React Native crashes in Java', rnTwin('TypeError: a is null'), rnTwin('TypeError: b is null')],
    [
      'by template',
      { template: { filename: 'a.html', context_line: '{{ x }}' } },
      { template: { filename: 'b.html', context_line: '{{ x }}' } },
    ],
  ]

  function goChain(value: string): JsonObject {
    const entry = (type: string, text: string, id: number) => ({
      type,
      value: text,
      mechanism: { exception_id: id, ...(id ? { parent_id: id - 1 } : {}), is_exception_group: true },
    })
    return {
      platform: 'go',
      exception: [
        entry('*errors.errorString', value, 0),
        entry('*fmt.wrapError', `route: ${value}`, 1),
        {
          ...entry('*fmt.wrapError', `forward: route: ${value}`, 2),
          stacktrace: { frames: [{ function: 'main', module: 'main', in_app: true }] },
        },
      ],
    }
  }
  function rnTwin(value: string): JsonObject {
    return error('java', 'JavascriptException', `${value}, stack:\nf@1:2`, [
      {
        ...java('com.facebook.react.modules.core.ExceptionsManagerModule', 'reportException'),
        in_app: false,
      },
    ])
  }

  test.each(pairs)('%s', (_what, a, b) => {
    expect(hashOf(a)).not.toBe(hashOf(b))
  })
})

describe('a group of exceptions', () => {
  test('that are all the same is that one, in title and hash', () => {
    const event = readWire(
      group3([
        ['KeyError', 'a'],
        ['KeyError', 'a'],
      ]),
    )
    expect(event.title).toMatch(/^KeyError: child \d$/)
    expect(event.culprit).toBe('a in shop')
    expect(group(event).components.filter(({ name }) => name === 'type')).toEqual([
      { name: 'type', value: 'KeyError' },
    ])
  })

  test('of several keeps the title of the group', () => {
    expect(
      readWire(
        group3([
          ['A', 'a'],
          ['B', 'b'],
        ]),
      ).title,
    ).toBe('ExceptionGroup: 2 failed')
  })

  test('with broken ids is a chain', () => {
    const broken = structuredClone(
      group3([
        ['A', 'a'],
        ['B', 'b'],
      ]),
    ) as { exception: { values: { mechanism: Members }[] } }
    for (const { mechanism } of broken.exception.values) mechanism.exception_id = 0
    const { components } = group(readWire(broken as unknown as JsonObject))
    expect(components.filter(({ name }) => name === 'exception')).toHaveLength(3)
  })
})

describe('fingerprint variables', () => {
  const wire = {
    ...error('python', 'ValueError', 'bad price 7', [
      { ...py('shop.cart', 'total', 'x'), package: '/srv/lib/libshop.so' },
    ]),
    transaction: '/cart',
    logger: 'shop',
    level: 'warning',
    tags: { shard: 'b' },
  }
  test.each<[string, string]>([
    ['{{ transaction }}', '/cart'],
    ['{{type}}', 'ValueError'],
    ['{{ error.type }}', 'ValueError'],
    ['{{ value }}', 'bad price 7'],
    ['{{ message }}', 'bad price <int>'],
    ['{{ function }}', 'total'],
    ['{{ stack.module }}', 'shop.cart'],
    ['{{ package }}', 'libshop.so'],
    ['{{ path }}', '/srv/shop.cart.py'],
    ['{{ stack.filename }}', 'a.py'],
    ['{{ level }}', 'warning'],
    ['{{ logger }}', 'shop'],
    ['{{ tags.shard }}', 'b'],
    ['{{ tags.none }}', '<no-value-for-tag-none>'],
    ['{{ nonsense }}', '{{ nonsense }}'],
    ['a {{ type }}', 'a {{ type }}'],
  ])('%s reads %s', (variable, expected) => {
    expect(group(readWire({ ...wire, fingerprint: [variable] })).components).toEqual([
      { name: 'fingerprint', value: expected },
    ])
  })

  test('without a value say so', () => {
    const parts = ['{{ transaction }}', '{{ type }}', '{{ function }}', '{{ logger }}', '{{ message }}']
    expect(group(readWire({ fingerprint: parts })).components.map(({ value }) => value)).toEqual([
      '<no-transaction>',
      '<no-type>',
      '<no-function>',
      '<no-logger>',
      '<no-message>',
    ])
  })
})

describe('the reason', () => {
  test.each<[string, JsonObject, string]>([
    [
      'in-app frames',
      error('python', 'KeyError', 'a', [py('shop', 'run', 'f()'), py('shop', 'f', 'x[y]')]),
      'Same exception type (KeyError) and same in-app frames: f, run.',
    ],
    [
      'only foreign frames',
      error('java', 'IOException', 'a', [{ ...java('java.io.X', 'read'), in_app: false }]),
      'Same exception type (IOException), same value and same frames (none is in-app): read.',
    ],
    [
      'no stack',
      error('python', 'Timeout', 'a', []),
      'Same exception type (Timeout) and same value; there is no stack that tells more.',
    ],
    [
      'an error code',
      error('cocoa', 'E', 'x', [], { mechanism: { meta: { ns_error: { domain: 'Shop', code: 3 } } } }),
      'Same exception type (E) and same error code; there is no stack that tells more.',
    ],
    ['a message', { message: 'order 7 is late' }, 'Same message: "order <number> is late".'],
    ['a checksum', { checksum: 'abc' }, 'The app named a checksum.'],
    [
      'a custom fingerprint',
      { message: 'x', fingerprint: ['a', 'b'] },
      'The app set the fingerprint "a", "b".',
    ],
    [
      'a salted one',
      { message: 'x', fingerprint: ['{{ default }}', 'eu'] },
      'Same message: "x". The app\'s fingerprint splits it further by "eu".',
    ],
    [
      'a report',
      { csp: { effective_directive: 'img-src', blocked_uri: 'https://a.example/x' } },
      'Same directive (img-src) and same source (a.example).',
    ],
    [
      'a thread',
      {
        platform: 'go',
        message: 'x',
        threads: [{ current: true, stacktrace: { frames: [{ function: 'main', in_app: true }] } }],
      },
      'Same stack of the thread (main) and same message.',
    ],
    ['a template', { template: { filename: 'a.html' } }, 'Same line of the same template.'],
    ['nothing', {}, 'The event holds nothing to group by; all such events with this title are together.'],
  ])('for %s is a sentence', (_what, wire, expected) => {
    expect(group(readWire(wire)).summary).toBe(expected)
  })
})

test('two crashed threads say nothing, one does', () => {
  const thread = (fn: string, crashed: boolean) => ({
    crashed,
    stacktrace: { frames: [{ function: fn, in_app: true }] },
  })
  const wire = (...values: JsonValue[]) => ({ platform: 'native', message: 'm', threads: { values } })
  expect(hashOf(wire(thread('a()', true), thread('b()', true)))).toBe(
    hashOf({ platform: 'native', message: 'm' }),
  )
  expect(hashOf(wire(thread('a()', true), thread('b()', false)))).not.toBe(
    hashOf({ platform: 'native', message: 'm' }),
  )
  expect(hashOf(wire(thread('a()', true), thread('b()', false)))).toBe(hashOf(wire(thread('a()', true))))
})

describe('version 2', () => {
  const reasonOf = (wire: JsonObject) => group(readWire(wire)).summary

  test('says in words what it tells two faults apart by', () => {
    const message = (status: number) => ({
      platform: 'node',
      message: `GET https://a.example/x returned ${status}`,
    })
    expect(reasonOf(message(404))).toMatch(/Told apart by "a\.example 404"\.$/)
    expect(hashOf(message(404))).not.toBe(hashOf(message(502)))
    expect(hashOf({ platform: 'node', message: 'query returned 404 rows' })).toBe(
      hashOf({ platform: 'node', message: 'query returned 502 rows' }),
    )
  })

  test('carries the hash of version 1 behind its own, under which issues of it are found', () => {
    const wire = { platform: 'dart', message: '_CartState#a1b2c is defunct' }
    const { hashes, version } = group(readWire(wire))
    const first = group(readWire(wire), [], groupingAlgorithms.slice(1))
    expect([version, hashes.length, hashes[1]]).toEqual([2, 2, first.hashes[0]])
  })

  test('leaves each hash of version 1 as it was when there were issues of it', async () => {
    const wires = [...scriptPairs, ...serverPairs, ...compiledPairs, ...furtherPairs].flatMap(({ a, b }) => [
      a,
      b,
    ])
    const events = [...wires, ...listMobileEvents().map(({ wire }) => wire)].map((wire) => readWire(wire))
    for (const capture of listCaptures().filter(({ method }) => method === 'POST')) {
      events.push(...(await readEvents(factsOfCapture(capture), capture.body)))
    }
    const hashes = events.map((event) => group(event).hashes.at(-1))
    expect(hash('sha256', hashes.join('\n'))).toBe(
      '5a43abb8e6b7478c30572736e2de2a848b08a36bec48c394c4ac3bee2a5e4dae',
    )
  })

  test.each([
    ['checksum', { checksum: 'abc', message: 'x' }],
    ['fingerprint of the app', { fingerprint: ['abc'], message: 'x' }],
  ])('keeps what a %s says', (_what, wire) => {
    const { hashes, components } = group(readWire(wire))
    expect(hashes.length).toBe(2)
    expect(components.map(({ value }) => value)).toEqual(['abc'])
  })
})
