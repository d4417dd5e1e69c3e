// Which events of an issue came from releases that should have its fix: from the one in which it came back, else from
// those that were named at the close; and what the others sent since. Pure.
import type { IssueChange } from '../db/issue-changes.ts'
import { parseRelease } from '../detect/compare-releases.ts'
import { hasFix, unknownStanding } from '../detect/fix.ts'
import { shortRelease, versionOf } from './format.ts'

/** From which releases on the issue should be gone; null: nothing is known of the fix. */
export type FixedFrom = {
  readonly releases: readonly string[]
  /** It came back in it: when that was first received is worth knowing. */
  readonly cameBackIn: string | null
}

/**
 * @param changes newest first
 * @param fixedIn names as the issue has them, parted by commas
 */
export function fixedFrom(changes: readonly IssueChange[], fixedIn: string | null): FixedFrom | null {
  const broken = changes.find(({ kind }) => kind === 'regressed' || kind === 'quiet_broken')
  const cameBackIn = broken?.facts.release
  if (typeof cameBackIn === 'string' && cameBackIn !== '') return { releases: [cameBackIn], cameBackIn }
  return fixedIn ? { releases: fixedIn.split(', '), cameBackIn: null } : null
}

/** "4.3.0 and newer"; of what has no order the release alone. */
export function fixedWords({ releases }: FixedFrom): string {
  const [release = ''] = releases
  if (releases.length > 1) return `${releases.slice(0, 3).map(versionOf).join(', ')} and newer`
  return parseRelease(release) ? `${versionOf(release)} and newer` : shortRelease(release)
}

/** Those of the releases that should have the fix. */
export function withFix({ releases }: FixedFrom, all: readonly string[]): string[] {
  const fix = { releases, source: null, seenIn: [], lines: [], constant: null }
  return all.filter((release) => hasFix(fix, release, unknownStanding).has === 'yes')
}

/** Events of releases without the fix, from a full hour on. */
export type OlderEvents = { readonly events: number; readonly since: Date }

const hourMs = 3_600_000

/**
 * What came from older releases since the issue was resolved last; null: it lies before the hours that are known.
 * @param hours of all releases, from a moment on
 */
export function olderSince(
  changes: readonly IssueChange[],
  hours: ReadonlyMap<number, number>,
  fixed: ReadonlyMap<number, number>,
  knownFrom: Date,
): OlderEvents | null {
  const resolved = changes.find(({ kind }) => kind === 'resolved')
  if (!resolved) return null
  const since = Math.ceil(resolved.at.getTime() / hourMs) * hourMs
  if (since < knownFrom.getTime()) return null
  let events = 0
  for (const [hour, count] of hours) if (hour >= since) events += count - (fixed.get(hour) ?? 0)
  return { events, since: new Date(since) }
}
