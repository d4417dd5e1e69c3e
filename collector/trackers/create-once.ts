// Creates one tracker issue for one row of an outbox (an alert, a storm), exactly once through crashes,
// time-outs and retries. Before a create is sent, that is written down under the row's claim; after an end
// that isn't known the next attempt first waits until the request must be over, then looks for the marker,
// and only creates where there is none. No database transaction is open while the tracker is called.
import type { Log } from '../../shared/log.ts'
import type { Installation } from '../db/installation.ts'
import type { FilingSettings } from './filing-settings.ts'
import { type FilingTiming, retryDelayMs } from './filing-timing.ts'
import { findMarkedIssue } from './find-marked-issue.ts'
import type { Marked } from './marker.ts'
import type { IssueText, Tracker, TrackerFailure, TrackerIssue } from './tracker.ts'

/** One claimed row. Each write changes nothing once the claim was lost. */
export type CreateRow = {
  readonly name: string
  readonly marked: Marked
  /** The tracker has nothing of this row from before this moment. */
  readonly createdAt: Date
  /** Attempts that failed so far. */
  readonly attempts: number
  /** A create was sent then, and its end is not known. */
  readonly sentAt: Date | null
  readonly sentTo: string | null
  /** Holds the claim on; `freeAt`: the project's budget has no room until then. */
  markSent(at: {
    readonly now: Date
    readonly lockedUntil: Date
    readonly repository: string
  }): Promise<'sent' | 'lost' | { readonly freeAt: Date }>
  /** What is open stays open: the row waits for the end of an earlier create. */
  waitUntil(runAt: Date): Promise<void>
  holdForBudget(freeAt: Date): Promise<void>
  record(filed: TrackerIssue, wasFound: boolean): Promise<void>
  /** @param isSettled false: the create may have been carried out all the same */
  fail(repository: string, failure: TrackerFailure, runAt: Date, isSettled: boolean): Promise<void>
}

export type CreateOnceDeps = {
  readonly tracker: Tracker
  readonly now: () => Date
  readonly log: Log
  readonly installation: Installation
  readonly timing: FilingTiming
  readonly random: () => number
}

/** @returns true: an earlier create was found, or must be waited for; false: nothing was created, go on */
export async function lookForEarlierCreate(
  deps: CreateOnceDeps,
  row: CreateRow,
  repository: string,
): Promise<boolean> {
  const { tracker, now, timing, installation } = deps
  if (!row.sentAt) return false
  const sentTo = row.sentTo ?? repository
  const settledAt = new Date(row.sentAt.getTime() + timing.settleMs)
  if (now() < settledAt) {
    await row.waitUntil(settledAt)
    return true
  }
  // The tracker's clock may differ from ours, and an earlier attempt may have been the one.
  const since = new Date(row.createdAt.getTime() - timing.clockMarginMs)
  const found = await findMarkedIssue(tracker, installation, sentTo, { marked: row.marked, since })
  if (!found.ok) {
    await failRow(deps, row, sentTo, found, row.sentAt)
    return true
  }
  if (!found.value) return false
  deps.log.info({ row: row.name, number: found.value.number }, 'an earlier attempt had filed it')
  await row.record(found.value, true)
  return true
}

/** Sends the create, once, while the claim outlasts it; how it ended is recorded. */
export async function createOnce(
  deps: CreateOnceDeps,
  row: CreateRow,
  repository: string,
  text: IssueText,
): Promise<void> {
  const { tracker, now, timing } = deps
  const sentAt = now()
  const lockedUntil = new Date(sentAt.getTime() + timing.leaseMs)
  const marked = await row.markSent({ now: sentAt, lockedUntil, repository })
  if (typeof marked === 'object') return row.holdForBudget(marked.freeAt)
  // Lost, or so slow that the request could outlive the claim: whoever holds it next will look first.
  if (marked === 'lost' || now().getTime() + tracker.requestTimeoutMs >= lockedUntil.getTime()) return
  const created = await tracker.createIssue(repository, text)
  if (created.ok) await row.record(created.value, false)
  else await failRow(deps, row, repository, created, created.kind === 'unclear' ? sentAt : null)
}

/** @param sentAt of a create that may still have been carried out; null: none */
export async function failRow(
  deps: CreateOnceDeps,
  row: CreateRow,
  repository: string,
  failure: TrackerFailure,
  sentAt: Date | null,
): Promise<void> {
  const { now, timing, log, random } = deps
  log.warn({ row: row.name, repository, kind: failure.kind, permanent: failure.permanent }, failure.message)
  const pauseMs =
    failure.kind === 'rate_limited'
      ? 0
      : failure.permanent
        ? timing.permanentPauseMs
        : retryDelayMs(row.attempts, random())
  const runAt = new Date(
    Math.max(
      failure.retryAt?.getTime() ?? 0,
      sentAt ? sentAt.getTime() + timing.settleMs : 0,
      now().getTime() + pauseMs,
    ),
  )
  await row.fail(repository, failure, runAt, sentAt === null)
}

/**
 * Asks the tracker what the repository is before anything is told there.
 * @returns null: it may be filed to; else why not
 */
export async function whyNotThere(
  tracker: Tracker,
  repository: string,
  settings: FilingSettings,
): Promise<TrackerFailure | null> {
  const found = await tracker.getRepository(repository)
  if (!found.ok) return found
  const refuse = (message: string): TrackerFailure => ({
    ok: false,
    kind: 'refused',
    permanent: true,
    message,
    retryAt: null,
  })
  const { isPublic, isArchived, hasIssues } = found.value
  if (isArchived) return refuse(`${repository} is archived: it takes no new issues.`)
  if (!hasIssues) return refuse(`Issues are switched off in ${repository}.`)
  if (!isPublic || settings.publicRepository?.toLowerCase() === repository.toLowerCase()) return null
  return refuse(
    `${repository} is public: everyone could read what your apps sent. Confirm it in the project's settings under Filing, or choose a private one.`,
  )
}
