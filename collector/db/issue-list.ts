// The list of issues: filtered, sorted, paged by key. What a page costs follows the page and the number of
// projects, not the number of issues or events: each project and status is walked along its own index
// (project_id, status, <sort>, id), by time in spans that widen while there is too little, by counts for a few rows
// first, and what is found is merged. Where a term is met by few and an index finds them, or they are known by id, those
// are sorted instead. By urgency the open alarms come first (alerts of the last day that nobody has
// in hand), then the rest by when it was last seen.
import { type RawBuilder, sql } from 'kysely'
import type { Level } from '../pipeline/event.ts'
import type { Term } from '../search/parse.ts'
import type { Database } from './database.ts'
import { hourCounts, readHourCounts } from './hour-counts.ts'
import { rareCondition, termConditions } from './issue-terms.ts'
import type { AlertRule, IssueStatus } from './schema.ts'

export const issueSorts = ['urgency', 'newest', 'last-seen', 'events', 'users'] as const
export type IssueSort = (typeof issueSorts)[number]
type ColumnSort = Exclude<IssueSort, 'urgency'>

export type IssueFilter = {
  readonly statuses: readonly IssueStatus[]
  /** null: all projects. */
  readonly projectIds: readonly number[] | null
  readonly terms: readonly Term[]
  readonly now: Date
  /** Who asks, for `assigned:me`; null: a script. */
  readonly me: number | null
  /** Only these, some thousand at most; absent: all. */
  readonly ids?: readonly number[]
}

/**
 * Place of a row in a sorting: its value (ms since 1970 for moments) and id; by urgency also the rank of its
 * alarm, 0 for none.
 */
export type IssuePlace = { readonly rank: number; readonly value: number; readonly id: number }

export type IssueListRow = {
  readonly id: number
  readonly number: number
  readonly projectId: number
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
  readonly statusAt: Date
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly eventCount: number
  readonly userCount: number
  readonly lastRelease: string | null
  readonly fixedInRelease: string | null
  readonly regressions: number
  readonly inEpisode: boolean
  readonly closedAt: Date | null
  /** Length of the quiet period that runs, or ran last; null: the installation's. */
  readonly quietMs: number | null
  readonly snoozedUntil: Date | null
  /** So many more events, and it is heard of again; null: not put off by a count. */
  readonly snoozedForEvents: number | null
  readonly snoozedAt: Date | null
  readonly snoozedBy: string | null
  readonly assignee: { readonly id: number; readonly name: string } | null
  readonly alert: {
    readonly rule: AlertRule
    readonly createdAt: Date
    readonly facts: Readonly<Record<string, unknown>>
    readonly error: string | null
    readonly permanent: boolean
    readonly done: boolean
    readonly acknowledgedAt: Date | null
    readonly acknowledgedBy: string | null
  } | null
  readonly trackerIssue: { readonly number: number; readonly state: 'open' | 'closed' } | null
  /** Rank of its open alarm, see `alarmRank`; 0: none. */
  readonly rank: number
}

const sortColumns = {
  'last-seen': 'last_seen_at',
  newest: 'first_seen_at',
  events: 'event_count',
  users: 'user_count',
} as const satisfies Record<ColumnSort, string>

// An alarm stays until somebody has it, at most a day (interface.md, section 3).
export const alarmMs = 86_400_000

/**
 * Most urgent first: escalated, fatal, burst, regressed, and what only waits to be filed. For alerts `a` of
 * issues `i`.
 */
function alarmRank(now: Date): RawBuilder<unknown> {
  const since = new Date(now.getTime() - alarmMs)
  return sql`(case
    when a.created_at <= ${since} or a.rule in ('slow_burn', 'by_hand') then 1
    when a.rule = 'escalation' then 5
    when a.rule = 'fatal' or i.level = 'fatal' then 4
    when a.rule = 'burst' then 3
    else 2 end)`
}

/** Whether an alert `a` of the running episode of `i` still asks for somebody. */
export function isAlarm(now: Date): RawBuilder<unknown> {
  const since = new Date(now.getTime() - alarmMs)
  return sql`(i.status = 'unresolved' and i.in_episode and a.acknowledged_at is null
    and coalesce(i.snoozed_until <= ${now}, true) and coalesce(i.event_count >= i.snoozed_until_events, true)
    and ((a.created_at > ${since} and a.rule not in ('slow_burn', 'by_hand')) or (a.done_at is null and a.error is not null)))`
}

/**
 * Alerts `a` of a storm of the last day: the start page shows and counts a storm as one. Older ones that still wait
 * to be filed stand alone.
 */
export function isOfStorm(now: Date): RawBuilder<unknown> {
  return sql`(a.storm_id is not null and a.created_at > ${new Date(now.getTime() - alarmMs)})`
}

/** Where a row stands in a sorting: what the next page starts after. */
export function placeOf(row: IssueListRow, sort: IssueSort): IssuePlace {
  const urgent = row.rank > 0 && row.alert ? row.alert.createdAt : row.lastSeenAt
  const value = {
    urgency: urgent.getTime(),
    'last-seen': row.lastSeenAt.getTime(),
    newest: row.firstSeenAt.getTime(),
    events: row.eventCount,
    users: row.userCount,
  }[sort]
  return { rank: sort === 'urgency' ? row.rank : 0, value, id: row.id }
}

/** Whether a column of project ids is in scope. */
export function inProjects(
  column: RawBuilder<unknown>,
  filter: Pick<IssueFilter, 'projectIds'>,
): RawBuilder<unknown> {
  if (filter.projectIds === null) return sql`true`
  if (filter.projectIds.length === 0) return sql`false`
  return sql`${column} in (${sql.join(filter.projectIds)})`
}

/** Flags that only an issue in an episode has: resolved and ignored ones are not looked at. */
const flagsOfEpisodes: readonly string[] = ['acknowledged', 'regressed', 'escalated']

function statusesOf(filter: IssueFilter): readonly IssueStatus[] {
  const isOfEpisodes = filter.terms.some(
    (term) => term.kind === 'flag' && !term.not && flagsOfEpisodes.includes(term.flag),
  )
  return isOfEpisodes
    ? filter.statuses.filter((status) => status === 'unresolved' || status === 'resolving')
    : filter.statuses
}

/** One row per project and status to look in. */
function places(filter: IssueFilter): RawBuilder<unknown> {
  const statuses = sql.join(statusesOf(filter).map((status) => sql`(${status}::text)`))
  return sql`(select p.id as project_id, s.status from projects p cross join (values ${statuses}) s(status)
    where ${inProjects(sql`p.id`, filter)}) place`
}

const inPlace = (filter: IssueFilter) => ({ ...filter, project: sql`place.project_id` })

/** One of these ids. As one parameter, however many. */
const isOneOf = (ids: readonly number[]) =>
  sql`i.id = any(string_to_array(${ids.join(',')}::text, ',')::bigint[])`

/** Issues that match, where they can be found by a condition that few meet; null: where they can't. */
function fewThatMatch(filter: IssueFilter): RawBuilder<unknown> | null {
  const rare = filter.ids ? isOneOf(filter.ids) : rareCondition(filter.terms, filter.me)
  return (
    rare &&
    sql`from issues i where ${rare} and i.status in (${sql.join(statusesOf(filter))})
      and ${inProjects(sql`i.project_id`, filter)} and ${termConditions(filter.terms, filter)}`
  )
}

type Found = { readonly id: number; readonly rank: number }

/** Not a join: planning seven tables in every order would take longer than reading them. */
const nameOf = (person: RawBuilder<unknown>) => sql`(select name from people where people.id = ${person})`

/** What a list shows of the issues that were found, in their order. */
async function selectRows(db: Database, found: readonly Found[]): Promise<IssueListRow[]> {
  if (found.length === 0) return []
  const { rows } = await sql<FlatRow>`
    select i.id, i.project_id, i.number, i.platform, i.title, i.title_type, i.title_value, i.culprit, i.level,
      i.status, i.status_reason, i.status_at, i.first_seen_at, i.last_seen_at, i.event_count, i.user_count,
      i.last_release, i.fixed_in_release, i.regressions, i.in_episode, i.closed_at, i.quiet_ms, i.snoozed_until,
      i.snoozed_until_events, i.snoozed_at,
      p.slug as project_slug, p.platform as project_platform,
      a.rule, a.facts, a.created_at as alert_at, a.error as alert_error, a.permanent, a.done_at,
      a.acknowledged_at, ${nameOf(sql`a.acknowledged_by`)} as acknowledged_by,
      ${nameOf(sql`i.snoozed_by`)} as snoozed_by_name, i.assignee_id, ${nameOf(sql`i.assignee_id`)} as assignee_name,
      t.number as tracker_number, t.state as tracker_state
    from issues i
    join projects p on p.id = i.project_id
    left join alerts a on a.issue_id = i.id and a.episode = i.episode
    left join tracker_issues t on t.issue_id = i.id and t.episode = i.episode
    where i.id in (${sql.join(found.map(({ id }) => id))})`.execute(db)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return found.flatMap(({ id, rank }) => {
    const row = byId.get(id)
    return row ? [toRow(row, Number(rank))] : []
  })
}

/**
 * Issues that ask for somebody, most urgent first and the newest first inside a kind. Reads the alerts of the
 * last day that nobody has in hand.
 * @param more.withoutStorms leaves out those that a storm stands for
 */
export async function listAlarms(
  db: Database,
  filter: IssueFilter,
  after: IssuePlace | null,
  limit: number,
  more: { readonly withoutStorms?: boolean } = {},
): Promise<IssueListRow[]> {
  return selectRows(db, await findAlarms(db, filter, after, limit, more))
}

async function findAlarms(
  db: Database,
  filter: IssueFilter,
  after: IssuePlace | null,
  limit: number,
  more: { readonly withoutStorms?: boolean },
): Promise<Found[]> {
  if (!filter.statuses.includes('unresolved')) return []
  const beyond = after
    ? sql`(${alarmRank(filter.now)}, a.created_at, i.id) < (${after.rank}::int, ${new Date(after.value)}::timestamptz, ${after.id}::bigint)`
    : sql`true`
  const { rows } = await sql<Found>`
    select i.id, ${alarmRank(filter.now)} as rank, a.created_at as at
    from ${openAlerts(filter.now)}
    join issues i on i.id = a.issue_id and i.episode = a.episode
    where ${isAlarm(filter.now)} and ${inProjects(sql`i.project_id`, filter)} and ${beyond}
      and ${filter.ids ? isOneOf(filter.ids) : sql`true`}
      and ${more.withoutStorms ? sql`not ${isOfStorm(filter.now)}` : sql`true`}
      and ${termConditions(filter.terms, filter)}
    order by rank desc, at desc, i.id desc limit ${limit}`.execute(db)
  return rows
}

/** Alerts that could be alarms: by index those of the last day, and those that wait to be filed. */
export function openAlerts(now: Date): RawBuilder<unknown> {
  const since = new Date(now.getTime() - alarmMs)
  return sql`(select * from alerts where created_at > ${since} and acknowledged_at is null
    union all select * from alerts where done_at is null and created_at <= ${since}) a`
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
  if (statusesOf(filter).length === 0) return []
  if (sort !== 'urgency') return selectRows(db, await findSorted(db, filter, sort, after, limit, false))
  const isPastAlarms = after !== null && after.rank === 0
  const alarms = isPastAlarms ? [] : await findAlarms(db, filter, after, limit, {})
  const rest =
    alarms.length >= limit
      ? []
      : await findSorted(db, filter, 'last-seen', isPastAlarms ? after : null, limit - alarms.length, true)
  return selectRows(db, [...alarms, ...rest])
}

const hourMs = 3_600_000
/** How far back a list by time looks first: rows are close together where they are many. */
const spansMs = [hourMs, 24 * hourMs]
/** Rows that are taken of each place at first. */
const fewOfPlace = 4

async function findSorted(
  db: Database,
  filter: IssueFilter,
  sort: ColumnSort,
  after: IssuePlace | null,
  limit: number,
  withoutAlarms: boolean,
): Promise<Found[]> {
  const column = sql.ref(`i.${sortColumns[sort]}`)
  const isMoment = sort === 'last-seen' || sort === 'newest'
  const value = after && (isMoment ? sql`${new Date(after.value)}::timestamptz` : sql`${after.value}::bigint`)
  const beyond = after ? sql`(${column}, i.id) < (${value}, ${after.id}::bigint)` : sql`true`
  const others = withoutAlarms
    ? sql`not exists (select from alerts a where a.issue_id = i.id and a.episode = i.episode and ${isAlarm(filter.now)})`
    : sql`true`
  const few = fewThatMatch(filter)
  if (few) {
    const { rows } = await sql<Found>`
      select i.id, 0 as rank ${few} and ${beyond} and ${others}
      order by ${column} desc, i.id desc limit ${limit}`.execute(db)
    return rows
  }
  const inPlaceWhere = (span: RawBuilder<unknown>) => sql`select i.id, ${column} as at from issues i
    where i.project_id = place.project_id and i.status = place.status
      and ${span} and ${beyond} and ${others} and ${termConditions(filter.terms, inPlace(filter))}
    order by ${column} desc, i.id desc`
  const newest = after ? after.value : filter.now.getTime()
  for (const [index, span] of isMoment ? spansMs.entries() : []) {
    const recent = inPlaceWhere(sql`${column} >= ${new Date(newest - span)}::timestamptz`)
    const { rows } = await sql<Found>`
      select i.id, 0 as rank from ${places(filter)} cross join lateral (${recent} limit ${limit}) i
      order by i.at desc, i.id desc limit ${limit}`.execute(db)
    if (rows.length >= limit) return rows
    // Going on like this the next span would not hold enough either.
    const next = spansMs[index + 1]
    if (next && (rows.length * next) / span < limit) break
  }
  return findBest(db, filter, inPlaceWhere(sql`true`), limit)
}

/**
 * The few best of each place, and more of those places that have all of their few among the best of all.
 * @param inPlaceOrder finds what a place has as `(id, at)`, best first
 */
async function findBest(
  db: Database,
  filter: IssueFilter,
  inPlaceOrder: RawBuilder<unknown>,
  limit: number,
): Promise<Found[]> {
  const few = Math.min(fewOfPlace, limit)
  const { rows } = await sql<Found>`
    with best as (
      select place.project_id, place.status, i.id, i.at from ${places(filter)}
      cross join lateral (${inPlaceOrder} limit ${few}) i
      order by i.at desc, i.id desc limit ${limit}
    ), more as (
      select i.id, i.at from (
        select project_id, status from best group by project_id, status having count(*) = ${few}
      ) place
      cross join lateral (${inPlaceOrder} offset ${few} limit ${limit}) i
    )
    select id, 0 as rank from (select id, at from best union all select id, at from more) i
    order by at desc, id desc limit ${limit}`.execute(db)
  return rows
}

/** Rows for these ids, whatever their state; those that don't exist or are out of scope are missing. */
export async function listIssuesById(
  db: Database,
  filter: Pick<IssueFilter, 'projectIds' | 'now'>,
  ids: readonly number[],
): Promise<IssueListRow[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<Found>`
    select i.id, coalesce((select ${alarmRank(filter.now)} from alerts a
      where a.issue_id = i.id and a.episode = i.episode and ${isAlarm(filter.now)}), 0) as rank
    from issues i where i.id in (${sql.join(ids)}) and ${inProjects(sql`i.project_id`, filter)}
    order by rank desc, i.last_seen_at desc, i.id desc`.execute(db)
  return selectRows(db, rows)
}

type FlatRow = {
  id: number
  project_id: number
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
  status_at: Date
  first_seen_at: Date
  last_seen_at: Date
  event_count: number
  user_count: number
  last_release: string | null
  fixed_in_release: string | null
  regressions: number
  in_episode: boolean
  closed_at: Date | null
  quiet_ms: number | null
  snoozed_until: Date | null
  snoozed_until_events: number | null
  snoozed_at: Date | null
  snoozed_by_name: string | null
  assignee_id: number | null
  assignee_name: string | null
  rule: AlertRule | null
  facts: Record<string, unknown> | null
  alert_at: Date | null
  alert_error: string | null
  permanent: boolean | null
  done_at: Date | null
  acknowledged_at: Date | null
  acknowledged_by: string | null
  tracker_number: number | null
  tracker_state: 'open' | 'closed' | null
}

/** How many events are missing from a total; null: none is waited for. */
export function eventsLeft(total: number | null, events: number): number | null {
  return total !== null && total > events ? total - events : null
}

function toRow(row: FlatRow, rank: number): IssueListRow {
  return {
    id: row.id,
    number: row.number,
    projectId: row.project_id,
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
    statusAt: row.status_at,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    eventCount: row.event_count,
    userCount: row.user_count,
    lastRelease: row.last_release,
    fixedInRelease: row.fixed_in_release,
    regressions: row.regressions,
    inEpisode: row.in_episode,
    closedAt: row.closed_at,
    quietMs: row.quiet_ms,
    snoozedUntil: row.snoozed_until,
    snoozedForEvents: eventsLeft(row.snoozed_until_events, row.event_count),
    snoozedAt: row.snoozed_at,
    snoozedBy: row.snoozed_by_name,
    assignee:
      row.assignee_id !== null && row.assignee_name !== null
        ? { id: row.assignee_id, name: row.assignee_name }
        : null,
    alert:
      row.rule && row.alert_at
        ? {
            rule: row.rule,
            createdAt: row.alert_at,
            facts: row.facts ?? {},
            error: row.alert_error,
            permanent: row.permanent ?? false,
            done: row.done_at !== null,
            acknowledgedAt: row.acknowledged_at,
            acknowledgedBy: row.acknowledged_by,
          }
        : null,
    trackerIssue:
      row.tracker_number !== null && row.tracker_state
        ? { number: row.tracker_number, state: row.tracker_state }
        : null,
    rank,
  }
}

/** Ids of issues that match, `bound` + 1 at most; of one status at least. */
export function matchingIssues(filter: IssueFilter, bound: number): RawBuilder<unknown> {
  const few = fewThatMatch(filter)
  if (few) return sql`select i.id ${few} limit ${bound + 1}`
  return sql`
    select i.id from ${places(filter)}
    cross join lateral (
      select i.id from issues i
      where i.project_id = place.project_id and i.status = place.status
        and ${termConditions(filter.terms, inPlace(filter))}
      limit ${bound + 1}
    ) i limit ${bound + 1}`
}

type Count = { readonly filter: IssueFilter; readonly bound: number }

/**
 * How many match each filter, in one round trip, each counted up to its `bound` + 1 only.
 * @param wanted null: nothing to count, 0
 */
export async function countEach(db: Database, wanted: readonly (Count | null)[]): Promise<readonly number[]> {
  if (wanted.length === 0) return []
  const counts = wanted.map((count) =>
    count === null || statusesOf(count.filter).length === 0
      ? sql`0`
      : sql`(select count(*)::int from (${matchingIssues(count.filter, count.bound)}) counted)`,
  )
  const { rows } = await sql<{ counts: number[] }>`select array[${sql.join(counts)}] as counts`.execute(db)
  return rows[0]?.counts ?? []
}

/** How many match, counted up to `bound` + 1 only. */
export async function countIssues(db: Database, filter: IssueFilter, bound: number): Promise<number> {
  return (await countEach(db, [{ filter, bound }]))[0] ?? 0
}

/** Ids of all that match; null: more than `bound` do. */
export async function findMatching(
  db: Database,
  filter: IssueFilter,
  bound: number,
): Promise<readonly number[] | null> {
  if (statusesOf(filter).length === 0) return []
  const { rows } = await sql<{ ids: number[] | null }>`
    select json_agg(id) as ids from (${matchingIssues(filter, bound)}) matching`.execute(db)
  const ids = rows[0]?.ids ?? []
  return ids.length > bound ? null : ids
}

/** Environments there are, at most 50 a project; hops along the index instead of reading it. */
export async function listEnvironments(
  db: Database,
  projectIds: readonly number[] | null,
): Promise<string[]> {
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
    where ${inProjects(sql`p.id`, { projectIds })} order by found.environment limit 50`.execute(db)
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
  if (issueIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('issue_hours')
    .select(['issue_id', hourCounts('issue_hours').as('counts')])
    .where('issue_id', 'in', [...issueIds])
    .where('hour', '>=', from)
    .groupBy('issue_id')
    .execute()
  return new Map(rows.map(({ issue_id, counts }) => [issue_id, readHourCounts(counts)]))
}
