// What happened in a project in the last days, as the preview of detection's rules needs it: what was filed, and the
// issues that were seen, by hour. Read from alerts, issues and their rollups; never from events.
import { sql } from 'kysely'
import type { FiledAlert, SeenIssue } from '../detect/preview-rules.ts'
import type { Level } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import { type HourCounts, hourCounts, readHourCounts } from './hour-counts.ts'
import type { AlertRule } from './schema.ts'

/** What bounds the cost of a preview: the newest alerts, the issues seen last, and names of each. */
const limits = { alerts: 500, issues: 300, names: 20 }

type Row = {
  id: number
  title: string
  level: Level
  users: number
  trouble_since: Date | null
  is_open: boolean
  environments: string[] | null
  releases: string[] | null
  hours: HourCounts
}

/** The issues that were filed, or seen while unresolved, since then; `isWhole`: all of them. */
export async function readDetectionWeek(
  db: Database,
  projectId: number,
  since: Date,
): Promise<{ issues: SeenIssue[]; isWhole: boolean }> {
  const alerts = await db
    .selectFrom('alerts')
    .select(['issue_id', 'rule', 'created_at', 'facts'])
    .where('project_id', '=', projectId)
    .where('created_at', '>=', since)
    .orderBy('created_at', 'desc')
    .limit(limits.alerts)
    .execute()
  const filed = [...new Set(alerts.map(({ issue_id }) => issue_id))]
  const { rows } = await sql<Row>`
    with seen as (
      select id from (
        select id from issues
        where project_id = ${projectId} and status = 'unresolved' and last_seen_at >= ${since}::timestamptz
        order by last_seen_at desc, id desc limit ${limits.issues}
      ) as newest
      union
      select unnest(${filed}::bigint[])
    )
    select i.id, i.title, i.level, i.user_count as users, i.trouble_since,
      i.status = 'unresolved' and not i.in_episode as is_open,
      (select array_agg(environment) from (
        select environment from issue_environments e where e.issue_id = i.id limit ${limits.names}
      ) as named) as environments,
      (select array_agg(release) from (
        select release from issue_releases r where r.issue_id = i.id limit ${limits.names}
      ) as named) as releases,
      (select ${hourCounts('h')} from issue_hours h
        where h.issue_id = i.id and h.hour >= ${since}::timestamptz) as hours
    from seen join issues i on i.id = seen.id`.execute(db)
  const ofIssue = new Map<number, FiledAlert[]>()
  for (const { issue_id, rule, created_at, facts } of alerts.reverse()) {
    const alert: FiledAlert = { rule: rule as AlertRule, at: created_at, facts }
    ofIssue.set(issue_id, [...(ofIssue.get(issue_id) ?? []), alert])
  }
  return {
    issues: rows.map((row) => ({
      id: row.id,
      title: row.title,
      level: row.level,
      users: row.users,
      troubleSince: row.trouble_since,
      isOpen: row.is_open,
      environments: row.environments ?? [],
      releases: row.releases ?? [],
      hours: readHourCounts(row.hours),
      alerts: ofIssue.get(row.id) ?? [],
    })),
    isWhole: alerts.length < limits.alerts && rows.length < limits.issues,
  }
}
