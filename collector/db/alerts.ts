// The outbox of filing: detect writes an alert in the transaction that stores its events, one worker
// claims it by a lease (no transaction stays open while the tracker is called); see create-claims.ts.

import { columnsOf, fromRows, inChunks } from './chunks.ts'
import { claimDue, type Lease } from './claim-due.ts'
import { type Claim, markSent, type Postponed, postpone } from './create-claims.ts'
import type { Database } from './database.ts'
import { releaseCreate } from './filing-limits.ts'
import type { AlertRule, HeldReason } from './schema.ts'

export type NewAlert = {
  readonly projectId: number
  readonly issueId: number
  readonly episode: number
  readonly rule: AlertRule
  /** What the rule decided on, e.g. `{ events, windowMinutes, eventIds, release }`; shown in the tracker issue. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly at: Date
}

/**
 * Writes alerts, each for one episode of an issue; an episode has at most one.
 * @returns how many: fewer where episodes have their alert already
 */
export async function insertAlerts(trx: Database, alerts: readonly NewAlert[]): Promise<number> {
  let written = 0
  const rows = alerts.map(({ projectId, issueId, episode, rule, facts, at }) => ({
    ...{ project_id: projectId, issue_id: issueId, episode, rule, facts },
    ...{ created_at: at, run_at: at },
  }))
  await inChunks(rows, async (slice) => {
    const inserted = await trx
      .insertInto('alerts')
      .columns(columnsOf(slice))
      .expression(fromRows('alerts', slice))
      .onConflict((conflict) => conflict.columns(['issue_id', 'episode']).doNothing())
      .returning('id')
      .execute()
    written += inserted.length
  })
  return written
}

/** An alert in the hands of the worker that claimed it. */
export type ClaimedAlert = {
  readonly id: number
  readonly projectId: number
  readonly issueId: number
  readonly episode: number
  readonly rule: AlertRule
  readonly facts: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  /** Attempts that failed so far. */
  readonly attempts: number
  /** A create was sent at this moment and its end is not known; null: nothing of the kind is open. */
  readonly sentAt: Date | null
  /** Repository of that create; the project's may have changed since. */
  readonly sentTo: string | null
  readonly error: string | null
  readonly permanent: boolean
  /** Why it waited last time without a fault. */
  readonly held: HeldReason | null
  readonly stormId: number | null
}

/** Claims the alert that has waited longest. */
export async function claimDueAlert(db: Database, lease: Lease): Promise<ClaimedAlert | undefined> {
  const row = await claimDue(db, 'alerts', lease)
  return (
    row && {
      id: row.id,
      projectId: row.project_id,
      issueId: row.issue_id,
      episode: row.episode,
      rule: row.rule,
      facts: row.facts,
      createdAt: row.created_at,
      attempts: row.attempts,
      sentAt: row.sent_at,
      sentTo: row.sent_to,
      error: row.error,
      permanent: row.permanent,
      held: row.held,
      stormId: row.storm_id,
    }
  )
}

function ownAlert(db: Database, claim: Claim) {
  return db
    .updateTable('alerts')
    .where('id', '=', claim.id)
    .where('locked_by', '=', claim.worker)
    .where('done_at', 'is', null)
}

/** As markSent: the alert no longer waits for anything. */
export async function markAlertSent(db: Database, claim: Claim, at: Parameters<typeof markSent>[3]) {
  return markSent(db, 'alert', claim, at, { held: null })
}

/**
 * Ends an alert; in the transaction that records the outcome.
 * @param isFiled false: no tracker issue came of it, so it takes nothing from the budget
 * @returns false: the claim was lost
 */
export async function finishAlert(trx: Database, claim: Claim, at: Date, isFiled = true): Promise<boolean> {
  const row = await ownAlert(trx, claim)
    .set({
      done_at: at,
      locked_by: null,
      locked_until: null,
      error: null,
      error_at: null,
      permanent: false,
      held: null,
    })
    .returning('id')
    .executeTakeFirst()
  if (row && !isFiled) await releaseCreate(trx, { kind: 'alert', id: claim.id })
  return row !== undefined
}

/**
 * As postpone.
 * @param why.held it waits although nothing failed; absent: something failed, or a setting is missing
 */
export async function postponeAlert(
  db: Database,
  claim: Claim,
  { held, ...why }: Postponed & { readonly held?: HeldReason },
): Promise<boolean> {
  return postpone(db, 'alert', claim, why, { held: held ?? null })
}

/** Makes alerts that failed for good due again; called when settings may have been mended. */
export async function retryPermanentAlerts(db: Database, now: Date): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ run_at: now })
    .where('done_at', 'is', null)
    .where('permanent', '=', true)
    .where('run_at', '>', now)
    .execute()
}

/**
 * Makes a project's waiting alerts due, since its tracker setting changed. Not those whose create may still
 * be under way: they wait out their time, so that none is made twice.
 */
export async function retryAlerts(db: Database, projectId: number, now: Date): Promise<void> {
  await db
    .updateTable('alerts')
    .set({ run_at: now })
    .where('project_id', '=', projectId)
    .where('done_at', 'is', null)
    .where('sent_at', 'is', null)
    .where('run_at', '>', now)
    .execute()
}
