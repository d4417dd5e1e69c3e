// This installation's identity, made once: its id stands in the marker of every tracker issue, its secret
// signs them, and its projects version orders what is pushed to relays.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

export type Installation = { readonly id: string; readonly markerSecret: Buffer }

/** Finds this installation's identity, or makes it; of several collectors that start together one wins. */
export async function ensureInstallation(db: Database, now: Date): Promise<Installation> {
  await db
    .insertInto('installation')
    .values({
      id: randomUUID(),
      marker_secret: randomBytes(32),
      created_at: now,
      projects_version: now.getTime(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await db.selectFrom('installation').select(['id', 'marker_secret']).executeTakeFirstOrThrow()
  return { id: row.id, markerSecret: row.marker_secret }
}

/** What secrets in the database are sealed with; made at the first start at the latest. */
export async function readInstallationSecret(db: Database): Promise<Buffer> {
  const row = await db.selectFrom('installation').select('marker_secret').executeTakeFirst()
  return row?.marker_secret ?? (await ensureInstallation(db, new Date())).markerSecret
}

/** Version of the projects as relays must know them (ms of the latest change, always increasing); 0: none yet. */
export async function getProjectsVersion(db: Database): Promise<number> {
  const row = await db.selectFrom('installation').select('projects_version').executeTakeFirst()
  return row?.projects_version ?? 0
}

/**
 * Notes the public key that relays are to seal with; another one than before makes the list of projects newer,
 * so that it is pushed.
 * @param key null: nothing is sealed
 */
export async function noteSealingKey(db: Database, key: string | null, now: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const changed = await trx
      .updateTable('installation')
      .set({ sealing_key: key })
      .where('sealing_key', 'is distinct from', key)
      .executeTakeFirst()
    if (changed.numUpdatedRows > 0n) await raiseProjectsVersion(trx, now)
  })
}

/**
 * Raises the projects version in the transaction that changes a project or key. Follows the clock, so that
 * an installation made anew is still ahead of what an old relay holds.
 */
export async function raiseProjectsVersion(trx: Transaction<DB>, now: Date): Promise<void> {
  await trx
    .updateTable('installation')
    .set((eb) => ({
      projects_version: eb.fn<number>('greatest', [
        eb('projects_version', '+', 1),
        eb.cast<number>(eb.val(now.getTime()), 'bigint'),
      ]),
    }))
    .execute()
}
