// Opens the spool's SQLite file: one process at a time, every commit synced, schema brought up to date.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { AppError } from '../shared/errors.ts'

export type SpoolDatabase = { readonly db: Database.Database; close(): void }

const migrationsDir = join(import.meta.dirname, 'migrations')

/**
 * Opens or makes the file. A second process is kept out by a lock on `<path>.lock`, which the kernel frees
 * when its holder dies, and which leaves the file itself open to backup tools.
 * @throws AppError 'spool_unavailable' (in use, unreadable), 'spool_damaged' or 'schema_too_new'
 */
export function openSpoolDatabase(path: string): SpoolDatabase {
  let lock: Database.Database | undefined
  let db: Database.Database | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    lock = lockSpool(path)
    db = connectSpoolDatabase(path)
    migrate(db)
  } catch (cause) {
    db?.close()
    lock?.close()
    throw spoolFault(cause, `Cannot open the spool ${path}`)
  }
  const opened = { db, lock }
  return {
    db,
    close() {
      opened.db.close()
      opened.lock.close()
    },
  }
}

/**
 * Names what SQLite says. Damage is told apart: other faults pass, this one stays until somebody mends the file.
 * @param what was attempted
 */
export function spoolFault(cause: unknown, what: string): AppError {
  if (cause instanceof AppError) return cause
  const { code, message } = cause as { readonly code?: unknown; readonly message: string }
  const isDamage = typeof code === 'string' && /^SQLITE_(CORRUPT|NOTADB)/.test(code)
  return new AppError(isDamage ? 'spool_damaged' : 'spool_unavailable', `${what}: ${message}`, { cause })
}

/** One connection on the file; each thread has its own. */
export function connectSpoolDatabase(path: string): Database.Database {
  // Only the writer's thread writes, so nothing but another program can make it wait: a moment of that should
  // cost senders a moment, not their envelopes.
  const db = new Database(path, { timeout: 1_000 })
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  // WAL mode falls back to NORMAL in this build: a 200 would then not survive a power cut.
  db.pragma('synchronous = FULL')
  db.pragma('journal_size_limit = 67108864')
  // New rows are written once and read once: a large cache would only take memory.
  db.pragma('cache_size = -4096')
  return db
}

function lockSpool(path: string): Database.Database {
  const lock = new Database(`${path}.lock`)
  try {
    lock.pragma('busy_timeout = 0')
    lock.exec('begin exclusive')
    return lock
  } catch (cause) {
    lock.close()
    if ((cause as { code?: string }).code !== 'SQLITE_BUSY') throw cause
    throw new AppError('spool_unavailable', `The spool ${path} is in use by another relay`, { cause })
  }
}

/** Numbered files, each applied once and in order; `user_version` holds the number of the last. */
function migrate(db: Database.Database): void {
  const files = readdirSync(migrationsDir)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const known = Number.parseInt(files.at(-1) ?? '0', 10)
  const apply = db.transaction(() => {
    const done = db.pragma('user_version', { simple: true }) as number
    if (done > known) {
      throw new AppError(
        'schema_too_new',
        `The spool was written by a newer relay (schema ${done}, known ${known})`,
      )
    }
    for (const name of files) {
      if (Number.parseInt(name, 10) > done) db.exec(readFileSync(join(migrationsDir, name), 'utf8'))
    }
    db.pragma(`user_version = ${known}`)
  })
  apply.immediate()
}
