// How many events were committed: exact, from the rollups by hour.
import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Events of all projects: ever, and since the start of the hour before the running one, so that the figure
 * covers one to two hours and doesn't fall to nothing at each full hour.
 */
export async function countCommittedEvents(
  db: Database,
  now: Date,
): Promise<{ readonly total: number; readonly lastHour: number; readonly since: Date }> {
  const hourMs = 3_600_000
  const since = new Date((Math.floor(now.getTime() / hourMs) - 1) * hourMs)
  const row = await db
    .selectFrom('level_hours')
    .select(sql<number>`coalesce(sum(events), 0)::bigint`.as('total'))
    .select(sql<number>`coalesce(sum(events) filter (where hour >= ${since}), 0)::bigint`.as('last_hour'))
    .executeTakeFirstOrThrow()
  return { total: row.total, lastHour: row.last_hour, since }
}
