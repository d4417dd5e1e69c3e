// `npm run bench:pages`: how long each page takes on a full store and on a small one, on PostgreSQL
// (TEST_DATABASE_URL or DATABASE_URL names any database of the server; the run makes its own and drops them).
//   --events N      of the full store (1,000,000)     --no-history   print only
//   --quick         100,000 events                    --keep         leave the stores, and use those left before
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'
import { AppError } from '../../shared/errors.ts'
import { describeMachine, difference, readCpuSeconds } from '../measure.ts'
import { relayToken, startProgram, startRelay, stopPrograms } from '../programs.ts'
import { appendHistory, formatHead, formatTable } from '../report.ts'
import { type BenchStore, createPostgresStore, keepPostgresStore } from '../stores.ts'
import { fillStore } from './fill-store.ts'
import { type BenchPage, listBenchPages } from './list-pages.ts'
import {
  measureFirstPaint,
  measureInTurn,
  type PageResult,
  type PageTarget,
  type PaintResult,
  signIn,
} from './measure-pages.ts'

const { values: options } = parseArgs({
  options: {
    events: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'no-history': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const account = { email: 'bench@perron.example', password: 'correct horse battery staple' }
const smallEvents = 10_000
const sizes = { issues: 10_000, projects: 200, releases: 50 }
const serverUrl = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL
if (!serverUrl) {
  process.stderr.write('Set TEST_DATABASE_URL to a PostgreSQL server.\n')
  process.exit(2)
}
const events = Number(options.events ?? (options.quick ? 100_000 : 1_000_000))
const dataDir = join(import.meta.dirname, '../../data')
mkdirSync(dataDir, { recursive: true })
const dir = mkdtempSync(join(dataDir, 'bench-'))
const stores: BenchStore[] = []

/** A collector that runs on a filled store. */
type Running = {
  readonly url: string
  readonly cookie: string
  readonly pages: readonly BenchPage[]
  readonly fillSeconds: number
  readonly watchCpu: PageTarget['watchCpu']
}
type Measured = { readonly page: BenchPage; readonly small: PageResult; readonly full: PageResult }

process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)))
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)))
try {
  const machine = describeMachine(dir)
  const small = await startOnStore(smallEvents)
  const full = await startOnStore(events)
  const measured = await measureAll(small, full)
  const paint = await measureFirstPaint(full.url, full.cookie, '/')
  const report = `${formatHead(new Date(), machine)}\n\n${describe(measured, full.fillSeconds, paint)}\n`
  process.stdout.write(`\n${report}`)
  if (!options['no-history']) appendHistory(report)
} finally {
  await cleanUp()
}

async function fill(store: BenchStore, count: number): Promise<void> {
  process.stderr.write(`filling a store with ${count.toLocaleString('en')} events\n`)
  const { db, close } = await store.open()
  await migrateDatabase(db)
  await fillStore(db, { ...sizes, events: count }, new Date())
  await close()
}

/** Not so when it was filled by a tree with other migrations. */
async function takesMigrations(store: BenchStore): Promise<boolean> {
  const { db, close } = await store.open()
  try {
    await migrateDatabase(db)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'schema_too_new') return false
    throw error
  } finally {
    await close()
  }
}

/** A kept store is named after all that decides what is in it: sizes, and the script that fills it. */
async function makeStore(url: string, count: number): Promise<BenchStore> {
  if (options.keep) {
    const script = readFileSync(join(import.meta.dirname, 'fill-store.ts'))
    const hash = createHash('sha256').update(script).update(JSON.stringify(sizes)).digest('hex').slice(0, 8)
    return keepPostgresStore(url, `postern_bench_${count}_${hash}`, takesMigrations, (store) =>
      fill(store, count),
    )
  }
  const store = await createPostgresStore(url)
  stores.push(store)
  await fill(store, count)
  return store
}

async function startOnStore(count: number): Promise<Running> {
  const started = performance.now()
  const store = await makeStore(serverUrl as string, count)
  const fillSeconds = (performance.now() - started) / 1000
  const opened = await store.open()
  await migrateDatabase(opened.db)
  const pages = await listBenchPages(opened.db)
  await opened.close()
  const relay = await startRelay(join(dir, `spool-${count}.db`))
  const collector = await startProgram('collector/main.ts', {
    COLLECTOR_PORT: '0',
    COLLECTOR_RELAYS: `${relay.url}=${relayToken}`,
    POSTERN_LOG_LEVEL: 'warn',
    POSTERN_ADMIN_EMAIL: account.email,
    POSTERN_ADMIN_PASSWORD: account.password,
    DATABASE_URL: 'databaseUrl' in store.settings ? store.settings.databaseUrl : '',
  })
  const cookie = await signIn(collector.url, account.email, account.password)
  const watchCpu = async () => {
    const before = readCpuSeconds(collector.pid)
    const stopServer = await store.watchServerCpu()
    return async () => {
      const server = await stopServer()
      const own = difference(readCpuSeconds(collector.pid), before)
      return server === null || own === null ? null : server + own
    }
  }
  return { url: collector.url, cookie, pages, fillSeconds, watchCpu }
}

async function measureAll(small: Running, full: Running): Promise<Measured[]> {
  const measured: Measured[] = []
  for (const [place, page] of full.pages.entries()) {
    const targets = [small, full].map(({ pages, ...running }) => {
      const { path } = pages[place] as BenchPage
      return { ...running, path }
    })
    const [ofSmall, ofFull] = (await measureInTurn(targets)) as [PageResult, PageResult]
    measured.push({ page, small: ofSmall, full: ofFull })
  }
  return measured
}

function describe(measured: readonly Measured[], fillSeconds: number, paint: PaintResult | null): string {
  const rows = measured.map(({ page, small, full }) => [
    page.name,
    small.p50Ms.toFixed(1),
    small.p95Ms.toFixed(1),
    full.p50Ms.toFixed(1),
    full.p95Ms.toFixed(1),
    String(page.limitMs),
    (full.p50Ms / small.p50Ms).toFixed(2),
    ...[small, full].map(({ cpuMs }) => cpuMs?.toFixed(1) ?? '–'),
    `${Math.round(small.bytes / 1000)} and ${Math.round(full.bytes / 1000)} kB`,
  ])
  const counts = `${sizes.issues.toLocaleString('en')} issues, ${sizes.releases} releases, ${sizes.projects} projects`
  const parts = [
    `Pages from the request to the last byte, one at a time and in turn, with ${smallEvents.toLocaleString('en')} and with ` +
      `${events.toLocaleString('en')} events stored (${counts}; ${options.keep ? 'kept' : `filled in ${fillSeconds.toFixed(0)} s`}). ` +
      'Ratio of the medians; CPU of an answer, collector and server together; the HTML is counted before compression.',
    formatTable(
      'page|small p50 ms|small p95 ms|full p50 ms|full p95 ms|wanted p95 ms|ratio|small CPU ms|full CPU ms|HTML',
      rows,
    ),
  ]
  if (paint) {
    const { firstPaintMs, transferredBytes, foreignHosts } = paint
    parts.push(
      `First paint of the start page from an empty cache in Chromium: ${firstPaintMs.toFixed(0)} ms (wanted: below 300); ` +
        `${Math.round(transferredBytes / 1000)} kB transferred (wanted: at most 100); ` +
        `requests to other hosts: ${foreignHosts.length === 0 ? 'none' : foreignHosts.join(', ')}.`,
    )
  }
  return parts.join('\n\n')
}

async function cleanUp(): Promise<void> {
  await stopPrograms()
  for (const store of stores) await store.remove()
  rmSync(dir, { recursive: true, force: true })
}
