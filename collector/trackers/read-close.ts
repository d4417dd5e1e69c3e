// What a close at the tracker means beyond its reason: which release has the fix, of what it is a duplicate,
// whether it became a discussion. Read before the database transaction that follows the close.
import type { Database } from '../db/database.ts'
import { listNewestReleases } from '../db/release-lines.ts'
import { findIssueOfTicket, type TrackedIssue } from '../db/tracker-issues.ts'
import { type FixedIn, findDuplicateWords, findFixedIn } from './fixed-in.ts'
import type { Tracker, TrackerIssue, TrackerResult } from './tracker.ts'

export type CloseMeaning = {
  readonly fixedIn: FixedIn
  readonly isConverted: boolean
  /** The other tracker issue by name, and our issue where it is one of ours. */
  readonly original: { readonly name: string; readonly issueId: number | null } | null
}

export const plainClose: CloseMeaning = {
  fixedIn: { releases: [], source: null, by: null },
  isConverted: false,
  original: null,
}

/**
 * A tracker that will not tell (no right to read it) is taken for one that has nothing to tell; one that can't
 * tell now is a failure, and the close waits.
 */
export async function readClose(
  deps: { readonly db: Database; readonly tracker: Tracker },
  known: TrackedIssue,
  seen: TrackerIssue,
  login: string,
): Promise<TrackerResult<CloseMeaning>> {
  const { db, tracker } = deps
  const listed = await tracker.listEvents(seen.repository, seen.number)
  if (!listed.ok && !listed.permanent) return listed
  const events = listed.ok ? listed.value : []
  const newest = await listNewestReleases(db, known.projectId)
  const meaning = {
    fixedIn: findFixedIn(seen, events, login, newest),
    isConverted: events.some((event) => event.is === 'converted'),
    original: null,
  }
  if (seen.stateReason !== 'duplicate') return { ok: true, value: meaning }
  const named = await tracker.findOriginal(seen.repository, seen.number)
  if (!named.ok && !named.permanent) return named
  const other = (named.ok ? named.value : null) ?? findDuplicateWords(seen, events)
  if (!other) return { ok: true, value: meaning }
  const ours = await findIssueOfTicket(db, other)
  // Two that are called duplicates of each other are linked once, or neither would ever be looked at again.
  const isLinkable = ours && ours.id !== known.issueId && ours.duplicateOf !== known.issueId
  const name = `${other.repository}#${other.number}`
  return { ok: true, value: { ...meaning, original: { name, issueId: isLinkable ? ours.id : null } } }
}
