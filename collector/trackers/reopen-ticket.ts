// Step: an issue that goes on although its tracker issue was closed (an event broke the quiet period, or a
// person reopened it here) opens that tracker issue again and says there which event it was. Without this
// the ticket would stay "done" while the error is back. The record is set first, under one row's change, so
// that of several collectors one speaks; if it dies before it spoke, the look at that ticket minutes later sees it
// closed, quiet is waited for again, and the same event breaks it again.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import { getTrackedIssue } from '../db/tracker-issues.ts'
import { claimReopening, type Reopening, undoReopening } from '../db/tracker-reopenings.ts'
import { checkEveryMs } from './check-ticket.ts'
import { lookAtTicket } from './look-at-ticket.ts'
import { plainLine } from './quote.ts'
import type { Tracker } from './tracker.ts'

const maxReason = 500
/** A tracker that refuses is asked again slowly; the page shows the ticket as closed meanwhile. */
const refusedPauseMs = 3_600_000
const failedPauseMs = 60_000
/** From opening one until it is looked at whether that was done. */
const lookAfterMs = 5 * 60_000

/** @returns a step: reopens one tracker issue; false where none is to be reopened */
export function createReopenStep(deps: {
  readonly db: Database
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly config: {
    /** Address of an issue's page. */
    readonly issueUrl: (issue: { readonly id: number }) => string
    /** POSTERN_QUIET_MINUTES in ms. */
    readonly quietMs: number
  }
}): () => Promise<boolean> {
  const { db, tracker, now, log, config } = deps

  return async () => {
    if (!tracker) return false
    const checkedAt = new Date(now().getTime() + lookAfterMs - checkEveryMs)
    const reopening = await claimReopening(db, now(), checkedAt)
    if (!reopening) return false
    const { repository, number } = reopening
    const text = reopeningText(reopening, config.issueUrl)
    // Left closed, the comment is all there is; reopened, it comes after.
    const opened =
      reopening.how === 'comment'
        ? await tracker.comment(repository, number, text)
        : await tracker.openIssue(repository, number)
    if (!opened.ok) {
      const pauseMs = opened.permanent ? refusedPauseMs : failedPauseMs
      const retryAt = new Date(Math.max(now().getTime() + pauseMs, opened.retryAt?.getTime() ?? 0))
      await undoReopening(db, reopening, retryAt)
      // Perhaps it isn't there any more: then that is said, or it is opened where it was moved to.
      const isGone = opened.status === 404 || opened.status === 410
      if (isGone) {
        const known = await getTrackedIssue(db, reopening.trackerIssueId)
        if (!(await lookAtTicket({ db, tracker, now, log, quietMs: config.quietMs }, known))) return true
      }
      log.warn({ repository, number, reason: opened.message }, 'a tracker issue could not be reopened')
      return true
    }
    if (reopening.how === 'comment') return true
    const said = await tracker.comment(repository, number, text)
    if (!said.ok) log.warn({ repository, number, reason: said.message }, 'a comment could not be left')
    return true
  }
}

/** What is said at the tracker; the reason may hold an event's own release name. */
export function reopeningText(
  reopening: Pick<Reopening, 'how' | 'reason' | 'issueId'>,
  issueUrl: (issue: { id: number }) => string,
): string {
  const reason = plainLine(reopening.reason, maxReason)
  const what = reopening.how === 'comment' ? 'It goes on' : 'Reopened by Postern, since it goes on'
  return `${what}. ${reason}\n\n${issueUrl({ id: reopening.issueId })}`
}
