// What fingerprint rules would make of events that came already, before they are saved. Pure.
import type { Event } from './event.ts'
import { parseFingerprintRules, type RuleProblem } from './fingerprint-rules.ts'
import { group } from './group.ts'

export type TriedEvent = {
  readonly eventId: string
  readonly issueId: number
  readonly title: string
  readonly receivedAt: Date
  /** The rule that decides: its line, and the fingerprint with its variables filled in. */
  readonly line: number
  readonly fingerprint: readonly string[]
  /** What the rule calls the issue; null: as the event is called. */
  readonly newTitle: string | null
}

export type Trial = {
  readonly problems: readonly RuleProblem[]
  readonly tried: number
  readonly matched: readonly TriedEvent[]
  /** Issues that the matched events are in now, and in how many they would be. */
  readonly issuesNow: number
  readonly issuesThen: number
}

export function tryRules(
  text: string,
  events: readonly { readonly event: Event; readonly issueId: number }[],
): Trial {
  const { rules, problems } = parseFingerprintRules(text)
  const matched: TriedEvent[] = []
  const then = new Set<string>()
  for (const { event, issueId } of problems.length > 0 ? [] : events) {
    const { rule, components, title, hashes } = group(event, rules)
    if (!rule) continue
    then.add(hashes[0] ?? '')
    matched.push({
      eventId: event.eventId,
      issueId,
      title: event.title,
      receivedAt: event.receivedAt,
      line: rule.line,
      fingerprint: components.filter(({ name }) => name === 'fingerprint').map(({ value }) => value),
      newTitle: title,
    })
  }
  const now = new Set(matched.map(({ issueId }) => issueId))
  return {
    problems,
    tried: events.length,
    matched,
    issuesNow: now.size,
    issuesThen: then.size,
  }
}
