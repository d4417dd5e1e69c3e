// What the on-call page reads beside the open alarms: what somebody has in hand, and when there was calm.
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { alarmMs } from './issue-list.ts'

type Scope = { readonly projectIds: readonly number[] | null; readonly now: Date }

function inScope({ projectIds }: Scope) {
  if (projectIds === null) return sql`true`
  return projectIds.length === 0 ? sql`false` : sql`i.project_id in (${sql.join(projectIds)})`
}

/**
 * Ids of issues that are in hand: clocks that run or stand, what somebody has acknowledged within a week, and
 * what is put off; newest first.
 */
export async function listInHand(db: Database, scope: Scope, limit: number): Promise<number[]> {
  const weekAgo = new Date(scope.now.getTime() - 7 * 86_400_000)
  const { rows } = await sql<{ id: number }>`
    select id from (
      (select i.id, i.closed_at as at from issues i
        where i.status = 'resolving' and ${inScope(scope)} order by i.closed_at desc limit ${limit})
      union all
      (select i.id, a.acknowledged_at from alerts a join issues i on i.id = a.issue_id and i.episode = a.episode
        where a.created_at > ${weekAgo} and a.acknowledged_at is not null and i.status = 'unresolved'
          and i.in_episode and ${inScope(scope)} order by a.acknowledged_at desc limit ${limit})
      union all
      (select i.id, i.snoozed_until from issues i
        where i.snoozed_until > ${scope.now} and i.status = 'unresolved' and ${inScope(scope)}
        order by i.snoozed_until desc limit ${limit})
      union all
      (select i.id, i.snoozed_at from issues i
        where i.snoozed_until_events > i.event_count and i.status = 'unresolved' and ${inScope(scope)}
        order by i.snoozed_at desc limit ${limit})
    ) found group by id order by max(at) desc, id desc limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** A stretch in which something waited for a person. */
export type Waited = { readonly from: Date; readonly to: Date; readonly isWorst: boolean }

/**
 * Alarms of the time since `from`, each from its beginning until somebody had it, it was over, or its day was
 * up; oldest first. Reads the alerts of that time and the day before, 500 at most.
 */
export async function listWaited(db: Database, scope: Scope, from: Date): Promise<Waited[]> {
  const since = new Date(from.getTime() - alarmMs)
  const { rows } = await sql<{ from: Date; to: Date; worst: boolean }>`
    select a.created_at as "from",
      least(
        coalesce(a.acknowledged_at, 'infinity'),
        case when i.episode > a.episode or i.status <> 'unresolved' then i.status_at else 'infinity' end,
        case when i.snoozed_until > ${scope.now} or i.snoozed_until_events > i.event_count
          then i.snoozed_at else 'infinity' end,
        a.created_at + make_interval(days => 1), ${scope.now}::timestamptz) as "to",
      (a.rule in ('fatal', 'escalation') or i.level = 'fatal') as worst
    from alerts a join issues i on i.id = a.issue_id
    where a.created_at > ${since} and a.rule not in ('slow_burn', 'by_hand') and ${inScope(scope)}
    order by a.created_at desc limit 500`.execute(db)
  return rows
    .map((row) => ({ from: row.from, to: row.to < row.from ? row.from : row.to, isWorst: row.worst }))
    .filter((one) => one.to > from)
    .toReversed()
}

/** When the newest alert of all was written; null: never. */
export async function lastAlertAt(db: Database, scope: Scope): Promise<Date | null> {
  const { rows } = await sql<{ at: Date }>`
    select a.created_at as at from alerts a join issues i on i.id = a.issue_id
    where a.rule not in ('slow_burn', 'by_hand') and ${inScope(scope)} order by a.created_at desc limit 1`.execute(
    db,
  )
  return rows[0]?.at ?? null
}
