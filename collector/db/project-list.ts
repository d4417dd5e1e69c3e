// The list of projects with what it shows at a glance. Reads rollups only; each project costs its last 24
// hours, a bounded count and one row of its newest release.
import { sql } from 'kysely'
import { otherName } from './bound-names.ts'
import type { Database } from './database.ts'
import { type HourCounts, hourCounts, readHourCounts } from './hour-counts.ts'
import { isInOrder } from './release-lines.ts'
import { dayOf } from './store-days.ts'

export type ProjectListRow = {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly platform: string | null
  readonly repository: string | null
  readonly createdAt: Date
  readonly lastEventAt: Date | null
  /** Counted up to the bound + 1. */
  readonly unresolved: number
  /** Outliers decide nothing, and are not it. */
  readonly newestRelease: string | null
  /** Events of the newest release within the hours asked for. */
  readonly newestReleaseEvents: number
  /** Something of these hours had no issue, release or environment of its own any more. */
  readonly hasOthers: boolean
  /** Of the UTC day so far. */
  readonly usersToday: number
  /** Fatal or unhandled events of the last seven UTC days, and of the seven before. */
  readonly crashesOfWeek: number
  readonly crashesBefore: number
  /** Hour (ms) to events of it, all levels. */
  readonly hours: ReadonlyMap<number, number>
}

/**
 * All projects by slug.
 * @param from  start of the first hour wanted
 * @param bound unresolved issues are counted up to here and one more
 */
export async function listProjectsAtAGlance(
  db: Database,
  from: Date,
  bound: number,
  scope: { readonly projectIds: readonly number[] | null; readonly now: Date },
): Promise<ProjectListRow[]> {
  const today = dayOf(scope.now)
  const daysAgo = (days: number) => new Date(today.getTime() - days * 86_400_000)
  const within =
    scope.projectIds === null
      ? sql`true`
      : scope.projectIds.length === 0
        ? sql`false`
        : sql`p.id in (${sql.join(scope.projectIds)})`
  const { rows } = await sql<{
    id: number
    slug: string
    name: string
    platform: string | null
    repository: string | null
    created_at: Date
    last_event_at: Date | null
    unresolved: number
    newest_release: string | null
    newest_release_events: number
    has_others: boolean
    users_today: number
    crashes_week: number
    crashes_before: number
    hours: HourCounts
  }>`
    select p.id, p.slug, p.name, p.platform, p.repository, p.created_at, p.last_event_at,
      (select count(*)::int from (
        select 1 from issues i where i.project_id = p.id and i.status = 'unresolved' limit ${bound + 1}
      ) counted) as unresolved,
      newest.version as newest_release,
      coalesce((select sum(h.events) from release_hours h where h.project_id = p.id and h.hour >= ${from}
        and h.version = newest.version), 0)::bigint as newest_release_events,
      (exists (select from issues i where i.project_id = p.id and i.gathers_others and i.last_seen_at >= ${from})
        or exists (select from releases r where r.project_id = p.id and r.version = ${otherName}
          and r.last_seen_at >= ${from})
        or exists (select from issue_environments e where e.project_id = p.id
          and e.environment = ${otherName} and e.last_seen_at >= ${from})) as has_others,
      coalesce(d.users_today, 0)::bigint as users_today, coalesce(d.week, 0)::bigint as crashes_week,
      coalesce(d.before, 0)::bigint as crashes_before,
      (select ${hourCounts('h')} from project_hours h where h.project_id = p.id and h.hour >= ${from}) as hours
    from projects p
    left join lateral (
      select r.version from releases r where r.project_id = p.id and ${isInOrder}
      order by r.first_seen_at desc, r.version desc limit 1
    ) newest on true
    left join lateral (
      select sum(users) filter (where day = ${today}) as users_today,
        sum(crashes) filter (where day > ${daysAgo(7)}) as week,
        sum(crashes) filter (where day <= ${daysAgo(7)}) as before
      from project_days where project_id = p.id and day > ${daysAgo(14)}
    ) d on true
    where ${within} order by p.slug`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    slug: row.slug,
    name: row.name,
    platform: row.platform,
    repository: row.repository,
    createdAt: row.created_at,
    lastEventAt: row.last_event_at,
    unresolved: row.unresolved,
    newestRelease: row.newest_release,
    newestReleaseEvents: row.newest_release_events,
    hasOthers: row.has_others,
    usersToday: row.users_today,
    crashesOfWeek: row.crashes_week,
    crashesBefore: row.crashes_before,
    hours: readHourCounts(row.hours),
  }))
}

/**
 * Versions seen last, of those whose name has `part` in it.
 * @param perProject only the newest of each project are read
 */
export async function listNewestReleases(
  db: Database,
  projectIds: readonly number[] | null,
  part: string,
  limit: number,
  perProject = 50,
): Promise<string[]> {
  const projects =
    projectIds === null
      ? sql`true`
      : projectIds.length === 0
        ? sql`false`
        : sql`p.id in (${sql.join(projectIds)})`
  const { rows } = await sql<{ version: string }>`
    select version from (
      select r.version, r.last_seen_at from projects p cross join lateral (
        select version, last_seen_at from releases r where r.project_id = p.id
        order by r.first_seen_at desc, r.version desc limit ${perProject}
      ) r where ${projects}
    ) newest
    where position(lower(${part}) in lower(version)) > 0
    group by version order by max(last_seen_at) desc, version desc limit ${limit}`.execute(db)
  return rows.map((row) => row.version)
}

export type FilingError = {
  readonly repository: string
  readonly error: string
  readonly at: Date
  /** Slug of the first project that files there; null: none does any more. */
  readonly project: string | null
}

/**
 * Repositories that refuse: alerts and storms that failed for good wait for them, or the last poll was refused;
 * with the tracker's latest words, one row each, since the first of them failed. A project without a repository is
 * named by its slug.
 * @param defaultRepository that of projects without their own
 * @param projectIds whose settings may be named as the place to mend it; null: all
 */
export async function listFilingErrors(
  db: Database,
  {
    defaultRepository,
    projectIds,
  }: { defaultRepository: string | null; projectIds: readonly number[] | null },
): Promise<FilingError[]> {
  const inScope =
    projectIds === null
      ? sql`true`
      : projectIds.length === 0
        ? sql`false`
        : sql`p.id in (${sql.join(projectIds)})`
  const { rows } = await sql<{ repository: string; error: string; at: Date; project: string | null }>`
    select refused.*, (select p.slug from projects p
      where coalesce(p.repository, ${defaultRepository}::text, p.slug) = refused.repository and ${inScope}
      order by p.id limit 1) as project
    from (
      select repository, (array_agg(error order by at desc nulls last))[1] as error, min(at) as at from (
        select repository, error, error_at as at from tracker_repositories where error is not null
        union all
        select coalesce(p.repository, ${defaultRepository}::text, p.slug), w.error, w.error_at from (
          select project_id, error, error_at from alerts where done_at is null and permanent
          union all
          select project_id, error, error_at from storms where run_at is not null and permanent
        ) w join projects p on p.id = w.project_id
      ) failed
      group by repository order by repository limit 20
    ) refused order by refused.repository`.execute(db)
  return rows.map((row) => ({ ...row, at: row.at ?? new Date(0) }))
}
