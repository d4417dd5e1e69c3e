// Does a release have the fix of an issue? What is known of the fix is pinned when the issue is closed, so that
// releases which are added or deleted later can't rewrite the decision. Pure.
import { compareReleases, firstDifference, parseRelease, qualifyRelease } from './compare-releases.ts'
import type { LineKey } from './release-line.ts'

/** Pinned with the issue while it is resolving or resolved. */
export type Fix = {
  /** Releases named as having the fix, one for each branch it was put into; empty: the next release has it. */
  readonly releases: readonly string[]
  /** The fix is in all releases at once (at a server, behind a switch): none of them excuses an event. */
  readonly everywhere?: boolean
  /** Who or what named them, for people: `milestone 4.2.2`, `fixed-in by @alice`. */
  readonly source: string | null
  /** Releases in which the issue was seen before the close: none of them has the fix, unless it is named. */
  readonly seenIn: readonly string[]
  /** Newest release of each line (app id and platform) before the close. */
  readonly lines: readonly (LineKey & { readonly newest: string; readonly isOnly: boolean })[]
  /** The one release that the project ever sent before the close, where it sends a constant; else null. */
  readonly constant: string | null
}

/** An event's release among the others, when the event arrived. */
export type Standing = {
  readonly line: LineKey | null
  /** Newest release of the line that was received before the close, also if it was read later; null: none. */
  readonly before: string | null
  /** First release of the line that was seen after the close and is newer than all before; null: none yet. */
  readonly next: string | null
  /** Far newer than all others and seen by too few users. */
  readonly isOutlier: boolean
  /** No other release was ever seen in the line (without a line: in the project), up to now. */
  readonly isOnly: boolean
  /** The issue was received in this release before the close. */
  readonly wasAffected: boolean
}

/** `unknown`: no release tells; time decides instead. */
export type FixAnswer = { readonly has: 'yes' | 'no' | 'unknown'; readonly why: string }

const answer = (has: FixAnswer['has'], why: string): FixAnswer => ({ has, why })

export const unknownStanding: Standing = {
  line: null,
  before: null,
  next: null,
  isOutlier: false,
  isOnly: false,
  wasAffected: false,
}

export function hasFix(fix: Fix | null, release: string | null, standing: Standing): FixAnswer {
  if (fix?.everywhere) return answer('yes', 'it was resolved for all releases at once')
  if (release === null) return answer('unknown', 'the event names no release')
  if (!fix) return answer('unknown', 'nothing is known of the fix')
  const named = fix.releases.map((name) => qualifyRelease(name, release))
  if (named.includes(release) || named.some((name) => compareReleases(release, name) === 0)) {
    return answer('yes', `${release} was named as having the fix`)
  }
  const ordered = named.filter((name) => compareReleases(release, name) !== null)
  if (ordered.length === 0 && isConstant(fix, release, standing)) {
    return answer('unknown', `${release} is the only release there ever was`)
  }
  if (standing.wasAffected || fix.seenIn.includes(release)) {
    return answer('no', `the issue was in ${release} before the close`)
  }
  if (standing.isOutlier) return answer('no', `${release} is far ahead of all others and few users have it`)
  if (ordered.length > 0) return comparedWithNamed(release, ordered)
  if (named.length > 0) return answer('unknown', `${release} has no order with ${named.join(', ')}`)
  return comparedWithNext(fix, release, standing)
}

/** `app@` or not, then an abbreviated or whole commit hash. */
const commitHash = /(?:^|@)[0-9a-f]{7,64}$/i

/**
 * A web app that always sends the same string tells nothing; a store build counts up with every release, and a
 * commit hash is another one with each, so that the first of either is no constant.
 */
function isConstant(fix: Fix, release: string, { line, isOnly }: Standing): boolean {
  if (commitHash.test(release)) return false
  const parsed = parseRelease(release)
  if (!line || !parsed) return isOnly && fix.constant === release
  if (parsed.build !== null || !isOnly) return false
  const pinned = findLine(fix, line)
  return pinned?.isOnly === true && pinned.newest === release
}

function findLine(fix: Fix, line: LineKey) {
  return fix.lines.find((one) => one.app === line.app && one.platform === line.platform)
}

/**
 * With a fix on several branches, a release has it when it is on one of them and not before it there, or after
 * the newest: fixed in 4.2.1 and 5.0.1, 5.0.0 does not have it. Two fixes part at the first number that
 * differs between them.
 */
function comparedWithNamed(release: string, named: readonly string[]): FixAnswer {
  const ascending = [...named].sort((a, b) => compareReleases(a, b) ?? 0)
  for (const [index, name] of ascending.entries()) {
    if ((compareReleases(release, name) ?? -1) < 0) continue
    const above = ascending[index + 1]
    if (above === undefined || isOnBranch(release, name, above)) {
      return answer('yes', `${release} is not older than ${name}, which has the fix`)
    }
  }
  return answer('no', `${release} does not have the fix of ${ascending.join(' and ')}`)
}

function isOnBranch(release: string, fixed: string, above: string): boolean {
  const parting = firstDifference(above, fixed)
  const own = firstDifference(release, fixed)
  // Fixes that differ in pre-release or build alone are of one branch.
  return parting === null || own === null || own.index > parting.index
}

function comparedWithNext(fix: Fix, release: string, { line, before, next }: Standing): FixAnswer {
  if (!line) return answer('unknown', `${release} has no order with other releases`)
  const newest = findLine(fix, line)?.newest ?? before
  if (newest === null)
    return answer('unknown', `no release of this app and platform was seen before the close`)
  if (next !== null && (compareReleases(release, next) ?? -1) >= 0) {
    return answer('yes', `${release} is not older than ${next}, the first newer one seen after the close`)
  }
  return answer('no', `${release} is not newer than ${before ?? newest}, the newest at the close`)
}
