// The list of issues: filtered, sorted, paged by key. What a page costs follows the page and the number of
// projects, not the number of issues or events: each project and status is walked along its own index
// (project_id, status, <sort>, id) for at most one page, and those pages are merged.
import { type RawBuilder, sql } from 'kysely'
import type { Level } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import type { AlertRule, IssueStatus } from './schema.ts'

export const issueSorts = ['last-seen', 'newest', 'events', 'users'] as const
export type IssueSort = (typeof issueSorts)[number]

export type IssueFilter = {
  readonly statuses: readonly IssueStatus[]
  /** null: all projects. */
  readonly projectId: number | null
  readonly environment: string | null
  /** Part of the title or culprit, any case. */
  readonly text: string | null
  /** Absent or empty: all. */
  readonly levels?: readonly Level[]
}

/** Place of a row in a sorting: its value (ms since 1970 for moments) and id. */
export type IssuePlace = { readonly value: number; readonly id: number }

export type IssueListRow = {
  readonly id: number
  readonly number: number
  readonly projectSlug: string
  readonly projectPlatform: string | null
  readonly platform: string
  readonly title: string
  readonly titleType: string | null
  readonly titleValue: string
  readonly culprit: string
  readonly level: Level
  readonly status: IssueStatus
  readonly statusReason: string
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly eventCount: number
  readonly userCount: number
  readonly lastRelease: string | null
  readonly regressions: number
  readonly inEpisode: boolean
  readonly closedAt: Date | null
  readonly alert: {
    readonly rule: AlertRule
    readonly createdAt: Date
    readonly error: string | null
    readonly permanent: boolean
    readonly done: boolean
  } | null
  readonly trackerIssue: { readonly number: number; readonly state: 'open' | 'closed' } | null
}

const sortColumns = {
  'last-seen': 'last_seen_at',
  newest: 'first_seen_at',
  events: 'event_count',
  users: 'user_count',
} as const satisfies Record<IssueSort, string>

/** Where a row stands in a sorting: what the next page starts after. */
export function placeOf(row: IssueListRow, sort: IssueSort): IssuePlace {
  const value = {
    'last-seen': row.lastSeenAt.getTime(),
    newest: row.firstSeenAt.getTime(),
    events: row.eventCount,
    users: row.userCount,
  }[sort]
  return { value, id: row.id }
}

/** `%`, `_` and `\` stand for themselves. */
function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/** Conditions on `i` beyond project and status. */
function conditions(filter: IssueFilter): RawBuilder<unknown> {
  const parts = [sql`true`]
  if (filter.environment !== null) {
    parts.push(sql`exists (
      select from issue_environments e
      where e.project_id = i.project_id and e.environment = ${filter.environment} and e.issue_id = i.id)`)
  }
  if (filter.text) {
    const pattern = likePattern(filter.text)
    parts.push(sql`(i.title ilike ${pattern} or i.culprit ilike ${pattern})`)
  }
  if (filter.levels && filter.levels.length > 0) parts.push(sql`i.level in (${sql.join(filter.levels)})`)
  return sql.join(parts, sql` and `)
}

/** One row per project and status to look in. */
function places(filter: IssueFilter): RawBuilder<unknown> {
  const statuses = sql.join(filter.statuses.map((status) => sql`(${status}::text)`))
  const project = filter.projectId === null ? sql`true` : sql`p.id = ${filter.projectId}`
  return sql`(select p.id as project_id, s.status from projects p cross join (values ${statuses}) s(status) where ${project}) place`
}

/**
 * One page, best first.
 * @param after place of the last row of the page before; null: the first page
 * @param limit rows at most; ask for one more than is shown to know whether there is a next page
 */
export async function listIssues(
  db: Database,
  filter: IssueFilter,
  sort: IssueSort,
  after: IssuePlace | null,
  limit: number,
): Promise<IssueListRow[]> {
  if (filter.statuses.length === 0) return []
  const column = sql.ref(`i.${sortColumns[sort]}`)
  const isMoment = sort === 'last-seen' || sort === 'newest'
  const value = after && (isMoment ? sql`${new Date(after.value)}::timestamptz` : sql`${after.value}::bigint`)
  const beyond = after ? sql`(${column}, i.id) < (${value}, ${after.id}::bigint)` : sql`true`
  const { rows } = await sql<FlatRow>`
    select i.*, p.slug as project_slug, p.platform as project_platform,
      a.rule, a.created_at as alert_at, a.error as alert_error, a.permanent, a.done_at,
      t.number as tracker_number, t.state as tracker_state
    from (
      select i.* from ${places(filter)}
      cross join lateral (
        select i.id, i.project_id, i.number, i.platform, i.title, i.title_type, i.title_value, i.culprit, i.level,
          i.status, i.status_reason, i.first_seen_at, i.last_seen_at, i.event_count, i.user_count, i.last_release,
          i.regressions, i.episode, i.in_episode, i.closed_at
        from issues i
        where i.project_id = place.project_id and i.status = place.status
          and ${beyond} and ${conditions(filter)}
        order by ${column} desc, i.id desc limit ${limit}
      ) i
      order by ${column} desc, i.id desc limit ${limit}
    ) i
    join projects p on p.id = i.project_id
    left join alerts a on a.issue_id = i.id and a.episode = i.episode
    left join tracker_issues t on t.issue_id = i.id and t.episode = i.episode
    order by ${column} desc, i.id desc`.execute(db)
  return rows.map(toRow)
}

type FlatRow = {
  id: number
  number: number
  project_slug: string
  project_platform: string | null
  platform: string
  title: string
  title_type: string | null
  title_value: string
  culprit: string
  level: Level
  status: IssueStatus
  status_reason: string
  first_seen_at: Date
  last_seen_at: Date
  event_count: number
  user_count: number
  last_release: string | null
  regressions: number
  in_episode: boolean
  closed_at: Date | null
  rule: AlertRule | null
  alert_at: Date | null
  alert_error: string | null
  permanent: boolean | null
  done_at: Date | null
  tracker_number: number | null
  tracker_state: 'open' | 'closed' | null
}

function toRow(row: FlatRow): IssueListRow {
  return {
    id: row.id,
    number: row.number,
    projectSlug: row.project_slug,
    projectPlatform: row.project_platform,
    platform: row.platform,
    title: row.title,
    titleType: row.title_type,
    titleValue: row.title_value,
    culprit: row.culprit,
    level: row.level,
    status: row.status,
    statusReason: row.status_reason,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    eventCount: row.event_count,
    userCount: row.user_count,
    lastRelease: row.last_release,
    regressions: row.regressions,
    inEpisode: row.in_episode,
    closedAt: row.closed_at,
    alert:
      row.rule && row.alert_at
        ? {
            rule: row.rule,
            createdAt: row.alert_at,
            error: row.alert_error,
            permanent: row.permanent ?? false,
            done: row.done_at !== null,
          }
        : null,
    trackerIssue:
      row.tracker_number !== null && row.tracker_state
        ? { number: row.tracker_number, state: row.tracker_state }
        : null,
  }
}

/** How many match, counted up to `bound` + 1 only. */
export async function countIssues(db: Database, filter: IssueFilter, bound: number): Promise<number> {
  if (filter.statuses.length === 0) return 0
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select 1 from ${places(filter)}
      cross join lateral (
        select 1 from issues i
        where i.project_id = place.project_id and i.status = place.status and ${conditions(filter)}
        limit ${bound + 1}
      ) i limit ${bound + 1}
    ) counted`.execute(db)
  return rows[0]?.count ?? 0
}

/** Environments there are, at most 50 a project; hops along the index instead of reading it. */
export async function listEnvironments(db: Database, projectId: number | null): Promise<string[]> {
  const project = projectId === null ? sql`true` : sql`p.id = ${projectId}`
  const { rows } = await sql<{ environment: string }>`
    select distinct found.environment from projects p
    cross join lateral (
      with recursive hop as (
        (select e.environment from issue_environments e where e.project_id = p.id order by e.environment limit 1)
        union all
        select (select e.environment from issue_environments e
          where e.project_id = p.id and e.environment > hop.environment order by e.environment limit 1)
        from hop where hop.environment is not null
      )
      select hop.environment from hop where hop.environment is not null limit 50
    ) found
    where ${project} order by found.environment limit 50`.execute(db)
  return rows.map((row) => row.environment)
}

/**
 * Events of each hour for the issues of one page.
 * @param from start of the first hour
 * @returns by issue, then by hour (ms); hours without events are missing
 */
export async function listHoursOfIssues(
  db: Database,
  issueIds: readonly number[],
  from: Date,
): Promise<Map<number, Map<number, number>>> {
  const hours = new Map<number, Map<number, number>>()
  if (issueIds.length === 0) return hours
  const rows = await db
    .selectFrom('issue_hours')
    .select(['issue_id', 'hour', 'events'])
    .where('issue_id', 'in', [...issueIds])
    .where('hour', '>=', from)
    .execute()
  for (const row of rows) {
    const own = hours.get(row.issue_id) ?? new Map<number, number>()
    own.set(row.hour.getTime(), row.events)
    hours.set(row.issue_id, own)
  }
  return hours
}
