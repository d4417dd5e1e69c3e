// Pure: the text of a storm's umbrella tracker issue, and of the comment on what joined later. Titles come
// from events: they stand in code.
import type { StormIssue } from '../db/storms.ts'
import { describeDuration } from './duration.ts'
import { inlineCode, plainLine } from './quote.ts'
import { moment, plural, untrustedNotice } from './words.ts'

/** Issues in one text: so many lines of some 250 characters stay below GitHub's 65,536. */
export const maxListed = 200

type Urls = (issue: { readonly id: number }) => string

function listIssues(issues: readonly StormIssue[], issueUrl: Urls): string {
  return issues
    .map(({ issueId, title, events, users }) => {
      const seen = `${plural(events, 'event', 'events')}, ${plural(users, 'user', 'users')}`
      return `- ${inlineCode(title, 120)}: ${seen}. ${issueUrl({ id: issueId })}`
    })
    .join('\n')
}

function more(listed: readonly StormIssue[], all: number, issuesUrl: string): string {
  return all > listed.length ? `\n\nAnd ${all - listed.length} more: ${issuesUrl}` : ''
}

export function writeUmbrellaText(of: {
  readonly marker: string
  readonly projectName: string
  readonly from: Date
  readonly to: Date
  readonly issues: readonly StormIssue[]
  /** Listed or not. */
  readonly all: number
  readonly lastsMinutes: number
  readonly issueUrl: Urls
  readonly issuesUrl: string
}): { title: string; body: string } {
  const { issues, from, to } = of
  const within = describeDuration(Math.max(60_000, to.getTime() - from.getTime()))
  const title = `Storm: ${of.all.toLocaleString('en-US')} issues in ${plainLine(of.projectName, 100)} within ${within}`
  const body = `${of.marker}

**Storm.** So many issues were detected at once, from ${moment(from)} to ${moment(to)}, that they share this tracker issue. One that is still seen ${describeDuration(of.lastsMinutes * 30_000)} after it was detected gets its own. All of them: ${of.issuesUrl}

${untrustedNotice}

${listIssues(issues, of.issueUrl)}${more(issues, of.all, of.issuesUrl)}

Filed by Postern. Closing this changes nothing in Postern: each issue is resolved or ignored there, or by its own tracker issue.`
  return { title, body }
}

export function writeStormComment(
  issues: readonly StormIssue[],
  all: number,
  issueUrl: Urls,
  issuesUrl: string,
): string {
  return `${plural(all, 'more issue', 'more issues')} joined this storm. ${untrustedNotice}

${listIssues(issues, issueUrl)}${more(issues, all, issuesUrl)}`
}
