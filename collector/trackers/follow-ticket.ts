// Lets one of our issues follow what was seen of its tracker issue, in one database transaction. Used by the
// polling of lists and by the looks at single ones, which see the same things.
import type { Transaction } from 'kysely'
import type { Database } from '../db/database.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import { nameFix } from '../db/name-fix.ts'
import type { DB } from '../db/schema.ts'
import { markTicketLost } from '../db/ticket-checks.ts'
import { findTrackedIssue, lockIssue, type TrackedIssue, updateTrackedIssue } from '../db/tracker-issues.ts'
import {
  type FollowUp,
  followsResolution,
  followTracker,
  isClose,
  isNews,
  mayNameFix,
} from './follow-tracker.ts'
import { type CloseMeaning, plainClose, readClose } from './read-close.ts'
import type { Tracker, TrackerFailure, TrackerIssue } from './tracker.ts'

/**
 * The tracker's moments have whole seconds, and its lists and histories may lag: what is read sooner after a change may
 * be missing what else happened in that second.
 */
const settledAfterMs = 120_000

export type FollowDeps = {
  readonly db: Database
  readonly tracker: Tracker
  readonly now: () => Date
  /** POSTERN_QUIET_MINUTES in ms. */
  readonly quietMs: number
}

/**
 * @param login of our own account
 * @returns the tracker's failure, if it could not tell what a close means: nothing was followed then
 */
export async function followTicket(
  deps: FollowDeps,
  known: TrackedIssue,
  seen: TrackerIssue,
  login: string,
): Promise<TrackerFailure | null> {
  const isTold = mayNameFix(known, seen)
  const isSettled = deps.now().getTime() - seen.updatedAt.getTime() >= settledAfterMs
  // Known up to just before that moment: it is read once more when the list changes.
  const updatedAt = isSettled ? seen.updatedAt : new Date(seen.updatedAt.getTime() - 1)
  if (!isNews(known, seen) && !isTold) return null
  let meaning = plainClose
  if (isTold || (isClose(known, seen) && known.episode === known.issueEpisode)) {
    const read = await readClose(deps, known, seen, login)
    if (!read.ok) return read
    meaning = read.value
  }
  await deps.db.transaction().execute(async (trx) => {
    await lockIssue(trx, known.issueId)
    // Read again under the lock: our issue may have moved since the list was read.
    const tracked = await findTrackedIssue(trx, known)
    if (!tracked || tracked.number !== seen.number) return
    const namesFix = (isTold && mayNameFix(tracked, seen)) || followsResolution(tracked, seen)
    if (!isNews(tracked, seen) && !namesFix) return
    await updateTrackedIssue(trx, tracked.id, { ...seen, updatedAt, wasUpdatedAt: tracked.trackerUpdatedAt })
    for (const step of followTracker(tracked, seen, meaning))
      await apply(deps, trx, tracked, seen, step, meaning)
    if (namesFix) await nameFix(trx, { ...tracked, at: deps.now(), fixedIn: meaning.fixedIn })
  })
  return null
}

async function apply(
  { now, quietMs }: FollowDeps,
  trx: Transaction<DB>,
  tracked: TrackedIssue,
  seen: TrackerIssue,
  step: FollowUp,
  meaning: CloseMeaning,
): Promise<void> {
  const facts = {
    repository: tracked.repository,
    number: tracked.number,
    stateReason: seen.stateReason,
    closedAt: seen.closedAt?.toISOString() ?? null,
    ...(meaning.original ? { duplicateOf: meaning.original.name } : {}),
  }
  const actor = seen.state === 'closed' && seen.closedBy ? `github:${seen.closedBy}` : 'github'
  const row = { issueId: tracked.issueId, at: now(), actor, reason: step.reason, facts }
  switch (step.do) {
    case 'note':
      return appendIssueChange(trx, { ...row, kind: step.kind })
    case 'lose':
      // Closed once more it is no other discussion.
      if (!(await markTicketLost(trx, tracked.id, 'converted'))) return
      return appendIssueChange(trx, { ...row, kind: 'ticket_lost' })
    case 'change':
      await changeIssueStatus(trx, {
        ...row,
        to: step.to,
        ...(step.closedAt ? { closedAt: step.closedAt } : {}),
        ...(step.to === 'resolving' ? { fixedIn: meaning.fixedIn } : {}),
        duplicateOf: meaning.original?.issueId ?? null,
        quietMs,
        // The tracker issue it has is open again, so the episode it belongs to goes on.
        resumesEpisode: true,
      })
  }
}
