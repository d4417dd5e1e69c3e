// The first schema. Each table's comment says what it is for and what bounds it. Forward only; never
// edited once released. Statements are run one by one, since PGlite takes one per query.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
-- One row: this installation's identity and the secret that signs the markers in tracker issues.
create table installation (
  singleton boolean primary key default true check (singleton),
  id uuid not null,
  marker_secret bytea not null,
  created_at timestamptz not null,
  -- Version of the projects as pushed to relays; raised in the transaction that changes a project or key.
  projects_version bigint not null
);

create table projects (
  id bigint primary key check (id > 0),
  slug text not null unique,
  name text not null,
  platform text,
  -- owner/name at the tracker; null: the collector's GITHUB_REPOSITORY.
  repository text,
  next_issue_number integer not null default 1,
  retention_days smallint not null default 90,
  -- Only what differs from the defaults (detection rules and the like).
  settings jsonb not null default '{}',
  created_at timestamptz not null,
  last_event_at timestamptz
);

create table project_keys (
  public_key text primary key,
  project_id bigint not null references projects (id),
  label text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index project_keys_project on project_keys (project_id);

-- What each relay last said of itself. The watermark: all it received up to then was handed over and acked.
create table relays (
  url text primary key,
  spool uuid,
  answered_at timestamptz,
  failed_at timestamptz,
  error text,
  watermark_at timestamptz,
  backlog_envelopes bigint not null default 0,
  backlog_bytes bigint not null default 0,
  oldest_at timestamptz,
  projects_version bigint not null default 0,
  retired_at timestamptz
);

-- Cumulative counters by the relay's own spool; the maximum seen is the truth.
create table relay_outcomes (
  spool uuid not null,
  project_id bigint not null,
  outcome text not null,
  hour timestamptz not null,
  count bigint not null,
  primary key (spool, project_id, outcome, hour)
);
create index relay_outcomes_hour on relay_outcomes (hour);

-- Row ids of relays whose envelopes were committed: what makes a redelivery harmless. received_at is the
-- relay's and the same at each delivery, so days can be dropped once the relay's own copy must be gone.
create table received_envelopes (
  received_at timestamptz not null,
  id uuid not null,
  primary key (received_at, id)
) partition by range (received_at);

-- Envelopes that could not be taken in, whole; readable by admins, kept 7 days.
create table dead_letters (
  id uuid primary key,
  relay_url text not null,
  project_id bigint not null,
  received_at timestamptz not null,
  died_at timestamptz not null,
  step text not null,
  error text not null,
  facts jsonb not null,
  body bytea not null
);
create index dead_letters_died on dead_letters (died_at);

create table issues (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects (id),
  number integer not null,
  title text not null,
  title_type text,
  title_value text not null,
  culprit text not null,
  level text not null,
  platform text not null,
  handled boolean,
  status text not null default 'unresolved'
    check (status in ('unresolved', 'resolving', 'resolved', 'ignored')),
  -- Latest reason for the status, as shown; the whole history is in issue_changes.
  status_reason text not null,
  status_at timestamptz not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- By the SDK's corrected clock: newest occurrence.
  last_occurred_at timestamptz not null,
  event_count bigint not null default 0,
  user_count bigint not null default 0,
  first_release text,
  last_release text,
  first_event_id uuid not null,
  last_event_id uuid not null,
  -- Stretches of trouble so far; the tracker issue of the current one is in tracker_issues.
  episode integer not null default 0,
  -- True while an episode runs: from detection to resolution it files at most once.
  in_episode boolean not null default false,
  regressions integer not null default 0,
  -- Received-at (ms) of the newest events that could make a burst, newest last, at most the rule's number.
  burst_window jsonb not null default '[]',
  -- The moment from which silence is waited for (tracker issue closed, or resolved by hand).
  closed_at timestamptz,
  resolved_at timestamptz,
  fixed_in_release text,
  last_filed_at timestamptz,
  unique (project_id, number)
);
create index issues_by_last_seen on issues (project_id, status, last_seen_at desc, id desc);
create index issues_by_first_seen on issues (project_id, status, first_seen_at desc, id desc);
create index issues_by_events on issues (project_id, status, event_count desc, id desc);
create index issues_by_users on issues (project_id, status, user_count desc, id desc);
create index issues_resolving on issues (closed_at) where status = 'resolving';

-- Several hashes may lead to one issue: a newer algorithm, or a merge.
create table issue_hashes (
  project_id bigint not null,
  hash text not null,
  version smallint not null,
  issue_id bigint not null references issues (id),
  primary key (project_id, hash)
);
create index issue_hashes_issue on issue_hashes (issue_id);

-- The timeline: every change of an issue, appended, with the facts of the decision.
create table issue_changes (
  id bigint generated always as identity primary key,
  issue_id bigint not null references issues (id),
  at timestamptz not null,
  kind text not null,
  actor text not null,
  reason text not null,
  facts jsonb not null default '{}'
);
create index issue_changes_issue on issue_changes (issue_id, id);

-- One event, however often it was sent; outlives the payloads. issue_id and received_at lead to the payload.
create table event_keys (
  project_id bigint not null,
  event_id uuid not null,
  issue_id bigint not null,
  received_at timestamptz not null,
  retention_days smallint not null,
  primary key (project_id, event_id)
);
create index event_keys_received on event_keys using brin (received_at);

-- Payload beside what lists and filters read. Dropped by retention class and day.
create table events (
  project_id bigint not null,
  issue_id bigint not null,
  event_id uuid not null,
  received_at timestamptz not null,
  occurred_at timestamptz not null,
  retention_days smallint not null,
  level text not null,
  platform text not null,
  release text,
  environment text not null,
  user_key text,
  title text not null,
  -- zstd of JSON {context, wire}: the scrubbed event as sent, and what normalise needs to read it again.
  payload bytea not null
) partition by list (retention_days);
create index events_issue on events (issue_id, received_at desc, event_id desc);
create index events_project on events (project_id, received_at desc, event_id desc);

create table issue_hours (
  issue_id bigint not null,
  hour timestamptz not null,
  events bigint not null,
  primary key (issue_id, hour)
);

create table project_hours (
  project_id bigint not null,
  hour timestamptz not null,
  level text not null,
  events bigint not null,
  primary key (project_id, hour, level)
);

create table issue_users (
  issue_id bigint not null,
  user_key text not null,
  primary key (issue_id, user_key)
);

create table issue_environments (
  project_id bigint not null,
  environment text not null,
  issue_id bigint not null,
  events bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (project_id, environment, issue_id)
);
create index issue_environments_issue on issue_environments (issue_id);

create table issue_releases (
  issue_id bigint not null,
  release text not null,
  events bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (issue_id, release)
);

-- Distinct values per key are capped (see store-tags.ts); the rest is counted under the value ''.
create table issue_tag_keys (
  issue_id bigint not null,
  key text not null,
  distinct_values integer not null,
  primary key (issue_id, key)
);

create table issue_tags (
  issue_id bigint not null,
  key text not null,
  value text not null,
  events bigint not null,
  last_seen_at timestamptz not null,
  primary key (issue_id, key, value)
);

create table releases (
  project_id bigint not null,
  version text not null,
  events bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (project_id, version)
);

-- Every item that arrived, by type; what the collector doesn't keep is at least counted.
create table item_counts (
  project_id bigint not null,
  hour timestamptz not null,
  type text not null,
  kept boolean not null,
  count bigint not null,
  primary key (project_id, hour, type, kept)
);

create table attachments (
  id uuid not null,
  project_id bigint not null,
  event_id uuid not null,
  received_at timestamptz not null,
  filename text not null,
  content_type text,
  attachment_type text not null,
  size_bytes bigint not null,
  body bytea not null
) partition by range (received_at);
create index attachments_event on attachments (project_id, event_id);

-- What users said of an event: user_report and feedback items, whichever arrives first.
create table feedback (
  id bigint generated always as identity primary key,
  project_id bigint not null,
  event_id uuid,
  received_at timestamptz not null,
  name text,
  email text,
  message text not null,
  url text
);
create index feedback_event on feedback (project_id, event_id);
create index feedback_received on feedback (project_id, received_at desc);

-- The outbox of filing: written with the events that caused it, at most one an episode.
create table alerts (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects (id),
  issue_id bigint not null references issues (id),
  episode integer not null,
  rule text not null check (rule in ('burst', 'fatal', 'regression', 'slow_burn', 'escalation')),
  facts jsonb not null,
  created_at timestamptz not null,
  run_at timestamptz not null,
  attempts integer not null default 0,
  locked_by text,
  locked_until timestamptz,
  -- A create was sent and its end is not known: look before creating, from this moment on.
  sent_at timestamptz,
  -- The repository it was sent to; the setting may change meanwhile.
  sent_to text,
  error text,
  error_at timestamptz,
  -- The tracker will never accept this as things stand; shown, tried again when the setting is mended.
  permanent boolean not null default false,
  done_at timestamptz,
  unique (issue_id, episode)
);
create index alerts_due on alerts (run_at) where done_at is null;

create table tracker_issues (
  id bigint generated always as identity primary key,
  project_id bigint not null references projects (id),
  issue_id bigint not null references issues (id),
  episode integer not null,
  repository text not null,
  number integer not null,
  url text not null,
  title text not null,
  state text not null check (state in ('open', 'closed')),
  state_reason text,
  assignee text,
  filed_at timestamptz not null,
  closed_at timestamptz,
  closed_by text,
  tracker_updated_at timestamptz not null,
  unique (issue_id, episode),
  unique (repository, number)
);

-- Where polling a repository stands.
create table tracker_repositories (
  repository text primary key,
  login text,
  since timestamptz,
  etag text,
  polled_at timestamptz,
  next_poll_at timestamptz not null,
  locked_by text,
  locked_until timestamptz,
  error text,
  error_at timestamptz
);

create table people (
  id bigint generated always as identity primary key,
  email text not null unique,
  name text not null,
  password_hash text not null,
  role text not null check (role in ('admin', 'member', 'viewer')),
  created_at timestamptz not null
);

create table login_sessions (
  token_hash text primary key,
  person_id bigint not null references people (id),
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  user_agent text
);
create index login_sessions_person on login_sessions (person_id);

-- One-time links: first set-up now, invitations later.
create table setup_links (
  token_hash text primary key,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table api_tokens (
  id bigint generated always as identity primary key,
  name text not null,
  token_hash text not null unique,
  scopes jsonb not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
)`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
