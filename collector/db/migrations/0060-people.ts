// People beyond the first: who may see which project, invitations, single sign-on, second factors, and a log
// of who changed what. Keys and tokens note more about their use.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
-- Settings of the whole installation, by subject, as projects.settings has them for one project.
alter table installation add column settings jsonb not null default '{}';

-- null: signs in by single sign-on alone.
alter table people alter column password_hash drop not null;
-- Disabled accounts keep their name in timelines, and can't sign in.
alter table people add column disabled_at timestamptz;
-- false: sees the projects of project_people only. Admins see all.
alter table people add column all_projects boolean not null default true;
-- Base32 secret of the second factor; null: none. The time step last accepted is not accepted again.
alter table people add column totp_secret text;
alter table people add column totp_step bigint;

create table project_people (
  person_id bigint not null references people (id) on delete cascade,
  project_id bigint not null references projects (id) on delete cascade,
  primary key (person_id, project_id)
);
create index project_people_project on project_people (project_id);

-- Ten for each second factor, each good once.
create table recovery_codes (
  person_id bigint not null references people (id) on delete cascade,
  code_hash text not null,
  used_at timestamptz,
  primary key (person_id, code_hash)
);

-- Accounts at the single sign-on provider.
create table person_identities (
  issuer text not null,
  subject text not null,
  person_id bigint not null references people (id) on delete cascade,
  created_at timestamptz not null,
  primary key (issuer, subject)
);
create index person_identities_person on person_identities (person_id);

-- One-time links to make an account, good for a week.
create table invitations (
  id bigint generated always as identity primary key,
  token_hash text not null unique,
  email text not null,
  role text not null check (role in ('admin', 'member', 'viewer')),
  -- Ids of the projects that the account will see; null: all.
  project_ids jsonb,
  invited_by bigint references people (id) on delete set null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  withdrawn_at timestamptz
);

-- Sign-ins that wait for their second half (a code, an answer of the provider), good for ten minutes.
create table sign_in_steps (
  token_hash text primary key,
  person_id bigint references people (id) on delete cascade,
  facts jsonb not null default '{}',
  created_at timestamptz not null,
  expires_at timestamptz not null
);

-- A name for a session that is not its secret.
alter table login_sessions add column id bigint generated always as identity;
alter table login_sessions add column method text not null default 'password';
create unique index login_sessions_id on login_sessions (id);

-- null: all projects.
alter table api_tokens add column project_id bigint references projects (id) on delete cascade;
alter table api_tokens add column created_by bigint references people (id) on delete set null;

-- When an envelope with this key was last read; noted at most once an hour.
alter table project_keys add column last_used_at timestamptz;

-- Who changed what; grows by what people do, not by what apps send.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  person_id bigint references people (id) on delete set null,
  project_id bigint references projects (id) on delete cascade,
  action text not null,
  subject text not null,
  facts jsonb not null default '{}'
);
create index audit_log_project on audit_log (project_id, id desc)`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
