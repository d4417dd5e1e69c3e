-- What is evicted first when room is short, and how old rows are when the clock was set or the relay stood still.

-- 0: worth most (events, attachments, feedback and all that is new to us), 1: sessions, 2: what SDKs are told
-- not to send. Rows from before this column count as worth most.
alter table envelopes add column class integer not null default 0;
-- Only what goes first is found by an index: events, the bulk of all rows, don't pay for it.
create index envelopes_of_less_worth on envelopes (class, seq) where class > 0;

-- Bytes that each project's rows of class 0 take.
create table shares (
  project integer primary key,
  bytes integer not null
);
insert into shares (project, bytes) select project, sum(bytes) from envelopes group by project;

-- Time by which stamps ran ahead of the time that the relay ran: rows up to `seq` are younger by it.
create table leaps (
  seq integer primary key,
  ms integer not null
);
