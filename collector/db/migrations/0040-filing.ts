// Limits on what filing can do: the ledger of creates that budgets are counted by, storms with their umbrella
// tracker issues, and what a tracker issue was told while its issue lives.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
-- Many alerts of one project at once: one umbrella tracker issue lists them. Also the outbox of that issue.
create table storms (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects (id),
  started_at timestamptz not null,
  -- created_at of the newest alert that belongs to it; an alert long after starts another storm.
  last_alert_at timestamptz not null,
  -- Next work: creating the umbrella, or telling it what joined since. null: nothing to do.
  run_at timestamptz,
  attempts integer not null default 0,
  locked_by text,
  locked_until timestamptz,
  sent_at timestamptz,
  sent_to text,
  error text,
  error_at timestamptz,
  permanent boolean not null default false,
  repository text,
  number integer,
  url text,
  filed_at timestamptz,
  told_at timestamptz
);
create index storms_project on storms (project_id, last_alert_at desc);
create index storms_due on storms (run_at) where run_at is not null;

-- Why an alert waits without a fault: a storm, a used-up budget, dry run. null: it doesn't.
alter table alerts add column held text check (held in ('storm', 'budget', 'dry_run'));
alter table alerts add column storm_id bigint references storms (id);
-- The umbrella has listed it.
alter table alerts add column listed_at timestamptz;
create index alerts_project on alerts (project_id, created_at);
create index alerts_storm on alerts (storm_id, id) where storm_id is not null;

-- Creates that were sent and may have made a tracker issue, of the last hours: what budgets are counted by.
create table tracker_creates (
  project_id bigint not null references projects (id),
  kind text not null check (kind in ('alert', 'storm')),
  ref_id bigint not null,
  sent_at timestamptz not null,
  primary key (kind, ref_id)
);
create index tracker_creates_project on tracker_creates (project_id, sent_at);

-- What its ticket says of the issue: comments follow only on what that makes old.
alter table tracker_issues add column events_at_filing bigint not null default 1;
-- Last power of ten of events_at_filing that was told.
alter table tracker_issues add column told_multiple integer not null default 1;
alter table tracker_issues add column told_platforms jsonb;
alter table tracker_issues add column told_at timestamptz;
alter table tracker_issues add column comments integer not null default 0;
alter table tracker_issues add column progress_due_at timestamptz;
create index tracker_issues_open on tracker_issues (progress_due_at) where state = 'open'`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
