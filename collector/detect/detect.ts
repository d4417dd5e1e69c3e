// Detection for one issue and the new events of one batch: facts in, decision out. Runs in the transaction
// that stores the events. An episode is one stretch of trouble, from detection to resolution; it files at
// most once. What an event decides, it decides by the relay's clock (received-at) for windows and by its
// own corrected clock (occurred-at) for "before the close".
import type { IssueChange } from '../db/issue-changes.ts'
import type { AlertRule, IssueStatus } from '../db/schema.ts'
import type { Level } from '../pipeline/event.ts'
import { addToBurst } from './burst.ts'
import { compareReleases } from './compare-releases.ts'
import type { DetectionRules } from './rules.ts'

export type IssueState = {
  readonly status: IssueStatus
  readonly statusReason: string
  readonly statusAt: Date
  readonly episode: number
  readonly inEpisode: boolean
  readonly regressions: number
  readonly burstWindow: readonly number[]
  readonly closedAt: Date | null
  readonly resolvedAt: Date | null
  readonly fixedInRelease: string | null
}

export type Arrival = {
  readonly eventId: string
  readonly receivedAt: Date
  readonly occurredAt: Date
  readonly level: Level
  readonly release: string | null
  readonly environment: string
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

/** @param arrivals new events of this issue, in order of received-at */
export function detect(before: IssueState, arrivals: readonly Arrival[], rules: DetectionRules): Decision {
  let state = before
  const alerts: Alert[] = []
  const changes: Omit<IssueChange, 'issueId'>[] = []
  for (const arrival of arrivals) {
    const step = detectOne(state, arrival, rules)
    state = step.state
    alerts.push(...step.alerts)
    changes.push(...step.changes)
  }
  return { state, alerts, changes }
}

function detectOne(state: IssueState, arrival: Arrival, rules: DetectionRules): Decision {
  switch (state.status) {
    case 'ignored':
      return unchanged(state)
    case 'resolved':
      return detectInResolved(state, arrival, rules)
    case 'resolving':
      return isPastFix(state, arrival) ? breakQuiet(state, arrival) : unchanged(state)
    case 'unresolved':
      return state.inEpisode ? unchanged(state) : detectTrouble(state, arrival, rules)
  }
}

function unchanged(state: IssueState): Decision {
  return { state, alerts: [], changes: [] }
}

/** Should the fix have prevented this event? Not if it happened before the close or in an older release. */
export function isPastFix(
  state: Pick<IssueState, 'closedAt' | 'fixedInRelease'>,
  arrival: Pick<Arrival, 'occurredAt' | 'release'>,
): boolean {
  if (state.closedAt && arrival.occurredAt <= state.closedAt) return false
  if (!state.fixedInRelease || !arrival.release) return true
  const order = compareReleases(arrival.release, state.fixedInRelease)
  return order === null || order >= 0
}

function detectInResolved(state: IssueState, arrival: Arrival, rules: DetectionRules): Decision {
  if (!isPastFix(state, arrival)) return unchanged(state)
  const heldMs = arrival.receivedAt.getTime() - (state.resolvedAt ?? state.statusAt).getTime()
  const releaseDecides =
    state.fixedInRelease !== null &&
    arrival.release !== null &&
    compareReleases(arrival.release, state.fixedInRelease) !== null
  if (!releaseDecides && heldMs > rules.regressionGraceMs) return reopenLate(state, arrival, rules, heldMs)

  const episode = state.episode + 1
  const where = arrival.release ? ` in ${arrival.release}` : ''
  const reason = `Event ${short(arrival)} came${where} after the issue was resolved; the fix should have prevented it.`
  const facts = { ...factsOf(arrival), heldMs, fixedInRelease: state.fixedInRelease }
  return {
    state: {
      ...state,
      status: 'unresolved',
      statusReason: reason,
      statusAt: arrival.receivedAt,
      episode,
      inEpisode: true,
      regressions: state.regressions + 1,
      burstWindow: [],
      closedAt: null,
      resolvedAt: null,
    },
    alerts: [{ episode, rule: 'regression', facts }],
    changes: [{ at: arrival.receivedAt, kind: 'regressed', actor: 'postern', reason, facts }],
  }
}

/** Long after the fix, with no release to tell: the same error may have another cause. It starts anew. */
function reopenLate(state: IssueState, arrival: Arrival, rules: DetectionRules, heldMs: number): Decision {
  const hours = Math.round(rules.regressionGraceMs / 3_600_000)
  const reason = `Seen again more than ${hours} h after it was resolved, with no release that tells: reopened, not a regression.`
  const reopened: IssueState = {
    ...state,
    status: 'unresolved',
    statusReason: reason,
    statusAt: arrival.receivedAt,
    inEpisode: false,
    burstWindow: [],
    closedAt: null,
    resolvedAt: null,
  }
  const then = detectTrouble(reopened, arrival, rules)
  const change = {
    at: arrival.receivedAt,
    kind: 'reopened_late' as const,
    actor: 'postern',
    reason,
    facts: { ...factsOf(arrival), heldMs },
  }
  return { ...then, changes: [change, ...then.changes] }
}

function breakQuiet(state: IssueState, arrival: Arrival): Decision {
  const where = arrival.release ? ` from ${arrival.release}` : ''
  const reason = `Event ${short(arrival)}${where} came while quiet was waited for.`
  return {
    state: {
      ...state,
      status: 'unresolved',
      statusReason: reason,
      statusAt: arrival.receivedAt,
      closedAt: null,
    },
    alerts: [],
    changes: [
      { at: arrival.receivedAt, kind: 'quiet_broken', actor: 'postern', reason, facts: factsOf(arrival) },
    ],
  }
}

function detectTrouble(state: IssueState, arrival: Arrival, rules: DetectionRules): Decision {
  if (arrival.level === 'fatal') {
    return startEpisode(state, arrival, 'fatal', 'Fatal: one event is enough.', factsOf(arrival))
  }
  const isLate = arrival.receivedAt.getTime() - arrival.occurredAt.getTime() > rules.lateAfterMs
  if (arrival.level !== 'error' || isLate) return unchanged(state)
  const burst = addToBurst(state.burstWindow, arrival.receivedAt.getTime(), rules)
  const counted = { ...state, burstWindow: burst.window }
  if (!burst.isBurst) return unchanged(counted)
  const minutes = Math.round(rules.burstWindowMs / 60_000)
  const reason = `Burst: ${rules.burstEvents} events within ${minutes} minutes (in ${Math.round(burst.spanMs / 1000)} s).`
  return startEpisode(counted, arrival, 'burst', reason, {
    ...factsOf(arrival),
    events: rules.burstEvents,
    windowMinutes: minutes,
    spanMs: burst.spanMs,
  })
}

function startEpisode(
  state: IssueState,
  arrival: Arrival,
  rule: AlertRule,
  reason: string,
  facts: Record<string, unknown>,
): Decision {
  const episode = state.episode + 1
  return {
    state: { ...state, episode, inEpisode: true, burstWindow: [], statusReason: reason },
    alerts: [{ episode, rule, facts }],
    changes: [
      {
        at: arrival.receivedAt,
        kind: 'detected',
        actor: 'postern',
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
