// Step: does one thing to a tracker issue that was asked for here: closes it after somebody resolved or ignored
// the issue, leaves a comment. What it did is recorded, so that polling takes it for no decision of a person.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import {
  claimTrackerAction,
  endTrackerAction,
  noteOwnClose,
  type TrackerAction,
} from '../db/tracker-actions.ts'
import { retryDelayMs } from './filing-timing.ts'
import type { Tracker, TrackerResult } from './tracker.ts'

/** After as many failures it is given up; the page shows the tracker issue as it is. */
const maxAttempts = 12

/** @returns a step: does one action; false where none is due */
export function createTrackerActionStep(deps: {
  readonly db: Database
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly worker: string
  readonly random?: () => number
}): () => Promise<boolean> {
  const { db, tracker, now, log, worker } = deps
  const random = deps.random ?? Math.random
  if (!tracker) return async () => false
  const leaseMs = tracker.requestTimeoutMs * 2 + 15_000
  const at: Tracker = tracker

  return async () => {
    const action = await claimTrackerAction(db, { worker, now: now(), leaseMs })
    if (!action) return false
    const done = await perform(action)
    if (done.ok) {
      await endTrackerAction(db, action.id, now(), null)
      return true
    }
    log.warn({ action: action.kind, repository: action.repository, number: action.number }, done.message)
    // A comment that may have arrived is not said again: one too few is better than two.
    const mayBeSaid = action.kind === 'comment' && done.kind === 'unclear'
    const isOver = mayBeSaid || done.permanent || action.attempts + 1 >= maxAttempts
    const pauseMs = retryDelayMs(action.attempts, random())
    const retryAt = new Date(Math.max(now().getTime() + pauseMs, done.retryAt?.getTime() ?? 0))
    await endTrackerAction(db, action.id, now(), { message: done.message, retryAt: isOver ? null : retryAt })
    return true
  }

  async function perform(action: TrackerAction): Promise<TrackerResult<unknown>> {
    const { repository, number, args } = action
    if (action.kind === 'comment') return at.comment(repository, number, args.body ?? '')
    const reason = args.reason === 'not_planned' ? 'not_planned' : 'completed'
    const closed = await at.closeIssue(repository, number, reason)
    if (closed.ok) await noteOwnClose(db, action.trackerIssueId, closed.value)
    return closed
  }
}
