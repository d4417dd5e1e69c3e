// What apps dropped is read and taken away by hour, of all projects at once.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create index client_discards_hour on client_discards (hour);
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
