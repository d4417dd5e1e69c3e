// One load on one store: sent through a real relay while the collector drains it, everything on the same cores. The
// clock runs from the first byte sent until the relay has acked the last event, so sending is part of it.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { readRelayStatus } from '../accept.ts'
import { checkStored, fill, waitUntilEmpty } from '../drain.ts'
import type { BenchEnvelope } from '../events.ts'
import { measureInserting } from '../floors.ts'
import { difference, readCpuSeconds, readPeakMemory, readThreadSeconds } from '../measure.ts'
import { startCollector, startRelay } from '../programs.ts'
import type { BenchStore } from '../stores.ts'

export type DigestLoad = {
  readonly name: string
  readonly envelopes: readonly BenchEnvelope[]
  /** Drained before, to warm everything up; other event ids. */
  readonly warmUp: readonly BenchEnvelope[]
  /** Events that lie in the store already. */
  readonly stored?: number
}

export type DigestResult = {
  readonly load: string
  readonly kind: BenchStore['kind']
  readonly events: number
  readonly perSecond: number
  /** Rows a second of the same bytes into one table of the same store. */
  readonly floorPerSecond: number
  /** Processor seconds for 1,000 events. The server is null for the embedded store and for one elsewhere. */
  readonly cpuPer1000: {
    readonly relay: number | null
    readonly collectorMain: number | null
    readonly collectorThreads: number | null
    readonly server: number | null
    readonly generator: number
  }
  /** ms from the relay's receipt of the oldest event that waited to the moment it was looked at. */
  readonly lagP50Ms: number
  readonly lagMaxMs: number
  readonly relayPeakBytes: number | null
  readonly collectorPeakBytes: number | null
  /** What the store grew by, indexes and counts included. */
  readonly diskBytesPerEvent: number
}

const lookEveryMs = 50

/**
 * @param store    migrated or empty; holds the events afterwards
 * @param profiles folder for a profile of each of the collector's threads
 * @throws Error when not every event is stored in the end, exactly once
 */
export async function measureDigest(
  store: BenchStore,
  load: DigestLoad,
  dir: string,
  profiles?: string,
): Promise<DigestResult> {
  const { envelopes, warmUp, stored = 0 } = load
  const relay = await startRelay(join(dir, `digest-${crypto.randomUUID()}.db`))
  const nodeOptions = profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []
  const collector = await startCollector(relay.url, store.settings, nodeOptions)
  await fill(relay.url, warmUp)
  await waitUntilEmpty(relay.url)
  const bytesBefore = await sizeWhileRunning(store)

  const readServerCpu = await store.watchServerCpu()
  const before = {
    relay: readCpuSeconds(relay.pid),
    collector: readCpuSeconds(collector.pid),
    main: readThreadSeconds(collector.pid),
  }
  const own = process.cpuUsage()
  const started = performance.now()
  const lags: number[] = []
  const looking = new AbortController()
  const looks = watchLag(relay.url, lags, looking.signal)
  await fill(relay.url, envelopes)
  await waitUntilEmpty(relay.url)
  const seconds = (performance.now() - started) / 1000
  const spent = process.cpuUsage(own)
  looking.abort()
  await looks

  const per1000 = (value: number | null) => (value === null ? null : (value / envelopes.length) * 1000)
  const all = difference(readCpuSeconds(collector.pid), before.collector)
  const main = difference(readThreadSeconds(collector.pid), before.main)
  const measured = {
    load: load.name,
    kind: store.kind,
    events: envelopes.length,
    perSecond: envelopes.length / seconds,
    cpuPer1000: {
      relay: per1000(difference(readCpuSeconds(relay.pid), before.relay)),
      collectorMain: per1000(main),
      collectorThreads: per1000(difference(all, main)),
      server: per1000(await readServerCpu()),
      generator: per1000((spent.user + spent.system) / 1e6) ?? 0,
    },
    ...summariseLags(lags),
    relayPeakBytes: readPeakMemory(relay.pid),
    collectorPeakBytes: readPeakMemory(collector.pid),
  }
  await collector.stop()
  await relay.stop()
  const opened = await store.open()
  try {
    await checkStored(opened.db, stored + envelopes.length + warmUp.length)
    const grown = (await sizeOf(opened.db)) - (bytesBefore ?? 0)
    const counted = bytesBefore === null ? envelopes.length + warmUp.length : envelopes.length
    const bodies = envelopes.map(({ body }) => body)
    return {
      ...measured,
      diskBytesPerEvent: grown / counted,
      floorPerSecond: await measureInserting(opened, bodies),
    }
  } finally {
    await opened.close()
  }
}

/** null for the embedded store, which nobody else may open: then all it holds is what the events made. */
async function sizeWhileRunning(store: BenchStore): Promise<number | null> {
  if (store.kind === 'PGlite') return null
  const opened = await store.open()
  try {
    return await sizeOf(opened.db)
  } finally {
    await opened.close()
  }
}

async function sizeOf(db: Awaited<ReturnType<BenchStore['open']>>['db']): Promise<number> {
  // Of the tables alone: the system's own are there before the first event.
  const { rows } = await sql<{ bytes: number }>`select sum(pg_total_relation_size(oid))::bigint as bytes
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(db)
  return Number(rows[0]?.bytes ?? 0)
}

async function watchLag(url: string, lags: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { backlog, now } = await readRelayStatus(url)
    if (backlog.oldest_at !== null) lags.push(now - backlog.oldest_at)
    await sleep(lookEveryMs)
  }
}

function summariseLags(lags: number[]): { lagP50Ms: number; lagMaxMs: number } {
  const sorted = lags.sort((a, b) => a - b)
  return { lagP50Ms: sorted[sorted.length >> 1] ?? 0, lagMaxMs: sorted.at(-1) ?? 0 }
}
