// A line of releases: one app id on one platform. Within it releases follow each other, so each line knows its
// newest. A newest that is far out (999.9.9 from somebody's own build) counts only once several users have it.
import type { Event } from '../pipeline/event.ts'
import { compareReleases, firstDifference, parseRelease } from './compare-releases.ts'

export type LineKey = { readonly app: string; readonly platform: string }

/** One line as kept; the user keys are as many as are needed to tell that there are several. */
export type ReleaseLine = {
  readonly newest: string
  readonly newestUsers: readonly string[]
  /** Releases far newer than the rest, that too few users have yet. */
  readonly pending: readonly { readonly release: string; readonly users: readonly string[] }[]
  /** No other release was ever seen in this line. */
  readonly isOnly: boolean
}

/** Distinct users that make an outlier count. */
export const outlierUsers = 3
/** Outliers that are remembered; the oldest is forgotten first. */
const maxPending = 8
const majorLeap = 10
const minorLeap = 1_000

const apple = /^(ios|ipados|tvos|watchos|visionos|macos|mac os x)$/i

/** What SDKs name; the word is free text of the sender, and each makes a line of its own. */
const platforms: ReadonlySet<string> = new Set([
  ...[
    'as3',
    'c',
    'cfml',
    'cocoa',
    'csharp',
    'dart',
    'elixir',
    'go',
    'groovy',
    'haskell',
    'java',
    'javascript',
  ],
  ...['kotlin', 'native', 'node', 'objc', 'perl', 'php', 'python', 'ruby', 'rust', 'scala', 'swift'],
])

/**
 * What an event's builds are counted with: on phones the system, whatever language the event is of (React
 * Native and Flutter send both), elsewhere the SDK's platform.
 */
export function platformOf(event: Pick<Event, 'platform' | 'contexts'>): string {
  const name = event.contexts.os?.name
  const language = platforms.has(event.platform) ? event.platform : 'other'
  if (event.contexts.browser !== undefined || typeof name !== 'string') return language
  if (apple.test(name)) return 'apple'
  return /^android$/i.test(name) ? 'android' : language
}

/** @returns null: the release has no order, so it stands in no line */
export function lineOf(release: string | null, platform: string): LineKey | null {
  const parsed = release === null ? null : parseRelease(release)
  return parsed && { app: parsed.app, platform }
}

/** True where a release is so far ahead of the newest one that it may be somebody's own build. */
export function isFarAhead(release: string, newest: string): boolean {
  const leap = firstDifference(release, newest)
  if (!leap || leap.by <= 0) return false
  if (parseRelease(release)?.kind === 'date') return leap.index === 0 && leap.by > 1
  return leap.index === 0 ? leap.by > majorLeap : leap.index === 1 && leap.by > minorLeap
}

/** True while a release is too far out and too rarely seen to decide anything. */
export function isOutlier(line: ReleaseLine | null, release: string): boolean {
  return line?.pending.some((one) => one.release === release) ?? false
}

/**
 * One more event of a release in its line.
 * @param userKey null: the event names nobody; such events are counted as one user together
 * @returns the line as it is now, the same object where nothing changed; and whether the newest moved on
 */
export function seeRelease(
  line: ReleaseLine | null,
  release: string,
  userKey: string | null,
): { readonly line: ReleaseLine; readonly advanced: boolean } {
  const user = userKey ?? ''
  if (!line) {
    return { line: { newest: release, newestUsers: [user], pending: [], isOnly: true }, advanced: true }
  }
  const order = compareReleases(release, line.newest)
  if (release === line.newest || order === 0)
    return { line: addNewestUser(line, release, user), advanced: false }
  const known = line.isOnly ? { ...line, isOnly: false } : line
  if (order === null) return { line: known, advanced: false }
  if (order < 0) {
    // The first that was ever seen may have been the outlier.
    const isAlone = line.newestUsers.length < outlierUsers && isFarAhead(line.newest, release)
    if (!isAlone) return { line: known, advanced: false }
    const pending = [...line.pending, { release: line.newest, users: line.newestUsers }].slice(-maxPending)
    return { line: { newest: release, newestUsers: [user], pending, isOnly: false }, advanced: true }
  }
  return isFarAhead(release, line.newest)
    ? awaitUsers(known, release, user)
    : { line: advanceTo(known, release, [user]), advanced: true }
}

function addNewestUser(line: ReleaseLine, release: string, user: string): ReleaseLine {
  const isOnly = line.isOnly && release === line.newest
  if (line.newestUsers.length >= outlierUsers || line.newestUsers.includes(user)) {
    return isOnly === line.isOnly ? line : { ...line, isOnly }
  }
  return { ...line, newestUsers: [...line.newestUsers, user], isOnly }
}

function awaitUsers(
  line: ReleaseLine,
  release: string,
  user: string,
): { line: ReleaseLine; advanced: boolean } {
  const known = line.pending.find((one) => one.release === release)
  if (known?.users.includes(user)) return { line, advanced: false }
  const users = [...(known?.users ?? []), user]
  if (users.length >= outlierUsers) return { line: advanceTo(line, release, users), advanced: true }
  const others = line.pending.filter((one) => one.release !== release)
  return { line: { ...line, pending: [...others, { release, users }].slice(-maxPending) }, advanced: false }
}

function advanceTo(line: ReleaseLine, release: string, users: readonly string[]): ReleaseLine {
  const pending = line.pending.filter((one) => isFarAhead(one.release, release))
  return { ...line, newest: release, newestUsers: users, pending }
}
