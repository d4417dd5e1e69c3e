// How long each relay keeps what nobody fetches, as it says itself.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table relays add column ttl_ms bigint;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
