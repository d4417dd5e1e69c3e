// Storms as the start page shows them: one row each, for all of its issues that ask for somebody.
import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'
import { alarmMs, inProjects, isAlarm, isOfStorm } from './issue-list.ts'

type Scope = { readonly projectIds: readonly number[] | null; readonly now: Date }

export type StormRow = {
  readonly id: number
  readonly projectSlug: string
  readonly projectPlatform: string | null
  readonly startedAt: Date
  readonly repository: string | null
  readonly number: number | null
  readonly error: string | null
  /** Issues that ask for somebody, and all whose running episode belongs to it. */
  readonly open: number
  readonly issues: number
  readonly events: number
  /** Latest of each among its issues, with who did it; what a row acted upon says. */
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: string | null
  readonly snoozedAt: Date | null
  readonly resolvedAt: Date | null
}

/** A storm `s` of the last day. */
export const isFreshStorm = (now: Date) => sql`s.last_alert_at > ${new Date(now.getTime() - alarmMs)}`

/** A storm `s` with an issue that asks for somebody. */
export function isOpenStorm(now: Date): RawBuilder<unknown> {
  return sql`exists (select from alerts a join issues i on i.id = a.issue_id and i.episode = a.episode
    where a.storm_id = s.id and ${isOfStorm(now)} and ${isAlarm(now)})`
}

/**
 * Storms that ask for somebody, the newest first, and those with these ids that may need nobody any more.
 * Reads the alerts of those storms, by index.
 */
export async function listStormRows(
  db: Database,
  scope: Scope,
  shown: readonly number[],
  limit: number,
): Promise<StormRow[]> {
  const isShown = shown.length > 0 ? sql`s.id in (${sql.join([...shown])})` : sql`false`
  const { rows } = await sql<{
    id: number
    slug: string
    platform: string | null
    started_at: Date
    repository: string | null
    number: number | null
    error: string | null
    open: number
    issues: number
    events: number
    acknowledged_at: Date | null
    acknowledged_by: string | null
    snoozed_at: Date | null
    resolved_at: Date | null
  }>`
    select s.id, p.slug, p.platform, s.started_at, s.repository, s.number, s.error, own.*
    from storms s join projects p on p.id = s.project_id
    cross join lateral (
      select count(*) filter (where ${isAlarm(scope.now)})::int as open, count(*)::int as issues,
        coalesce(sum(i.event_count), 0)::bigint as events, max(a.acknowledged_at) as acknowledged_at,
        (array_agg(holder.name order by a.acknowledged_at desc nulls last))[1] as acknowledged_by,
        max(i.snoozed_at) as snoozed_at, max(i.resolved_at) as resolved_at
      from alerts a join issues i on i.id = a.issue_id and i.episode = a.episode
      left join people holder on holder.id = a.acknowledged_by
      where a.storm_id = s.id and ${isOfStorm(scope.now)}
    ) own
    where ${inProjects(sql`s.project_id`, scope)}
      and ((${isFreshStorm(scope.now)} and ${isOpenStorm(scope.now)}) or ${isShown})
    order by s.started_at desc, s.id desc limit ${limit}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    projectSlug: row.slug,
    projectPlatform: row.platform,
    startedAt: row.started_at,
    repository: row.repository,
    number: row.number,
    error: row.error,
    open: row.open,
    issues: row.issues,
    events: row.events,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
    snoozedAt: row.snoozed_at,
    resolvedAt: row.resolved_at,
  }))
}

/** Events of each hour over all issues of these storms. @param from start of the first hour */
export async function listHoursOfStorms(
  db: Database,
  stormIds: readonly number[],
  from: Date,
): Promise<Map<number, Map<number, number>>> {
  const found = new Map<number, Map<number, number>>()
  if (stormIds.length === 0) return found
  const { rows } = await sql<{ storm_id: number; hour: Date; events: number }>`
    select a.storm_id, h.hour, sum(h.events)::bigint as events
    from alerts a join issue_hours h on h.issue_id = a.issue_id and h.hour >= ${from}
    where a.storm_id in (${sql.join([...stormIds])}) group by a.storm_id, h.hour`.execute(db)
  for (const row of rows) {
    const own = found.get(row.storm_id) ?? new Map<number, number>()
    own.set(row.hour.getTime(), row.events)
    found.set(row.storm_id, own)
  }
  return found
}

/** The project that a storm is of; undefined: there is none. */
export async function findStormProject(db: Database, id: string): Promise<number | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const row = await db
    .selectFrom('storms')
    .select('project_id')
    .where('id', '=', Number(id))
    .executeTakeFirst()
  return row?.project_id
}

/**
 * Unresolved issues whose running episode belongs to a storm, at most `limit`.
 * @param which for a way back: only those that somebody took in hand or put off since then, or instead those that
 *   were resolved since then
 */
export async function listIssuesOfStorm(
  db: Database,
  stormId: number,
  limit: number,
  which: { readonly takenSince?: Date; readonly resolvedSince?: Date },
): Promise<number[]> {
  const { takenSince, resolvedSince } = which
  const taken = takenSince
    ? sql`(a.acknowledged_at >= ${takenSince} or i.snoozed_at >= ${takenSince})`
    : sql`true`
  const state = resolvedSince
    ? sql`i.status = 'resolved' and i.resolved_at >= ${resolvedSince}`
    : sql`i.status = 'unresolved'`
  const { rows } = await sql<{ id: number }>`
    select i.id from alerts a join issues i on i.id = a.issue_id and i.episode = a.episode
    where a.storm_id = ${stormId} and ${state} and ${taken}
    order by a.id limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}
