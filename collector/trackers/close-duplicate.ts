// The sweep: where two tracker issues carry one marker (a create whose answer was lost was carried out after
// all, later than anyone could wait), the earlier one stays and the later one is closed with a comment.
import type { Database } from '../db/database.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import { findStorm, repointStorm } from '../db/storms.ts'
import { findTrackedIssue, lockIssue, repointTrackedIssue } from '../db/tracker-issues.ts'
import { watchRepository } from '../db/tracker-repositories.ts'
import type { MarkedIssue } from './find-marked-issue.ts'
import type { Marked } from './marker.ts'
import type { Tracker, TrackerFailure, TrackerIssue } from './tracker.ts'

export type SweepDeps = {
  readonly db: Database
  readonly tracker: Tracker
  readonly now: () => Date
  readonly repository: string
}

/**
 * Looks at one marked tracker issue; does nothing while what it was made for has no record (a worker may be
 * at it), or where it is the recorded one, or closed already.
 * @returns the tracker's failure, if it would not close or comment; while it is open the next look tries again
 */
export async function closeDuplicate(
  deps: SweepDeps,
  { trackerIssue, marked }: MarkedIssue,
): Promise<TrackerFailure | null> {
  const { db, tracker, now, repository } = deps
  const recorded =
    'issueId' in marked ? await findTrackedIssue(db, marked) : await findStorm(db, marked.stormId)
  if (!recorded || recorded.repository !== repository || recorded.number === trackerIssue.number) return null
  const isEarlier = trackerIssue.number < recorded.number
  if (!isEarlier && trackerIssue.state === 'closed') return null
  const [kept, later] = isEarlier
    ? [trackerIssue.number, recorded.number]
    : [recorded.number, trackerIssue.number]

  // First, so that our closing of the recorded one can't be taken for a decision about the issue.
  if (isEarlier) await repoint(deps, marked, trackerIssue)
  // Closed before it is said: the other way round a close that fails would add a comment at every look.
  const closed = await tracker.closeIssue(repository, later, 'not_planned')
  if (!closed.ok) return closed
  const text = `This was filed twice for the same trouble, since an answer was lost on the way. #${kept} stays; this one is closed.`
  const commented = await tracker.comment(repository, later, text)
  if ('issueId' in marked) {
    await db.transaction().execute((trx) =>
      appendIssueChange(trx, {
        issueId: marked.issueId,
        at: now(),
        kind: 'duplicate_closed',
        actor: 'postern',
        reason: `${repository}#${later} carried the same marker as #${kept} and was closed.`,
        facts: { repository, kept, closed: later, episode: marked.episode },
      }),
    )
  }
  return commented.ok ? null : commented
}

async function repoint({ db, now, repository }: SweepDeps, marked: Marked, to: TrackerIssue): Promise<void> {
  if (!('issueId' in marked)) return repointStorm(db, marked.stormId, to)
  await db.transaction().execute(async (trx) => {
    await lockIssue(trx, marked.issueId)
    const recorded = await findTrackedIssue(trx, marked)
    if (!recorded) return
    // From its creation on: what happened to the earlier one since is still to be seen.
    await repointTrackedIssue(trx, recorded.id, { ...to, updatedAt: to.createdAt })
    await watchRepository(trx, repository, to.createdAt, now())
  })
}
