// Step: files one due alert as a tracker issue, exactly once through crashes, time-outs and retries. The
// alert is claimed by a lease and no transaction is open while the tracker is called. Before a create is
// sent, that is written down; after an end that isn't known the next attempt first waits until the request
// must be over, then looks for the marker, and only creates where there is none.
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import {
  type ClaimedAlert,
  claimDueAlert,
  finishAlert,
  markAlertSent,
  postponeAlert,
  retryPermanentAlerts,
} from '../db/alerts.ts'
import type { Database } from '../db/database.ts'
import type { Installation } from '../db/installation.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import { findStoredEvent, readEvent } from '../db/stored-events.ts'
import { type FilingFacts, getFilingFacts, insertTrackerIssue, lockIssue } from '../db/tracker-issues.ts'
import { watchRepository } from '../db/tracker-repositories.ts'
import type { Event } from '../pipeline/event.ts'
import { type FilingTiming, filingTiming, retryDelayMs } from './filing-timing.ts'
import { findMarkedIssue } from './find-marked-issue.ts'
import { writeIssueText } from './issue-text.ts'
import { writeMarker } from './marker.ts'
import type { Tracker, TrackerFailure, TrackerIssue } from './tracker.ts'

export type FileIssueDeps = {
  readonly db: Database
  /** null: the collector has no GITHUB_TOKEN; alerts wait and say so. */
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly installation: Installation
  readonly config: {
    /** GITHUB_REPOSITORY: where projects without their own are filed. */
    readonly repository: string | null
    /** Address of our page of an issue. */
    readonly issueUrl: (issue: { id: number; number: number; projectSlug: string }) => string
  }
  /** Names this process among collectors; another one after each start. */
  readonly worker: string
  readonly random?: () => number
}

type Work = { readonly alert: ClaimedAlert; readonly facts: FilingFacts; readonly repository: string }

/** @returns a step: files, sets back or ends one alert; false where none is due */
export function createFileIssueStep(deps: FileIssueDeps): () => Promise<boolean> {
  const { db, tracker, now, log, installation, worker } = deps
  const random = deps.random ?? Math.random
  const timing = filingTiming(tracker?.requestTimeoutMs ?? 0)
  let isFirst = true

  return async () => {
    // Settings are read at the start: what they made fail for good may be mended now.
    if (isFirst) await retryPermanentAlerts(db, now())
    isFirst = false
    const alert = await claimDueAlert(db, { worker, now: now(), leaseMs: timing.leaseMs })
    if (!alert) return false
    try {
      await handle(alert)
    } catch (error) {
      // Ours, not the tracker's. It is set back first, so that it can't hold up the rest.
      log.error({ err: error, alert: alert.id }, 'filing an alert failed')
      await setBack(alert, {
        error: error instanceof AppError ? error.message : 'Internal error; the log has it.',
        runAt: after(retryDelayMs(alert.attempts, random())),
        counts: true,
      })
    }
    return true
  }

  function after(ms: number): Date {
    return new Date(now().getTime() + ms)
  }

  async function handle(alert: ClaimedAlert): Promise<void> {
    const facts = await getFilingFacts(db, alert.issueId, alert.episode)
    const repository = facts.project.repository ?? deps.config.repository
    if (!tracker || !repository) {
      const error = tracker
        ? `Project ${facts.project.slug} has no repository: set one, or GITHUB_REPOSITORY.`
        : 'GITHUB_TOKEN is not set.'
      return setBack(alert, { error, runAt: after(timing.settingPauseMs), counts: false })
    }
    const work = { alert, facts, repository }
    if (alert.sentAt) {
      const earlier = { ...work, repository: alert.sentTo ?? repository }
      const isOver = await lookForEarlierAttempt(earlier, tracker, alert.sentAt)
      if (isOver) return
    }
    const reason = whyNotFiled(work)
    if (reason) return endUnfiled(alert, reason)
    await create(work, tracker)
  }

  /** @returns true: the alert was dealt with, or must wait; false: nothing was created, so go on */
  async function lookForEarlierAttempt(work: Work, at: Tracker, sentAt: Date): Promise<boolean> {
    const settledAt = new Date(sentAt.getTime() + timing.settleMs)
    if (now() < settledAt) {
      await setBack(work.alert, { error: work.alert.error, runAt: settledAt, counts: false })
      return true
    }
    const found = await findMarkedIssue(at, installation, work.repository, {
      issueId: work.alert.issueId,
      episode: work.alert.episode,
      // The tracker's clock may differ from ours, and an earlier attempt may have been the one.
      since: new Date(work.alert.createdAt.getTime() - timing.clockMarginMs),
    })
    if (!found.ok) {
      await fail(work, found, sentAt)
      return true
    }
    if (!found.value) return false
    log.info({ alert: work.alert.id, number: found.value.number }, 'an earlier attempt had filed the alert')
    await record(work, found.value, true)
    return true
  }

  async function create(work: Work, at: Tracker): Promise<void> {
    const { alert, facts, repository } = work
    const text = writeIssueText({
      marker: writeMarker(installation, alert),
      repository,
      rule: alert.rule,
      ruleFacts: alert.facts,
      detectedAt: alert.createdAt,
      facts,
      event: await readTriggeringEvent(alert, facts),
      issueUrl: deps.config.issueUrl({
        id: facts.issue.id,
        number: facts.issue.number,
        projectSlug: facts.project.slug,
      }),
    })
    const sentAt = now()
    const lockedUntil = new Date(sentAt.getTime() + timing.leaseMs)
    const isOurs = await markAlertSent(db, { id: alert.id, worker }, { now: sentAt, lockedUntil, repository })
    // Lost, or so slow that the request could outlive the claim: whoever holds it next will look first.
    if (!isOurs || now().getTime() + at.requestTimeoutMs >= lockedUntil.getTime()) return
    const created = await at.createIssue(repository, text)
    if (created.ok) await record(work, created.value, false)
    else await fail(work, created, created.kind === 'unclear' ? sentAt : null)
  }

  async function readTriggeringEvent(alert: ClaimedAlert, facts: FilingFacts): Promise<Event | null> {
    const named = alert.facts.eventId
    const ids = [...(typeof named === 'string' ? [named] : []), facts.issue.lastEventId]
    for (const id of ids) {
      const stored = await findStoredEvent(db, alert.projectId, id.replaceAll('-', ''))
      if (stored) return readEvent(stored)
    }
    return null
  }

  /** Records the tracker issue in one transaction with the end of the alert and the timeline. */
  async function record(work: Work, filed: TrackerIssue, wasFound: boolean): Promise<void> {
    const { alert, repository } = work
    const at = now()
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, alert.issueId)
      if (!(await finishAlert(trx, { id: alert.id, worker }, at))) return
      const isNew = await insertTrackerIssue(trx, {
        projectId: alert.projectId,
        issueId: alert.issueId,
        episode: alert.episode,
        repository,
        number: filed.number,
        url: filed.url,
        title: filed.title,
        assignee: filed.assignee,
        filedAt: at,
        // What was done to it before it was found is still to be seen.
        trackerUpdatedAt: filed.createdAt,
      })
      if (!isNew) return
      await watchRepository(trx, repository, filed.createdAt, at)
      await appendIssueChange(trx, {
        issueId: alert.issueId,
        at,
        kind: 'filed',
        actor: 'postern',
        reason: wasFound
          ? `Filed as ${repository}#${filed.number}; an earlier attempt whose answer was lost had created it.`
          : `Filed as ${repository}#${filed.number}.`,
        facts: {
          rule: alert.rule,
          episode: alert.episode,
          repository,
          number: filed.number,
          url: filed.url,
          follows: work.facts.predecessors.map((p) => `${p.repository}#${p.number}`),
        },
      })
    })
  }

  async function endUnfiled(alert: ClaimedAlert, reason: string): Promise<void> {
    const at = now()
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, alert.issueId)
      if (!(await finishAlert(trx, { id: alert.id, worker }, at))) return
      await appendIssueChange(trx, {
        issueId: alert.issueId,
        at,
        kind: 'not_filed',
        actor: 'postern',
        reason,
        facts: { rule: alert.rule, episode: alert.episode },
      })
    })
  }

  /** @param sentAt of a create that may still have been carried out; null: none */
  async function fail(work: Work, failure: TrackerFailure, sentAt: Date | null): Promise<void> {
    const { alert, repository } = work
    const at = now()
    log.warn(
      { alert: alert.id, repository, kind: failure.kind, permanent: failure.permanent },
      failure.message,
    )
    const runAt = nextTry(alert, failure, sentAt, timing)
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, alert.issueId)
      const isOurs = await postponeAlert(
        trx,
        { id: alert.id, worker },
        {
          error: failure.message,
          at,
          runAt,
          counts: failure.kind !== 'rate_limited',
          permanent: failure.permanent,
          isSettled: sentAt === null,
        },
      )
      // Told once, not each hour that it is tried again.
      if (!isOurs || !failure.permanent || (alert.permanent && alert.error === failure.message)) return
      await appendIssueChange(trx, {
        issueId: alert.issueId,
        at,
        kind: 'filing_failed',
        actor: 'postern',
        reason: failure.message,
        facts: { rule: alert.rule, episode: alert.episode, repository },
      })
    })
  }

  function nextTry(alert: ClaimedAlert, failure: TrackerFailure, sentAt: Date | null, t: FilingTiming): Date {
    const earliest = Math.max(
      failure.retryAt?.getTime() ?? 0,
      sentAt ? sentAt.getTime() + t.settleMs : 0,
      failure.kind === 'rate_limited'
        ? now().getTime()
        : after(failure.permanent ? t.permanentPauseMs : retryDelayMs(alert.attempts, random())).getTime(),
    )
    return new Date(earliest)
  }

  async function setBack(
    alert: ClaimedAlert,
    why: { readonly error: string | null; readonly runAt: Date; readonly counts: boolean },
  ): Promise<void> {
    // What is open stays open: after an error of ours a create may have been sent.
    const rest = { at: now(), permanent: false, isSettled: false }
    await postponeAlert(db, { id: alert.id, worker }, { ...why, ...rest })
  }
}

/** Pure: why an alert that waited needs no tracker issue any more; null: it does. */
function whyNotFiled({ alert, facts: { issue } }: Work): string | null {
  if (issue.episode !== alert.episode) {
    return `Not filed: episode ${alert.episode} was over before it could be.`
  }
  if (issue.status === 'unresolved') return null
  return `Not filed: the issue was ${issue.status} by then (${issue.statusReason})`
}
