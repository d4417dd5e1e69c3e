// How every request to a relay ended, as the relays count it: accepted, or refused for one reason; and what
// became of the accepted. Counters are cumulative by spool and hour, so the maximum seen is the truth.
import { sql } from 'kysely'
import type { BatchHeader, Outcome } from '../../shared/handover.ts'
import { inChunks } from './chunks.ts'
import type { Database } from './database.ts'

/** Keeps the counters of one answer of a relay; one that was lost or comes twice changes nothing. */
export async function noteOutcomes(db: Database, header: BatchHeader): Promise<void> {
  const counters = header.outcomes.map((counter) => ({
    spool: header.spool,
    project_id: counter.project,
    outcome: counter.outcome,
    hour: new Date(counter.hour),
    count: counter.count,
  }))
  await inChunks(counters, (rows) =>
    db
      .insertInto('relay_outcomes')
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['spool', 'project_id', 'outcome', 'hour'])
          .doUpdateSet({ count: sql<number>`greatest(relay_outcomes.count, excluded.count)` })
          // A poll repeats what it said; what is the same needs no new row version.
          .where('relay_outcomes.count', '<', sql<number>`excluded.count`),
      )
      .execute(),
  )
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
