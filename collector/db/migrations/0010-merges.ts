// Merged issues that can be taken apart again with exact counts.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
-- What an issue is made of once it took part in a merge: one row per issue merged (its face), the face of all
-- of them included. Its counts are kept under its own id in the rollup tables, beside those of the issue that
-- shows them now; ids come from the issues' own sequence, so that the two never meet.
create table issue_origins (
  id bigint primary key,
  -- The issue that stands for this origin when it is taken out.
  face_id bigint not null unique references issues (id),
  -- The issue that shows it now.
  issue_id bigint not null references issues (id),
  merged_at timestamptz,
  merged_by text,
  -- Of the face when it was merged; null while the origin is shown by its own face.
  status_before text,
  title text not null,
  title_type text,
  title_value text not null,
  culprit text not null,
  level text not null,
  platform text not null,
  handled boolean,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  last_occurred_at timestamptz not null,
  event_count bigint not null,
  user_count bigint not null,
  first_release text,
  last_release text,
  first_event_id uuid not null,
  last_event_id uuid not null
);
create index issue_origins_issue on issue_origins (issue_id);

-- Set once the issue took part in a merge: where new events of its hashes are counted beside the issue.
alter table issues add column origin_id bigint;
-- The origin of the hash where that is not the issue alone.
alter table issue_hashes add column origin_id bigint;

alter table issues drop constraint issues_status_check;
alter table issues add constraint issues_status_check
  check (status in ('unresolved', 'resolving', 'resolved', 'ignored', 'merged'));
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
