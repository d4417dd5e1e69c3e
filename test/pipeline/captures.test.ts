// What must come out of every event that was captured from a real SDK. The values were worked out by
// reading the payloads, not from what the code returned.
import { beforeAll, describe, expect, test } from 'vitest'
import { hourOf } from '../../collector/db/store-rollups.ts'
import { decodePayload } from '../../collector/db/stored-events.ts'
import type { Event, Level, Stacktrace } from '../../collector/pipeline/event.ts'
import { group } from '../../collector/pipeline/group.ts'
import { normalise, normaliseForCounting } from '../../collector/pipeline/normalise.ts'
import { scrub } from '../../collector/pipeline/scrub.ts'
import { defaultScrubbing } from '../../collector/pipeline/scrubbing-settings.ts'
import { storable } from '../../collector/pipeline/storable.ts'
import { prepareRow } from '../../collector/prepare.ts'
import { listCaptures } from '../support/captures.ts'
import { factsOfCapture, listMobileEvents, readEvents, readPayloads, readWire } from '../support/facts.ts'
import { capturedTags } from './captured-tags.ts'

type Expected = {
  readonly title: string
  readonly level: Level
  readonly handled: boolean | null
  readonly culprit: string
  readonly user: string | null
  readonly platform: string
  readonly types: readonly (string | null)[]
  /** `frames/in-app` of each exception, `-` without a stack; then `threads:` and `top:` where there are any. */
  readonly stacks: string
  readonly crumbs: number
}

const web = 'https://www.shop.example/assets/main-X62FP25K.js'
const amount = "TypeError: Cannot read properties of null (reading 'amount')"
const upper = "TypeError: Cannot read properties of undefined (reading 'toUpperCase')"
const mira = 'id:84123'
const phone = 'id:5e4a0f9c-6b1d-4d52-9d40-8c2a7b1c0f33'
const iphone = 'id:C2B0A1F4-8F1E-4E0B-9C43-6F1A2B3C4D5E'
const threeLevels = ['OutOfStock', 'KeyError', 'OutOfStock', 'ExceptionGroup']
const sqlStart = 'QueryError: query failed: SELECT o.col_0 AS c0, o.col_1 AS c1,'

type Row = readonly [
  title: string,
  level: Level,
  handled: boolean | null,
  culprit: string,
  user: string | null,
  platform: string,
  types: readonly (string | null)[],
  stacks: string,
  crumbs: number,
]

// biome-ignore format: a table
const table: Readonly<Record<string, Row>> = {
  'browser-11/attachment-no-content-type': ['CouponError: Coupon SUMMER26 is not valid for this basket', 'error', true, `i.applyCoupon in ${web}`, mira, 'javascript', ['CouponError'], '4/4', 1],
  'browser-11/chained-rejection': ['Error: Order for B-7 could not be placed', 'error', false, `u in ${web}`, mira, 'javascript', ['HttpError', 'Error'], '2/2 1/1', 5],
  'browser-11/dom-exception': ["SyntaxError: Failed to execute 'querySelector' on 'Document': 'div:unknown-pseudo(' is not a valid selector.", 'error', false, `dom-exception in ${web}`, mira, 'javascript', ['SyntaxError'], '3/3', 1],
  // the frame of Array.reduce is the engine's, whatever the SDK says
  'browser-11/minified-debug-id': [amount, 'error', false, web, mira, 'javascript', ['TypeError'], '6/5', 2],
  'browser-11/no-debug-id': [amount, 'error', false, 'https://www.shop.example/js/app.min.js?v=51', mira, 'javascript', ['TypeError'], '6/5', 1],
  'browser-11/reject-object': ['UnhandledRejection: Object captured as promise rejection with keys: reason, status', 'error', false, '', mira, 'javascript', ['UnhandledRejection'], '-', 1],
  // a made-up stack: neither its functions nor its file are the fault's, but it is all there is
  'browser-11/throw-string': ['Error: payment widget not ready', 'error', false, 'Wt in https://www.shop.example/assets/vendor-CM6BVHFE.js', mira, 'javascript', ['Error'], '6/6', 1],
  'browser-11/tunnel': [amount, 'error', false, web, mira, 'javascript', ['TypeError'], '6/5', 1],
  'browser-7/error-of-user-report': ['Error: Refund list failed to load (HTTP 502)', 'error', true, 'HTMLButtonElement.report in https://www.shop.example/js/admin.js', 'username:backoffice-3', 'javascript', ['Error'], '1/1', 0],
  'browser-7/onclick-uncaught': ["TypeError: Cannot read properties of undefined (reading 'post')", 'error', false, 'HTMLButtonElement.refund in https://www.shop.example/js/admin.js', 'username:backoffice-3', 'javascript', ['TypeError'], '1/1', 0],
  'chromium-156/csp-report-to': ["Blocked 'img' from 'evil.example.net'", 'error', null, 'img-src', null, 'javascript', [], '', 0],
  'chromium-156/csp-report-uri-img': ["Blocked 'img' from 'evil.example.net'", 'error', null, 'img-src', null, 'javascript', [], '', 0],
  'cli-3/send-envelope-raw': ['stored', 'error', null, '', null, 'other', [], '', 0],
  'cli-3/send-event': ['Backup of orders-db failed with code 28', 'fatal', null, '', 'id:42', 'native', [], '', 2],
  // nothing but wrappers: the last one, which was caught
  'go-0.11/store-error-chain': ['*fmt.wrapError: forward: route "/a": no healthy backend', 'error', null, 'main in main', mira, 'go', ['*errors.errorString', '*fmt.wrapError', '*fmt.wrapError'], '- - 1/1', 1],
  // the value goes on behind a U+2028
  'go-0.29/attachment': ['*route.TimeoutError: backend münchen-1', 'error', null, 'main in main', null, 'go', ['*route.TimeoutError'], '1/1', 0],
  'go-0.29/error-chain': ['*fmt.wrapError: forward: route "/a": no healthy backend', 'error', null, 'main in main', mira, 'go', ['*errors.errorString', '*fmt.wrapError', '*fmt.wrapError'], '- - 1/1', 1],
  'go-0.29/message': ['config reloaded from /etc/shop/gateway.yaml in 12.5ms', 'info', null, 'main in main', null, 'go', [], 'threads: 1/1', 0],
  'go-0.29/panic': ['runtime.boundsError: runtime error: index out of range [0] with length 0', 'fatal', null, 'main.func3.1 in main', null, 'go', ['runtime.boundsError'], '6/6', 0],
  'java-8/attachment-fatal': ['IllegalStateException: Drucker „zh-3“ antwortet nicht — 印刷エラー', 'fatal', null, 'lambda$main$3 in example.shop.billing.Main', 'ip:192.0.2.1', 'java', ['IllegalStateException'], '2/2', 0],
  'java-8/chained': ['BillingException: Invoice 2026-0815 could not be printed', 'error', null, 'print in example.shop.billing.Printer', mira, 'java', ['NullPointerException', 'BillingException'], '16/8 2/2', 2],
  'java-8/event-with-session': ['BillingException: during a session', 'error', null, 'main in example.shop.billing.Main', 'ip:192.0.2.1', 'java', ['IOException', 'BillingException'], '1/1 1/1', 0],
  'java-8/message-formatted': ['Tax table reloaded in 812 ms', 'info', null, 'main in example.shop.billing.Main', 'ip:192.0.2.1', 'java', [], 'threads: 2/1', 0],
  'java-8/offline-delivered-later': ['BillingException: Invoice 2026-0818 could not be printed', 'error', null, 'print in example.shop.billing.Printer', null, 'java', ['NullPointerException', 'BillingException'], '16/8 2/2', 0],
  'java-8/offline-first-try': ['BillingException: Invoice 2026-0818 could not be printed', 'error', null, 'print in example.shop.billing.Printer', null, 'java', ['NullPointerException', 'BillingException'], '16/8 2/2', 0],
  // obfuscated classes are the app's own; $Proxy0 is the JVM's
  'java-8/proguard-chained': ['a: Invoice 2026-0815 could not be printed', 'error', null, 'a in d', mira, 'java', ['NullPointerException', 'a'], '5/4 2/2', 2],
  // CompletionException only wraps; the suppressed one is no cause
  'java-8/suppressed-async': ['BillingException: Invoice 2026-0817 could not be printed', 'error', null, 'print in example.shop.billing.Printer', 'ip:192.0.2.1', 'java', ['NullPointerException', 'BillingException', 'IllegalStateException', 'CompletionException'], '18/8 4/2 1/1 4/0', 0],
  'native-0.16/crash-addresses-only': ['SIGSEGV: Segfault', 'fatal', false, 'scanner-inproc', 'id:picker-7', 'native', ['SIGSEGV'], '7/5', 1],
  'native-0.16/minidump': ['decode_checksum: Fatal crash: SIGSEGV', 'fatal', false, 'decode_checksum in scanner', 'id:picker-7', 'native', ['SIGSEGV'], '7/5 threads: - 5/1 5/1 5/1 4/1 4/1', 1],
  'node-11/aggregate-any': ['AggregateError: All promises were rejected', 'error', true, 'checkout in orders', null, 'node', ['RangeError', 'TypeError', 'CurrencyError', 'CheckoutError', 'AggregateError'], '8/2 9/3 7/5 3/2 -', 0],
  'node-11/captured-string': ['Error: just a string, not an Error', 'error', true, 'odd-values', null, 'node', ['Error'], '7/1', 0],
  'node-11/caught': ['CurrencyError: Unknown currency "XBT"', 'error', true, 'rate in pricing', null, 'node', ['CurrencyError'], '10/5', 0],
  'node-11/chained-cause': ['CheckoutError: Checkout of cart c_81723 failed', 'error', true, 'checkout in orders', null, 'node', ['CurrencyError', 'CheckoutError'], '6/5 2/2', 0],
  'node-11/custom-fingerprint': ['Error: Payment provider timeout after 30000ms (attempt 3)', 'error', true, 'fingerprint', null, 'node', ['Error'], '7/1', 0],
  'node-11/express-request': [upper, 'error', false, 'GET /orders/:id/label', 'ip:198.51.100.23', 'node', ['TypeError'], '10/2', 2],
  'node-11/long-message-gzip': [sqlStart, 'error', true, 'long-message', null, 'node', ['QueryError'], '7/1', 0],
  'node-11/message': ['Warehouse sync finished with 17 skipped rows in 4312ms', 'warning', true, 'message', null, 'node', [null], '7/1', 0],
  'node-11/recursion': ['RangeError: Maximum call stack size exceeded', 'error', true, 'walkCategory in recursion', null, 'node', ['RangeError'], '10/10', 0],
  'node-11/scoped-fatal-attachments': [upper, 'fatal', true, 'POST /orders/:id/label', mira, 'node', ['TypeError'], '9/3', 4],
  'node-11/uncaught': ["TypeError: Cannot read properties of undefined (reading 'items')", 'fatal', false, 'total in pricing', null, 'node', ['TypeError'], '4/2', 0],
  'node-11/unhandled-rejection': ['TypeError: fetch failed: getaddrinfo ENOTFOUND prices.shop.example', 'error', false, 'syncPrices in rejection', null, 'node', ['TypeError'], '8/2', 0],
  'node-11/unicode': ['Error: Ungültige Größe „XL“ für Artikel 👕 — 在庫がありません', 'error', true, 'berechneRückgabe in unicode', 'id:ü-77', 'node', ['Error'], '8/2', 0],
  'node-7/caught': ["TypeError: Cannot read properties of undefined (reading 'trim')", 'error', true, 'Customer.fullName in caught', 'email:kai@example.org', 'node', ['TypeError'], '8/2', 1],
  'node-7/message-level-log': ['Import took 8123 ms', 'info', null, '', null, 'node', [], '', 0],
  'node-7/raw-event-critical': ['raw event with custom logger', 'fatal', null, '', null, 'node', [], '', 0],
  'node-8/big-gzip': ['Error: Bulk synchronisation aborted', 'error', true, 'big', null, 'node', ['Error'], '7/1', 100],
  'node-8/cause-and-attachment': ['Error: reserve failed', 'warning', true, 'worker-thread', null, 'node', ['Error', 'Error'], '7/1 7/1', 0],
  'node-8/local-variables': ['RangeError: cannot reserve 9 x A-100: only 0 left', 'error', true, 'Inventory.reserve in inventory', 'id:5512', 'node', ['RangeError'], '4/2', 0],
  'node-8/message-debug': ['Order o_55120 re-queued for 203.0.113.9 at 2026-11-18T08:15:00Z (trace 5f3c0d4e-9a1b-4c2d-8e7f-001122334455)', 'debug', null, '', null, 'node', [], '', 0],
  'php-4/chained': ['Erp\\PostingFailed: Posting p_2 rejected', 'error', true, 'Erp\\Posting::post in /src/Posting.php', 'id:7', 'php', ['TypeError', 'Erp\\PostingFailed'], '6/5 5/4', 1],
  'php-4/message-object': ['Order o_1 has 3 lines', 'fatal', null, '/public/message.php', null, 'php', [], 'top: 6/1', 0],
  'php-4/message-toplevel-stacktrace': ['Export of 4211 rows finished', 'info', null, '{closure} in /public/message.php', null, 'php', [], 'top: 10/2', 0],
  'php-4/warning': ['ErrorException: Warning: fopen(/srv/shop-erp/data/export.csv): Failed to open stream: No such file or directory', 'warning', false, '/public/warning.php', null, 'php', ['ErrorException'], '1/1', 0],
  'python-1/attachments': ['ValueError: bad price xxxxxxxx', 'fatal', null, '<module> in __main__', null, 'python', ['ValueError'], '1/1', 0],
  'python-1/store-caught': ['OutOfStock: A-100: wanted 5, left 3', 'error', null, 'reserve in shop.stock', 'id:12', 'python', ['OutOfStock'], '3/3', 1],
  'python-1/store-chained-from': ["LookupError: unknown article 'Z-1'", 'error', null, 'reserve_all in shop.stock', null, 'python', ['KeyError', 'LookupError'], '2/2 2/2', 0],
  // version 1.9 calls everything in app; dist-packages is not
  'python-1/store-django-template': ["TemplateSyntaxError: Invalid filter: 'unknownfilter'", 'error', false, '/page/', null, 'python', ['TemplateSyntaxError'], '21/1', 1],
  'python-1/store-flask': ['OutOfStock: B-7: wanted 2, left 0', 'error', false, 'reserve', 'ip:198.51.100.7', 'python', ['OutOfStock'], '6/2', 0],
  'python-1/store-logging-params': ['import of prices.csv failed after 12.3s for user {"id":7}', 'error', null, '', null, 'python', [], '', 2],
  'python-2/attachments-fatal': ['ValueError: bad price xxxxxxxx', 'fatal', true, '<module> in __main__', null, 'python', ['ValueError'], '1/1', 0],
  'python-2/caught': ['OutOfStock: A-100: wanted 5, left 3', 'error', true, 'reserve in shop.stock', 'id:12', 'python', ['OutOfStock'], '3/3', 1],
  'python-2/clock-ahead-3-days': ['OutOfStock: A-100: wanted 5, left 3', 'error', true, 'reserve in shop.stock', 'id:12', 'python', ['OutOfStock'], '3/3', 1],
  'python-2/django-sql-chain': ['OperationalError: no such table: invoices', 'error', false, '/sql/', null, 'python', ['OperationalError', 'OperationalError'], '2/0 9/1', 2],
  'python-2/exception-group': ['ExceptionGroup: 3 lines failed', 'error', true, 'fan_out in __main__', null, 'python', threeLevels, '3/3 3/3 3/3 2/2', 0],
  'python-2/exception-group-brotli': ['ExceptionGroup: 3 lines failed', 'error', true, 'fan_out in __main__', null, 'python', threeLevels, '3/3 3/3 3/3 2/2', 0],
  'python-2/logging-params': ["import of prices.csv failed after 12.3s for user {'id': 7}", 'error', null, '', null, 'python', [], '', 2],
  'python-2/message-with-threads': ['Import finished: 1204 rows, 3 skipped, batch 9f86d081884c7d65 ✓', 'info', null, '<module> in __main__', null, 'python', [], 'threads: 1/1', 0],
  'raven-go/store-base64-zlib': ['*errors.errorString: forward: route "/a": no healthy backend', 'error', null, 'main.main', mira, 'go', ['*errors.errorString'], '2/1', 0],
  'raven-go/store-json-message': ['config reloaded', 'error', null, '', mira, 'go', [], '', 0],
  'raven-ruby/store-base64-zlib': ['Shop::RefundError: Refund r_2 rejected: amount is not a number', 'error', null, 'rescue in process in lib/refund.rb', 'id:4', 'ruby', ['ArgumentError', 'Shop::RefundError'], '6/6 6/6', 1],
  'raven-ruby/store-json': ['Shop::RefundError: Refund r_2 rejected: amount is not a number', 'error', null, 'rescue in process in lib/refund.rb', 'id:4', 'ruby', ['ArgumentError', 'Shop::RefundError'], '6/6 6/6', 1],
  'react-9/error-boundary': ["TypeError: Cannot read properties of undefined (reading 'toFixed')", 'error', true, '/cart', null, 'javascript', ['React ErrorBoundary TypeError', 'TypeError'], '6/6 10/10', 2],
  // the cause, which this SDK sends last, comes first; three frames of the engine, three of polyfills
  'react-native-8/hermes-chained': ['BasketError: Basket could not be opened', 'error', true, 'BasketError in app:///index.android.bundle', mira, 'javascript', ['TypeError', 'BasketError'], '6/6 11/8', 1],
  'react-native-8/hermes-component': ['Error: Rendered more hooks than during the previous render.', 'error', true, 'scenario in app:///index.android.bundle', mira, 'javascript', ['Error'], '2/2', 1],
  'react-native-8/hermes-fatal': ["TypeError: Cannot read property 'amount' of null", 'fatal', false, 'priceOf in app:///index.android.bundle', mira, 'javascript', ['TypeError'], '6/6', 1],
  'ruby-5/caught': ['Shop::RefundError: Refund r_1 rejected: amount 250 above limit', 'error', null, 'process in lib/refund.rb', 'id:4', 'ruby', ['Shop::RefundError'], '5/5 threads: -', 1],
  'ruby-5/nomethod': ["NoMethodError: undefined method `post' for nil:NilClass", 'error', null, 'process in lib/refund.rb', null, 'ruby', ['NoMethodError'], '5/5 threads: -', 0],
  'ruby-5/rack-request': ['IOError: template 7 is closed', 'error', null, '/print', 'ip:203.0.113.9', 'ruby', ['IOError'], '12/2 threads: -', 0],
  'ruby-6/attachment-unicode': ['Encoding::CompatibilityError: incompatible: café 😀 \u007f', 'error', true, '<main> in bin/attachments.rb', null, 'ruby', ['Encoding::CompatibilityError'], '1/1 threads: -', 0],
  'ruby-6/cause': ['Shop::RefundError: Refund r_2 rejected: amount is not a number', 'warning', true, 'rescue in process in lib/refund.rb', null, 'ruby', ['ArgumentError', 'Shop::RefundError'], '6/6 6/6 threads: -', 0],
  'mobile/android-anr': ['ApplicationNotResponding: ANR', 'fatal', false, 'blockingLoad in example.shop.android.data.PriceCache', phone, 'java', ['ApplicationNotResponding'], '10/2 threads: 10/2 1/1', 2],
  'mobile/android-kotlin-coroutine': ['HttpException: HTTP 502', 'error', true, 'access$place$lambda$2 in example.shop.android.data.OrderRepository$$ExternalSyntheticLambda4', phone, 'java', ['HttpException'], '8/3', 2],
  'mobile/android-native-crash': ['SIGSEGV: Segfault', 'fatal', false, 'libscanner.so', phone, 'native', ['SIGSEGV'], '4/2', 2],
  'mobile/android-r8-crash': ['a: Invoice 2026-0815 could not be printed', 'fatal', false, 'a in d', phone, 'java', ['NullPointerException', 'a'], '5/4 9/2 threads: -', 2],
  'mobile/cocoa-app-hang': ['App Hang Fully Blocked: App hanging between 2.0 and 2.2 seconds.', 'error', true, '__42-[CheckoutViewController payButtonTapped:]_block_invoke in CheckoutViewController.m', iphone, 'cocoa', ['App Hang Fully Blocked'], '6/2 threads: 6/2', 2],
  'mobile/cocoa-crash-addresses': ['EXC_BAD_ACCESS: Exception 1, Code 1, Subcode 16 >', 'fatal', false, 'Shop', iphone, 'cocoa', ['EXC_BAD_ACCESS'], '8/4 threads: 8/4 1/0', 2],
  'mobile/cocoa-nsexception-blocks': ['NSInvalidArgumentException: *** -[__NSArrayM insertObject:atIndex:]: object cannot be nil (0x600000c1a2b0)', 'fatal', false, '-[CheckoutViewController payButtonTapped:] in CheckoutViewController.m', iphone, 'cocoa', ['NSInvalidArgumentException'], '9/3 threads: -', 2],
  'mobile/cocoa-swift-nserror': ['Shop.CheckoutError: paymentDeclined(code: 51) (Code: 3)', 'error', true, 'CheckoutModel.pay(_:) in Shop', iphone, 'cocoa', ['Shop.CheckoutError'], '- threads: 3/3', 2],
  'mobile/dotnet-unhandled-inner': ['System.Net.Http.HttpRequestException: No such host is known. (api.shop.example:443)', 'fatal', false, 'async Task<Order> OrderClient.PlaceAsync(Cart cart)+(Cart c) => { } in Shop.Desk.OrderClient', 'id:dXNlcg==', 'csharp', ['System.Net.Sockets.SocketException', 'System.Net.Http.HttpRequestException'], '1/0 3/2', 0],
  // the asynchronous gap between two frames is nobody's code
  'mobile/flutter-dart-obfuscated': ['xZ: Null check operator used on a null value', 'fatal', false, 'libapp.so', phone, 'other', ['xZ'], '4/3', 2],
  'mobile/flutter-dart-readable': ['FormatException: Unexpected character (at character 1)', 'error', false, 'OrderApi.place in order_api.dart', phone, 'other', ['FormatException'], '6/2', 2],
  'mobile/react-native-android-duplicate': ["JavascriptException: TypeError: Cannot read property 'amount' of null, stack:", 'fatal', false, 'reportException in com.facebook.react.modules.core.ExceptionsManagerModule', phone, 'java', ['JavascriptException'], '8/0', 2],
  'mobile/unity-il2cpp': ['NullReferenceException: Object reference not set to an instance of an object.', 'error', false, 'PriceTag.Total (System.Int32 qty) in PriceTag', 'id:d9a0f5a4c1b24c53', 'csharp', ['NullReferenceException'], '4/3', 1],
}

/** Longer than a title may be: what is expected is the beginning. */
const cutTitles = new Set(['node-11/long-message-gzip', 'python-1/attachments', 'python-2/attachments-fatal'])

/** Release, environment and dist by folder, where a capture doesn't differ from its neighbours. */
const origins: Readonly<
  Record<string, readonly [release: string | null, environment: string, dist?: string]>
> = {
  'browser-11': ['shop-web@5.2.0+e1f4c09', 'production'],
  'browser-11/no-debug-id': ['shop-web@5.1.0', 'production', 'legacy-7'],
  'browser-7': ['shop-admin-web@4.0.3', 'production'],
  'chromium-156/csp-report-to': [null, 'production'],
  'chromium-156/csp-report-uri-img': ['shop-web@5.2.0', 'production'],
  'cli-3/send-envelope-raw': [null, 'production'],
  'cli-3/send-event': ['shop-ops@1.0', 'production'],
  'go-0.11': ['shop-gateway@v1.9.4', 'production'],
  'go-0.29': ['shop-gateway@v1.9.4', 'production'],
  'java-8': ['example.shop.billing@4.2.0+319', 'production', '319'],
  'java-8/offline-delivered-later': ['example.shop.billing@4.2.0+319', 'production'],
  'java-8/offline-first-try': ['example.shop.billing@4.2.0+319', 'production'],
  'native-0.16': ['shop-scanner@0.8.2', 'warehouse', 'linux-x64'],
  'node-11': ['shop-api@3.4.1+20261118', 'production', '1187'],
  'node-7': ['legacy-api@0.9.7', 'production'],
  'node-8': ['721e41770371db95eee98ca2707686226b993eda', 'staging'],
  'php-4': ['shop-erp@12.1.0', 'production'],
  'python-1': ['shop-worker@2.0.0b3', 'production'],
  'python-2': ['shop-worker@2.0.0b3', 'production'],
  'raven-go': ['shop-gateway@v0.3.0', 'production'],
  'raven-ruby': ['shop-admin@5.1.2', 'production'],
  'react-9': ['shop-kiosk@1.8.0', 'kiosk'],
  'react-native-8': ['example.shop.mobile@2.7.0+418', 'production', '418'],
  'ruby-5': ['shop-admin@7.0.0', 'production'],
  'ruby-6': ['shop-admin@7.0.0', 'production'],
  'mobile/cocoa-app-hang': ['example.shop.ios@7.1+882', 'production', '882'],
  'mobile/cocoa-crash-addresses': ['example.shop.ios@7.1+882', 'production', '882'],
  'mobile/cocoa-nsexception-blocks': ['example.shop.ios@7.1+882', 'production', '882'],
  'mobile/cocoa-swift-nserror': ['example.shop.ios@7.1+882', 'production', '882'],
  'mobile/dotnet-unhandled-inner': ['Shop.Desk@2.4.0', 'production'],
  'mobile/flutter-dart-obfuscated': ['example.shop.flutter@3.0.1+77', 'production', '77'],
  'mobile/flutter-dart-readable': ['example.shop.flutter@3.0.1+77', 'production', '77'],
  'mobile/unity-il2cpp': ['shop-game@1.3.0', 'production'],
  mobile: ['example.shop.android@4.2.0+319', 'production', '319'],
}

const mobileReceipt = Date.parse('2026-11-18T08:31:00Z')

async function readAll(): Promise<Map<string, Event[]>> {
  const events = new Map<string, Event[]>()
  for (const capture of listCaptures().filter(({ method }) => method === 'POST')) {
    const read = await readEvents(factsOfCapture(capture), capture.body)
    if (read.length > 0) events.set(capture.name, read)
  }
  for (const { name, wire } of listMobileEvents()) {
    events.set(name, [readWire(wire, { eventId: String(wire.event_id), receivedAt: mobileReceipt })])
  }
  return events
}

let events: Map<string, Event[]>

beforeAll(async () => {
  events = await readAll()
})

function one(name: string): Event {
  const event = events.get(name)?.[0]
  if (!event) throw new Error(`${name} has no event`)
  return event
}

function countFrames(stack: Stacktrace | null): string {
  if (stack === null) return '-'
  return `${stack.frames.length}/${stack.frames.filter(({ inApp }) => inApp).length}`
}

function showStacks({ exceptions, threads, stacktrace }: Event): string {
  return [
    ...exceptions.map((exception) => countFrames(exception.stacktrace)),
    ...(threads.length > 0 ? ['threads:', ...threads.map((thread) => countFrames(thread.stacktrace))] : []),
    ...(stacktrace ? ['top:', countFrames(stacktrace)] : []),
  ].join(' ')
}

function summarise(event: Event, name: string): Expected {
  const expectedTitle = table[name]?.[0] ?? ''
  return {
    title: cutTitles.has(name) ? event.title.slice(0, expectedTitle.length) : event.title,
    level: event.level,
    handled: event.handled,
    culprit: event.culprit,
    user: event.userKey,
    platform: event.platform,
    types: event.exceptions.map(({ type }) => type),
    stacks: showStacks(event),
    crumbs: event.breadcrumbs.length,
  }
}

describe('every captured event', () => {
  test('is in the table, and nothing else is', () => {
    expect([...events.keys()].sort()).toEqual(Object.keys(table).sort())
    expect([...events.values()].every((read) => read.length === 1)).toBe(true)
  })

  test.each(Object.keys(table))('%s has the tags it was sent with, and those promoted', (name) => {
    const event = one(name)
    // These stand in the table above.
    const stated = new Set(['level', 'environment', 'release', 'dist', 'user', 'handled'])
    const tags = event.tags.filter(([key]) => !stated.has(key))
    expect(Object.fromEntries(tags)).toEqual(capturedTags[name])
  })

  test.each(Object.entries(table))('%s reads as it should', (name, row) => {
    const [title, level, handled, culprit, user, platform, types, stacks, crumbs] = row
    expect(summarise(one(name), name)).toEqual({
      title,
      level,
      handled,
      culprit,
      user,
      platform,
      types,
      stacks,
      crumbs,
    })
  })

  test.each(Object.keys(table))('%s has its release, environment and dist', (name) => {
    const { release, environment, dist } = one(name)
    const origin = origins[name] ?? origins[name.split('/')[0] as string]
    expect([release, environment, dist]).toEqual([origin?.[0], origin?.[1], origin?.[2] ?? null])
  })

  test('has a title of one line and at most 500 characters', () => {
    for (const [event] of events.values()) {
      expect(event?.title).toMatch(/^\S[^\n\r]{0,499}$/)
    }
    expect(one('node-11/long-message-gzip').title).toHaveLength(500)
  })

  test('has a grouping whose reason is a sentence', () => {
    for (const [name, [event]] of events) {
      const grouping = group(event as Event)
      expect([name, grouping.hashes.length, grouping.version]).toEqual([name, 2, 2])
      expect(grouping.hashes[0]).toMatch(/^[0-9a-f]{32}$/)
      expect(grouping.summary).toMatch(/^[A-Z].{10,}\.$/)
    }
  })

  test('moves its breadcrumbs and its own moment by the same drift', () => {
    const ahead = one('python-2/clock-ahead-3-days')
    expect(ahead.occurredAt.toISOString().slice(0, 19)).toBe('2026-11-20T10:14:52')
    expect(ahead.notes.map(({ what }) => what)).toContain('clock_corrected')
    expect(new Date(ahead.breadcrumbs[0]?.at ?? 0).toISOString().slice(0, 10)).toBe('2026-11-20')
  })

  test('keeps the moment of one that was delivered from the disk cache two days later', () => {
    const later = one('java-8/offline-delivered-later')
    expect(later.occurredAt.toISOString()).toBe('2026-11-18T10:15:36.719Z')
    expect(later.receivedAt.toISOString()).toBe('2026-11-20T10:15:37.977Z')
    expect(later.notes).toEqual([])
    // the first try had a clock two days behind, and said so
    expect(one('java-8/offline-first-try').occurredAt.toISOString().slice(0, 10)).toBe('2026-11-20')
  })

  test('counts and groups the same where breadcrumbs, extra and modules stay unread', async () => {
    for (const capture of listCaptures()) {
      const payloads = await readPayloads(factsOfCapture(capture), capture.body).catch(() => [])
      for (const { payload, context } of payloads) {
        const { wire } = scrub(storable(payload))
        const whole = normalise(wire, context)
        const { notes: _, ...counted } = normaliseForCounting(wire, context)
        const { breadcrumbs, extra, modules } = whole
        expect({ ...counted, breadcrumbs, extra, modules, notes: whole.notes }).toEqual(whole)
        expect(group(normaliseForCounting(wire, context))).toEqual(group(whole))
      }
    }
  })

  test('of a flooding issue counts and groups the same, without a payload; otherwise the payload is whole', async () => {
    const rules = { retentionDays: 90, fingerprintRules: '', scrubbing: defaultScrubbing }
    for (const capture of listCaptures()) {
      const facts = factsOfCapture(capture)
      const usual = await prepareRow(facts, capture.body, rules)
      const [event] = usual.ok ? usual.row.events : []
      if (!usual.ok || !event?.payload) continue
      const hour = hourOf(event.event.receivedAt).getTime()
      const flooding = new Map([[event.grouping.hashes[0] ?? '', hour]])
      const flood = await prepareRow(facts, capture.body, { ...rules, flooding })
      expect(flood.ok && flood.row.events).toEqual([{ ...event, payload: null }])
      const [sent] = await readPayloads(facts, capture.body)
      const { wire, reading } = await decodePayload(event.payload)
      const { wire: scrubbed, removed } = scrub(storable(sent?.payload ?? {}))
      expect(JSON.stringify(wire)).toBe(JSON.stringify(scrubbed))
      expect(new Set(reading?.removed)).toEqual(new Set(removed))
    }
  })

  test('is grouped with the same event over another transport or from another try', () => {
    const pairs = [
      ['python-2/exception-group', 'python-2/exception-group-brotli'],
      ['java-8/offline-first-try', 'java-8/offline-delivered-later'],
      ['raven-ruby/store-base64-zlib', 'raven-ruby/store-json'],
      ['python-1/store-caught', 'python-2/caught'],
      ['python-2/caught', 'python-2/clock-ahead-3-days'],
      ['browser-11/minified-debug-id', 'browser-11/tunnel'],
    ] as const
    for (const [a, b] of pairs) expect(group(one(a)).hashes).toEqual(group(one(b)).hashes)
  })

  test('has the id that the envelope header names, without dashes', () => {
    expect(one('native-0.16/minidump').eventId).toBe('37bbcbf405af4c1de34ea76714b0d363')
    expect(one('php-4/chained').eventId).toBe('d9897ab8db6543a0b75105ba0493d24b')
    expect(one('python-1/store-caught').eventId).toBe('9466e06e5af44ffba28f87fa81e3f41d')
  })

  test('has its tags as texts, whatever they were', () => {
    expect(one('node-11/scoped-fatal-attachments').tags).toEqual(
      expect.arrayContaining([
        ['region', 'eu-central-2'],
        ['tenant', 'acme'],
        ['feature.new_cart', 'true'],
        ['shard', '4'],
      ]),
    )
    const legacy = new Map(one('node-7/raw-event-critical').tags)
    expect([legacy.get('a'), legacy.get('b'), legacy.get('c'), legacy.get('logger')]).toEqual([
      '1',
      undefined,
      'true',
      'importer',
    ])
    expect(one('raven-go/store-base64-zlib').tags).toContainEqual(['zone', 'b'])
  })

  test('has the tags promoted that people search by', () => {
    const tags = new Map(one('browser-11/minified-debug-id').tags)
    expect(Object.fromEntries(tags)).toMatchObject({
      level: 'error',
      environment: 'production',
      release: 'shop-web@5.2.0+e1f4c09',
      url: 'https://www.shop.example/cart/summary',
      user: mira,
      handled: 'no',
      mechanism: 'auto.browser.browserapierrors.addEventListener',
      browser: 'Chrome 156',
      os: 'Linux',
    })
  })
})
