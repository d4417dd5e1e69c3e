// Pure: what a change at the tracker means for our issue. Two states are compared, so it does not matter
// how long nobody looked or what happened in between.
import type { IssueStatus } from '../db/schema.ts'
import type { TrackedIssue } from '../db/tracker-issues.ts'
import { type CloseMeaning, plainClose } from './read-close.ts'
import type { TrackerIssue } from './tracker.ts'

/** A step for our issue to take; several are taken in order. */
export type FollowUp =
  | { readonly do: 'change'; readonly to: IssueStatus; readonly reason: string; readonly closedAt?: Date }
  /** Nothing for our issue to do, but worth a row in its timeline. */
  | { readonly do: 'note'; readonly kind: 'closed' | 'reopened'; readonly reason: string }
  /** It can't be followed any more, and nobody decided anything about the issue. */
  | { readonly do: 'lose'; readonly reason: string }

/** Lists may lag: what is older than what we know is no news. */
export function isNews(tracked: TrackedIssue, seen: TrackerIssue): boolean {
  if (seen.updatedAt < tracked.trackerUpdatedAt) return false
  return (
    seen.state !== tracked.state ||
    (seen.state === 'closed' && seen.stateReason !== tracked.stateReason) ||
    seen.closedAt?.getTime() !== tracked.closedAt?.getTime() ||
    seen.title !== tracked.title ||
    seen.assignee !== tracked.assignee ||
    JSON.stringify(seen.labels) !== JSON.stringify(tracked.labels) ||
    seen.locked !== tracked.locked
  )
}

/** It was closed since it was last seen, or closed anew or for another reason. */
export function isClose(tracked: TrackedIssue, seen: TrackerIssue): boolean {
  const wasClosedAt = tracked.state === 'closed' ? tracked.closedAt?.getTime() : undefined
  return (
    seen.state === 'closed' &&
    (seen.closedAt?.getTime() !== wasClosedAt || seen.stateReason !== tracked.stateReason)
  )
}

/**
 * Closed as completed before, and touched since: somebody may have said only now which release has the fix. What is
 * closed anew is read anyway, and what has no episode any more decides nothing.
 */
export function mayNameFix(tracked: TrackedIssue, seen: TrackerIssue): boolean {
  return (
    seen.updatedAt > tracked.trackerUpdatedAt &&
    seen.state === 'closed' &&
    seen.stateReason === 'completed' &&
    !isClose(tracked, seen) &&
    tracked.episode === tracked.issueEpisode &&
    (tracked.issueStatus === 'resolving' || tracked.issueStatus === 'resolved')
  )
}

/** Closed as completed after it was resolved here: that decides nothing any more, but may say which release has it. */
export function followsResolution(tracked: TrackedIssue, seen: TrackerIssue): boolean {
  return (
    isClose(tracked, seen) &&
    seen.stateReason === 'completed' &&
    tracked.episode === tracked.issueEpisode &&
    tracked.issueStatus === 'resolved'
  )
}

/**
 * - closed as completed: quiet is waited for, from the tracker's moment of closing
 * - closed as not planned or as a duplicate: ignored, and linked to the other one where it is ours
 * - made a discussion: nothing is decided, and it can't be followed any more
 * - reopened: unresolved again, in the same episode while it runs
 * What a person decided here (resolved, ignored) is not undone by a close; a tracker issue of an earlier
 * episode decides nothing any more.
 */
export function followTracker(
  tracked: TrackedIssue,
  seen: TrackerIssue,
  meaning: CloseMeaning = plainClose,
): FollowUp[] {
  const name = `${tracked.repository}#${tracked.number}`
  const by = seen.closedBy ? ` by ${seen.closedBy}` : ''
  const isReopened = tracked.state === 'closed' && seen.state === 'open'
  const isClosed = isClose(tracked, seen)
  if (!isReopened && !isClosed) return []

  if (tracked.episode !== tracked.issueEpisode) {
    const reason = `${name}, of episode ${tracked.episode}, was ${isClosed ? `closed${by}` : 'reopened'}.`
    return [{ do: 'note', kind: isClosed ? 'closed' : 'reopened', reason }]
  }
  if (isReopened) {
    return tracked.issueStatus === 'unresolved'
      ? [{ do: 'note', kind: 'reopened', reason: `${name} was reopened.` }]
      : [{ do: 'change', to: 'unresolved', reason: `${name} was reopened.` }]
  }
  if (meaning.isConverted) {
    const reason = `${name} was made a discussion${by}, where nothing is followed: decide here what becomes of the issue.`
    return [{ do: 'lose', reason }]
  }
  return followClose(tracked, seen, meaning, { name, by })
}

function followClose(
  tracked: TrackedIssue,
  seen: TrackerIssue,
  { fixedIn, original }: CloseMeaning,
  { name, by }: { readonly name: string; readonly by: string },
): FollowUp[] {
  const isDone = tracked.issueStatus === 'resolved' || tracked.issueStatus === 'ignored'
  if (seen.stateReason === 'not_planned' || seen.stateReason === 'duplicate') {
    const of = original ? ` of ${original.name}` : ''
    const how = seen.stateReason === 'duplicate' ? `a duplicate${of}` : 'not planned'
    const reason = `${name} was closed as ${how}${by}.`
    return isDone ? [{ do: 'note', kind: 'closed', reason }] : [{ do: 'change', to: 'ignored', reason }]
  }
  const { releases, source } = fixedIn
  const fixed =
    releases.length > 0
      ? ` Fixed in ${releases.join(', ')} (${source}).`
      : source
        ? ` Fixed by ${source}.`
        : ''
  const reason = `${name} was closed as completed${by}; quiet is waited for.${fixed}`
  if (isDone) return [{ do: 'note', kind: 'closed', reason: `${name} was closed as completed${by}.` }]
  // The tracker's moments have whole seconds: what happened in that second may have been before.
  const closedAt = new Date((seen.closedAt ?? seen.updatedAt).getTime() + 999)
  const close = { do: 'change', to: 'resolving', reason, closedAt } as const
  // Reopened and closed again between two looks: the clock starts anew.
  return tracked.issueStatus === 'resolving'
    ? [{ do: 'change', to: 'unresolved', reason: `${name} was reopened, then closed again.` }, close]
    : [close]
}
