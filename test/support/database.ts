// Databases for tests: each suite gets a fresh one, copied from the migrated template.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { type Database, type OpenDatabase, openInMemory, openPostgres } from '../../collector/db/database.ts'
import { createLog } from '../../shared/log.ts'
import { withDatabaseName } from './template-database.ts'

const log = createLog('test', 'silent')

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** A fresh PostgreSQL database; `url` opens it from another process too. Dropped by `close`. */
export async function freshPostgres(): Promise<OpenDatabase & { url: string }> {
  const url = inject('postgresUrl')
  const template = inject('postgresTemplate')
  if (!url || !template) throw new Error('TEST_DATABASE_URL is not set')
  const name = `postern_test_${randomBytes(6).toString('hex')}`
  await onServer(url, `create database ${name} template ${template}`)
  const own = withDatabaseName(url, name)
  const opened = openPostgres(own, log)
  return {
    ...opened,
    url: own,
    close: async () => {
      await opened.close()
      await onServer(url, `drop database ${name} with (force)`)
    },
  }
}

/** A fresh migrated PGlite in memory. */
export async function freshPglite(): Promise<OpenDatabase> {
  return freshInMemory()
}

/** The same with PGlite itself beside it, for those who wrap it. */
export function freshInMemory(): ReturnType<typeof openInMemory> {
  return openInMemory(new Blob([readFileSync(inject('pgliteDump'))]))
}

/** True where the suite also runs on a real server. */
export const postgresAvailable = Boolean(process.env.TEST_DATABASE_URL)

/**
 * Runs the same tests on PGlite and, with TEST_DATABASE_URL, on PostgreSQL; one fresh database for each.
 * @param body gets a function that returns the open database; call it inside tests only
 */
export function onEachDatabase(name: string, body: (db: () => Database) => void): void {
  const kinds = postgresAvailable ? (['PGlite', 'PostgreSQL'] as const) : (['PGlite'] as const)
  for (const kind of kinds) {
    describe(`${name} (${kind})`, () => {
      let opened: OpenDatabase | undefined
      beforeAll(async () => {
        opened = kind === 'PGlite' ? await freshPglite() : await freshPostgres()
      })
      afterAll(async () => {
        await opened?.close()
      })
      body(() => {
        if (!opened) throw new Error('the database is open inside tests only')
        return opened.db
      })
    })
  }
}
