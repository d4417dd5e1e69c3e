// What other rules of detection would have filed in the days that just went by, for the preview beside their form. What
// was filed is known, with the facts that each rule decided on; what was not filed is known by the hour only, so of
// that the outcome is an estimate. Pure: what happened in, what would have come of it out.
import type { AlertRule } from '../db/schema.ts'
import type { Level } from '../pipeline/event.ts'
import { type DetectionRules, meetsConditions } from './rules.ts'

const hourMs = 3_600_000

export type FiledAlert = {
  readonly rule: AlertRule
  readonly at: Date
  /** As the rule wrote them, see detect.ts; those of an older program may lack some. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** An issue that was seen in these days. */
export type SeenIssue = {
  readonly id: number
  readonly title: string
  readonly level: Level
  readonly users: number
  /** Since when it is in trouble that nothing has filed; null: it is not. */
  readonly troubleSince: Date | null
  /** Unresolved, and in no episode: a rule could have filed it. */
  readonly isOpen: boolean
  readonly environments: readonly string[]
  readonly releases: readonly string[]
  /** Events by hour (ms), the days of the preview only. */
  readonly hours: ReadonlyMap<number, number>
  /** What was filed of it in these days, oldest first. */
  readonly alerts: readonly FiledAlert[]
}

export type PreviewedAlert = { readonly issue: SeenIssue; readonly rule: AlertRule; readonly at: Date }

export type RulesPreview = {
  /** What was filed, whichever rules held then. */
  readonly filed: readonly PreviewedAlert[]
  readonly withChanges: readonly PreviewedAlert[]
  /** What only the one or the other has, newest first. */
  readonly added: readonly PreviewedAlert[]
  readonly dropped: readonly PreviewedAlert[]
}

type Span = { readonly from: Date; readonly until: Date }

/**
 * @param before the rules as they are
 * @param after  the rules to look at; with the same ones nothing differs
 */
export function previewRules(
  issues: readonly SeenIssue[],
  before: DetectionRules,
  after: DetectionRules,
  span: Span,
): RulesPreview {
  const filed: PreviewedAlert[] = []
  const withChanges: PreviewedAlert[] = []
  const added: PreviewedAlert[] = []
  const dropped: PreviewedAlert[] = []
  const isSame = JSON.stringify(before) === JSON.stringify(after)
  for (const issue of issues) {
    for (const alert of issue.alerts) {
      const past = { issue, rule: alert.rule, at: alert.at }
      filed.push(past)
      const still = isSame || filesAgain(issue, alert, after) ? past : estimate(issue, after, span)
      if (still) withChanges.push(still)
      else dropped.push(past)
    }
    if (issue.alerts.length > 0 || !issue.isOpen) continue
    // By the rules as they are nothing came of it, so what the estimate says of them it says wrongly.
    const found = estimate(issue, before, span) === null ? estimate(issue, after, span) : null
    if (!found) continue
    withChanges.push(found)
    added.push(found)
  }
  const newestFirst = (one: PreviewedAlert, other: PreviewedAlert) => other.at.getTime() - one.at.getTime()
  return { filed, withChanges, added: added.sort(newestFirst), dropped: dropped.sort(newestFirst) }
}

/** Would the rule that filed it do so with these rules, by the facts that it decided on? */
function filesAgain(issue: SeenIssue, { rule, facts }: FiledAlert, rules: DetectionRules): boolean {
  if (rule === 'by_hand') return true
  if (!meetsConditions(rules.only, arrivalOf(issue, facts))) return false
  const number = (name: string) => (typeof facts[name] === 'number' ? facts[name] : 0)
  const hasUsers = issue.users >= rules.only.users
  switch (rule) {
    case 'fatal':
      return number('events') >= rules.fatalEvents
    case 'burst':
      return hasUsers && number('events') >= rules.burstEvents && number('spanMs') <= rules.burstWindowMs
    case 'slow_burn':
      return hasUsers && number('ageMs') >= rules.slowBurnMs
    case 'regression':
    case 'escalation':
      return rules.regression
  }
}

function arrivalOf(issue: SeenIssue, facts: FiledAlert['facts']) {
  const { environment, level, release } = facts
  return {
    environment: typeof environment === 'string' ? environment : (issue.environments[0] ?? ''),
    level: typeof level === 'string' ? (level as Level) : issue.level,
    release: typeof release === 'string' ? release : (issue.releases[0] ?? null),
  }
}

/** What these rules would have made of the issue's hours; null: nothing. */
function estimate(issue: SeenIssue, rules: DetectionRules, span: Span): PreviewedAlert | null {
  const { level } = issue
  if ((level !== 'error' && level !== 'fatal') || !mayMatter(issue, rules)) return null
  const hours = [...issue.hours].sort(([one], [other]) => one - other)
  if (level === 'fatal') {
    const at = hourOf(hours, rules.fatalEvents)
    if (at !== null) return { issue, rule: 'fatal', at }
  }
  if (issue.users < rules.only.users) return null
  const burst = hours.find(([, events]) => isLikelyBurst(events, rules))
  const burnsAt = (issue.troubleSince?.getTime() ?? Number.POSITIVE_INFINITY) + rules.slowBurnMs
  if (burst && burst[0] <= burnsAt) return { issue, rule: 'burst', at: new Date(burst[0]) }
  if (burnsAt > span.until.getTime()) return null
  return { issue, rule: 'slow_burn', at: new Date(Math.max(burnsAt, span.from.getTime())) }
}

/** Can any of its events meet the conditions? Which of them did is not told by the hour. */
function mayMatter(issue: SeenIssue, { only }: DetectionRules): boolean {
  const releases = issue.releases.length > 0 ? issue.releases : [null]
  return issue.environments.some((environment) =>
    releases.some((release) => meetsConditions(only, { environment, level: issue.level, release })),
  )
}

/** The hour in which the so-manyth event came. */
function hourOf(hours: readonly (readonly [number, number])[], count: number): Date | null {
  let sum = 0
  for (const [hour, events] of hours) {
    sum += events
    if (sum >= count) return new Date(hour)
  }
  return null
}

/**
 * Are so many events of one hour more likely to have had a burst among them than not? As if each came at a moment of
 * its own: the expected number of events that have enough others within the window after them, from a half up.
 */
function isLikelyBurst(events: number, { burstEvents, burstWindowMs }: DetectionRules): boolean {
  if (events < burstEvents) return false
  if (burstWindowMs >= hourMs || burstEvents === 1) return true
  const share = burstWindowMs / hourMs
  return events * atLeast(burstEvents - 1, events - 1, share) >= 0.5
}

/** The chance of at least `count` hits in so many tries. */
function atLeast(count: number, tries: number, chance: number): number {
  let exactly = (1 - chance) ** tries
  let fewer = 0
  for (let hits = 0; hits < count; hits++) {
    fewer += exactly
    exactly *= ((tries - hits) / (hits + 1)) * (chance / (1 - chance))
  }
  return 1 - fewer
}
