// A ticket that the tracker would not open again waits by itself, and holds up no other.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, 'alter table tracker_issues add column reopen_at timestamptz')
}
