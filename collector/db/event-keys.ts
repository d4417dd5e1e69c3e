// Keys of events: what keeps one from being counted twice. A key outlives its payload, so that an event
// that a phone sends again long after is still recognised.
import { sql } from 'kysely'
import type { Database } from './database.ts'
import { keptDays } from './partitions.ts'

const dayMs = 86_400_000

/** Deletes the keys whose payload is gone and that are older than the least time kept. */
export async function deleteOldEventKeys(db: Database, now: Date): Promise<void> {
  await db
    .deleteFrom('event_keys')
    .where('received_at', '<', new Date(now.getTime() - keptDays.eventKeys * dayMs))
    .where(sql<boolean>`received_at < ${now}::timestamptz - make_interval(days => retention_days + 1)`)
    .execute()
}
