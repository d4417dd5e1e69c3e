// Which releases have the fix, as told by what people did at the tracker. Pure. What is read here was written by
// others, so only whole lines of a strict form count, only by those who may write there, and only short names.
import { compareReleases, parseRelease, qualifyRelease } from '../detect/compare-releases.ts'
import type { TrackerEvent, TrackerIssue } from './tracker.ts'

export type FixedIn = {
  /** Empty: nothing names one, so the next release has it. */
  readonly releases: readonly string[]
  /** Who or what says so, for people; null: nobody. */
  readonly source: string | null
  /** Login of the person who wrote or merged it; null: not known. */
  readonly by: string | null
}

const nobody: FixedIn = { releases: [], source: null, by: null }

const maxReleases = 10
/** `4.2.1`, `v4.2.1`, `com.acme.shop@4.2.1+812`, a commit hash. */
const releaseName = /^[\w@.+/-]{1,200}$/
/** `fixed-in: 4.2.1`, alone on its line; neither quoted nor in code. Several names mean several branches. */
const fixedInLine = /^ {0,3}fixed[- ]in: *(\S[^\n\r]{0,1000}?) *$/i
const fence = /^ {0,3}(`{3,}|~{3,})/
/** A version with at least two numbers; `Sprint 12` and `Q4` are none. */
const versionInTitle =
  /(?:^|[\s(])(?:[\w./-]+@)?v?\d+(?:\.\d+){1,3}(?:[-+][0-9A-Za-z][\w.+-]*)?(?=$|[\s,;:)])/g

/**
 * The first of these that names a release: the newest `fixed-in` line of a person, the milestone of a merged pull
 * request that says it closes the ticket, the ticket's own milestone. What was written or merged before the ticket
 * was last reopened did not fix it, and names nothing any more.
 * @param own    login of our own account: what we wrote ourselves names nothing
 * @param newest newest releases of the project; a milestone that has no order with any of them is another
 *               numbering, and names nothing
 */
export function findFixedIn(
  ticket: Pick<TrackerIssue, 'repository' | 'number' | 'milestone'>,
  events: readonly TrackerEvent[],
  own: string,
  newest: readonly string[],
): FixedIn {
  for (const event of [...events].reverse()) {
    if (event.is === 'reopened') break
    if (event.is !== 'comment' || !event.isTrusted || isSame(event.author, own)) continue
    const releases = readFixedInLines(event.body)
    if (releases.length > 0) return { releases, source: `fixed-in by @${event.author}`, by: event.author }
  }
  const reopenedAt = events.findLast((event) => event.is === 'reopened')?.at
  // A pull request that speaks of the ticket stands where it was opened, not where it was merged.
  const merges = events
    .filter((event) => event.is === 'merge')
    .filter((merge) => saysItCloses(merge, ticket) && !(reopenedAt && merge.mergedAt < reopenedAt))
  const milestones = merges.flatMap(({ repository, number, milestone, mergedBy }) => {
    const releases = readMilestone(milestone, newest)
    return releases.length > 0 ? [{ releases, of: `${repository}#${number}`, mergedBy }] : []
  })
  if (milestones.length > 0) {
    const releases = [...new Set(milestones.flatMap((one) => one.releases))].slice(0, maxReleases)
    const of = [...new Set(milestones.map((one) => one.of))].slice(0, 3)
    const by = milestones.at(-1)?.mergedBy ?? null
    return { releases, source: `milestone of ${of.join(', ')}`, by }
  }
  const releases = readMilestone(ticket.milestone, newest)
  if (releases.length > 0) return { releases, source: 'its milestone', by: null }
  const [merge] = merges
  if (merge) return { ...nobody, source: `${merge.repository}#${merge.number}`, by: merge.mergedBy }
  const commit = events.findLast((event) => event.is === 'closed')?.commit
  return commit && /^[0-9a-f]{7,64}$/.test(commit)
    ? { ...nobody, source: `commit ${commit.slice(0, 7)}` }
    : nobody
}

/** What a comment names, in the last line that names any. */
function readFixedInLines(body: string): string[] {
  let open: string | null = null
  let named: string[] = []
  // What a comment hides from its readers names nothing either.
  const shown = body.replace(/<!--[\s\S]*?(?:-->|$)/g, '')
  for (const line of shown.split(/\r\n|\n|\r/)) {
    const mark = fence.exec(line)?.[1]
    if (open !== null) {
      if (mark?.startsWith(open) && line.trim() === mark) open = null
      continue
    }
    if (mark) {
      open = mark
      continue
    }
    const rest = fixedInLine.exec(line)?.[1]
    if (rest === undefined) continue
    const names = rest
      .replaceAll('`', '')
      .split(/[\s,;]+/)
      .filter(Boolean)
    // One word that is no name, and the line is a sentence: it names nothing.
    if (names.every((name) => releaseName.test(name) && /\d/.test(name))) named = names
  }
  return [...new Set(named)].slice(0, maxReleases)
}

function readMilestone(title: string | null, newest: readonly string[]): string[] {
  const found = (title ?? '').slice(0, 300).match(versionInTitle) ?? []
  const [name] = found.map((one) => one.replace(/^[\s(]/, ''))
  if (name === undefined || found.length > 1 || parseRelease(name) === null) return []
  const isOfProject = newest.some(
    (release) => compareReleases(release, qualifyRelease(name, release)) !== null,
  )
  return newest.length === 0 || isOfProject ? [name] : []
}

/**
 * GitHub's closing words before the ticket, in a pull request of the same owner: anyone may write the like into a
 * repository of their own.
 * Source: GitHub documentation, "Linking a pull request to an issue"
 */
function saysItCloses(
  merge: Extract<TrackerEvent, { is: 'merge' }>,
  ticket: Pick<TrackerIssue, 'repository' | 'number'>,
): boolean {
  const ownerOf = (repository: string) => repository.split('/')[0] ?? ''
  if (!isSame(ownerOf(merge.repository), ownerOf(ticket.repository))) return false
  const words =
    /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:https?:\/\/\S{1,200}?\/)?([\w.-]{1,100}\/[\w.-]{1,100})?(?:#|\/issues\/)(\d{1,10})\b/gi
  for (const [, repository, number] of merge.text.matchAll(words)) {
    const isHere = isSame(repository ?? merge.repository, ticket.repository)
    if (isHere && Number(number) === ticket.number) return true
  }
  return false
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** GitHub's own words for it, alone in their line: the other ticket, where no event names it. */
export function findDuplicateWords(
  ticket: Pick<TrackerIssue, 'repository'>,
  events: readonly TrackerEvent[],
): { readonly repository: string; readonly number: number } | null {
  for (const event of [...events].reverse()) {
    if (event.is !== 'comment' || !event.isTrusted) continue
    const said = /^ {0,3}Duplicate of (?:([\w.-]{1,100}\/[\w.-]{1,100}))?#(\d{1,10}) *\r?$/im.exec(event.body)
    if (said) return { repository: said[1] ?? ticket.repository, number: Number(said[2]) }
  }
  return null
}
