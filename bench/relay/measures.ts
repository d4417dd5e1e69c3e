// What `npm run bench:relay` measures, one function each; every relay is new, with a spool of its own.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { Pool } from 'undici'
import { z } from 'zod'
import { systemClock } from '../../relay/clock.ts'
import { openSpoolDatabase } from '../../relay/database.ts'
import { createSpoolStore, idBytes } from '../../relay/spool-store.ts'
import { readRelayStatus } from '../accept.ts'
import { makeEnvelopes } from '../events.ts'
import { envelopeHeaders, envelopePath, type LoadResult, runLoad } from '../load.ts'
import { difference, readCpuSeconds, readPeakMemory } from '../measure.ts'
import { benchKey, type Program, relayToken } from '../programs.ts'

export type Accepting = LoadResult & {
  readonly cpuPer10000: number | null
  readonly peakBytes: number | null
}
export type Latencies = { readonly p50Ms: number; readonly p99Ms: number; readonly p999Ms: number }

const distinctBodies = 64
const latencies = z.object({ failed: z.number(), p50Ms: z.number(), p99Ms: z.number(), p999Ms: z.number() })
const token = { authorization: `Bearer ${relayToken}` }

export function makeBodies(bytes: number, gzip: boolean): Buffer[] {
  const plain = makeEnvelopes({ count: distinctBodies, medianBytes: bytes, sizes: 'equal', at: new Date() })
  return plain.map(({ body }) => (gzip ? gzipSync(body) : body))
}

/** As fast as so many connections can. */
export async function measureSaturated(
  program: Program,
  bodies: readonly Buffer[],
  options: {
    readonly seconds: number
    readonly dir: string
    readonly connections: number
    readonly gzip: boolean
  },
): Promise<Accepting> {
  const { seconds, dir, connections, gzip } = options
  const load = (duration: number) =>
    runLoad(program.url, bodies, duration, dir, { connections, gzip, refusals: 'count' })
  await load(1)
  const before = readCpuSeconds(program.pid)
  const result = await load(seconds)
  const cpu = difference(readCpuSeconds(program.pid), before)
  const cpuPer10000 = cpu === null || result.requests === 0 ? null : (cpu / result.requests) * 10_000
  return { ...result, cpuPer10000, peakBytes: readPeakMemory(program.pid) }
}

/** At a constant rate; with `fetching` a collector takes everything meanwhile. */
export async function measureConstant(
  relay: Program,
  bodies: readonly Buffer[],
  options: {
    readonly perSecond: number
    readonly seconds: number
    readonly dir: string
    readonly fetching: boolean
  },
): Promise<Latencies & { readonly peakBytes: number | null }> {
  const { seconds, fetching } = options
  const send = prepareOpenLoop(relay, bodies, options)
  const fetcher = fetching ? await startFetcher(relay.url) : undefined
  await send(1)
  const result = await send(seconds)
  await fetcher?.stop()
  return { ...result, peakBytes: readPeakMemory(relay.pid) }
}

/** How many rows of a backlog a second are polled and acked while others come at a constant rate. */
export async function measureDrainingAt(
  relay: Program,
  bodies: readonly Buffer[],
  options: { readonly perSecond: number; readonly seconds: number; readonly dir: string },
): Promise<{ drainedPerSecond: number; p99Ms: number }> {
  const { seconds, dir } = options
  await runLoad(relay.url, bodies, seconds * 2, dir, { connections: 64, gzip: false, refusals: 'fail' })
  const send = prepareOpenLoop(relay, bodies, options)
  const fetcher = await startFetcher(relay.url)
  const startedAt = performance.now()
  const { p99Ms } = await send(seconds)
  const elapsed = (performance.now() - startedAt) / 1000
  const { backlog } = await readRelayStatus(relay.url)
  const acked = await fetcher.stop()
  if (backlog.envelopes === 0) throw new Error('the backlog was gone before the end: its rate is unknown')
  return { drainedPerSecond: acked / elapsed, p99Ms }
}

/** @returns a function that sends for so many seconds, on a schedule, from a process of its own */
function prepareOpenLoop(
  relay: Program,
  bodies: readonly Buffer[],
  { perSecond, dir }: { readonly perSecond: number; readonly dir: string },
): (seconds: number) => Promise<Latencies> {
  const files = bodies.map((body, n) => {
    const file = join(dir, `open-${n}`)
    writeFileSync(file, body)
    return file
  })
  const program = join(import.meta.dirname, 'open-loop.ts')
  return async (seconds) => {
    const args = [program, relay.url, `${perSecond}`, `${seconds}`, ...files]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { failed, ...result } = latencies.parse(JSON.parse(stdout))
    if (failed > 0) throw new Error(`${failed} requests failed at ${perSecond}/s`)
    return result
  }
}

/** How many rows a second are polled and acked while others come in as fast as they can. */
export async function measureDraining(
  relay: Program,
  bodies: readonly Buffer[],
  options: { readonly seconds: number; readonly dir: string },
): Promise<{ acceptedPerSecond: number; drainedPerSecond: number; emptiedPerSecond: number }> {
  const { seconds, dir } = options
  const load = () =>
    runLoad(relay.url, bodies, seconds, dir, { connections: 64, gzip: false, refusals: 'fail' })
  const filled = await load()
  const alone = await startFetcher(relay.url)
  const startedAt = performance.now()
  while ((await readRelayStatus(relay.url)).backlog.envelopes > 0) await sleep(10)
  const emptied = filled.requests / ((performance.now() - startedAt) / 1000)
  await alone.stop()
  const fetcher = await startFetcher(relay.url)
  const accepted = await load()
  const acked = await fetcher.stop()
  return {
    acceptedPerSecond: accepted.requests / accepted.seconds,
    drainedPerSecond: acked / accepted.seconds,
    emptiedPerSecond: emptied,
  }
}

/** Processor seconds of the relay for 10,000 rows accepted, and for 10,000 polled and acked. */
export async function measureCosts(
  relay: Program,
  bodies: readonly Buffer[],
  options: { readonly seconds: number; readonly dir: string },
): Promise<{ accept: number; fetch: number }> {
  const accepted = await measureSaturated(relay, bodies, { ...options, connections: 64, gzip: false })
  const rounds = 20
  const pool = new Pool(relay.url, { connections: 1 })
  const before = readCpuSeconds(relay.pid)
  let rows = 0
  for (let n = 0; n < rounds; n++) {
    const { body } = await pool.request({ path: '/relay/poll?max=500', method: 'GET', headers: token })
    const text = Buffer.from(await body.arrayBuffer()).toString('latin1')
    const lease = /"lease":"([^"]+)"/.exec(text)?.[1]
    const done = [...text.matchAll(/^\{"id":"([0-9a-f-]{36})"/gm)].map(([, id]) => id)
    const headers = { ...token, 'content-type': 'application/json' }
    const request = {
      path: '/relay/ack',
      method: 'POST',
      headers,
      body: JSON.stringify({ lease, done }),
    } as const
    await (await pool.request(request)).body.dump()
    rows += done.length
  }
  const cpu = difference(readCpuSeconds(relay.pid), before) ?? 0
  await pool.close()
  return { accept: accepted.cpuPer10000 ?? 0, fetch: (cpu / Math.max(1, rows)) * 10_000 }
}

/** Makes a spool with a backlog, without a relay: as many rows, small ones. */
export function fillSpool(path: string, count: number): void {
  const { db, close } = openSpoolDatabase(path)
  db.pragma('synchronous = OFF')
  const store = createSpoolStore({ db, clock: systemClock, ttlMs: 6e8, maxBytes: 16 * 1024 ** 3 })
  const body = Buffer.from(`{}\n{"type":"attachment"}\n${'x'.repeat(500)}\n`)
  const facts = JSON.stringify({
    ...{ key: benchKey, endpoint: 'envelope', content_type: null, content_encoding: null, user_agent: null },
    ...{ peer: null, query: {}, event_id: 'b'.repeat(32), event_id_made: false, item_types: ['event'] },
  })
  for (let n = 0; n < count; n += 1_000) {
    store.append(
      Array.from({ length: 1_000 }, () => {
        return { id: idBytes(crypto.randomUUID()), project: 1, class: 0, facts, body } as const
      }),
    )
  }
  store.close()
  close()
}

/** From the answer to the sender until a waiting poll has the envelope; sorted, in ms. */
export async function measureLongPoll(relay: Program, body: Buffer, rounds: number): Promise<number[]> {
  const pool = new Pool(relay.url, { connections: 4 })
  const waits: number[] = []
  for (let n = 0; n < rounds; n++) {
    const waiting = pool
      .request({ path: '/relay/poll?wait=20', method: 'GET', headers: token })
      .then((answer) => answer.body.text())
    await sleep(20)
    const sent = await pool.request({ path: envelopePath, method: 'POST', headers: envelopeHeaders, body })
    const answeredAt = performance.now()
    await sent.body.dump()
    const text = await waiting
    waits.push(Math.max(0, performance.now() - answeredAt))
    const lease = /"lease":"([^"]+)"/.exec(text)?.[1]
    const done = [...text.matchAll(/^\{"id":"([0-9a-f-]{36})"/gm)].map(([, id]) => id)
    const headers = { ...token, 'content-type': 'application/json' }
    const request = {
      path: '/relay/ack',
      method: 'POST',
      headers,
      body: JSON.stringify({ lease, done }),
    } as const
    await (await pool.request(request)).body.dump()
  }
  await pool.close()
  return waits.sort((a, b) => a - b)
}

async function startFetcher(url: string): Promise<{ stop(): Promise<number> }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'fetcher.ts'), url, relayToken], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  await once(child.stdout, 'data')
  return {
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'close')
      const lastLine = output.trimEnd().split('\n').at(-1) ?? ''
      return z.object({ acked: z.number() }).parse(JSON.parse(lastLine)).acked
    },
  }
}
