// Finds issues of the same type in a project without reading them all.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create index issues_title_type on issues (project_id, title_type, last_seen_at desc) where title_type is not null;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
