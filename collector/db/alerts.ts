// The outbox of filing: detect writes an alert in the transaction that stores its events, one worker
// claims it by a lease (no transaction stays open while the tracker is called), and every later write
// carries the claim's worker, so that one whose lease ran out can't overwrite what another did.
import type { Database } from './database.ts'
import type { AlertRule } from './schema.ts'

/**
 * Writes an alert for one episode of an issue; an episode has at most one.
 * @param alert.facts what the rule decided on, e.g. `{ events, windowMinutes, eventIds, release }`; shown
 *                    in the tracker issue
 * @returns false: the episode has its alert already and nothing was written
 */
export async function insertAlert(
  trx: Database,
  alert: {
    readonly projectId: number
    readonly issueId: number
    readonly episode: number
    readonly rule: AlertRule
    readonly facts: Readonly<Record<string, unknown>>
    readonly at: Date
  },
): Promise<boolean> {
  const inserted = await trx
    .insertInto('alerts')
    .values({
      project_id: alert.projectId,
      issue_id: alert.issueId,
      episode: alert.episode,
      rule: alert.rule,
      facts: JSON.stringify(alert.facts),
      created_at: alert.at,
      run_at: alert.at,
    })
    .onConflict((conflict) => conflict.columns(['issue_id', 'episode']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}
