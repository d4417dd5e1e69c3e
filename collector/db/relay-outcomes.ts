// How every request to a relay ended, as the relays count it: accepted, or refused for one reason; and what
// became of the accepted. Counters are cumulative by spool and hour, so the maximum seen is the truth.
import { sql, type Transaction } from 'kysely'
import type { BatchHeader, Outcome } from '../../shared/handover.ts'
import { inChunks } from './chunks.ts'
import type { Database } from './database.ts'
import type { Gained } from './deaf-spans.ts'
import type { DB } from './schema.ts'

/**
 * Keeps the counters of one answer of a relay; one that was lost or comes twice changes nothing.
 * @returns the counters that have gained something
 */
export async function noteOutcomes(trx: Transaction<DB>, header: BatchHeader): Promise<Gained[]> {
  const gained: Gained[] = []
  const counters = header.outcomes.map((counter) => ({
    spool: header.spool,
    project_id: counter.project,
    outcome: counter.outcome,
    hour: new Date(counter.hour),
    count: counter.count,
  }))
  await inChunks(counters, async (rows) => {
    const changed = await trx
      .insertInto('relay_outcomes')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['spool', 'project_id', 'outcome', 'hour'])
          .doUpdateSet({ count: sql<number>`greatest(relay_outcomes.count, excluded.count)` })
          // A poll repeats what it said; what is the same needs no new row version.
          .where('relay_outcomes.count', '<', sql<number>`excluded.count`),
      )
      .returning(['project_id', 'outcome', 'hour'])
      .execute()
    for (const row of changed) {
      gained.push({ projectId: row.project_id, outcome: row.outcome as Outcome, hour: row.hour })
    }
  })
  return gained
}

/** Sums over all relays and projects of the hours from `since` on; outcomes that did not occur are absent. */
export async function countOutcomes(db: Database, since: Date): Promise<Map<Outcome, number>> {
  const rows = await db
    .selectFrom('relay_outcomes')
    .select(['outcome'])
    .select((eb) => eb.cast<number>(eb.fn.sum('count'), 'bigint').as('count'))
    .where('hour', '>=', since)
    .groupBy('outcome')
    .execute()
  return new Map(rows.map((row) => [row.outcome as Outcome, row.count]))
}

export async function deleteOutcomesBefore(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('relay_outcomes').where('hour', '<', before).execute()
}

/** Envelopes that each relay accepted, by spool and then by hour (ms). */
export async function listAcceptedHours(db: Database, from: Date): Promise<Map<string, Map<number, number>>> {
  const rows = await db
    .selectFrom('relay_outcomes')
    .select(['spool', 'hour'])
    .select(sql<number>`sum(count)::bigint`.as('count'))
    .where('hour', '>=', from)
    .where('outcome', '=', 'accepted')
    .groupBy(['spool', 'hour'])
    .execute()
  const spools = new Map<string, Map<number, number>>()
  for (const row of rows) {
    const own = spools.get(row.spool) ?? new Map<number, number>()
    own.set(row.hour.getTime(), row.count)
    spools.set(row.spool, own)
  }
  return spools
}
