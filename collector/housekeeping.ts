// What time asks for: partitions made before midnight and dropped when their time is over, keys, dead
// letters and login sessions that outlived theirs, and the vacuum that PGlite doesn't do by itself.
import { sql } from 'kysely'
import type { Log } from '../shared/log.ts'
import type { Database } from './db/database.ts'
import { deleteDeadLettersBefore } from './db/dead-letters.ts'
import { createPartitions, dropOldPartitions, keptDays } from './db/partitions.ts'
import type { Step } from './loop.ts'

type Deps = {
  readonly db: Database
  readonly kind: 'postgres' | 'pglite'
  readonly now: () => Date
  readonly log: Log
}

const dayMs = 86_400_000
const deadLetterDays = 7

export function createHousekeepingStep({ db, kind, now, log }: Deps): Step {
  return async () => {
    const moment = now()
    const classes = await db.selectFrom('projects').select('retention_days').distinct().execute()
    const days = [0, 1, 2].map((ahead) => new Date(moment.getTime() + ahead * dayMs))
    await createPartitions(db).ensure(
      classes.flatMap(({ retention_days: retentionDays }) =>
        days.map((receivedAt) => ({ receivedAt, retentionDays })),
      ),
    )
    const dropped = await dropOldPartitions(db, moment)
    const deadLetters = await deleteDeadLettersBefore(db, new Date(moment.getTime() - deadLetterDays * dayMs))
    await deleteOldEventKeys(db, moment)
    await db.deleteFrom('login_sessions').where('expires_at', '<', moment).execute()
    if (dropped.length + deadLetters > 0) log.info({ dropped, deadLetters }, 'what outlived its time is gone')
    if (kind === 'pglite') await sql`vacuum (analyze)`.execute(db)
    return false
  }
}

/** A key outlives its payload, so that an event that a phone sends again months later isn't counted twice. */
async function deleteOldEventKeys(db: Database, moment: Date): Promise<void> {
  await db
    .deleteFrom('event_keys')
    .where('received_at', '<', new Date(moment.getTime() - keptDays.eventKeys * dayMs))
    .where(sql<boolean>`received_at < ${moment}::timestamptz - make_interval(days => retention_days + 1)`)
    .execute()
}
