// Issues as the API lists and finds them: filtered, sorted, one page at a time by key. A page costs the
// same however many issues there are or how deep it is; only free text reads along the index until it has
// enough.
import type { Selectable } from 'kysely'
import type { Level } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import type { DB, IssueStatus } from './schema.ts'

export type Issue = {
  readonly id: number
  readonly projectId: number
  readonly number: number
  readonly title: string
  readonly titleType: string | null
  readonly titleValue: string
  readonly culprit: string
  readonly level: Level
  readonly platform: string
  readonly handled: boolean | null
  readonly status: IssueStatus
  readonly statusReason: string
  readonly statusAt: Date
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly eventCount: number
  readonly userCount: number
  readonly firstRelease: string | null
  readonly lastRelease: string | null
  readonly episode: number
  readonly regressions: number
  readonly fixedInRelease: string | null
}

export const issueSorts = ['date', 'new', 'freq', 'user'] as const
export type IssueSort = (typeof issueSorts)[number]

export type IssueFilter = {
  /** Empty: all. */
  readonly statuses: readonly IssueStatus[]
  readonly levels: readonly Level[]
  /** Seen in any of these; empty: all. */
  readonly environments: readonly string[]
  readonly releases: readonly string[]
  /** Each must occur in title or culprit, in any case of letters. */
  readonly words: readonly string[]
}

export type IssuePage = {
  readonly sort: IssueSort
  readonly limit: number
  /** Sort value (ms for moments) and id of the last issue already shown. */
  readonly after: { readonly value: number; readonly id: number } | undefined
}

const columns = {
  date: 'last_seen_at',
  new: 'first_seen_at',
  freq: 'event_count',
  user: 'user_count',
} as const

const allStatuses: readonly IssueStatus[] = ['unresolved', 'resolving', 'resolved', 'ignored']

/** What an issue is sorted by: ms since 1970, or a count. */
export function sortValue(issue: Issue, sort: IssueSort): number {
  if (sort === 'date') return issue.lastSeenAt.getTime()
  if (sort === 'new') return issue.firstSeenAt.getTime()
  return sort === 'freq' ? issue.eventCount : issue.userCount
}

function toIssue(row: Selectable<DB['issues']>): Issue {
  return {
    id: row.id,
    projectId: row.project_id,
    number: row.number,
    title: row.title,
    titleType: row.title_type,
    titleValue: row.title_value,
    culprit: row.culprit,
    level: row.level,
    platform: row.platform,
    handled: row.handled,
    status: row.status,
    statusReason: row.status_reason,
    statusAt: row.status_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    eventCount: row.event_count,
    userCount: row.user_count,
    firstRelease: row.first_release,
    lastRelease: row.last_release,
    episode: row.episode,
    regressions: row.regressions,
    fixedInRelease: row.fixed_in_release,
  }
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')

/** One page of one status, walking that status's index in its own order. */
async function listOfStatus(
  db: Database,
  projectId: number,
  status: IssueStatus,
  filter: IssueFilter,
  { sort, limit, after }: IssuePage,
): Promise<Issue[]> {
  const column = columns[sort]
  let query = db
    .selectFrom('issues')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('status', '=', status)
    .orderBy(column, 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
  if (after) {
    const value = sort === 'date' || sort === 'new' ? new Date(after.value) : after.value
    query = query.where((eb) => eb(eb.refTuple(column, 'id'), '<', eb.tuple(eb.val(value as never), after.id)))
  }
  if (filter.levels.length > 0) query = query.where('level', 'in', [...filter.levels])
  if (filter.environments.length > 0) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('issue_environments')
          .select('issue_id')
          .whereRef('issue_environments.issue_id', '=', 'issues.id')
          .where('environment', 'in', [...filter.environments]),
      ),
    )
  }
  if (filter.releases.length > 0) {
    query = query.where((eb) =>
      eb.exists(
        eb
          .selectFrom('issue_releases')
          .select('issue_id')
          .whereRef('issue_releases.issue_id', '=', 'issues.id')
          .where('release', 'in', [...filter.releases]),
      ),
    )
  }
  for (const word of filter.words) {
    const pattern = `%${escapeLike(word)}%`
    query = query.where((eb) => eb.or([eb('title', 'ilike', pattern), eb('culprit', 'ilike', pattern)]))
  }
  return (await query.execute()).map(toIssue)
}

/**
 * One page of a project's issues, highest sort value first. One query a status and a merge: an index on
 * (project, status, value) has no order across statuses, and sorting all of them would cost by their number.
 */
export async function listIssues(
  db: Database,
  projectId: number,
  filter: IssueFilter,
  page: IssuePage,
): Promise<Issue[]> {
  const statuses = filter.statuses.length > 0 ? filter.statuses : allStatuses
  const found: Issue[] = []
  for (const status of new Set(statuses)) {
    found.push(...(await listOfStatus(db, projectId, status, filter, page)))
  }
  return found
    .sort((a, b) => sortValue(b, page.sort) - sortValue(a, page.sort) || b.id - a.id)
    .slice(0, page.limit)
}

/** @param id the installation-wide number, or project slug and the issue's number within (its short id) */
export async function findIssue(
  db: Database,
  id: number | { readonly slug: string; readonly number: number },
): Promise<Issue | undefined> {
  const query = db.selectFrom('issues').selectAll('issues')
  const row = await (typeof id === 'number'
    ? query.where('issues.id', '=', id)
    : query
        .innerJoin('projects', 'projects.id', 'issues.project_id')
        .where('projects.slug', '=', id.slug)
        .where('issues.number', '=', id.number)
  ).executeTakeFirst()
  return row && toIssue(row)
}

/** Those of the ids that are issues of this project; a foreign one is not told apart from none. */
export async function listIssuesById(db: Database, projectId: number, ids: readonly number[]): Promise<Issue[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('issues')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', 'in', [...ids])
    .orderBy('id')
    .execute()
  return rows.map(toIssue)
}

export type IssueExtras = {
  /** Events of each hour from the given moment on; hours without are missing. */
  readonly hours: ReadonlyMap<number, number>
  /** The newest tracker issue. */
  readonly trackerIssue: {
    readonly repository: string
    readonly number: number
    readonly url: string
    readonly state: 'open' | 'closed'
    readonly episode: number
  } | null
}

/** What a list shows beside each issue's own row. @param since start of an hour */
export async function findIssueExtras(
  db: Database,
  ids: readonly number[],
  since: Date,
): Promise<(id: number) => IssueExtras> {
  const hours = new Map<number, Map<number, number>>()
  const trackers = new Map<number, IssueExtras['trackerIssue']>()
  if (ids.length > 0) {
    const counts = await db
      .selectFrom('issue_hours')
      .selectAll()
      .where('issue_id', 'in', [...ids])
      .where('hour', '>=', since)
      .execute()
    for (const row of counts) {
      const own = hours.get(row.issue_id) ?? new Map<number, number>()
      hours.set(row.issue_id, own.set(row.hour.getTime(), row.events))
    }
    const filed = await db
      .selectFrom('tracker_issues')
      .select(['issue_id', 'repository', 'number', 'url', 'state', 'episode'])
      .where('issue_id', 'in', [...ids])
      .orderBy('episode')
      .execute()
    for (const { issue_id, ...tracker } of filed) trackers.set(issue_id, tracker)
  }
  return (id) => ({ hours: hours.get(id) ?? new Map(), trackerIssue: trackers.get(id) ?? null })
}

/** How many events carry each tag key, most first. */
export async function listIssueTagKeys(db: Database, issueId: number): Promise<{ key: string; events: number }[]> {
  const rows = await db
    .selectFrom('issue_tags')
    .select('key')
    .select((eb) => eb.fn.sum<string>('events').as('events'))
    .where('issue_id', '=', issueId)
    .groupBy('key')
    .execute()
  return rows
    .map((row) => ({ key: row.key, events: Number(row.events) }))
    .sort((a, b) => b.events - a.events || a.key.localeCompare(b.key))
}

/** A moment for a keyset over events; see `listProjectEvents`. */
export type EventPlace = { readonly receivedAt: Date; readonly eventId: string }
