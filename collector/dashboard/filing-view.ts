// The tracker panel's list: by which rule an issue was filed, or what each rule still waits for. Pure.
import { clockText, clockTime, longDuration, plural, type Viewer } from './format.ts'
import { unmetRules } from './rule-words.ts'
import { type BandFacts, currentEpisode, reasonOf } from './state-band.ts'

/** Why it was filed, or why not: the tracker panel's list. */
export function filingView(facts: BandFacts, viewer: Viewer) {
  const { issue, rules, repository } = facts
  const { alert, tracker } = currentEpisode(facts)
  const ruleNames = {
    burst: 'burst',
    fatal: 'fatal',
    regression: 'regression',
    slow_burn: 'slow burn',
    escalation: 'escalation',
    by_hand: 'by hand',
  }
  if (alert) {
    const reason = reasonOf(facts.changes, ['regressed', 'detected']) ?? issue.statusReason
    const lines = [
      {
        icon: 'check',
        text: alert.rule === 'by_hand' ? reason : `Rule “${ruleNames[alert.rule]}”. ${reason}`,
      },
      {
        icon: 'check',
        text: `Detected ${clockTime(alert.createdAt, viewer, true).text}, episode ${alert.episode}.`,
      },
    ]
    if (tracker) {
      const ms = tracker.filedAt.getTime() - alert.createdAt.getTime()
      return {
        title: 'Why it was filed',
        lines: [
          ...lines,
          {
            icon: 'check',
            text: `Filed in ${longDuration(ms)}, ${plural(Math.max(1, alert.attempts), 'attempt')}.`,
          },
        ],
      }
    }
    const waiting = alert.error
      ? {
          icon: 'x',
          text: `${alert.error} ${alert.permanent ? 'It is tried again when this is mended.' : `Tried again at ${clockText(alert.runAt, viewer, true)}.`}`,
        }
      : {
          icon: 'clock',
          text: repository ? `It is being filed in ${repository}.` : 'No repository is set for this project.',
        }
    return { title: 'Not filed yet', lines: [...lines, waiting] }
  }
  return {
    title: 'Not filed yet',
    lines: [
      ...unmetRules(issue, rules, viewer.now).map((text) => ({ icon: 'minus', text })),
      ...(repository ? [] : [{ icon: 'minus', text: 'No repository is set for this project' }]),
    ],
  }
}
