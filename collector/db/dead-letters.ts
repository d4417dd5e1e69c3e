// Envelopes that could not be taken in, kept whole with the reason: what was accepted is never lost.
import type { Transaction } from 'kysely'
import type { EnvelopeFacts } from '../../shared/handover.ts'
import type { JsonObject } from '../pipeline/event.ts'
import { storable, storableText } from '../pipeline/storable.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

export type DeadLetter = {
  readonly id: string
  readonly relayUrl: string
  readonly projectId: number
  readonly receivedAt: Date
  readonly diedAt: Date
  /** Step of the line that refused it. */
  readonly step: string
  readonly error: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly sizeBytes: number
}

/** Keeps an envelope; the same one again changes nothing. */
export async function insertDeadLetter(
  trx: Transaction<DB>,
  relayUrl: string,
  facts: EnvelopeFacts,
  body: Buffer,
  why: { readonly step: string; readonly error: string },
  now: Date,
): Promise<void> {
  await trx
    .insertInto('dead_letters')
    .values({
      id: facts.id,
      relay_url: relayUrl,
      project_id: facts.project,
      received_at: new Date(facts.received_at),
      died_at: now,
      step: why.step,
      error: storableText(why.error.slice(0, 2_000)),
      facts: JSON.stringify(storable(facts as unknown as JsonObject)),
      body,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Newest first, without the bodies. */
export async function listDeadLetters(db: Database, limit = 50): Promise<DeadLetter[]> {
  const rows = await db
    .selectFrom('dead_letters')
    .select(['id', 'relay_url', 'project_id', 'received_at', 'died_at', 'step', 'error', 'facts'])
    .select((eb) => eb.fn<number>('octet_length', ['body']).as('size'))
    .orderBy('died_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    relayUrl: row.relay_url,
    projectId: row.project_id,
    receivedAt: row.received_at,
    diedAt: row.died_at,
    step: row.step,
    error: row.error,
    facts: row.facts,
    sizeBytes: row.size,
  }))
}

export type WholeLetter = {
  readonly relayUrl: string
  readonly facts: EnvelopeFacts
  readonly body: Buffer
}

export async function findDeadLetter(db: Database, id: string): Promise<WholeLetter | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(id)) return undefined
  const row = await db
    .selectFrom('dead_letters')
    .select(['relay_url', 'facts', 'body'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row && { relayUrl: row.relay_url, facts: row.facts as unknown as EnvelopeFacts, body: row.body }
}

export async function updateDeadLetter(
  db: Database,
  id: string,
  why: { readonly step: string; readonly error: string },
): Promise<void> {
  await db
    .updateTable('dead_letters')
    .set({ step: why.step, error: storableText(why.error.slice(0, 2_000)) })
    .where('id', '=', id)
    .execute()
}

export async function deleteDeadLetter(db: Database, id: string): Promise<void> {
  await db.deleteFrom('dead_letters').where('id', '=', id).execute()
}

export async function countDeadLetters(db: Database): Promise<number> {
  const row = await db
    .selectFrom('dead_letters')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** @returns how many were past their time and are gone */
export async function deleteDeadLettersBefore(db: Database, before: Date): Promise<number> {
  const result = await db.deleteFrom('dead_letters').where('died_at', '<', before).executeTakeFirst()
  return Number(result.numDeletedRows)
}
