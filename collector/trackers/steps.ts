// Builds the tracker and the steps that talk with it from the settings, with how long each rests.
import { randomUUID } from 'node:crypto'
import type { Log } from '../../shared/log.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Installation } from '../db/installation.ts'
import { createCheckTicketStep } from './check-ticket.ts'
import { createCommentProgressStep } from './comment-progress.ts'
import { createTrackerActionStep } from './do-tracker-action.ts'
import { createFileIssueStep } from './file-issue.ts'
import { createFileUmbrellaStep } from './file-umbrella.ts'
import { createGithubTracker } from './github.ts'
import { createPollResolutionStep } from './poll-resolution.ts'
import { createQuietStep } from './quiet.ts'
import { createReopenStep } from './reopen-ticket.ts'
import type { Tracker } from './tracker.ts'

export type TrackerStep = {
  readonly name: string
  /** One unit of work; false where there was none. */
  readonly step: () => Promise<boolean>
  /** ms to rest when there was no work. */
  readonly restMs: number
}

type StepsDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
  readonly installation: Installation
  readonly config: Pick<CollectorConfig, 'github' | 'url' | 'trackerPollSeconds' | 'quietMinutes'>
}

/** Without credentials for GitHub alerts wait and say so, and nothing is polled. */
export function createTrackerSteps(deps: StepsDeps): TrackerStep[] {
  const { credentials, apiUrl } = deps.config.github
  const tracker = credentials && createGithubTracker({ baseUrl: apiUrl, credentials, now: deps.now })
  return createStepsWith(tracker, deps)
}

/** The same with a tracker of one's own; the simulator brings a model of GitHub. */
export function createStepsWith(
  tracker: Tracker | null,
  { db, now, log, installation, config, random }: StepsDeps & { readonly random?: () => number },
): TrackerStep[] {
  const { repository } = config.github
  // Claims belong to one start of one collector: after a crash they run out, and are not taken for one's own.
  const worker = randomUUID()
  const shared = { db, now, log, installation, tracker, worker, ...(random ? { random } : {}) }
  const pollMs = config.trackerPollSeconds * 1000
  const issueUrl = ({ id }: { id: number }) => `${config.url}/issues/${id}`
  const fileIssue = createFileIssueStep({ ...shared, config: { repository, issueUrl } })
  const issuesUrl = (slug: string) => `${config.url}/issues?project=${encodeURIComponent(slug)}`
  const fileUmbrella = createFileUmbrellaStep({ ...shared, config: { repository, issueUrl, issuesUrl } })
  const progress = createCommentProgressStep({ ...shared, config: { issueUrl } })
  const quietMs = config.quietMinutes * 60_000
  const pollResolution = createPollResolutionStep({ ...shared, config: { pollMs, quietMs } })
  const checkTicket = createCheckTicketStep({ ...shared, config: { quietMs } })
  const quiet = createQuietStep({ db, now, log, config: { quietMs } })
  const reopen = createReopenStep({ ...shared, config: { issueUrl, quietMs } })
  const actions = createTrackerActionStep(shared)
  return [
    { name: 'file issues', step: fileIssue, restMs: 500 },
    { name: 'file storms', step: fileUmbrella, restMs: 1_000 },
    { name: 'comment on progress', step: progress, restMs: 5_000 },
    { name: 'poll resolution', step: pollResolution, restMs: Math.min(1_000, pollMs) },
    { name: 'check tickets', step: checkTicket, restMs: 30_000 },
    { name: 'reopen tickets', step: reopen, restMs: 1_000 },
    { name: 'act on tickets', step: actions, restMs: 2_000 },
    { name: 'quiet periods', step: quiet, restMs: 1_000 },
  ]
}
