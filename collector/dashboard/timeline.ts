// The timeline of an issue, newest first: mark, what, when and one line of facts.
import type { IssueChange } from '../db/issue-changes.ts'
import { clockTime, type TimeView, type Viewer } from './format.ts'
import type { MarkView } from './marks.ts'

export type TimelineRow = {
  readonly mark: MarkView
  readonly what: string
  readonly by: string
  readonly reason: string
  readonly time: TimeView
}

const kinds: Record<IssueChange['kind'], readonly [string, MarkView['hue'], string]> = {
  first_seen: ['watching', 'stone', 'First seen'],
  detected: ['burst', 'orange', 'Detected'],
  filed: ['filed', 'stone', 'Filed'],
  not_filed: ['ignored', 'stone', 'Not filed'],
  filing_held: ['clock', 'stone', 'Held back'],
  told: ['filed', 'stone', 'Commented'],
  filing_failed: ['stuck', 'amber', 'Filing failed'],
  closed: ['ghclosed', 'stone', 'Closed'],
  reopened: ['replay', 'stone', 'Reopened'],
  quiet_broken: ['replay', 'orange', 'Quiet broken'],
  resolved: ['resolved', 'green', 'Resolved'],
  ignored: ['ignored', 'stone', 'Ignored'],
  regressed: ['regressed', 'violet', 'Regressed'],
  escalated: ['escalated', 'red', 'Escalated'],
  reopened_late: ['replay', 'stone', 'Reopened'],
  merged: ['watching', 'stone', 'Merged'],
  taken_out: ['watching', 'stone', 'Taken out'],
  acknowledged: ['acknowledged', 'stone', 'Acknowledged'],
  unacknowledged: ['watching', 'stone', 'Given back'],
  snoozed: ['snoozed', 'stone', 'Snoozed'],
  unsnoozed: ['clock', 'stone', 'No longer snoozed'],
  assigned: ['user', 'stone', 'Assigned'],
  comment: ['comment', 'stone', 'Comment'],
  duplicate_closed: ['ghclosed', 'stone', 'Duplicate closed'],
  fix_named: ['ghclosed', 'stone', 'Fix named'],
  ticket_moved: ['filed', 'stone', 'Ticket moved'],
  ticket_lost: ['stuck', 'amber', 'Ticket gone'],
}

/** Who did it, as a word: nobody for Postern itself and for people, whom the reason names. */
function actorText(actor: string): string {
  if (actor.startsWith('github:')) return `by @${actor.slice(7)}`
  if (actor.startsWith('api:')) return `by API token ${actor.slice(4)}`
  return ''
}

/** What was put off or ignored for a time says until when, on the viewer's clock. */
function untilText(change: IssueChange, viewer: Viewer): string {
  if (change.kind !== 'snoozed' && change.kind !== 'ignored') return ''
  const until = typeof change.facts.until === 'string' ? new Date(change.facts.until) : null
  return until && !Number.isNaN(until.getTime()) ? ` Until ${clockTime(until, viewer).text}.` : ''
}

export function timelineView(changes: readonly IssueChange[], viewer: Viewer): TimelineRow[] {
  return changes.map((change) => {
    // A kind that a newer program has written still shows, by its own name.
    const [name, hue, what] = kinds[change.kind] ?? [
      'clock',
      'stone',
      String(change.kind).replaceAll('_', ' '),
    ]
    const isFatal = change.kind === 'detected' && change.facts.level === 'fatal'
    return {
      mark: { name: isFatal ? 'fatal' : name, hue: isFatal ? 'red' : hue, word: what },
      what,
      by: actorText(change.actor),
      reason: `${change.reason}${untilText(change, viewer)}`,
      time: clockTime(change.at, viewer),
    }
  })
}
