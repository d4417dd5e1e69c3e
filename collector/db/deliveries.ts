// The outbox of messages: a worker claims a destination, makes its next message out of what waits there (the
// plan is notify/plan.ts), and sends it. A message has one id, however often it is tried.
import { randomUUID } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { spanMs } from '../notify/plan.ts'
import { claimDue, type Lease } from './claim-due.ts'
import type { Database } from './database.ts'
import { type Destination, openDestination } from './destinations.ts'
import type { DB } from './schema.ts'

export type DestinationClaim = { readonly id: number; readonly worker: string }

/** Claims the destination that has waited longest; paused ones wait. */
export async function claimDestination(db: Database, lease: Lease): Promise<Destination | undefined> {
  const row = await claimDue(db, 'destinations', lease)
  return row && openDestination(db, row)
}

/** Holds the destination's row, if the claim still stands. */
async function holdClaim(trx: Transaction<DB>, claim: DestinationClaim): Promise<boolean> {
  const row = await trx
    .selectFrom('destinations')
    .select('id')
    .where('id', '=', claim.id)
    .where('locked_by', '=', claim.worker)
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

export type Told = {
  readonly id: number
  readonly kind: string
  readonly at: Date
  readonly facts: Readonly<Record<string, unknown>>
}

export type OpenMessage = {
  readonly id: string
  readonly createdAt: Date
  readonly attempts: number
  readonly runAt: Date
  /** What it tells, oldest first; more than one: a digest. */
  readonly told: readonly Told[]
}

/** The message that is under way; undefined: none. */
export async function findOpenMessage(db: Database, destinationId: number): Promise<OpenMessage | undefined> {
  const message = await db
    .selectFrom('messages')
    .selectAll()
    .where('destination_id', '=', destinationId)
    .where('done_at', 'is', null)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  if (!message) return undefined
  const told = await db
    .selectFrom('deliveries')
    .innerJoin('notifications', 'notifications.id', 'deliveries.notification_id')
    .select(['notifications.id', 'kind', 'at', 'facts'])
    .where('deliveries.message_id', '=', message.id)
    .orderBy('notifications.id')
    .execute()
  return {
    id: message.id,
    createdAt: message.created_at,
    attempts: message.attempts,
    runAt: message.run_at,
    told,
  }
}

export async function listWaiting(
  db: Database,
  destinationId: number,
  now: Date,
  limit: number,
): Promise<{ notificationId: number; kind: string }[]> {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('notifications', 'notifications.id', 'deliveries.notification_id')
    .select(['deliveries.notification_id', 'notifications.kind'])
    .where('deliveries.destination_id', '=', destinationId)
    .where('deliveries.message_id', 'is', null)
    .where('deliveries.run_at', '<=', now)
    .orderBy('deliveries.notification_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ notificationId: row.notification_id, kind: row.kind }))
}

/** Moments of the messages made for a destination in the last span. */
export async function listRecentMessages(db: Database, destinationId: number, now: Date): Promise<Date[]> {
  const rows = await db
    .selectFrom('messages')
    .select('created_at')
    .where('destination_id', '=', destinationId)
    .where('created_at', '>', new Date(now.getTime() - spanMs))
    .execute()
  return rows.map((row) => row.created_at)
}

/** Makes a message out of what waits; false: the claim was lost. */
export async function createMessage(
  db: Database,
  claim: DestinationClaim,
  notificationIds: readonly number[],
  now: Date,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    if (!(await holdClaim(trx, claim))) return false
    const id = randomUUID()
    await trx
      .insertInto('messages')
      .values({ id, destination_id: claim.id, created_at: now, run_at: now })
      .execute()
    await trx
      .updateTable('deliveries')
      .set({ message_id: id })
      .where('destination_id', '=', claim.id)
      .where('notification_id', 'in', [...notificationIds])
      .where('message_id', 'is', null)
      .execute()
    return true
  })
}

/** Lets deliveries wait: quiet hours. */
export async function postponeDeliveries(
  db: Database,
  claim: DestinationClaim,
  notificationIds: readonly number[],
  runAt: Date,
): Promise<void> {
  if (notificationIds.length === 0) return
  await db
    .updateTable('deliveries')
    .set({ run_at: runAt })
    .where('destination_id', '=', claim.id)
    .where('notification_id', 'in', [...notificationIds])
    .where('message_id', 'is', null)
    .execute()
}

/** How a message ended, or when it is tried again; in the claim's name. */
export async function settleMessage(
  db: Database,
  claim: DestinationClaim,
  messageId: string,
  result:
    | { readonly outcome: 'sent'; readonly at: Date }
    | { readonly outcome: 'failed'; readonly at: Date; readonly error: string }
    | { readonly outcome: null; readonly at: Date; readonly error: string; readonly runAt: Date },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await holdClaim(trx, claim))) return
    const error = result.outcome === 'sent' ? null : result.error
    await trx
      .updateTable('messages')
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        error,
        ...(result.outcome === null
          ? { run_at: result.runAt }
          : { done_at: result.at, outcome: result.outcome }),
      }))
      .where('id', '=', messageId)
      .where('done_at', 'is', null)
      .execute()
    await trx
      .updateTable('destinations')
      .set(
        error === null ? { sent_at: result.at, error: null, error_at: null } : { error, error_at: result.at },
      )
      .where('id', '=', claim.id)
      .execute()
  })
}

/**
 * Ends the claim. The next look is when the open message is due, or else what waits is; the row is held first,
 * so that what is handed out meanwhile is either seen here or sets the moment itself.
 * @param notBefore the moment of the rate limit, or after a fault of ours
 */
export async function releaseDestination(
  db: Database,
  claim: DestinationClaim,
  notBefore: Date | null,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await holdClaim(trx, claim))) return
    const open = await trx
      .selectFrom('messages')
      .select('run_at')
      .where('destination_id', '=', claim.id)
      .where('done_at', 'is', null)
      .orderBy('run_at')
      .limit(1)
      .executeTakeFirst()
    const waiting = await trx
      .selectFrom('deliveries')
      .select(sql<Date | null>`min(run_at)`.as('run_at'))
      .where('destination_id', '=', claim.id)
      .where('message_id', 'is', null)
      .executeTakeFirst()
    const due = open?.run_at ?? waiting?.run_at ?? null
    const nextAt = due && new Date(Math.max(due.getTime(), notBefore?.getTime() ?? 0))
    await trx
      .updateTable('destinations')
      .set({ locked_by: null, locked_until: null, next_at: nextAt })
      .where('id', '=', claim.id)
      .execute()
  })
}
