// Tracker issues that are closed while the issue they are about goes on in the same episode.
import { type ResolutionSettings, resolutionSubject } from '../trackers/resolution-settings.ts'
import type { Database } from './database.ts'
import { readProjectSettings } from './kept-settings.ts'

export type Reopening = {
  readonly trackerIssueId: number
  readonly issueId: number
  readonly repository: string
  readonly number: number
  /** Why the issue is unresolved, as shown on its page. */
  readonly reason: string
  readonly stateReason: string | null
  readonly closedAt: Date | null
  /** What the project's settings say. */
  readonly how: ResolutionSettings['onBrokenQuiet']
}

/**
 * Takes one to reopen, recorded as open from now on; where the project wants closed ones left closed, recorded
 * as told. undefined: there is none.
 * @param checkedAt it counts as read by itself then: soon it is looked at whether it really was opened
 */
export async function claimReopening(
  db: Database,
  now: Date,
  checkedAt: Date,
): Promise<Reopening | undefined> {
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
        'issues.project_id as projectId',
      ])
      .where('tracker_issues.state', '=', 'closed')
      .where('tracker_issues.fate', 'is', null)
      .where('tracker_issues.left_closed_at', 'is', null)
      .where('issues.status', '=', 'unresolved')
      .where('issues.in_episode', '=', true)
      .whereRef('tracker_issues.episode', '=', 'issues.episode')
      .where((eb) => eb.or([eb('reopen_at', 'is', null), eb('reopen_at', '<=', now)]))
      .orderBy('tracker_issues.id')
      .limit(1)
      .forUpdate('tracker_issues')
      .skipLocked()
      .executeTakeFirst()
    if (!found) return undefined
    const { onBrokenQuiet } = await readProjectSettings(trx, found.projectId, resolutionSubject)
    await trx
      .updateTable('tracker_issues')
      .set(
        onBrokenQuiet === 'comment'
          ? { left_closed_at: now }
          : { state: 'open', state_reason: 'reopened', closed_at: null, checked_at: checkedAt },
      )
      .where('id', '=', found.trackerIssueId)
      .execute()
    return { ...found, how: onBrokenQuiet }
  })
}

/** The tracker did not do it: the record says closed again. @param retryAt it is not tried before */
export async function undoReopening(db: Database, reopening: Reopening, retryAt: Date): Promise<void> {
  await db
    .updateTable('tracker_issues')
    .set({
      state: 'closed',
      state_reason: reopening.stateReason,
      closed_at: reopening.closedAt,
      left_closed_at: null,
      reopen_at: retryAt,
    })
    .where('id', '=', reopening.trackerIssueId)
    .where((eb) => eb.or([eb('state', '=', 'open'), eb('left_closed_at', 'is not', null)]))
    .execute()
}
