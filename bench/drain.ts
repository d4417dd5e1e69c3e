// How many events a second go all the way: handed over by the relay, committed in the database, acked. The
// collector is started and warmed up, stopped in its tracks (SIGSTOP) while the relay is filled, and then let
// go: start-up counts for nothing, and the generator takes no processor time from what is measured.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { readRelayStatus } from './accept.ts'
import type { BenchEnvelope } from './events.ts'
import { measureInserting } from './floors.ts'
import { connections, envelopeHeaders, envelopePath } from './load.ts'
import { difference, readCpuSeconds, readPeakMemory } from './measure.ts'
import { type Program, startCollector, startRelay } from './programs.ts'
import { type BenchStore, readVersion } from './stores.ts'

export type DrainResult = {
  readonly kind: BenchStore['kind']
  readonly databaseVersion: string
  readonly events: number
  /** Plain inserts a second of the same bytes into the same database. */
  readonly floorPerSecond: number
  readonly perSecond: number
  /** Processor seconds for 1,000 events; server is null for the embedded store and for servers elsewhere. */
  readonly cpuPer1000: { collector: number | null; relay: number | null; server: number | null }
  /** Of the collector. */
  readonly peakMemoryBytes: number | null
}

type Drained = Omit<DrainResult, 'kind' | 'databaseVersion' | 'floorPerSecond'>

const statusEveryMs = 25
const giveUpAfterMs = 180_000

/**
 * @param store empty; holds the events afterwards
 * @param warmUp envelopes that are drained before; other event ids than those of `envelopes`
 * @param dir for the relay's spool
 * @param nodeOptions for the collector's node
 * @throws Error when not every event is stored in the end, exactly once
 */
export async function measureDraining(
  store: BenchStore,
  envelopes: readonly BenchEnvelope[],
  warmUp: readonly BenchEnvelope[],
  dir: string,
  nodeOptions: readonly string[],
): Promise<DrainResult> {
  const relay = await startRelay(join(dir, `drain-${crypto.randomUUID()}.db`))
  const collector = await startCollector(relay.url, store.settings, nodeOptions)
  await fill(relay.url, warmUp)
  await waitUntilEmpty(relay.url)
  const drained = await drain(store, relay, collector, envelopes)
  await collector.stop()
  await relay.stop()

  const opened = await store.open()
  try {
    await checkStored(opened.db, envelopes.length + warmUp.length)
    const floorPerSecond = await measureInserting(
      opened,
      envelopes.map(({ body }) => body),
    )
    return { kind: store.kind, databaseVersion: await readVersion(opened), floorPerSecond, ...drained }
  } finally {
    await opened.close()
  }
}

async function drain(
  store: BenchStore,
  relay: Program,
  collector: Program,
  envelopes: readonly BenchEnvelope[],
): Promise<Drained> {
  process.kill(collector.pid, 'SIGSTOP')
  await fill(relay.url, envelopes)
  const readServerCpu = await store.watchServerCpu()
  const before = { collector: readCpuSeconds(collector.pid), relay: readCpuSeconds(relay.pid) }
  const started = performance.now()
  process.kill(collector.pid, 'SIGCONT')
  await waitUntilEmpty(relay.url)
  const seconds = (performance.now() - started) / 1000
  const per1000 = (spent: number | null) => (spent === null ? null : (spent / envelopes.length) * 1000)
  return {
    events: envelopes.length,
    perSecond: envelopes.length / seconds,
    cpuPer1000: {
      collector: per1000(difference(readCpuSeconds(collector.pid), before.collector)),
      relay: per1000(difference(readCpuSeconds(relay.pid), before.relay)),
      server: per1000(await readServerCpu()),
    },
    peakMemoryBytes: readPeakMemory(collector.pid),
  }
}

/** Posts every envelope once. @throws Error when one is not answered with 200 */
export async function fill(url: string, envelopes: readonly BenchEnvelope[]): Promise<void> {
  const pool = new Pool(url, { connections })
  const left = envelopes.values()
  const sendRest = async () => {
    for (const { body, encoding } of left) {
      const { statusCode, body: answer } = await pool.request({
        method: 'POST',
        path: envelopePath,
        headers: encoding ? { ...envelopeHeaders, 'content-encoding': encoding } : envelopeHeaders,
        body,
      })
      const text = await answer.text()
      if (statusCode !== 200) throw new Error(`The relay answered ${statusCode}: ${text}`)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, sendRest))
  } finally {
    await pool.close()
  }
}

/** Acked rows are deleted, so an empty spool says that everything is committed. */
export async function waitUntilEmpty(url: string): Promise<void> {
  const deadline = Date.now() + giveUpAfterMs
  for (;;) {
    const { backlog } = await readRelayStatus(url)
    if (backlog.envelopes === 0) return
    if (Date.now() > deadline)
      throw new Error(`The collector left ${backlog.envelopes} envelopes in the relay`)
    await sleep(statusEveryMs)
  }
}

/** @throws Error when not exactly so many events have a key */
export async function checkStored(
  db: Awaited<ReturnType<BenchStore['open']>>['db'],
  expected: number,
): Promise<void> {
  const { events } = await db
    .selectFrom('event_keys')
    .select((eb) => eb.fn.countAll<number>().as('events'))
    .executeTakeFirstOrThrow()
  if (Number(events) === expected) return
  const letters = await db.selectFrom('dead_letters').select(['step', 'error']).limit(3).execute()
  throw new Error(`${events} of ${expected} events are stored; dead letters: ${JSON.stringify(letters)}`)
}
