// Looks for the tracker issue that an earlier attempt may have created: by creator and all states, since
// labels are silently dropped where the token lacks the right and search lags.
import type { Installation } from '../db/installation.ts'
import { isSameMark, type Marked, readMarker } from './marker.ts'
import type { Tracker, TrackerIssue, TrackerResult } from './tracker.ts'

export type MarkedIssue = { readonly trackerIssue: TrackerIssue; readonly marked: Marked }

/** Pure: those of a list that carry our marker and are by our own author; anyone can copy a marker. */
export function listMarkedIssues(
  installation: Installation,
  login: string,
  issues: readonly TrackerIssue[],
): MarkedIssue[] {
  return issues.flatMap((trackerIssue) => {
    if (trackerIssue.author?.toLowerCase() !== login.toLowerCase()) return []
    const marked = readMarker(installation, trackerIssue.body)
    return marked ? [{ trackerIssue, marked }] : []
  })
}

/** @returns the earliest tracker issue with that mark; undefined: there is none */
export async function findMarkedIssue(
  tracker: Tracker,
  installation: Installation,
  repository: string,
  of: { readonly marked: Marked; readonly since: Date },
): Promise<TrackerResult<TrackerIssue | undefined>> {
  const login = await tracker.whoAmI()
  if (!login.ok) return login
  let earliest: TrackerIssue | undefined
  let page: string | null = null
  do {
    const listed = await tracker.listIssuesSince(
      repository,
      { since: of.since, creator: login.value },
      { page },
    )
    if (!listed.ok) return listed
    if (listed.value === 'not_modified') break
    for (const { trackerIssue, marked } of listMarkedIssues(installation, login.value, listed.value.issues)) {
      if (!isSameMark(marked, of.marked)) continue
      if (!earliest || trackerIssue.number < earliest.number) earliest = trackerIssue
    }
    page = listed.value.next
  } while (page)
  return { ok: true, value: earliest }
}
