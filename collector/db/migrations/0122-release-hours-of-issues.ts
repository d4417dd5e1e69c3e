// Events of an issue by release and hour, from its first close on: which of them should not be there.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create table issue_release_hours (
  issue_id bigint not null,
  release text not null,
  hour timestamptz not null,
  events bigint not null,
  primary key (issue_id, release, hour)
);

-- Before the first close no release should have the fix, and nothing is counted apart.
alter table issues add column was_closed boolean not null default false;
update issues set was_closed = true where closed_at is not null or regressions > 0;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
