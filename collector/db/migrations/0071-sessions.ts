// The health of releases: sessions by the hour they started in, and the last known state of those that may
// still get worse.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create table session_hours (
  project_id bigint not null,
  version text not null,
  environment text not null,
  hour timestamptz not null,
  sessions bigint not null,
  -- Each session stands in one of these at most: the worst that was said of it.
  errored bigint not null,
  unhandled bigint not null,
  abnormal bigint not null,
  crashed bigint not null,
  primary key (project_id, version, environment, hour)
);
create index session_hours_hour on session_hours (hour);

create table session_states (
  project_id bigint not null,
  sid uuid not null,
  -- Place in read-sessions.ts' list of states; before the last update -1 where there was none.
  rank smallint not null,
  rank_before smallint not null,
  -- Where it is counted, whatever a later update says.
  version text not null,
  environment text not null,
  hour timestamptz not null,
  seen_at timestamptz not null,
  primary key (project_id, sid)
);
create index session_states_seen on session_states using brin (seen_at);
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
