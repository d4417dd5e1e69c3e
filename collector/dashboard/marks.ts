// The mark of an issue: its shape says where in the loop it is, its colour how bad. One function decides;
// lists, band, rail and timeline show what it says.
import type { Heard } from '../db/heard.ts'
import type { AlertRule, IssueStatus } from '../db/schema.ts'
import { heardSilenceMs } from '../detect/quiet-length.ts'
import type { Level } from '../pipeline/event.ts'
import { clockTime, plural, type Viewer, versionOf } from './format.ts'

export type Hue = 'red' | 'orange' | 'amber' | 'blue' | 'green' | 'violet' | 'stone'

export type MarkView = {
  /** Symbol of the sprite, or 'quiet'/'stands' for the ring that is drawn with its share. */
  readonly name: string
  readonly hue: Hue
  /** The mark's word: its accessible name. */
  readonly word: string
  /** For the ring: length of the arc in a circle of 34.56. */
  readonly arc?: number
}

/** Length of the ring's circle: radius 5.5. */
export const ringLength = 34.56

export const levelHue: Record<Level, Hue> = {
  fatal: 'red',
  error: 'orange',
  warning: 'amber',
  info: 'blue',
  debug: 'stone',
}

export type LoopFacts = {
  readonly status: IssueStatus
  readonly level: Level
  readonly regressions: number
  readonly inEpisode: boolean
  /** Alert of the current episode. */
  readonly alert: {
    readonly rule: AlertRule
    readonly createdAt: Date
    readonly error: string | null
    readonly permanent: boolean
    readonly done: boolean
    readonly acknowledgedAt: Date | null
  } | null
  readonly trackerNumber: number | null
  readonly snoozedUntil: Date | null
  readonly snoozedForEvents: number | null
  /** Set while the quiet period runs. */
  readonly quiet: Quiet | null
}

export type Quiet = {
  /** Whole minutes heard so far, of so many. */
  readonly minutes: number
  readonly of: number
  /** A relay is silent: its silence proves nothing, so the clock stands. */
  readonly stands: boolean
  /** Minutes since the close that were heard and don't count: something was turned away or lost. */
  readonly deafMinutes: number
}

// An alarm stays on the mark until somebody has it, at most a day.
const alarmMs = 86_400_000

/**
 * Where the quiet clock stands: counted as the step that decides does it, from the close up to what was heard,
 * without the spans in which something was turned away or lost.
 * @param quietMinutes for an issue that has no length of its own
 */
export function quietOf(
  issue: { readonly projectId: number; readonly closedAt: Date | null; readonly quietMs: number | null },
  heard: Pick<Heard, 'at' | 'deaf'> & { readonly relays: readonly { readonly error: string | null }[] },
  quietMinutes: number,
): Quiet {
  const of = issue.quietMs === null ? quietMinutes : Math.ceil(issue.quietMs / 60_000)
  const closedAt = issue.closedAt?.getTime() ?? Number.POSITIVE_INFINITY
  const heardAt = heard.at?.getTime() ?? null
  const deaf = heard.deaf.filter(({ projectId }) => projectId === issue.projectId || projectId === 0)
  const ms = heardSilenceMs(closedAt, heardAt, deaf)
  const minutes = Math.min(of, Math.floor(ms / 60_000))
  const deafMs = Math.max(0, (heardAt ?? closedAt) - closedAt - ms)
  const stands = heard.at === null || heard.relays.some((relay) => relay.error !== null)
  return { minutes, of, stands, deafMinutes: Number.isFinite(deafMs) ? Math.ceil(deafMs / 60_000) : 0 }
}

export function ringMark(quiet: Quiet): MarkView {
  const share = quiet.of > 0 ? quiet.minutes / quiet.of : 1
  const arc = Math.round(share * ringLength * 100) / 100
  return quiet.stands
    ? { name: 'stands', hue: 'amber', word: `Clock stands at ${quiet.minutes} of ${quiet.of} minutes`, arc }
    : { name: 'quiet', hue: 'green', word: `Quiet for ${quiet.minutes} of ${quiet.of} minutes`, arc }
}

/** True where the newest trouble is a regression. */
export function isRegressed(facts: LoopFacts): boolean {
  return facts.inEpisode && (facts.alert?.rule === 'regression' || facts.alert?.rule === 'escalation')
}

/** Somebody has the running episode in hand. */
export function isAcknowledged(facts: LoopFacts): boolean {
  return facts.inEpisode && facts.alert !== null && facts.alert.acknowledgedAt !== null
}

export function isSnoozed(facts: LoopFacts, now: Date): boolean {
  if (facts.status !== 'unresolved') return false
  return facts.snoozedForEvents !== null || (facts.snoozedUntil !== null && facts.snoozedUntil > now)
}

/** "Snoozed until 08:00", "Snoozed for 10 more events" */
export function snoozeWords(
  facts: Pick<LoopFacts, 'snoozedUntil' | 'snoozedForEvents'>,
  viewer: Viewer,
): string {
  if (facts.snoozedForEvents !== null) return `Snoozed for ${plural(facts.snoozedForEvents, 'more event')}`
  return facts.snoozedUntil ? `Snoozed until ${clockTime(facts.snoozedUntil, viewer).text}` : 'Snoozed'
}

function isOpenAlarm(facts: LoopFacts, now: Date): boolean {
  return facts.inEpisode && !isAcknowledged(facts) && !isSnoozed(facts, now)
}

/** Shows the first that holds, see interface.md, section 3. */
export function markOf(facts: LoopFacts, now: Date): MarkView {
  if (facts.status === 'resolved') return { name: 'resolved', hue: 'green', word: 'Resolved' }
  if (facts.status === 'ignored') return { name: 'ignored', hue: 'stone', word: 'Ignored' }
  if (facts.alert?.error && !facts.alert.done && facts.trackerNumber === null)
    return { name: 'stuck', hue: 'amber', word: 'Filing failed' }
  if (facts.quiet) return ringMark(facts.quiet)
  if (isSnoozed(facts, now)) return { name: 'snoozed', hue: 'stone', word: 'Snoozed' }
  const fresh =
    isOpenAlarm(facts, now) &&
    facts.alert !== null &&
    now.getTime() - facts.alert.createdAt.getTime() < alarmMs
  if (fresh) {
    if (facts.alert.rule === 'escalation') return { name: 'escalated', hue: 'red', word: 'Escalated' }
    if (facts.alert.rule === 'regression') return { name: 'regressed', hue: 'violet', word: 'Regressed' }
    if (facts.alert.rule === 'fatal') return { name: 'fatal', hue: 'red', word: 'Fatal' }
    if (facts.alert.rule === 'burst') return { name: 'burst', hue: 'orange', word: 'Burst' }
  }
  const hue = levelHue[facts.level]
  if (isAcknowledged(facts)) return { name: 'acknowledged', hue, word: 'Acknowledged' }
  if (facts.trackerNumber !== null) return { name: 'filed', hue, word: 'Filed' }
  return { name: 'watching', hue, word: 'Watching, not filed' }
}

/** True for the marks that call for somebody: only these colour the bars beside them. */
export function isAlarm(mark: MarkView): boolean {
  return ['escalated', 'regressed', 'fatal', 'burst'].includes(mark.name)
}

/** Words beside the mark, at most two: escalated before regressed before level before new. */
export function tagsOf(
  facts: LoopFacts & { readonly firstSeenAt: Date; readonly lastRelease: string | null },
  viewer: Viewer,
): { readonly word: string; readonly hue: Hue | '' }[] {
  const { now } = viewer
  const tags: { word: string; hue: Hue | '' }[] = []
  if (isSnoozed(facts, now)) tags.push({ word: snoozeWords(facts, viewer), hue: '' })
  if (facts.status === 'ignored') tags.push({ word: 'Ignored', hue: '' })
  if (facts.quiet) {
    const { minutes, of, stands } = facts.quiet
    tags.push(
      stands
        ? { word: `Stands at ${minutes} of ${of} min`, hue: 'amber' }
        : { word: `Quiet ${minutes} of ${of} min`, hue: 'green' },
    )
  }
  if (facts.status === 'unresolved' && isRegressed(facts)) {
    const release = facts.lastRelease ? ` in ${versionOf(facts.lastRelease)}` : ''
    if (facts.alert?.rule === 'escalation') tags.push({ word: 'Escalated', hue: 'red' })
    else tags.push({ word: `Regressed${release}`, hue: 'violet' })
  }
  if (facts.level !== 'error') {
    const word = `${facts.level.charAt(0).toUpperCase()}${facts.level.slice(1)}`
    tags.push({ word, hue: facts.level === 'debug' ? '' : levelHue[facts.level] })
  }
  if (facts.status === 'unresolved' && now.getTime() - facts.firstSeenAt.getTime() < alarmMs) {
    tags.push({ word: 'New', hue: '' })
  }
  return tags.slice(0, 2)
}
