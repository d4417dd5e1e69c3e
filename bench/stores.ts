// The databases that the collector drains into, each new and gone afterwards: a folder for the embedded store,
// and on PostgreSQL a database of its own beside the one the URL names.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { type OpenDatabase, openEmbedded, openPostgres } from '../collector/db/database.ts'
import { createLog } from '../shared/log.ts'
import { difference, readCpuSeconds } from './measure.ts'

export type BenchStore = {
  readonly kind: 'PGlite' | 'PostgreSQL'
  /** What the collector is started with. */
  readonly settings: { readonly dataDir: string } | { readonly databaseUrl: string }
  /** Opens it in this process; the embedded store only while no collector has it. */
  open(): Promise<OpenDatabase>
  /** Starts counting the server's processor time; the result says the seconds since. null: not to be had. */
  watchServerCpu(): Promise<() => Promise<number | null>>
  /** Idempotent. */
  remove(): Promise<void>
}

export function createEmbeddedStore(dir: string): BenchStore {
  const dataDir = join(dir, `data-${randomBytes(4).toString('hex')}`)
  return {
    kind: 'PGlite',
    settings: { dataDir },
    open: () => openEmbedded(`${dataDir}/postgres`),
    // It runs inside the collector, whose own figure holds it.
    watchServerCpu: async () => async () => null,
    // Its folder lies in the run's own, which goes as a whole.
    remove: async () => undefined,
  }
}

/** @param url of any database of the server, by a user who may create databases */
export async function createPostgresStore(url: string): Promise<BenchStore> {
  const name = `postern_bench_${randomBytes(4).toString('hex')}`
  await runOn(url, `create database ${name}`)
  return postgresStore(url, name)
}

/**
 * A store that stays for the next run; `remove` leaves it.
 * @param name says what it is filled with
 * @param fill is called when there is none of that name, one whose filling was broken off, or one that `isUsable`
 *   says no to
 */
export async function keepPostgresStore(
  url: string,
  name: string,
  isUsable: (store: BenchStore) => Promise<boolean>,
  fill: (store: BenchStore) => Promise<void>,
): Promise<BenchStore> {
  const store = postgresStore(url, name)
  const [found] = await runOn(url, 'select from pg_database where datname = $1', [name])
  const { databaseUrl } = store.settings
  const isFilled = found && (await runOn(databaseUrl, `select to_regclass('bench_filled') as t`))[0]?.t
  if (!isFilled || !(await isUsable(store))) {
    await runOn(url, `drop database if exists ${name} with (force)`)
    await runOn(url, `create database ${name}`)
    await fill(store)
    await runOn(databaseUrl, 'create table bench_filled ()')
  }
  return { ...store, remove: async () => undefined }
}

function postgresStore(
  url: string,
  name: string,
): BenchStore & { readonly settings: { readonly databaseUrl: string } } {
  const databaseUrl = Object.assign(new URL(url), { pathname: `/${name}` }).href
  return {
    kind: 'PostgreSQL',
    settings: { databaseUrl },
    open: async () => openPostgres(databaseUrl, createLog('bench', 'warn'), 2),
    async watchServerCpu() {
      const before = await readBackends(url, name)
      return async () => {
        const after = await readBackends(url, name)
        const spent = [...after].map(([pid, seconds]) => difference(seconds, before.get(pid) ?? 0) ?? 0)
        return after.size === 0 ? null : spent.reduce((sum, seconds) => sum + seconds, 0)
      }
    },
    remove: async () => {
      await runOn(url, `drop database if exists ${name} with (force)`)
    },
  }
}

export async function readVersion({ db }: OpenDatabase): Promise<string> {
  const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db)
  return rows[0]?.server_version.split(' ')[0] ?? 'unknown'
}

async function runOn<Row extends pg.QueryResultRow>(
  url: string,
  statement: string,
  values: string[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(statement, values)).rows
  } finally {
    await client.end()
  }
}

/** Processor seconds of the server's processes that serve a database, by pid; empty for a server elsewhere. */
async function readBackends(url: string, database: string): Promise<Map<number, number>> {
  const backends = new Map<number, number>()
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|)$/.test(new URL(url).hostname)) return backends
  const rows = await runOn<{ pid: number }>(url, 'select pid from pg_stat_activity where datname = $1', [
    database,
  ])
  for (const { pid } of rows) {
    const seconds = isPostgres(pid) ? readCpuSeconds(pid) : null
    if (seconds !== null) backends.set(pid, seconds)
  }
  return backends
}

/** A server in a container of this machine has pids that mean something else here. */
function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
  } catch {
    return false
  }
}
