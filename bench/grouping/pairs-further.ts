// Further pairs, written from knowledge of the platforms alone, before the rules were looked at.
import {
  at,
  chain,
  csharp,
  dart,
  different,
  elixir,
  entry,
  error,
  type Frame,
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
} from './build.ts'

const cdn = (fn: string, url: string, lineno = 1, colno = 9_012): Frame => ({
  function: fn,
  filename: url,
  abs_path: url,
  lineno,
  colno,
  in_app: true,
})
const kt = (module: string, fn: string, lineno = 1, inApp = true): Frame => ({
  module,
  function: fn,
  filename: `${module.slice(module.lastIndexOf('.') + 1).split('$')[0]}.kt`,
  lineno,
  in_app: inApp,
})
const swift = (fn: string, inApp = true, binary = ios): Frame => ({
  ...native(fn, binary, inApp),
  platform: 'cocoa',
})
const csp = (directive: string, blocked: string, document = 'https://shop.example/cart'): Pair['a'] => ({
  platform: 'javascript',
  csp: { 'effective-directive': directive, 'blocked-uri': blocked, 'document-uri': document },
})
const onerror = { mechanism: { type: 'onerror', handled: false } }
const sqlState = (text: string) =>
  error('python', `OperationalError: ${text}`, [
    py('shop.db', 'run', 'cursor.execute(query)', 40),
    py('django.db.backends.utils', '_execute', 'return self.cursor.execute(sql, params)', 89, {
      in_app: false,
    }),
  ])
const gone = "TypeError: Cannot read properties of null (reading 'focus')"

export const furtherPairs: readonly Pair[] = [
  // Browsers and bundlers
  same(
    'webpack chunks by content hash, two deploys',
    error('javascript', gone, [
      cdn('HTMLButtonElement.onClick', 'https://cdn.shop.example/static/js/main.3f9ab21c.chunk.js'),
      cdn('t.openDialog', 'https://cdn.shop.example/static/js/787.9b1d0c3e.chunk.js'),
    ]),
    error('javascript', gone, [
      cdn(
        'HTMLButtonElement.onClick',
        'https://cdn.shop.example/static/js/main.c01d77fe.chunk.js',
        1,
        11_223,
      ),
      cdn('t.openDialog', 'https://cdn.shop.example/static/js/787.10aa0c42.chunk.js'),
    ]),
  ),
  same(
    'vite assets, two deploys',
    error('javascript', gone, [
      cdn('setup', 'https://shop.example/assets/Checkout-BZx81kQp.js'),
      cdn('focusFirst', 'https://shop.example/assets/index-DkP0sV3_.js'),
    ]),
    error('javascript', gone, [
      cdn('setup', 'https://shop.example/assets/Checkout-Cq0-yTb2.js'),
      cdn('focusFirst', 'https://shop.example/assets/index-a8Rw_1Lm.js'),
    ]),
  ),
  same(
    'cache-busting query on a CDN',
    error('javascript', gone, [cdn('openDialog', 'https://cdn.shop.example/js/app.min.js?v=1718822')]),
    error('javascript', gone, [cdn('openDialog', 'https://cdn-eu.shop.example/js/app.min.js?v=1719001#x')]),
  ),
  same(
    'Safari and Chrome words of one fault, after a source map',
    error('javascript', "TypeError: undefined is not an object (evaluating 'a.items.length')", [
      mapped('total', 'webpack:///./src/cart.js', 'return cart.items.length'),
    ]),
    error('javascript', "TypeError: Cannot read properties of undefined (reading 'length')", [
      mapped('total', 'webpack:///./src/cart.js', 'return cart.items.length'),
    ]),
  ),
  same(
    'Firefox and Chrome spell a method',
    error('javascript', 'TypeError: this.cart is null', [
      cdn('submit/<', 'https://shop.example/js/app.js'),
      cdn('render', 'https://shop.example/js/app.js', 20),
    ]),
    error('javascript', 'TypeError: this.cart is null', [
      cdn('?', 'https://shop.example/js/app.js'),
      cdn('View.render', 'https://shop.example/js/app.js', 22),
    ]),
  ),
  same(
    'async prefix in Safari',
    error('javascript', 'Error: basket is empty', [
      cdn('async checkout', 'https://shop.example/js/app.js'),
      cdn('pay', 'https://shop.example/js/app.js', 20),
    ]),
    error('javascript', 'Error: basket is empty', [
      cdn('checkout', 'https://shop.example/js/app.js'),
      cdn('Object.pay', 'https://shop.example/js/app.js', 20),
    ]),
  ),
  same(
    'chunk load error of another chunk',
    error(
      'javascript',
      'ChunkLoadError: Loading chunk 42 failed.\n(error: https://shop.example/js/42.8c1f2a90.js)',
      [cdn('i.f.j', 'https://shop.example/js/runtime.11aa22bb.js')],
    ),
    error(
      'javascript',
      'ChunkLoadError: Loading chunk 117 failed.\n(timeout: https://shop.example/js/117.99ff2a90.js)',
      [cdn('i.f.j', 'https://shop.example/js/runtime.cc33dd44.js')],
    ),
  ),
  same(
    'dynamic import that failed, other hash',
    error(
      'javascript',
      'TypeError: Failed to fetch dynamically imported module: https://shop.example/assets/Cart-BZx81kQp.js',
    ),
    error(
      'javascript',
      'TypeError: Failed to fetch dynamically imported module: https://shop.example/assets/Cart-D9k2Lm0x.js',
    ),
  ),
  same(
    'ResizeObserver in both spellings of Chrome',
    error('javascript', 'Error: ResizeObserver loop limit exceeded', [], onerror),
    error('javascript', 'Error: ResizeObserver loop completed with undelivered notifications.', [], onerror),
  ),
  same(
    'Script error. with and without a dot',
    message('javascript', 'Script error.'),
    message('javascript', 'Script error'),
  ),
  different(
    'Script error and a ResizeObserver loop',
    message('javascript', 'Script error.'),
    message('javascript', 'ResizeObserver loop limit exceeded'),
  ),
  different(
    'one helper, two pages',
    error('javascript', gone, [
      cdn('openCart', 'https://shop.example/js/cart.js'),
      cdn('focusFirst', 'https://shop.example/js/dom.js'),
    ]),
    error('javascript', gone, [
      cdn('openSearch', 'https://shop.example/js/search.js'),
      cdn('focusFirst', 'https://shop.example/js/dom.js'),
    ]),
  ),
  different(
    'two strings thrown on a page',
    error('javascript', ': session gone', [cdn('sentryWrapped', 'https://shop.example/js/sdk.js')], {
      mechanism: { type: 'onerror', synthetic: true, handled: false },
    }),
    error('javascript', ': coupon invalid', [cdn('sentryWrapped', 'https://shop.example/js/sdk.js')], {
      mechanism: { type: 'onerror', synthetic: true, handled: false },
    }),
  ),
  same(
    'one thrown string with an id',
    error('javascript', ': order 8812 gone', [], onerror),
    error('javascript', ': order 91 gone', [], onerror),
  ),
  different(
    'non-error rejections with other keys',
    error(
      'javascript',
      'UnhandledRejection: Object captured as promise rejection with keys: code, message',
      [],
      { mechanism: { type: 'onunhandledrejection', handled: false, synthetic: true } },
    ),
    error(
      'javascript',
      'UnhandledRejection: Object captured as promise rejection with keys: status, url',
      [],
      { mechanism: { type: 'onunhandledrejection', handled: false, synthetic: true } },
    ),
  ),
  same(
    'React hydration error, production codes and URL arguments',
    error(
      'javascript',
      'Error: Minified React error #418; visit https://react.dev/errors/418?args[]=HTML&args[]= for the full message',
      [cdn('rD', 'https://shop.example/assets/vendor-1aB2cD3e.js')],
    ),
    error(
      'javascript',
      'Error: Minified React error #418; visit https://react.dev/errors/418?args[]=text&args[]= for the full message',
      [cdn('xF', 'https://shop.example/assets/vendor-9zY8xW7v.js')],
    ),
  ),
  different(
    'two minified React errors',
    error(
      'javascript',
      'Error: Minified React error #418; visit https://react.dev/errors/418 for the full message',
    ),
    error(
      'javascript',
      'Error: Minified React error #310; visit https://react.dev/errors/310 for the full message',
    ),
  ),
  same(
    'webpack-internal path and mapped path after a rebuild',
    error('javascript', 'Error: no price', [
      mapped(
        'priceOf',
        'webpack-internal:///(app-pages-browser)/./src/price.ts',
        'throw new Error("no price")',
      ),
    ]),
    error('javascript', 'Error: no price', [
      mapped('priceOf', 'webpack://shop/./src/price.ts?2f1c', 'throw new Error("no price")'),
    ]),
  ),
  different(
    'fetch that failed, to two hosts',
    error('javascript', 'TypeError: Failed to fetch (api.shop.example)', [
      cdn('load', 'https://shop.example/js/app.js'),
    ]),
    error('javascript', 'TypeError: Failed to fetch (api.shop.example)', [
      cdn('save', 'https://shop.example/js/app.js'),
    ]),
  ),
  same(
    'eval frames with numbers',
    error('javascript', 'ReferenceError: x is not defined', [
      cdn('run', 'https://shop.example/js/tpl.js'),
      cdn('eval', '<anonymous>'),
    ]),
    error('javascript', 'ReferenceError: x is not defined', [
      cdn('run', 'https://shop.example/js/tpl.js', 88),
      cdn('eval', 'eval code'),
    ]),
  ),
  same(
    'a browser extension path differs by its id',
    error('javascript', 'Error: port closed', [
      cdn('post', 'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb/content.js'),
    ]),
    error('javascript', 'Error: port closed', [
      cdn('post', 'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb/content.js', 9),
    ]),
  ),
  // Node
  same(
    'Node: ENOENT of another file in tmp',
    error('node', "Error: ENOENT: no such file or directory, open '/tmp/upload_81f2/a.png'", [
      node('readUpload', 'src/uploads.js', 'return readFile(path)'),
    ]),
    error('node', "Error: ENOENT: no such file or directory, open '/tmp/upload_99aa/b.png'", [
      node('readUpload', 'src/uploads.js', 'return readFile(path)'),
    ]),
  ),
  same(
    'Node: connection refused, no stack, other port and address',
    error('node', 'Error: connect ECONNREFUSED 10.0.3.17:5432'),
    error('node', 'Error: connect ECONNREFUSED 10.0.9.201:5432'),
  ),
  different(
    'Node: two system errors without a stack',
    error('node', 'Error: connect ECONNREFUSED 10.0.3.17:5432'),
    error('node', 'Error: getaddrinfo ENOTFOUND db.internal'),
  ),
  same(
    'Node: microtask frames and a pnpm path',
    error('node', 'Error: out of stock', [
      {
        ...node('processTicksAndRejections', 'x.js'),
        filename: 'node:internal/process/task_queues',
        abs_path: 'node:internal/process/task_queues',
        in_app: false,
      },
      node('async OrderService.place', 'src/orders.js', 'await this.stock.take(id)'),
    ]),
    error('node', 'Error: out of stock', [
      node('OrderService.place', 'src/orders.js', 'await this.stock.take(id)'),
    ]),
  ),
  different(
    'Node: same message from two services',
    error('node', 'Error: Not Found', [
      node('UserService.get', 'src/users.js', "throw new Error('Not Found')"),
    ]),
    error('node', 'Error: Not Found', [
      node('OrderService.get', 'src/orders.js', "throw new Error('Not Found')"),
    ]),
  ),
  // React Native, Hermes
  same(
    'Hermes: other bytecode offsets',
    error(
      'javascript',
      'TypeError: undefined is not a function',
      [hermes('onPress', 81_223), hermes('submitOrder', 90_112)],
      {},
      { sdk: { name: 'sentry.javascript.react-native' } },
    ),
    error(
      'javascript',
      'TypeError: undefined is not a function',
      [hermes('onPress', 83_999), hermes('submitOrder', 91_001)],
      {},
      { sdk: { name: 'sentry.javascript.react-native' } },
    ),
  ),
  same(
    'React Native: the same fault on iOS and Android bundles',
    error(
      'javascript',
      'TypeError: undefined is not a function',
      [hermes('onPress', 81_223), hermes('submitOrder', 90_112)],
      {},
      { sdk: { name: 'sentry.javascript.react-native' } },
    ),
    error(
      'javascript',
      'TypeError: undefined is not a function',
      [hermes('onPress', 1_223, 'main.jsbundle'), hermes('submitOrder', 9_112, 'main.jsbundle')],
      {},
      { sdk: { name: 'sentry.javascript.react-native' } },
    ),
  ),
  // JVM
  same(
    'Java: hidden class and lambda numbers',
    error('java', 'IllegalStateException: closed', [
      java('shop.Billing$$Lambda/0x00007f1c2c0a1000', 'accept', 1),
      java('shop.Billing', 'lambda$charge$3', 40),
      java('shop.Billing', 'commit', 51),
    ]),
    error('java', 'IllegalStateException: closed', [
      java('shop.Billing$$Lambda$412/0x0000000800d01a88', 'accept', 1),
      java('shop.Billing', 'lambda$charge$5', 42),
      java('shop.Billing', 'commit', 53),
    ]),
  ),
  same(
    'Java: reflection accessor that was generated or direct',
    error('java', 'NullPointerException: cart', [
      java('jdk.internal.reflect.GeneratedMethodAccessor88', 'invoke', -1, false),
      java('shop.web.CartController', 'show', 31),
    ]),
    error('java', 'NullPointerException: cart', [
      java('jdk.internal.reflect.DirectMethodHandleAccessor', 'invoke', 103, false),
      java('shop.web.CartController', 'show', 33),
    ]),
  ),
  same(
    'Java: Spring CGLIB of old and new spelling',
    error('java', 'NullPointerException: cart', [
      java('shop.CartService$$EnhancerBySpringCGLIB$$8f2a1c', 'show', 1),
      java('shop.CartService', 'load', 20),
    ]),
    error('java', 'NullPointerException: cart', [
      java('shop.CartService$$SpringCGLIB$$0', 'show', 1),
      java('shop.CartService', 'load', 21),
    ]),
  ),
  same(
    'Java: ByteBuddy and Hibernate proxies',
    error('java', 'LazyInitializationException: no session', [
      java('shop.Order$HibernateProxy$Xk29aQ', 'lines', 1),
      java('shop.Invoice', 'print', 20),
    ]),
    error('java', 'LazyInitializationException: no session', [
      java('shop.Order$HibernateProxy$p0Q1zz', 'lines', 1),
      java('shop.Invoice', 'print', 20),
    ]),
  ),
  same(
    'Java: JDK proxy numbers',
    error('java', 'RemoteException: gone', [
      java('jdk.proxy2.$Proxy118', 'find', -1),
      java('shop.Remote', 'find', 20),
    ]),
    error('java', 'RemoteException: gone', [
      java('com.sun.proxy.$Proxy77', 'find', -1),
      java('shop.Remote', 'find', 20),
    ]),
  ),
  same(
    'Java: values in messages of an exception without a stack',
    error('java', 'NumberFormatException: For input string: "12a"'),
    error('java', 'NumberFormatException: For input string: "n/a"'),
  ),
  different(
    'Java: NullPointerException in two methods',
    error('java', 'NullPointerException: ', [java('shop.Cart', 'total', 20)]),
    error('java', 'NullPointerException: ', [java('shop.Cart', 'addLine', 80)]),
  ),
  different(
    'Java: a wrapper around two causes',
    chain(
      'java',
      entry('SocketTimeoutException: Read timed out', [java('shop.net.Rates', 'fetch', 10)]),
      entry('ExecutionException: java.net.SocketTimeoutException', [java('shop.Pricing', 'load', 5)]),
    ),
    chain(
      'java',
      entry('SSLHandshakeException: bad certificate', [java('shop.net.Rates', 'connect', 44)]),
      entry('ExecutionException: javax.net.ssl.SSLHandshakeException', [java('shop.Pricing', 'load', 5)]),
    ),
  ),
  same(
    'Kotlin: lambdas and anonymous numbers shift',
    error('java', 'IllegalArgumentException: bad sku', [
      kt('shop.ui.CartFragment$onViewCreated$1$2', 'invoke', 20),
      kt('shop.ui.CartFragment', 'add', 44),
    ]),
    error('java', 'IllegalArgumentException: bad sku', [
      kt('shop.ui.CartFragment$onViewCreated$1$4', 'invoke', 24),
      kt('shop.ui.CartFragment', 'add', 47),
    ]),
  ),
  same(
    'Kotlin: coroutine frames of two dispatchers',
    error('java', 'HttpException: HTTP 500', [
      kt('kotlinx.coroutines.scheduling.CoroutineScheduler', 'runSafely', 1, false),
      kt('kotlinx.coroutines.DispatchedTask', 'run', 1, false),
      kt('shop.data.Repo$load$1', 'invokeSuspend', 30),
    ]),
    error('java', 'HttpException: HTTP 500', [
      java('android.os.Handler', 'dispatchMessage', 1, false),
      kt('kotlinx.coroutines.DispatchedTask', 'run', 1, false),
      kt('shop.data.Repo$load$1', 'invokeSuspend', 31),
    ]),
  ),
  same(
    'R8: synthetic lambda classes are numbered anew',
    error('java', 'IllegalStateException: detached', [
      java('shop.ui.Cart$$ExternalSyntheticLambda0', 'onClick', 2),
      java('shop.ui.Cart', '$r8$lambda$7Yk-3pQ9x', 1),
      java('shop.ui.Cart', 'submit', 70),
    ]),
    error('java', 'IllegalStateException: detached', [
      java('shop.ui.Cart$$ExternalSyntheticLambda7', 'onClick', 2),
      java('shop.ui.Cart', '$r8$lambda$Zq_8aaB12', 1),
      java('shop.ui.Cart', 'submit', 72),
    ]),
  ),
  different(
    'ANR in two places of the app',
    error(
      'java',
      'ApplicationNotResponding: ANR for at least 5000 ms.',
      [java('android.os.Looper', 'loop', 1, false), kt('shop.db.Sync', 'writeAll', 30)],
      { mechanism: { type: 'ANR', handled: false } },
    ),
    error(
      'java',
      'ApplicationNotResponding: ANR for at least 5000 ms.',
      [java('android.os.Looper', 'loop', 1, false), kt('shop.img.Decoder', 'decode', 12)],
      { mechanism: { type: 'ANR', handled: false } },
    ),
  ),
  same(
    'ANR of another length in the same place',
    error(
      'java',
      'ApplicationNotResponding: ANR for at least 5000 ms.',
      [java('android.os.Looper', 'loop', 1, false), kt('shop.db.Sync', 'writeAll', 30)],
      { mechanism: { type: 'ANR', handled: false } },
    ),
    error(
      'java',
      'ApplicationNotResponding: ANR for at least 8000 ms.',
      [java('android.os.Looper', 'loop', 1, false), kt('shop.db.Sync', 'writeAll', 33)],
      { mechanism: { type: 'ANR', handled: false } },
    ),
  ),
  // Apple
  same(
    'Swift: closure numbers and async suffixes shift',
    error(
      'cocoa',
      'EXC_BREAKPOINT: Exception 6, Code 1, Subcode 4301',
      [swift('closure #1 in closure #3 in CartView.body.getter'), swift('CartModel.total(of:)')],
      { mechanism: { type: 'mach', handled: false } },
    ),
    error(
      'cocoa',
      'EXC_BREAKPOINT: Exception 6, Code 1, Subcode 7710',
      [swift('closure #2 in closure #1 in CartView.body.getter'), swift('CartModel.total(of:)')],
      { mechanism: { type: 'mach', handled: false } },
    ),
  ),
  same(
    'Swift: a thunk between two frames comes and goes',
    error(
      'cocoa',
      'EXC_BREAKPOINT: Exception 6',
      [swift('thunk for @escaping @callee_guaranteed () -> ()'), swift('specialized CartModel.total(of:)')],
      { mechanism: { type: 'mach', handled: false } },
    ),
    error('cocoa', 'EXC_BREAKPOINT: Exception 6', [swift('CartModel.total(of:)')], {
      mechanism: { type: 'mach', handled: false },
    }),
  ),
  same(
    'Swift: an async function resumed at another part',
    error(
      'cocoa',
      'EXC_BAD_ACCESS: KERN_INVALID_ADDRESS at 0x10',
      [swift('(1) suspend resume partial function for Loader.fetch()'), swift('Parser.parse(_:)')],
      { mechanism: { type: 'mach', handled: false } },
    ),
    error(
      'cocoa',
      'EXC_BAD_ACCESS: KERN_INVALID_ADDRESS at 0x4000',
      [swift('(3) suspend resume partial function for Loader.fetch()'), swift('Parser.parse(_:)')],
      { mechanism: { type: 'mach', handled: false } },
    ),
  ),
  same(
    'ObjC: block numbers',
    error(
      'cocoa',
      'NSInvalidArgumentException: -[NSNull length]: unrecognized selector sent to instance 0x1f0a8a6c0',
      [swift('__41-[SHCart addLine:completion:]_block_invoke.23'), swift('-[SHLine setTitle:]')],
      { mechanism: { type: 'nsexception', handled: false } },
    ),
    error(
      'cocoa',
      'NSInvalidArgumentException: -[NSNull length]: unrecognized selector sent to instance 0x20b118e10',
      [swift('__41-[SHCart addLine:completion:]_block_invoke_2.31'), swift('-[SHLine setTitle:]')],
      { mechanism: { type: 'nsexception', handled: false } },
    ),
  ),
  different(
    'ObjC: two selectors',
    error('cocoa', 'NSInvalidArgumentException: unrecognized selector', [swift('-[SHCart addLine:]')], {
      mechanism: { type: 'nsexception', handled: false },
    }),
    error('cocoa', 'NSInvalidArgumentException: unrecognized selector', [swift('-[SHCart removeLine:]')], {
      mechanism: { type: 'nsexception', handled: false },
    }),
  ),
  different(
    'app hangs in two places',
    error(
      'cocoa',
      'App Hanging: App hanging for at least 2000 ms.',
      [swift('main'), swift('ImageCache.load(_:)')],
      { mechanism: { type: 'AppHang', handled: true } },
    ),
    error(
      'cocoa',
      'App Hanging: App hanging for at least 2000 ms.',
      [swift('main'), swift('Database.migrate()')],
      { mechanism: { type: 'AppHang', handled: true } },
    ),
  ),
  same(
    'watchdog terminations without a stack',
    error(
      'cocoa',
      'WatchdogTermination: The OS watchdog terminated your app, possibly because it overused RAM.',
      [],
      { mechanism: { type: 'watchdog_termination', handled: false } },
    ),
    error(
      'cocoa',
      'WatchdogTermination: The OS watchdog terminated your app, possibly because it overused RAM.',
      [],
      { mechanism: { type: 'watchdog_termination', handled: false } },
      { release: 'app@2.0' },
    ),
  ),
  different(
    'NSErrors of one domain with two codes',
    error('cocoa', 'NSCocoaErrorDomain: Code: 260', [], {
      mechanism: {
        type: 'NSError',
        handled: true,
        meta: { ns_error: { domain: 'NSCocoaErrorDomain', code: 260 } },
      },
    }),
    error('cocoa', 'NSCocoaErrorDomain: Code: 513', [], {
      mechanism: {
        type: 'NSError',
        handled: true,
        meta: { ns_error: { domain: 'NSCocoaErrorDomain', code: 513 } },
      },
    }),
  ),
  same(
    'addresses only, the app loaded elsewhere',
    error('cocoa', 'EXC_BAD_ACCESS: x', [at(ios, 0x100_000_000, 0x8_123), at(ios, 0x100_000_000, 0x9_abc)], {
      mechanism: { type: 'mach', handled: false },
    }),
    error(
      'cocoa',
      'EXC_BAD_ACCESS: x',
      [at(ios.replace('6F1A2B3C', '99AA88BB'), 0x104_c2c_000, 0x8_123), at(ios, 0x104_c2c_000, 0x9_abc)],
      { mechanism: { type: 'mach', handled: false } },
    ),
  ),
  different(
    'addresses only, two places',
    error('cocoa', 'EXC_BAD_ACCESS: x', [at(ios, 0x100_000_000, 0x8_123), at(ios, 0x100_000_000, 0x9_abc)], {
      mechanism: { type: 'mach', handled: false },
    }),
    error('cocoa', 'EXC_BAD_ACCESS: x', [at(ios, 0x100_000_000, 0x8_123), at(ios, 0x100_000_000, 0xf_000)], {
      mechanism: { type: 'mach', handled: false },
    }),
  ),
  // Flutter, Unity, .NET
  same(
    'Dart: closures with numbers and pub cache frames',
    error(
      'other',
      'StateError: Bad state: No element',
      [
        {
          ...dart('x.dart', 'State.setState', 1, false),
          abs_path: 'package:flutter/src/widgets/framework.dart',
        },
        dart('cart.dart', '_CartState.build.<anonymous closure>', 20),
      ],
      {},
      { sdk: { name: 'sentry.dart.flutter' }, platform: 'dart' },
    ),
    error(
      'other',
      'StateError: Bad state: No element',
      [
        {
          ...dart('x.dart', 'Element.rebuild', 1, false),
          abs_path: 'package:flutter/src/widgets/framework.dart',
        },
        dart('cart.dart', '_CartState.build.<anonymous closure>', 24),
      ],
      {},
      { sdk: { name: 'sentry.dart.flutter' }, platform: 'dart' },
    ),
  ),
  different(
    'Dart: the same RangeError in two widgets',
    error('dart', 'RangeError: RangeError (index): Invalid value: Not in inclusive range 0..2: 3', [
      dart('cart.dart', '_CartState.build', 20),
    ]),
    error('dart', 'RangeError: RangeError (index): Invalid value: Not in inclusive range 0..2: 3', [
      dart('search.dart', '_SearchState.build', 20),
    ]),
  ),
  same(
    'Unity: IL2CPP state machine and display class numbers',
    error('csharp', 'NullReferenceException: Object reference not set to an instance of an object.', [
      csharp('Shop.Cart+<>c__DisplayClass4_0', '<Open>b__0'),
      csharp('Shop.Cart+<Load>d__9', 'MoveNext'),
    ]),
    error('csharp', 'NullReferenceException: Object reference not set to an instance of an object.', [
      csharp('Shop.Cart+<>c__DisplayClass6_0', '<Open>b__1'),
      csharp('Shop.Cart+<Load>d__12', 'MoveNext'),
    ]),
  ),
  same(
    '.NET: async frames in both spellings',
    error('csharp', 'HttpRequestException: 500', [
      csharp('Shop.Api', 'async Task<Order> Shop.Api.GetAsync(string id)'),
      csharp('Shop.Api', 'void Shop.Api.Check(HttpResponseMessage r)'),
    ]),
    error('csharp', 'HttpRequestException: 500', [
      csharp('Shop.Api', 'async Task<Order> Shop.Api.GetAsync(string id, CancellationToken t)'),
      csharp('Shop.Api', 'void Shop.Api.Check(HttpResponseMessage r)'),
    ]),
  ),
  same(
    '.NET: local functions and lambdas',
    error('csharp', 'InvalidOperationException: empty', [
      csharp('Shop.Pricing', '<Total>g__Sum|12_0'),
      csharp('Shop.Pricing+<>c', '<Total>b__12_1'),
    ]),
    error('csharp', 'InvalidOperationException: empty', [
      csharp('Shop.Pricing', '<Total>g__Sum|14_0'),
      csharp('Shop.Pricing+<>c', '<Total>b__14_2'),
    ]),
  ),
  different(
    '.NET: two async methods',
    error('csharp', 'TaskCanceledException: A task was canceled.', [
      csharp('Shop.Api+<GetAsync>d__4', 'MoveNext'),
    ]),
    error('csharp', 'TaskCanceledException: A task was canceled.', [
      csharp('Shop.Api+<PostAsync>d__7', 'MoveNext'),
    ]),
  ),
  // Go, Rust, C++
  same(
    'Go: closures renumbered',
    error('go', '*errors.errorString: deadline', [
      go('shop/billing', 'Run.func2.1', 20),
      go('shop/billing', '(*Client).Charge', 44),
    ]),
    error('go', '*errors.errorString: deadline', [
      go('shop/billing', 'Run.func3.1', 25),
      go('shop/billing', '(*Client).Charge', 47),
    ]),
  ),
  same(
    'Go: the same panic with another index',
    error('go', ': runtime error: index out of range [5] with length 3', [go('shop/cart', 'Total', 44)], {
      type: 'runtime.boundsError',
    }),
    error('go', ': runtime error: index out of range [12] with length 7', [go('shop/cart', 'Total', 44)], {
      type: 'runtime.boundsError',
    }),
  ),
  different(
    'Go: errorString without a stack, two texts',
    error('go', '*errors.errorString: sql: no rows in result set'),
    error('go', '*errors.errorString: context deadline exceeded'),
  ),
  same(
    'Go: a wrapped error with an id, no stack',
    error('go', '*fmt.wrapError: load order 77123: sql: no rows in result set'),
    error('go', '*fmt.wrapError: load order 9: sql: no rows in result set'),
  ),
  same(
    'Rust: symbol hashes and closure numbers',
    error('native', 'panic: called `Option::unwrap()` on a `None` value', [
      native('shop::worker::run::{{closure}}::h8c1d2e3f4a5b6c7d'),
      native('shop::cart::Cart::total::h0011223344556677'),
    ]),
    error('native', 'panic: called `Option::unwrap()` on a `None` value', [
      native('shop::worker::run::{{closure}}::hffeeddccbbaa9988'),
      native('shop::cart::Cart::total::h8899aabbccddeeff'),
    ]),
  ),
  same(
    'C++: lambda, template arguments and clone suffix',
    error(
      'native',
      'SIGSEGV: Segfault',
      [
        native('shop::run()::{lambda(int)#2}::operator()(int) const'),
        native(
          'std::vector<shop::Line, std::allocator<shop::Line>>::at(unsigned long)',
          '/usr/lib/libstdc++.so.6',
          false,
        ),
        native('shop::Cart::total(shop::Line const&) [clone .constprop.0]'),
      ],
      { mechanism: { type: 'signalhandler', handled: false } },
    ),
    error(
      'native',
      'SIGSEGV: Segfault',
      [
        native('shop::run()::{lambda(int)#1}::operator()(int) const'),
        native('shop::Cart::total(shop::Line const&)'),
      ],
      { mechanism: { type: 'signalhandler', handled: false } },
    ),
  ),
  same(
    'C++: mangled and demangled name of one function',
    error('native', 'SIGABRT: Abort', [native('_ZN4shop4Cart5totalEv')], {
      mechanism: { type: 'signalhandler', handled: false },
    }),
    error('native', 'SIGABRT: Abort', [native('shop::Cart::total()')], {
      mechanism: { type: 'signalhandler', handled: false },
    }),
  ),
  different(
    'native: abort from two callers',
    error(
      'native',
      'SIGABRT: Abort',
      [native('shop::Cart::total()'), native('abort', '/lib/libc.so.6', false)],
      { mechanism: { type: 'signalhandler', handled: false } },
    ),
    error(
      'native',
      'SIGABRT: Abort',
      [native('shop::Stock::take()'), native('abort', '/lib/libc.so.6', false)],
      { mechanism: { type: 'signalhandler', handled: false } },
    ),
  ),
  same(
    'minidump: addresses of a Windows module loaded elsewhere',
    error(
      'native',
      'EXCEPTION_ACCESS_VIOLATION_READ: x',
      [at('C:\\Program Files\\Shop\\shop.exe', 0x7ff6_0000_0000, 0x1_2340)],
      { mechanism: { type: 'minidump', handled: false } },
    ),
    error(
      'native',
      'EXCEPTION_ACCESS_VIOLATION_READ: x',
      [at('D:\\Games\\Shop\\shop.exe', 0x7ff7_8000_0000, 0x1_2340)],
      { mechanism: { type: 'minidump', handled: false } },
    ),
  ),
  // Python, Ruby, PHP, Elixir
  same(
    'Python: another virtualenv and line',
    error('python', 'KeyError: "sku"', [
      py('shop.views', 'cart', 'total = price(lines)', 20),
      py('shop.price', 'price', "return line['sku']", 30),
    ]),
    error('python', 'KeyError: "ean"', [
      py('shop.views', 'cart', 'total = price(lines)', 25, { abs_path: '/opt/venv/lib/shop/views.py' }),
      py('shop.price', 'price', "return line['sku']", 31),
    ]),
  ),
  same(
    'Python: a decorator between',
    error('python', 'ValueError: bad amount', [
      py('celery.app.trace', '__protected_call__', 'return self.run(*args, **kwargs)', 1, { in_app: false }),
      py('shop.tasks', 'charge', 'pay(amount)', 9),
    ]),
    error('python', 'ValueError: bad amount', [
      py('celery.app.trace', 'trace_task', 'R = retval = fun(*args, **kwargs)', 1, { in_app: false }),
      py('shop.tasks', 'charge', 'pay(amount)', 11),
    ]),
  ),
  different(
    'Python: two lambdas of a file',
    error('python', 'TypeError: x', [py('shop.rules', '<lambda>', 'lambda line: line.price * rate', 3)]),
    error('python', 'TypeError: x', [py('shop.rules', '<lambda>', 'lambda line: line.weight + tara', 9)]),
  ),
  same(
    'Python: list comprehension inlined by 3.12',
    error('python', 'AttributeError: price', [
      py('shop.cart', 'total', 'return sum([line.price for line in lines])', 20),
      py('shop.cart', '<listcomp>', 'return sum([line.price for line in lines])', 20),
    ]),
    error('python', 'AttributeError: price', [
      py('shop.cart', 'total', 'return sum([line.price for line in lines])', 20),
    ]),
  ),
  same(
    'Ruby: 3.3 and 3.4 spell a method',
    error('ruby', "NoMethodError: undefined method 'price' for nil", [
      rb('app/models/cart.rb', 'block in total', 'lines.sum { |l| l.price }'),
      rb('app/models/line.rb', 'price', 'product.price'),
    ]),
    error('ruby', "NoMethodError: undefined method `price' for nil:NilClass", [
      rb('app/models/cart.rb', 'block in Cart#total', 'lines.sum { |l| l.price }', 9),
      rb('app/models/line.rb', 'Line#price', 'product.price', 4),
    ]),
  ),
  same(
    'Ruby: rescue in and block levels',
    error('ruby', 'Timeout::Error: execution expired', [
      rb('app/jobs/sync.rb', 'rescue in perform', 'retry_sync'),
      rb('app/jobs/sync.rb', 'block (2 levels) in pull', 'http.get(url)'),
    ]),
    error('ruby', 'Timeout::Error: execution expired', [
      rb('app/jobs/sync.rb', 'rescue in perform', 'retry_sync', 9),
      rb('app/jobs/sync.rb', 'block (3 levels) in pull', 'http.get(url)', 20),
    ]),
  ),
  same(
    'PHP: closures of 8.3 and 8.4',
    error('php', 'TypeError: price(): Argument #1 must be of type int, string given', [
      php('src/Cart.php', 'Shop\\Cart::{closure}', 'return price($line);'),
    ]),
    error('php', 'TypeError: price(): Argument #1 must be of type int, null given', [
      php('src/Cart.php', 'Shop\\{closure:Shop\\Cart::total():12}', 'return price($line);', 13),
    ]),
  ),
  same(
    "PHP: eval()'d code and a view cache file",
    error('php', 'ErrorException: Undefined variable $cart', [
      php(
        'storage/framework/views/9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a.php',
        'include',
        '<?php echo $cart ?>',
      ),
    ]),
    error('php', 'ErrorException: Undefined variable $cart', [
      php(
        'storage/framework/views/0a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b.php',
        'include',
        '<?php echo $cart ?>',
      ),
    ]),
  ),
  same(
    'Elixir: anonymous functions renumbered',
    error('elixir', 'FunctionClauseError: no function clause matching', [
      elixir('Shop.Cart', '-total/1-fun-0-'),
      elixir('Shop.Price', 'of/2'),
    ]),
    error('elixir', 'FunctionClauseError: no function clause matching', [
      elixir('Shop.Cart', '-total/1-fun-3-', 8),
      elixir('Shop.Price', 'of/2', 9),
    ]),
  ),
  // Messages
  same(
    'ids and uuids',
    message('node', 'order 3f2504e0-4f89-11d3-9a0c-0305e82c3301 of user 8812 lost'),
    message('node', 'order 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d of user 17 lost'),
  ),
  same(
    'ULID and nanoid',
    message('node', 'job 01ARZ3NDEKTSV4RRFFQ69G5FAV gave up'),
    message('node', 'job 01BX5ZZKBKACTAV9WEVGEMMVRZ gave up'),
  ),
  same(
    'mongo object ids',
    message('node', 'no document 507f1f77bcf86cd799439011'),
    message('node', 'no document 65a1e9c2b4f0a1d2c3e4f5a6'),
  ),
  same(
    'dates and times',
    message('python', 'no rates for 2026-11-20 at 08:15:03'),
    message('python', 'no rates for 2026-01-02 at 23:59:59'),
  ),
  same(
    'IPv4 with port and IPv6',
    message('go', 'dial tcp 10.1.2.3:443: i/o timeout'),
    message('go', 'dial tcp [2001:db8::1]:443: i/o timeout'),
  ),
  same(
    'e-mail addresses',
    message('ruby', 'could not mail ann@shop.example'),
    message('ruby', 'could not mail bob.x+1@mail.shop.example'),
  ),
  same(
    'URLs with other ids',
    message('java', 'GET https://api.shop.example/v1/orders/991?page=2 failed'),
    message('java', 'GET https://api.shop.example/v1/orders/2 failed'),
  ),
  same(
    'paths of a user',
    message('csharp', 'cannot open C:\\Users\\ann\\AppData\\Local\\Shop\\a.db'),
    message('csharp', 'cannot open C:\\Users\\bob\\AppData\\Local\\Shop\\a.db'),
  ),
  same(
    'unix paths with ids',
    message('python', 'cannot open /var/spool/shop/8812/part-00017.csv'),
    message('python', 'cannot open /var/spool/shop/17/part-00000.csv'),
  ),
  same(
    'hex and pointers',
    message('native', 'bad handle 0x7ffee4c0a9b8'),
    message('native', 'bad handle 0x10'),
  ),
  same(
    'quoted values',
    message('python', "unknown coupon 'SUMMER'"),
    message('python', "unknown coupon 'WINTER-X'"),
  ),
  same('double-quoted values', message('go', 'unknown field "sku_a"'), message('go', 'unknown field "ean"')),
  same(
    'durations and sizes',
    message('node', 'slow query took 1.2s, 12 MB read'),
    message('node', 'slow query took 350ms, 1.5 GB read'),
  ),
  same(
    'JSON in a message',
    message('node', 'refused {"order":12,"user":"ann"}'),
    message('node', 'refused {"order":9,"user":"bob"}'),
  ),
  same(
    'a percentage and a negative number',
    message('java', 'disk at 97.5% (-3 left)'),
    message('java', 'disk at 99% (-12 left)'),
  ),
  same(
    'a JWT or token-like text',
    message('node', 'rejected key sk9A8b7C6d5E4f3G2h1'),
    message('node', 'rejected key pk1Z2y3X4w5V6u7T8s9'),
  ),
  different(
    'two messages of one shape',
    message('node', 'payment failed for order 12'),
    message('node', 'shipment failed for order 12'),
  ),
  different('words that differ', message('python', 'queue is full'), message('python', 'queue is closed')),
  same(
    'a template and its parameters',
    { platform: 'python', logentry: { message: 'user %s is locked', params: ['ann'] } },
    { platform: 'python', logentry: { message: 'user %s is locked', params: ['bob'] } },
  ),
  same(
    'counts in words of one template',
    message('ruby', 'skipped 3 rows of 10'),
    message('ruby', 'skipped 41 rows of 10000'),
  ),
  // HTTP, SQL
  different(
    'HTTP client errors of two hosts',
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 500',
      [],
      { mechanism: { type: 'HTTPClientError' } },
      { request: { url: 'https://api.shop.example/a' }, contexts: { response: { status_code: 500 } } },
    ),
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 500',
      [],
      { mechanism: { type: 'HTTPClientError' } },
      { request: { url: 'https://pay.other.example/a' }, contexts: { response: { status_code: 500 } } },
    ),
  ),
  different(
    'HTTP client errors of two statuses',
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 500',
      [],
      { mechanism: { type: 'HTTPClientError' } },
      { request: { url: 'https://api.shop.example/a' }, contexts: { response: { status_code: 500 } } },
    ),
    error(
      'cocoa',
      'HTTPClientError: HTTP Client Error with status code: 404',
      [],
      { mechanism: { type: 'HTTPClientError' } },
      { request: { url: 'https://api.shop.example/a' }, contexts: { response: { status_code: 404 } } },
    ),
  ),
  same(
    'SQL: another key of one constraint',
    sqlState(
      'duplicate key value violates unique constraint "orders_pkey"\nDETAIL:  Key (id)=(12) already exists.',
    ),
    sqlState(
      'duplicate key value violates unique constraint "orders_pkey"\nDETAIL:  Key (id)=(99) already exists.',
    ),
  ),
  different(
    'SQL without a stack: two constraints',
    error('python', 'IntegrityError: duplicate key value violates unique constraint "orders_pkey"'),
    error('python', 'IntegrityError: null value in column "email" violates not-null constraint'),
  ),
  same(
    'SQL without a stack: deadlock of other processes',
    error(
      'java',
      'PSQLException: ERROR: deadlock detected Process 4411 waits for ShareLock on transaction 99121; blocked by process 17.',
    ),
    error(
      'java',
      'PSQLException: ERROR: deadlock detected Process 12 waits for ShareLock on transaction 7; blocked by process 40099.',
    ),
  ),
  // Groups, causes, reports
  same(
    'an exception group of one kind, other number of members',
    {
      platform: 'python',
      exception: {
        values: [
          {
            ...entry('ValueError: 1', [py('shop.a', 'run', 'one()')]),
            mechanism: { type: 'chained', exception_id: 1, parent_id: 0 },
          },
          {
            ...entry('ValueError: 2', [py('shop.a', 'run', 'one()')]),
            mechanism: { type: 'chained', exception_id: 2, parent_id: 0 },
          },
          {
            ...entry('ExceptionGroup: many (2 sub-exceptions)', [py('shop.a', 'all', 'group()')]),
            mechanism: { type: 'generic', exception_id: 0, is_exception_group: true },
          },
        ],
      },
    },
    {
      platform: 'python',
      exception: {
        values: [
          {
            ...entry('ValueError: 7', [py('shop.a', 'run', 'one()')]),
            mechanism: { type: 'chained', exception_id: 1, parent_id: 0 },
          },
          {
            ...entry('ExceptionGroup: many (1 sub-exception)', [py('shop.a', 'all', 'group()')]),
            mechanism: { type: 'generic', exception_id: 0, is_exception_group: true },
          },
        ],
      },
    },
  ),
  different(
    'one wrapper, two causes, Python',
    chain(
      'python',
      entry('KeyError: sku', [py('shop.a', 'one', "x['sku']")]),
      entry('OrderError: failed', [py('shop.a', 'place', 'raise OrderError from e')]),
    ),
    chain(
      'python',
      entry('ConnectionError: reset', [py('shop.net', 'get', 'sock.recv()')]),
      entry('OrderError: failed', [py('shop.a', 'place', 'raise OrderError from e')]),
    ),
  ),
  same(
    'csp: another path of one host',
    csp('img-src', 'https://ads.example/a/1.gif'),
    csp('img-src', 'https://ads.example/b/2.gif', 'https://shop.example/other'),
  ),
  different(
    'csp: two hosts',
    csp('img-src', 'https://ads.example/a.gif'),
    csp('img-src', 'https://track.example/a.gif'),
  ),
  different(
    'csp: two directives',
    csp('img-src', 'https://ads.example/a.gif'),
    csp('connect-src', 'https://ads.example/a.gif'),
  ),
  different('csp: inline and eval scripts', csp('script-src', 'inline'), csp('script-src', 'eval')),
  // Recursion
  same(
    'recursion of another depth',
    error('javascript', 'RangeError: Maximum call stack size exceeded', [
      mapped('render', 'src/tree.js', 'children.map(render)'),
      ...Array.from({ length: 12 }, () => mapped('walk', 'src/tree.js', 'walk(node.next)', 8)),
    ]),
    error('javascript', 'RangeError: Maximum call stack size exceeded', [
      mapped('render', 'src/tree.js', 'children.map(render)'),
      ...Array.from({ length: 40 }, () => mapped('walk', 'src/tree.js', 'walk(node.next)', 8)),
    ]),
  ),
  same(
    'mutual recursion of another depth',
    error('python', 'RecursionError: maximum recursion depth exceeded', [
      py('shop.tree', 'main', 'walk(root)'),
      ...Array.from({ length: 10 }, () => [
        py('shop.tree', 'walk', 'visit(node)', 4),
        py('shop.tree', 'visit', 'walk(node.next)', 9),
      ]).flat(),
    ]),
    error('python', 'RecursionError: maximum recursion depth exceeded', [
      py('shop.tree', 'main', 'walk(root)'),
      ...Array.from({ length: 17 }, () => [
        py('shop.tree', 'walk', 'visit(node)', 4),
        py('shop.tree', 'visit', 'walk(node.next)', 9),
      ]).flat(),
    ]),
  ),
]
