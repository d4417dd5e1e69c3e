// What keeps hostile variety within bounds: how many new issues an hour has made, the environments a project
// has, and which issue gathers the events that got no issue of their own.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table issues add column gathers_others boolean not null default false;
create index issues_gathering on issues (project_id) where gathers_others;

create table new_issue_hours (
  project_id bigint not null,
  -- Of the relay's received-at.
  hour timestamptz not null,
  made integer not null,
  primary key (project_id, hour)
);
create index new_issue_hours_hour on new_issue_hours (hour);

create table environments (
  project_id bigint not null,
  name text not null,
  first_seen_at timestamptz not null,
  primary key (project_id, name)
);
create index environments_first_seen on environments (project_id, first_seen_at);
insert into environments (project_id, name, first_seen_at)
  select project_id, environment, min(first_seen_at) from issue_environments group by project_id, environment;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
