// Detection for one issue and the new events of one batch: facts in, decision out. Runs in the transaction
// that stores the events. An episode is one stretch of trouble, from detection to resolution; it files at
// most once. What an event decides, it decides by the relay's clock (received-at) for windows and by its
// own corrected clock (occurred-at) for "before the close".
import type { IssueChange } from '../db/issue-changes.ts'
import type { AlertRule, IssueStatus } from '../db/schema.ts'
import type { Level } from '../pipeline/event.ts'
import { addToBurst } from './burst.ts'
import { type Fix, hasFix, type Standing, unknownStanding } from './fix.ts'
import { forGood, type IgnoreEnd, whyIgnoreEnds } from './ignore-end.ts'
import { type DetectionRules, meetsConditions } from './rules.ts'

export type IssueState = {
  readonly status: IssueStatus
  readonly statusReason: string
  readonly statusAt: Date
  readonly episode: number
  readonly inEpisode: boolean
  readonly regressions: number
  readonly burstWindow: readonly number[]
  /** Received-at of the first event of a stretch of trouble that was not filed yet; null: none runs. */
  readonly troubleSince: Date | null
  /** Fatal events of that stretch. */
  readonly fatals: number
  readonly closedAt: Date | null
  readonly resolvedAt: Date | null
  /** What was known of the fix at the close; null: not closed. */
  readonly fix: Fix | null
  /** Only looked at while it is ignored. */
  readonly ignoreEnd: IgnoreEnd
}

export type Arrival = {
  readonly eventId: string
  readonly receivedAt: Date
  readonly occurredAt: Date
  readonly level: Level
  readonly release: string | null
  readonly environment: string
  /** Its release among the others; only told where the issue is closed, since only then it decides. */
  readonly standing?: Standing
}

export type Alert = {
  readonly episode: number
  readonly rule: AlertRule
  readonly facts: Readonly<Record<string, unknown>>
}

export type Decision = {
  readonly state: IssueState
  readonly alerts: readonly Alert[]
  readonly changes: readonly Omit<IssueChange, 'issueId'>[]
}

/**
 * @param arrivals new events of this issue, in order of received-at
 * @param users    distinct users of the issue, these events included
 * @param eventsBefore how many events it had before these
 */
export function detect(
  before: IssueState,
  arrivals: readonly Arrival[],
  rules: DetectionRules,
  users = Number.POSITIVE_INFINITY,
  eventsBefore = 0,
): Decision {
  let state = before
  const alerts: Alert[] = []
  const changes: Omit<IssueChange, 'issueId'>[] = []
  for (const [index, arrival] of arrivals.entries()) {
    if (!meetsConditions(rules.only, arrival)) continue
    const step = detectOne(state, arrival, rules, { users, events: eventsBefore + index + 1 })
    state = step.state
    alerts.push(...step.alerts)
    changes.push(...step.changes)
  }
  return { state, alerts, changes }
}

type Totals = { readonly users: number; readonly events: number }

function detectOne(state: IssueState, arrival: Arrival, rules: DetectionRules, totals: Totals): Decision {
  const { users } = totals
  switch (state.status) {
    case 'merged':
      return unchanged(state)
    case 'ignored': {
      const why = whyIgnoreEnds(state.ignoreEnd, { at: arrival.receivedAt, ...totals })
      return why === null ? unchanged(state) : endIgnore(state, arrival, rules, users, why)
    }
    case 'resolved':
      return detectInResolved(state, arrival, rules, users)
    case 'resolving':
      return isPastFix(state, arrival) ? breakQuiet(state, arrival) : unchanged(state)
    case 'unresolved':
      return state.inEpisode ? unchanged(state) : detectTrouble(state, arrival, rules, users)
  }
}

function unchanged(state: IssueState): Decision {
  return { state, alerts: [], changes: [] }
}

/** Should the fix have prevented this event? Not if it happened before the close or in a release without it. */
export function isPastFix(
  state: Pick<IssueState, 'closedAt' | 'fix'>,
  arrival: Pick<Arrival, 'occurredAt' | 'release' | 'standing'>,
): boolean {
  if (state.closedAt && arrival.occurredAt <= state.closedAt) return false
  return hasFix(state.fix, arrival.release, arrival.standing ?? unknownStanding).has !== 'no'
}

function detectInResolved(
  state: IssueState,
  arrival: Arrival,
  rules: DetectionRules,
  users: number,
): Decision {
  if (!isPastFix(state, arrival)) return unchanged(state)
  const heldMs = arrival.receivedAt.getTime() - (state.resolvedAt ?? state.statusAt).getTime()
  const fix = hasFix(state.fix, arrival.release, arrival.standing ?? unknownStanding)
  if (!rules.regression) {
    const reason = 'Seen again after it was resolved: reopened; regressions are switched off.'
    return reopen(state, arrival, rules, users, { reason, heldMs, fix: fix.why })
  }
  if (fix.has === 'unknown' && heldMs > rules.regressionGraceMs) {
    const hours = Math.round(rules.regressionGraceMs / 3_600_000)
    const reason = `Seen again more than ${hours} h after it was resolved, with no release that tells: reopened, not a regression.`
    return reopen(state, arrival, rules, users, { reason, heldMs, fix: fix.why })
  }
  return regress(state, arrival, rules, { heldMs, fix: fix.why })
}

function regress(
  state: IssueState,
  arrival: Arrival,
  rules: DetectionRules,
  why: { readonly heldMs: number; readonly fix: string },
): Decision {
  const episode = state.episode + 1
  const regressions = state.regressions + 1
  const where = arrival.release ? ` in ${arrival.release}` : ''
  const reason = `Event ${short(arrival)} came${where} after the issue was resolved; the fix should have prevented it.`
  const facts = {
    ...factsOf(arrival),
    ...why,
    regressions,
    resolvedAt: (state.resolvedAt ?? state.statusAt).toISOString(),
    closedAt: state.closedAt?.toISOString() ?? null,
    fixedInRelease: state.fix?.releases.join(', ') || null,
  }
  const escalates = regressions >= rules.escalateAt
  return {
    state: {
      ...state,
      status: 'unresolved',
      statusReason: reason,
      statusAt: arrival.receivedAt,
      episode,
      inEpisode: true,
      regressions,
      burstWindow: [],
      troubleSince: null,
      fatals: 0,
      closedAt: null,
      resolvedAt: null,
      fix: null,
    },
    alerts: [{ episode, rule: escalates ? 'escalation' : 'regression', facts }],
    changes: [
      { at: arrival.receivedAt, kind: 'regressed', actor: 'postern', reason, facts },
      ...(escalates
        ? [
            {
              at: arrival.receivedAt,
              kind: 'escalated' as const,
              actor: 'postern',
              reason: `Regression number ${regressions}: escalated.`,
              facts: { regressions, escalateAt: rules.escalateAt },
            },
          ]
        : []),
    ],
  }
}

/** Long after the fix, with no release to tell: the same error may have another cause. It starts anew. */
function reopen(
  state: IssueState,
  arrival: Arrival,
  rules: DetectionRules,
  users: number,
  why: { readonly reason: string; readonly heldMs: number; readonly fix: string },
): Decision {
  const reopened: IssueState = {
    ...state,
    status: 'unresolved',
    statusReason: why.reason,
    statusAt: arrival.receivedAt,
    inEpisode: false,
    burstWindow: [],
    troubleSince: null,
    fatals: 0,
    closedAt: null,
    resolvedAt: null,
    fix: null,
  }
  const then = detectTrouble(reopened, arrival, rules, users)
  const change = {
    at: arrival.receivedAt,
    kind: 'reopened_late' as const,
    actor: 'postern',
    reason: why.reason,
    facts: { ...factsOf(arrival), heldMs: why.heldMs, fix: why.fix },
  }
  return { ...then, changes: [change, ...then.changes] }
}

/** What it was ignored for is over: it is heard of again, and this event may be the first of new trouble. */
function endIgnore(
  state: IssueState,
  arrival: Arrival,
  rules: DetectionRules,
  users: number,
  reason: string,
): Decision {
  const reopened: IssueState = {
    ...state,
    status: 'unresolved',
    statusReason: reason,
    statusAt: arrival.receivedAt,
    ignoreEnd: forGood,
  }
  const then = detectTrouble(reopened, arrival, rules, users)
  const change = {
    at: arrival.receivedAt,
    kind: 'reopened' as const,
    actor: 'postern',
    reason,
    facts: factsOf(arrival),
  }
  return { ...then, changes: [change, ...then.changes] }
}

function breakQuiet(state: IssueState, arrival: Arrival): Decision {
  const where = arrival.release ? ` from ${arrival.release}` : ''
  const reason = `Event ${short(arrival)}${where} came while quiet was waited for.`
  const fix = hasFix(state.fix, arrival.release, arrival.standing ?? unknownStanding)
  return {
    state: {
      ...state,
      status: 'unresolved',
      statusReason: reason,
      statusAt: arrival.receivedAt,
      closedAt: null,
      fix: null,
    },
    alerts: [],
    changes: [
      {
        at: arrival.receivedAt,
        kind: 'quiet_broken',
        actor: 'postern',
        reason,
        facts: { ...factsOf(arrival), fix: fix.why },
      },
    ],
  }
}

function detectTrouble(before: IssueState, arrival: Arrival, rules: DetectionRules, users: number): Decision {
  const isFatal = arrival.level === 'fatal'
  const isError = isFatal || arrival.level === 'error'
  const state = {
    ...before,
    troubleSince: before.troubleSince ?? (isError ? arrival.receivedAt : null),
    fatals: before.fatals + (isFatal ? 1 : 0),
  }
  if (isFatal && state.fatals >= rules.fatalEvents) {
    const count = rules.fatalEvents === 1 ? 'one event is' : `${rules.fatalEvents} events are`
    const facts = { ...factsOf(arrival), events: state.fatals }
    return startEpisode(state, arrival.receivedAt, 'fatal', `Fatal: ${count} enough.`, facts)
  }
  const isLate = arrival.receivedAt.getTime() - arrival.occurredAt.getTime() > rules.lateAfterMs
  if (!isError || isLate || !Number.isFinite(rules.burstEvents)) return unchanged(state)
  const burst = addToBurst(state.burstWindow, arrival.receivedAt.getTime(), rules)
  const counted = { ...state, burstWindow: burst.window }
  if (!burst.isBurst || users < rules.only.users) return unchanged(counted)
  const minutes = Math.round(rules.burstWindowMs / 60_000)
  const reason = `Burst: ${rules.burstEvents} events within ${minutes} minutes (in ${Math.round(burst.spanMs / 1000)} s).`
  return startEpisode(counted, arrival.receivedAt, 'burst', reason, {
    ...factsOf(arrival),
    events: rules.burstEvents,
    windowMinutes: minutes,
    spanMs: burst.spanMs,
  })
}

/**
 * What time triggers: an error that nothing else has filed for long enough.
 * @param lastEventId shown in the tracker issue
 */
export function detectSlowBurn(
  state: IssueState,
  now: Date,
  rules: DetectionRules,
  users: number,
  lastEventId: string,
): Decision {
  if (state.status !== 'unresolved' || state.inEpisode || !state.troubleSince) return unchanged(state)
  const ageMs = now.getTime() - state.troubleSince.getTime()
  if (ageMs < rules.slowBurnMs || users < rules.only.users) return unchanged(state)
  const minutes = Math.round(rules.slowBurnMs / 60_000)
  const reason = `Slow burn: not filed for more than ${minutes} minutes.`
  const since = state.troubleSince.toISOString()
  return startEpisode(state, now, 'slow_burn', reason, { eventId: lastEventId, since, ageMs, minutes })
}

/**
 * A person wants it filed without waiting for a rule. What is closed, or filed already, stays as it is.
 * @param lastEventId shown in the tracker issue
 */
export function fileByHand(
  state: IssueState,
  at: Date,
  by: { readonly name: string; readonly actor: string },
  lastEventId: string,
): Decision {
  if (state.status !== 'unresolved' || state.inEpisode) return unchanged(state)
  const reason = `${by.name} had it filed by hand.`
  return startEpisode(state, at, 'by_hand', reason, { eventId: lastEventId }, by.actor)
}

function startEpisode(
  state: IssueState,
  at: Date,
  rule: AlertRule,
  reason: string,
  facts: Record<string, unknown>,
  actor = 'postern',
): Decision {
  const episode = state.episode + 1
  return {
    state: {
      ...state,
      episode,
      inEpisode: true,
      burstWindow: [],
      troubleSince: null,
      fatals: 0,
      statusReason: reason,
    },
    alerts: [{ episode, rule, facts }],
    changes: [
      {
        at,
        kind: 'detected',
        actor,
        reason,
        facts: { ...facts, rule, episode },
      },
    ],
  }
}

function factsOf(arrival: Arrival): Record<string, unknown> {
  return {
    eventId: arrival.eventId,
    level: arrival.level,
    release: arrival.release,
    environment: arrival.environment,
    occurredAt: arrival.occurredAt.toISOString(),
  }
}

function short(arrival: Arrival): string {
  return arrival.eventId.slice(0, 7)
}
