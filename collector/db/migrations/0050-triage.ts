// What people do with an issue beside its status: have it in hand, put it off, give it to somebody; the same
// for troubles of the loop itself; and searches that a person keeps.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table issues
  add column assignee_id bigint references people (id) on delete set null,
  add column snoozed_until timestamptz,
  add column snoozed_at timestamptz,
  add column snoozed_by bigint references people (id) on delete set null;
create index issues_assignee on issues (assignee_id, status) where assignee_id is not null;
create index issues_snoozed on issues (snoozed_until) where snoozed_until is not null;
create index issues_first_release on issues (project_id, first_release);

-- Somebody has this episode in hand; a new episode is a new alert and asks again.
alter table alerts
  add column acknowledged_at timestamptz,
  add column acknowledged_by bigint references people (id) on delete set null;
create index alerts_created on alerts (created_at);

-- Troubles of the loop (a silent relay, a tracker that refuses) that somebody has in hand or has put off. A
-- row counts only while the trouble began at \`since\`: one that comes back asks again.
create table loop_troubles (
  -- \`relay:<url>\`, \`at-risk:<url>\`, \`filing:<owner/name>\`
  trouble text primary key,
  since timestamptz not null,
  acknowledged_at timestamptz,
  snoozed_until timestamptz,
  person_id bigint references people (id) on delete set null
);

-- Searches that a person has named; at most 50 each.
create table saved_views (
  id bigint generated always as identity primary key,
  person_id bigint not null references people (id) on delete cascade,
  name text not null,
  query text not null,
  sort text not null,
  project text not null,
  created_at timestamptz not null,
  unique (person_id, name)
);
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
