// Issues as Sentry's API shows them ("group" there). Our quiet period is `unresolved` to Sentry's tools;
// the object `postern` says what is ours alone: the true status, why, the episode and the tracker issue.
import type { IssueChange, IssueChangeKind } from '../db/issue-changes.ts'
import type { IssueDetails, TagShares, TrackerIssueDetails } from '../db/issue-page.ts'
import type { Project } from '../db/projects.ts'
import type { IssueStatus } from '../db/schema.ts'
import { projectRef } from './project-shape.ts'

const hourMs = 3_600_000

const sentryStatus: Readonly<Record<IssueStatus, 'unresolved' | 'resolved' | 'ignored'>> = {
  unresolved: 'unresolved',
  resolving: 'unresolved',
  resolved: 'resolved',
  ignored: 'ignored',
  // Nobody sees it: whoever asks for it gets the issue that shows it.
  merged: 'ignored',
}

/** Sentry's names for what its own activity feed knows; the rest keeps ours. */
const activityTypes: Partial<Readonly<Record<IssueChangeKind, string>>> = {
  resolved: 'set_resolved',
  reopened: 'set_unresolved',
  ignored: 'set_ignored',
  regressed: 'set_regression',
}

/** What people and commits call an issue: `SHOP-WEB-12`. */
export function shortId(project: Project, issue: { readonly number: number }): string {
  return `${project.slug.toUpperCase()}-${issue.number}`
}

/** Reads a short id; undefined: it is none. */
export function parseShortId(text: string): { slug: string; number: number } | undefined {
  const [, slug, number] = /^(.{1,60})-(\d{1,10})$/.exec(text) ?? []
  // Numbers within a project are 32 bits.
  return slug && number && Number(number) < 2 ** 31
    ? { slug: slug.toLowerCase(), number: Number(number) }
    : undefined
}

/** Start of the oldest of the 24 hours shown, the running one included. */
export function statsSince(now: Date): Date {
  return new Date((Math.floor(now.getTime() / hourMs) - 23) * hourMs)
}

function stats(hours: ReadonlyMap<number, number>, now: Date): [number, number][] {
  const since = statsSince(now).getTime()
  return Array.from({ length: 24 }, (_, index) => {
    const hour = since + index * hourMs
    return [hour / 1000, hours.get(hour) ?? 0]
  })
}

/** What an issue is shown with beside its own row. */
export type IssueSurroundings = {
  readonly project: Project
  /** Events by hour (ms), from `statsSince` on. */
  readonly hours: ReadonlyMap<number, number>
  readonly trackerIssue: TrackerIssueDetails | undefined
  /** COLLECTOR_URL, for the link to the page. */
  readonly url: string
  readonly now: Date
}

export function issueShape(
  issue: IssueDetails,
  { project, hours, trackerIssue: tracker, url, now }: IssueSurroundings,
) {
  const status = sentryStatus[issue.status]
  const inRelease = status === 'resolved' && issue.fixedInRelease ? { inRelease: issue.fixedInRelease } : {}
  const { at, events, users } = issue.ignoreEnd
  const ignoredFor =
    status === 'ignored'
      ? {
          ...(at === null ? {} : { ignoreUntil: at.toISOString() }),
          ...(events === null ? {} : { ignoreCount: Math.max(0, events - issue.eventCount) }),
          ...(users === null ? {} : { ignoreUserCount: Math.max(0, users - issue.userCount) }),
        }
      : {}
  return {
    id: String(issue.id),
    shortId: shortId(project, issue),
    shareId: null,
    title: issue.title,
    culprit: issue.culprit,
    permalink: new URL(`/issues/${issue.id}`, url).href,
    logger: null,
    level: issue.level,
    status,
    statusDetails: { ...inRelease, ...ignoredFor },
    substatus: status === 'unresolved' ? (issue.regressions > 0 ? 'regressed' : 'ongoing') : null,
    isPublic: false,
    platform: issue.platform,
    project: projectRef(project),
    type: issue.titleType === null ? 'default' : 'error',
    metadata:
      issue.titleType === null
        ? { title: issue.titleValue }
        : { type: issue.titleType, value: issue.titleValue },
    numComments: 0,
    assignedTo: null,
    isBookmarked: false,
    isSubscribed: false,
    subscriptionDetails: null,
    hasSeen: false,
    annotations: tracker
      ? [{ displayName: `${tracker.repository}#${tracker.number}`, url: tracker.url }]
      : [],
    issueType: 'error',
    issueCategory: 'error',
    isUnhandled: issue.handled === false,
    // Sentry writes this one as text.
    count: String(issue.eventCount),
    userCount: issue.userCount,
    firstSeen: issue.firstSeenAt.toISOString(),
    lastSeen: issue.lastSeenAt.toISOString(),
    stats: { '24h': stats(hours, now) },
    postern: {
      status: issue.status,
      reason: issue.statusReason,
      statusAt: issue.statusAt.toISOString(),
      episode: issue.episode,
      regressions: issue.regressions,
      trackerIssue: tracker
        ? {
            repository: tracker.repository,
            number: tracker.number,
            url: tracker.url,
            state: tracker.state,
            episode: tracker.episode,
          }
        : null,
    },
  }
}

function release(version: string | null) {
  return version === null ? null : { version, shortVersion: version }
}

/** One issue by itself: the shape of the list and what only this answer carries. */
export function issueDetailShape(
  shape: ReturnType<typeof issueShape>,
  issue: IssueDetails,
  changes: readonly IssueChange[],
  tags: readonly TagShares[],
) {
  return {
    ...shape,
    firstRelease: release(issue.firstRelease),
    lastRelease: release(issue.lastRelease),
    tags: tags.map(({ key, total, distinct }) => ({
      key,
      name: key,
      totalValues: total,
      uniqueValues: distinct,
    })),
    activity: changes.map((change, index) => ({
      id: String(changes.length - index),
      type: activityTypes[change.kind] ?? change.kind,
      user: null,
      data: { ...change.facts, actor: change.actor, reason: change.reason },
      dateCreated: change.at.toISOString(),
    })),
    seenBy: [],
    participants: [],
    pluginActions: [],
    pluginIssues: [],
    pluginContexts: [],
    userReportCount: 0,
  }
}
