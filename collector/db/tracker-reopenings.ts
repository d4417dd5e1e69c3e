// Tracker issues that are closed while the issue they are about goes on in the same episode.
import type { Database } from './database.ts'

export type Reopening = {
  readonly trackerIssueId: number
  readonly issueId: number
  readonly repository: string
  readonly number: number
  /** Why the issue is unresolved, as shown on its page. */
  readonly reason: string
  readonly stateReason: string | null
  readonly closedAt: Date | null
}

/** Takes one to reopen, recorded as open from now on; undefined: there is none. */
export async function claimReopening(db: Database): Promise<Reopening | undefined> {
  return db.transaction().execute(async (trx) => {
    const found = await trx
      .selectFrom('tracker_issues')
      .innerJoin('issues', 'issues.id', 'tracker_issues.issue_id')
      .select([
        'tracker_issues.id as trackerIssueId',
        'issues.id as issueId',
        'tracker_issues.repository as repository',
        'tracker_issues.number as number',
        'issues.status_reason as reason',
        'tracker_issues.state_reason as stateReason',
        'tracker_issues.closed_at as closedAt',
      ])
      .where('tracker_issues.state', '=', 'closed')
      .where('issues.status', '=', 'unresolved')
      .where('issues.in_episode', '=', true)
      .whereRef('tracker_issues.episode', '=', 'issues.episode')
      .orderBy('tracker_issues.id')
      .limit(1)
      .forUpdate('tracker_issues')
      .skipLocked()
      .executeTakeFirst()
    if (!found) return undefined
    await trx
      .updateTable('tracker_issues')
      .set({ state: 'open', state_reason: 'reopened', closed_at: null })
      .where('id', '=', found.trackerIssueId)
      .execute()
    return found
  })
}

/** The tracker did not do it: the record says closed again. */
export async function undoReopening(db: Database, reopening: Reopening): Promise<void> {
  await db
    .updateTable('tracker_issues')
    .set({ state: 'closed', state_reason: reopening.stateReason, closed_at: reopening.closedAt })
    .where('id', '=', reopening.trackerIssueId)
    .where('state', '=', 'open')
    .execute()
}
