// Further pairs: names and words of builds, runtimes, proxies and HTTP clients that were in none of the others.
import {
  at,
  chain,
  csharp,
  dart,
  different,
  elixir,
  entry,
  error,
  go,
  hermes,
  ios,
  java,
  mapped,
  message,
  native,
  node,
  type Pair,
  php,
  py,
  rb,
  same,
  web,
} from './build.ts'

const synthetic = { mechanism: { type: 'generic', handled: true, synthetic: true } }
const reportedBy = (type: string) => ({ mechanism: { type, handled: false } })
const minidump = { mechanism: { type: 'minidump', handled: false, synthetic: true } }
const sys = (fn: string, module = 'org.springframework.web.X') => java(module, fn, 1, false)
const own = (fn: string, hash: string) => web(fn, `assets/vendor-${hash}.js`)

/** Two messages of one shape. */
const shapes: readonly (readonly [string, string])[] = [
  ['Order o-17 stuck', 'Order o-18 stuck'],
  ['job 7f3a9b2c failed', 'job 11aa22bb failed'],
  ['disk /dev/sda1 at 91%', 'disk /dev/sda1 at 97%'],
  ['queue depth 1,204 exceeds 1,000', 'queue depth 2,001 exceeds 1,000'],
  ['took 1m 3s', 'took 2m 14s'],
  ['Retry #3 of 5', 'Retry #4 of 5'],
  ['from 2026-11-20 to 2026-11-21', 'from 2026-12-20 to 2026-12-21'],
  ['v1.2.3 crashed', 'v1.2.4 crashed'],
  ['Invalid IP 10.0.0.1:443', 'Invalid IP 10.0.0.2:8443'],
  ['amount €12.50 rejected', 'amount €9.99 rejected'],
  ['amount $1,250.00 rejected', 'amount $9.99 rejected'],
  ['user_id: 17 has no cart', 'user_id: 18 has no cart'],
  ['user_id=17', 'user_id=999'],
  ['[17/20] failed', '[18/20] failed'],
  ['row 17, column 3', 'row 2, column 9'],
  ['coordinates 52.5200,13.4050', 'coordinates -48.8566,2.3522'],
  ['file upload_17.png missing', 'file upload_18.png missing'],
  ['S3 key uploads/2026/11/20/a1b2c3d4.png missing', 'S3 key uploads/2026/11/21/ffee0011.png missing'],
  ['Bad response: {"id":17,"err":"x"}', 'Bad response: {"id":18,"err":"y"}'],
  ['ticket SHOP-1234 not found', 'ticket SHOP-77 not found'],
  ['thread-12 died', 'thread-13 died'],
  ['worker-3 lost', 'worker-11 lost'],
  ['pod shop-7d9f8b6c5-x2x9z evicted', 'pod shop-6c8d7f5b4-k8k2p evicted'],
  ['ip-10-0-1-17 down', 'ip-10-0-1-18 down'],
  ['sess_abc123def456 expired', 'sess_zzz999yyy888 expired'],
  ['trace 4bf92f3577b34da6a3ce929d0e0e4736', 'trace 00f92f3577b34da6a3ce929d0e0e4736'],
  ['at 10:15 AM', 'at 3:40 PM'],
  ['[2026-11-20 12:00:00] app.ERROR: x', '[2026-11-21 09:10:11] app.ERROR: x'],
  ["Can't convert '12' to date", "Can't convert 'abc' to date"],
  ['Zahlung 12,50 € abgelehnt', 'Zahlung 9,99 € abgelehnt'],
  ['email to mira@shop.example bounced', 'email to bob@x.example bounced'],
  ['0x7ffee4 fault', '0x112233 fault'],
  ['exit code 137', 'exit code 1'],
  ['signal 9', 'signal 11'],
  ['+49 30 1234567 unreachable', '+49 40 7654321 unreachable'],
  ['Lock wait 50001ms on t_17', 'Lock wait 50220ms on t_93'],
]

export const refinedPairs: readonly Pair[] = [
  ...shapes.map(([a, b]) => same(`message: ${a}`, message('python', a), message('python', b))),

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
  different(
    'python requests statuses',
    error('python', 'HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/a/1', [
      py('shop.http', 'get', 'r.raise_for_status()'),
    ]),
    error('python', 'HTTPError: 500 Server Error: Internal for url: https://api.shop.example/a/1', [
      py('shop.http', 'get', 'r.raise_for_status()'),
    ]),
  ),
  different(
    'python requests hosts',
    error('python', 'HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/a/1', [
      py('shop.http', 'get', 'r.raise_for_status()'),
    ]),
    error('python', 'HTTPError: 404 Client Error: Not Found for url: https://pay.other.example/a/1', [
      py('shop.http', 'get', 'r.raise_for_status()'),
    ]),
  ),
  same(
    'python requests ids',
    error('python', 'HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/a/1', [
      py('shop.http', 'get', 'r.raise_for_status()'),
    ]),
    error('python', 'HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/a/2?x=3', [
      py('shop.http', 'get', 'r.raise_for_status()'),
    ]),
  ),
  same(
    'python celery task wrappers',
    error('python', 'ValueError: bad 1', [
      py('celery.app.trace', 'trace_task', 'x', 1, { in_app: false }),
      py('shop.tasks', 'send', 'raise ValueError'),
    ]),
    error('python', 'ValueError: bad 2', [
      py('celery.app.trace', '__protected_call__', 'x', 1, { in_app: false }),
      py('shop.tasks', 'send', 'raise ValueError', 9),
    ]),
  ),
  same('python KeyError no stack numbers', error('python', 'KeyError: 42'), error('python', 'KeyError: 43')),
  same(
    'python object repr addresses',
    error('python', 'TypeError: <shop.Cart object at 0x7f1c2d3e4f50> is not JSON serializable'),
    error('python', 'TypeError: <shop.Cart object at 0x7faaaaaaaa10> is not JSON serializable'),
  ),
  same(
    'python gaierror',
    error(
      'python',
      "ConnectionError: HTTPSConnectionPool(host='api.shop.example', port=443): Max retries exceeded with url: /v1/a/17 (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f1c2d3e4f50>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    ),
    error(
      'python',
      "ConnectionError: HTTPSConnectionPool(host='api.shop.example', port=443): Max retries exceeded with url: /v1/a/18?x=2 (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7faaaaaaaa50>: Failed to establish a new connection: [Errno 111] Connection refused'))",
    ),
  ),
  same(
    'python ipython/notebook cell',
    error('python', 'ValueError: x', [
      {
        function: '<module>',
        filename: '/tmp/ipykernel_123/456.py',
        abs_path: '/tmp/ipykernel_123/456.py',
        module: '__main__',
        in_app: true,
        context_line: 'f()',
      },
    ]),
    error('python', 'ValueError: x', [
      {
        function: '<module>',
        filename: '/tmp/ipykernel_999/888.py',
        abs_path: '/tmp/ipykernel_999/888.py',
        module: '__main__',
        in_app: true,
        context_line: 'f()',
      },
    ]),
  ),
  same(
    'python namedtuple/enum',
    message('python', 'User 17 not found in tenant acme-7'),
    message('python', 'User 18 not found in tenant acme-9'),
  ),
  same(
    'python logging sql',
    message('python', 'slow query: SELECT * FROM orders WHERE id = 17 took 1.2s'),
    message('python', 'slow query: SELECT * FROM orders WHERE id = 99 took 3.4s'),
  ),
  same(
    'ruby NoMethodError object inspect',
    error('ruby', "NoMethodError: undefined method `foo' for #<User:0x00007f8b1c2d3e4f>"),
    error('ruby', "NoMethodError: undefined method `foo' for #<User:0x00007faaaaaaaaaa>"),
  ),
  same(
    'ruby 3.4 quote style',
    error('ruby', "NoMethodError: undefined method `foo' for nil:NilClass"),
    error('ruby', "NoMethodError: undefined method 'foo' for nil"),
  ),
  same(
    'ruby RecordNotFound ids',
    error('ruby', "ActiveRecord::RecordNotFound: Couldn't find Order with 'id'=17"),
    error(
      'ruby',
      'ActiveRecord::RecordNotFound: Couldn\'t find Order with \'id\'=18 [WHERE "orders"."deleted_at" IS NULL]',
    ),
  ),
  different(
    'ruby RecordNotFound models',
    error('ruby', "ActiveRecord::RecordNotFound: Couldn't find Order with 'id'=17"),
    error('ruby', "ActiveRecord::RecordNotFound: Couldn't find User with 'id'=17"),
  ),
  different(
    'ruby routing',
    error('ruby', 'ActionController::RoutingError: No route matches [GET] "/wp-admin.php"'),
    error('ruby', 'ActionController::ParameterMissing: param is missing or the value is empty: order'),
  ),
  same(
    'ruby capistrano releases',
    error('ruby', 'RuntimeError: x', [rb('app/a.rb', 'pay', 'raise')]),
    error('ruby', 'RuntimeError: x', [
      { ...rb('app/a.rb', 'pay', 'raise'), abs_path: '/srv/releases/20261120120000/app/a.rb' },
    ]),
  ),
  same(
    'php array key',
    error('php', 'ErrorException: Undefined array key "sku"', [
      php('app/Cart.php', 'App\\Cart::add', '$a["sku"]'),
    ]),
    error('php', 'ErrorException: Undefined array key "sku"', [
      php('app/Cart.php', 'App\\Cart::add', '$a["sku"]', 88),
    ]),
  ),
  same(
    'php laravel route closures',
    error('php', 'Error: x', [
      php('routes/web.php', 'Illuminate\\Routing\\RouteFileRegistrar::{closure}', 'x'),
    ]),
    error('php', 'Error: x', [php('routes/web.php', 'Illuminate\\Routing\\{closure}', 'x', 5)]),
  ),
  same(
    'php wordpress memory',
    error(
      'php',
      'Symfony\\Component\\ErrorHandler\\Error\\OutOfMemoryError: Error: Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)',
    ),
    error(
      'php',
      'Symfony\\Component\\ErrorHandler\\Error\\OutOfMemoryError: Error: Allowed memory size of 268435456 bytes exhausted (tried to allocate 4096 bytes)',
    ),
  ),
  same(
    'php query exception other bindings',
    error(
      'php',
      "Illuminate\\Database\\QueryException: SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'a@b.c' for key 'users_email_unique' (SQL: insert into `users` (`email`) values (a@b.c))",
    ),
    error(
      'php',
      "Illuminate\\Database\\QueryException: SQLSTATE[23000]: Integrity constraint violation: 1062 Duplicate entry 'x@y.z' for key 'users_email_unique' (SQL: insert into `users` (`email`) values (x@y.z))",
    ),
  ),
  same(
    'java hikari pool',
    error(
      'java',
      'SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.',
    ),
    error(
      'java',
      'SQLTransientConnectionException: HikariPool-2 - Connection is not available, request timed out after 30005ms (total=10, active=10, idle=0, waiting=3)',
    ),
  ),
  same(
    'java object hash',
    error(
      'java',
      'IllegalStateException: Fragment CartFragment{abc1234} (3f2504e0-4f89-11d3-9a0c-0305e82c3301) not attached to a context.',
    ),
    error(
      'java',
      'IllegalStateException: Fragment CartFragment{99ff001} (11111111-4f89-11d3-9a0c-0305e82c3301) not attached to a context.',
    ),
  ),
  different(
    'java fragments',
    error('java', 'IllegalStateException: Fragment CartFragment{abc1234} not attached to a context.'),
    error('java', 'IllegalStateException: Fragment UserFragment{abc1234} not attached to a context.'),
  ),
  same(
    'java NPE helpful messages variance',
    error('java', 'NullPointerException: Cannot invoke "String.length()" because "<local1>" is null', [
      java('com.shop.A', 'pay', 3),
    ]),
    error('java', 'NullPointerException: Cannot invoke "String.length()" because "name" is null', [
      java('com.shop.A', 'pay', 9),
    ]),
  ),
  same(
    'java ClassCast',
    error(
      'java',
      'ClassCastException: class A cannot be cast to class B (A and B are in unnamed module of loader app @5e2de80c)',
    ),
    error(
      'java',
      'ClassCastException: class A cannot be cast to class B (A and B are in unnamed module of loader app @1b6d3586)',
    ),
  ),
  same(
    'kotlin lambda versions',
    error('java', 'IllegalArgumentException: x', [java('com.shop.MainKt$main$1', 'invoke')]),
    error('java', 'IllegalArgumentException: x', [java('com.shop.MainKt$main$2', 'invoke')]),
  ),
  same(
    'compose lambda',
    error('java', 'IllegalStateException: x', [
      java('com.shop.ComposableSingletons$CartKt$lambda-1$1', 'invoke'),
    ]),
    error('java', 'IllegalStateException: x', [
      java('com.shop.ComposableSingletons$CartKt$lambda-7$1', 'invoke'),
    ]),
  ),
  different(
    'java two lambdas methods',
    error('java', 'IllegalStateException: x', [java('com.shop.A', 'lambda$pay$0')]),
    error('java', 'IllegalStateException: x', [java('com.shop.A', 'lambda$refund$0')]),
  ),
  same(
    'scala anon',
    error('java', 'RuntimeException: x', [java('com.shop.A$', '$anonfun$pay$3')]),
    error('java', 'RuntimeException: x', [java('com.shop.A$', '$anonfun$pay$7')]),
  ),
  same(
    'OOM',
    error(
      'java',
      'OutOfMemoryError: Failed to allocate a 24 byte allocation with 1048576 free bytes and 1024KB until OOM',
    ),
    error(
      'java',
      'OutOfMemoryError: Failed to allocate a 8208016 byte allocation with 65536 free bytes and 12MB until OOM, target footprint 268435456, growth limit 268435456',
    ),
  ),
  same(
    'RemoteServiceException',
    error(
      'java',
      'RemoteServiceException$ForegroundServiceDidNotStartInTimeException: Context.startForegroundService() did not then call Service.startForeground(): ServiceRecord{7c1d6a3 u0 com.shop/.SyncService}',
    ),
    error(
      'java',
      'RemoteServiceException$ForegroundServiceDidNotStartInTimeException: Context.startForegroundService() did not then call Service.startForeground(): ServiceRecord{abc6a3f u0 com.shop/.SyncService}',
    ),
  ),
  same(
    'DeadObject / BadToken',
    error(
      'java',
      'WindowManager$BadTokenException: Unable to add window -- token android.os.BinderProxy@7c1d6a3 is not valid; is your activity running?',
    ),
    error(
      'java',
      'WindowManager$BadTokenException: Unable to add window -- token android.os.BinderProxy@ff00aa1 is not valid; is your activity running?',
    ),
  ),
  same(
    'go generic func',
    error('go', '*errors.errorString: x', [go('shop', 'Map[...]')]),
    error('go', '*errors.errorString: x', [go('shop', 'Map[...]', 9)]),
  ),
  same(
    'go pointer in msg',
    error('go', 'runtime.errorString: invalid memory address or nil pointer dereference', [
      go('shop', '(*Cart).Total'),
    ]),
    error('go', 'runtime.errorString: invalid memory address or nil pointer dereference', [
      go('shop', '(*Cart).Total', 7),
    ]),
  ),
  same(
    'go url.Error',
    error(
      'go',
      '*url.Error: Get "https://api.shop.example/v1/17": dial tcp 10.0.0.7:443: connect: connection refused',
    ),
    error(
      'go',
      '*url.Error: Get "https://api.shop.example/v1/18": dial tcp 10.0.0.9:443: connect: connection refused',
    ),
  ),
  different(
    'go url.Error kinds',
    error(
      'go',
      '*url.Error: Get "https://api.shop.example/v1/17": dial tcp 10.0.0.7:443: connect: connection refused',
    ),
    error('go', '*url.Error: Get "https://api.shop.example/v1/17": context deadline exceeded'),
  ),
  same(
    'go iter/range func',
    error('go', '*errors.errorString: x', [go('shop', 'Load-range1')]),
    error('go', '*errors.errorString: x', [go('shop', 'Load-range2')]),
  ),
  same(
    'cpp templates args',
    error('native', 'SIGSEGV: x', [
      native('std::vector<int>::at(unsigned long)', '/srv/bin/shop', false),
      native('Cart::total(int)'),
    ]),
    error('native', 'SIGSEGV: x', [
      native('std::vector<int, std::allocator<int>>::at(size_t)', '/srv/bin/shop', false),
      native('Cart::total(int) const'),
    ]),
  ),
  same(
    'rust closure env',
    error('native', 'panic: x', [native('shop::cart::total::{{closure}}')]),
    error('native', 'panic: x', [native('shop::cart::total::{closure#0}')]),
  ),
  same(
    'rust closure env$0 msvc',
    error('native', 'panic: x', [native('shop::cart::total::{{closure}}')]),
    error('native', 'panic: x', [native('shop::cart::total::closure$0')]),
  ),
  same(
    'rust index out of bounds no stack',
    error('native', 'panic: index out of bounds: the len is 3 but the index is 5'),
    error('native', 'panic: index out of bounds: the len is 0 but the index is 1'),
  ),
  same(
    'swift fatal error message',
    error('cocoa', 'EXC_BREAKPOINT: Fatal error: Index out of range', [native('CartModel.pay()', ios)]),
    error(
      'cocoa',
      'EXC_BREAKPOINT: closure #1 in x > Fatal error: Index out of range: file Swift/ContiguousArrayBuffer.swift, line 600',
      [native('CartModel.pay()', ios)],
    ),
  ),
  same(
    'NSException unrecognized selector other address',
    error(
      'cocoa',
      'NSInvalidArgumentException: -[__NSCFString count]: unrecognized selector sent to instance 0x280c1a2b0',
    ),
    error(
      'cocoa',
      'NSInvalidArgumentException: -[__NSCFString count]: unrecognized selector sent to instance 0x281111110',
    ),
  ),
  different(
    'NSException selectors',
    error(
      'cocoa',
      'NSInvalidArgumentException: -[__NSCFString count]: unrecognized selector sent to instance 0x280c1a2b0',
    ),
    error(
      'cocoa',
      'NSInvalidArgumentException: -[__NSArrayM length]: unrecognized selector sent to instance 0x280c1a2b0',
    ),
  ),
  same(
    '.NET lambda in ctor',
    error('csharp', 'System.Exception: x', [csharp('Shop.Cart.<>c', 'void Shop.Cart+<>c.<.ctor>b__3_0()')]),
    error('csharp', 'System.Exception: x', [csharp('Shop.Cart.<>c', 'void Shop.Cart+<>c.<.ctor>b__4_1()')]),
  ),
  same(
    '.NET generics arity',
    error('csharp', 'System.Exception: x', [csharp('Shop.Repo`1', 'T Repo<T>.Get(int id)')]),
    error('csharp', 'System.Exception: x', [
      csharp('Shop.Repo`1[[Shop.Order, Shop, Version=1.0.0.0]]', 'T Repo<T>.Get(int id)'),
    ]),
  ),
  same(
    '.NET EF ids',
    error(
      'csharp',
      'Microsoft.EntityFrameworkCore.DbUpdateConcurrencyException: The database operation was expected to affect 1 row(s), but actually affected 0 row(s)',
    ),
    error(
      'csharp',
      'Microsoft.EntityFrameworkCore.DbUpdateConcurrencyException: The database operation was expected to affect 3 row(s), but actually affected 2 row(s)',
    ),
  ),
  same(
    'maui android java frames',
    error('csharp', 'Java.Lang.IllegalStateException: x', [
      csharp('Shop.MainPage', 'void MainPage.OnClick(object s, EventArgs e)'),
    ]),
    error('csharp', 'Java.Lang.IllegalStateException: x', [
      csharp('Shop.MainPage', 'void MainPage.OnClick(object s, EventArgs e)', 8),
    ]),
  ),
  same(
    'dart null check op web and vm?',
    error('dart', '_TypeError: Null check operator used on a null value', [
      dart('cart.dart', 'CartPage.build'),
    ]),
    error('dart', '_TypeError: Null check operator used on a null value', [
      dart('cart.dart', 'CartPage.build', 9),
    ]),
  ),
  same(
    'flutter overflow',
    error('dart', 'FlutterError: A RenderFlex overflowed by 12 pixels on the right.'),
    error('dart', 'FlutterError: A RenderFlex overflowed by 3.5 pixels on the right.'),
  ),
  same(
    'dart socket',
    error(
      'dart',
      'SocketException: Connection refused (OS Error: Connection refused, errno = 111), address = api.shop.example, port = 41234',
    ),
    error(
      'dart',
      'SocketException: Connection refused (OS Error: Connection refused, errno = 61), address = api.shop.example, port = 50001',
    ),
  ),
  same(
    'dart http ids',
    error(
      'dart',
      'ClientException: Connection closed before full header was received, uri=https://api.shop.example/v1/17',
    ),
    error(
      'dart',
      'ClientException: Connection closed before full header was received, uri=https://api.shop.example/v1/18',
    ),
  ),
  same(
    'dart state after dispose',
    error(
      'dart',
      'FlutterError: setState() called after dispose(): _CartState#a1b2c(lifecycle state: defunct, not mounted)',
    ),
    error(
      'dart',
      'FlutterError: setState() called after dispose(): _CartState#99ff0(lifecycle state: defunct, not mounted)',
    ),
  ),
  different(
    'dart state classes',
    error(
      'dart',
      'FlutterError: setState() called after dispose(): _CartState#a1b2c(lifecycle state: defunct, not mounted)',
    ),
    error(
      'dart',
      'FlutterError: setState() called after dispose(): _UserState#a1b2c(lifecycle state: defunct, not mounted)',
    ),
  ),
  same(
    'elixir genserver pid',
    error('elixir', 'exit: ** (EXIT from #PID<0.123.0>) killed'),
    error('elixir', 'exit: ** (EXIT from #PID<0.999.0>) killed'),
  ),
  same(
    'elixir timeout',
    message(
      'elixir',
      'GenServer #PID<0.123.0> terminating\n** (stop) exited in: GenServer.call(#PID<0.5.0>, :get, 5000)',
    ),
    message(
      'elixir',
      'GenServer #PID<0.777.0> terminating\n** (stop) exited in: GenServer.call(#PID<0.9.0>, :get, 5000)',
    ),
  ),
  same(
    'elixir ref',
    error('elixir', 'DBConnection.ConnectionError: tcp recv: closed #Reference<0.1.2.3>'),
    error('elixir', 'DBConnection.ConnectionError: tcp recv: closed #Reference<0.9.8.7>'),
  ),

  different('two words differ', message('python', 'cart failed'), message('python', 'order failed')),
  different(
    'http msg status',
    message('python', 'GET https://api.shop.example/a returned 404'),
    message('python', 'GET https://api.shop.example/a returned 500'),
  ),
  different('error codes letters', message('node', 'E1001: bad input'), message('node', 'E2002: no route')),
  different(
    'sqlstate codes',
    error('java', 'PSQLException: ERROR: deadlock detected'),
    error('java', 'PSQLException: ERROR: relation "x" does not exist'),
  ),
  different(
    'exit codes?',
    error('go', '*exec.ExitError: exit status 1'),
    error('go', '*exec.ExitError: signal: killed'),
  ),
  different(
    'errno no stack',
    error('node', 'Error: connect ECONNREFUSED 10.0.0.1:5432'),
    error('node', 'Error: connect ETIMEDOUT 10.0.0.1:5432'),
  ),
  different(
    'same func two files',
    error('python', 'ValueError: x', [py('shop.a', 'run', 'raise')]),
    error('python', 'ValueError: x', [py('shop.b', 'run', 'raise')]),
  ),
  different(
    'one helper',
    error('python', 'ValueError: x', [
      py('shop.a', 'one', 'fail()'),
      py('shop.util', 'fail', 'raise ValueError'),
    ]),
    error('python', 'ValueError: x', [
      py('shop.b', 'two', 'fail()'),
      py('shop.util', 'fail', 'raise ValueError'),
    ]),
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
    'php two controllers with closure',
    error('php', 'Error: x', [php('app/A.php', '{closure}', 'a()')]),
    error('php', 'Error: x', [php('app/B.php', '{closure}', 'a()')]),
  ),
  different(
    'go method on two types',
    error('go', '*x.Error: x', [go('shop', '(*Cart).Total')]),
    error('go', '*x.Error: x', [go('shop', '(*Order).Total')]),
  ),
  different(
    'java overloads? two classes',
    error('java', 'IllegalStateException: x', [java('com.shop.Cart', 'total')]),
    error('java', 'IllegalStateException: x', [java('com.shop.Order', 'total')]),
  ),
  different(
    'kotlin object vs companion',
    error('java', 'IllegalStateException: x', [java('com.shop.Cart$Companion', 'make')]),
    error('java', 'IllegalStateException: x', [java('com.shop.Order$Companion', 'make')]),
  ),
  different(
    'dart two widgets',
    error('dart', '_TypeError: Null check operator used on a null value', [
      dart('cart.dart', 'CartPage.build'),
    ]),
    error('dart', '_TypeError: Null check operator used on a null value', [
      dart('user.dart', 'UserPage.build'),
    ]),
  ),
  different(
    'unity two scripts',
    error('csharp', 'NullReferenceException: Object reference not set to an instance of an object.', [
      csharp('', 'Cart.Update ()'),
    ]),
    error('csharp', 'NullReferenceException: Object reference not set to an instance of an object.', [
      csharp('', 'User.Update ()'),
    ]),
  ),
  different(
    'addr only',
    error('native', 'SIGSEGV: x', [at('/data/app/libshop.so', 0x7000, 0x100)]),
    error('native', 'SIGSEGV: x', [at('/data/app/libshop.so', 0x9000, 0x200)]),
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
    'python dict keys',
    error('python', "AttributeError: 'NoneType' object has no attribute 'name'"),
    error('python', "AttributeError: 'NoneType' object has no attribute 'id'"),
  ),
  different(
    'rust two panics',
    error('native', 'panic: called `Option::unwrap()` on a `None` value', [native('shop::a::x')]),
    error('native', 'panic: called `Option::unwrap()` on a `None` value', [native('shop::b::x')]),
  ),
  different(
    'php undefined keys no stack',
    error('php', 'ErrorException: Undefined array key "sku"'),
    error('php', 'ErrorException: Undefined array key "name"'),
  ),
  different(
    'php undefined variables no stack',
    error('php', 'ErrorException: Undefined variable $a'),
    error('php', 'ErrorException: Undefined variable $b'),
  ),
  different(
    'module not found',
    error('node', "Error: Cannot find module 'express'"),
    error('node', "Error: Cannot find module './routes/cart'"),
  ),
  different(
    'python import',
    error('python', "ModuleNotFoundError: No module named 'redis'"),
    error('python', "ModuleNotFoundError: No module named 'celery'"),
  ),
  different(
    'java class not found',
    error('java', 'ClassNotFoundException: com.shop.A'),
    error('java', 'ClassNotFoundException: com.shop.B'),
  ),
  different(
    'elixir undefined',
    error('elixir', 'UndefinedFunctionError: function Shop.a/1 is undefined or private'),
    error('elixir', 'UndefinedFunctionError: function Shop.b/2 is undefined or private'),
  ),
  different(
    'SQL tables',
    error(
      'php',
      "PDOException: SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.a' doesn't exist",
    ),
    error(
      'php',
      "PDOException: SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.b' doesn't exist",
    ),
  ),
  different(
    'SQL column pg',
    error('ruby', 'PG::UndefinedColumn: ERROR:  column "a" does not exist'),
    error('ruby', 'PG::UndefinedColumn: ERROR:  column "b" does not exist'),
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
    'permissions',
    error('java', 'SecurityException: Permission Denial: requires android.permission.CAMERA'),
    error('java', 'SecurityException: Permission Denial: requires android.permission.READ_CONTACTS'),
  ),
  different(
    'enum names',
    error('python', "ValueError: 'GOLD' is not a valid Plan"),
    error('python', "ValueError: 'x' is not a valid Color"),
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
  different(
    'Flutter vs native',
    error('dart', 'StateError: x', [dart('cart.dart', 'pay')]),
    error('cocoa', 'StateError: x', [native('pay', ios)]),
  ),
  different(
    'java vs swift same words',
    error('java', 'IllegalStateException: no cart', [java('com.shop.Cart', 'total')]),
    error('cocoa', 'IllegalStateException: no cart', [native('Cart.total()', ios)]),
  ),
  same(
    'kmp shared frames java/native?',
    error('java', 'IllegalStateException: no cart', [java('com.shop.Cart', 'total')]),
    error('java', 'IllegalStateException: no cart 2', [java('com.shop.Cart', 'total', 20)]),
  ),
  same(
    'python recursion with three function cycle',
    error('python', 'RecursionError: x', [
      ...Array.from({ length: 9 }, () => ['a', 'b', 'c'].map((f) => py('s.t', f, f + '()'))).flat(),
    ]),
    error('python', 'RecursionError: x', [
      ...Array.from({ length: 20 }, () => ['a', 'b', 'c'].map((f) => py('s.t', f, f + '()'))).flat(),
      py('s.t', 'a', 'a()'),
    ]),
  ),
  same(
    'java SOE with JDK frames between',
    error('java', 'StackOverflowError', [
      java('com.shop.M', 'main'),
      ...Array.from({ length: 9 }, () => [
        java('com.shop.T', 'walk'),
        java('java.util.ArrayList', 'forEach', 1, false),
        java('com.shop.T', 'lambda$walk$0'),
      ]).flat(),
    ]),
    error('java', 'StackOverflowError', [
      java('com.shop.M', 'main'),
      ...Array.from({ length: 30 }, () => [
        java('com.shop.T', 'walk'),
        java('java.util.ArrayList', 'forEach', 1, false),
        java('com.shop.T', 'lambda$walk$1'),
      ]).flat(),
    ]),
  ),
  same(
    'go recursion',
    error('go', 'runtime.errorString: stack overflow', [
      go('shop', 'main'),
      ...Array.from({ length: 5 }, () => go('shop', '(*T).Walk')),
    ]),
    error('go', 'runtime.errorString: stack overflow', [
      go('shop', 'main'),
      ...Array.from({ length: 50 }, () => go('shop', '(*T).Walk')),
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
  same(
    'native recursion',
    error('cocoa', 'EXC_BAD_ACCESS: Stack overflow', [
      native('main', ios),
      ...Array.from({ length: 10 }, () => native('Node.walk()', ios)),
    ]),
    error('cocoa', 'EXC_BAD_ACCESS: Stack overflow', [
      native('main', ios),
      ...Array.from({ length: 80 }, () => native('Node.walk()', ios)),
    ]),
  ),
  different(
    'recursion in two functions',
    error(
      'python',
      'RecursionError: x',
      Array.from({ length: 9 }, () => py('s.t', 'a', 'a()')),
    ),
    error(
      'python',
      'RecursionError: x',
      Array.from({ length: 9 }, () => py('s.u', 'b', 'b()')),
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
    'python capture_message with threads stack two messages',
    {
      platform: 'python',
      logentry: { message: 'cart empty' },
      threads: {
        values: [
          {
            current: true,
            stacktrace: { frames: [py('shop.log', 'report', 'sentry_sdk.capture_message(m)')] },
          },
        ],
      },
    },
    {
      platform: 'python',
      logentry: { message: 'no user' },
      threads: {
        values: [
          {
            current: true,
            stacktrace: { frames: [py('shop.log', 'report', 'sentry_sdk.capture_message(m)')] },
          },
        ],
      },
    },
  ),
  same(
    'python capture_message same message ids',
    {
      platform: 'python',
      logentry: { message: 'cart 1 empty' },
      threads: {
        values: [
          {
            current: true,
            stacktrace: { frames: [py('shop.log', 'report', 'sentry_sdk.capture_message(m)')] },
          },
        ],
      },
    },
    {
      platform: 'python',
      logentry: { message: 'cart 2 empty' },
      threads: {
        values: [
          {
            current: true,
            stacktrace: { frames: [py('shop.log', 'report', 'sentry_sdk.capture_message(m)', 77)] },
          },
        ],
      },
    },
  ),
  different(
    'Error in two components',
    error('javascript', 'Error: x', [mapped('CartPage', 'src/pages/Cart.tsx', 'throw new Error(x)')]),
    error('javascript', 'Error: x', [mapped('OrderPage', 'src/pages/Order.tsx', 'throw new Error(x)')]),
  ),
  different(
    'RuntimeException two places',
    error('java', 'RuntimeException: x', [java('com.shop.A', 'a')]),
    error('java', 'RuntimeException: x', [java('com.shop.A', 'b')]),
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
  same(
    'cocoa HTTPClientError',
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 500',
      [],
      { mechanism: { type: 'HTTPClientError', handled: true } },
      { request: { url: 'https://api.shop.example/a/1' } },
    ),
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 500',
      [],
      { mechanism: { type: 'HTTPClientError', handled: true } },
      { request: { url: 'https://api.shop.example/a/2' } },
    ),
  ),
  different(
    'cocoa HTTPClientError statuses',
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 500',
      [native('f', ios)],
      { mechanism: { type: 'HTTPClientError', handled: true } },
      { request: { url: 'https://api.shop.example/a/1' } },
    ),
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 503',
      [native('f', ios)],
      { mechanism: { type: 'HTTPClientError', handled: true } },
      { request: { url: 'https://api.shop.example/a/2' } },
    ),
  ),
  different(
    'okhttp SentryHttpClientException',
    error(
      'java',
      'SentryHttpClientException: HTTP Client Error with status code: 500',
      [java('io.sentry.okhttp.X', 'a')],
      { mechanism: { type: 'SentryOkHttpInterceptor', handled: true } },
      { request: { url: 'https://api.shop.example/a/1' } },
    ),
    error(
      'java',
      'SentryHttpClientException: HTTP Client Error with status code: 500',
      [java('io.sentry.okhttp.X', 'a')],
      { mechanism: { type: 'SentryOkHttpInterceptor', handled: true } },
      { request: { url: 'https://pay.shop.example/a/2' } },
    ),
  ),
  different(
    'dart http client',
    error(
      'dart',
      'SentryHttpClientError: HTTP Client Error with status code: 500',
      [],
      { mechanism: { type: 'SentryHttpClient', handled: true } },
      { request: { url: 'https://api.shop.example/a/1' } },
    ),
    error(
      'dart',
      'SentryHttpClientError: HTTP Client Error with status code: 404',
      [],
      { mechanism: { type: 'SentryHttpClient', handled: true } },
      { request: { url: 'https://api.shop.example/a/1' } },
    ),
  ),
  different(
    'dio',
    error(
      'dart',
      'DioException: DioException [bad response]: This exception was thrown because the response has a status code of 404 and RequestOptions.validateStatus was configured to throw',
      [dart('api.dart', 'Api.get')],
    ),
    error(
      'dart',
      'DioException: DioException [bad response]: This exception was thrown because the response has a status code of 500 and RequestOptions.validateStatus was configured to throw',
      [dart('api.dart', 'Api.get')],
    ),
  ),
  different(
    'guzzle statuses',
    error(
      'php',
      'GuzzleHttp\\Exception\\ClientException: Client error: `GET https://api.shop.example/a/1` resulted in a `404 Not Found` response:\n{"e":1}',
      [php('app/Api.php', 'Api::get', '$c->get($u)')],
    ),
    error(
      'php',
      'GuzzleHttp\\Exception\\ClientException: Client error: `GET https://api.shop.example/a/1` resulted in a `403 Forbidden` response:\n{"e":1}',
      [php('app/Api.php', 'Api::get', '$c->get($u)')],
    ),
  ),
  same(
    'guzzle ids',
    error(
      'php',
      'GuzzleHttp\\Exception\\ClientException: Client error: `GET https://api.shop.example/a/1` resulted in a `404 Not Found` response:\n{"e":1}',
      [php('app/Api.php', 'Api::get', '$c->get($u)')],
    ),
    error(
      'php',
      'GuzzleHttp\\Exception\\ClientException: Client error: `GET https://api.shop.example/a/2` resulted in a `404 Not Found` response:\n{"e":2}',
      [php('app/Api.php', 'Api::get', '$c->get($u)')],
    ),
  ),
  different(
    '.NET HttpRequestException',
    error(
      'csharp',
      'System.Net.Http.HttpRequestException: Response status code does not indicate success: 404 (Not Found).',
      [csharp('Shop.Api', 'Task Api.Get()')],
    ),
    error(
      'csharp',
      'System.Net.Http.HttpRequestException: Response status code does not indicate success: 500 (Internal Server Error).',
      [csharp('Shop.Api', 'Task Api.Get()')],
    ),
  ),
  different(
    'faraday',
    error('ruby', 'Faraday::ClientError: the server responded with status 404', [
      rb('app/api.rb', 'get', 'conn.get'),
    ]),
    error('ruby', 'Faraday::ClientError: the server responded with status 422', [
      rb('app/api.rb', 'get', 'conn.get'),
    ]),
  ),
  different(
    'httpx',
    error(
      'python',
      "HTTPStatusError: Client error '404 Not Found' for url 'https://api.shop.example/a/1'\nFor more information check: https://httpstatuses.com/404",
      [py('s.api', 'get', 'r.raise_for_status()')],
    ),
    error(
      'python',
      "HTTPStatusError: Server error '500 Internal Server Error' for url 'https://api.shop.example/a/1'",
      [py('s.api', 'get', 'r.raise_for_status()')],
    ),
  ),
  different(
    'aiohttp',
    error('python', "ClientResponseError: 404, message='Not Found', url='https://api.shop.example/a/1'", [
      py('s.api', 'get', 'r.raise_for_status()'),
    ]),
    error(
      'python',
      "ClientResponseError: 500, message='Internal Server Error', url='https://api.shop.example/a/1'",
      [py('s.api', 'get', 'r.raise_for_status()')],
    ),
  ),
  different(
    'spring WebClient',
    error(
      'java',
      'WebClientResponseException$NotFound: 404 Not Found from GET https://api.shop.example/a/1',
      [java('com.shop.Api', 'get')],
    ),
    error(
      'java',
      'WebClientResponseException$BadGateway: 502 Bad Gateway from GET https://api.shop.example/a/1',
      [java('com.shop.Api', 'get')],
    ),
  ),
  different(
    'retrofit',
    error('java', 'HttpException: HTTP 404 ', [java('com.shop.Api', 'get')]),
    error('java', 'HttpException: HTTP 500 ', [java('com.shop.Api', 'get')]),
  ),
  different(
    'RestTemplate',
    error('java', 'HttpClientErrorException: 404 Not Found: [no body]', [java('com.shop.Api', 'get')]),
    error('java', 'HttpClientErrorException: 401 Unauthorized: [no body]', [java('com.shop.Api', 'get')]),
  ),
  different(
    'feign',
    error(
      'java',
      'FeignException: [503 Service Unavailable] during [GET] to [https://api.shop.example/a/1] [Api#get(long)]: [x]',
      [java('com.shop.Api', 'get')],
    ),
    error(
      'java',
      'FeignException: [404 Not Found] during [GET] to [https://api.shop.example/a/1] [Api#get(long)]: [x]',
      [java('com.shop.Api', 'get')],
    ),
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
    'go msg',
    error('go', '*api.Error: GET https://api.shop.example/a/1: 404 Not Found', [
      go('shop/api', '(*Client).Get'),
    ]),
    error('go', '*api.Error: GET https://api.shop.example/a/1: 502 Bad Gateway', [
      go('shop/api', '(*Client).Get'),
    ]),
  ),
  different(
    'go msg unexpected status',
    error('go', '*errors.errorString: unexpected status 404', [go('shop/api', '(*Client).Get')]),
    error('go', '*errors.errorString: unexpected status 502', [go('shop/api', '(*Client).Get')]),
  ),
  different(
    'rust reqwest',
    error(
      'native',
      'reqwest::Error: HTTP status client error (404 Not Found) for url (https://api.shop.example/a/1)',
    ),
    error(
      'native',
      'reqwest::Error: HTTP status server error (500 Internal Server Error) for url (https://api.shop.example/a/1)',
    ),
  ),
  different(
    'elixir Tesla',
    message('elixir', '{:error, {:unexpected_status, 404}}'),
    message('elixir', '{:error, {:unexpected_status, 502}}'),
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
    'spring AOP',
    error('java', 'IllegalStateException: x', [
      java('com.shop.Svc$$SpringCGLIB$$0', 'pay'),
      java('com.shop.Svc', 'pay'),
    ]),
    error('java', 'IllegalStateException: x', [
      java('com.shop.Svc$$SpringCGLIB$$1', 'pay'),
      java('com.shop.Svc', 'pay'),
    ]),
  ),
  same(
    'quarkus _ClientProxy/_Subclass',
    error('java', 'IllegalStateException: x', [
      java('com.shop.Svc_Subclass', 'pay$$superforward1'),
      java('com.shop.Svc', 'pay'),
    ]),
    error('java', 'IllegalStateException: x', [
      java('com.shop.Svc_Subclass', 'pay$$superforward'),
      java('com.shop.Svc', 'pay'),
    ]),
  ),
  same(
    'mockito/bytebuddy',
    error('java', 'IllegalStateException: x', [java('com.shop.Svc$MockitoMock$123456', 'pay')]),
    error('java', 'IllegalStateException: x', [java('com.shop.Svc$MockitoMock$654321', 'pay')]),
  ),
  same(
    'weld proxies',
    error('java', 'IllegalStateException: x', [java('com.shop.Svc$Proxy$_$$_WeldClientProxy', 'pay')]),
    error('java', 'IllegalStateException: x', [java('com.shop.Svc$Proxy$_$$_WeldClientProxy', 'pay', 3)]),
  ),
  same(
    'castle proxies',
    error('csharp', 'System.Exception: x', [
      csharp('Castle.Proxies.SvcProxy', 'void Castle.Proxies.SvcProxy.Pay()'),
      csharp('Shop.Svc', 'void Svc.Pay()'),
    ]),
    error('csharp', 'System.Exception: x', [
      csharp('Castle.Proxies.SvcProxy_1', 'void Castle.Proxies.SvcProxy_1.Pay()'),
      csharp('Shop.Svc', 'void Svc.Pay()'),
    ]),
  ),
  same(
    'php doctrine proxies',
    error('php', 'Error: x', [
      php(
        'var/cache/prod/doctrine/orm/Proxies/__CG__AppEntityOrder.php',
        'Proxies\\__CG__\\App\\Entity\\Order::total',
        'x',
      ),
    ]),
    error('php', 'Error: x', [
      php(
        'var/cache/prod/doctrine/orm/Proxies/__CG__AppEntityOrder.php',
        'Proxies\\__CG__\\App\\Entity\\Order::total',
        'x',
        7,
      ),
    ]),
  ),
  same(
    'symfony container hash',
    error('php', 'Error: x', [
      php(
        'var/cache/prod/ContainerA1b2C3d/App_KernelProdContainer.php',
        'ContainerA1b2C3d\\App_KernelProdContainer::getCart',
        'x',
      ),
      php('src/Cart.php', 'App\\Cart::a', 'y'),
    ]),
    error('php', 'Error: x', [
      php(
        'var/cache/prod/ContainerZ9y8X7w/App_KernelProdContainer.php',
        'ContainerZ9y8X7w\\App_KernelProdContainer::getCart',
        'x',
      ),
      php('src/Cart.php', 'App\\Cart::a', 'y'),
    ]),
  ),
  same(
    'graal lambda forms',
    error('java', 'RuntimeException: x', [
      java('com.shop.A$$Lambda/0x000001', 'run'),
      java('com.shop.A', 'pay'),
    ]),
    error('java', 'RuntimeException: x', [
      java('com.shop.A$$Lambda$44/0x00000f', 'run'),
      java('com.shop.A', 'pay'),
    ]),
  ),
  same(
    'groovy closure names',
    error('java', 'RuntimeException: x', [java('shop.Build$_run_closure1', 'doCall')]),
    error('java', 'RuntimeException: x', [java('shop.Build$_run_closure2', 'doCall')]),
  ),
  same(
    'clojure fns',
    error('java', 'ExceptionInfo: x', [java('shop.core$pay$fn__1234', 'invoke')]),
    error('java', 'ExceptionInfo: x', [java('shop.core$pay$fn__9876', 'invoke')]),
  ),
  same(
    'swift async tails',
    error('cocoa', 'EXC_BREAKPOINT: x', [
      native('(1) await resume partial function for CartModel.pay()', ios),
    ]),
    error('cocoa', 'EXC_BREAKPOINT: x', [
      native('(2) suspend resume partial function for CartModel.pay()', ios),
    ]),
  ),
  same(
    'swift mangled async TQ',
    error('cocoa', 'EXC_BREAKPOINT: x', [native('$s4Shop9CartModelC3payyyYaFTQ0_', ios)]),
    error('cocoa', 'EXC_BREAKPOINT: x', [native('$s4Shop9CartModelC3payyyYaFTY1_', ios)]),
  ),
  same(
    'objc block',
    error('cocoa', 'NSInternalInconsistencyException: x', [
      native('__24-[CartController reload]_block_invoke', ios),
    ]),
    error('cocoa', 'NSInternalInconsistencyException: x', [
      native('__24-[CartController reload]_block_invoke_2', ios),
    ]),
  ),
  same(
    'dart closure numbering in web',
    error('dart', 'StateError: x', [dart('cart.dart', 'CartPage.build.<fn>')]),
    error('dart', 'StateError: x', [dart('cart.dart', 'CartPage.build.<anonymous closure>')]),
  ),
  same(
    'kotlin coroutine lambdas',
    error('java', 'IllegalStateException: x', [java('com.shop.CartVM$load$1$2', 'invokeSuspend')]),
    error('java', 'IllegalStateException: x', [java('com.shop.CartVM$load$2$1', 'invokeSuspend')]),
  ),
  same(
    'r8 obfuscated? unmapped a.b.c changes per build: type + system',
    error('java', 'NullPointerException: x', [java('a.b.c', 'd')]),
    error('java', 'NullPointerException: x', [java('a.b.c', 'd', 9)]),
  ),
  same(
    'chained cause text ids',
    chain(
      'python',
      entry('KeyError: 1', [py('s.a', 'x', 'd[k]')]),
      entry('OrderError: order 7', [py('s.a', 'y', 'raise')]),
    ),
    chain(
      'python',
      entry('KeyError: 2', [py('s.a', 'x', 'd[k]')]),
      entry('OrderError: order 8', [py('s.a', 'y', 'raise')]),
    ),
  ),
  different(
    'same outer other cause',
    chain(
      'java',
      entry('SQLTimeoutException: x', [java('com.shop.Db', 'q')]),
      entry('DataAccessException: x', [java('com.shop.Repo', 'find')]),
    ),
    chain(
      'java',
      entry('SQLSyntaxErrorException: x', [java('com.shop.Db', 'q')]),
      entry('DataAccessException: x', [java('com.shop.Repo', 'find')]),
    ),
  ),
  same(
    'group count',
    chain(
      'python',
      entry('ValueError: 1', [py('s.a', 'x', 'raise')], {
        mechanism: { type: 'chained', exception_id: 1, parent_id: 0, source: 'exceptions[0]' },
      }),
      entry('ExceptionGroup: many', [py('s.a', 'all', 'raise')], {
        mechanism: { type: 'generic', exception_id: 0, is_exception_group: true },
      }),
    ),
    chain(
      'python',
      entry('ValueError: 3', [py('s.a', 'x', 'raise')], {
        mechanism: { type: 'chained', exception_id: 2, parent_id: 0, source: 'exceptions[1]' },
      }),
      entry('ValueError: 2', [py('s.a', 'x', 'raise')], {
        mechanism: { type: 'chained', exception_id: 1, parent_id: 0, source: 'exceptions[0]' },
      }),
      entry('ExceptionGroup: many', [py('s.a', 'all', 'raise')], {
        mechanism: { type: 'generic', exception_id: 0, is_exception_group: true },
      }),
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
    'spring only frames two messages',
    error('java', 'IllegalArgumentException: cart missing', [sys('invoke')]),
    error('java', 'IllegalArgumentException: user missing', [sys('invoke')]),
  ),
  different(
    'two ANRs main thread in two methods',
    error('java', 'ApplicationNotResponding: ANR', [
      java('android.os.Looper', 'loop', 1, false),
      java('com.shop.A', 'a'),
    ]),
    error('java', 'ApplicationNotResponding: ANR', [
      java('android.os.Looper', 'loop', 1, false),
      java('com.shop.B', 'b'),
    ]),
  ),
  different(
    'ANR only system frames two places',
    error('java', 'ApplicationNotResponding: ANR', [
      java('android.view.View', 'measure', 1, false),
      java('android.view.ViewGroup', 'layout', 1, false),
    ]),
    error('java', 'ApplicationNotResponding: ANR', [
      java('android.database.sqlite.SQLiteDatabase', 'query', 1, false),
      java('android.database.CursorWindow', 'nativeCreate', 1, false),
    ]),
  ),
  different(
    'cocoa hang two',
    error(
      'cocoa',
      'App Hanging: App hanging for at least 2000 ms.',
      [native('main', ios), native('Cart.render()', ios)],
      reportedBy('AppHang'),
    ),
    error(
      'cocoa',
      'App Hanging: App hanging for at least 2000 ms.',
      [native('main', ios), native('User.load()', ios)],
      reportedBy('AppHang'),
    ),
  ),
  same(
    'cocoa hang ms',
    error(
      'cocoa',
      'App Hanging: App hanging for at least 2000 ms.',
      [native('Cart.render()', ios)],
      reportedBy('AppHang'),
    ),
    error(
      'cocoa',
      'App Hanging: App hanging between 2.1 and 2.3 seconds.',
      [native('Cart.render()', ios)],
      reportedBy('AppHang'),
    ),
  ),
  different(
    'SIGSEGV minidump two functions',
    error('native', 'SIGSEGV / 0x0: Fatal Error: SIGSEGV / 0x0', [native('Cart::total')], minidump),
    error('native', 'SIGSEGV / 0x0: Fatal Error: SIGSEGV / 0x0', [native('User::load')], minidump),
  ),
  same(
    'minidump other address',
    error('native', 'SIGSEGV / 0x10: Fatal Error', [native('Cart::total')], minidump),
    error('native', 'SIGSEGV / 0x88: Fatal Error', [native('Cart::total')], minidump),
  ),
  different(
    'panic strings via one fn? threads',
    {
      platform: 'go',
      level: 'fatal',
      message: 'boom a',
      threads: { values: [{ current: true, stacktrace: { frames: [go('main', 'run'), go('main', 'a')] } }] },
    },
    {
      platform: 'go',
      level: 'fatal',
      message: 'boom a',
      threads: { values: [{ current: true, stacktrace: { frames: [go('main', 'run'), go('main', 'b')] } }] },
    },
  ),
  different(
    'python exceptions same fn different line',
    error('python', 'ValueError: x', [py('s.a', 'f', 'raise ValueError(a)')]),
    error('python', 'ValueError: x', [py('s.a', 'f', 'raise ValueError(b)')]),
  ),
  same(
    'python line whitespace',
    error('python', 'ValueError: x', [py('s.a', 'f', 'raise  ValueError(a)')]),
    error('python', 'ValueError: x', [py('s.a', 'f', 'raise ValueError(a)  ')]),
  ),
  different(
    'ruby two blocks in two files',
    error('ruby', 'RuntimeError: x', [rb('app/a.rb', 'block in run', 'raise "x"')]),
    error('ruby', 'RuntimeError: x', [rb('app/b.rb', 'block in run', 'raise "x"')]),
  ),
  different(
    'ruby same file other method 3.4',
    error('ruby', 'RuntimeError: x', [rb('app/a.rb', 'A#run', 'raise x')]),
    error('ruby', 'RuntimeError: x', [rb('app/a.rb', 'A#stop', 'raise x')]),
  ),
  different(
    'php same method name two classes in one dir',
    error('php', 'Error: x', [php('app/A.php', 'App\\A::handle', 'x()')]),
    error('php', 'Error: x', [php('app/B.php', 'App\\B::handle', 'x()')]),
  ),
  different(
    'elixir two modules',
    error('elixir', 'KeyError: x', [elixir('Shop.A', 'Shop.A.run/1')]),
    error('elixir', 'KeyError: x', [elixir('Shop.B', 'Shop.B.run/1')]),
  ),
  different(
    'elixir arity',
    error('elixir', 'FunctionClauseError: x', [elixir('Shop.A', 'Shop.A.run/1')]),
    error('elixir', 'FunctionClauseError: x', [elixir('Shop.A', 'Shop.A.run/2')]),
  ),
  different(
    'go closures of two functions',
    error('go', '*errors.errorString: x', [go('shop', 'Load.func1')]),
    error('go', '*errors.errorString: x', [go('shop', 'Save.func1')]),
  ),
  different(
    'rust closures of two fns',
    error('native', 'panic: x', [native('shop::a::{{closure}}')]),
    error('native', 'panic: x', [native('shop::b::{{closure}}')]),
  ),
  different(
    'swift closures',
    error('cocoa', 'EXC_BREAKPOINT: x', [native('closure #1 in A.f()', ios)]),
    error('cocoa', 'EXC_BREAKPOINT: x', [native('closure #1 in B.g()', ios)]),
  ),
  different(
    'csharp display classes of two methods',
    error('csharp', 'System.Exception: x', [csharp('Shop.A', 'void A+<>c__DisplayClass1_0.<Load>b__0()')]),
    error('csharp', 'System.Exception: x', [csharp('Shop.A', 'void A+<>c__DisplayClass1_0.<Save>b__0()')]),
  ),
  different(
    'csharp ctor lambdas of two classes',
    error('csharp', 'System.Exception: x', [csharp('Shop.A.<>c', 'void Shop.A+<>c.<.ctor>b__3_0()')]),
    error('csharp', 'System.Exception: x', [csharp('Shop.B.<>c', 'void Shop.B+<>c.<.ctor>b__3_0()')]),
  ),
  different(
    'dart anonymous of two methods',
    error('dart', 'StateError: x', [dart('a.dart', 'A.load.<anonymous closure>')]),
    error('dart', 'StateError: x', [dart('a.dart', 'A.save.<anonymous closure>')]),
  ),
  different(
    'flutter same method two files',
    error('dart', 'StateError: x', [dart('cart/page.dart', 'build')]),
    error('dart', 'StateError: x', [dart('user/page.dart', 'build')]),
  ),
  different(
    'java kotlin lambdas of two methods',
    error('java', 'ISE: x', [java('com.shop.A$load$1', 'invoke')]),
    error('java', 'ISE: x', [java('com.shop.A$save$1', 'invoke')]),
  ),
  different(
    'r8 lambdas in two classes',
    error('java', 'ISE: x', [java('com.shop.A$$ExternalSyntheticLambda0', 'run'), java('com.shop.A', 'a')]),
    error('java', 'ISE: x', [java('com.shop.A$$ExternalSyntheticLambda1', 'run'), java('com.shop.A', 'b')]),
  ),
  different(
    'proxies of two services',
    error('java', 'ISE: x', [java('com.shop.A$$SpringCGLIB$$0', 'run')]),
    error('java', 'ISE: x', [java('com.shop.B$$SpringCGLIB$$0', 'run')]),
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
  different(
    'msg returned statuses python',
    message('python', 'POST https://api.x.example/v1 returned 502, retrying'),
    message('python', 'POST https://api.x.example/v1 returned 401, retrying'),
  ),
  same(
    'msg returned rows',
    message('python', 'GET query returned 404 rows'),
    message('python', 'GET query returned 502 rows'),
  ),
  same(
    'msg got bytes',
    message('go', 'GET https://a.example/x got 512 bytes'),
    message('go', 'GET https://a.example/x got 400 bytes'),
  ),
  same(
    'config option values',
    error('node', 'Error: invalid option "12"'),
    error('node', 'Error: invalid option "13"'),
  ),
  same(
    'missing key with id',
    error('python', 'LookupError: missing key "user:17"'),
    error('python', 'LookupError: missing key "user:18"'),
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
    's3 request id',
    error(
      'python',
      'ClientError: An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist. RequestId: 4442587FB7D0A2F9',
    ),
    error(
      'python',
      'ClientError: An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist. RequestId: 99925FFFF7D0A2F9',
    ),
  ),
  different(
    'boto codes',
    error('python', 'ClientError: An error occurred (NoSuchKey) when calling the GetObject operation: x'),
    error('python', 'ClientError: An error occurred (AccessDenied) when calling the GetObject operation: x'),
  ),
  same(
    'grpc',
    error(
      'go',
      '*status.Error: rpc error: code = Unavailable desc = connection error: desc = "transport: dial tcp 10.0.0.1:50051"',
    ),
    error(
      'go',
      '*status.Error: rpc error: code = Unavailable desc = connection error: desc = "transport: dial tcp 10.0.0.7:50051"',
    ),
  ),
  different(
    'grpc codes',
    error('go', '*status.Error: rpc error: code = Unavailable desc = x'),
    error('go', '*status.Error: rpc error: code = NotFound desc = x'),
  ),
  same(
    'kafka partitions',
    message('java', 'Offset commit failed on partition orders-3 at offset 1234567: coordinator unavailable'),
    message('java', 'Offset commit failed on partition orders-11 at offset 99: coordinator unavailable'),
  ),
  same(
    'locale numbers',
    message('java', 'Balance 1.234,56 EUR too low'),
    message('java', 'Balance 99,10 EUR too low'),
  ),
  same(
    'multi-line first lines',
    error('python', 'ValidationError: 2 validation errors for Order\nid\n  field required'),
    error('python', 'ValidationError: 1 validation error for Order\nid\n  field required'),
  ),
  different(
    'validation models',
    error('python', 'ValidationError: 1 validation error for Order\nid'),
    error('python', 'ValidationError: 1 validation error for User\nid'),
  ),
  same(
    'base64 blobs',
    message('node', 'Bad token YWJjZGVmZ2hpamtsbW5vcA== given'),
    message('node', 'Bad token enl4d3Z1dHNycXBvbm1sa2o= given'),
  ),
  same(
    'temp names',
    error('python', "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmpa1b2c3d4/x.csv'"),
    error('python', "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmpzz99yy88/x.csv'"),
  ),
  same(
    'windows users',
    error(
      'csharp',
      "System.IO.FileNotFoundException: Could not find file 'C:\\Users\\mira\\AppData\\x.cfg'.",
    ),
    error('csharp', "System.IO.FileNotFoundException: Could not find file 'C:\\Users\\bob\\AppData\\x.cfg'."),
  ),
  same(
    'gpu names',
    message('native', 'Device lost on NVIDIA GeForce RTX 3080 (0x10de:0x2206)'),
    message('native', 'Device lost on NVIDIA GeForce RTX 3090 (0x10de:0x2204)'),
  ),
]
