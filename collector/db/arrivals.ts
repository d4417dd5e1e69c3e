// What came of a project so far, before anything is stored: for the page that waits for its first event.
import type { Database } from './database.ts'

/** Envelopes that relays accepted, by their own books, and those of them that could not be read. */
export async function countArrivals(
  db: Database,
  projectId: number,
  since: Date,
): Promise<{ readonly received: number; readonly unread: number }> {
  const [accepted, dead] = await Promise.all([
    db
      .selectFrom('relay_outcomes')
      .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('count'), eb.lit(0)).as('count'))
      .where('project_id', '=', projectId)
      .where('outcome', '=', 'accepted')
      .where('hour', '>=', since)
      .executeTakeFirstOrThrow(),
    db
      .selectFrom('dead_letters')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('project_id', '=', projectId)
      .where('died_at', '>=', since)
      .executeTakeFirstOrThrow(),
  ])
  return { received: Number(accepted.count), unread: Number(dead.count) }
}
