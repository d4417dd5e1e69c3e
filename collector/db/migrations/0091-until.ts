// Issues that are put off until a count, or ignored until a moment or a count. Counts are the issue's own totals.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table issues
  add column snoozed_until_events bigint,
  add column ignored_until timestamptz,
  add column ignored_until_events bigint,
  add column ignored_until_users bigint;
create index issues_snoozed_events on issues (project_id) where snoozed_until_events is not null;
create index issues_ignored_until on issues (ignored_until) where ignored_until is not null;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
