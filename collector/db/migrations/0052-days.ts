// Counts that the pages of projects and releases are read from: crashes and distinct users a day, releases by
// the hour. A user stands there as a number made of the key, which tells nothing of whom.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table releases
  add column users bigint not null default 0,
  add column crashes bigint not null default 0;
create index releases_newest on releases (project_id, first_seen_at desc, version desc);

create table release_hours (
  project_id bigint not null,
  version text not null,
  hour timestamptz not null,
  events bigint not null,
  -- Fatal, or not handled by the app.
  crashes bigint not null,
  primary key (project_id, version, hour)
);
create table release_users (
  project_id bigint not null,
  version text not null,
  user_hash bigint not null,
  primary key (project_id, version, user_hash)
);

create table project_days (
  project_id bigint not null,
  -- Start of a UTC day.
  day timestamptz not null,
  events bigint not null,
  crashes bigint not null,
  users bigint not null,
  primary key (project_id, day)
);
-- Whom project_days.users has counted; kept for as long as a relay may hand over what came on that day.
create table project_day_users (
  day timestamptz not null,
  project_id bigint not null,
  user_hash bigint not null,
  primary key (day, project_id, user_hash)
);
create index issue_releases_release on issue_releases (release, issue_id);
create index issue_changes_regressed on issue_changes ((facts ->> 'release'), issue_id) where kind in ('regressed', 'escalated');
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
