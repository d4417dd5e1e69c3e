// Once a run: a migrated database that each test file copies. PGlite always, dumped to a file; on
// PostgreSQL (TEST_DATABASE_URL) a template database.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openPostgres } from '../../collector/db/database.ts'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'
import type { DB } from '../../collector/db/schema.ts'
import { createLog } from '../../shared/log.ts'

declare module 'vitest' {
  interface ProvidedContext {
    pgliteDump: string
    postgresUrl: string | null
    postgresTemplate: string | null
  }
}

async function dumpMigratedPglite(path: string): Promise<void> {
  const pglite = await PGlite.create()
  const db = new Kysely<DB>({ dialect: new PGliteDialect({ pglite }) })
  await migrateDatabase(db)
  const dump = await pglite.dumpDataDir('none')
  writeFileSync(path, Buffer.from(await dump.arrayBuffer()))
  await pglite.close()
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

export function withDatabaseName(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'postern-template-'))
  const dumpPath = join(dir, 'migrated.tar')
  await dumpMigratedPglite(dumpPath)
  project.provide('pgliteDump', dumpPath)

  const url = process.env.TEST_DATABASE_URL || null
  const template = url ? `postern_template_${randomBytes(4).toString('hex')}` : null
  if (url && template) {
    await runOn(url, `create database ${template}`)
    const opened = openPostgres(withDatabaseName(url, template), createLog('test', 'silent'), 1)
    await migrateDatabase(opened.db)
    await opened.close()
  }
  project.provide('postgresUrl', url)
  project.provide('postgresTemplate', template)

  return async () => {
    if (url && template) await runOn(url, `drop database ${template} with (force)`)
    rmSync(dir, { recursive: true, force: true })
  }
}
