// The timeline of an issue, newest first: mark, what, when and one line of facts; between a resolution and what ended
// it, how long it held.
import type { IssueChange } from '../db/issue-changes.ts'
import {
  clockText,
  clockTime,
  cutEnd,
  isSameDay,
  longDuration,
  safeLink,
  shortRelease,
  type TimeView,
  type Viewer,
  versionOf,
} from './format.ts'
import type { MarkView } from './marks.ts'

export type TimelineRow = {
  /** A stretch of nothing that came before, as a row of its own above. */
  readonly held: string | null
  readonly mark: MarkView
  readonly what: string
  /** The ticket it is about. */
  readonly ticket: { readonly text: string; readonly href: string } | null
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

/** What happened, with the release that it happened in. */
function whatText(kind: string, what: string, { release }: IssueChange['facts']): string {
  if (typeof release !== 'string' || release === '') return what
  if (kind === 'regressed' || kind === 'escalated') return `${what} in ${cutEnd(versionOf(release), 40)}`
  return kind === 'first_seen' ? `${what} in ${cutEnd(shortRelease(release), 40)}` : what
}

function ticketOf({ kind, facts }: IssueChange): TimelineRow['ticket'] {
  const href = typeof facts.url === 'string' ? safeLink(facts.url) : null
  const isTicket = kind === 'filed' && href !== null && Number.isInteger(facts.number)
  return isTicket ? { text: `#${facts.number}`, href } : null
}

const ends: readonly string[] = ['regressed', 'reopened', 'reopened_late']

/** How long a resolution held, where the row above it is what ended it. */
function heldText(change: IssueChange, above: IssueChange | undefined): string | null {
  if (change.kind !== 'resolved' || !above || !ends.includes(above.kind)) return null
  return `Held ${longDuration(above.at.getTime() - change.at.getTime())}`
}

/** Day and clock; under a row of the same day the clock alone. */
function timeUnder(at: Date, above: IssueChange | undefined, viewer: Viewer): TimeView {
  const time = clockTime(at, viewer)
  return above && isSameDay(at, above.at, viewer) ? { ...time, text: clockText(at, viewer) } : time
}

/** @param changes newest first */
export function timelineView(changes: readonly IssueChange[], viewer: Viewer): TimelineRow[] {
  return changes.map((change, index) => {
    const above = changes[index - 1]
    // A kind that a newer program has written still shows, by its own name.
    const [name, hue, what] = kinds[change.kind] ?? [
      'clock',
      'stone',
      String(change.kind).replaceAll('_', ' '),
    ]
    const isFatal = change.kind === 'detected' && change.facts.level === 'fatal'
    return {
      held: heldText(change, above),
      mark: { name: isFatal ? 'fatal' : name, hue: isFatal ? 'red' : hue, word: what },
      what: whatText(change.kind, what, change.facts),
      ticket: ticketOf(change),
      by: actorText(change.actor),
      reason: `${change.reason}${untilText(change, viewer)}`,
      time: timeUnder(change.at, above, viewer),
    }
  })
}
