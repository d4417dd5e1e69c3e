// What the maintenance commands share: settings, the store, one sentence and exit code 1 for what people can mend.
import { existsSync } from 'node:fs'
import { AppError } from '../../shared/errors.ts'
import { createLog } from '../../shared/log.ts'
import type { Environment } from '../../shared/settings.ts'
import { type CollectorConfig, loadConfig } from '../config.ts'
import { type OpenDatabase, openEmbedded, openPostgres } from '../db/database.ts'
import { listAppliedMigrations } from '../db/dump-store.ts'

/** A store to read from. @throws AppError 'not_found' where there is none yet, 'data_dir_locked' */
export async function openStoreToRead(config: CollectorConfig): Promise<OpenDatabase> {
  if (config.databaseUrl === null && !existsSync(`${config.dataDir}/postgres/PG_VERSION`)) {
    throw new AppError('not_found', `There is no embedded store in ${config.dataDir}.`)
  }
  const store = await openConfiguredStore(config)
  if ((await listAppliedMigrations(store.db)).length > 0) return store
  await store.close()
  throw new AppError('not_found', `There is nothing of Postern in ${nameStore(config)}.`)
}

/** The store that the collector would open with these settings. @throws AppError 'data_dir_locked' */
export async function openConfiguredStore(config: CollectorConfig): Promise<OpenDatabase> {
  if (config.databaseUrl === null) return openEmbedded(`${config.dataDir}/postgres`)
  return openPostgres(config.databaseUrl, createLog('collector', 'warn'), 2)
}

/** For messages: which store that is, without its password. */
export function nameStore(config: CollectorConfig): string {
  if (config.databaseUrl === null) return `the embedded store in ${config.dataDir}`
  const { host, pathname } = new URL(config.databaseUrl)
  return `PostgreSQL at ${host}${pathname}`
}

/**
 * Runs a command and sets the exit code: what it returns is printed; what people can mend is said in one sentence.
 * @param env the environment; commands hand in theirs
 */
export async function runCommand(
  env: Environment,
  command: (config: CollectorConfig, args: readonly string[]) => Promise<string>,
): Promise<void> {
  try {
    process.stdout.write(`${await command(loadConfig(env), process.argv.slice(2))}\n`)
  } catch (error) {
    const { code } = error as { code?: unknown }
    const isOurs = error instanceof AppError
    // A server that refuses or a disk that is full: their sentence says more than our stack.
    if (!isOurs && typeof code !== 'string') throw error
    process.stderr.write(`${(error as Error).message || String(code)}\n`)
    process.exitCode = 1
  }
}
