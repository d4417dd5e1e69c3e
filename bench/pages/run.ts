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
import { measureFirstPaint, measurePage, type PageResult, type PaintResult, signIn } from './measure-pages.ts'

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

type Measured = {
  readonly pages: readonly { readonly page: BenchPage; readonly result: PageResult }[]
  readonly paint: PaintResult | null
  readonly fillSeconds: number
}

process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)))
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)))
try {
  const machine = describeMachine(dir)
  const small = await measureStore(smallEvents)
  const full = await measureStore(events)
  const report = `${formatHead(new Date(), machine)}\n\n${describe(full, small)}\n`
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

async function measureStore(count: number): Promise<Measured> {
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
  const results: { page: BenchPage; result: PageResult }[] = []
  const watchCpu = async () => {
    const before = readCpuSeconds(collector.pid)
    const stopServer = await store.watchServerCpu()
    return async () => {
      const server = await stopServer()
      const own = difference(readCpuSeconds(collector.pid), before)
      return server === null || own === null ? null : server + own
    }
  }
  for (const page of pages) {
    results.push({ page, result: await measurePage(collector.url, cookie, page, watchCpu) })
  }
  const paint = await measureFirstPaint(collector.url, cookie, '/')
  await collector.stop()
  await relay.stop()
  await store.remove()
  return { pages: results, paint, fillSeconds }
}

function describe(full: Measured, small: Measured): string {
  const rows = full.pages.map(({ page, result }, place) => {
    const before = small.pages[place]?.result as PageResult
    return [
      page.name,
      before.p50Ms.toFixed(1),
      before.p95Ms.toFixed(1),
      result.p50Ms.toFixed(1),
      result.p95Ms.toFixed(1),
      String(page.limitMs),
      (result.p50Ms / before.p50Ms).toFixed(2),
      ...[before, result].map(({ cpuMs }) => cpuMs?.toFixed(1) ?? '–'),
      `${Math.round(result.bytes / 1000)} kB`,
    ]
  })
  const counts = `${sizes.issues.toLocaleString('en')} issues, ${sizes.releases} releases, ${sizes.projects} projects`
  const parts = [
    `Pages from the request to the last byte, one at a time, with ${smallEvents.toLocaleString('en')} and with ` +
      `${events.toLocaleString('en')} events stored (${counts}; ${options.keep ? 'kept' : `filled in ${full.fillSeconds.toFixed(0)} s`}). ` +
      'Ratio of the medians; CPU of an answer, collector and server together; the HTML is counted before compression.',
    formatTable(
      'page|small p50 ms|small p95 ms|full p50 ms|full p95 ms|wanted p95 ms|ratio|small CPU ms|full CPU ms|HTML',
      rows,
    ),
  ]
  if (full.paint) {
    const { firstPaintMs, transferredBytes, foreignHosts } = full.paint
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
