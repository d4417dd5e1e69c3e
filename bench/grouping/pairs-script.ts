// Pairs of browsers, Node.js, React Native and other JavaScript.
import {
  chain,
  different,
  entry,
  error,
  hermes,
  mapped,
  message,
  node,
  type Pair,
  same,
  web,
} from './build.ts'

const rn = { sdk: { name: 'sentry.javascript.react-native' } }
const thrown = { mechanism: { type: 'auto.browser.browserapierrors.addEventListener', synthetic: true } }
const missing = "TypeError: Cannot read properties of undefined (reading 'total')"
const fetched = { mechanism: { type: 'auto.http.client.fetch', handled: false, synthetic: true } }
const failedRequest = (url: string, status: number, build = 'main-A1B2C3D4.js') =>
  error(
    'javascript',
    `Error: HTTP Client Error with status code: ${status}`,
    [web('Ts', build), web('q', build)],
    fetched,
    {
      request: { url, method: 'GET' },
      contexts: { response: { status_code: status } },
    },
  )
const axios = (text: string, caller: string) =>
  error('node', `AxiosError: ${text}`, [
    node(caller, 'orders/api.js'),
    node('request', 'lib/http.js'),
    node('settle', 'node_modules/axios/lib/core/settle.js'),
  ])
const react = (component: string, minified: string[], stack: string[]) =>
  chain(
    'javascript',
    entry("React ErrorBoundary TypeError: Cannot read properties of undefined (reading 'price')", [
      ...stack.map((name) => web(name, 'static/kiosk.js')),
    ]),
    entry("TypeError: Cannot read properties of undefined (reading 'price')", [
      ...minified.map((name) => web(name, 'static/kiosk.js')),
      web(component, 'static/kiosk.js'),
    ]),
  )
const deep = (times: number, from: string) =>
  error('node', 'RangeError: Maximum call stack size exceeded', [
    ...(from === '' ? [] : [node(from, 'tree/start.js')]),
    ...Array.from({ length: times }, (_, i) =>
      node('walk', 'tree/walk.js', 'walk(child)', { lineno: 4 + (i % 2) }),
    ),
  ])
const mutual = (times: number) =>
  error(
    'node',
    'RangeError: Maximum call stack size exceeded',
    Array.from({ length: times }, (_, i) =>
      i % 2 === times % 2 ? node('even', 'a/b.js') : node('odd', 'a/b.js'),
    ),
  )

export const scriptPairs: readonly Pair[] = [
  same(
    'hex hash in the name of a bundle',
    error('javascript', missing, [
      web('boot', 'static/js/main.4f1c9a2b.js'),
      web('renderCart', 'static/js/main.4f1c9a2b.js'),
    ]),
    error('javascript', missing, [
      web('boot', 'static/js/main.99aa00bb.js', 7),
      web('renderCart', 'static/js/main.99aa00bb.js', 8),
    ]),
  ),
  same(
    'Vite hash with a dash in it',
    error('javascript', missing, [web('renderCart', 'assets/index-B7d-3f_x.js')]),
    error('javascript', missing, [web('renderCart', 'assets/index-Cq9_Zk-1.js')]),
  ),
  same(
    'numbered chunks of Next.js',
    error('javascript', missing, [web('renderCart', '_next/static/chunks/4821-9d8c7b6a5f4e3d2c.js')]),
    error('javascript', missing, [web('renderCart', '_next/static/chunks/977-0a1b2c3d4e5f6071.js')]),
  ),
  same(
    'build id as a folder',
    error('javascript', missing, [
      web('renderCart', '_next/static/5f3c0d4e9a1b4c2d8e7f001122334455/pages/cart.js'),
    ]),
    error('javascript', missing, [
      web('renderCart', '_next/static/0a1b2c3d4e5f60718293a4b5c6d7e8f9/pages/cart.js'),
    ]),
  ),
  same(
    'fingerprint of sprockets',
    error('javascript', missing, [web('renderCart', `assets/application-${'0a1b2c3d'.repeat(8)}.js`)]),
    error('javascript', missing, [web('renderCart', `assets/application-${'9f8e7d6c'.repeat(8)}.js`)]),
  ),
  same(
    'query as version',
    error('javascript', missing, [web('renderCart', 'js/app.min.js?v=51')]),
    error('javascript', missing, [web('renderCart', 'js/app.min.js?v=52')]),
  ),
  same(
    'names minified anew',
    error('javascript', missing, [
      web('HTMLButtonElement.n', 'assets/main-X62FP25K.js'),
      web('u', 'assets/main-X62FP25K.js'),
      web('i.total', 'assets/main-X62FP25K.js'),
    ]),
    error('javascript', missing, [
      web('HTMLButtonElement.r', 'assets/main-QWERTYUI.js'),
      web('p', 'assets/main-QWERTYUI.js'),
      web('a.total', 'assets/main-QWERTYUI.js', 9),
    ]),
  ),
  same(
    'nothing but minified names',
    error('javascript', missing, [web('n', 'main-X62FP25K.js'), web('u', 'main-X62FP25K.js')]),
    error('javascript', missing, [web('e', 'main-QWERTYUI.js'), web('r', 'main-QWERTYUI.js')]),
  ),
  different(
    'minified names and another message',
    error('javascript', missing, [web('n', 'main-X62FP25K.js'), web('u', 'main-X62FP25K.js')]),
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'address')", [
      web('n', 'main-X62FP25K.js'),
      web('d', 'main-X62FP25K.js'),
    ]),
  ),
  different(
    'minified names, one message, another depth',
    error('javascript', missing, [web('n', 'main-X62FP25K.js'), web('u', 'main-X62FP25K.js')]),
    error('javascript', missing, [
      web('n', 'main-X62FP25K.js'),
      web('d', 'main-X62FP25K.js'),
      web('k', 'main-X62FP25K.js'),
    ]),
  ),
  different(
    'minified callers, readable methods',
    error('javascript', missing, [web('n', 'main-X62FP25K.js'), web('e.loadProfile', 'main-X62FP25K.js')]),
    error('javascript', missing, [web('n', 'main-X62FP25K.js'), web('e.applyCoupon', 'main-X62FP25K.js')]),
  ),
  same(
    'Chrome and Firefox',
    error('javascript', missing, [web('HTMLButtonElement.pay', 'a.js'), web('Cart.sum', 'a.js')]),
    error('javascript', 'TypeError: can\'t access property "total", e is undefined', [
      web('pay', 'a.js', 4),
      web('sum', 'a.js'),
    ]),
  ),
  same(
    'Chrome and Safari, minified',
    error('javascript', missing, [web('u', 'a.js')]),
    error('javascript', "TypeError: undefined is not an object (evaluating 'e.total')", [web('u', 'a.js')]),
  ),
  same(
    'Firefox marks what was awaited',
    error('javascript', missing, [web('async load', 'a.js'), web('sum', 'a.js')]),
    error('javascript', missing, [web('async*load', 'a.js'), web('sum', 'a.js')]),
  ),
  same(
    'no stack, Chrome and Safari',
    error('javascript', 'TypeError: e.flush is not a function'),
    error('javascript', "TypeError: t.flush is not a function. (In 't.flush()', 't.flush' is undefined)"),
  ),
  same(
    'a name that is missing, Chrome and Safari',
    error('javascript', 'ReferenceError: gtag is not defined'),
    error('javascript', "ReferenceError: Can't find variable: gtag"),
  ),
  different(
    'other properties, no stack',
    error('javascript', missing),
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'price')"),
  ),
  different(
    'other functions that are none',
    error('javascript', 'TypeError: e.flush is not a function'),
    error('javascript', 'TypeError: e.close is not a function'),
  ),
  same(
    'line shift after mapping',
    error('javascript', missing, [mapped('Cart.sum', 'webpack:///./src/cart.ts', 'return a.total', 12)]),
    error('javascript', missing, [mapped('sum', 'webpack:///./src/cart.ts?3f2a', '  return a.total', 40)]),
  ),
  different(
    'two lines of one function after mapping',
    error('javascript', missing, [mapped('sum', 'webpack:///./src/cart.ts', 'return a.total', 12)]),
    error('javascript', missing, [mapped('sum', 'webpack:///./src/cart.ts', 'return b.order.total', 14)]),
  ),
  different(
    'one function name in two files',
    error('javascript', missing, [web('load', 'cart.js')]),
    error('javascript', missing, [web('load', 'profile.js')]),
  ),
  different(
    'one generic type, two places',
    error('javascript', 'Error: failed', [web('renderCart', 'app.js'), web('loadPrices', 'app.js')]),
    error('javascript', 'Error: failed', [web('renderProfile', 'app.js'), web('loadAvatar', 'app.js')]),
  ),
  different(
    'two errors through one helper',
    error('javascript', 'Error: Invariant failed', [web('checkout', 'app.js'), web('invariant', 'app.js')]),
    error('javascript', 'Error: Invariant failed', [web('login', 'app.js'), web('invariant', 'app.js')]),
  ),
  same(
    'thrown string, other build of the SDK',
    error('javascript', 'Error: payment widget not ready', [web('Wt', 'vendor-CM6BVHFE.js')], thrown),
    error(
      'javascript',
      'Error: payment widget not ready',
      [web('Qx', 'vendor-ABCDEFGH.js'), web('k', 'vendor-ABCDEFGH.js')],
      thrown,
    ),
  ),
  different(
    'two thrown strings',
    error('javascript', 'Error: payment widget not ready', [web('Wt', 'vendor-CM6BVHFE.js')], thrown),
    error('javascript', 'Error: no such voucher', [web('Wt', 'vendor-CM6BVHFE.js')], thrown),
  ),
  different(
    'nothing but frames of the SDK',
    error('javascript', 'Error: socket closed', [
      {
        ...web('captureException', 'x.js'),
        filename: 'node_modules/@sentry/core/index.js',
        abs_path: 'node_modules/@sentry/core/index.js',
        in_app: false,
      },
    ]),
    error('javascript', 'Error: quota exceeded', [
      {
        ...web('captureException', 'x.js'),
        filename: 'node_modules/@sentry/core/index.js',
        abs_path: 'node_modules/@sentry/core/index.js',
        in_app: false,
      },
    ]),
  ),
  different(
    'nothing but frames of a library',
    error('node', 'Error: socket hang up', [node('emit', 'node_modules/got/dist/index.js')]),
    error('node', 'Error: certificate has expired', [node('emit', 'node_modules/got/dist/index.js')]),
  ),
  same(
    'nothing but frames of a library, other numbers',
    error('node', 'Error: timeout of 3000ms exceeded', [node('emit', 'node_modules/got/dist/index.js')]),
    error('node', 'Error: timeout of 12000ms exceeded', [node('emit', 'node_modules/got/dist/index.js')]),
  ),
  different(
    'promises rejected with objects',
    error(
      'javascript',
      'UnhandledRejection: Object captured as promise rejection with keys: reason, status',
      [],
      { mechanism: { synthetic: true } },
    ),
    error('javascript', 'UnhandledRejection: Object captured as promise rejection with keys: code, url', [], {
      mechanism: { synthetic: true },
    }),
  ),
  same(
    'a request the SDK reports, other paths and builds',
    failedRequest('https://api.shop.example/orders/17?x=1', 503),
    failedRequest('https://api.shop.example/users/4', 503, 'main-Z9Y8X7W6.js'),
  ),
  different(
    'a request the SDK reports, other status',
    failedRequest('https://api.shop.example/orders/17', 503),
    failedRequest('https://api.shop.example/orders/17', 404),
  ),
  different(
    'a request the SDK reports, other host',
    failedRequest('https://api.shop.example/a', 503),
    failedRequest('https://pay.shop.example/a', 503),
  ),
  different(
    'axios by status, one helper',
    axios('Request failed with status code 404', 'loadOrder'),
    axios('Request failed with status code 500', 'loadOrder'),
  ),
  same(
    'axios, one status, one place',
    axios('Request failed with status code 404', 'loadOrder'),
    axios('Request failed with status code 404', 'loadOrder'),
  ),
  different(
    'axios, one status, two callers',
    axios('Request failed with status code 404', 'loadOrder'),
    axios('Request failed with status code 404', 'loadUser'),
  ),
  different(
    'hosts that are not found',
    error('node', 'TypeError: fetch failed: getaddrinfo ENOTFOUND prices.shop.example', [
      node('sync', 'jobs/sync.js'),
    ]),
    error('node', 'TypeError: fetch failed: getaddrinfo ENOTFOUND stock.shop.example', [
      node('sync', 'jobs/sync.js'),
    ]),
  ),
  same(
    'replicas of one host',
    error('node', 'Error: connect ECONNREFUSED db-1.shop.example:5432'),
    error('node', 'Error: connect ECONNREFUSED db-12.shop.example:5432'),
  ),
  same(
    'connection refused by address',
    error('node', 'Error: connect ECONNREFUSED 10.0.0.7:5432'),
    error('node', 'Error: connect ECONNREFUSED 10.0.4.19:5432'),
  ),
  same(
    'React boundary elsewhere on the page, other build',
    react('PriceTag', ['jg', 'Ek', 'Nk'], ['ErrorBoundary', 'Shelf']),
    react('PriceTag', ['kg', 'Fk', 'Ok'], ['ErrorBoundary', 'Wishlist', 'Row']),
  ),
  different(
    'React components',
    react('PriceTag', ['jg', 'Ek', 'Nk'], ['ErrorBoundary']),
    react('StockBadge', ['jg', 'Ek', 'Nk'], ['ErrorBoundary']),
  ),
  different(
    'minified React errors',
    error('javascript', 'Error: Minified React error #418; visit https://react.dev/errors/418', [
      web('li', 'react-dom.js'),
      web('ea', 'react-dom.js'),
    ]),
    error('javascript', 'Error: Minified React error #310; visit https://react.dev/errors/310', [
      web('li', 'react-dom.js'),
      web('ea', 'react-dom.js'),
    ]),
  ),
  same(
    'chunks that did not load',
    error(
      'javascript',
      'ChunkLoadError: Loading chunk 17 failed. (error: https://www.shop.example/17.0a1b2c3d.js)',
      [web('l', 'runtime.js')],
    ),
    error(
      'javascript',
      'ChunkLoadError: Loading chunk 4 failed. (error: https://www.shop.example/4.99aabbcc.js)',
      [web('l', 'runtime.js')],
    ),
  ),
  same('recursion of Node at its limit and below', deep(50, ''), deep(31, '')),
  same('mutual recursion cut at another phase', mutual(50), mutual(49)),
  different('two recursions', deep(50, ''), mutual(50)),
  same(
    'Node after a move of the folder',
    error('node', 'Error: no stock', [node('reserve', 'stock/reserve.js', 'throw new Error("no stock")')]),
    error('node', 'Error: no stock', [
      {
        ...node('reserve', 'stock/reserve.js', 'throw new Error("no stock")', { lineno: 99 }),
        filename: '/home/kai/shop/stock/reserve.js',
        abs_path: '/home/kai/shop/stock/reserve.js',
      },
    ]),
  ),
  same(
    'async and Node internals around it',
    error('node', 'Error: no stock', [
      node('process.processTicksAndRejections', 'x.js'),
      node('async reserve', 'stock/reserve.js'),
    ]),
    error('node', 'Error: no stock', [node('reserve', 'stock/reserve.js')]),
  ),
  different(
    'two throws of one Node function',
    error('node', 'Error: bad', [node('reserve', 'stock/reserve.js', 'if (!item) throw new Error("bad")')]),
    error('node', 'Error: bad', [node('reserve', 'stock/reserve.js', 'if (!amount) throw new Error("bad")')]),
  ),
  different(
    'causes',
    chain(
      'node',
      entry('SyntaxError: x', [node('parse', 'a/p.js')]),
      entry('Error: wrapped', [node('load', 'a/l.js')]),
    ),
    chain(
      'node',
      entry('RangeError: x', [node('slice', 'a/s.js')]),
      entry('Error: wrapped', [node('load', 'a/l.js')]),
    ),
  ),
  same(
    'Hermes, other build',
    error(
      'javascript',
      "TypeError: Cannot read property 'amount' of null",
      [hermes('scenario', 100), hermes('priceOf', 900)],
      {},
      rn,
    ),
    error(
      'javascript',
      "TypeError: Cannot read property 'amount' of null",
      [hermes('scenario', 123), hermes('priceOf', 1234)],
      {},
      rn,
    ),
  ),
  same(
    'React Native on Android and iOS',
    error(
      'javascript',
      "TypeError: Cannot read property 'amount' of null",
      [hermes('scenario', 100), hermes('priceOf', 900)],
      {},
      rn,
    ),
    error(
      'javascript',
      "TypeError: undefined is not an object (evaluating 'a.amount')",
      [hermes('scenario', 7, 'main.jsbundle'), hermes('priceOf', 9, 'main.jsbundle')],
      {},
      rn,
    ),
  ),
  same(
    'anonymous functions of Hermes',
    error('javascript', 'Error: x', [hermes('?anon_0_submit', 5), hermes('submit', 9)], {}, rn),
    error('javascript', 'Error: x', [hermes('?anon_3_submit', 6), hermes('submit', 10)], {}, rn),
  ),
  same(
    'CodePush',
    error('javascript', 'Error: x', [hermes('submit', 5)], {}, rn),
    error('javascript', 'Error: x', [hermes('submit', 5, 'CodePush/main.jsbundle')], {}, rn),
  ),
  different(
    'two screens of React Native',
    error('javascript', 'Error: Network request failed', [hermes('loadCart', 5)], {}, rn),
    error('javascript', 'Error: Network request failed', [hermes('loadProfile', 5)], {}, rn),
  ),
  same(
    'dart2js names a class anew',
    error('javascript', 'minified:K: Bad state: no element', [
      web('a4', 'main.dart.js'),
      web('$1', 'main.dart.js'),
    ]),
    error('javascript', 'minified:aB: Bad state: no element', [
      web('b7', 'main.dart.js'),
      web('$1', 'main.dart.js'),
    ]),
  ),
  same(
    'a message with other ids',
    message('node', 'Order o_55120 re-queued for 203.0.113.9 at 2026-11-18T08:15:00Z'),
    message('node', 'Order o_60321 re-queued for 198.51.100.4 at 2026-11-19T22:01:13Z'),
  ),
  same(
    'one row, two rows',
    message('node', 'Warehouse sync finished with 17 skipped rows in 4312ms'),
    message('node', 'Warehouse sync finished with 1 skipped row in 1.2s'),
  ),
  different(
    'two messages',
    message('node', 'Warehouse sync finished'),
    message('node', 'Warehouse sync started'),
  ),
  different(
    'a page and its server say the same',
    message('javascript', 'Sync failed'),
    message('python', 'Sync failed'),
  ),
]
