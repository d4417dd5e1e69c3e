// Notifications as an outbox: what happened (once, in the transaction that made it happen), to whom it goes, and
// the messages that are sent, each with an id that stays the same however often it is tried.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create table destinations (
  id bigint generated always as identity primary key,
  name text not null,
  kind text not null check (kind in ('slack', 'webhook', 'mail')),
  -- Address and secrets, by kind (notify/destination.ts); never shown again.
  target jsonb not null,
  -- Kinds of events it hears of, projects (null: all), quiet hours (null: none).
  choice jsonb not null,
  created_at timestamptz not null,
  paused_at timestamptz,
  -- When there may be work; null: nothing waits. Claimed like alerts.
  next_at timestamptz,
  locked_by text,
  locked_until timestamptz,
  sent_at timestamptz,
  error text,
  error_at timestamptz
);
create index destinations_due on destinations (next_at) where next_at is not null;

create table notifications (
  id bigint generated always as identity primary key,
  -- Names the occurrence; the same one is never written twice.
  key text not null unique,
  kind text not null,
  project_id bigint references projects (id) on delete cascade,
  issue_id bigint references issues (id) on delete cascade,
  at timestamptz not null,
  facts jsonb not null,
  -- Its deliveries were written; null: still to be handed out.
  fanned_at timestamptz
);
create index notifications_unfanned on notifications (id) where fanned_at is null;
create index notifications_at on notifications (at);
create index notifications_issue on notifications (issue_id) where issue_id is not null;

create table messages (
  id uuid primary key,
  destination_id bigint not null references destinations (id) on delete cascade,
  created_at timestamptz not null,
  run_at timestamptz not null,
  attempts integer not null default 0,
  -- sent, or given up; null: under way.
  done_at timestamptz,
  outcome text check (outcome in ('sent', 'failed')),
  error text
);
create index messages_destination on messages (destination_id, created_at desc);
create index messages_open on messages (destination_id) where done_at is null;

create table deliveries (
  notification_id bigint not null references notifications (id) on delete cascade,
  destination_id bigint not null references destinations (id) on delete cascade,
  run_at timestamptz not null,
  message_id uuid references messages (id) on delete cascade,
  primary key (notification_id, destination_id)
);
create index deliveries_waiting on deliveries (destination_id, run_at) where message_id is null;
create index deliveries_message on deliveries (message_id) where message_id is not null;

-- Conditions of the installation that are watched: each is told when it begins and when it is over.
create table watched_conditions (
  key text primary key,
  kind text not null,
  since timestamptz not null,
  -- Told as begun; null: it has not lasted long enough yet.
  told_at timestamptz,
  facts jsonb not null
)`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
