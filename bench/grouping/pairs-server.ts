// Pairs of Python, Ruby, PHP, Go, Elixir, and of messages.
import { chain, different, elixir, entry, error, go, message, type Pair, php, py, rb, same } from './build.ts'

const lib = (module: string, fn: string, line = 'raise exc') => py(module, fn, line, 9, { in_app: false })
const task = (fn: string, line: string) => [
  lib('celery.app.trace', 'trace_task', 'R = retval = fun(*args, **kwargs)'),
  py('shop.tasks', fn, line),
]
const django = (view: string, line: string, sql: string) =>
  chain(
    'python',
    entry(`IntegrityError: ${sql}`, [lib('django.db.backends.utils', '_execute')]),
    entry(`IntegrityError: ${sql}`, [
      lib('django.core.handlers.exception', 'inner'),
      py('shop.views', view, line),
      lib('django.db.models.base', 'save'),
    ]),
  )
const group = (...children: readonly [string, string][]) => ({
  platform: 'python',
  exception: {
    values: [
      ...children
        .map(([type, fn], i) =>
          entry(`${type}: failed`, [py('shop.lines', fn, `${fn}(line)`)], {
            mechanism: { type: 'chained', exception_id: i + 1, parent_id: 0 },
          }),
        )
        .reverse(),
      entry(
        `ExceptionGroup: ${children.length} lines failed (${children.length} sub-exceptions)`,
        [py('shop.lines', 'fan_out', 'raise group')],
        { mechanism: { type: 'generic', exception_id: 0, is_exception_group: true } },
      ),
    ],
  },
})
const recursion = (depth: number) =>
  error('python', 'RecursionError: maximum recursion depth exceeded', [
    py('shop.tree', 'main', 'visit(root)'),
    ...Array.from({ length: depth }, () => [
      py('shop.tree', 'visit', 'walk(node)'),
      py('shop.tree', 'walk', 'visit(child)', 40),
    ]).flat(),
  ])
const goError = (type: string, value: string, ...frames: string[]) =>
  error(
    'go',
    `${type}: ${value}`,
    frames.map((fn) => go('shop/gateway', fn)),
  )
const wrapped = (inner: string, outer: string) =>
  chain(
    'go',
    entry(`*errors.errorString: ${inner}`),
    entry(`*fmt.wrapError: ${outer}: ${inner}`, [go('main', 'report')]),
  )
const quoted = (text: string) => message('python', text)

export const serverPairs: readonly Pair[] = [
  same(
    'line shift',
    error('python', 'KeyError: 7', [py('shop.stock', 'reserve', 'stock[article]', 10)]),
    error('python', 'KeyError: 9', [py('shop.stock', 'reserve', 'stock[article]', 88)]),
  ),
  same(
    'another machine',
    error('python', 'KeyError: 7', [py('shop.stock', 'reserve', 'stock[article]')]),
    error('python', 'KeyError: 7', [
      { ...py('shop.stock', 'reserve', 'stock[article]'), abs_path: '/home/mira/shop/stock.py' },
    ]),
  ),
  same(
    'another version of Django around it',
    error('python', 'ValueError: bad', [
      lib('django.core.handlers.base', '_get_response'),
      py('shop.views', 'cart', 'total(cart)'),
    ]),
    error('python', 'ValueError: bad', [
      lib('django.core.handlers.exception', 'inner'),
      lib('django.core.handlers.base', '_get_response', 'response = wrapped_callback(request)'),
      py('shop.views', 'cart', 'total(cart)'),
    ]),
  ),
  different(
    'two functions',
    error('python', 'KeyError: 7', [py('shop.stock', 'reserve', 'stock[article]')]),
    error('python', 'KeyError: 7', [py('shop.stock', 'release', 'stock[article]')]),
  ),
  different(
    'two lines of one function',
    error('python', 'KeyError: 7', [py('shop.stock', 'reserve', 'stock[article]')]),
    error('python', 'KeyError: 7', [py('shop.stock', 'reserve', 'prices[article]')]),
  ),
  different(
    'two callers of one helper',
    error('python', 'AssertionError: x', [
      py('shop.cart', 'pay', 'check(cart)'),
      py('shop.util', 'check', 'assert ok'),
    ]),
    error('python', 'AssertionError: x', [
      py('shop.order', 'ship', 'check(order)'),
      py('shop.util', 'check', 'assert ok'),
    ]),
  ),
  different(
    'two tasks of Celery',
    error('python', 'TimeoutError: timed out', task('send_mail', 'smtp.send(mail)')),
    error('python', 'TimeoutError: timed out', task('sync_stock', 'erp.pull()')),
  ),
  same(
    'one task, other numbers',
    error('python', 'SoftTimeLimitExceeded: SoftTimeLimitExceeded(300,)', task('sync_stock', 'erp.pull()')),
    error('python', 'SoftTimeLimitExceeded: SoftTimeLimitExceeded(60,)', task('sync_stock', 'erp.pull()')),
  ),
  same(
    'duplicate key of other values',
    django(
      'signup',
      'user.save()',
      'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (email)=(kai@a.example) already exists.',
    ),
    django(
      'signup',
      'user.save()',
      'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (email)=(mira@b.example) already exists.',
    ),
  ),
  same(
    'duplicate key of other words',
    django(
      'signup',
      'user.save()',
      'duplicate key value violates unique constraint "users_name_key"\nDETAIL:  Key (name)=(kai) already exists.',
    ),
    django(
      'signup',
      'user.save()',
      'duplicate key value violates unique constraint "users_name_key"\nDETAIL:  Key (name)=(mira) already exists.',
    ),
  ),
  different(
    'another constraint',
    django('signup', 'user.save()', 'duplicate key value violates unique constraint "users_email_key"'),
    django('signup', 'user.save()', 'duplicate key value violates unique constraint "users_name_key"'),
  ),
  same(
    'a group whoever failed first',
    group(['OutOfStock', 'reserve'], ['KeyError', 'price']),
    group(['KeyError', 'price'], ['OutOfStock', 'reserve']),
  ),
  same(
    'a group of more of the same',
    group(['OutOfStock', 'reserve'], ['OutOfStock', 'reserve']),
    group(['OutOfStock', 'reserve'], ['OutOfStock', 'reserve'], ['OutOfStock', 'reserve']),
  ),
  different(
    'groups of other faults',
    group(['OutOfStock', 'reserve'], ['KeyError', 'price']),
    group(['OutOfStock', 'reserve'], ['ValueError', 'parse']),
  ),
  same('recursion of other depth', recursion(3), recursion(40)),
  different(
    'no attribute of another name, no stack',
    error('python', "AttributeError: 'NoneType' object has no attribute 'post'"),
    error('python', "AttributeError: 'NoneType' object has no attribute 'price'"),
  ),
  different(
    'modules that are missing',
    error('python', "ModuleNotFoundError: No module named 'redis'"),
    error('python', "ModuleNotFoundError: No module named 'yaml'"),
  ),
  same(
    'a quoted value, no stack',
    error('python', "LookupError: unknown article 'Z-1'"),
    error('python', "LookupError: unknown article 'bicycle bell'"),
  ),
  same(
    'logging with parameters',
    {
      platform: 'python',
      logentry: { message: 'import of %s failed after %s', params: ['prices.csv', '3s'] },
    },
    {
      platform: 'python',
      logentry: {
        message: 'import of %s failed after %s',
        params: ['stock.csv', '1s'],
        formatted: 'import of stock.csv failed after 1s',
      },
    },
  ),
  different(
    'two log lines',
    { platform: 'python', logentry: { message: 'import of %s failed', params: ['a'] } },
    { platform: 'python', logentry: { message: 'export of %s failed', params: ['a'] } },
  ),

  same(
    'Ruby 3.3 and 3.4',
    error('ruby', "NoMethodError: undefined method `post' for nil", [
      rb('lib/refund.rb', 'process', 'ledger.post(x)'),
    ]),
    error('ruby', "NoMethodError: undefined method 'post' for nil", [
      rb('lib/refund.rb', 'Refund#process', 'ledger.post(x)'),
    ]),
  ),
  same(
    'blocks of any depth',
    error('ruby', 'ArgumentError: x', [rb('lib/refund.rb', 'block in process_all', 'process(r)')]),
    error('ruby', 'ArgumentError: x', [rb('lib/refund.rb', 'block (2 levels) in process_all', 'process(r)')]),
  ),
  same(
    'a compiled view',
    error('ruby', 'ActionView::Template::Error: x', [
      rb('app/views/cart/show.html.erb', '_app_views_cart_show_html_erb__123456_789', '<%= total %>'),
    ]),
    error('ruby', 'ActionView::Template::Error: x', [
      rb('app/views/cart/show.html.erb', '_app_views_cart_show_html_erb___98765_4321', '<%= total %>'),
    ]),
  ),
  same(
    'a release folder',
    error('ruby', 'ArgumentError: x', [
      { ...rb('lib/refund.rb', 'process', 'post(x)'), abs_path: '/srv/app/releases/20261118/lib/refund.rb' },
    ]),
    error('ruby', 'ArgumentError: x', [
      { ...rb('lib/refund.rb', 'process', 'post(x)'), abs_path: '/srv/app/releases/20261125/lib/refund.rb' },
    ]),
  ),
  different(
    'services of one name',
    error('ruby', 'ActiveRecord::RecordInvalid: Validation failed', [
      rb('app/services/orders/create.rb', 'call', 'record.save!'),
    ]),
    error('ruby', 'ActiveRecord::RecordInvalid: Validation failed', [
      rb('app/services/users/create.rb', 'call', 'record.save!'),
    ]),
  ),
  different(
    'methods on nil, no stack',
    error('ruby', "NoMethodError: undefined method `post' for nil:NilClass"),
    error('ruby', "NoMethodError: undefined method `price' for nil:NilClass"),
  ),
  different(
    'jobs through one runner',
    error('ruby', 'Timeout::Error: execution expired', [
      rb('lib/runner.rb', 'run', 'job.perform'),
      rb('app/jobs/mail_job.rb', 'perform', 'deliver'),
    ]),
    error('ruby', 'Timeout::Error: execution expired', [
      rb('lib/runner.rb', 'run', 'job.perform'),
      rb('app/jobs/stock_job.rb', 'perform', 'pull'),
    ]),
  ),

  same(
    'closures of PHP 8.3 and 8.4',
    error('php', 'TypeError: x', [php('routes/web.php', 'App\\Http\\{closure}', 'return total($cart);')]),
    error('php', 'TypeError: x', [
      php(
        'routes/web.php',
        'App\\Http\\{closure:App\\Http\\Kernel::routes():12}',
        'return total($cart);',
        30,
      ),
    ]),
  ),
  same(
    'anonymous classes',
    error('php', 'TypeError: x', [
      php('src/Export.php', 'class@anonymous\u0000/srv/a/src/Export.php:12$0::write', 'fputs($f, $x);'),
    ]),
    error('php', 'TypeError: x', [
      php('src/Export.php', 'class@anonymous/srv/b/src/Export.php:19$1::write', 'fputs($f, $x);'),
    ]),
  ),
  same(
    'compiled Blade views',
    error('php', 'ErrorException: Undefined variable $cart', [
      php(`storage/framework/views/${'0a1b2c3d'.repeat(5)}.php`, 'include', 'echo $cart;'),
    ]),
    error('php', 'ErrorException: Undefined variable $cart', [
      php(`storage/framework/views/${'99aabbcc'.repeat(5)}.php`, 'include', 'echo $cart;'),
    ]),
  ),
  same(
    'compiled Twig templates',
    error('php', 'RuntimeError: x', [php('a.php', `__TwigTemplate_${'0a1b2c3d'.repeat(8)}::doDisplay`, '')]),
    error('php', 'RuntimeError: x', [php('a.php', `__TwigTemplate_${'99aabbcc'.repeat(8)}::doDisplay`, '')]),
  ),
  same(
    "eval()'d code",
    error('php', 'ParseError: x', [php("src/Rules.php(12) : eval()'d code", 'run', '$x = 1')]),
    error('php', 'ParseError: x', [php("src/Rules.php(19) : eval()'d code", 'run', '$x = 1')]),
  ),
  different(
    'two keys that are missing, no stack',
    error('php', 'ErrorException: Undefined array key "price"'),
    error('php', 'ErrorException: Undefined array key "address"'),
  ),
  different(
    'two controllers',
    error('php', 'Exception: Order not found', [
      php(
        'app/Http/Controllers/OrderController.php',
        'App\\Http\\Controllers\\OrderController::show',
        'abort(404);',
      ),
    ]),
    error('php', 'Exception: Order not found', [
      php(
        'app/Http/Controllers/InvoiceController.php',
        'App\\Http\\Controllers\\InvoiceController::show',
        'abort(404);',
      ),
    ]),
  ),
  same(
    'a path in quotes',
    error('php', 'ErrorException: Warning: fopen("/tmp/a1.csv"): Failed'),
    error('php', 'ErrorException: Warning: fopen("/tmp/b2.csv"): Failed'),
  ),

  same(
    'closures of Go',
    goError('runtime.boundsError', 'index out of range [0] with length 0', 'main', 'main.func3.1'),
    goError('runtime.boundsError', 'index out of range [4] with length 2', 'main', 'main.func4'),
  ),
  same(
    'closures in closures',
    goError('runtime.Error', 'x', 'Visit.func1.func2'),
    goError('runtime.Error', 'x', 'Visit.func3.func1'),
  ),
  different(
    'two texts through one report function',
    goError('*errors.errorString', 'no healthy backend', 'report'),
    goError('*errors.errorString', 'certificate expired', 'report'),
  ),
  same(
    'one text, other numbers, one report function',
    goError('*errors.errorString', 'backend 10.0.0.1:80 timed out after 3s', 'report'),
    goError('*errors.errorString', 'backend 10.0.0.9:80 timed out after 1m30s', 'report'),
  ),
  different(
    'wrapped errors',
    wrapped('no healthy backend', 'forward'),
    wrapped('config is missing', 'forward'),
  ),
  same(
    'wrapped errors of other routes',
    wrapped('no healthy backend', 'forward: route "/a"'),
    wrapped('no healthy backend', 'forward: route "/b"'),
  ),
  different(
    'two handlers',
    goError('runtime.Error', 'invalid memory address or nil pointer dereference', 'ServeHTTP', 'handleCart'),
    goError('runtime.Error', 'invalid memory address or nil pointer dereference', 'ServeHTTP', 'handleUser'),
  ),
  same(
    'with the machinery of panic',
    error('go', 'runtime.Error: x', [
      go('main', 'serve'),
      go('runtime', 'gopanic', 1, false),
      go('runtime', 'goPanicIndex', 1, false),
    ]),
    error('go', 'runtime.Error: x', [go('main', 'serve')]),
  ),

  same(
    'anonymous functions of Elixir',
    error('elixir', 'KeyError: key :price not found', [elixir('Shop.Cart', '-total/1-fun-0-')]),
    error('elixir', 'KeyError: key :price not found', [elixir('Shop.Cart', '-total/1-fun-2-')]),
  ),
  different(
    'functions of Elixir',
    error('elixir', 'KeyError: x', [elixir('Shop.Cart', 'Shop.Cart.total/1')]),
    error('elixir', 'KeyError: x', [elixir('Shop.Cart', 'Shop.Cart.tax/1')]),
  ),
  same(
    'process ids',
    message('elixir', 'GenServer #PID<0.1234.0> terminating'),
    message('elixir', 'GenServer #PID<0.99.0> terminating'),
  ),

  ...[
    [
      'uuids',
      'job 5f3c0d4e-9a1b-4c2d-8e7f-001122334455 died',
      'job 00112233-4455-4677-8899-aabbccddeeff died',
    ],
    ['numbers short and long', 'order 17 is late', 'order 20261118004711 is late'],
    ['numbers and fractions', 'price 7 is off', 'price 7.25 is off'],
    ['thousands', 'exported 4,211 rows', 'exported 1,234,567 rows'],
    ['dates', 'closed on 2026-11-18', 'closed on 2025-01-02'],
    ['dates in words', 'closed on Nov 18, 2026', 'closed on Feb 2, 2025'],
    ['e-mail addresses', 'no mailbox mira.k@shop.example', 'no mailbox kai@post.example'],
    ['IP addresses', 'refused by 203.0.113.9', 'refused by 2001:db8::7'],
    ['memory addresses', 'free of 0x7f4563ba4305', 'free of 0x55d0c0001317'],
    ['objects of Java', 'no handler for com.shop.Order@1a2b3c', 'no handler for com.shop.Order@99ff01'],
    ['URLs', 'redirect loop at https://a.example/x?y=1', 'redirect loop at https://a.example/z'],
    [
      'hashes',
      'missing blob 721e41770371db95eee98ca2707686226b993eda',
      'missing blob 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
    ],
    ['quoted values', 'unknown currency "XBT"', 'unknown currency "EUR"'],
    ['quoted values in single quotes', "customer 'Mira K.' is blocked", "customer 'Kai' is blocked"],
    ['typographic quotes', 'Größe „XL“ fehlt', 'Größe „M“ fehlt'],
    ['sizes', 'body of 12kB is too large', 'body of 3.5 MB is too large'],
    ['durations', 'slow query: 812 ms', 'slow query: 1.5 s'],
    ['lists', 'no such rows: [1, 2, 3]', 'no such rows: [17]'],
    ['JSON', 'cannot save {"id":7,"name":"a"}', 'cannot save {"id":8,"tags":["x"]}'],
    ['ids with a prefix', 'charge ch_3MtwBwLkdIwHu7ix failed', 'charge ch_1NabcDEFghi82Kz failed'],
    ['ULIDs', 'lost 01ARZ3NDEKTSV4RRFFQ69G5FAV', 'lost 01BX5ZZKBKACTAV9WEVGEMMVRZ'],
    ['temporary files', 'cannot read /tmp/tmpab12cd/x.csv now', 'cannot read /tmp/tmp99zz/y.csv now'],
    ['negative numbers', 'stock fell to -3', 'stock fell to 5'],
    ['MAC addresses', 'device 00:1a:2b:3c:4d:5e lost', 'device 99:88:77:66:55:44 lost'],
    [
      'sessions',
      'session 8f14e45fceea167a5a36dedd4bea2543 expired',
      'session c9f0f895fb98ab9159f51fd0297e236d expired',
    ],
  ].map(([what, a, b]) => same(`messages with other ${what}`, quoted(a as string), quoted(b as string))),
  ...[
    ['subjects', 'stock of printers is empty', 'stock of scanners is empty'],
    ['verbs', 'could not open the till', 'could not close the till'],
    ['codes in words', 'E_NO_PAPER on printer 3', 'E_NO_INK on printer 3'],
    ['statuses', 'upstream answered HTTP 404', 'upstream answered HTTP 503'],
    ['tables', 'relation "orders" does not exist', 'relation "users" does not exist'],
    [
      'columns',
      'column "price" of relation "orders" does not exist',
      'column "tax" of relation "orders" does not exist',
    ],
    ['classes', 'cannot cast shop.Order', 'cannot cast shop.User'],
    [
      'error codes of Oracle',
      'ORA-00942: table or view does not exist',
      'ORA-00001: unique constraint violated',
    ],
  ].map(([what, a, b]) => different(`messages with other ${what}`, quoted(a as string), quoted(b as string))),
]
