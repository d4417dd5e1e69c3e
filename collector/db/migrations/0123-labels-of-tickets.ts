// Labels of tracker issues, as the tracker last said; those of older ones come with their next change there.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table tracker_issues add column labels jsonb not null default '[]';
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
