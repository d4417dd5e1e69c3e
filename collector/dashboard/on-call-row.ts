// One thing that needs a person, as a row of the on-call page: what, why in one line, how much, and what one
// can do. Pure.
import type { IssueListRow } from '../db/issue-list.ts'
import type { TroubleHand } from '../db/loop-troubles.ts'
import type { StormRow } from '../db/storm-rows.ts'
import { sparkView } from './bars.ts'
import {
  clockTime,
  countView,
  duration,
  exactCount,
  exactTime,
  longDuration,
  plural,
  shortCount,
  type Viewer,
  versionOf,
} from './format.ts'
import { issueListHref } from './issue-query.ts'
import { issueRowView, type RowContext } from './issue-row.ts'
import { type Hue, snoozeWords } from './marks.ts'
import { monogramOf } from './monogram.ts'
import type { Trouble } from './troubles.ts'

const hourMs = 3_600_000

/** What has become of a row that somebody acted upon; null: it still needs somebody. */
export type Done = { readonly words: string; readonly undo: string | null }

export type OnCallRow = {
  /** Issue id, or the name of a trouble: what the page remembers having shown. */
  readonly key: string
  readonly id: string
  readonly href: string
  readonly action: string
  readonly kind: string
  readonly hue: Hue
  readonly mark: { readonly name: string; readonly hue: Hue; readonly word: string }
  readonly since: { readonly text: string; readonly exact: string; readonly iso: string }
  readonly monogram: string | null
  readonly project: string
  readonly release: { readonly text: string; readonly exact: string } | null
  readonly tracker: { readonly number: string; readonly icon: string; readonly words: string } | null
  readonly type: string | null
  readonly message: string
  readonly why: string
  readonly spark: ReturnType<typeof sparkView> | null
  readonly figures: readonly { readonly text: string; readonly exact: string; readonly label: string }[]
  /** "×4 in 1 h" */
  readonly slope: string
  readonly canResolve: boolean
  readonly done: Done | null
  /** For the order: 7 storms … 1 what the loop could not do. */
  readonly rank: number
  readonly at: number
}

/** Events of the last sixty minutes and the sixty before, from counts by hour. */
export function lastTwoHours(
  hours: ReadonlyMap<number, number>,
  now: Date,
): { last: number; before: number } {
  const hour = Math.floor(now.getTime() / hourMs) * hourMs
  const into = (now.getTime() - hour) / hourMs
  const at = (back: number) => hours.get(hour - back * hourMs) ?? 0
  return {
    last: Math.round(at(0) + at(1) * (1 - into)),
    before: Math.round(at(1) * into + at(2) * (1 - into)),
  }
}

/** "×4 in 1 h" from 1.5 up, else how many came. */
export function slopeText(hours: ReadonlyMap<number, number>, now: Date): string {
  const { last, before } = lastTwoHours(hours, now)
  const ratio = before > 0 ? last / before : 0
  if (before >= 3 && ratio >= 1.5) {
    return `×${ratio < 10 ? Number(ratio.toFixed(1)) : Math.round(ratio)} in 1\u202fh`
  }
  return `${shortCount(last)} in 1\u202fh`
}

const kinds = {
  escalation: ['Escalated', 'red', 'escalated'],
  fatal: ['Fatal', 'red', 'fatal'],
  burst: ['Burst', 'orange', 'burst'],
  regression: ['Regressed', 'violet', 'regressed'],
  slow_burn: ['Filing failed', 'amber', 'stuck'],
  by_hand: ['Filing failed', 'amber', 'stuck'],
} as const

/** Why it needs somebody, in one line. */
function whyOf(row: IssueListRow, viewer: Viewer): string {
  const { alert } = row
  if (!alert) return row.statusReason
  if (alert.error !== null && !alert.done) return `Not filed: ${alert.error}`
  const { facts } = alert
  const release = row.lastRelease ? ` in ${versionOf(row.lastRelease)}` : ''
  const fixed =
    typeof facts.fixedInRelease === 'string' ? `Fixed in ${versionOf(facts.fixedInRelease)}, back` : 'Back'
  const held = typeof facts.heldMs === 'number' ? ` Held ${longDuration(facts.heldMs)}.` : ''
  const since = clockTime(alert.createdAt, viewer).text
  switch (alert.rule) {
    case 'escalation': {
      const again = row.regressions >= 2 ? `Regression number ${row.regressions}` : 'Came back again'
      const back = fixed === 'Back' ? `${again},` : `${again}: ${fixed.toLowerCase()}`
      return `${back}${release}.${held}`
    }
    case 'regression':
      return `${fixed}${release}.${held}`
    case 'burst': {
      const events = typeof facts.events === 'number' ? facts.events : 3
      const minutes = typeof facts.windowMinutes === 'number' ? facts.windowMinutes : 5
      return `Since ${since}; the rule is ${events} events in ${minutes} min.`
    }
    case 'fatal':
      return row.userCount > 0
        ? `Since ${since}, ${plural(row.userCount, 'user')} so far. One fatal event is enough.`
        : `Since ${since}. One fatal event is enough.`
    default:
      return row.statusReason
  }
}

/** How long something has lasted: "1 h 12 min". */
function lasting(from: Date, viewer: Viewer) {
  const ms = viewer.now.getTime() - from.getTime()
  return {
    text: ms < hourMs ? duration(ms) : longDuration(ms),
    exact: `Since ${exactTime(from, viewer)}`,
    iso: from.toISOString(),
  }
}

export function onCallIssue(
  row: IssueListRow,
  context: RowContext,
  done: Done | null,
  viewer: Viewer,
): OnCallRow {
  const view = issueRowView(row, context, viewer)
  const rule = row.alert?.rule ?? 'burst'
  const isOld = row.rank === 1
  const [kind, hue, name] = isOld ? kinds.slow_burn : kinds[rule]
  const from = row.alert?.createdAt ?? row.lastSeenAt
  const hours = context.hours.get(row.id) ?? new Map<number, number>()
  return {
    key: String(row.id),
    id: `row-${row.id}`,
    href: view.href,
    action: `/issues/${row.id}`,
    kind,
    hue,
    mark: { name, hue, word: kind },
    since: lasting(from, viewer),
    monogram: view.monogram,
    project: view.project,
    release: view.release,
    tracker: view.tracker,
    type: view.type,
    message: view.message,
    why: whyOf(row, viewer),
    spark: sparkView(hours, viewer, { from, hue }),
    figures: [
      { ...countView(row.eventCount), label: row.eventCount === 1 ? 'event' : 'events' },
      ...(row.userCount > 0
        ? [{ ...countView(row.userCount), label: row.userCount === 1 ? 'user' : 'users' }]
        : []),
    ],
    slope: slopeText(hours, viewer.now),
    canResolve: true,
    done,
    rank: row.rank,
    at: from.getTime(),
  }
}

const stormPrefix = 'storm:'
export const stormKey = (id: number) => `${stormPrefix}${id}`

/** The storm that a row's key names; null: the row is another's. */
export function stormOfKey(key: string): number | null {
  const id = key.startsWith(stormPrefix) ? key.slice(stormPrefix.length) : ''
  return /^\d{1,15}$/.test(id) ? Number(id) : null
}

/** A storm is one row that opens the list of its issues. */
export function onCallStorm(
  storm: StormRow,
  hours: ReadonlyMap<number, number> = new Map(),
  done: Done | null,
  viewer: Viewer,
): OnCallRow {
  const asking = storm.open === storm.issues ? '' : `, ${exactCount(storm.open)} of them not in hand`
  return {
    key: stormKey(storm.id),
    id: `row-storm-${storm.id}`,
    href: issueListHref({ text: `is:unresolved storm:${storm.id}` }),
    action: `/storms/${storm.id}`,
    kind: 'Storm',
    hue: 'red',
    mark: { name: 'storm', hue: 'red', word: 'Storm' },
    since: lasting(storm.startedAt, viewer),
    monogram: monogramOf(storm.projectPlatform),
    project: storm.projectSlug,
    release: null,
    tracker:
      storm.number === null
        ? null
        : { number: `#${storm.number}`, icon: 'ghopen', words: `Filed together as #${storm.number}` },
    type: plural(storm.issues, 'issue'),
    message: `at once in ${storm.projectSlug}`,
    why: storm.error
      ? `Not filed: ${storm.error}`
      : `Since ${clockTime(storm.startedAt, viewer).text}${asking}. ${storm.number === null ? 'They share one ticket, which is being filed.' : `They share #${storm.number}; what lasts is filed on its own.`}`,
    spark: sparkView(hours, viewer, { from: storm.startedAt, hue: 'red' }),
    figures: [{ ...countView(storm.events), label: storm.events === 1 ? 'event' : 'events' }],
    slope: slopeText(hours, viewer.now),
    canResolve: true,
    done,
    rank: 7,
    at: storm.startedAt.getTime(),
  }
}

export function onCallTrouble(trouble: Trouble, done: Done | null, viewer: Viewer): OnCallRow {
  return {
    key: trouble.trouble,
    id: `row-${Buffer.from(trouble.trouble).toString('base64url')}`,
    href: trouble.href,
    action: '/troubles',
    kind: trouble.kind,
    hue: trouble.hue,
    mark: { name: 'stuck', hue: trouble.hue, word: trouble.kind },
    since: lasting(trouble.since, viewer),
    monogram: null,
    project: trouble.kind === 'Filing failed' ? 'tracker' : 'relay',
    release: null,
    tracker: null,
    type: trouble.name,
    message: trouble.message,
    why: trouble.why,
    spark: null,
    figures: trouble.figure ? [{ ...trouble.figure, exact: trouble.figure.text }] : [],
    slope: '',
    canResolve: false,
    done,
    rank: trouble.kind === 'Data at risk' ? 6 : 1,
    at: trouble.since.getTime(),
  }
}

// A row acted upon stays under the finger this long, with a way back, before it moves to "In hand".
const undoMs = 10_000
// What was just put off offers to be put off for longer, and a menu takes its time.
const longerMs = 30_000

const isRecent = (at: Date | null, now: Date, ms = undoMs) => at !== null && now.getTime() - at.getTime() < ms

/** What became of an issue that the page still shows; null: its time is up and it goes. */
export function doneWithIssue(row: IssueListRow, viewer: Viewer): Done | null {
  const { now } = viewer
  const alert = row.alert
  if (row.snoozedForEvents !== null || (row.snoozedUntil && row.snoozedUntil > now)) {
    return isRecent(row.snoozedAt, now, longerMs)
      ? { words: snoozeWords(row, viewer), undo: 'unsnooze' }
      : null
  }
  if (row.status === 'resolved' || row.status === 'ignored') {
    const words = row.status === 'resolved' ? 'Resolved' : 'Ignored'
    return isRecent(row.statusAt, now) ? { words, undo: 'reopen' } : null
  }
  if (row.status === 'resolving') {
    return isRecent(row.statusAt, now) ? { words: 'Its tracker issue was closed', undo: null } : null
  }
  if (alert && isRecent(alert.acknowledgedAt, now)) {
    return { words: `${alert.acknowledgedBy ?? 'Somebody'} has it`, undo: 'unacknowledge' }
  }
  return null
}

/** What became of a storm whose issues all have somebody, or are over: the latest of what was done. */
export function doneWithStorm(storm: StormRow, viewer: Viewer): Done | null {
  const { acknowledgedAt, snoozedAt, resolvedAt } = storm
  const latest = Math.max(...[acknowledgedAt, snoozedAt, resolvedAt].map((at) => at?.getTime() ?? 0))
  const isRecentAndLatest = (at: Date | null, ms?: number) =>
    isRecent(at, viewer.now, ms) && at?.getTime() === latest
  if (isRecentAndLatest(resolvedAt)) return { words: 'Resolved', undo: 'reopen' }
  if (isRecentAndLatest(acknowledgedAt))
    return { words: `${storm.acknowledgedBy ?? 'Somebody'} has it`, undo: 'unacknowledge' }
  if (isRecentAndLatest(snoozedAt, longerMs)) return { words: 'Snoozed', undo: 'unsnooze' }
  return null
}

export function doneWithTrouble(hand: TroubleHand | null, viewer: Viewer): Done | null {
  if (!hand) return null
  if (isRecent(hand.acknowledgedAt, viewer.now))
    return { words: `${hand.by ?? 'Somebody'} has it`, undo: 'release' }
  // Put off for an hour at a time, so what is left tells when.
  const left = hand.snoozedUntil ? hand.snoozedUntil.getTime() - viewer.now.getTime() : 0
  if (hand.snoozedUntil && left > hourMs - undoMs) {
    return { words: `Snoozed until ${clockTime(hand.snoozedUntil, viewer).text}`, undo: 'release' }
  }
  return null
}

/** Most urgent first, the newest first inside a kind. */
export function byUrgency(rows: readonly OnCallRow[]): OnCallRow[] {
  return rows.toSorted((a, b) => b.rank - a.rank || b.at - a.at)
}

/** "5 need you", with the exact count where it is cut. */
export function needSentence(count: number, bound: number): string {
  if (count > bound) return `${exactCount(bound)}+ need you`
  return count === 1 ? '1 needs you' : `${exactCount(count)} need you`
}
