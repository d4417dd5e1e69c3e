// What pages and their files weigh on the wire: compressed for browsers that take it, the same bytes for others.
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync } from 'node:zlib'
import { request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDashboard } from '../../support/dashboard.ts'
import { freshPglite } from '../../support/database.ts'

type Opened = Awaited<ReturnType<typeof freshPglite>>
let store: Opened
let server: import('node:http').Server
let url: string

beforeAll(async () => {
  store = await freshPglite()
  server = openDashboard(store.db).app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await store.close()
})

/** undici's request leaves the body as it came over the wire. */
async function ask(path: string, encoding?: string) {
  const answer = await request(`${url}${path}`, { headers: encoding ? { 'accept-encoding': encoding } : {} })
  return { ...answer, bytes: Buffer.from(await answer.body.arrayBuffer()) }
}

test('a page and each of its files come compressed where a browser takes it, and are the same bytes', async () => {
  const plain = await ask('/sign-in')
  const paths = [...plain.bytes.toString().matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map(
    ([, path]) => path ?? '',
  )
  expect(paths.length).toBeGreaterThanOrEqual(3)
  let total = 0
  for (const path of ['/sign-in', ...new Set(paths)]) {
    const [as, packed] = [await ask(path), await ask(path, 'gzip, br')]
    expect(as.headers['content-encoding'], path).toBeUndefined()
    expect(packed.headers['content-encoding'], path).toBe('br')
    expect(String(packed.headers.vary), path).toMatch(/accept-encoding/i)
    expect(brotliDecompressSync(packed.bytes).equals(as.bytes), path).toBe(true)
    total += packed.bytes.length
  }
  expect(total).toBeLessThan(100_000)
})
