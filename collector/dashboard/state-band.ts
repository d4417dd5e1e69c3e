// The state of an issue as sentences: what, why, next; and the loop's rail below them. Pure; the reasons
// themselves were written by whoever decided and are in the timeline.
import type { IssueChange, IssueChangeKind } from '../db/issue-changes.ts'
import type { AlertDetails, IssueDetails, TrackerIssueDetails } from '../db/issue-page.ts'
import type { DetectionRules } from '../detect/rules.ts'
import type { OlderEvents } from './fix-series.ts'
import {
  agoTime,
  clockText,
  clockTime,
  cutEnd,
  duration,
  longDuration,
  plural,
  shortRelease,
  type TimeView,
  type Viewer,
  versionOf,
} from './format.ts'
import {
  type Hue,
  isRegressed,
  type LoopFacts,
  levelHue,
  type MarkView,
  markOf,
  type Quiet,
  ringMark,
} from './marks.ts'
import { burstText, countBurst, filesWhen, regressesWhen, slowBurnAt } from './rule-words.ts'

export type Station = {
  readonly mark: MarkView
  readonly label: string
  /** Of its tracker issue; left out where there is no room. */
  readonly number: string
  readonly more: string
  readonly state: 'done' | 'current' | 'to come'
}

export type BandView = {
  readonly hue: Hue
  readonly mark: MarkView
  readonly headline: string
  readonly when: TimeView
  /** Who has it in hand, since when; empty: nobody. */
  readonly holder: string
  readonly why: string
  readonly next: string
  readonly stations: readonly Station[]
  /** Earlier episodes: "Episode 1", "#412 · held 3 d 16 h". */
  readonly episodes: readonly {
    readonly label: string
    readonly more: string
    readonly href: string | null
  }[]
}

export type BandFacts = {
  readonly issue: IssueDetails
  readonly alerts: readonly AlertDetails[]
  readonly trackerIssues: readonly TrackerIssueDetails[]
  readonly changes: readonly IssueChange[]
  readonly quiet: Quiet | null
  /** Relays that don't answer, by name. */
  readonly silent: readonly string[]
  readonly rules: DetectionRules
  /** How long it would have to be quiet after a close now. */
  readonly nextQuietMinutes: number
  /** Repository that alerts of this project go to; null: none is set. */
  readonly repository: string | null
  /** Events from releases that should not have the fix, since it is there; null: not known. */
  readonly older: OlderEvents | null
}

type Sentences = {
  readonly headline: string
  readonly when: Date
  readonly why: string
  readonly next: string
  readonly hue: Hue
}

/** Alert and tracker issue of the running episode. */
export function currentEpisode(facts: Pick<BandFacts, 'issue' | 'alerts' | 'trackerIssues'>) {
  const { episode } = facts.issue
  return {
    alert: facts.alerts.find((alert) => alert.episode === episode) ?? null,
    tracker: facts.trackerIssues.find((tracker) => tracker.episode === episode) ?? null,
  }
}

/** What the marks look at, from what the page has read. */
export function loopFactsOf(facts: BandFacts): LoopFacts {
  const { issue } = facts
  const { alert, tracker } = currentEpisode(facts)
  return {
    status: issue.status,
    level: issue.level,
    regressions: issue.regressions,
    inEpisode: issue.inEpisode,
    alert,
    trackerNumber: tracker?.number ?? null,
    snoozedUntil: issue.snoozedUntil,
    snoozedForEvents: issue.snoozedForEvents,
    quiet: facts.quiet,
  }
}

export function reasonOf(
  changes: readonly IssueChange[],
  kinds: readonly IssueChangeKind[],
): string | undefined {
  return changes.find((change) => kinds.includes(change.kind))?.reason
}

function resolvesOnce(number: number, quietMinutes: number): string {
  return `Resolves once #${number} is closed and ${quietMinutes} minutes are quiet.`
}

/** Which rules may still file it, and when time alone does. */
function nextRule({ issue, rules }: BandFacts, viewer: Viewer): string {
  const at = slowBurnAt(issue, rules)
  if (!at) return filesWhen(rules)
  return `${filesWhen(rules)} Slow burn files it at ${clockTime(at, viewer).text} if it is still unresolved.`
}

function watching(facts: BandFacts, viewer: Viewer): Sentences {
  const { issue, rules } = facts
  const { now } = viewer
  const why =
    issue.level !== 'error' && issue.level !== 'fatal'
      ? `Its level is ${issue.level}; only error and fatal events are filed.`
      : (countBurst(issue, rules, now) > 0 && burstText(issue, rules, now)) || issue.statusReason
  return { headline: 'Not filed yet', when: issue.statusAt, why, next: nextRule(facts, viewer), hue: 'stone' }
}

/** Its tracker issue can't be followed any more: somebody must decide. */
function withoutTicket({ issue, changes }: BandFacts, tracker: TrackerIssueDetails): Sentences {
  const lost = changes.find((change) => change.kind === 'ticket_lost')
  const isDeleted = tracker.fate === 'deleted'
  return {
    headline: isDeleted ? `#${tracker.number} is gone` : `#${tracker.number} became a discussion`,
    when: lost?.at ?? issue.statusAt,
    why: lost?.reason ?? issue.statusReason,
    next: 'It goes on, and is not filed anew: resolve or ignore it here. Seen again after that, it is a regression with a ticket of its own.',
    hue: 'amber',
  }
}

/** The reason, with what made the release one that should have the fix. */
function withFix(
  reason: string,
  changes: readonly IssueChange[],
  kinds: readonly IssueChangeKind[] = ['regressed'],
): string {
  const why = changes.find(({ kind }) => kinds.includes(kind))?.facts.fix
  return typeof why === 'string' && why !== '' ? `${reason.replace(/\.$/, '')}: ${why}.` : reason
}

function olderWords(older: OlderEvents | null, viewer: Viewer): string {
  if (!older || older.events === 0) return ''
  const since = clockTime(older.since, viewer).text
  return `Since ${since}, ${plural(older.events, 'event')} came from older releases; those count but never reopen it.`
}

function unresolved(facts: BandFacts, viewer: Viewer): Sentences {
  const { issue, changes, repository } = facts
  const { alert, tracker } = currentEpisode(facts)
  if (!issue.inEpisode || !alert) return watching(facts, viewer)
  const regressed = isRegressed(loopFactsOf(facts))
  const detected = reasonOf(changes, regressed ? ['regressed', 'detected'] : ['detected', 'regressed'])
  const isReopened = issue.statusAt > alert.createdAt
  if (tracker?.fate) return withoutTicket(facts, tracker)
  const [latest] = changes.filter(({ kind }) => kind === 'quiet_broken' || kind === 'reopened')
  const reopened =
    latest?.kind === 'quiet_broken'
      ? withFix(issue.statusReason, changes, ['quiet_broken'])
      : issue.statusReason
  const why = isReopened ? reopened : (detected ?? issue.statusReason)
  if (!tracker && alert.error) {
    const at = alert.errorAt ? clockTime(alert.errorAt, viewer).text : ''
    const again = alert.permanent
      ? 'Tried again when this is mended.'
      : `Tried again at ${clockText(alert.runAt, viewer, true)}.`
    return {
      headline: alert.permanent ? 'Filing failed' : 'Waiting to file',
      when: alert.errorAt ?? alert.createdAt,
      why: `${alert.error}${at ? ` (${at})` : ''}`,
      next: detected ? `${again} ${detected}` : again,
      hue: 'amber',
    }
  }
  const next = tracker
    ? `${regressed || isReopened ? `Filed as #${tracker.number}. ` : ''}${resolvesOnce(tracker.number, facts.nextQuietMinutes)}`
    : repository
      ? `Being filed in ${repository} now.`
      : 'Filed once this project has a repository.'
  if (regressed && !isReopened) {
    const told = [withFix(why, changes), olderWords(facts.older, viewer)].filter(Boolean).join(' ')
    const where = issue.lastRelease ? ` in ${versionOf(issue.lastRelease)}` : ''
    const escalated = alert.rule === 'escalation'
    const headline = escalated ? `Escalated${where}` : `Regressed${where}`
    return { headline, when: alert.createdAt, why: told, next, hue: escalated ? 'red' : 'violet' }
  }
  const headline = isReopened ? 'Reopened' : tracker ? `Filed as #${tracker.number}` : 'Waiting to file'
  const hue = issue.level === 'fatal' && alert.acknowledgedAt === null ? 'red' : 'stone'
  return {
    headline,
    when: isReopened ? issue.statusAt : (tracker?.filedAt ?? alert.createdAt),
    why,
    next,
    hue,
  }
}

/** Who closed what, and which releases have the fix. */
function closedWords({ issue, changes }: BandFacts): string {
  const close = changes.find(({ kind }) => kind === 'closed')
  const who = close?.actor.startsWith('github:') ? `@${close.actor.slice(7)}` : ''
  const reason = issue.statusReason.replace(/^(#\d+) was closed/, (whole, ticket) =>
    who ? `${who} closed ${ticket}` : whole,
  )
  const { fixedInRelease } = issue
  if (!fixedInRelease) return reason
  const source = close?.facts.fixSource
  const named = typeof source === 'string' && source !== '' ? `, by ${source}` : ''
  const releases = fixedInRelease.split(', ').slice(0, 3).map(shortRelease).join(', ')
  return `${reason} The fix is in ${releases}${named}.`
}

/** When it is resolved if it stays quiet. */
function quietEndOf(issue: IssueDetails, quiet: Quiet): Date {
  const needed = (quiet.of + quiet.deafMinutes) * 60_000
  return new Date((issue.closedAt ?? issue.statusAt).getTime() + needed)
}

function resolving(facts: BandFacts, quiet: Quiet, viewer: Viewer): Sentences {
  const { issue, silent } = facts
  const cancels = issue.fixedInRelease
    ? `An event from ${shortRelease(issue.fixedInRelease)} or newer cancels.`
    : 'An event cancels.'
  if (quiet.stands) {
    const who = silent.length > 0 ? silent.join(', ') : 'a relay'
    return {
      headline: `Clock stands at ${quiet.minutes} of ${quiet.of}`,
      when: issue.statusAt,
      why: `${silent.length > 1 ? 'Relays' : 'Relay'} ${who} cannot be heard; silence there proves nothing. ${issue.statusReason}`,
      next: `Goes on when all relays are heard. ${cancels}`,
      hue: 'amber',
    }
  }
  const end = quietEndOf(issue, quiet)
  const deaf =
    quiet.deafMinutes > 0
      ? ` ${quiet.deafMinutes} min don't count: something of the project was turned away or lost.`
      : ''
  return {
    headline: `Quiet for ${quiet.minutes} of ${quiet.of} minutes`,
    when: issue.statusAt,
    why: `${closedWords(facts)}${deaf} The clock counts only what all relays have handed over.`,
    next: `Resolved at ${clockText(end, viewer)} if it stays quiet. ${cancels}`,
    hue: 'green',
  }
}

function resolved({ issue, rules, older }: BandFacts, viewer: Viewer): Sentences {
  const at = issue.resolvedAt ?? issue.statusAt
  const did = older && older.events > 0 ? plural(older.events, 'event') : ''
  const next = [
    regressesWhen(issue, rules),
    did && `Since ${clockTime(older?.since ?? at, viewer).text}, ${did} from older releases did not.`,
  ]
    .filter(Boolean)
    .join(' ')
  const held = longDuration(viewer.now.getTime() - at.getTime())
  return { headline: `Resolved, held ${held}`, when: at, why: issue.statusReason, next, hue: 'green' }
}

function ignored(issue: IssueDetails, viewer: Viewer): Sentences {
  const { at, events, users } = issue.ignoreEnd
  const until =
    at !== null
      ? clockTime(at, viewer).text
      : events !== null
        ? plural(events, 'event')
        : users !== null
          ? plural(users, 'user')
          : null
  return {
    headline: until === null ? 'Ignored for good' : `Ignored until ${until}`,
    when: issue.statusAt,
    why: issue.statusReason,
    next:
      until === null
        ? 'Events are counted and nothing is filed until somebody reopens it.'
        : 'Until then events are counted and nothing is filed; after it the rules decide anew.',
    hue: 'stone',
  }
}

const pending = { name: 'watching', hue: 'stone', word: 'to come' } as const

function stationsOf(facts: BandFacts, mark: MarkView, viewer: Viewer): Station[] {
  const { issue, quiet } = facts
  const { alert, tracker } = currentEpisode(facts)
  const regressed = alert?.rule === 'regression' || alert?.rule === 'escalation'
  const hue = levelHue[issue.level]
  const detected: MarkView = alert
    ? {
        name:
          alert.rule === 'regression'
            ? 'regressed'
            : alert.rule === 'escalation'
              ? 'escalated'
              : alert.rule === 'fatal'
                ? 'fatal'
                : 'burst',
        hue: regressed ? 'violet' : hue,
        word: 'done',
      }
    : { ...pending, hue, word: 'watching' }
  const isOver = issue.status === 'resolved'
  const isClosed = isOver || issue.status === 'resolving' || tracker?.state === 'closed'
  const reached = isOver
    ? 4
    : issue.status === 'resolving'
      ? 3
      : isClosed
        ? 2
        : tracker || alert?.error
          ? 1
          : 0
  const done = (name: string, doneHue: Hue, isDone: boolean): MarkView =>
    isDone ? { name, hue: doneHue, word: 'done' } : pending
  const clock = (at: Date | null | undefined) => (at ? clockTime(at, viewer).text : '')
  const filedMore =
    tracker && reached === 1
      ? `open ${duration(viewer.now.getTime() - tracker.filedAt.getTime())}`
      : clock(tracker?.filedAt)
  const quietEnd = quiet && !quiet.stands ? quietEndOf(issue, quiet) : null
  const marks: readonly [MarkView, string, string, string?][] = [
    [detected, regressed ? 'Regressed' : alert ? 'Detected' : 'Watching', clock(alert?.createdAt)],
    [
      tracker
        ? { name: 'filed', hue: reached > 1 ? 'stone' : hue, word: 'done' }
        : alert?.error
          ? { name: 'stuck', hue: 'amber', word: 'failed' }
          : pending,
      'Filed',
      filedMore,
      tracker ? `#${tracker.number}` : '',
    ],
    [
      done('ghclosed', 'stone', isClosed),
      'Closed',
      isClosed
        ? [clock(issue.closedAt ?? tracker?.closedAt), tracker?.closedBy ? `@${tracker.closedBy}` : '']
            .filter(Boolean)
            .join(' ')
        : '',
    ],
    [
      quiet ? ringMark(quiet) : done('resolved', 'green', isOver),
      'Quiet',
      quiet ? `${quiet.minutes} of ${quiet.of} min` : isOver ? '' : `${facts.nextQuietMinutes} min`,
    ],
    [
      done('resolved', 'green', isOver),
      'Resolved',
      quietEnd ? `at ${clockText(quietEnd, viewer)}` : clock(isOver ? issue.resolvedAt : null),
    ],
  ]
  return marks.map(([own, label, more, number = ''], index) => ({
    mark: index === 0 && !alert ? mark : own,
    label,
    number,
    more,
    state: index < reached ? 'done' : index === reached ? 'current' : 'to come',
  }))
}

function holderWords(facts: BandFacts, viewer: Viewer): string {
  const { alert } = currentEpisode(facts)
  if (facts.issue.status !== 'unresolved' || !facts.issue.inEpisode || !alert?.acknowledgedAt) return ''
  const who = cutEnd(alert.acknowledgedBy ?? 'Somebody', 80)
  return `${who} has it, since ${clockTime(alert.acknowledgedAt, viewer).text}`
}

/** How long the resolution of an earlier episode held. */
function heldWords(changes: readonly IssueChange[], tracker: TrackerIssueDetails): string {
  // They stand newest first.
  const resolved = changes.findLastIndex(({ kind, at }) => kind === 'resolved' && at >= tracker.filedAt)
  const end = changes
    .slice(0, Math.max(0, resolved))
    .findLast(({ kind }) => kind === 'regressed' || kind === 'reopened' || kind === 'reopened_late')
  const start = changes[resolved]
  return start && end ? `held ${longDuration(end.at.getTime() - start.at.getTime())}` : ''
}

/** The band of an issue, with the mark it carries everywhere. */
export function bandView(facts: BandFacts, viewer: Viewer): BandView {
  const { issue } = facts
  const mark = markOf(loopFactsOf(facts), viewer.now)
  const said: Sentences =
    issue.status === 'resolving' && facts.quiet
      ? resolving(facts, facts.quiet, viewer)
      : issue.status === 'resolved'
        ? resolved(facts, viewer)
        : issue.status === 'ignored'
          ? ignored(issue, viewer)
          : unresolved(facts, viewer)
  const earlier = facts.trackerIssues.filter((tracker) => tracker.episode < issue.episode)
  return {
    ...said,
    mark,
    holder: holderWords(facts, viewer),
    when: {
      ...clockTime(said.when, viewer),
      text: `${clockTime(said.when, viewer).text}, ${agoTime(said.when, viewer).text}`,
    },
    stations: issue.status === 'ignored' ? [] : stationsOf(facts, mark, viewer),
    episodes: earlier.slice(0, 2).map((tracker) => ({
      label: `Episode ${tracker.episode}`,
      more: [`#${tracker.number}`, heldWords(facts.changes, tracker) || tracker.state].join(' · '),
      href: tracker.url,
    })),
  }
}
