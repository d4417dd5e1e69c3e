// Pairs of the JVM and Android, Apple's platforms, C, C++ and Rust, .NET and Unity, Flutter; and of what
// browsers report and apps decide themselves.
import {
  at,
  chain,
  csharp,
  dart,
  different,
  entry,
  error,
  ios,
  java,
  message,
  native,
  type Pair,
  same,
} from './build.ts'

const npe = 'NullPointerException: Attempt to invoke virtual method on a null object reference'
const coroutine = (n: number, name = 'load') => [
  java('kotlinx.coroutines.DispatchedTask', 'run', 1, false),
  java(`com.shop.CartViewModel$${name}$${n}`, 'invokeSuspend'),
  java('com.shop.CartRepository', 'fetch'),
]
const signal = { mechanism: { type: 'signalhandler', handled: false, synthetic: true } }
const nserror = (domain: string, code: number) =>
  error('cocoa', 'NSError: failed', [], {
    mechanism: { type: 'NSError', meta: { ns_error: { domain, code } } },
  })
const swift = (fn: string) =>
  error('cocoa', 'Shop.CheckoutError: declined', [native('main', ios), native(fn, ios)])
const unity = (...frames: string[]) =>
  error(
    'csharp',
    'NullReferenceException: Object reference not set to an instance of an object.',
    frames.map((fn) => csharp(fn.split('.')[0] as string, fn)),
  )
const slot = (image: number, offset: number) =>
  error('other', 'xZ: Null check operator used on a null value', [at('libapp.so', image, offset)])
const csp = (directive: string, blocked: string) => ({
  platform: 'javascript',
  csp: { effective_directive: directive, blocked_uri: blocked },
})
const anr = (fn: string) =>
  error('java', 'ApplicationNotResponding: ANR for at least 5000 ms.', [
    java('android.os.Looper', 'loop', 1, false),
    java('com.shop.Cart', fn),
  ])
const rust = (fn: string) =>
  error('native', 'panic: index out of bounds', [
    native('shop::main', '/srv/bin/shop'),
    native(fn),
    native('core::panicking::panic_bounds_check', '/srv/bin/shop', false),
  ])

const names = (
  platform: string,
  build: (fn: string) => ReturnType<typeof error>,
  pairs: readonly (readonly [string, string, string])[],
) => pairs.map(([what, a, b]) => same(`${platform}: ${what}`, build(a), build(b)))
const javaClass = (module: string) =>
  error('java', 'IllegalStateException: x', [java('com.shop.Main', 'main'), java(module, 'run')])
const javaMethod = (fn: string) =>
  error('java', 'IllegalStateException: x', [java('com.shop.Main', 'main'), java('com.shop.Cart', fn)])
const cpp = (fn: string) => error('native', 'SIGSEGV: Segfault', [native('main'), native(fn)], signal)
const net = (fn: string) =>
  error('csharp', 'InvalidOperationException: x', [
    csharp('Shop.Desk.Program', 'Main'),
    csharp('Shop.Desk.ShopScreen', fn),
  ])
const netModule = (module: string) =>
  error('csharp', 'InvalidOperationException: x', [csharp(module, 'MoveNext')])

export const compiledPairs: readonly Pair[] = [
  same(
    'java: line shift, other text',
    error('java', 'IOException: disk 1 full', [java('com.shop.Store', 'save', 10)]),
    error('java', 'IOException: gone', [java('com.shop.Store', 'save', 77)]),
  ),
  different(
    'java: two methods',
    error('java', npe, [java('com.shop.Cart', 'total')]),
    error('java', npe, [java('com.shop.Cart', 'tax')]),
  ),
  different(
    'java: one method name, two classes',
    error('java', npe, [java('com.shop.Cart', 'total')]),
    error('java', npe, [java('com.shop.Invoice', 'total')]),
  ),
  different(
    'java: through one helper',
    error('java', 'IllegalArgumentException: x', [
      java('com.shop.Cart', 'pay'),
      java('com.shop.Check', 'notNull'),
    ]),
    error('java', 'IllegalArgumentException: x', [
      java('com.shop.Order', 'ship'),
      java('com.shop.Check', 'notNull'),
    ]),
  ),
  same(
    'java: reflection after warming up',
    error('java', 'IllegalStateException: x', [
      java('com.shop.Main', 'main'),
      java('jdk.internal.reflect.NativeMethodAccessorImpl', 'invoke0', 1, false),
      java('java.lang.reflect.Method', 'invoke', 1, false),
    ]),
    error('java', 'IllegalStateException: x', [
      java('com.shop.Main', 'main'),
      java('jdk.internal.reflect.GeneratedMethodAccessor12', 'invoke', 1, false),
      java('java.lang.reflect.Method', 'invoke', 1, false),
    ]),
  ),
  different(
    'java: nothing but frames of the system',
    error('java', 'IllegalStateException: Fragment not attached', [
      java('androidx.fragment.app.Fragment', 'requireContext', 1, false),
    ]),
    error('java', 'IllegalStateException: LifecycleOwner is destroyed', [
      java('androidx.fragment.app.Fragment', 'requireContext', 1, false),
    ]),
  ),
  different(
    'java: causes',
    chain(
      'java',
      entry('SQLException: x', [java('com.shop.Db', 'open')]),
      entry('BillingException: y', [java('com.shop.Bill', 'print')]),
    ),
    chain(
      'java',
      entry('IOException: x', [java('com.shop.Printer', 'open')]),
      entry('BillingException: y', [java('com.shop.Bill', 'print')]),
    ),
  ),
  same(
    'kotlin: coroutines numbered anew',
    error('java', npe, coroutine(1)),
    error('java', npe, coroutine(4)),
  ),
  different(
    'kotlin: two coroutines',
    error('java', npe, coroutine(1, 'load')),
    error('java', npe, coroutine(1, 'save')),
  ),
  different('android: two places of not responding', anr('total'), anr('render')),
  ...names('java', javaClass, [
    ['anonymous classes', 'com.shop.Cart$1', 'com.shop.Cart$3'],
    ['lambdas of D8', 'com.shop.Cart$$ExternalSyntheticLambda0', 'com.shop.Cart$$ExternalSyntheticLambda7'],
    [
      'outlines of R8',
      'com.shop.Cart$$ExternalSyntheticOutline0',
      'com.shop.Cart$$ExternalSyntheticOutline2',
    ],
    ['hidden classes', 'com.shop.Cart$$Lambda/0x00007f1234', 'com.shop.Cart$$Lambda$14/0x0000000800c8'],
    ['proxies', 'com.sun.proxy.$Proxy12', 'jdk.proxy2.$Proxy31'],
    [
      'proxies of Spring',
      'com.shop.Cart$$EnhancerBySpringCGLIB$$1a2b3c',
      'com.shop.Cart$$EnhancerBySpringCGLIB$$ffee00',
    ],
    ['proxies of Spring 6', 'com.shop.Cart$$SpringCGLIB$$0', 'com.shop.Cart$$SpringCGLIB$$2'],
    ['proxies of Byte Buddy', 'com.shop.Cart$ByteBuddy$Ab12Cd', 'com.shop.Cart$ByteBuddy$Zz98Yx'],
    ['proxies of Hibernate', 'com.shop.Order$HibernateProxy$aB1', 'com.shop.Order$HibernateProxy$zX9'],
    ['proxies of Javassist', 'com.shop.Order_$$_jvst1a2_0', 'com.shop.Order_$$_jvstf0e_3'],
    [
      'lambdas of Compose',
      'com.shop.ComposableSingletons$MainKt$lambda-1$1',
      'com.shop.ComposableSingletons$MainKt$lambda-3$1',
    ],
    ['closures of Groovy', 'com.shop.Build$_run_closure1', 'com.shop.Build$_run_closure4'],
    ['functions of Clojure', 'shop.core$fn__123', 'shop.core$fn__9876'],
  ]),
  ...names('java', javaMethod, [
    ['lambdas', 'lambda$total$0', 'lambda$total$3'],
    [
      'lambdas moved by D8',
      'lambda$onCreate$0$com-shop-MainActivity',
      'lambda$onCreate$2$com-shop-MainActivity',
    ],
    ['lambdas of R8', '$r8$lambda$Xy12-abc_Q', '$r8$lambda$9ZkL0pQrs'],
    ['lambdas of Kotlin', 'onCreate$lambda-0', 'onCreate$lambda$3'],
    ['functions of Scala', '$anonfun$total$1', '$anonfun$total$4$adapted'],
  ]),
  different('java: lambdas of two methods', javaMethod('lambda$total$0'), javaMethod('lambda$tax$0')),

  same(
    'cocoa: another start of one build',
    error(
      'cocoa',
      'EXC_BAD_ACCESS: Exception 1, Code 1, Subcode 16 >',
      [at(ios, 0x104000000, 0x1317), at(ios, 0x104000000, 0x2fff)],
      { mechanism: { type: 'mach', synthetic: true } },
    ),
    error(
      'cocoa',
      'EXC_BAD_ACCESS: Exception 1, Code 1, Subcode 8 >',
      [at(ios, 0x100a00000, 0x1317), at(ios, 0x100a00000, 0x2fff)],
      { mechanism: { type: 'mach', synthetic: true } },
    ),
  ),
  different(
    'cocoa: another address',
    error('cocoa', 'EXC_BAD_ACCESS: x', [at(ios, 0x104000000, 0x1317)]),
    error('cocoa', 'EXC_BAD_ACCESS: x', [at(ios, 0x104000000, 0x4444)]),
  ),
  different('cocoa: errors by code', nserror('NSURLErrorDomain', -1009), nserror('NSURLErrorDomain', -1001)),
  different('cocoa: errors by domain', nserror('NSURLErrorDomain', 3), nserror('Shop.CheckoutError', 3)),
  same('cocoa: one error code', nserror('NSURLErrorDomain', -1009), nserror('NSURLErrorDomain', -1009)),
  ...names('swift', swift, [
    ['closures', 'closure #1 in CheckoutModel.pay(_:)', 'closure #2 in CheckoutModel.pay(_:)'],
    [
      'closures in closures',
      'closure #1 in closure #2 in CheckoutModel.pay(_:)',
      'closure #3 in closure #1 in CheckoutModel.pay(_:)',
    ],
    ['specialisations', 'CheckoutModel.pay(_:)', 'specialized CheckoutModel.pay(_:)'],
    [
      'asynchronous parts',
      '(1) await resume partial function for CheckoutModel.pay(_:)',
      '(3) suspend resume partial function for CheckoutModel.pay(_:)',
    ],
    ['entries from Objective-C', '@objc CheckoutModel.pay(_:)', 'CheckoutModel.pay(_:)'],
    ['blocks', '__42-[Checkout pay:]_block_invoke', '__17-[Checkout pay:]_block_invoke_2'],
  ]),
  different(
    'swift: two entries from Objective-C',
    swift('@objc CheckoutModel.pay(_:)'),
    swift('@objc CheckoutModel.refund(_:)'),
  ),
  different('swift: two methods', swift('CheckoutModel.pay(_:)'), swift('CheckoutModel.refund(_:)')),
  different('objc: two selectors', swift('-[Checkout pay:]'), swift('-[Checkout refund:]')),
  different(
    'a crash on iOS and one on Android',
    error('cocoa', 'EXC_BAD_ACCESS: x', [native('CheckoutModel.pay(_:)', ios)]),
    error('java', npe, [java('com.shop.CheckoutModel', 'pay')]),
  ),
  different('one message of two apps', message('cocoa', 'Sync failed'), message('java', 'Sync failed')),

  ...names('c++', cpp, [
    ['overloads', 'shop::pay(int, std::vector<int> const&)', 'void shop::pay(Order)'],
    ['templates', 'shop::pay<int>(int)', 'void shop::pay<Order>(Order)'],
    [
      'lambdas',
      'shop::run()::{lambda(int)#1}::operator()(int) const',
      'shop::run()::{lambda(int)#2}::operator()(int) const',
    ],
    ['clones', 'shop::pay(int) [clone .isra.0]', 'shop::pay(int) [clone .cold]'],
    ['anonymous namespaces', '(anonymous namespace)::pay()', '_GLOBAL__N_1::pay()'],
  ]),
  ...names('rust', rust, [
    ['hashes', 'shop::cart::total::h0123456789abcdef', 'shop::cart::total::hfedcba9876543210'],
    ['closures', 'shop::cart::total::{closure#0}', 'shop::cart::total::{closure#3}'],
  ]),
  different('rust: two functions', rust('shop::cart::total'), rust('shop::cart::tax')),
  same(
    'native: another signal in one place',
    cpp('decode'),
    error('native', 'SIGBUS: Bus error', [native('main'), native('decode')], signal),
  ),
  same(
    'native: abort behind it',
    error(
      'native',
      'SIGABRT: Abort',
      [
        native('main'),
        native('decode'),
        native('__assert_fail', '/lib/libc.so.6', false),
        native('abort', '/lib/libc.so.6', false),
      ],
      signal,
    ),
    error('native', 'SIGABRT: Abort', [native('main'), native('decode')], signal),
  ),

  ...names('.net', net, [
    ['lambdas', '<>c__DisplayClass12_0.<Open>b__0', '<>c__DisplayClass14_1.<Open>b__2'],
    ['lambdas without a class', '<Open>b__0', '<Open>b__12_3'],
    ['local functions', '<Main>g__Run|0_1', '<Main>g__Run|0_4'],
    ['compiled lambdas', 'lambda_method12(Closure, Object)', 'lambda_method99(Closure, Object)'],
  ]),
  ...names('.net', netModule, [
    [
      'asynchronous methods',
      'Shop.Desk.OrderClient+<PlaceAsync>d__3',
      'Shop.Desk.OrderClient+<PlaceAsync>d__7',
    ],
    [
      'display classes',
      'Shop.Desk.OrderClient+<>c__DisplayClass3_0',
      'Shop.Desk.OrderClient+<>c__DisplayClass8_0',
    ],
  ]),
  different(
    '.net: two asynchronous methods',
    netModule('Shop.Desk.OrderClient+<PlaceAsync>d__3'),
    netModule('Shop.Desk.OrderClient+<CancelAsync>d__3'),
  ),
  different('.net: two lambdas', net('<>c.<Open>b__0'), net('<>c.<Close>b__0')),
  different(
    '.net: hosts',
    error('csharp', 'System.Net.Http.HttpRequestException: No such host is known. (api.shop.example:443)', [
      csharp('Shop.Http', 'Send'),
    ]),
    error('csharp', 'System.Net.Http.HttpRequestException: No such host is known. (pay.shop.example:443)', [
      csharp('Shop.Http', 'Send'),
    ]),
  ),
  same(
    'unity: asynchronous methods',
    unity('ShopScreen.Open', 'ShopScreen+<PayAsync>d__14.MoveNext ()'),
    unity('ShopScreen.Open', 'ShopScreen+<PayAsync>d__16.MoveNext ()'),
  ),
  same(
    'unity: arguments',
    unity('PriceTag.Total (System.Int32 qty)'),
    unity('PriceTag.Total (System.Int64 qty)'),
  ),
  different(
    'unity: two scripts',
    unity('PriceTag.Total (System.Int32 qty)'),
    unity('StockTag.Total (System.Int32 qty)'),
  ),

  same(
    'flutter: line shift',
    error('other', 'FormatException: Unexpected character (at character 1)', [
      dart('order_api.dart', 'OrderApi.place', 10),
    ]),
    error('other', 'FormatException: Unexpected character (at character 9)', [
      dart('order_api.dart', 'OrderApi.place', 44),
    ]),
  ),
  different(
    'flutter: two methods',
    error('other', 'FormatException: x', [dart('order_api.dart', 'OrderApi.place')]),
    error('other', 'FormatException: x', [dart('order_api.dart', 'OrderApi.cancel')]),
  ),
  same(
    'flutter: the gap of async',
    error('other', 'StateError: x', [
      dart('cart.dart', 'Cart.load'),
      dart('', '<asynchronous suspension>'),
      dart('api.dart', 'Api.get'),
    ]),
    error('other', 'StateError: x', [dart('cart.dart', 'Cart.load'), dart('api.dart', 'Api.get')]),
  ),
  same('flutter: obfuscated, another start', slot(0x7000000000, 0x1317), slot(0x7a00000000, 0x1317)),
  same(
    'flutter: obfuscated type named anew',
    slot(0x7000000000, 0x1317),
    error('other', 'aQ: Null check operator used on a null value', [at('libapp.so', 0x7000000000, 0x1317)]),
  ),
  different('flutter: obfuscated, another place', slot(0x7000000000, 0x1317), slot(0x7000000000, 0x9999)),

  same(
    'csp: other pages',
    csp('img-src', 'https://evil.example.net/a.png'),
    csp('img-src', 'https://evil.example.net/b.png'),
  ),
  same(
    'csp: spellings of Chrome',
    csp('script-src-elem', 'https://evil.example.net/a.js'),
    csp('script-src', 'https://evil.example.net/b.js'),
  ),
  different('csp: hosts', csp('img-src', 'https://a.example/x'), csp('img-src', 'https://b.example/x')),
  different('csp: directives', csp('img-src', 'https://a.example/x'), csp('font-src', 'https://a.example/x')),
  different('csp: inline and eval', csp('script-src', 'inline'), csp('script-src', 'eval')),
  same(
    'fingerprint of the app',
    message('java', 'a', { fingerprint: ['checkout', '7'] }),
    message('java', 'b', { fingerprint: ['checkout', 7] }),
  ),
  different(
    'fingerprints of the app',
    message('java', 'a', { fingerprint: ['checkout'] }),
    message('java', 'a', { fingerprint: ['cart'] }),
  ),
  different(
    'default fingerprint, split further',
    message('java', 'a', { fingerprint: ['{{ default }}', 'eu'] }),
    message('java', 'a', { fingerprint: ['{{ default }}', 'us'] }),
  ),
  same('checksum', message('java', 'a', { checksum: 'abc' }), message('java', 'b', { checksum: 'abc' })),
]
