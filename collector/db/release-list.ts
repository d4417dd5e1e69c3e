// Releases of a project with what became of them, and two of them side by side. Reads rollups: each release
// costs two weeks of its hours, and the issues that it brought or brought back.
import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'

export type ReleaseRow = {
  readonly version: string
  readonly events: number
  readonly users: number
  readonly crashes: number
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  /** Of the last 24 hours. */
  readonly eventsOfDay: number
  /** Of the last seven days, and of the seven before. */
  readonly crashesOfWeek: number
  readonly crashesBefore: number
  readonly newIssues: number
  readonly regressed: number
  /** Sessions started in the last seven days, and those of them that crashed. */
  readonly sessionsOfWeek: number
  readonly sessionsCrashed: number
}

export type ReleasePlace = { readonly firstSeenAt: Date; readonly version: string }

const hourMs = 3_600_000
const countedUpTo = 1_000

function facts(now: Date): RawBuilder<unknown> {
  const ago = (hours: number) => new Date(now.getTime() - hours * hourMs)
  return sql`
    r.version, r.events, r.users, r.crashes, r.first_seen_at, r.last_seen_at,
    coalesce(h.day, 0)::bigint as day, coalesce(h.week, 0)::bigint as week, coalesce(h.before, 0)::bigint as before,
    coalesce(s.sessions, 0)::bigint as sessions, coalesce(s.crashed, 0)::bigint as sessions_crashed,
    (select count(*)::int from (select 1 from issues i where i.project_id = r.project_id
      and i.first_release = r.version and i.status <> 'merged' limit ${countedUpTo}) n) as new_issues,
    (select count(distinct c.issue_id)::int from (
      select c.issue_id from issue_changes c where c.kind in ('regressed', 'escalated')
        and c.facts ->> 'release' = r.version limit ${countedUpTo}
      ) c join issues i on i.id = c.issue_id and i.project_id = r.project_id) as regressed
    from releases r
    left join lateral (
      select sum(events) filter (where hour > ${ago(24)}) as day,
        sum(crashes) filter (where hour > ${ago(168)}) as week,
        sum(crashes) filter (where hour <= ${ago(168)}) as before
      from release_hours h where h.project_id = r.project_id and h.version = r.version and h.hour > ${ago(336)}
    ) h on true
    left join lateral (
      select sum(sessions) as sessions, sum(crashed) as crashed
      from session_hours s where s.project_id = r.project_id and s.version = r.version and s.hour > ${ago(168)}
    ) s on true`
}

type Flat = {
  version: string
  events: number
  users: number
  crashes: number
  first_seen_at: Date
  last_seen_at: Date
  day: number
  week: number
  before: number
  new_issues: number
  regressed: number
  sessions: number
  sessions_crashed: number
}

function toRow(row: Flat): ReleaseRow {
  return {
    version: row.version,
    events: row.events,
    users: row.users,
    crashes: row.crashes,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    eventsOfDay: row.day,
    crashesOfWeek: row.week,
    crashesBefore: row.before,
    newIssues: row.new_issues,
    regressed: row.regressed,
    sessionsOfWeek: row.sessions,
    sessionsCrashed: row.sessions_crashed,
  }
}

/** One page, those first seen last on top. */
export async function listReleases(
  db: Database,
  projectId: number,
  page: { readonly after: ReleasePlace | null; readonly limit: number; readonly now: Date },
): Promise<ReleaseRow[]> {
  const beyond = page.after
    ? sql`(r.first_seen_at, r.version) < (${page.after.firstSeenAt}::timestamptz, ${page.after.version})`
    : sql`true`
  const { rows } = await sql<Flat>`
    select ${facts(page.now)}
    where r.project_id = ${projectId} and ${beyond}
    order by r.first_seen_at desc, r.version desc limit ${page.limit}`.execute(db)
  return rows.map(toRow)
}

export async function findRelease(
  db: Database,
  projectId: number,
  version: string,
  now: Date,
): Promise<ReleaseRow | undefined> {
  const { rows } = await sql<Flat>`
    select ${facts(now)} where r.project_id = ${projectId} and r.version = ${version}`.execute(db)
  return rows[0] && toRow(rows[0])
}

/** Events of a project in the last 24 hours, all releases and none. */
export async function countProjectDay(db: Database, projectId: number, now: Date): Promise<number> {
  const row = await db
    .selectFrom('project_hours')
    .select((eb) => eb.cast<number>(eb.fn.coalesce(eb.fn.sum('events'), eb.lit(0)), 'bigint').as('events'))
    .where('project_id', '=', projectId)
    .where('hour', '>', new Date(now.getTime() - 24 * hourMs))
    .executeTakeFirst()
  return row?.events ?? 0
}

/** What a release brought in its first hours. */
export async function countFirstHours(
  db: Database,
  projectId: number,
  release: Pick<ReleaseRow, 'version' | 'firstSeenAt'>,
  hours: number,
): Promise<{ events: number; crashes: number }> {
  const start = Math.floor(release.firstSeenAt.getTime() / hourMs) * hourMs
  const row = await db
    .selectFrom('release_hours')
    .select((eb) => [
      eb.cast<number>(eb.fn.coalesce(eb.fn.sum('events'), eb.lit(0)), 'bigint').as('events'),
      eb.cast<number>(eb.fn.coalesce(eb.fn.sum('crashes'), eb.lit(0)), 'bigint').as('crashes'),
    ])
    .where('project_id', '=', projectId)
    .where('version', '=', release.version)
    .where('hour', '>=', new Date(start))
    .where('hour', '<', new Date(start + hours * hourMs))
    .executeTakeFirst()
  return row ?? { events: 0, crashes: 0 }
}

/**
 * Issues that were seen in one release and not in another, most events first.
 * @returns ids with their events in that release, and how many there are, counted up to 1,000
 */
export async function listOnlyIn(
  db: Database,
  projectId: number,
  versions: { readonly only: string; readonly notIn: string },
  limit: number,
): Promise<{ issues: { id: number; events: number }[]; count: number }> {
  const { rows } = await sql<{ id: number; events: number; count: number }>`
    select id, events, count(*) over ()::int as count from (
      select i.id, r.events from issue_releases r join issues i on i.id = r.issue_id
      where r.release = ${versions.only} and i.project_id = ${projectId} and i.status <> 'merged'
        and not exists (select from issue_releases o where o.issue_id = i.id and o.release = ${versions.notIn})
      limit ${countedUpTo}
    ) only_in order by events desc, id desc limit ${limit}`.execute(db)
  return { issues: rows.map(({ id, events }) => ({ id, events })), count: rows[0]?.count ?? 0 }
}
