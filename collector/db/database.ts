// Opens the store: PostgreSQL where DATABASE_URL is set, else PGlite (Postgres in process) in a directory.
// Both return the same JavaScript types and take the same SQL. PGlite as it comes neither syncs nor locks
// its directory; both are mended here (docs/decisions/0003-embedded-store.md), on internals that a test
// watches, which is why its version is pinned exactly.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import Sqlite from 'better-sqlite3'
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import type { DB } from './schema.ts'

export type Database = Kysely<DB>

/** What a store is, for people: shown in logs and on the status page. */
export type OpenDatabase = {
  readonly db: Database
  readonly kind: 'postgres' | 'pglite'
  close(): Promise<void>
}

const parsers = {
  [types.INT8]: Number,
  [types.BYTEA]: (value: string) => Buffer.from(value.slice(2), 'hex'),
}

/** PGlite's own writes hex byte by byte; bytes as they are go over as a binary parameter. */
const serializers = { [types.BYTEA]: (value: Uint8Array) => value as unknown as string }

/**
 * @param url a postgres:// URL; acks delete the only other copy, so commits are synchronous whatever the
 *            server's default
 */
export function openPostgres(url: string, log: Log, maxConnections = 10): OpenDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 5_000,
    // A page's queries take milliseconds; compiling one takes a hundred, and the planner's costs ask for it.
    options: '-c synchronous_commit=on -c timezone=UTC -c jit=off',
    types: {
      getTypeParser: ((id: number, format?: 'text') =>
        id === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(id, format)) as never,
    },
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the program.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'))
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  return { db, kind: 'postgres', close: () => db.destroy() }
}

// A better-sqlite3 handle without a live reference is collected, and its lock with it.
const locks = new Map<string, Sqlite.Database>()

function lockDirectory(dir: string): () => void {
  const lock = new Sqlite(`${dir}.lock`)
  lock.pragma('busy_timeout = 0')
  try {
    lock.exec('begin exclusive')
  } catch (cause) {
    lock.close()
    throw new AppError(
      'data_dir_locked',
      `Another Postern is running on ${dir}. Stop it first, or set POSTERN_DATA_DIR to another directory.`,
      { cause },
    )
  }
  locks.set(dir, lock)
  return () => {
    locks.delete(dir)
    lock.close()
  }
}

/**
 * Makes the data directory with an instance of its own, since one that ran initdb keeps 700 MB for good (the
 * next one stays at 350 MB), and puts every file of it on disk, since PGlite syncs nothing.
 */
async function makeCluster(path: string): Promise<void> {
  // Under another name until it is whole: a kill half way leaves nothing that looks like a store.
  const making = `${path}.making`
  rmSync(making, { recursive: true, force: true })
  const maker = await PGlite.create({ dataDir: making })
  await maker.close()
  for (const entry of readdirSync(making, { recursive: true, encoding: 'utf8' })) {
    syncPath(`${making}/${entry}`)
  }
  syncPath(making)
  renameSync(making, path)
  syncPath(dirname(path))
}

/** Puts a file, or the entries of a directory, on disk. */
function syncPath(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

type PGliteInternals = {
  Module: { NODEFS: { stream_ops: { fsync?: (stream: { nfd: number }) => number } } }
}

/**
 * Opens (or makes) the embedded store so that a commit is on disk when it returns and no second process
 * can open it.
 * @param onSync called after each real fsync; lets a test count them
 * @throws AppError 'data_dir_locked'
 */
export async function openEmbedded(dir: string, onSync?: () => void): Promise<OpenDatabase> {
  const path = resolve(dir)
  mkdirSync(dirname(path), { recursive: true })
  const unlock = lockDirectory(path)
  try {
    if (!existsSync(`${path}/PG_VERSION`)) await makeCluster(path)
    const defaults = (PGlite as unknown as { defaultStartParams: string[] }).defaultStartParams
    const pglite = await PGlite.create({
      dataDir: path,
      startParams: [
        // -F turns fsync off; wal_sync_method must be fsync, since fdatasync never reaches the file system.
        ...defaults.filter((param) => param !== '-F'),
        '-c',
        'fsync=on',
        '-c',
        'wal_sync_method=fsync',
        '-c',
        'shared_buffers=32MB',
        '-c',
        'timezone=UTC',
      ],
      parsers,
      serializers,
    })
    const operations = (pglite as unknown as PGliteInternals).Module.NODEFS.stream_ops
    operations.fsync = (stream) => {
      fsyncSync(stream.nfd)
      onSync?.()
      return 0
    }
    // What recovery wrote before the hook stood goes to disk with this.
    await pglite.query('checkpoint')
    const db = new Kysely<DB>({ dialect: new PGliteDialect({ pglite }) })
    return {
      db,
      kind: 'pglite',
      close: async () => {
        await db.destroy()
        await pglite.close().catch(() => undefined)
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** An embedded store in memory, from a dump of a migrated one; for tests. */
export async function openInMemory(dump?: Blob): Promise<OpenDatabase & { readonly pglite: PGlite }> {
  const pglite = await PGlite.create({ parsers, serializers, ...(dump ? { loadDataDir: dump } : {}) })
  await pglite.query(`set timezone = 'UTC'`)
  const db = new Kysely<DB>({ dialect: new PGliteDialect({ pglite }) })
  return {
    db,
    pglite,
    kind: 'pglite',
    close: async () => {
      await db.destroy()
      await pglite.close().catch(() => undefined)
    },
  }
}
