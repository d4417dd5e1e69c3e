// The detection rules in words: what each is called, and those of a project for an issue that they have not filed,
// where a rule that is off is left out. Pure.
import type { IssueDetails } from '../db/issue-page.ts'
import type { AlertRule } from '../db/schema.ts'
import type { DetectionRules } from '../detect/rules.ts'
import { clockTime, cutEnd, plural, shortRelease, type Viewer } from './format.ts'

type Watched = Pick<IssueDetails, 'burstWindow' | 'level' | 'userCount' | 'troubleSince'>

export const ruleNames: Readonly<Record<AlertRule, string>> = {
  burst: 'burst',
  fatal: 'fatal',
  regression: 'regression',
  slow_burn: 'slow burn',
  escalation: 'escalation',
  by_hand: 'by hand',
}

const minutesOf = (ms: number) => Math.round(ms / 60_000)

/** Events that still count for a burst; what was stored with the last one grows old without another. */
export function countBurst(
  issue: Pick<Watched, 'burstWindow'>,
  { burstEvents, burstWindowMs }: DetectionRules,
  now: Date,
): number {
  const since = now.getTime() - burstWindowMs
  // As many may have come where the rule waits for users besides.
  return Math.min(burstEvents, issue.burstWindow.filter((at) => at >= since).length)
}

/** "1 of 7 events in 15 min."; null: the rule is off. */
export function burstText(
  issue: Pick<Watched, 'burstWindow'>,
  rules: DetectionRules,
  now: Date,
): string | null {
  if (!Number.isFinite(rules.burstEvents)) return null
  return `${countBurst(issue, rules, now)} of ${plural(rules.burstEvents, 'event')} in ${minutesOf(rules.burstWindowMs)} min.`
}

/** What would file it, as one sentence. */
export function filesWhen(rules: DetectionRules): string {
  const minutes = minutesOf(rules.burstWindowMs)
  const { burstEvents, fatalEvents, slowBurnMs } = rules
  const hasBurst = Number.isFinite(burstEvents)
  const burst =
    burstEvents === 1
      ? 'one error event comes'
      : `${burstEvents} error events come within ${plural(minutes, 'minute')}`
  const fatal = fatalEvents === 1 ? 'one fatal event' : `${fatalEvents} fatal events`
  const come = fatalEvents === 1 ? ' comes' : ' come'
  const atOnce = [
    hasBurst ? burst : '',
    Number.isFinite(fatalEvents) ? `${fatal}${hasBurst ? '' : come}` : '',
  ].filter(Boolean)
  const later = Number.isFinite(slowBurnMs)
    ? `${plural(minutesOf(slowBurnMs), 'minute')} after its first error`
    : ''
  const users =
    rules.only.users > 0 && later + atOnce.join()
      ? ` Fatal apart, it needs ${plural(rules.only.users, 'user')}.`
      : ''
  if (atOnce.length === 0)
    return later ? `Filed ${later}.${users}` : 'Every rule of this project is off: it is not filed.'
  return `Filed at once when ${atOnce.join(', or ')}${later ? `; else ${later}` : ''}.${users}`
}

/** When time alone files it; null: no error of a stretch of trouble runs, or the rule is off. */
export function slowBurnAt(
  { troubleSince }: Pick<Watched, 'troubleSince'>,
  { slowBurnMs }: DetectionRules,
): Date | null {
  return troubleSince && Number.isFinite(slowBurnMs) ? new Date(troubleSince.getTime() + slowBurnMs) : null
}

/** What each rule that is on still waits for. */
export function unmetRules(issue: Watched, rules: DetectionRules, viewer: Viewer): string[] {
  const { only, fatalEvents, slowBurnMs } = rules
  const { now } = viewer
  const at = slowBurnAt(issue, rules)
  const burst = Number.isFinite(rules.burstEvents)
  return [
    burst
      ? `Burst: ${countBurst(issue, rules, now)} of ${plural(rules.burstEvents, 'error event')} in ${minutesOf(rules.burstWindowMs)} min`
      : 'Burst: off',
    Number.isFinite(fatalEvents)
      ? `Fatal: level is ${issue.level}${fatalEvents > 1 ? `, and ${fatalEvents} fatal events are needed` : ''}`
      : 'Fatal: off',
    Number.isFinite(slowBurnMs)
      ? `Slow burn: an error files after ${minutesOf(slowBurnMs)} min${at ? `, at ${clockTime(at, viewer).text}` : ''}`
      : 'Slow burn: off',
    only.users > 0 ? `Users: ${issue.userCount} of ${only.users} for every rule but fatal` : '',
    only.levels.length > 0 ? `Only levels ${only.levels.join(', ')}` : '',
    only.environments.length > 0 ? `Only environments ${cutEnd(only.environments.join(', '), 200)}` : '',
    only.releases.length > 0 ? `Only releases ${cutEnd(only.releases.join(', '), 200)}` : '',
  ].filter(Boolean)
}

/** What becomes of a resolved issue that is seen again. */
export function regressesWhen(
  issue: Pick<IssueDetails, 'fixedInRelease' | 'fixedEverywhere'>,
  rules: DetectionRules,
): string {
  const { fixedInRelease } = issue
  if (issue.fixedEverywhere) {
    return rules.regression
      ? 'Any event that happens from then on is a regression, whatever its release.'
      : 'An event reopens it.'
  }
  const newer = fixedInRelease ? `${shortRelease(fixedInRelease)} or newer` : ''
  if (!rules.regression) {
    return newer ? `Reopens if ${newer} shows it; older releases only count.` : 'An event reopens it.'
  }
  if (newer) return `Regresses if ${newer} shows it; older releases only count.`
  const hours = Math.round(rules.regressionGraceMs / 3_600_000)
  return `An event within ${hours} h is a regression; a later one reopens it.`
}
