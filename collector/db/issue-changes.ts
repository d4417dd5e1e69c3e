// The timeline of issues: rows that are only ever appended.
import { sql, type Transaction } from 'kysely'
import { populated } from './chunks.ts'
import type { Database } from './database.ts'
import { notifyOfChanges, type WrittenChange } from './notifications.ts'
import type { DB } from './schema.ts'

export type IssueChangeKind =
  | 'first_seen'
  | 'detected'
  | 'filed'
  | 'filing_failed'
  | 'not_filed'
  | 'filing_held'
  | 'told'
  | 'closed'
  | 'reopened'
  | 'quiet_broken'
  | 'resolved'
  | 'ignored'
  | 'regressed'
  | 'reopened_late'
  | 'duplicate_closed'
  | 'fix_named'
  | 'ticket_moved'
  | 'ticket_lost'
  | 'escalated'
  | 'merged'
  | 'taken_out'
  | 'acknowledged'
  | 'unacknowledged'
  | 'snoozed'
  | 'unsnoozed'
  | 'assigned'
  | 'comment'

export type IssueChange = {
  readonly issueId: number
  readonly at: Date
  readonly kind: IssueChangeKind
  /** `postern`, `person:<id>`, `api:<token name>`, `github:<login>`. */
  readonly actor: string
  readonly reason: string
  readonly facts: Readonly<Record<string, unknown>>
}

/**
 * Appends rows, each with the state that the issue is in now; so the issue is to be updated before.
 * @param recordedAt the collector's clock; a change that an event made is dated by the event's arrival
 */
export async function appendIssueChanges(
  trx: Transaction<DB>,
  changes: readonly IssueChange[],
  recordedAt: Date,
): Promise<void> {
  if (changes.length === 0) return
  const rows = changes.map(({ issueId, ...change }, place) => ({
    ...change,
    issue_id: issueId,
    recorded_at: recordedAt,
    // Stands for the id until there is one: rows are written in the order of the changes.
    id: place,
  }))
  const { rows: written } = await sql<WrittenChange>`
    insert into issue_changes (issue_id, at, kind, actor, reason, facts, recorded_at,
      status, episode, in_episode, regressions, fixed_in_release)
    select given.issue_id, given.at, given.kind, given.actor, given.reason, given.facts, given.recorded_at,
      issues.status, issues.episode, issues.in_episode, issues.regressions, issues.fixed_in_release
    from ${populated('issue_changes', rows)} as given
    join issues on issues.id = given.issue_id
    order by given.id
    returning id, issue_id, kind, reason, at, facts`.execute(trx)
  await notifyOfChanges(trx, written)
}

export async function appendIssueChange(trx: Transaction<DB>, change: IssueChange): Promise<void> {
  await appendIssueChanges(trx, [change], change.at)
}

/** Newest first; at most `limit`. */
export async function listIssueChanges(db: Database, issueId: number, limit = 200): Promise<IssueChange[]> {
  const rows = await db
    .selectFrom('issue_changes')
    .selectAll()
    .where('issue_id', '=', issueId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    issueId: row.issue_id,
    at: row.at,
    kind: row.kind as IssueChangeKind,
    actor: row.actor,
    reason: row.reason,
    facts: row.facts,
  }))
}

/**
 * Whether the running episode was ended at `since` or later, by a resolution or by being ignored, and nothing was
 * given up because of that: a way back can go on with it.
 */
export async function canResumeEpisode(db: Database, issueId: number, since: Date): Promise<boolean> {
  const rows = await db
    .selectFrom('issue_changes')
    .select(['kind', 'facts'])
    .where('issue_id', '=', issueId)
    .where('at', '>=', since)
    .where('kind', 'in', ['resolved', 'ignored', 'not_filed'])
    .orderBy('id', 'desc')
    .limit(1)
    .execute()
  return rows[0]?.facts.endedEpisode === true
}
