// Tracker issues as they were filed and last seen, and what filing one needs to know of ours.
import type { Transaction } from 'kysely'
import type { Level } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import type { DB, IssueStatus } from './schema.ts'
import { addTrackerAction } from './tracker-actions.ts'

/** What is written about an issue when it is filed. */
export type FilingFacts = {
  readonly project: {
    readonly id: number
    readonly slug: string
    readonly name: string
    readonly repository: string | null
    readonly settings: Readonly<Record<string, unknown>>
  }
  readonly issue: {
    readonly id: number
    readonly number: number
    readonly title: string
    readonly culprit: string
    readonly level: Level
    readonly platform: string
    readonly handled: boolean | null
    readonly status: IssueStatus
    readonly statusReason: string
    readonly episode: number
    readonly firstSeenAt: Date
    readonly lastSeenAt: Date
    readonly lastEventId: string
    readonly eventCount: number
    readonly userCount: number
  }
  /** Those with most events, at most five each. */
  readonly releases: readonly { readonly name: string; readonly events: number }[]
  readonly environments: readonly { readonly name: string; readonly events: number }[]
  /** Models of devices, and names of operating systems. */
  readonly devices: readonly { readonly name: string; readonly events: number }[]
  readonly systems: readonly { readonly name: string; readonly events: number }[]
  /** The tracker issue of the storm that this one was part of. */
  readonly umbrella: { readonly repository: string; readonly number: number } | null
  /** Tracker issues of earlier episodes, newest first, at most five. */
  readonly predecessors: readonly {
    readonly repository: string
    readonly number: number
    readonly closedAt: Date | null
  }[]
}

export async function getFilingFacts(
  db: Database,
  issueId: number,
  beforeEpisode: number,
): Promise<FilingFacts> {
  const row = await db
    .selectFrom('issues')
    .innerJoin('projects', 'projects.id', 'issues.project_id')
    .selectAll('issues')
    .select(['projects.slug', 'projects.name', 'projects.repository', 'projects.settings'])
    .where('issues.id', '=', issueId)
    .executeTakeFirstOrThrow()
  const releases = await db
    .selectFrom('issue_releases')
    .select(['release as name', 'events'])
    .where('issue_id', '=', issueId)
    .orderBy('events', 'desc')
    .orderBy('release')
    .limit(5)
    .execute()
  const environments = await db
    .selectFrom('issue_environments')
    .select(['environment as name', 'events'])
    .where('issue_id', '=', issueId)
    .orderBy('events', 'desc')
    .orderBy('environment')
    .limit(5)
    .execute()
  const tags = await listTopTags(db, issueId, ['device', 'os.name'])
  const umbrella = await db
    .selectFrom('alerts')
    .innerJoin('storms', 'storms.id', 'alerts.storm_id')
    .select(['storms.repository', 'storms.number'])
    .where('alerts.issue_id', '=', issueId)
    .where('alerts.episode', '=', beforeEpisode)
    .executeTakeFirst()
  const predecessors = await db
    .selectFrom('tracker_issues')
    .select(['repository', 'number', 'closed_at'])
    .where('issue_id', '=', issueId)
    .where('episode', '<', beforeEpisode)
    .orderBy('episode', 'desc')
    .limit(5)
    .execute()
  return {
    project: {
      id: row.project_id,
      slug: row.slug,
      name: row.name,
      repository: row.repository,
      settings: row.settings,
    },
    issue: {
      id: row.id,
      number: row.number,
      title: row.title,
      culprit: row.culprit,
      level: row.level,
      platform: row.platform,
      handled: row.handled,
      status: row.status,
      statusReason: row.status_reason,
      episode: row.episode,
      firstSeenAt: row.first_seen_at,
      lastSeenAt: row.last_seen_at,
      lastEventId: row.last_event_id,
      eventCount: row.event_count,
      userCount: row.user_count,
    },
    releases,
    environments,
    devices: tags.get('device') ?? [],
    systems: tags.get('os.name') ?? [],
    umbrella:
      umbrella?.repository && umbrella.number
        ? { repository: umbrella.repository, number: umbrella.number }
        : null,
    predecessors: predecessors.map((p) => ({
      repository: p.repository,
      number: p.number,
      closedAt: p.closed_at,
    })),
  }
}

/** Values of some tags with most events, at most five of each. */
export async function listTopTags(
  db: Database,
  issueId: number,
  keys: readonly string[],
): Promise<Map<string, { name: string; events: number }[]>> {
  const rows = await db
    .selectFrom('issue_tags')
    .select(['key', 'value as name', 'events'])
    .where('issue_id', '=', issueId)
    .where('key', 'in', [...keys])
    .where('value', '!=', '')
    .orderBy('events', 'desc')
    .orderBy('value')
    .execute()
  const top = new Map<string, { name: string; events: number }[]>()
  for (const { key, ...value } of rows) {
    const values = top.get(key) ?? []
    if (values.length < 5) top.set(key, [...values, value])
  }
  return top
}

/** Holds the issue's row, as every writer of its state does first, so that none waits for another in a ring. */
export async function lockIssue(trx: Transaction<DB>, issueId: number): Promise<void> {
  await trx.selectFrom('issues').select('id').where('id', '=', issueId).forUpdate().executeTakeFirst()
}

/** The same for many, in one order. */
export async function lockIssues(trx: Transaction<DB>, issueIds: readonly number[]): Promise<void> {
  if (issueIds.length === 0) return
  await trx
    .selectFrom('issues')
    .select('id')
    .where('id', 'in', [...issueIds])
    .orderBy('id')
    .forUpdate()
    .execute()
}

export type FiledIssue = {
  readonly projectId: number
  readonly issueId: number
  readonly episode: number
  readonly repository: string
  readonly number: number
  readonly url: string
  readonly title: string
  readonly assignee: string | null
  readonly labels: readonly string[]
  readonly filedAt: Date
  /** The tracker's moment from which on its changes are still unseen. */
  readonly trackerUpdatedAt: Date
  /** What its text says; comments follow on what makes that old. */
  readonly told: { readonly events: number; readonly platforms: readonly string[] }
}

/**
 * Records that an episode has its tracker issue, as open: what happened to it since is seen by polling.
 * @returns false: the episode has one already, or that tracker issue belongs to another
 */
export async function insertTrackerIssue(trx: Transaction<DB>, filed: FiledIssue): Promise<boolean> {
  const row = await trx
    .insertInto('tracker_issues')
    .values({
      project_id: filed.projectId,
      issue_id: filed.issueId,
      episode: filed.episode,
      repository: filed.repository,
      number: filed.number,
      url: filed.url,
      title: filed.title,
      state: 'open',
      state_reason: null,
      assignee: filed.assignee,
      labels: JSON.stringify(filed.labels),
      filed_at: filed.filedAt,
      closed_at: null,
      closed_by: null,
      tracker_updated_at: filed.trackerUpdatedAt,
      events_at_filing: Math.max(1, filed.told.events),
      told_platforms: JSON.stringify(filed.told.platforms),
      told_at: filed.filedAt,
      progress_due_at: filed.filedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!row) return false
  await trx
    .updateTable('issues')
    .set({ last_filed_at: filed.filedAt })
    .where('id', '=', filed.issueId)
    .execute()
  // Whoever follows the one before learns where it goes on.
  const body = `This came back. It goes on as ${filed.repository}#${filed.number}.`
  await addTrackerAction(trx, {
    issueId: filed.issueId,
    kind: 'comment',
    args: { body },
    at: filed.filedAt,
    beforeEpisode: filed.episode,
  })
  return true
}

/** A filed tracker issue as last seen, beside the state of our issue. */
export type TrackedIssue = {
  readonly id: number
  readonly projectId: number
  readonly issueId: number
  readonly episode: number
  readonly repository: string
  readonly number: number
  readonly state: 'open' | 'closed'
  readonly stateReason: string | null
  readonly assignee: string | null
  readonly labels: readonly string[]
  readonly title: string
  readonly locked: boolean
  /** It can't be followed any more. */
  readonly fate: 'deleted' | 'converted' | null
  readonly closedAt: Date | null
  readonly trackerUpdatedAt: Date
  readonly issueEpisode: number
  readonly issueStatus: IssueStatus
}

export async function getTrackedIssue(db: Database, id: number): Promise<TrackedIssue> {
  return selectTracked(db).where('tracker_issues.id', '=', id).executeTakeFirstOrThrow()
}

/** Tracked tracker issues, to be narrowed by the caller. */
export function selectTracked(db: Database) {
  return db
    .selectFrom('tracker_issues')
    .innerJoin('issues', 'issues.id', 'tracker_issues.issue_id')
    .select([
      'tracker_issues.id as id',
      'tracker_issues.project_id as projectId',
      'tracker_issues.issue_id as issueId',
      'tracker_issues.episode as episode',
      'tracker_issues.repository as repository',
      'tracker_issues.number as number',
      'tracker_issues.state as state',
      'tracker_issues.state_reason as stateReason',
      'tracker_issues.assignee as assignee',
      'tracker_issues.labels as labels',
      'tracker_issues.title as title',
      'tracker_issues.locked as locked',
      'tracker_issues.fate as fate',
      'tracker_issues.closed_at as closedAt',
      'tracker_issues.tracker_updated_at as trackerUpdatedAt',
      'issues.episode as issueEpisode',
      'issues.status as issueStatus',
    ])
}

/** Those of the numbers that are ours. */
export async function listTrackedIssues(
  db: Database,
  repository: string,
  numbers: readonly number[],
): Promise<TrackedIssue[]> {
  if (numbers.length === 0) return []
  return selectTracked(db)
    .where('tracker_issues.repository', '=', repository)
    .where('tracker_issues.number', 'in', [...numbers])
    .execute()
}

/** Whose tracker issue that is: the issue of ours that a duplicate is linked to. */
export async function findIssueOfTicket(
  db: Database,
  at: { readonly repository: string; readonly number: number },
): Promise<{ id: number; number: number; projectSlug: string; duplicateOf: number | null } | undefined> {
  return db
    .selectFrom('tracker_issues')
    .innerJoin('issues', 'issues.id', 'tracker_issues.issue_id')
    .innerJoin('projects', 'projects.id', 'issues.project_id')
    .select([
      'issues.id as id',
      'issues.number as number',
      'projects.slug as projectSlug',
      'issues.duplicate_of as duplicateOf',
    ])
    .where((eb) => eb(eb.fn('lower', ['tracker_issues.repository']), '=', at.repository.toLowerCase()))
    .where('tracker_issues.number', '=', at.number)
    .executeTakeFirst()
}

/** The tracker issue of one episode of an issue. */
export async function findTrackedIssue(
  db: Database,
  of: { readonly issueId: number; readonly episode: number },
): Promise<TrackedIssue | undefined> {
  return selectTracked(db)
    .where('tracker_issues.issue_id', '=', of.issueId)
    .where('tracker_issues.episode', '=', of.episode)
    .executeTakeFirst()
}

/**
 * Keeps what the tracker now says. The caller holds the issue's row.
 * @param seen.wasUpdatedAt as read before; a row that another worker has moved on is left alone
 * @returns false: it was moved on
 */
export async function updateTrackedIssue(
  trx: Transaction<DB>,
  id: number,
  seen: {
    readonly wasUpdatedAt: Date
    readonly state: 'open' | 'closed'
    readonly stateReason: string | null
    readonly title: string
    readonly assignee: string | null
    readonly labels: readonly string[]
    readonly locked: boolean
    readonly closedAt: Date | null
    readonly closedBy: string | null
    readonly updatedAt: Date
  },
): Promise<boolean> {
  const row = await trx
    .updateTable('tracker_issues')
    .set({
      state: seen.state,
      state_reason: seen.stateReason,
      title: seen.title,
      assignee: seen.assignee,
      labels: JSON.stringify(seen.labels),
      locked: seen.locked,
      // What can be read is there (again); a discussion can still be read where it was an issue, and stays one.
      fate:
        seen.state === 'open'
          ? null
          : (eb) => eb.case().when('fate', '=', 'converted').then(eb.ref('fate')).else(null).end(),
      closed_at: seen.closedAt,
      closed_by: seen.closedBy,
      ...(seen.state === 'open' ? { left_closed_at: null } : {}),
      tracker_updated_at: seen.updatedAt,
    })
    .where('id', '=', id)
    .where('tracker_updated_at', '=', seen.wasUpdatedAt)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Makes an episode's record name another tracker issue: the earlier one of two with the same marker. */
export async function repointTrackedIssue(
  trx: Transaction<DB>,
  id: number,
  to: { readonly number: number; readonly url: string; readonly title: string; readonly updatedAt: Date },
): Promise<void> {
  await trx
    .updateTable('tracker_issues')
    .set({
      number: to.number,
      url: to.url,
      title: to.title,
      state: 'open',
      state_reason: null,
      closed_at: null,
      closed_by: null,
      tracker_updated_at: to.updatedAt,
    })
    .where('id', '=', id)
    .execute()
}
