// The public key that relays seal with, as they were told it last: another one makes the list of projects newer.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table installation add column sealing_key text;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
