// Asks running collectors for pages as a browser would, one after the other on one connection each, and tells how
// long each answer took; and opens one in Chromium with an empty cache.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { Client } from 'undici'

export type PageResult = {
  readonly p50Ms: number
  readonly p95Ms: number
  /** Processor time of an answer, collector and server together: it holds on a machine that does other work, too. */
  readonly cpuMs: number | null
  readonly bytes: number
}
export type PaintResult = {
  readonly firstPaintMs: number
  /** All that came over the wire, headers included. */
  readonly transferredBytes: number
  readonly foreignHosts: readonly string[]
}

const warmUps = 5
const rounds = 60
const browserPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Signs in. @returns the cookie to send */
export async function signIn(url: string, email: string, password: string): Promise<string> {
  const answer = await fetch(`${url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email, password }),
  })
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  if (answer.status !== 303 || !cookie) throw new Error(`cannot sign in: ${answer.status}`)
  return cookie
}

/** A page of one running collector. */
export type PageTarget = {
  readonly url: string
  readonly cookie: string
  readonly path: string
  /** Starts counting; its result says the seconds since. */
  readonly watchCpu: () => Promise<() => Promise<number | null>>
}

/**
 * Asks the targets in turn, each once a round: what else the machine does then falls on all of them alike.
 * @returns a result for each target
 * @throws Error when a page answers anything but 200
 */
export async function measureInTurn(targets: readonly PageTarget[]): Promise<PageResult[]> {
  const clients = targets.map(({ url }) => new Client(url))
  const answers: { ms: number; bytes: number }[][] = targets.map(() => [])
  const ask = async (place: number) => {
    const { path, cookie } = targets[place] as PageTarget
    const answer = await askFor(clients[place] as Client, path, cookie)
    answers[place]?.push(answer)
  }
  try {
    for (let round = 0; round < warmUps * targets.length; round++) await ask(round % targets.length)
    for (const list of answers) list.length = 0
    const stops = await Promise.all(targets.map(({ watchCpu }) => watchCpu()))
    for (let round = 0; round < rounds * targets.length; round++) await ask(round % targets.length)
    const seconds = await Promise.all(stops.map((stop) => stop()))
    return answers.map((list, place) => summarise(list, seconds[place] ?? null))
  } finally {
    await Promise.all(clients.map((client) => client.close()))
  }
}

async function askFor(client: Client, path: string, cookie: string): Promise<{ ms: number; bytes: number }> {
  const started = performance.now()
  const { statusCode, body } = await client.request({ method: 'GET', path, headers: { cookie } })
  const bytes = (await body.arrayBuffer()).byteLength
  if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`)
  return { ms: performance.now() - started, bytes }
}

function summarise(answers: readonly { ms: number; bytes: number }[], cpuSeconds: number | null): PageResult {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => times[Math.ceil(times.length * share) - 1] as number
  const cpuMs = cpuSeconds === null ? null : (cpuSeconds / answers.length) * 1000
  return { p50Ms: at(0.5), p95Ms: at(0.95), cpuMs, bytes: answers.at(-1)?.bytes ?? 0 }
}

/** Median of five first visits; null where there is no Chromium. */
export async function measureFirstPaint(
  url: string,
  cookie: string,
  path: string,
): Promise<PaintResult | null> {
  if (!existsSync(browserPath)) return null
  const profile = mkdtempSync(join(tmpdir(), 'postern-bench-browser-'))
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  try {
    const [name = '', value = ''] = cookie.split('=')
    const results: PaintResult[] = []
    for (let visit = 0; visit < 5; visit++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      await context.addCookies([{ name, value, url }])
      const page = await context.newPage()
      const foreign = new Set<string>()
      page.on('request', (request) => {
        const { origin } = new URL(request.url())
        if (origin !== new URL(url).origin && !request.url().startsWith('data:')) foreign.add(origin)
      })
      await page.goto(`${url}${path}`, { waitUntil: 'load' })
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
      const seen = await page.evaluate(() => ({
        firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
        transferredBytes: performance
          .getEntries()
          .reduce((sum, entry) => sum + ((entry as { transferSize?: number }).transferSize ?? 0), 0),
      }))
      results.push({ ...seen, foreignHosts: [...foreign] })
      await context.close()
    }
    results.sort((a, b) => a.firstPaintMs - b.firstPaintMs)
    return results[results.length >> 1] ?? null
  } finally {
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
