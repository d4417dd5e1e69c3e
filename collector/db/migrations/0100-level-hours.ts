// What pages of all projects are read from: events by hour and level of all projects together, and the issues that
// have regressed, of which there are few.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create table level_hours (
  hour timestamptz not null,
  level text not null,
  -- One of a few rows that add up: collectors that store at the same time rarely wait for each other.
  part smallint not null,
  events bigint not null,
  primary key (hour, level, part)
);
insert into level_hours (hour, level, part, events)
  select hour, level, 0, sum(events) from project_hours group by hour, level;

create index issues_regressed on issues (project_id) where in_episode and regressions > 0;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
