// Somebody's web app with the real `@sentry/browser`: a page on an origin of its own, that loads the SDK as modules
// and throws what a test asks for. The DSN stands in its address.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const modules = new URL('../../node_modules/', import.meta.url)
const entries = {
  '@sentry/browser': '@sentry/browser/build/npm/esm/prod/index.js',
  '@sentry/browser-utils': '@sentry/browser-utils/build/esm/index.js',
  '@sentry/core': '@sentry/core/build/esm/index.js',
  '@sentry/core/browser': '@sentry/core/build/esm/browser.js',
  '@sentry/feedback': '@sentry/feedback/build/npm/esm/index.js',
  '@sentry/replay': '@sentry/replay/build/npm/esm/index.js',
  '@sentry/replay-canvas': '@sentry/replay-canvas/build/npm/esm/index.js',
  '@sentry/conventions/attributes': '@sentry/conventions/dist/attributes.mjs',
  '@sentry/conventions/metrics': '@sentry/conventions/dist/metrics.mjs',
  '@sentry/conventions/op': '@sentry/conventions/dist/op.mjs',
  'web-vitals': 'web-vitals/dist/web-vitals.js',
}
const imports = Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, `/modules/${file}`]))

// What is thrown is not caught: the SDK hears of it as it does of any crash.
const shop = `import * as Sentry from '@sentry/browser'
const asked = new URLSearchParams(location.search)
Sentry.init({ dsn: asked.get('dsn'), release: asked.get('release') || undefined })
globalThis.crash = (type, message) => setTimeout(function showTicket() {
  const error = new Error(message)
  error.name = type
  throw error
})
document.body.append('ready')`

/**
 * @param main text of its module; without one, `/?dsn=…&release=…` is an app that `globalThis.crash(type, message)`
 * breaks
 */
export async function startBrowserApp(main = shop): Promise<{ origin: string; close(): void }> {
  const page = `<!doctype html><meta charset="utf-8"><title>Shop</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<body></body><script type="module" src="/main.js"></script>`
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    if (pathname === '/main.js') {
      res.writeHead(200, { 'content-type': 'text/javascript' }).end(main)
      return
    }
    if (!pathname.startsWith('/modules/')) {
      res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
      return
    }
    const file = new URL(pathname.slice('/modules/'.length), modules)
    readFile(fileURLToPath(file)).then(
      (text) => res.writeHead(200, { 'content-type': 'text/javascript' }).end(text),
      () => res.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
