// `npm run bench:digest`: how fast events go all the way, sent through a real relay and drained into PostgreSQL
// (TEST_DATABASE_URL or DATABASE_URL names any database of the server) and PGlite, with what it costs by process and
// by step, beside floors of the same run; then on a full store; then from captureException to the page.
//   --quick        fewer events, 50,000 stored instead of 1,000,000
//   --only mix|full|steps|page   one part
//   --no-history   print only
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'
import { type MixOptions, makeEnvelopes } from '../events.ts'
import { describeMachine } from '../measure.ts'
import { fillStore } from '../pages/fill-store.ts'
import { stopPrograms } from '../programs.ts'
import { appendHistory, formatHead } from '../report.ts'
import { type BenchStore, createEmbeddedStore, createPostgresStore } from '../stores.ts'
import { type DigestLoad, type DigestResult, measureDigest } from './measure-digest.ts'
import { type LatencyResult, measurePageLatency } from './measure-page-latency.ts'
import { readSteps } from './read-profiles.ts'
import { formatDigests } from './report.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    'no-history': { type: 'boolean', default: false },
  },
})
const { quick, only } = options
if (only !== undefined && !['mix', 'full', 'steps', 'page'].includes(only)) {
  tell(`--only is mix, full, steps or page, not ${only}`)
  process.exit(2)
}
const wants = (part: string) => only === undefined || only === part
const storedEvents = quick ? 50_000 : 1_000_000
const serverUrl = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL || null
if (!serverUrl) tell('no TEST_DATABASE_URL: PostgreSQL is left out')
const dataDir = join(import.meta.dirname, '../../data')
mkdirSync(dataDir, { recursive: true })
const dir = mkdtempSync(join(dataDir, 'bench-'))
const stores: BenchStore[] = []

type Mix = Omit<MixOptions, 'at' | 'sizes'> & { readonly name: string }
const mixes: readonly Mix[] = [
  { name: 'mix, 25 kB', medianBytes: 25_000, count: quick ? 800 : 3_000 },
  { name: 'mix, 4 kB', medianBytes: 4_000, count: quick ? 1_000 : 5_000 },
  { name: 'flood of one issue, 4 kB', medianBytes: 4_000, count: quick ? 2_000 : 10_000, issues: 1 },
]

process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)))
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)))
try {
  const machine = describeMachine(dir)
  const started = performance.now()
  const [mix] = mixes as [Mix]
  const results = wants('mix') ? await measureMixes() : []
  const full = serverUrl && wants('full') ? await measureFull(serverUrl, mix) : null
  const steps = wants('steps') ? await measureSteps(mix) : []
  const latencies = wants('page') ? await measureLatencies() : []
  tell(`done in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  const report = `${formatHead(new Date(), machine)}\n\n${formatDigests({ results, full, storedEvents, steps, latencies })}\n`
  process.stdout.write(`\n${report}`)
  if (!options['no-history']) appendHistory(report)
} finally {
  await cleanUp()
}

async function measureMixes(): Promise<DigestResult[]> {
  const results: DigestResult[] = []
  for (const mix of mixes) {
    for (const create of kinds()) {
      const store = await keep(create())
      results.push(await measure(store, loadOf(mix, store.kind === 'PGlite' ? 0.4 : 1)))
      await store.remove()
    }
  }
  return results
}

function kinds(): (() => BenchStore | Promise<BenchStore>)[] {
  return [...(serverUrl ? [() => createPostgresStore(serverUrl)] : []), () => createEmbeddedStore(dir)]
}

async function keep(making: BenchStore | Promise<BenchStore>): Promise<BenchStore> {
  const store = await making
  stores.push(store)
  return store
}

/** @param part of the mix's events that is sent */
function loadOf({ name, count, ...mix }: Mix, part = 1): DigestLoad {
  const make = (wanted: number, seed: number) =>
    makeEnvelopes({ ...mix, count: Math.round(wanted), seed, sizes: 'captured', at: new Date() })
  return { name, envelopes: make(count * part, 1), warmUp: make(Math.min(count, 1_200) * part, 2) }
}

async function measure(store: BenchStore, load: DigestLoad, profiles?: string): Promise<DigestResult> {
  const name = `${load.name} into ${store.kind}${load.stored ? ` with ${load.stored} events stored` : ''}`
  tell(name)
  const result = await measureDigest(store, load, dir, profiles)
  tell(`  ${result.perSecond.toFixed(0)} events/s`)
  return result
}

/** The same load on a store that months of traffic have filled, and on an empty one right before. */
async function measureFull(url: string, mix: Mix): Promise<{ empty: DigestResult; full: DigestResult }> {
  const load = loadOf(mix, 0.5)
  const emptyStore = await keep(createPostgresStore(url))
  const empty = await measure(emptyStore, load)
  await emptyStore.remove()
  const store = await keep(createPostgresStore(url))
  tell(`filling a store with ${storedEvents.toLocaleString('en')} events`)
  const opened = await store.open()
  await migrateDatabase(opened.db)
  await fillStore(opened.db, { events: storedEvents, issues: 10_000, projects: 20, releases: 50 }, new Date())
  await opened.close()
  const full = await measure(store, { ...load, stored: storedEvents })
  await store.remove()
  return { empty, full }
}

/** By a run of its own, since profiling takes time as well. */
async function measureSteps(mix: Mix) {
  const steps: { kind: BenchStore['kind']; seconds: number; shares: ReturnType<typeof readSteps> }[] = []
  for (const create of kinds()) {
    const store = await keep(create())
    const profiles = mkdtempSync(join(dir, 'profiles-'))
    tell('profiling:')
    const { cpuPer1000: cpu } = await measure(store, loadOf(mix, 0.3), profiles)
    const seconds = (cpu.collectorMain ?? 0) + (cpu.collectorThreads ?? 0)
    steps.push({ kind: store.kind, seconds, shares: readSteps(profiles) })
    await store.remove()
  }
  return steps
}

async function measureLatencies() {
  const latencies: { kind: BenchStore['kind']; result: LatencyResult }[] = []
  for (const create of kinds()) {
    const store = await keep(create())
    tell(`from captureException to the page, ${store.kind}`)
    latencies.push({ kind: store.kind, result: await measurePageLatency(store, quick ? 10 : 50, dir) })
    await store.remove()
  }
  return latencies
}

async function cleanUp(): Promise<void> {
  await stopPrograms()
  for (const store of stores) await store.remove()
  rmSync(dir, { recursive: true, force: true })
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
