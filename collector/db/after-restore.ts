// What a store must know when it wakes up in the past: the world outside (relays, the tracker) has gone on since the
// backup was made.
import { sql, type Transaction } from 'kysely'
import { raiseProjectsVersion } from './installation.ts'
import type { DB } from './schema.ts'

/**
 * Ids of issues go on this far above those of the backup. Issues made after it are lost here, but their tracker
 * issues are not: the marker of one must never name another issue of ours.
 */
const idLeap = 1_000_000
/** The same for the episodes of one issue: the next one must not bear the number of one that is lost here. */
const episodeLeap = 100

/** Runs in the transaction that restores, on the backup's own schema: reads nothing that a later migration made. */
export async function prepareAfterRestore(trx: Transaction<DB>, now: Date): Promise<void> {
  // Relays may hold a newer list of projects than the backup.
  await raiseProjectsVersion(trx, now)
  // What waited may have been filed since: look for its marker before creating.
  await trx
    .updateTable('alerts')
    .set((eb) => ({ sent_at: eb.fn.coalesce('sent_at', 'created_at') }))
    .where('done_at', 'is', null)
    .execute()
  await sql`select setval(pg_get_serial_sequence('issues', 'id'),
    (select coalesce(max(id), 0) from issues) + ${sql.lit(idLeap)})`.execute(trx)
  await trx
    .updateTable('issues')
    .set((eb) => ({ episode: eb('episode', '+', episodeLeap) }))
    .where('in_episode', '=', false)
    .execute()
}
