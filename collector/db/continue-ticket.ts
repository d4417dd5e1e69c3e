// Soon after a resolution a project may want its tracker issue reopened instead of a new one: the tracker issue
// of the episode before then belongs to the new one, and is opened by the step that reopens tickets.
import type { Transaction } from 'kysely'
import type { Alert } from '../detect/detect.ts'
import { resolutionSubject } from '../trackers/resolution-settings.ts'
import { appendIssueChange } from './issue-changes.ts'
import { readProjectSettings } from './kept-settings.ts'
import type { DB } from './schema.ts'

/** @returns true: the regression has its tracker issue, and its alert is done */
export async function continueTicket(
  trx: Transaction<DB>,
  issue: { readonly id: number; readonly projectId: number },
  alert: Alert,
  now: Date,
): Promise<boolean> {
  const heldMs = alert.facts.heldMs
  if (alert.rule !== 'regression' && alert.rule !== 'escalation') return false
  const { reopenWithinHours } = await readProjectSettings(trx, issue.projectId, resolutionSubject)
  if (typeof heldMs !== 'number' || heldMs > reopenWithinHours * 3_600_000) return false
  if (reopenWithinHours === 0) return false
  const ticket = await trx
    .updateTable('tracker_issues')
    .set({ episode: alert.episode, left_closed_at: null })
    .where('issue_id', '=', issue.id)
    .where('episode', '=', alert.episode - 1)
    .where('fate', 'is', null)
    .returning(['repository', 'number', 'url'])
    .executeTakeFirst()
  if (!ticket) return false
  await trx
    .updateTable('alerts')
    .set({ done_at: now })
    .where('issue_id', '=', issue.id)
    .where('episode', '=', alert.episode)
    .execute()
  const name = `${ticket.repository}#${ticket.number}`
  await appendIssueChange(trx, {
    issueId: issue.id,
    at: now,
    kind: 'filed',
    actor: 'postern',
    reason: `${name} is reopened for this: the regression came within ${reopenWithinHours} h of the resolution.`,
    facts: { rule: alert.rule, episode: alert.episode, ...ticket },
  })
  return true
}
