// Step: reads what changed in one repository since the last look and lets our issues follow. Whole lists
// are read, newest change first, over windows that overlap; the place is only moved on after the last
// page, so neither a crash nor a pause of any length misses a change. An unchanged list costs one request
// that GitHub doesn't count.
import type { Transaction } from 'kysely'
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import type { Installation } from '../db/installation.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import type { DB } from '../db/schema.ts'
import {
  findTrackedIssue,
  listTrackedIssues,
  lockIssue,
  type TrackedIssue,
  updateTrackedIssue,
} from '../db/tracker-issues.ts'
import {
  type ClaimedRepository,
  claimDueRepository,
  failPoll,
  finishPoll,
  renewRepositoryClaim,
} from '../db/tracker-repositories.ts'
import { closeDuplicate } from './close-duplicate.ts'
import { listMarkedIssues } from './find-marked-issue.ts'
import { followTracker, isNews } from './follow-tracker.ts'
import type { Tracker, TrackerFailure, TrackerIssue, TrackerResult } from './tracker.ts'

/** Windows overlap by this much: a list may lag behind the change of an issue. */
const overlapMs = 120_000
const permanentPauseMs = 600_000

/** Another worker polls the repository; what this one would write changes nothing any more. */
const lost: TrackerFailure = {
  ok: false,
  kind: 'unclear',
  permanent: false,
  message: 'The claim on the repository ran out.',
  retryAt: null,
}

export type PollResolutionDeps = {
  readonly db: Database
  /** null: the collector has no GITHUB_TOKEN; nothing is polled. */
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly installation: Installation
  readonly config: {
    /** POSTERN_TRACKER_POLL_SECONDS in ms: from the end of one look at a repository to the next. */
    readonly pollMs: number
    /** POSTERN_QUIET_MINUTES in ms. */
    readonly quietMs: number
  }
  /** Names this process among collectors; another one after each start. */
  readonly worker: string
}

/** @returns a step: one look at one repository; false where none is due */
export function createPollResolutionStep(deps: PollResolutionDeps): () => Promise<boolean> {
  const { db, tracker, now, log, installation, worker } = deps
  if (!tracker) return async () => false
  const leaseMs = tracker.requestTimeoutMs * 3 + 15_000
  const at: Tracker = tracker

  return async () => {
    const claimed = await claimDueRepository(db, { worker, now: now(), leaseMs })
    if (!claimed) return false
    const claim = { repository: claimed.repository, worker }
    try {
      const polled = await poll(claimed)
      if (polled.ok) {
        const done = { claimedSince: claimed.since, now: now(), nextPollAt: after(deps.config.pollMs) }
        await finishPoll(db, claim, { ...polled.value, ...done })
      } else {
        log.warn({ repository: claimed.repository, kind: polled.kind }, polled.message)
        await failPoll(db, claim, { error: polled.message, now: now(), nextPollAt: nextTry(polled) })
      }
    } catch (error) {
      // Ours, not the tracker's; set back first, so that it can't hold up other repositories.
      log.error({ err: error, repository: claimed.repository }, 'polling a repository failed')
      const why = {
        error: 'Internal error; the log has it.',
        now: now(),
        nextPollAt: after(permanentPauseMs),
      }
      await failPoll(db, claim, why)
    }
    return true
  }

  function after(ms: number): Date {
    return new Date(now().getTime() + ms)
  }

  function nextTry(failure: TrackerFailure): Date {
    const pause = after(failure.permanent ? permanentPauseMs : deps.config.pollMs)
    return failure.retryAt && failure.retryAt > pause ? failure.retryAt : pause
  }

  type Place = { readonly since: Date | null; readonly etag: string | null; readonly login: string }

  /** Reads all pages; the new place is the newest change that the first one showed. */
  async function poll(claimed: ClaimedRepository): Promise<TrackerResult<Place>> {
    const login = await at.whoAmI()
    if (!login.ok) return login
    const since = claimed.since && new Date(claimed.since.getTime() - overlapMs)
    let newest = claimed.since
    let etag: string | null = null
    let page: string | null = null
    let failure: TrackerFailure | null = null
    do {
      const listed = await at.listIssuesSince(claimed.repository, { since }, { etag: claimed.etag, page })
      if (!listed.ok) return listed
      if (listed.value === 'not_modified') {
        return { ok: true, value: { since: newest, etag: claimed.etag, login: login.value } }
      }
      if (!page) etag = listed.value.etag
      for (const issue of listed.value.issues) {
        if (!newest || issue.updatedAt > newest) newest = issue.updatedAt
      }
      await followPage(claimed.repository, listed.value.issues)
      failure = (await sweep(claimed.repository, login.value, listed.value.issues)) ?? failure
      page = listed.value.next
      const isOurs = await renewRepositoryClaim(
        db,
        { repository: claimed.repository, worker },
        after(leaseMs),
      )
      if (!isOurs) return lost
    } while (page)
    // All was followed, but the place stays, so that the duplicate is met again.
    if (failure) return failure
    return { ok: true, value: { since: newest, etag, login: login.value } }
  }

  async function followPage(repository: string, issues: readonly TrackerIssue[]): Promise<void> {
    const tracked = await listTrackedIssues(
      db,
      repository,
      issues.map((issue) => issue.number),
    )
    for (const seen of issues) {
      const known = tracked.find((one) => one.number === seen.number)
      if (known && isNews(known, seen)) await follow(known, seen)
    }
  }

  async function follow(known: TrackedIssue, seen: TrackerIssue): Promise<void> {
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, known.issueId)
      // Read again under the lock: our issue may have moved since the list was read.
      const tracked = await findTrackedIssue(trx, known)
      if (!tracked || tracked.number !== seen.number || !isNews(tracked, seen)) return
      await updateTrackedIssue(trx, tracked.id, {
        wasUpdatedAt: tracked.trackerUpdatedAt,
        ...seen,
      })
      await applyFollowUps(trx, tracked, seen)
    })
  }

  async function applyFollowUps(
    trx: Transaction<DB>,
    tracked: TrackedIssue,
    seen: TrackerIssue,
  ): Promise<void> {
    const facts = {
      repository: tracked.repository,
      number: tracked.number,
      stateReason: seen.stateReason,
      closedAt: seen.closedAt?.toISOString() ?? null,
    }
    const actor = seen.state === 'closed' && seen.closedBy ? `github:${seen.closedBy}` : 'github'
    for (const step of followTracker(tracked, seen)) {
      const row = { issueId: tracked.issueId, at: now(), actor, reason: step.reason, facts }
      if (step.do === 'note') await appendIssueChange(trx, { ...row, kind: step.kind })
      else {
        await changeIssueStatus(trx, {
          ...row,
          to: step.to,
          ...(step.closedAt ? { closedAt: step.closedAt } : {}),
          quietMs: deps.config.quietMs,
          // The tracker issue it has is open again, so the episode it belongs to goes on.
          resumesEpisode: true,
        })
      }
    }
  }

  /** Of two tracker issues with one marker the later is closed, whichever was recorded. */
  async function sweep(
    repository: string,
    login: string,
    issues: readonly TrackerIssue[],
  ): Promise<TrackerFailure | null> {
    let failure: TrackerFailure | null = null
    for (const marked of listMarkedIssues(installation, login, issues)) {
      failure = (await closeDuplicate({ db, tracker: at, now, repository }, marked)) ?? failure
    }
    return failure
  }
}
