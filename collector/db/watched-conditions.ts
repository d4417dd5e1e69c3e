// Conditions of the installation that last: told once when they have lasted long enough, and once when they are
// over. Several collectors watch; the rows see to it that one tells.
import type { Condition } from '../notify/conditions.ts'
import type { NotifyKind } from '../notify/kinds.ts'
import { describeDuration } from '../trackers/duration.ts'
import type { Database } from './database.ts'
import { insertNotifications } from './notifications.ts'

export async function noteConditions(db: Database, present: readonly Condition[], now: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (present.length > 0) {
      await trx
        .insertInto('watched_conditions')
        .values(
          present.map(({ key, kind, reason }) => ({
            key,
            kind,
            since: now,
            told_at: null,
            facts: JSON.stringify({ reason }),
          })),
        )
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
    }
    const known = await trx.selectFrom('watched_conditions').selectAll().orderBy('key').forUpdate().execute()
    for (const row of known) {
      const current = present.find(({ key }) => key === row.key)
      const occurrence = `${row.key}@${row.since.toISOString()}`
      if (!current) {
        await trx.deleteFrom('watched_conditions').where('key', '=', row.key).execute()
        if (row.told_at === null) continue
        const lasted = describeDuration(now.getTime() - row.since.getTime())
        const reason = `Over after ${lasted}. It was: ${String(row.facts.reason ?? '')}`
        await insertNotifications(trx, [
          notification(row.kind, `${occurrence}:over`, now, { reason, over: true }),
        ])
      } else if (row.told_at === null && now.getTime() - row.since.getTime() >= current.afterMs) {
        await trx
          .updateTable('watched_conditions')
          .set({ told_at: now, facts: JSON.stringify({ reason: current.reason }) })
          .where('key', '=', row.key)
          .execute()
        await insertNotifications(trx, [notification(row.kind, occurrence, now, { reason: current.reason })])
      }
    }
  })
}

function notification(kind: string, key: string, at: Date, facts: Record<string, unknown>) {
  return { key, kind: kind as NotifyKind, projectId: null, issueId: null, at, facts }
}

/** Envelopes that relays counted as expired or evicted in the hours from `since` on. */
export async function countLost(db: Database, since: Date): Promise<number> {
  const row = await db
    .selectFrom('relay_outcomes')
    .select((eb) => eb.cast<number>(eb.fn.coalesce(eb.fn.sum('count'), eb.lit(0)), 'bigint').as('count'))
    .where('hour', '>=', since)
    .where('outcome', 'in', ['expired', 'evicted'])
    .executeTakeFirstOrThrow()
  return row.count
}
