// Step: tells one open tracker issue what its text does not: its issue has ten, a hundred or a thousand times
// as many events as when it was filed, or a release or platform is newly affected. A few comments in a
// ticket's life, with a day between those on releases and platforms: never a stream.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import { appendIssueChange } from '../db/issue-changes.ts'
import { lockIssue } from '../db/tracker-issues.ts'
import { claimProgress, notePlatforms, noteTold, type Progress, undoTold } from '../db/tracker-progress.ts'
import { readFilingSettings } from './filing-settings.ts'
import { inlineCode } from './quote.ts'
import type { Tracker } from './tracker.ts'
import { plural } from './words.ts'

const everyMs = 5 * 60_000
/** Between comments on releases and platforms. */
const pauseMs = 24 * 3_600_000
const maxComments = 12
const multiples = [1_000, 100, 10] as const

export type ProgressNews = {
  /** Power of ten that is reached now; the one already told where it is not new. */
  readonly multiple: number
  readonly isMore: boolean
  readonly releases: readonly string[]
  readonly platforms: readonly string[]
}

/** Pure: what is worth a comment now; null: nothing. */
export function newsOf(progress: Progress, now: Date): ProgressNews | null {
  if (progress.comments >= maxComments) return null
  const reached = multiples.find((times) => progress.events >= progress.eventsAtFiling * times) ?? 1
  const isMore = reached > progress.toldMultiple
  const isRested = now.getTime() - progress.toldAt.getTime() >= pauseMs
  const known = progress.toldPlatforms
  const platforms = known ? progress.platforms.filter((name) => !known.includes(name)) : []
  const mayTellPlaces = isMore || isRested
  const news = {
    multiple: Math.max(reached, progress.toldMultiple),
    isMore,
    releases: mayTellPlaces ? progress.newReleases : [],
    platforms: mayTellPlaces ? platforms : [],
  }
  return isMore || news.releases.length > 0 || news.platforms.length > 0 ? news : null
}

/** Pure: the comment; names of releases and platforms come from events and stand in code. */
export function writeProgressComment(progress: Progress, news: ProgressNews, issueUrl: string): string {
  const list = (names: readonly string[]) => names.map((name) => inlineCode(name, 120)).join(', ')
  const events = plural(progress.events, 'event', 'events')
  const users = plural(progress.users, 'user', 'users')
  const lines = [
    news.isMore
      ? `Now ${events} from ${users}: more than ${news.multiple.toLocaleString('en-US')} times as many as when this was filed.`
      : `It goes on: ${events} from ${users} so far.`,
    ...(news.releases.length > 0 ? [`Newly affected releases: ${list(news.releases)}.`] : []),
    ...(news.platforms.length > 0 ? [`Newly affected platforms: ${list(news.platforms)}.`] : []),
  ]
  return `${lines.join('\n')}\n\n${issueUrl}`
}

/** @returns a step: looks at one open tracker issue; false where none is due */
export function createCommentProgressStep(deps: {
  readonly db: Database
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly config: { readonly issueUrl: (issue: { readonly id: number }) => string }
}): () => Promise<boolean> {
  const { db, tracker, now, log, config } = deps
  if (!tracker) return async () => false

  return async () => {
    const progress = await claimProgress(db, now(), everyMs)
    if (!progress) return false
    if (progress.toldPlatforms === null) await notePlatforms(db, progress.id, progress.platforms)
    const settings = readFilingSettings(progress.settings)
    if (!settings.comments || settings.dryRun) return true
    const news = newsOf(progress, now())
    if (news) await tell(progress, news, tracker)
    return true
  }

  async function tell(progress: Progress, news: ProgressNews, at: Tracker): Promise<void> {
    const { repository, number, issueId } = progress
    const platforms = [...new Set([...(progress.toldPlatforms ?? []), ...progress.platforms])].slice(0, 50)
    if (!(await noteTold(db, progress, { multiple: news.multiple, platforms, at: now() }))) return
    const text = writeProgressComment(progress, news, config.issueUrl({ id: issueId }))
    const said = await at.comment(repository, number, text)
    if (!said.ok) {
      log.warn({ repository, number, kind: said.kind }, said.message)
      // Where its end isn't known it is not repeated: a comment too few is better than a stream.
      if (said.kind !== 'unclear') return undoTold(db, progress)
    }
    const what = [
      ...(news.isMore ? [`${news.multiple}× the events`] : []),
      ...(news.releases.length > 0 ? [plural(news.releases.length, 'new release', 'new releases')] : []),
      ...(news.platforms.length > 0 ? [plural(news.platforms.length, 'new platform', 'new platforms')] : []),
    ].join(', ')
    const reason = said.ok
      ? `Told ${repository}#${number}: ${what}.`
      : `Told ${repository}#${number}: ${what}; whether it arrived isn't known.`
    await db.transaction().execute(async (trx) => {
      await lockIssue(trx, issueId)
      const facts = { repository, number, events: progress.events, multiple: news.multiple }
      await appendIssueChange(trx, { issueId, at: now(), kind: 'told', actor: 'postern', reason, facts })
    })
  }
}
