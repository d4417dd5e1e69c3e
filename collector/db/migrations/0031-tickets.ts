// What becomes of a tracker issue beside being closed, what is mirrored there, and fatal events of a stretch of
// trouble, where a project asks for more than one.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table issues add column trouble_fatals integer not null default 0;
-- The issue that this one was called a duplicate of at the tracker.
alter table issues add column duplicate_of bigint;

-- Lists don't show what was deleted or moved away, so open ones are read one by one from time to time.
alter table tracker_issues add column checked_at timestamptz;
alter table tracker_issues add column locked boolean not null default false;
alter table tracker_issues add column fate text check (fate in ('deleted', 'converted'));
-- Where it was filed, if it was moved to another repository since: owner/name#12.
alter table tracker_issues add column moved_from text;
-- It was told that its issue goes on, and left closed as the project's settings say.
alter table tracker_issues add column left_closed_at timestamptz;
create index tracker_issues_checked on tracker_issues (checked_at nulls first) where state = 'open' and fate is null;

-- The outbox of what is done to tracker issues: written with the change that asks for it, done by one worker.
create table tracker_actions (
  id bigint generated always as identity primary key,
  issue_id bigint not null references issues (id),
  tracker_issue_id bigint not null references tracker_issues (id),
  kind text not null check (kind in ('close', 'comment')),
  args jsonb not null,
  created_at timestamptz not null,
  run_at timestamptz not null,
  attempts integer not null default 0,
  locked_by text,
  locked_until timestamptz,
  error text,
  error_at timestamptz,
  done_at timestamptz
);
create index tracker_actions_due on tracker_actions (run_at) where done_at is null;
create index tracker_actions_issue on tracker_actions (tracker_issue_id)`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
