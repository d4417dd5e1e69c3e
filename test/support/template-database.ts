// Once a run: a migrated database that each test file copies. PGlite always, dumped to a file; on
// PostgreSQL (TEST_DATABASE_URL) a template database.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openPostgres } from '../../collector/db/database.ts'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'
import { createLog } from '../../shared/log.ts'
import { migratedDump } from './migrated-dump.ts'

declare module 'vitest' {
  interface ProvidedContext {
    pgliteDump: string
    postgresUrl: string | null
    postgresTemplate: string | null
  }
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
  project.provide('pgliteDump', await migratedDump())

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
  }
}
