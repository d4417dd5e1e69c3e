// What is kept of payloads, so that pages can say "312 of 48,201 kept" without counting rows, and what a flood
// may use; and what clients themselves report: events they dropped, and sessions.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
-- Payloads kept of an issue (or of an origin, once merged) by day of the relay's received-at; a day goes with
-- its partition.
create table issue_payloads (
  issue_id bigint not null,
  day date not null,
  retention_days smallint not null,
  kept bigint not null,
  primary key (issue_id, day, retention_days)
);
create index issue_payloads_day on issue_payloads (retention_days, day);

-- Bytes of payloads by project and day: what the project's budget is held against.
create table project_payloads (
  project_id bigint not null,
  day date not null,
  kept bigint not null,
  bytes bigint not null,
  primary key (project_id, day)
);

-- In a flood the latest event is kept until a later one takes its place: where that one stands.
create table issue_latest_payloads (
  issue_id bigint primary key,
  event_id uuid not null,
  received_at timestamptz not null,
  retention_days smallint not null
);

-- What SDKs say they dropped before it reached us (client_report items).
create table client_discards (
  project_id bigint not null,
  hour timestamptz not null,
  reason text not null,
  category text not null,
  count bigint not null,
  primary key (project_id, hour, reason, category)
);

-- The setting says it from now on.
update projects set settings = settings || jsonb_build_object('retention', jsonb_build_object('days', retention_days))
where retention_days <> 90;

-- What was stored before was kept whole.
insert into issue_payloads (issue_id, day, retention_days, kept)
select issue_id, (received_at at time zone 'UTC')::date, retention_days, count(*)
from events group by 1, 2, 3;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
