// Where notifications go: kept with their secrets sealed, which leave this file only towards the senders.
import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import { AppError } from '../../shared/errors.ts'
import { type Choice, parseTarget, readChoice, type Target } from '../notify/destination.ts'
import { openTarget, sealTarget } from '../notify/target-seal.ts'
import { changedFields } from '../settings-subject.ts'
import { type Actor, insertAuditEntry, ownActor } from './audit-log.ts'
import type { Database } from './database.ts'
import { readInstallationSecret } from './installation.ts'
import type { DB, DestinationKind } from './schema.ts'

export type Destination = {
  readonly id: number
  readonly name: string
  readonly kind: DestinationKind
  readonly target: Target
  readonly choice: Choice
  readonly createdAt: Date
  readonly pausedAt: Date | null
  /** Last message that arrived, and the last fault since. */
  readonly sentAt: Date | null
  readonly error: string | null
  readonly errorAt: Date | null
}

export async function openDestination(
  db: Database,
  row: Selectable<DB['destinations']>,
): Promise<Destination> {
  return toDestination(row, await readInstallationSecret(db))
}

function toDestination(row: Selectable<DB['destinations']>, secret: Buffer): Destination {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    target: parseTarget(row.kind, openTarget(secret, row.id, row.target)),
    choice: readChoice(row.choice),
    createdAt: row.created_at,
    pausedAt: row.paused_at,
    sentAt: row.sent_at,
    error: row.error,
    errorAt: row.error_at,
  }
}

export async function listDestinations(db: Database): Promise<Destination[]> {
  const rows = await db.selectFrom('destinations').selectAll().orderBy('id').execute()
  const secret = await readInstallationSecret(db)
  return rows.map((row) => toDestination(row, secret))
}

/** @throws AppError 'not_found' */
export async function getDestination(db: Database, id: number): Promise<Destination> {
  const row = await db.selectFrom('destinations').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('not_found', 'There is no such destination.')
  return openDestination(db, row)
}

function checkName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > 100) {
    throw new AppError('invalid_request', 'A destination needs a name of at most 100 characters.')
  }
  return trimmed
}

async function sealFor(trx: Database, id: number, { kind: _, ...target }: Target): Promise<string> {
  return JSON.stringify(sealTarget(await readInstallationSecret(trx), id, target))
}

export async function createDestination(
  db: Database,
  destination: { readonly name: string; readonly target: Target; readonly choice: Choice },
  now: Date,
  actor: Actor = ownActor,
): Promise<Destination> {
  const { count } = await db
    .selectFrom('destinations')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  if (count >= 50) throw new AppError('conflict', 'There are 50 destinations already.')
  const name = checkName(destination.name)
  return db.transaction().execute(async (trx) => {
    // What is sealed is bound to the id, which there is only now.
    const { id } = await trx
      .insertInto('destinations')
      .values({
        name,
        kind: destination.target.kind,
        target: JSON.stringify({ sealed: '' }),
        choice: JSON.stringify(destination.choice),
        created_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const row = await trx
      .updateTable('destinations')
      .set({ target: await sealFor(trx, id, destination.target) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const entry = { action: 'destination.created', subject: name, projectId: null }
    await insertAuditEntry(trx, actor, { ...entry, facts: { kind: row.kind } }, now)
    return openDestination(trx, row)
  })
}

/**
 * @param change.target absent: the address and its secrets stay
 * @throws AppError 'not_found', 'invalid_request'
 */
export async function updateDestination(
  db: Database,
  id: number,
  change: {
    readonly name?: string | undefined
    readonly target?: Target | undefined
    readonly choice?: Choice | undefined
    readonly paused?: boolean | undefined
  },
  now: Date,
  actor: Actor = ownActor,
): Promise<Destination> {
  const before = await getDestination(db, id)
  if (change.target && change.target.kind !== before.kind) {
    throw new AppError('invalid_request', 'A destination keeps its kind; make another one.')
  }
  const isMoved = change.target !== undefined && !isDeepStrictEqual(change.target, before.target)
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('destinations')
      .set({
        ...(change.name === undefined ? {} : { name: checkName(change.name) }),
        ...(change.target && isMoved
          ? { target: await sealFor(trx, id, change.target), error: null, error_at: null }
          : {}),
        ...(change.choice ? { choice: JSON.stringify(change.choice) } : {}),
        ...(change.paused === undefined ? {} : { paused_at: change.paused ? now : null }),
        // What waits is looked at with the new settings.
        next_at: now,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const facts = {
      // That the address or a secret changed, never to what.
      ...(isMoved ? { target: 'changed' } : {}),
      ...(change.paused === undefined ? {} : { paused: change.paused }),
      ...(change.choice ? changedFields(before.choice, change.choice) : {}),
    }
    const entry = { action: 'destination.changed', subject: row.name, projectId: null, facts }
    await insertAuditEntry(trx, actor, entry, now)
    return openDestination(trx, row)
  })
}

/** What waits for it goes with it. @throws AppError 'not_found' */
export async function deleteDestination(db: Database, id: number, now: Date, actor: Actor): Promise<void> {
  const { name } = await getDestination(db, id)
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('destinations').where('id', '=', id).execute()
    const entry = { action: 'destination.deleted', subject: name, projectId: null }
    await insertAuditEntry(trx, actor, entry, now)
  })
}

/** The last thing that was tried there: arrived, or why not. */
export async function noteDestination(
  db: Database,
  id: number,
  result: { readonly at: Date; readonly error: string | null },
): Promise<void> {
  await db
    .updateTable('destinations')
    .set(
      result.error === null
        ? { sent_at: result.at, error: null, error_at: null }
        : { error: result.error, error_at: result.at },
    )
    .where('id', '=', id)
    .execute()
}
