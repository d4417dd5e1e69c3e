// Storms as an outbox: each has one umbrella tracker issue to be created, and now and then a comment on what
// joined since. Claims work as those of alerts do.
import type { Selectable, Transaction } from 'kysely'
import { claimDue, type Lease } from './claim-due.ts'
import type { Claim } from './create-claims.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

export type ClaimedStorm = {
  readonly id: number
  readonly projectId: number
  readonly startedAt: Date
  readonly lastAlertAt: Date
  readonly attempts: number
  readonly sentAt: Date | null
  readonly sentTo: string | null
  readonly error: string | null
  readonly permanent: boolean
  /** Its umbrella; null: not created yet. */
  readonly filed: { readonly repository: string; readonly number: number } | null
}

function toClaimed(row: Selectable<DB['storms']>): ClaimedStorm {
  return {
    id: row.id,
    projectId: row.project_id,
    startedAt: row.started_at,
    lastAlertAt: row.last_alert_at,
    attempts: row.attempts,
    sentAt: row.sent_at,
    sentTo: row.sent_to,
    error: row.error,
    permanent: row.permanent,
    filed: row.repository && row.number ? { repository: row.repository, number: row.number } : null,
  }
}

/** Claims the storm whose work is most overdue. */
export async function claimDueStorm(db: Database, lease: Lease): Promise<ClaimedStorm | undefined> {
  const row = await claimDue(db, 'storms', lease)
  return row && toClaimed(row)
}

function ownStorm(db: Database, claim: Claim) {
  return db.updateTable('storms').where('id', '=', claim.id).where('locked_by', '=', claim.worker)
}

/** Records the umbrella; its text lists what had joined by then. False: the claim was lost. */
export async function recordUmbrella(
  trx: Transaction<DB>,
  claim: Claim,
  filed: { readonly repository: string; readonly number: number; readonly url: string },
  at: Date,
): Promise<boolean> {
  const row = await ownStorm(trx, claim)
    .set({ ...filed, ...settled, filed_at: at, told_at: at, sent_at: null, sent_to: null })
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Has the umbrella told of alerts that it does not list yet, where there are any. Called after the storm's row
 * was written in this transaction, so that an alert that joins meanwhile is seen here or sees this.
 */
export async function scheduleUnlisted(trx: Transaction<DB>, stormId: number, runAt: Date): Promise<void> {
  const [waiting] = await listUnlisted(trx, stormId, 1)
  if (waiting) await trx.updateTable('storms').set({ run_at: runAt }).where('id', '=', stormId).execute()
}

const settled = {
  run_at: null,
  locked_by: null,
  locked_until: null,
  error: null,
  error_at: null,
  permanent: false,
} as const

/** Ends the storm's work: nothing is left to be said, unless an alert joins meanwhile; then it is due at once. */
export async function restStorm(db: Database, claim: Claim, now: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const isOurs = await ownStorm(trx, claim).set(settled).returning('id').executeTakeFirst()
    if (isOurs) await scheduleUnlisted(trx, claim.id, now)
  })
}

/** The umbrella was told. False: the claim was lost. */
export async function noteStormTold(trx: Transaction<DB>, claim: Claim, toldAt: Date): Promise<boolean> {
  const row = await ownStorm(trx, claim)
    .set({ ...settled, told_at: toldAt })
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export type StormIssue = {
  readonly alertId: number
  readonly issueId: number
  readonly title: string
  readonly events: number
  readonly users: number
  readonly createdAt: Date
}

/** How many alerts wait under the storm and were not listed yet. */
export async function countUnlisted(db: Database, stormId: number): Promise<number> {
  const { count } = await db
    .selectFrom('alerts')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('storm_id', '=', stormId)
    .where('listed_at', 'is', null)
    .where('done_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}

/** Alerts of the storm that wait under it and were not listed yet, oldest first. */
export async function listUnlisted(db: Database, stormId: number, limit: number): Promise<StormIssue[]> {
  const rows = await db
    .selectFrom('alerts')
    .innerJoin('issues', 'issues.id', 'alerts.issue_id')
    .select(['alerts.id', 'alerts.issue_id', 'alerts.created_at', 'issues.title'])
    .select(['issues.event_count', 'issues.user_count'])
    .where('alerts.storm_id', '=', stormId)
    .where('alerts.listed_at', 'is', null)
    .where('alerts.done_at', 'is', null)
    .orderBy('alerts.id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    alertId: row.id,
    issueId: row.issue_id,
    title: row.title,
    events: row.event_count,
    users: row.user_count,
    createdAt: row.created_at,
  }))
}

/** Notes that the umbrella tells of these; those that were not claimed yet keep their turn. */
export async function markListed(trx: Transaction<DB>, alertIds: readonly number[], at: Date): Promise<void> {
  if (alertIds.length === 0) return
  await trx
    .updateTable('alerts')
    .set({ listed_at: at })
    .where('id', 'in', [...alertIds])
    .execute()
}

/** The umbrella that a marker names. */
export async function findStorm(
  db: Database,
  id: number,
): Promise<{ readonly repository: string; readonly number: number } | undefined> {
  const row = await db
    .selectFrom('storms')
    .select(['repository', 'number'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.repository && row.number ? { repository: row.repository, number: row.number } : undefined
}

/** Of two tickets with one storm's marker the earlier stays. */
export async function repointStorm(
  trx: Database,
  id: number,
  to: { readonly number: number; readonly url: string },
): Promise<void> {
  await trx.updateTable('storms').set({ number: to.number, url: to.url }).where('id', '=', id).execute()
}

export type FilingProject = {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly repository: string | null
  readonly settings: Readonly<Record<string, unknown>>
}

export async function getFilingProject(db: Database, id: number): Promise<FilingProject> {
  return db
    .selectFrom('projects')
    .select(['id', 'slug', 'name', 'repository', 'settings'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

/** Storms that wait for a mended setting are tried at once; not those whose create may still be under way. */
export async function retryStorms(db: Database, projectId: number, now: Date): Promise<void> {
  await db
    .updateTable('storms')
    .set({ run_at: now })
    .where('project_id', '=', projectId)
    .where('error', 'is not', null)
    .where('sent_at', 'is', null)
    .where('run_at', '>', now)
    .execute()
}

/** The issue of a project that was made last; undefined: none yet. */
export async function findNewestIssue(
  db: Database,
  projectId: number,
): Promise<{ id: number; episode: number; lastEventId: string } | undefined> {
  return db
    .selectFrom('issues')
    .select(['id', 'episode', 'last_event_id as lastEventId'])
    .where('project_id', '=', projectId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}
