// The kinds of events that people can be told of, in the words of the pages.

export const notifyKinds = [
  'filed',
  'regression',
  'escalation',
  'resolved',
  'mention',
  'filing_failed',
  'relay_unreachable',
  'data_at_risk',
  'collector_behind',
] as const
export type NotifyKind = (typeof notifyKinds)[number]

export const kindWords: Readonly<Record<NotifyKind | 'test', string>> = {
  filed: 'New issue filed',
  regression: 'Regression',
  escalation: 'Escalation',
  resolved: 'Resolved',
  mention: 'Mention',
  filing_failed: 'Filing failed',
  relay_unreachable: 'Relay unreachable',
  data_at_risk: 'Data at risk',
  collector_behind: 'Collector behind',
  test: 'Test',
}

/** Told first, and never folded into a digest while there is room for one message. */
const urgent: ReadonlySet<string> = new Set<NotifyKind>(['escalation', 'data_at_risk'])

export function isUrgent(kind: string): boolean {
  return urgent.has(kind)
}
