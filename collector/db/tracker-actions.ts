// The outbox of what is done to tracker issues: written in the transaction that asks for it, done by the worker
// that claims it. A comment is taken as said when it is claimed, so that it is never said twice; what was surely not said
// is due again.
import type { Transaction } from 'kysely'
import { resolutionSubject } from '../trackers/resolution-settings.ts'
import type { Database } from './database.ts'
import { readProjectSettings } from './kept-settings.ts'
import type { DB, IssueStatus } from './schema.ts'

export type TrackerActionKind = 'close' | 'comment'

export type TrackerAction = {
  readonly id: number
  readonly issueId: number
  readonly trackerIssueId: number
  readonly kind: TrackerActionKind
  readonly args: Readonly<Record<string, string>>
  readonly attempts: number
  readonly repository: string
  readonly number: number
}

/** Asks for something to be done to the newest tracker issue of an issue; without one there is nothing to do. */
export async function addTrackerAction(
  trx: Transaction<DB>,
  action: {
    readonly issueId: number
    readonly kind: TrackerActionKind
    readonly args: Readonly<Record<string, string>>
    readonly at: Date
    /** Only the tracker issue of an episode before this one. */
    readonly beforeEpisode?: number
  },
): Promise<boolean> {
  const ticket = await trx
    .selectFrom('tracker_issues')
    .select(['id', 'state', 'fate'])
    .where('issue_id', '=', action.issueId)
    .$if(action.beforeEpisode !== undefined, (query) =>
      query.where('episode', '<', action.beforeEpisode ?? 0),
    )
    .orderBy('episode', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!ticket || ticket.fate !== null) return false
  if (action.kind === 'close' && ticket.state === 'closed') return false
  await trx
    .insertInto('tracker_actions')
    .values({
      issue_id: action.issueId,
      tracker_issue_id: ticket.id,
      kind: action.kind,
      args: JSON.stringify(action.args),
      created_at: action.at,
      run_at: action.at,
    })
    .execute()
  return true
}

/** A change that somebody made here, as the project's settings want it mirrored. */
export async function mirrorStatus(
  trx: Transaction<DB>,
  change: {
    readonly issueId: number
    readonly projectId: number
    readonly to: IssueStatus
    readonly at: Date
  },
): Promise<void> {
  if (change.to !== 'resolved' && change.to !== 'ignored') return
  const { mirror } = await readProjectSettings(trx, change.projectId, resolutionSubject)
  if (!(change.to === 'resolved' ? mirror.resolve : mirror.ignore)) return
  const reason = change.to === 'resolved' ? 'completed' : 'not_planned'
  await addTrackerAction(trx, { issueId: change.issueId, kind: 'close', args: { reason }, at: change.at })
}

/** A comment or an assignment that a person made here, told there. @param body with the person's name */
export async function mirrorWords(
  trx: Transaction<DB>,
  issueId: number,
  what: 'comment' | 'assign',
  body: string,
  at: Date,
): Promise<void> {
  const issue = await trx
    .selectFrom('issues')
    .select('project_id')
    .where('id', '=', issueId)
    .executeTakeFirst()
  if (!issue) return
  const { mirror } = await readProjectSettings(trx, issue.project_id, resolutionSubject)
  if (mirror[what]) await addTrackerAction(trx, { issueId, kind: 'comment', args: { body }, at })
}

export async function claimTrackerAction(
  db: Database,
  claim: { readonly worker: string; readonly now: Date; readonly leaseMs: number },
): Promise<TrackerAction | undefined> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('tracker_actions')
      .innerJoin('tracker_issues', 'tracker_issues.id', 'tracker_actions.tracker_issue_id')
      .select([
        'tracker_actions.id as id',
        'tracker_actions.issue_id as issueId',
        'tracker_actions.tracker_issue_id as trackerIssueId',
        'tracker_actions.kind as kind',
        'tracker_actions.args as args',
        'tracker_actions.attempts as attempts',
        'tracker_issues.repository as repository',
        'tracker_issues.number as number',
      ])
      .where('tracker_actions.done_at', 'is', null)
      .where('tracker_actions.run_at', '<=', claim.now)
      .where((eb) =>
        eb.or([
          eb('tracker_actions.locked_until', 'is', null),
          eb('tracker_actions.locked_until', '<=', claim.now),
        ]),
      )
      .orderBy('tracker_actions.run_at')
      .orderBy('tracker_actions.id')
      .limit(1)
      .forUpdate('tracker_actions')
      .skipLocked()
      .executeTakeFirst()
    if (!row) return undefined
    await trx
      .updateTable('tracker_actions')
      .set({
        locked_by: claim.worker,
        locked_until: new Date(claim.now.getTime() + claim.leaseMs),
        ...(row.kind === 'comment' ? { done_at: claim.now } : {}),
      })
      .where('id', '=', row.id)
      .execute()
    return row
  })
}

/** @param error null: done; else why not, and when it is tried again (null: never) */
export async function endTrackerAction(
  db: Database,
  id: number,
  at: Date,
  error: { readonly message: string; readonly retryAt: Date | null } | null,
): Promise<void> {
  const isOver = error === null || error.retryAt === null
  await db
    .updateTable('tracker_actions')
    .set((eb) => ({
      locked_by: null,
      locked_until: null,
      error: error?.message ?? null,
      error_at: error ? at : null,
      done_at: isOver ? at : null,
      ...(error?.retryAt ? { run_at: error.retryAt } : {}),
      attempts: eb('attempts', '+', error ? 1 : 0),
    }))
    .where('id', '=', id)
    .execute()
}

/**
 * We closed it ourselves: the record says so before polling sees it, so that it is no news. What people said there
 * before that is still to be read.
 */
export async function noteOwnClose(
  db: Database,
  trackerIssueId: number,
  seen: {
    readonly stateReason: string | null
    readonly closedAt: Date | null
    readonly closedBy: string | null
    readonly updatedAt: Date
  },
): Promise<void> {
  await db
    .updateTable('tracker_issues')
    .set({
      state: 'closed',
      state_reason: seen.stateReason,
      closed_at: seen.closedAt,
      closed_by: seen.closedBy,
      tracker_updated_at: new Date(seen.updatedAt.getTime() - 1),
    })
    .where('id', '=', trackerIssueId)
    .execute()
}
