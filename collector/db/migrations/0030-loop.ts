// What the loop decides on and pins: the fix of an issue, the stretch of trouble that slow burn waits for, how
// releases followed each other, the newest recurrence by release, and with each change the state it led to.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
-- What was known of the fix when the issue was closed (detect/fix.ts); null: not closed.
alter table issues add column fix jsonb;
-- Received-at of the first event of a stretch of trouble that nothing has filed yet. Not filled for issues of
-- before: they would all be filed at once.
alter table issues add column trouble_since timestamptz;
-- Length of the quiet period that runs, or ran last; null: none was ever begun.
alter table issues add column quiet_ms bigint;
create index issues_trouble on issues (trouble_since) where trouble_since is not null;

-- The state that a change led to, so that any past moment can be read: as of a moment the last row counts
-- that was recorded up to then. null: written by a version that did not keep it.
alter table issue_changes add column recorded_at timestamptz;
alter table issue_changes add column status text;
alter table issue_changes add column episode integer;
alter table issue_changes add column in_episode boolean;
alter table issue_changes add column regressions integer;
alter table issue_changes add column fixed_in_release text;

-- For an issue in an episode or closed: the newest occurrence in each release ('': none named), which tells
-- whether anything came after a close that is noticed later. Bounded as issue_releases is.
create table issue_recurrences (
  issue_id bigint not null,
  release text not null,
  platform text not null,
  occurred_at timestamptz not null,
  event_id uuid not null,
  primary key (issue_id, release, platform)
);

-- One row for each app id and platform that sends releases with an order.
create table release_lines (
  project_id bigint not null,
  app text not null,
  platform text not null,
  newest text not null,
  -- See detect/release-line.ts; both are bounded there.
  newest_users jsonb not null,
  pending jsonb not null,
  is_only boolean not null,
  primary key (project_id, app, platform)
);

-- When a line moved on, appended only: what was newest at a close, and what came next, can't be rewritten.
create table release_advances (
  id bigint generated always as identity primary key,
  project_id bigint not null,
  app text not null,
  platform text not null,
  release text not null,
  at timestamptz not null
);
create index release_advances_line on release_advances (project_id, app, platform, at, id);

-- The relay's own clock at its last answer: what its counters gained since happened in between.
alter table relays add column relay_now timestamptz;
-- Spans in which something of a project (0: of any) was turned away by a limit or lost, so that its silence
-- proves nothing. Neighbours are joined; dropped after 90 days.
create table deaf_spans (
  id bigint generated always as identity primary key,
  project_id bigint not null,
  relay_url text not null,
  reason text not null,
  from_at timestamptz not null,
  until_at timestamptz not null
);
create index deaf_spans_project on deaf_spans (project_id, until_at)`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
