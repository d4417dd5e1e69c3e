// Pairs of Java, .NET, Dart, Apple and native code: names that compilers, proxies and minifiers make anew.
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

const reportedBy = (type: string) => ({ mechanism: { type, handled: false } })
const minidump = { mechanism: { type: 'minidump', handled: false, synthetic: true } }
const sys = (fn: string, module = 'org.springframework.web.X') => java(module, fn, 1, false)

export const compiledBuildPairs: readonly Pair[] = [
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
  different(
    'sqlstate codes',
    error('java', 'PSQLException: ERROR: deadlock detected'),
    error('java', 'PSQLException: ERROR: relation "x" does not exist'),
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
    'rust two panics',
    error('native', 'panic: called `Option::unwrap()` on a `None` value', [native('shop::a::x')]),
    error('native', 'panic: called `Option::unwrap()` on a `None` value', [native('shop::b::x')]),
  ),
  different(
    'java class not found',
    error('java', 'ClassNotFoundException: com.shop.A'),
    error('java', 'ClassNotFoundException: com.shop.B'),
  ),
  different(
    'permissions',
    error('java', 'SecurityException: Permission Denial: requires android.permission.CAMERA'),
    error('java', 'SecurityException: Permission Denial: requires android.permission.READ_CONTACTS'),
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
    'RuntimeException two places',
    error('java', 'RuntimeException: x', [java('com.shop.A', 'a')]),
    error('java', 'RuntimeException: x', [java('com.shop.A', 'b')]),
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
