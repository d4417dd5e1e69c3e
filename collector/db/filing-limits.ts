// What bounds filing: the budget (a ledger of creates that were sent and may have made a tracker issue) and
// storms (many alerts of one project at once). Both are decided under the project's row, so that several
// collectors keep one count.
import type { Transaction } from 'kysely'
import { joinsStorm, stormSpan } from '../trackers/storm.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

export const hourMs = 3_600_000

export type Create = { readonly kind: 'alert' | 'storm'; readonly id: number; readonly projectId: number }

/** Digesting needs the row too, for its key only; filing waits for filing alone. */
async function lockProject(trx: Transaction<DB>, projectId: number): Promise<void> {
  await trx.selectFrom('projects').select('id').where('id', '=', projectId).forNoKeyUpdate().execute()
}

/**
 * Counts one create against the budget of any 60 minutes; one that is repeated counts once, from now.
 * @returns null: it may be sent; else the moment when the budget has room again
 */
export async function reserveCreate(
  trx: Transaction<DB>,
  create: Create,
  budgetPerHour: number,
  now: Date,
): Promise<Date | null> {
  await lockProject(trx, create.projectId)
  const since = new Date(now.getTime() - hourMs)
  await trx
    .deleteFrom('tracker_creates')
    .where('project_id', '=', create.projectId)
    .where('sent_at', '<=', since)
    .execute()
  const others = await trx
    .selectFrom('tracker_creates')
    .select('sent_at')
    .where('project_id', '=', create.projectId)
    .where((eb) => eb.not(eb.and([eb('kind', '=', create.kind), eb('ref_id', '=', create.id)])))
    .orderBy('sent_at', 'desc')
    .limit(budgetPerHour)
    .execute()
  const oldest = others.at(-1)
  if (oldest && others.length >= budgetPerHour) return new Date(oldest.sent_at.getTime() + hourMs)
  await trx
    .insertInto('tracker_creates')
    .values({ project_id: create.projectId, kind: create.kind, ref_id: create.id, sent_at: now })
    .onConflict((conflict) => conflict.columns(['kind', 'ref_id']).doUpdateSet({ sent_at: now }))
    .execute()
  return null
}

/** Creates of a project that stand in its budget of the 60 minutes before a moment. */
export async function countCreates(db: Database, projectId: number, now: Date): Promise<number> {
  const row = await db
    .selectFrom('tracker_creates')
    .select(({ fn }) => fn.countAll<number>().as('creates'))
    .where('project_id', '=', projectId)
    .where('sent_at', '>', new Date(now.getTime() - hourMs))
    .executeTakeFirstOrThrow()
  return row.creates
}

/** The create was surely not carried out: it takes nothing from the budget. */
export async function releaseCreate(db: Database, create: Pick<Create, 'kind' | 'id'>): Promise<void> {
  await db
    .deleteFrom('tracker_creates')
    .where('kind', '=', create.kind)
    .where('ref_id', '=', create.id)
    .execute()
}

export type StormRule = { readonly stormIssues: number; readonly stormMinutes: number }

/**
 * Puts an alert into the storm that its moment belongs to, which is started where there are enough alerts
 * around it. The alert is in the caller's claim.
 * @returns the storm; null: there is none
 */
export async function joinStorm(
  db: Database,
  alert: { readonly id: number; readonly projectId: number; readonly createdAt: Date },
  rule: StormRule,
  now: Date,
  settleMs: number,
): Promise<{ readonly id: number; readonly isNew: boolean } | null> {
  const windowMs = rule.stormMinutes * 60_000
  return db.transaction().execute(async (trx) => {
    await lockProject(trx, alert.projectId)
    const latest = await trx
      .selectFrom('storms')
      .select(['id', 'started_at', 'last_alert_at', 'filed_at', 'told_at', 'run_at'])
      .where('project_id', '=', alert.projectId)
      .orderBy('last_alert_at', 'desc')
      .limit(1)
      .forUpdate()
      .executeTakeFirst()
    if (
      latest &&
      joinsStorm(
        { startedAt: latest.started_at, lastAlertAt: latest.last_alert_at },
        alert.createdAt,
        windowMs,
      )
    ) {
      const told = latest.told_at ?? latest.filed_at
      await trx
        .updateTable('storms')
        .set({
          last_alert_at: alert.createdAt > latest.last_alert_at ? alert.createdAt : latest.last_alert_at,
          started_at: alert.createdAt < latest.started_at ? alert.createdAt : latest.started_at,
          // An umbrella that stands is told of what joined once an hour at most.
          run_at: latest.run_at ?? new Date(Math.max(now.getTime(), (told?.getTime() ?? 0) + hourMs)),
        })
        .where('id', '=', latest.id)
        .execute()
      await trx.updateTable('alerts').set({ storm_id: latest.id }).where('id', '=', alert.id).execute()
      return { id: latest.id, isNew: false }
    }
    const span = stormSpan(await momentsAround(trx, alert, rule, windowMs), alert.createdAt, {
      more: rule.stormIssues,
      windowMs,
    })
    if (!span) return null
    const storm = await trx
      .insertInto('storms')
      .values({
        project_id: alert.projectId,
        started_at: span.from,
        last_alert_at: span.to,
        run_at: new Date(now.getTime() + settleMs),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx.updateTable('alerts').set({ storm_id: storm.id }).where('id', '=', alert.id).execute()
    return { id: storm.id, isNew: true }
  })
}

/** created_at of the project's alerts nearest to one, enough of them on each side to tell a storm. */
async function momentsAround(
  trx: Transaction<DB>,
  alert: { readonly projectId: number; readonly createdAt: Date },
  rule: StormRule,
  windowMs: number,
): Promise<Date[]> {
  const of = trx.selectFrom('alerts').select('created_at').where('project_id', '=', alert.projectId)
  const limit = rule.stormIssues + 1
  const before = await of
    .where('created_at', '<=', alert.createdAt)
    .where('created_at', '>', new Date(alert.createdAt.getTime() - windowMs))
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  const after = await of
    .where('created_at', '>', alert.createdAt)
    .where('created_at', '<', new Date(alert.createdAt.getTime() + windowMs))
    .orderBy('created_at')
    .limit(limit)
    .execute()
  return [...before, ...after].map((row) => row.created_at)
}
