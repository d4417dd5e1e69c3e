-- The spool: one row per envelope, written once and never updated, so that accepting costs one insert.
-- What changes when rows are handed out lives in tables of its own. All moments are ms since 1970 by the
-- relay's clock.

create table envelopes (
  -- Order of arrival; given by the relay, never used twice.
  seq integer primary key,
  -- UUID given at arrival, 16 bytes; acks name it.
  id blob not null unique,
  -- Stamped at the commit; never decreases with seq.
  received_at integer not null,
  project integer not null,
  bytes integer not null,
  -- JSON: the facts of the handover contract that are known at arrival.
  facts text not null,
  -- The request's bytes as they came, still compressed.
  body blob not null
);

-- Rows that were handed out at least once and are not acked yet.
create table handouts (
  seq integer primary key,
  -- null: free again.
  lease text,
  -- How often handed over without being given back.
  deliveries integer not null
);
create index handouts_by_lease on handouts (lease, seq);

create table leases (
  id text primary key,
  until integer not null
) without rowid;

-- Cumulative counters; only the row of the current hour grows.
create table outcomes (
  hour integer not null,
  project integer not null,
  outcome text not null,
  count integer not null,
  primary key (hour, project, outcome)
) without rowid;

create table projects (
  id integer primary key,
  -- JSON: keys, limit, unwanted, as pushed.
  settings text not null
);

-- One row: what must be known without counting.
create table state (
  one integer primary key check (one = 1),
  spool text not null,
  -- The highest seq ever given to a row, and the highest ever handed out.
  last_seq integer not null default 0,
  handed_seq integer not null default 0,
  last_stamp integer not null default 0,
  backlog_envelopes integer not null default 0,
  backlog_bytes integer not null default 0,
  projects_version integer not null default 0,
  last_polled_at integer
);
insert into state (one, spool) values (1, lower(hex(randomblob(16))));
