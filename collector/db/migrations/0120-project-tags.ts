// What tag values the events of a project usually have: the share of a value in one issue is told beside it.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
create table project_tag_keys (
  project_id bigint not null,
  key text not null,
  -- Events that carry the tag, those with values that are not kept apart included.
  events bigint not null,
  distinct_values integer not null,
  primary key (project_id, key)
);

create table project_tags (
  project_id bigint not null,
  key text not null,
  value text not null,
  events bigint not null,
  primary key (project_id, key, value)
);

insert into project_tags (project_id, key, value, events)
  select project_id, key, value, events from (
    select *, row_number() over (partition by project_id, key order by events desc, value) as place,
      dense_rank() over (partition by project_id order by key) as key_place
    from (
      select i.project_id, t.key, t.value, sum(t.events) as events
      from issue_tags t join issues i on i.id = t.issue_id
      where i.status <> 'merged' and t.value <> '' and t.key not in ('level', 'user')
      group by i.project_id, t.key, t.value
    ) summed
  ) ranked where place <= 200 and key_place <= 100;

insert into project_tag_keys (project_id, key, events, distinct_values)
  select v.project_id, v.key,
    (select sum(t.events) from issues i join issue_tags t on t.issue_id = i.id
      where i.project_id = v.project_id and t.key = v.key and i.status <> 'merged'),
    count(*)
  from project_tags v group by v.project_id, v.key;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
