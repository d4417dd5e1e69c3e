// Pairs of scripts in browsers and Node: what bundlers, runtimes and HTTP clients name anew, and what browsers report.
import { different, error, hermes, mapped, message, node, type Pair, same, web } from './build.ts'

const synthetic = { mechanism: { type: 'generic', handled: true, synthetic: true } }
const reportedBy = (type: string) => ({ mechanism: { type, handled: false } })
const own = (fn: string, hash: string) => web(fn, `assets/vendor-${hash}.js`)

export const scriptBuildPairs: readonly Pair[] = [
  same(
    'webpack: vendors chunk name hash "123.abcdef12.chunk.js"',
    error('javascript', 'TypeError: x', [
      web('pay', 'static/js/main.3f2a9c1b.chunk.js'),
      web('total', 'static/js/2.9c8d7e6f.chunk.js'),
    ]),
    error('javascript', 'TypeError: x', [
      web('pay', 'static/js/main.77aa0011.chunk.js'),
      web('total', 'static/js/3.0011aabb.chunk.js'),
    ]),
  ),
  same(
    'parcel',
    error('javascript', 'TypeError: x', [web('pay', 'index.1b2c3d4e.js')]),
    error('javascript', 'TypeError: x', [web('pay', 'index.deadbeef.js')]),
  ),
  same(
    'esbuild chunk',
    error('javascript', 'TypeError: x', [web('pay', 'assets/chunk-ABCD2345.js')]),
    error('javascript', 'TypeError: x', [web('pay', 'assets/chunk-ZYXW7654.js')]),
  ),
  same(
    'turbopack',
    error('javascript', 'TypeError: x', [web('pay', '_next/static/chunks/5d1b2a3c4e5f6a7b.js')]),
    error('javascript', 'TypeError: x', [web('pay', '_next/static/chunks/0a9b8c7d6e5f4a3b.js')]),
  ),
  same(
    'next build id',
    error('javascript', 'TypeError: x', [web('pay', '_next/static/chunks/pages/cart-0a1b2c3d4e5f6a7b.js')]),
    error('javascript', 'TypeError: x', [web('pay', '_next/static/chunks/pages/cart-ffeeddccbbaa9988.js')]),
  ),
  different(
    'next two pages',
    error('javascript', 'TypeError: x', [web('pay', '_next/static/chunks/pages/cart-0a1b2c3d4e5f6a7b.js')]),
    error('javascript', 'TypeError: x', [web('pay', '_next/static/chunks/pages/order-ffeeddccbbaa9988.js')]),
  ),
  same(
    'rspack/rollup base64 with _',
    error('javascript', 'TypeError: x', [web('pay', 'assets/Cart-Cq_3kP9x.js')]),
    error('javascript', 'TypeError: x', [web('pay', 'assets/Cart-B-0zLmQe.js')]),
  ),
  same(
    'CDN host shards',
    error('javascript', 'TypeError: x', [
      {
        ...web('pay', 'js/a.js'),
        abs_path: 'https://cdn1.shop.example/js/a.js',
        filename: 'https://cdn1.shop.example/js/a.js',
      },
    ]),
    error('javascript', 'TypeError: x', [
      {
        ...web('pay', 'js/a.js'),
        abs_path: 'https://cdn2.shop.example/js/a.js',
        filename: 'https://cdn2.shop.example/js/a.js',
      },
    ]),
  ),
  same(
    'version folder in path',
    error('javascript', 'TypeError: x', [web('pay', 'v1.2.3/app.js')]),
    error('javascript', 'TypeError: x', [web('pay', 'v1.3.0/app.js')]),
  ),
  same(
    'release sha folder',
    error('javascript', 'TypeError: x', [
      web('pay', 'assets/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b/app.js'),
    ]),
    error('javascript', 'TypeError: x', [
      web('pay', 'assets/0011d081884c7d659a2feaa0c55ad015a3bf4f1b/app.js'),
    ]),
  ),
  same(
    'short sha folder deep',
    error('javascript', 'TypeError: x', [web('pay', 'assets/9f86d08/app.js')]),
    error('javascript', 'TypeError: x', [web('pay', 'assets/0011aab/app.js')]),
  ),
  same(
    'capacitor and web scheme',
    error('javascript', 'TypeError: x', [
      {
        function: 'pay',
        filename: 'capacitor://localhost/main.js',
        abs_path: 'capacitor://localhost/main.js',
        lineno: 1,
        colno: 2,
        in_app: true,
      },
    ]),
    error('javascript', 'TypeError: x', [
      {
        function: 'pay',
        filename: 'capacitor://localhost/main.js',
        abs_path: 'capacitor://localhost/main.js',
        lineno: 3,
        colno: 2,
        in_app: true,
      },
    ]),
  ),
  same(
    'capacitor hash',
    error('javascript', 'TypeError: x', [
      {
        function: 'pay',
        filename: 'capacitor://localhost/main-ABCD2345.js',
        abs_path: 'capacitor://localhost/main-ABCD2345.js',
        in_app: true,
      },
    ]),
    error('javascript', 'TypeError: x', [
      {
        function: 'pay',
        filename: 'capacitor://localhost/main-ZXCV7654.js',
        abs_path: 'capacitor://localhost/main-ZXCV7654.js',
        in_app: true,
      },
    ]),
  ),
  same(
    'ionic http localhost / app scheme electron asar path',
    error('javascript', 'TypeError: x', [
      {
        function: 'pay',
        filename: 'file:///C:/Users/mira/AppData/Local/Shop/app-1.2.3/resources/app.asar/dist/main.js',
        abs_path: 'file:///C:/Users/mira/AppData/Local/Shop/app-1.2.3/resources/app.asar/dist/main.js',
        in_app: true,
      },
    ]),
    error('javascript', 'TypeError: x', [
      {
        function: 'pay',
        filename: 'file:///C:/Users/bob/AppData/Local/Shop/app-1.3.0/resources/app.asar/dist/main.js',
        abs_path: 'file:///C:/Users/bob/AppData/Local/Shop/app-1.3.0/resources/app.asar/dist/main.js',
        in_app: true,
      },
    ]),
  ),
  same(
    'blob worker urls',
    error('javascript', 'Error: x', [
      {
        function: 'work',
        filename: 'blob:https://shop.example/3f2504e0-4f89-11d3-9a0c-0305e82c3301',
        abs_path: 'blob:https://shop.example/3f2504e0-4f89-11d3-9a0c-0305e82c3301',
        in_app: true,
      },
    ]),
    error('javascript', 'Error: x', [
      {
        function: 'work',
        filename: 'blob:https://shop.example/11111111-4f89-11d3-9a0c-0305e82c3301',
        abs_path: 'blob:https://shop.example/11111111-4f89-11d3-9a0c-0305e82c3301',
        in_app: true,
      },
    ]),
  ),
  same(
    'inline script in page with id in URL',
    error('javascript', 'TypeError: x', [
      {
        function: 'init',
        filename: 'https://shop.example/orders/17',
        abs_path: 'https://shop.example/orders/17',
        in_app: true,
        lineno: 20,
      },
    ]),
    error('javascript', 'TypeError: x', [
      {
        function: 'init',
        filename: 'https://shop.example/orders/18',
        abs_path: 'https://shop.example/orders/18',
        in_app: true,
        lineno: 20,
      },
    ]),
  ),
  same(
    'inline script uuid in URL',
    error('javascript', 'TypeError: x', [
      {
        function: 'init',
        filename: 'https://shop.example/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301/edit',
        abs_path: 'https://shop.example/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301/edit',
        in_app: true,
        lineno: 20,
      },
    ]),
    error('javascript', 'TypeError: x', [
      {
        function: 'init',
        filename: 'https://shop.example/o/11111111-4f89-11d3-9a0c-0305e82c3301/edit',
        abs_path: 'https://shop.example/o/11111111-4f89-11d3-9a0c-0305e82c3301/edit',
        in_app: true,
        lineno: 20,
      },
    ]),
  ),
  same(
    'no stack chrome/firefox: null prop',
    error('javascript', "TypeError: Cannot read properties of null (reading 'id')"),
    error('javascript', 'TypeError: can\'t access property "id", user is null'),
  ),
  different(
    'no stack: null vs undefined of another prop',
    error('javascript', "TypeError: Cannot read properties of null (reading 'id')"),
    error('javascript', "TypeError: Cannot read properties of null (reading 'name')"),
  ),
  same(
    'failed to fetch across browsers',
    error('javascript', 'TypeError: Failed to fetch'),
    error('javascript', 'TypeError: NetworkError when attempting to fetch resource.'),
  ),
  same(
    'load failed safari',
    error('javascript', 'TypeError: Failed to fetch'),
    error('javascript', 'TypeError: Load failed'),
  ),
  same(
    'failed to fetch with host',
    error('javascript', 'TypeError: Failed to fetch (api.shop.example)'),
    error('javascript', 'TypeError: Load failed (api.shop.example)'),
  ),
  different(
    'failed to fetch two hosts',
    error('javascript', 'TypeError: Failed to fetch (api.shop.example)'),
    error('javascript', 'TypeError: Failed to fetch (pay.shop.example)'),
  ),
  same(
    'JSON parse',
    error('javascript', 'SyntaxError: Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON'),
    error('javascript', 'SyntaxError: JSON.parse: unexpected character at line 1 column 1 of the JSON data'),
  ),
  same(
    'quota exceeded',
    error(
      'javascript',
      "QuotaExceededError: Failed to execute 'setItem' on 'Storage': Setting the value of 'cart' exceeded the quota.",
    ),
    error(
      'javascript',
      "QuotaExceededError: Failed to execute 'setItem' on 'Storage': Setting the value of 'user:12' exceeded the quota.",
    ),
  ),
  same(
    'AbortError',
    error('javascript', 'AbortError: The user aborted a request.'),
    error('javascript', 'AbortError: signal is aborted without reason'),
  ),
  same(
    'ChunkLoadError',
    error(
      'javascript',
      'ChunkLoadError: Loading chunk 17 failed.\n(error: https://shop.example/js/17.abcd1234.js)',
    ),
    error(
      'javascript',
      'ChunkLoadError: Loading chunk 23 failed.\n(timeout: https://shop.example/js/23.11112222.js)',
    ),
  ),
  same(
    'ChunkLoadError css',
    error('javascript', 'Error: Loading CSS chunk 5 failed.\n(/css/5.abcd1234.css)'),
    error('javascript', 'Error: Loading CSS chunk 9 failed.\n(/css/9.abcd9999.css)'),
  ),
  different(
    'object captured keys',
    error('javascript', 'UnhandledRejection: Object captured as promise rejection with keys: code, message'),
    error('javascript', 'UnhandledRejection: Object captured as promise rejection with keys: data, status'),
  ),
  same(
    'hermes function anonymous vs named? offset',
    error(
      'javascript',
      'TypeError: undefined is not a function',
      [hermes('onPress', 100), hermes('anonymous', 200)],
      {},
      { sdk: { name: 'sentry.javascript.react-native' } },
    ),
    error(
      'javascript',
      'TypeError: undefined is not a function',
      [hermes('onPress', 190), hermes('anonymous', 290)],
      {},
      { sdk: { name: 'sentry.javascript.react-native' } },
    ),
  ),
  different(
    'RN same type different message w/ only anonymous frames',
    error('javascript', "TypeError: Cannot read property 'a' of undefined", [hermes('anonymous', 200)]),
    error('javascript', "TypeError: Cannot read property 'b' of undefined", [hermes('anonymous', 900)]),
  ),
  same(
    'Invariant violation',
    error(
      'javascript',
      'Invariant Violation: requireNativeComponent: "RNCMap" was not found in the UIManager.',
    ),
    error(
      'javascript',
      'Invariant Violation: requireNativeComponent: "RNCMap" was not found in the UIManager.\n\nThis error is located at:\n in A',
    ),
  ),
  different(
    'Invariant 2 comps',
    error(
      'javascript',
      'Invariant Violation: requireNativeComponent: "RNCMap" was not found in the UIManager.',
    ),
    error(
      'javascript',
      'Invariant Violation: requireNativeComponent: "RNSVG" was not found in the UIManager.',
    ),
  ),
  same(
    'node esm vs cjs file url',
    error('node', 'Error: x', [node('pay', 'dist/cart.js', 'throw new Error()')]),
    error('node', 'Error: x', [
      {
        ...node('pay', 'dist/cart.js', 'throw new Error()'),
        abs_path: 'file:///srv/app/dist/cart.js',
        filename: 'file:///srv/app/dist/cart.js',
      },
    ]),
  ),
  same(
    'node in lambda /var/task',
    error('node', 'Error: x', [node('pay', 'dist/cart.js', 'throw new Error()')]),
    error('node', 'Error: x', [
      {
        ...node('pay', 'dist/cart.js', 'throw new Error()'),
        abs_path: '/var/task/dist/cart.js',
        filename: '/var/task/dist/cart.js',
      },
    ]),
  ),
  same(
    'node async context',
    error('node', 'Error: x', [
      node('async Promise.all', 'dist/a.js'),
      node('pay', 'dist/cart.js', 'throw new Error()'),
    ]),
    error('node', 'Error: x', [
      node('async Promise.all', 'dist/a.js'),
      node('async pay', 'dist/cart.js', 'throw new Error()'),
    ]),
  ),
  same(
    'prisma',
    error(
      'node',
      'PrismaClientKnownRequestError: \nInvalid `prisma.user.create()` invocation in\n/app/src/u.ts:12:5\n\nUnique constraint failed on the fields: (`email`)',
    ),
    error(
      'node',
      'PrismaClientKnownRequestError: \nInvalid `prisma.user.create()` invocation in\n/app/src/u.ts:99:5\n\nUnique constraint failed on the fields: (`email`)',
    ),
  ),
  same(
    'timeouts with numbers',
    error('node', 'TimeoutError: Navigation timeout of 30000 ms exceeded'),
    error('node', 'TimeoutError: Navigation timeout of 15000 ms exceeded'),
  ),
  different(
    'graphql fields',
    error('javascript', 'GraphQLError: Cannot return null for non-nullable field Order.total.'),
    error('javascript', 'GraphQLError: Cannot return null for non-nullable field User.name.'),
  ),
  same(
    'http with id in path',
    error('javascript', 'Error: Request failed with status code 404: https://api.shop.example/orders/17'),
    error('javascript', 'Error: Request failed with status code 404: https://api.shop.example/orders/18'),
  ),
  different(
    'http status',
    error('javascript', 'Error: Request failed with status code 404'),
    error('javascript', 'Error: Request failed with status code 500'),
  ),
  different('error codes letters', message('node', 'E1001: bad input'), message('node', 'E2002: no route')),
  different(
    'errno no stack',
    error('node', 'Error: connect ECONNREFUSED 10.0.0.1:5432'),
    error('node', 'Error: connect ETIMEDOUT 10.0.0.1:5432'),
  ),
  different(
    'node two routes same handler name',
    error('node', 'TypeError: x', [node('handler', 'routes/cart.js', 'a()')]),
    error('node', 'TypeError: x', [node('handler', 'routes/order.js', 'a()')]),
  ),
  different(
    'next two pages server',
    error('node', 'TypeError: x', [
      {
        function: 'Page',
        filename: '/app/.next/server/app/cart/page.js',
        abs_path: '/app/.next/server/app/cart/page.js',
        module: 'page',
        in_app: true,
      },
    ]),
    error('node', 'TypeError: x', [
      {
        function: 'Page',
        filename: '/app/.next/server/app/order/page.js',
        abs_path: '/app/.next/server/app/order/page.js',
        module: 'page',
        in_app: true,
      },
    ]),
  ),
  different(
    'index.js two folders',
    error('node', 'TypeError: x', [
      {
        function: 'run',
        filename: '/srv/app/jobs/mail/index.js',
        abs_path: '/srv/app/jobs/mail/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
    error('node', 'TypeError: x', [
      {
        function: 'run',
        filename: '/srv/app/jobs/pdf/index.js',
        abs_path: '/srv/app/jobs/pdf/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
  ),
  different(
    'browser ext vs own',
    error('javascript', 'TypeError: x', [web('a', 'app.js')]),
    error('javascript', 'TypeError: x', [
      {
        ...web('a', 'app.js'),
        abs_path: 'chrome-extension://abcdefghijklmnop/app.js',
        filename: 'chrome-extension://abcdefghijklmnop/app.js',
      },
    ]),
  ),
  different(
    'mapped two lines',
    error('javascript', 'TypeError: x', [mapped('pay', 'src/cart.ts', 'a.b.c')]),
    error('javascript', 'TypeError: x', [mapped('pay', 'src/cart.ts', 'd.e.f')]),
  ),
  different(
    'react component name',
    error(
      'javascript',
      'Error: Minified React error #418; visit https://react.dev/errors/418?args[]=HTML for the full message',
    ),
    error(
      'javascript',
      'Error: Minified React error #425; visit https://react.dev/errors/425 for the full message',
    ),
  ),
  different(
    'two env with same msg & js/python',
    message('javascript', 'x failed'),
    message('python', 'x failed'),
  ),
  different(
    'module not found',
    error('node', "Error: Cannot find module 'express'"),
    error('node', "Error: Cannot find module './routes/cart'"),
  ),
  different(
    'env var missing',
    error('node', 'Error: Missing environment variable: STRIPE_KEY'),
    error('node', 'Error: Missing environment variable: DB_URL'),
  ),
  different(
    'quoted env var',
    error('node', 'Error: Environment variable "STRIPE_KEY" is not set'),
    error('node', 'Error: Environment variable "DB_URL" is not set'),
  ),
  different(
    'Function undefined js',
    error('javascript', 'ReferenceError: gtag is not defined'),
    error('javascript', 'ReferenceError: fbq is not defined'),
  ),
  different(
    'css selectors',
    error(
      'javascript',
      "SyntaxError: Failed to execute 'querySelector' on 'Document': '#a(' is not a valid selector.",
    ),
    error(
      'javascript',
      "NotFoundError: Failed to execute 'removeChild' on 'Node': The node to be removed is not a child of this node.",
    ),
  ),
  different(
    'dom ops',
    error('javascript', "NotFoundError: Failed to execute 'insertBefore' on 'Node': x"),
    error('javascript', "NotFoundError: Failed to execute 'removeChild' on 'Node': x"),
  ),
  same(
    'RN twin same frames',
    error('javascript', 'TypeError: x', [hermes('pay', 1), hermes('total', 2)]),
    error('javascript', 'TypeError: x', [
      hermes('pay', 9, 'main.jsbundle'),
      hermes('total', 8, 'main.jsbundle'),
    ]),
  ),
  same(
    'js max call stack, truncated to 50',
    error(
      'javascript',
      'RangeError: Maximum call stack size exceeded',
      Array.from({ length: 50 }, () => web('walk', 'a.js')),
    ),
    error(
      'javascript',
      'RangeError: Maximum call stack size exceeded',
      Array.from({ length: 49 }, () => web('walk', 'a.js')),
    ),
  ),
  different(
    'captureMessage with attachStacktrace: two messages',
    {
      platform: 'javascript',
      exception: {
        values: [
          {
            value: 'cart is empty',
            ...synthetic,
            stacktrace: { frames: [own('captureMessage', 'CM6BVHFE')] },
          },
        ],
      },
    },
    {
      platform: 'javascript',
      exception: {
        values: [
          { value: 'no user', ...synthetic, stacktrace: { frames: [own('captureMessage', 'CM6BVHFE')] } },
        ],
      },
    },
  ),
  same(
    'captureMessage with attachStacktrace other build',
    {
      platform: 'javascript',
      exception: {
        values: [{ value: 'cart 12 is empty', ...synthetic, stacktrace: { frames: [own('a', 'CM6BVHFE')] } }],
      },
    },
    {
      platform: 'javascript',
      exception: {
        values: [{ value: 'cart 13 is empty', ...synthetic, stacktrace: { frames: [own('b', 'ZZ2BVHFE')] } }],
      },
    },
  ),
  different(
    'thrown strings node',
    error(
      'node',
      'Error: a problem',
      [node('Object.captureException', 'node_modules/@sentry/core/x.js')],
      synthetic,
    ),
    error(
      'node',
      'Error: b problem',
      [node('Object.captureException', 'node_modules/@sentry/core/x.js')],
      synthetic,
    ),
  ),
  different(
    'non-Error: two objects',
    error(
      'javascript',
      'Error: Object captured as exception with keys: code',
      [web('Wt', 'assets/vendor-CM6BVHFE.js')],
      synthetic,
    ),
    error(
      'javascript',
      'Error: Object captured as exception with keys: status, text',
      [web('Wt', 'assets/vendor-CM6BVHFE.js')],
      synthetic,
    ),
  ),
  different(
    'Error in two components',
    error('javascript', 'Error: x', [mapped('CartPage', 'src/pages/Cart.tsx', 'throw new Error(x)')]),
    error('javascript', 'Error: x', [mapped('OrderPage', 'src/pages/Order.tsx', 'throw new Error(x)')]),
  ),
  different(
    'anonymous functions only, two files',
    error('javascript', 'TypeError: x', [web('?', 'assets/Cart-AAAA1111.js')]),
    error('javascript', 'TypeError: x', [web('?', 'assets/User-BBBB2222.js')]),
  ),
  same(
    'anonymous functions same file other hash',
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'a')", [
      web('?', 'assets/Cart-AAAA1111.js'),
    ]),
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'a')", [
      web('?', 'assets/Cart-BBBB2222.js'),
    ]),
  ),
  different(
    'all minified one file, other message',
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'a')", [
      web('t', 'assets/index-AAAA1111.js'),
      web('n', 'assets/index-AAAA1111.js'),
    ]),
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'total')", [
      web('e', 'assets/index-AAAA1111.js'),
      web('r', 'assets/index-AAAA1111.js'),
    ]),
  ),
  different(
    'fetch event httpClient two hosts',
    error('javascript', 'Error: HTTP Client Error with status code: 500', [], reportedBy('http.client'), {
      request: { url: 'https://api.shop.example/a' },
      contexts: { response: { status_code: 500 } },
    }),
    error('javascript', 'Error: HTTP Client Error with status code: 500', [], reportedBy('http.client'), {
      request: { url: 'https://pay.shop.example/a' },
      contexts: { response: { status_code: 500 } },
    }),
  ),
  same(
    'fetch event httpClient ids',
    error('javascript', 'Error: HTTP Client Error with status code: 500', [], reportedBy('http.client'), {
      request: { url: 'https://api.shop.example/a/1' },
      contexts: { response: { status_code: 500 } },
    }),
    error('javascript', 'Error: HTTP Client Error with status code: 500', [], reportedBy('http.client'), {
      request: { url: 'https://api.shop.example/a/2?x=1' },
      contexts: { response: { status_code: 500 } },
    }),
  ),
  different(
    'got',
    error('node', 'HTTPError: Response code 404 (Not Found)', [node('get', 'api.js', 'got(u)')]),
    error('node', 'HTTPError: Response code 500 (Internal Server Error)', [node('get', 'api.js', 'got(u)')]),
  ),
  different(
    'ky',
    error(
      'javascript',
      'HTTPError: Request failed with status code 404 Not Found: GET https://api.shop.example/a/1',
      [mapped('get', 'src/api.ts', 'ky.get(u)')],
    ),
    error(
      'javascript',
      'HTTPError: Request failed with status code 500 Internal Server Error: GET https://api.shop.example/a/1',
      [mapped('get', 'src/api.ts', 'ky.get(u)')],
    ),
  ),
  different(
    'message HTTP 502',
    message('node', 'Refund list failed to load (HTTP 502)'),
    message('node', 'Refund list failed to load (HTTP 404)'),
  ),
  different(
    'message status=',
    message('node', 'upstream error status=502 host=a.example'),
    message('node', 'upstream error status=404 host=a.example'),
  ),
  different(
    'angular statuses',
    error(
      'javascript',
      'HttpErrorResponse: Http failure response for https://api.shop.example/v1/orders/17: 500 Internal Server Error',
    ),
    error(
      'javascript',
      'HttpErrorResponse: Http failure response for https://api.shop.example/v1/orders/17: 404 Not Found',
    ),
  ),
  same(
    'angular ids',
    error(
      'javascript',
      'HttpErrorResponse: Http failure response for https://api.shop.example/v1/orders/17: 500 Internal Server Error',
    ),
    error(
      'javascript',
      'HttpErrorResponse: Http failure response for https://api.shop.example/v1/orders/18: 500 Internal Server Error',
    ),
  ),
  different(
    'angular hosts',
    error(
      'javascript',
      'HttpErrorResponse: Http failure response for https://api.shop.example/v1/orders/17: 0 Unknown Error',
    ),
    error(
      'javascript',
      'HttpErrorResponse: Http failure response for https://pay.shop.example/v1/orders/17: 0 Unknown Error',
    ),
  ),
  same(
    'csp ports/paths',
    {
      csp: { effective_directive: 'script-src-elem', blocked_uri: 'https://cdn.evil.example/a.js?x=1' },
      platform: 'javascript',
    },
    {
      csp: { effective_directive: 'script-src', blocked_uri: 'https://cdn.evil.example/b.js' },
      platform: 'javascript',
    },
  ),
  same(
    'csp violated with policy',
    {
      csp: { violated_directive: "img-src 'self' data:", blocked_uri: 'https://x.example/a' },
      platform: 'javascript',
    },
    {
      csp: {
        effective_directive: 'img-src',
        violated_directive: 'img-src',
        blocked_uri: 'https://x.example/b',
      },
      platform: 'javascript',
    },
  ),
  different(
    'csp schemes',
    { csp: { effective_directive: 'img-src', blocked_uri: 'data' }, platform: 'javascript' },
    { csp: { effective_directive: 'img-src', blocked_uri: 'blob' }, platform: 'javascript' },
  ),
  same(
    'csp self as document host',
    {
      csp: { effective_directive: 'img-src', document_uri: 'https://shop.example/a', blocked_uri: 'self' },
      platform: 'javascript',
    },
    {
      csp: { effective_directive: 'img-src', document_uri: 'https://shop.example/a', blocked_uri: "'self'" },
      platform: 'javascript',
    },
  ),
  same(
    'csp data: vs data',
    { csp: { effective_directive: 'img-src', blocked_uri: 'data:' }, platform: 'javascript' },
    { csp: { effective_directive: 'img-src', blocked_uri: 'data' }, platform: 'javascript' },
  ),
  same(
    'csp style-src-attr',
    { csp: { effective_directive: 'style-src-attr', blocked_uri: 'inline' }, platform: 'javascript' },
    { csp: { effective_directive: 'style-src', blocked_uri: 'inline' }, platform: 'javascript' },
  ),
  different(
    'JS two modules same function webpack',
    error('javascript', 'TypeError: x', [mapped('render', 'src/Cart/index.tsx', 'a.map(b)')]),
    error('javascript', 'TypeError: x', [mapped('render', 'src/User/index.tsx', 'c.map(d)')]),
  ),
  different(
    'JS two modules same line',
    error('javascript', 'TypeError: x', [mapped('render', 'src/Cart/index.tsx', 'items.map(b)')]),
    error('javascript', 'TypeError: x', [mapped('render', 'src/User/index.tsx', 'items.map(b)')]),
  ),
  different(
    'JS async arrow in two files unmapped names',
    error('javascript', 'TypeError: x', [web('fetchCart', 'assets/app-AAAA1111.js')]),
    error('javascript', 'TypeError: x', [web('fetchUser', 'assets/app-AAAA1111.js')]),
  ),
  different(
    'JS messages differ w/ minified',
    error('javascript', 'Error: Cart is empty', [web('n', 'assets/index-AAAA1111.js')]),
    error('javascript', 'Error: User is gone', [web('n', 'assets/index-AAAA1111.js')]),
  ),
  different(
    'RN components',
    error('javascript', 'TypeError: x', [hermes('CartScreen', 1)]),
    error('javascript', 'TypeError: x', [hermes('UserScreen', 1)]),
  ),
  different(
    'RN minified anon diff msg',
    error('javascript', 'Error: Cart is empty', [hermes('anonymous', 1)]),
    error('javascript', 'Error: User is gone', [hermes('anonymous', 2)]),
  ),
  different(
    'electron main/renderer? two files',
    error('javascript', 'Error: x', [
      { function: 'run', filename: 'app:///main.js', abs_path: 'app:///main.js', in_app: true },
    ]),
    error('javascript', 'Error: x', [
      { function: 'run', filename: 'app:///preload.js', abs_path: 'app:///preload.js', in_app: true },
    ]),
  ),
  different(
    'lambda handlers',
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/var/task/cart.js',
        abs_path: '/var/task/cart.js',
        module: 'cart',
        in_app: true,
      },
    ]),
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/var/task/user.js',
        abs_path: '/var/task/user.js',
        module: 'user',
        in_app: true,
      },
    ]),
  ),
  different(
    'lambda index handlers in functions dirs',
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/app/functions/cart/index.js',
        abs_path: '/app/functions/cart/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/app/functions/user/index.js',
        abs_path: '/app/functions/user/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
  ),
  same(
    'index handler other release folder',
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/srv/releases/20261120/functions/cart/index.js',
        abs_path: '/srv/releases/20261120/functions/cart/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/srv/releases/20261121/functions/cart/index.js',
        abs_path: '/srv/releases/20261121/functions/cart/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
  ),
  same(
    'index at root of tmp dirs',
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/srv/releases/20261120/index.js',
        abs_path: '/srv/releases/20261120/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/srv/releases/20261121/index.js',
        abs_path: '/srv/releases/20261121/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
  ),
  same(
    'index at root v1.2.3',
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/opt/shop-1.2.3/index.js',
        abs_path: '/opt/shop-1.2.3/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/opt/shop-1.2.4/index.js',
        abs_path: '/opt/shop-1.2.4/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
  ),
  same(
    'index at root home dirs',
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/home/mira/index.js',
        abs_path: '/home/mira/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
    error('node', 'Error: x', [
      {
        function: 'handler',
        filename: '/home/bob/index.js',
        abs_path: '/home/bob/index.js',
        module: 'index',
        in_app: true,
      },
    ]),
  ),
  same(
    'lone anon frame Cart chunk same msg other hash',
    error('javascript', 'TypeError: x', [web('?', 'assets/Cart-AAAA1111.js')]),
    error('javascript', 'TypeError: x', [web('?', 'assets/Cart-ZZZZ9999.js')]),
  ),
  same(
    'lone anon frame numbered chunk',
    error('javascript', 'TypeError: x', [web('?', 'static/js/123.abcd1234.chunk.js')]),
    error('javascript', 'TypeError: x', [web('?', 'static/js/456.ffff1234.chunk.js')]),
  ),
  same(
    'lone anon main vs lazy chunk? hash only',
    error('javascript', 'TypeError: x', [web('?', 'assets/a1b2c3d4e5.js')]),
    error('javascript', 'TypeError: x', [web('?', 'assets/ffb2c3d4e5.js')]),
  ),
  same(
    'inline html page lone frame',
    error('javascript', 'TypeError: x', [web('?', 'orders/17')]),
    error('javascript', 'TypeError: x', [web('?', 'orders/18')]),
  ),
  same(
    'inline html lone frame slug',
    error('javascript', 'ReferenceError: foo is not defined', [web('?', 'products/red-shirt')]),
    error('javascript', 'ReferenceError: foo is not defined', [web('?', 'products/blue-jeans')]),
  ),
  same(
    'inline html index',
    error('javascript', 'ReferenceError: foo is not defined', [web('?', '')]),
    error('javascript', 'ReferenceError: foo is not defined', [web('?', 'about')]),
  ),
  same(
    'wordpress page',
    error('javascript', 'ReferenceError: foo is not defined', [web('?', '2026/11/my-post/')]),
    error('javascript', 'ReferenceError: foo is not defined', [web('?', '2026/12/other-post/')]),
  ),
  same(
    'config option values',
    error('node', 'Error: invalid option "12"'),
    error('node', 'Error: invalid option "13"'),
  ),
  same(
    'setting with numbers',
    error('node', 'Error: missing parameter "p17"'),
    error('node', 'Error: missing parameter "p18"'),
  ),
  same(
    'status of http 2xx numbers',
    message('node', 'HTTP 200 in 12ms from a.example'),
    message('node', 'HTTP 200 in 99ms from a.example'),
  ),
  same(
    'aws request ids',
    error(
      'node',
      'AccessDenied: User: arn:aws:sts::123456789012:assumed-role/shop/i-0abc123def456 is not authorized',
    ),
    error(
      'node',
      'AccessDenied: User: arn:aws:sts::123456789012:assumed-role/shop/i-0fff123def999 is not authorized',
    ),
  ),
  same(
    'base64 blobs',
    message('node', 'Bad token YWJjZGVmZ2hpamtsbW5vcA== given'),
    message('node', 'Bad token enl4d3Z1dHNycXBvbm1sa2o= given'),
  ),
]
