// An issue's row as detection sees it, and what it decided as columns, timeline and alerts.
import type { Selectable, Transaction } from 'kysely'
import type { Decision, IssueState } from '../detect/detect.ts'
import { insertAlerts } from './alerts.ts'
import { continueTicket } from './continue-ticket.ts'
import { appendIssueChanges } from './issue-changes.ts'
import type { DB } from './schema.ts'

export function stateOf(issue: Selectable<DB['issues']>): IssueState {
  return {
    status: issue.status,
    statusReason: issue.status_reason,
    statusAt: issue.status_at,
    episode: issue.episode,
    inEpisode: issue.in_episode,
    regressions: issue.regressions,
    burstWindow: issue.burst_window,
    troubleSince: issue.trouble_since,
    fatals: issue.trouble_fatals,
    closedAt: issue.closed_at,
    resolvedAt: issue.resolved_at,
    fix: issue.fix,
    ignoreEnd: {
      at: issue.ignored_until,
      events: issue.ignored_until_events,
      users: issue.ignored_until_users,
    },
  }
}

export function columnsOf(state: IssueState) {
  return {
    status: state.status,
    status_reason: state.statusReason,
    status_at: state.statusAt,
    episode: state.episode,
    in_episode: state.inEpisode,
    regressions: state.regressions,
    burst_window: JSON.stringify(state.burstWindow),
    trouble_since: state.troubleSince,
    trouble_fatals: state.fatals,
    closed_at: state.closedAt,
    resolved_at: state.resolvedAt,
    // Kept while it is closed; once reopened, a new close finds its own.
    fix: state.fix === null ? null : JSON.stringify(state.fix),
    fixed_in_release: state.fix?.releases.join(', ') || null,
    ignored_until: state.ignoreEnd.at,
    ignored_until_events: state.ignoreEnd.events,
    ignored_until_users: state.ignoreEnd.users,
  }
}

/** What was decided about an issue. */
export type Decided = {
  readonly issue: { readonly id: number; readonly projectId: number }
  readonly decision: Decision
}

/** Writes the timelines and the alerts of decisions, after the issues' rows were updated. */
export async function writeDecisions(
  trx: Transaction<DB>,
  decided: readonly Decided[],
  now: Date,
): Promise<void> {
  await appendIssueChanges(
    trx,
    decided.flatMap(({ issue, decision }) =>
      decision.changes.map((change) => ({ ...change, issueId: issue.id })),
    ),
    now,
  )
  const alerts = decided.flatMap(({ issue, decision }) => decision.alerts.map((alert) => ({ issue, alert })))
  await insertAlerts(
    trx,
    alerts.map(({ issue, alert }) => ({ ...alert, projectId: issue.projectId, issueId: issue.id, at: now })),
  )
  for (const { issue, alert } of alerts) await continueTicket(trx, issue, alert, now)
}
