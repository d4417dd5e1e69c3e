// What the page of one issue reads beside its events and its timeline: the issue with its project, alerts and
// tracker issues, hours for the chart, shares of tag values, and what came with one event.
import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { IgnoreEnd } from '../detect/ignore-end.ts'
import type { Level } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import { hourCounts, readHourCounts } from './hour-counts.ts'
import { eventsLeft } from './issue-list.ts'
import type { AlertRule, DB, IssueStatus } from './schema.ts'
import { fromUuid } from './stored-events.ts'

export type IssueDetails = {
  readonly id: number
  readonly number: number
  readonly projectId: number
  readonly projectSlug: string
  readonly projectPlatform: string | null
  readonly projectRepository: string | null
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
  /** 32 hex digits. */
  readonly lastEventId: string
  readonly episode: number
  readonly inEpisode: boolean
  readonly regressions: number
  /** Received-at (ms) of the newest events that could make a burst. */
  readonly burstWindow: readonly number[]
  /** First event of trouble that no rule has filed yet; null: none. */
  readonly troubleSince: Date | null
  readonly closedAt: Date | null
  /** Length of the quiet period that runs, or ran last; null: the installation's. */
  readonly quietMs: number | null
  readonly resolvedAt: Date | null
  readonly fixedInRelease: string | null
  readonly snoozedUntil: Date | null
  /** The issue that this one was called a duplicate of at the tracker, and was ignored for. */
  readonly duplicateOf: { readonly id: number; readonly number: number; readonly projectSlug: string } | null
  readonly snoozedForEvents: number | null
  /** What ends its being ignored. */
  readonly ignoreEnd: IgnoreEnd
  /** The fix is in all releases at once. */
  readonly fixedEverywhere: boolean
  readonly assignee: { readonly id: number; readonly name: string } | null
}

export type AlertDetails = {
  readonly episode: number
  readonly rule: AlertRule
  readonly facts: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  readonly runAt: Date
  readonly attempts: number
  readonly error: string | null
  readonly errorAt: Date | null
  readonly permanent: boolean
  readonly done: boolean
  /** It was one of many at once. */
  readonly isOfStorm: boolean
  readonly acknowledgedAt: Date | null
  readonly acknowledgedBy: string | null
}

export type TrackerIssueDetails = {
  readonly episode: number
  readonly repository: string
  readonly number: number
  readonly url: string
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly stateReason: string | null
  readonly assignee: string | null
  readonly labels: readonly string[]
  readonly filedAt: Date
  readonly closedAt: Date | null
  readonly closedBy: string | null
  readonly locked: boolean
  /** It can't be followed any more. */
  readonly fate: 'deleted' | 'converted' | null
  /** Where it was filed, owner/name#12, if it was moved since. */
  readonly movedFrom: string | null
}

const detailsOfIssues = (db: Database) =>
  db
    .selectFrom('issues')
    .innerJoin('projects', 'projects.id', 'issues.project_id')
    .leftJoin('people', 'people.id', 'issues.assignee_id')
    .leftJoin('issues as original', 'original.id', 'issues.duplicate_of')
    .leftJoin('projects as original_project', 'original_project.id', 'original.project_id')
    .selectAll('issues')
    .select([
      'projects.slug as project_slug',
      'projects.platform as project_platform',
      'projects.repository as project_repository',
      'people.name as assignee_name',
      'original.number as original_number',
      'original_project.slug as original_slug',
    ])

type DetailsRow = Awaited<ReturnType<ReturnType<typeof detailsOfIssues>['executeTakeFirstOrThrow']>>

function toDetails(row: DetailsRow): IssueDetails {
  return {
    id: row.id,
    number: row.number,
    projectId: row.project_id,
    projectSlug: row.project_slug,
    projectPlatform: row.project_platform,
    projectRepository: row.project_repository,
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
    lastEventId: fromUuid(row.last_event_id),
    episode: row.episode,
    inEpisode: row.in_episode,
    regressions: row.regressions,
    burstWindow: row.burst_window,
    troubleSince: row.trouble_since,
    closedAt: row.closed_at,
    quietMs: row.quiet_ms,
    resolvedAt: row.resolved_at,
    fixedInRelease: row.fixed_in_release,
    snoozedUntil: row.snoozed_until,
    duplicateOf:
      row.duplicate_of !== null && row.original_number !== null && row.original_slug !== null
        ? { id: row.duplicate_of, number: row.original_number, projectSlug: row.original_slug }
        : null,
    snoozedForEvents: eventsLeft(row.snoozed_until_events, row.event_count),
    ignoreEnd: { at: row.ignored_until, events: row.ignored_until_events, users: row.ignored_until_users },
    fixedEverywhere: row.fix?.everywhere === true,
    assignee:
      row.assignee_id !== null && row.assignee_name !== null
        ? { id: row.assignee_id, name: row.assignee_name }
        : null,
  }
}

/** By id; of a merged issue, the one that shows it. */
export async function findIssueDetails(db: Database, id: number): Promise<IssueDetails | undefined> {
  const row = await detailsOfIssues(db).where('issues.id', '=', id).executeTakeFirst()
  return row && (await shownDetails(db, row))
}

/** Of a merged issue, the one that shows it now. */
async function shownDetails(db: Database, row: DetailsRow): Promise<IssueDetails | undefined> {
  if (row.status !== 'merged') return toDetails(row)
  const shown = await detailsOfIssues(db)
    .innerJoin('issue_origins', 'issue_origins.issue_id', 'issues.id')
    .where('issue_origins.face_id', '=', row.id)
    .executeTakeFirst()
  return shown && toDetails(shown)
}

/** By what people call it, the project's slug and the number within; of a merged issue, the one that shows it. */
export async function findIssueByNumber(
  db: Database,
  projectSlug: string,
  number: number,
): Promise<IssueDetails | undefined> {
  const row = await detailsOfIssues(db)
    .where('projects.slug', '=', projectSlug)
    .where('issues.number', '=', number)
    .executeTakeFirst()
  return row && (await shownDetails(db, row))
}

/** Those of the ids that are issues of this project, by id; a foreign one is not told apart from none. */
export async function listIssueDetails(
  db: Database,
  projectId: number,
  ids: readonly number[],
): Promise<IssueDetails[]> {
  if (ids.length === 0) return []
  const rows = await detailsOfIssues(db)
    .where('issues.project_id', '=', projectId)
    .where('issues.id', 'in', [...ids])
    .where('issues.status', '<>', 'merged')
    .orderBy('issues.id')
    .execute()
  return rows.map(toDetails)
}

/** Newest episode first, at most 20. */
export async function listAlertsOfIssue(db: Database, issueId: number): Promise<AlertDetails[]> {
  const rows = await db
    .selectFrom('alerts')
    .leftJoin('people', 'people.id', 'alerts.acknowledged_by')
    .selectAll('alerts')
    .select('people.name as holder')
    .where('issue_id', '=', issueId)
    .orderBy('episode', 'desc')
    .limit(20)
    .execute()
  return rows.map((row) => ({
    episode: row.episode,
    rule: row.rule,
    facts: row.facts,
    createdAt: row.created_at,
    runAt: row.run_at,
    attempts: row.attempts,
    error: row.error,
    errorAt: row.error_at,
    permanent: row.permanent,
    done: row.done_at !== null,
    isOfStorm: row.storm_id !== null,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.holder,
  }))
}

function toTrackerIssue(row: Selectable<DB['tracker_issues']>): TrackerIssueDetails {
  return {
    episode: row.episode,
    repository: row.repository,
    number: row.number,
    url: row.url,
    title: row.title,
    state: row.state,
    stateReason: row.state_reason,
    assignee: row.assignee,
    labels: row.labels,
    filedAt: row.filed_at,
    closedAt: row.closed_at,
    closedBy: row.closed_by,
    locked: row.locked,
    fate: row.fate,
    movedFrom: row.moved_from,
  }
}

/** Newest episode first, at most 20. */
export async function listTrackerIssuesOfIssue(
  db: Database,
  issueId: number,
): Promise<TrackerIssueDetails[]> {
  const rows = await db
    .selectFrom('tracker_issues')
    .selectAll()
    .where('issue_id', '=', issueId)
    .orderBy('episode', 'desc')
    .limit(20)
    .execute()
  return rows.map(toTrackerIssue)
}

/** The newest tracker issue of each of the issues of one page; those without are missing. */
export async function listNewestTrackerIssues(
  db: Database,
  issueIds: readonly number[],
): Promise<Map<number, TrackerIssueDetails>> {
  if (issueIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('tracker_issues')
    .selectAll()
    .distinctOn('issue_id')
    .where('issue_id', 'in', [...issueIds])
    .orderBy('issue_id')
    .orderBy('episode', 'desc')
    .execute()
  return new Map(rows.map((row) => [row.issue_id, toTrackerIssue(row)]))
}

/** Events of each hour from a moment on, by hour (ms); hours without events are missing. */
export async function listHoursOfIssue(
  db: Database,
  issueId: number,
  from: Date,
): Promise<Map<number, number>> {
  const row = await db
    .selectFrom('issue_hours')
    .select(hourCounts('issue_hours').as('counts'))
    .where('issue_id', '=', issueId)
    .where('hour', '>=', from)
    .executeTakeFirstOrThrow()
  return readHourCounts(row.counts)
}

export type TagShares = {
  readonly key: string
  /** Events that carry the tag. */
  readonly total: number
  readonly distinct: number
  /** Most frequent first; value '' stands for all beyond the cap. */
  readonly values: readonly {
    readonly value: string
    readonly events: number
    /** Its share of the project's events that carry the tag, from 0 to 1; null: not known. */
    readonly usual: number | null
  }[]
}

type SharesOf = { readonly id: number; readonly projectId: number }

/**
 * What tag values the issue's events have, by key; reads no more than the cap on distinct values lets in.
 * @param perKey values at most
 * @param whole  a key of which all values are wanted
 */
export function listTagShares(
  db: Database,
  issue: SharesOf,
  perKey: number,
  whole: string | null = null,
): Promise<TagShares[]> {
  return readShares(db, issue, sql`true`, sql`place <= ${perKey} or key = ${whole}`)
}

/** All values of one key; undefined: no event carries it. */
export async function findTagShares(
  db: Database,
  issue: SharesOf,
  key: string,
): Promise<TagShares | undefined> {
  const [share] = await readShares(db, issue, sql`key = ${key}`, sql`true`)
  return share
}

async function readShares(
  db: Database,
  issue: SharesOf,
  ofKeys: RawBuilder<unknown>,
  isWanted: RawBuilder<unknown>,
): Promise<TagShares[]> {
  const { rows } = await sql<{
    key: string
    value: string
    events: number
    total: number
    distinct_values: number
    usual: number | null
  }>`
    select wanted.*, usual.events::float8 / nullif(of_key.events, 0) as usual
    from (
      select * from (
        select key, value, events,
          row_number() over (partition by key order by (value = ''), events desc, value) as place,
          (sum(events) over (partition by key))::bigint as total,
          count(*) over (partition by key) as distinct_values
        from issue_tags where issue_id = ${issue.id} and ${ofKeys}
      ) ranked where ${isWanted} order by key, place limit 2000
    ) wanted
    left join project_tags usual
      on usual.project_id = ${issue.projectId} and usual.key = wanted.key and usual.value = wanted.value
    left join project_tag_keys of_key
      on of_key.project_id = ${issue.projectId} and of_key.key = wanted.key
    order by wanted.key, wanted.place`.execute(db)
  const shares = new Map<string, { total: number; distinct: number; values: TagShares['values'][number][] }>()
  for (const row of rows) {
    const share = shares.get(row.key) ?? { total: row.total, distinct: row.distinct_values, values: [] }
    share.values.push({ value: row.value, events: row.events, usual: row.usual })
    shares.set(row.key, share)
  }
  return [...shares].map(([key, share]) => ({ key, ...share }))
}

export type AttachmentRow = {
  readonly id: string
  readonly filename: string
  readonly contentType: string | null
  readonly sizeBytes: number
}

/** What came with one event, without the bytes; at most 50. */
export async function listAttachments(
  db: Database,
  projectId: number,
  eventId: string,
): Promise<AttachmentRow[]> {
  const rows = await db
    .selectFrom('attachments')
    .select(['id', 'filename', 'content_type', 'size_bytes'])
    .where('project_id', '=', projectId)
    .where('event_id', '=', eventId)
    .orderBy('filename')
    .limit(50)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    filename: row.filename,
    contentType: row.content_type,
    sizeBytes: row.size_bytes,
  }))
}

/** One attachment's bytes, found only by the event it came with. */
export async function findAttachmentBody(
  db: Database,
  place: { readonly projectId: number; readonly eventId: string; readonly id: string },
): Promise<{ filename: string; body: Buffer } | undefined> {
  return db
    .selectFrom('attachments')
    .select(['filename', 'body'])
    .where('project_id', '=', place.projectId)
    .where('event_id', '=', place.eventId)
    .where('id', '=', place.id)
    .executeTakeFirst()
}

export type FeedbackRow = {
  readonly receivedAt: Date
  readonly name: string | null
  readonly email: string | null
  readonly message: string
  readonly url: string | null
}

/** What users said of one event, newest first, at most 20. */
export async function listFeedback(db: Database, projectId: number, eventId: string): Promise<FeedbackRow[]> {
  const rows = await db
    .selectFrom('feedback')
    .select(['received_at', 'name', 'email', 'message', 'url'])
    .where('project_id', '=', projectId)
    .where('event_id', '=', eventId)
    .orderBy('received_at', 'desc')
    .limit(20)
    .execute()
  return rows.map((row) => ({
    receivedAt: row.received_at,
    name: row.name,
    email: row.email,
    message: row.message,
    url: row.url,
  }))
}
