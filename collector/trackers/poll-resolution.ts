// Step: reads what changed in one repository since the last look and lets our issues follow. Whole lists
// are read, newest change first, over windows that overlap; the place is only moved on after the last
// page, so neither a crash nor a pause of any length misses a change. An unchanged list costs one request
// that GitHub doesn't count.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import type { Installation } from '../db/installation.ts'
import { listTrackedIssues } from '../db/tracker-issues.ts'
import {
  type ClaimedRepository,
  claimDueRepository,
  failPoll,
  finishPoll,
  renewRepositoryClaim,
} from '../db/tracker-repositories.ts'
import { closeDuplicate } from './close-duplicate.ts'
import { listMarkedIssues } from './find-marked-issue.ts'
import { followTicket } from './follow-ticket.ts'
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
  const follow = { db, now, quietMs: deps.config.quietMs }

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
      failure = (await followPage(claimed.repository, login.value, listed.value.issues)) ?? failure
      failure = (await sweep(claimed.repository, login.value, listed.value.issues)) ?? failure
      page = listed.value.next
      const isOurs = await renewRepositoryClaim(
        db,
        { repository: claimed.repository, worker },
        after(leaseMs),
      )
      if (!isOurs) return lost
    } while (page)
    // The place stays, so that what the tracker would not do or tell is met again.
    if (failure) return failure
    return { ok: true, value: { since: newest, etag, login: login.value } }
  }

  /** @returns the tracker's failure, where it could not tell what a close means */
  async function followPage(
    repository: string,
    login: string,
    issues: readonly TrackerIssue[],
  ): Promise<TrackerFailure | null> {
    const tracked = await listTrackedIssues(
      db,
      repository,
      issues.map((issue) => issue.number),
    )
    let failure: TrackerFailure | null = null
    for (const seen of issues) {
      const known = tracked.find((one) => one.number === seen.number)
      if (known) failure = (await followTicket({ ...follow, tracker: at }, known, seen, login)) ?? failure
    }
    return failure
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
