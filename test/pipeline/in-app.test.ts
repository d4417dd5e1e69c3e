// Which frames are the team's own, SDK by SDK: what an SDK says, save where the path proves it wrong; else by rules.
import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../collector/pipeline/event.ts'
import { group } from '../../collector/pipeline/group.ts'
import { readWire } from '../support/facts.ts'

const frames: readonly (readonly [platform: string, frame: JsonObject, inApp: boolean])[] = [
  ['javascript', { filename: 'node_modules/react-dom/index.js', in_app: true }, false],
  [
    'javascript',
    { filename: 'webpack-internal:///(rsc)/./node_modules/next/dist/x.js', in_app: true },
    false,
  ],
  ['javascript', { filename: 'app:///node_modules/expo/x.js', in_app: true }, false],
  ['javascript', { filename: '../../node_modules/lodash/x.js', in_app: true }, false],
  [
    'javascript',
    {
      filename: './node_modules/lodash/x.js',
      abs_path: 'webpack://shop/./node_modules/lodash/x.js',
      in_app: true,
    },
    false,
  ],
  [
    'javascript',
    { filename: 'https://shop.example/_next/static/chunks/framework-abc.js', in_app: true },
    true,
  ],
  [
    'javascript',
    { filename: 'https://shop.example/node_modules/.vite/deps/vue.js?v=1', in_app: true },
    false,
  ],
  ['javascript', { filename: 'https://www.googletagmanager.com/gtm.js', in_app: true }, true],
  ['node', { filename: 'node:internal/process/task_queues', in_app: true }, false],
  ['node', { filename: 'internal/modules/cjs/loader.js', in_app: true }, false],
  ['node', { filename: '/app/node_modules/.pnpm/express@4/node_modules/express/x.js' }, false],
  ['node', { filename: '/app/.yarn/cache/express-npm-4.zip/node_modules/express/x.js' }, false],
  ['node', { filename: 'C:\\app\\node_modules\\express\\x.js' }, false],
  ['node', { filename: '/app/dist/server.js' }, true],
  [
    'python',
    {
      filename: 'json/decoder.py',
      abs_path: '/usr/local/lib/python3.12/json/decoder.py',
      module: 'json.decoder',
    },
    false,
  ],
  [
    'python',
    {
      filename: 'django/x.py',
      abs_path: '/app/.venv/lib/python3.12/site-packages/django/x.py',
      module: 'django.x',
    },
    false,
  ],
  ['python', { filename: 'x.py', abs_path: 'C:\\Python312\\Lib\\asyncio\\x.py', module: 'asyncio.x' }, false],
  ['python', { filename: '<frozen importlib._bootstrap>', function: '_find' }, false],
  ['python', { filename: '<string>', function: '<module>' }, true],
  [
    'python',
    {
      filename:
        '/opt/homebrew/Cellar/python@3.12/3.12.3/Frameworks/Python.framework/Versions/3.12/lib/python3.12/json/decoder.py',
    },
    false,
  ],
  ['python', { filename: '/home/mira/.pyenv/versions/3.12.3/lib/python3.12/json/decoder.py' }, false],
  ['python', { filename: 'shop/x.py', abs_path: '/app/shop/x.py' }, true],
  [
    'ruby',
    {
      filename: 'active_record/x.rb',
      abs_path: '/usr/local/bundle/gems/activerecord-7.1/lib/active_record/x.rb',
    },
    false,
  ],
  ['ruby', { filename: '/usr/local/lib/ruby/3.3.0/net/http.rb' }, false],
  ['ruby', { filename: '/home/mira/.rbenv/versions/3.3.0/lib/ruby/3.3.0/net/http.rb' }, false],
  ['ruby', { filename: 'app/models/x.rb', abs_path: '/app/app/models/x.rb' }, true],
  ['ruby', { filename: '<internal:kernel>', function: 'loop' }, false],
  ['ruby', { filename: '/app/vendor/bundle/ruby/3.3.0/gems/rack/x.rb' }, false],
  ['php', { filename: '/vendor/laravel/x.php', abs_path: '/var/www/vendor/laravel/x.php' }, false],
  ['php', { filename: '[internal]', function: 'array_map' }, false],
  ['php', { filename: '/app/X.php' }, true],
  [
    'go',
    {
      module: 'net/http',
      function: 'HandlerFunc.ServeHTTP',
      abs_path: '/usr/local/go/src/net/http/server.go',
    },
    false,
  ],
  ['go', { module: 'runtime', function: 'gopanic', abs_path: '/usr/local/go/src/runtime/panic.go' }, false],
  ['go', { module: 'runtime', function: 'goexit' }, false],
  [
    'go',
    {
      module: 'github.com/gin-gonic/gin',
      function: '(*Engine).ServeHTTP',
      abs_path: '/root/go/pkg/mod/github.com/gin-gonic/gin@v1/gin.go',
    },
    false,
  ],
  ['go', { module: 'github.com/acme/shop', function: 'main', abs_path: '/app/main.go' }, true],
  ['java', { module: 'java.util.ArrayList', function: 'get' }, false],
  ['java', { module: 'com.shop.A', function: 'x' }, true],
  ['java', { module: 'org.springframework.web.X' }, false],
  ['java', { module: 'kotlin.coroutines.X' }, false],
  ['java', { module: 'com.google.firebase.X' }, false],
  ['java', { module: 'com.facebook.react.X' }, false],
  ['java', { module: 'io.micrometer.X' }, false],
  ['java', { module: 'ch.qos.logback.X' }, false],
  ['java', { module: 'com.zaxxer.hikari.X' }, false],
  ['java', { module: 'net.bytebuddy.X' }, false],
  ['java', { module: 'org.aspectj.X' }, false],
  ['java', { module: 'com.mysql.cj.X' }, false],
  ['java', { module: 'reactor.netty.X' }, false],
  ['java', { module: 'io.vertx.X' }, false],
  ['java', { module: 'io.quarkus.X' }, false],
  ['java', { module: 'org.gradle.X' }, false],
  ['cocoa', { function: 'objc_msgSend', package: '/usr/lib/libobjc.A.dylib' }, false],
  [
    'cocoa',
    {
      function: '-[UIApplication sendAction]',
      package: '/System/Library/PrivateFrameworks/UIKitCore.framework/UIKitCore',
    },
    false,
  ],
  [
    'cocoa',
    { function: 'Cart.pay()', package: '/private/var/containers/Bundle/Application/1/Shop.app/Shop' },
    true,
  ],
  [
    'cocoa',
    {
      function: 'swift_x',
      package: '/private/var/containers/Bundle/Application/1/Shop.app/Frameworks/libswiftCore.dylib',
    },
    false,
  ],
  [
    'cocoa',
    {
      function: 'x',
      package:
        '/private/var/containers/Bundle/Application/1/Shop.app/Frameworks/Alamofire.framework/Alamofire',
    },
    true,
  ],
  [
    'cocoa',
    {
      function: 'x',
      package:
        '/Users/mira/Library/Developer/CoreSimulator/Devices/1/data/Containers/Bundle/Application/2/Shop.app/Shop',
    },
    true,
  ],
  [
    'cocoa',
    {
      function: 'x',
      package:
        '/Library/Developer/CoreSimulator/Volumes/iOS_21/Library/Developer/CoreSimulator/Profiles/Runtimes/iOS 17.5.simruntime/Contents/Resources/RuntimeRoot/System/Library/Frameworks/UIKit.framework/UIKit',
    },
    false,
  ],
  ['cocoa', { function: 'x', package: 'UIKitCore' }, false],
  ['cocoa', { function: 'start', package: '/usr/lib/dyld' }, false],
  ['native', { function: 'raise', package: '/lib/x86_64-linux-gnu/libc.so.6' }, false],
  ['native', { function: 'x', package: '/usr/lib/x86_64-linux-gnu/libssl.so' }, false],
  ['native', { function: 'x', package: 'C:\\Windows\\System32\\kernel32.dll' }, false],
  ['native', { function: 'std::vector<int>::at', package: '/srv/shop' }, false],
  ['native', { function: 'Cart::pay', package: '/srv/shop' }, true],
  ['native', { function: 'x', package: '/data/app/~~a==/com.shop-b==/base.apk!/lib/arm64/libshop.so' }, true],
  ['native', { function: 'x', package: '/system/lib64/libart.so' }, false],
  ['native', { function: 'x', package: '/apex/com.android.art/lib64/libart.so' }, false],
  ['native', { function: 'x', package: '/vendor/lib64/libGLES.so' }, false],
  [
    'native',
    {
      function: 'tokio::runtime::x',
      package: '/srv/shop',
      filename: '/root/.cargo/registry/src/x/tokio-1/src/x.rs',
    },
    false,
  ],
  ['csharp', { module: 'System.Linq.Enumerable', function: 'First' }, false],
  ['csharp', { module: 'Microsoft.AspNetCore.X' }, false],
  ['csharp', { module: 'Shop.A', function: 'B', package: 'Shop, Version=1' }, true],
  ['csharp', { module: 'UnityEngine.X' }, false],
  ['csharp', { function: 'UnityEngine.EventSystems.X:Execute()' }, false],
  ['csharp', { function: 'Player.Update ()' }, true],
  ['csharp', { module: 'Npgsql.X', package: 'Npgsql, Version=8' }, true],
  ['dart', { abs_path: 'package:flutter/src/widgets/x.dart', package: 'flutter' }, false],
  ['dart', { abs_path: 'dart:async/zone.dart' }, false],
  ['dart', { abs_path: 'package:shop/x.dart' }, true],
  ['dart', { abs_path: 'package:dio/src/x.dart', package: 'dio' }, true],
  ['elixir', { module: 'Plug.Router', filename: 'deps/plug/lib/x.ex' }, false],
  ['elixir', { module: ':gen_server', function: ':gen_server.call/3', filename: 'gen_server.erl' }, false],
  ['elixir', { module: 'Elixir.ShopWeb.X', filename: 'lib/x.ex' }, true],
]

const read = (platform: string, ...frames: JsonObject[]) =>
  readWire({ platform, exception: { values: [{ type: 'E', stacktrace: { frames } }] } })

test.each(frames)('%s: %j is in app: %s', (platform, frame, inApp) => {
  expect(read(platform, frame).exceptions[0]?.stacktrace?.frames[0]?.inApp).toBe(inApp)
})

/** Beside it, those that are not in app count for nothing. */
const own = { function: 'pay', filename: 'shop/pay', in_app: true }

test('version 1 of grouping takes each for what it did, so that its issues go on', () => {
  const hashes = frames.map(([platform, frame]) => group(read(platform, own, frame)).hashes.at(-1))
  expect(hash('sha256', hashes.join('\n'))).toBe(
    '3ef4ef988e08cdac29d902d104e7c3b676400158b6504b73b69921d7fd4d9d28',
  )
})
