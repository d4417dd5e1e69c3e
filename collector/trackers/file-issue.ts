// Step: files one due alert as a tracker issue. The alert is claimed by a lease; whether it may be filed now
// (dry run, storm, budget, the repository) is decided first, then create-once.ts makes the tracker issue. What
// came of it stands in the timeline and on the alert.
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
import { countCreates, joinStorm } from '../db/filing-limits.ts'
import type { Installation } from '../db/installation.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import type { HeldReason } from '../db/schema.ts'
import { findStoredEvent, readEvent } from '../db/stored-events.ts'
import { type FilingFacts, getFilingFacts, insertTrackerIssue, lockIssue } from '../db/tracker-issues.ts'
import { watchRepository } from '../db/tracker-repositories.ts'
import type { Event } from '../pipeline/event.ts'
import {
  type CreateOnceDeps,
  type CreateRow,
  createOnce,
  failRow,
  lookForEarlierCreate,
  whyNotThere,
} from './create-once.ts'
import { type FilingSettings, readFilingSettings } from './filing-settings.ts'
import { filingTiming, retryDelayMs } from './filing-timing.ts'
import { writeIssueText } from './issue-text.ts'
import { writeMarker } from './marker.ts'
import { lastsBeyond, nextLook } from './storm.ts'
import type { Tracker, TrackerFailure, TrackerIssue } from './tracker.ts'

export type FileIssueDeps = {
  readonly db: Database
  /** null: the collector has no GitHub credentials; alerts wait and say so. */
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

type Work = {
  readonly alert: ClaimedAlert
  readonly facts: FilingFacts
  readonly settings: FilingSettings
  readonly repository: string
}

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
        : 'GITHUB_TOKEN is not set, nor a GitHub App.'
      return setBack(alert, { error, runAt: after(timing.settingPauseMs), counts: false })
    }
    const settings = readFilingSettings(facts.project.settings)
    const work = { alert, facts, settings, repository }
    const create: CreateOnceDeps = { tracker, now, log, installation, timing, random }
    const row = rowOf(work)
    if (await lookForEarlierCreate(create, row, repository)) return
    const reason = whyNotFiled(work)
    if (reason) return endUnfiled(alert, reason)
    if (await isHeld(work)) return
    const refused = await whyNotThere(tracker, repository, settings)
    if (refused) return failRow(create, row, repository, refused, null)
    await createOnce(create, row, repository, await writeText(work))
  }

  /** Dry run and storms: nothing failed, and still nothing is sent now. */
  async function isHeld({ alert, facts, settings, repository }: Work): Promise<boolean> {
    if (settings.dryRun) {
      const reason = `Dry run: it would have been filed in ${repository}. Nothing is sent while the project's dry run is on.`
      await hold(alert, 'dry_run', reason, after(timing.dryRunPauseMs))
      return true
    }
    const storm = alert.stormId
      ? { id: alert.stormId }
      : await joinStorm(db, alert, settings, now(), timing.stormSettleMs)
    if (!storm) return false
    if (lastsBeyond(alert, facts.issue.lastSeenAt, settings.lastsMinutes)) return false
    const reason = `Part of a storm: more than ${settings.stormIssues} alerts within ${settings.stormMinutes} minutes share one tracker issue. This one gets its own if it is still seen ${Math.ceil(settings.lastsMinutes / 2)} minutes after it was detected.`
    await hold(alert, 'storm', reason, nextLook(alert, now(), settings.lastsMinutes))
    return true
  }

  function rowOf(work: Work): CreateRow {
    const { alert, settings } = work
    const claim = { id: alert.id, worker }
    return {
      name: `alert ${alert.id}`,
      marked: { issueId: alert.issueId, episode: alert.episode },
      createdAt: alert.createdAt,
      attempts: alert.attempts,
      sentAt: alert.sentAt,
      sentTo: alert.sentTo,
      markSent: (at) =>
        markAlertSent(db, claim, {
          ...at,
          projectId: alert.projectId,
          budgetPerHour: settings.budgetPerHour,
        }),
      waitUntil: (runAt) => setBack(alert, { error: alert.error, runAt, counts: false }),
      holdForBudget: (freeAt) =>
        hold(
          alert,
          'budget',
          `The project's budget of ${settings.budgetPerHour} tracker issues an hour is used up.`,
          freeAt,
        ),
      record: (filed, wasFound) => record(work, filed, wasFound),
      fail: (repository, failure, runAt, isSettled) =>
        fail({ ...work, repository }, failure, runAt, isSettled),
    }
  }

  async function writeText(work: Work) {
    const { alert, facts, settings, repository } = work
    const isEscalation = alert.rule === 'escalation'
    const labels = [...settings.labels, ...(isEscalation ? settings.escalationLabels : [])]
    const assignees = [...settings.assignees, ...(isEscalation ? settings.escalationAssignees : [])]
    return {
      ...writeIssueText({
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
        templates: { title: settings.titleTemplate, body: settings.bodyTemplate },
      }),
      ...(labels.length > 0 ? { labels: [...new Set(labels)] } : {}),
      ...(assignees.length > 0 ? { assignees: [...new Set(assignees)].slice(0, 10) } : {}),
    }
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
    const { alert, facts } = work
    // As the tracker writes it, which may be another name than the settings have.
    const { repository } = filed
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
        labels: filed.labels,
        filedAt: at,
        // What was done to it before it was found is still to be seen.
        trackerUpdatedAt: filed.createdAt,
        told: {
          events: facts.issue.eventCount,
          platforms: facts.systems.map((system) => system.name),
        },
      })
      if (!isNew) return
      await watchRepository(trx, repository, filed.createdAt, at)
      const used = await countCreates(trx, alert.projectId, at)
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
          budget: { used, of: work.settings.budgetPerHour },
          follows: facts.predecessors.map((p) => `${p.repository}#${p.number}`),
        },
      })
    })
  }

  async function endUnfiled(alert: ClaimedAlert, reason: string): Promise<void> {
    const at = now()
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, alert.issueId)
      if (!(await finishAlert(trx, { id: alert.id, worker }, at, false))) return
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

  /** Waits without a fault; told once in the timeline, not at each look. */
  async function hold(alert: ClaimedAlert, held: HeldReason, reason: string, runAt: Date): Promise<void> {
    const at = now()
    const rest = { counts: false, permanent: false, isSettled: true }
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, alert.issueId)
      const why = { error: reason, at, runAt, held, ...rest }
      const isOurs = await postponeAlert(trx, { id: alert.id, worker }, why)
      if (!isOurs || alert.held === held) return
      await appendIssueChange(trx, {
        issueId: alert.issueId,
        at,
        kind: 'filing_held',
        actor: 'postern',
        reason,
        facts: { rule: alert.rule, episode: alert.episode, held, until: runAt.toISOString() },
      })
    })
  }

  async function fail(work: Work, failure: TrackerFailure, runAt: Date, isSettled: boolean): Promise<void> {
    const { alert, repository } = work
    const at = now()
    const { message, permanent } = failure
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, alert.issueId)
      const counts = failure.kind !== 'rate_limited'
      const why = { error: message, at, runAt, counts, permanent, isSettled }
      const isOurs = await postponeAlert(trx, { id: alert.id, worker }, why)
      // Told once, not each hour that it is tried again.
      if (!isOurs || !permanent || (alert.permanent && alert.error === message)) return
      await appendIssueChange(trx, {
        issueId: alert.issueId,
        at,
        kind: 'filing_failed',
        actor: 'postern',
        reason: message,
        facts: { rule: alert.rule, episode: alert.episode, repository },
      })
    })
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
