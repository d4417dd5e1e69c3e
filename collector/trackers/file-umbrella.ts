// Step: one piece of work for one storm: creates its umbrella tracker issue, which lists what waits under it,
// or tells the umbrella in one comment what joined since, once an hour at most.
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import { markSent, postpone } from '../db/create-claims.ts'
import type { Database } from '../db/database.ts'
import { hourMs } from '../db/filing-limits.ts'
import type { Installation } from '../db/installation.ts'
import { appendIssueChanges } from '../db/issue-changes.ts'
import { insertNotifications } from '../db/notifications.ts'
import {
  type ClaimedStorm,
  claimDueStorm,
  countUnlisted,
  type FilingProject,
  getFilingProject,
  listUnlisted,
  markListed,
  noteStormTold,
  recordUmbrella,
  restStorm,
  type StormIssue,
  scheduleUnlisted,
} from '../db/storms.ts'
import { lockIssues } from '../db/tracker-issues.ts'
import { watchRepository } from '../db/tracker-repositories.ts'
import {
  type CreateOnceDeps,
  type CreateRow,
  createOnce,
  failRow,
  lookForEarlierCreate,
  whyNotThere,
} from './create-once.ts'
import { readFilingSettings } from './filing-settings.ts'
import { filingTiming, retryDelayMs } from './filing-timing.ts'
import { writeMarker } from './marker.ts'
import type { Tracker, TrackerIssue } from './tracker.ts'
import { maxListed, writeStormComment, writeUmbrellaText } from './umbrella-text.ts'

export type FileUmbrellaDeps = {
  readonly db: Database
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly installation: Installation
  readonly config: {
    readonly repository: string | null
    /** Address of our page of an issue. */
    readonly issueUrl: (issue: { readonly id: number }) => string
    /** Address of a project's list of issues. */
    readonly issuesUrl: (projectSlug: string) => string
  }
  readonly worker: string
  readonly random?: () => number
}

type Work = {
  readonly storm: ClaimedStorm
  readonly project: FilingProject
  /** As many as one text lists. */
  readonly waiting: readonly StormIssue[]
  readonly all: number
}

/** @returns a step: works on one storm; false where none is due */
export function createFileUmbrellaStep(deps: FileUmbrellaDeps): () => Promise<boolean> {
  const { db, tracker, now, log, installation, worker, config } = deps
  const random = deps.random ?? Math.random
  const timing = filingTiming(tracker?.requestTimeoutMs ?? 0)

  return async () => {
    const storm = await claimDueStorm(db, { worker, now: now(), leaseMs: timing.leaseMs })
    if (!storm) return false
    try {
      await handle(storm)
    } catch (error) {
      log.error({ err: error, storm: storm.id }, 'filing a storm failed')
      const message = error instanceof AppError ? error.message : 'Internal error; the log has it.'
      await setBack(storm, message, retryDelayMs(storm.attempts, random()), true)
    }
    return true
  }

  async function handle(storm: ClaimedStorm): Promise<void> {
    const project = await getFilingProject(db, storm.projectId)
    const settings = readFilingSettings(project.settings)
    const repository = project.repository ?? config.repository
    if (!tracker || !repository) return setBack(storm, storm.error, timing.settingPauseMs, false)
    const waiting = await listUnlisted(db, storm.id, maxListed)
    const all = await countUnlisted(db, storm.id)
    const work = { storm, project, waiting, all }
    if (storm.filed) return comment(work, tracker, storm.filed)
    const create: CreateOnceDeps = { tracker, now, log, installation, timing, random }
    const row = rowOf(work, settings.budgetPerHour)
    if (await lookForEarlierCreate(create, row, repository)) return
    if (waiting.length === 0) return restStorm(db, { id: storm.id, worker }, now())
    if (settings.dryRun) return setBack(storm, null, timing.settingPauseMs, false)
    const refused = await whyNotThere(tracker, repository, settings)
    if (refused) return failRow(create, row, repository, refused, null)
    const text = writeUmbrellaText({
      marker: writeMarker(installation, row.marked),
      projectName: project.name,
      from: storm.startedAt,
      to: storm.lastAlertAt,
      issues: waiting,
      all,
      lastsMinutes: settings.lastsMinutes,
      issueUrl: config.issueUrl,
      issuesUrl: config.issuesUrl(project.slug),
    })
    const labels = settings.labels.length > 0 ? { labels: settings.labels } : {}
    await createOnce(create, row, repository, { ...text, ...labels })
  }

  function rowOf(work: Work, budgetPerHour: number): CreateRow {
    const { storm } = work
    const claim = { id: storm.id, worker }
    const settle = { attempts: storm.attempts, sentAt: storm.sentAt, sentTo: storm.sentTo }
    return {
      name: `storm ${storm.id}`,
      marked: { stormId: storm.id },
      createdAt: storm.startedAt,
      ...settle,
      markSent: (at) => markSent(db, 'storm', claim, { ...at, projectId: storm.projectId, budgetPerHour }),
      waitUntil: (runAt) => setBack(storm, storm.error, runAt.getTime() - now().getTime(), false),
      holdForBudget: async (runAt) => {
        const error = `The project's budget of ${budgetPerHour} tracker issues an hour is used up.`
        const rest = { at: now(), counts: false, permanent: false, isSettled: true }
        await postpone(db, 'storm', claim, { error, runAt, ...rest })
      },
      record: (filed, wasFound) => record(work, filed, wasFound),
      fail: async (_repository, failure, runAt, isSettled) => {
        const { message: error, permanent } = failure
        const at = now()
        const counts = failure.kind !== 'rate_limited'
        await db.transaction().execute(async (trx) => {
          const isOurs = await postpone(trx, 'storm', claim, {
            error,
            at,
            runAt,
            counts,
            permanent,
            isSettled,
          })
          // Told once, not each hour that it is tried again.
          if (!isOurs || !permanent || (storm.permanent && storm.error === error)) return
          const key = `storm:${storm.id}:failed:${at.toISOString()}`
          const facts = { reason: `The ticket of a storm of ${work.all} issues: ${error}` }
          const told = { key, kind: 'filing_failed' as const, projectId: storm.projectId, issueId: null }
          await insertNotifications(trx, [{ ...told, at, facts }])
        })
      },
    }
  }

  async function record(
    { storm, waiting, all }: Work,
    filed: TrackerIssue,
    wasFound: boolean,
  ): Promise<void> {
    const at = now()
    const { repository } = filed
    await db.transaction().execute(async (trx) => {
      const umbrella = { repository, number: filed.number, url: filed.url }
      if (!(await recordUmbrella(trx, { id: storm.id, worker }, umbrella, at))) return
      await watchRepository(trx, repository, filed.createdAt, at)
      // What a found one lists isn't known: it is told of all that wait, in a comment.
      if (!wasFound) await tell(trx, waiting, umbrella, at)
      await insertNotifications(trx, [
        {
          key: `storm:${storm.id}`,
          kind: 'filed',
          projectId: storm.projectId,
          issueId: null,
          at,
          facts: { reason: `A storm of ${all} issues shares one ticket, ${repository}#${filed.number}.` },
        },
      ])
      await scheduleUnlisted(trx, storm.id, new Date(at.getTime() + hourMs))
    })
  }

  async function tell(
    trx: Parameters<typeof markListed>[0],
    listed: readonly StormIssue[],
    umbrella: { readonly repository: string; readonly number: number },
    at: Date,
  ): Promise<void> {
    await lockIssues(
      trx,
      listed.map((issue) => issue.issueId),
    )
    await markListed(
      trx,
      listed.map((issue) => issue.alertId),
      at,
    )
    const name = `${umbrella.repository}#${umbrella.number}`
    await appendIssueChanges(
      trx,
      listed.map((issue) => ({
        issueId: issue.issueId,
        at,
        kind: 'told' as const,
        actor: 'postern',
        reason: `Listed in ${name}, the tracker issue of a storm.`,
        facts: { repository: umbrella.repository, number: umbrella.number, storm: true },
      })),
      at,
    )
  }

  /** Said once: after an end that isn't known it is not repeated, since a comment can't be looked for cheaply. */
  async function comment(work: Work, at: Tracker, filed: { repository: string; number: number }) {
    const { storm, project, waiting, all } = work
    const claim = { id: storm.id, worker }
    if (waiting.length === 0) return restStorm(db, claim, now())
    const text = writeStormComment(waiting, all, config.issueUrl, config.issuesUrl(project.slug))
    const said = await at.comment(filed.repository, filed.number, text)
    if (!said.ok && said.kind !== 'unclear') {
      const pauseMs = said.permanent ? timing.permanentPauseMs : retryDelayMs(storm.attempts, random())
      const runAt = Math.max(said.retryAt?.getTime() ?? 0, now().getTime() + pauseMs)
      return setBack(storm, said.message, runAt - now().getTime(), said.kind !== 'rate_limited')
    }
    const toldAt = now()
    await db.transaction().execute(async (trx) => {
      if (!(await noteStormTold(trx, claim, toldAt))) return
      await tell(trx, waiting, filed, toldAt)
      await scheduleUnlisted(trx, storm.id, new Date(toldAt.getTime() + hourMs))
    })
  }

  async function setBack(storm: ClaimedStorm, error: string | null, pauseMs: number, counts: boolean) {
    const at = now()
    const runAt = new Date(at.getTime() + pauseMs)
    const rest = { at, permanent: false, isSettled: false }
    await postpone(db, 'storm', { id: storm.id, worker }, { error, runAt, counts, ...rest })
  }
}
