// The tracker panel's list: by which rule an issue was filed, or what each rule still waits for. Pure.
import type { IssueChange } from '../db/issue-changes.ts'
import type { AlertDetails } from '../db/issue-page.ts'
import { clockText, clockTime, cutEnd, longDuration, plural, shortRelease, type Viewer } from './format.ts'
import { ruleNames, unmetRules } from './rule-words.ts'
import { type BandFacts, currentEpisode, reasonOf } from './state-band.ts'

/** What was known of the fix when the issue came back: which releases have it, and who or what named them. */
function fixLines(alert: AlertDetails, changes: readonly IssueChange[]): string[] {
  const back = changes.find(({ kind, at }) => kind === 'regressed' && at <= alert.createdAt)
  const close = changes.find(({ facts, at }) => Array.isArray(facts.fixedIn) && (!back || at <= back.at))
  const fixedIn = (close?.facts.fixedIn ?? []) as unknown[]
  const names = fixedIn.filter((name) => typeof name === 'string').map((name) => shortRelease(name))
  const source = typeof close?.facts.fixSource === 'string' ? close.facts.fixSource : ''
  const named =
    names.length > 0 ? `Fixed in ${names.slice(0, 3).join(', ')}${source ? `: ${source}` : ''}` : ''
  const order = typeof back?.facts.fix === 'string' ? back.facts.fix : ''
  // A release at the beginning keeps its spelling.
  const words = order.replace(
    /^(it|the|no|nothing)\b/,
    (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
  )
  return [named, words].filter(Boolean).map((line) => `${cutEnd(line, 300)}.`)
}

/** What was left of the hour's budget when it was filed, and whether many came at once. */
function budgetLines(alert: AlertDetails, changes: readonly IssueChange[]): string[] {
  const filed = changes.find(({ kind, facts }) => kind === 'filed' && facts.episode === alert.episode)
  const budget = filed?.facts.budget as { used?: unknown; of?: unknown } | undefined
  const { used, of } = budget ?? {}
  if (!Number.isInteger(used) || !Number.isInteger(of)) return []
  return [`Budget ${used} of ${of} this hour; ${alert.isOfStorm ? 'part of a storm' : 'no storm'}.`]
}

/** Where the events stand that the rule counted, and the rule itself. */
function linksOf(
  { issue, rules }: BandFacts,
  alert: AlertDetails,
): { readonly text: string; readonly href: string }[] {
  const rule = {
    text: 'The rule',
    href: `/projects/${encodeURIComponent(issue.projectSlug)}/settings/detection`,
  }
  if (alert.rule === 'by_hand') return []
  if (alert.rule === 'burst') {
    const minute = 60_000
    const from = Math.floor((alert.createdAt.getTime() - rules.burstWindowMs) / minute) * minute
    const to = (Math.floor(alert.createdAt.getTime() / minute) + 1) * minute
    const search = new URLSearchParams({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    })
    return [{ text: 'The events', href: `/issues/${issue.id}?${search}#event-bar` }, rule]
  }
  const { eventId } = alert.facts
  const isId = typeof eventId === 'string' && /^[0-9a-f]{32}$/.test(eventId)
  return [
    ...(isId ? [{ text: 'The event', href: `/issues/${issue.id}/events/${eventId}#event-bar` }] : []),
    rule,
  ]
}

/** Why it was filed, or why not: the tracker panel's list. */
export function filingView(facts: BandFacts, viewer: Viewer) {
  const { issue, rules, repository } = facts
  const { alert, tracker } = currentEpisode(facts)
  if (alert) {
    const reason = reasonOf(facts.changes, ['regressed', 'detected']) ?? issue.statusReason
    const lines = [
      {
        icon: 'check',
        text: alert.rule === 'by_hand' ? reason : `Rule “${ruleNames[alert.rule]}”. ${reason}`,
      },
      ...(alert.rule === 'regression' || alert.rule === 'escalation'
        ? fixLines(alert, facts.changes).map((text) => ({ icon: 'check', text }))
        : []),
      {
        icon: 'check',
        text: `Detected ${clockTime(alert.createdAt, viewer, true).text}, episode ${alert.episode}.`,
      },
    ]
    if (tracker) {
      const ms = tracker.filedAt.getTime() - alert.createdAt.getTime()
      return {
        title: 'Why it was filed',
        links: linksOf(facts, alert),
        lines: [
          ...lines,
          {
            icon: 'check',
            text: `Filed in ${longDuration(ms)}, ${plural(Math.max(1, alert.attempts), 'attempt')}.`,
          },
          ...budgetLines(alert, facts.changes).map((text) => ({ icon: 'check', text })),
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
    return { title: 'Not filed yet', links: linksOf(facts, alert), lines: [...lines, waiting] }
  }
  return {
    title: 'Not filed yet',
    links: [],
    lines: [
      ...unmetRules(issue, rules, viewer).map((text) => ({ icon: 'minus', text })),
      ...(repository ? [] : [{ icon: 'minus', text: 'No repository is set for this project' }]),
    ],
  }
}
