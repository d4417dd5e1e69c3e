// `npm run bench`: how fast the relay accepts and the collector drains, beside floors measured in the same
// run. Uses PostgreSQL as well as PGlite where TEST_DATABASE_URL or DATABASE_URL names a server.
//   --only relay|drain   one half       --seconds N    of load per program and size (8)
//   --events N           to drain (3000)  --no-history   print only
//   --profile DIR        writes a CPU profile of each collector there
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type AcceptResult, measureAccepting } from './accept.ts'
import { measureDraining } from './drain.ts'
import { makeEnvelopes } from './events.ts'
import { describeMachine } from './measure.ts'
import { stopPrograms } from './programs.ts'
import { appendHistory, formatReport, type Report } from './report.ts'
import { type BenchStore, createEmbeddedStore, createPostgresStore } from './stores.ts'

const sizes = [4_000, 25_000]
const warmUpEvents = 500

const options = readOptions()
const seconds = readCount('seconds', options.seconds)
const events = readCount('events', options.events)
if (options.only !== undefined && options.only !== 'relay' && options.only !== 'drain') {
  stopWith(`--only is relay or drain, not ${options.only}`)
}
const serverUrl = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL || null
// Beside what the programs keep by default: the system's folder for short-lived files may lie in memory, where
// a sync costs nothing.
const dataDir = join(import.meta.dirname, '../data')
mkdirSync(dataDir, { recursive: true })
const dir = mkdtempSync(join(dataDir, 'bench-'))
let store: BenchStore | undefined

process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)))
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)))
try {
  const machine = describeMachine(dir)
  const accepting = options.only === 'drain' ? [] : await measureRelay()
  const draining = options.only === 'relay' ? [] : await measureCollector()
  const report = formatReport({ at: new Date(), machine, seconds, accepting, draining })
  process.stdout.write(`\n${report}`)
  if (!options['no-history']) appendHistory(report)
} finally {
  await cleanUp()
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        seconds: { type: 'string', default: '8' },
        events: { type: 'string', default: '3000' },
        'no-history': { type: 'boolean', default: false },
        profile: { type: 'string' },
      },
    }).values
  } catch (error) {
    stopWith((error as Error).message)
  }
}

async function measureRelay(): Promise<AcceptResult[]> {
  const results: AcceptResult[] = []
  for (const bytes of sizes) {
    tell(`accepting, ${bytes} bytes`)
    results.push(await measureAccepting(bytes, seconds, dir))
  }
  return results
}

async function measureCollector(): Promise<Report['draining'][number][]> {
  if (!serverUrl) tell('no TEST_DATABASE_URL: PostgreSQL is left out')
  const results: Report['draining'][number][] = []
  for (const medianBytes of sizes) {
    tell(`making ${events} events of ${medianBytes} bytes`)
    const mix = { medianBytes, sizes: 'captured', at: new Date() } as const
    const envelopes = makeEnvelopes({ ...mix, count: events })
    const warmUp = makeEnvelopes({ ...mix, count: warmUpEvents, seed: 2 })
    const kinds = [
      () => createEmbeddedStore(dir),
      ...(serverUrl ? [() => createPostgresStore(serverUrl)] : []),
    ]
    for (const create of kinds) {
      store = await create()
      tell(`draining into ${store.kind}`)
      const nodeOptions = profileOptions(store.kind, medianBytes)
      results.push({ medianBytes, result: await measureDraining(store, envelopes, warmUp, dir, nodeOptions) })
      await store.remove()
    }
  }
  return results
}

function profileOptions(kind: string, medianBytes: number): string[] {
  if (!options.profile) return []
  const folder = resolve(options.profile)
  mkdirSync(folder, { recursive: true })
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${kind}-${medianBytes}.cpuprofile`]
}

async function cleanUp(): Promise<void> {
  await stopPrograms()
  await store?.remove()
  rmSync(dir, { recursive: true, force: true })
}

function readCount(name: string, text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) stopWith(`--${name} is a number from 1 on, not ${text}`)
  return count
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}

function stopWith(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
