// One-time links, by the hash of their token. One is good for a day and for one use.
import type { Database } from './database.ts'

const validMs = 24 * 3_600_000

/** @returns the moment from which the link is no longer good */
export async function insertSetupLink(db: Database, tokenHash: string, now: Date): Promise<Date> {
  const expiresAt = new Date(now.getTime() + validMs)
  await db
    .insertInto('setup_links')
    .values({ token_hash: tokenHash, created_at: now, expires_at: expiresAt })
    .execute()
  return expiresAt
}

/** True while the link is neither used nor expired. */
export async function isSetupLinkGood(db: Database, tokenHash: string, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('setup_links')
    .select('token_hash')
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row !== undefined
}

/** Marks the link used; true for the one caller who did. */
export async function useSetupLink(trx: Database, tokenHash: string, now: Date): Promise<boolean> {
  const result = await trx
    .updateTable('setup_links')
    .set({ used_at: now })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}
