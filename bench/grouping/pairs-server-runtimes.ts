// Pairs of Python, PHP, Ruby, Elixir and Go: names that runtimes, proxies and templates make, and words of their errors.
import { chain, different, elixir, entry, error, go, message, type Pair, php, py, rb, same } from './build.ts'

export const serverRuntimePairs: readonly Pair[] = [
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
  different(
    'exit codes?',
    error('go', '*exec.ExitError: exit status 1'),
    error('go', '*exec.ExitError: signal: killed'),
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
    'python dict keys',
    error('python', "AttributeError: 'NoneType' object has no attribute 'name'"),
    error('python', "AttributeError: 'NoneType' object has no attribute 'id'"),
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
    'python import',
    error('python', "ModuleNotFoundError: No module named 'redis'"),
    error('python', "ModuleNotFoundError: No module named 'celery'"),
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
    'enum names',
    error('python', "ValueError: 'GOLD' is not a valid Plan"),
    error('python', "ValueError: 'x' is not a valid Color"),
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
    'elixir Tesla',
    message('elixir', '{:error, {:unexpected_status, 404}}'),
    message('elixir', '{:error, {:unexpected_status, 502}}'),
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
    'missing key with id',
    error('python', 'LookupError: missing key "user:17"'),
    error('python', 'LookupError: missing key "user:18"'),
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
    'temp names',
    error('python', "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmpa1b2c3d4/x.csv'"),
    error('python', "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/tmpzz99yy88/x.csv'"),
  ),
]
