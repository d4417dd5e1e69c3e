// The outboxes have one way of taking work: the row that has waited longest, of those due and in nobody's hands, is
// held by a lease. No transaction stays open meanwhile; after a crash the lease runs out and another takes the row.
import { type Selectable, sql } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

/** What names a row, when it is due, and what must be empty for it to be taken at all. */
const outboxes = {
  alerts: { key: 'id', due: 'run_at', unless: 'done_at' },
  storms: { key: 'id', due: 'run_at', unless: null },
  destinations: { key: 'id', due: 'next_at', unless: 'paused_at' },
  tracker_repositories: { key: 'repository', due: 'next_poll_at', unless: null },
} as const
type Outbox = keyof typeof outboxes

export type Lease = {
  /** Names the process; another one after each start. */
  readonly worker: string
  readonly now: Date
  readonly leaseMs: number
}

/** Of several workers each gets another row; undefined: none is due. */
export async function claimDue<T extends Outbox>(
  db: Database,
  outbox: T,
  { worker, now, leaseMs }: Lease,
): Promise<Selectable<DB[T]> | undefined> {
  const { key, due, unless } = outboxes[outbox]
  const until = new Date(now.getTime() + leaseMs)
  const { rows } = await sql<Selectable<DB[T]>>`
    update ${sql.table(outbox)} set locked_by = ${worker}, locked_until = ${until}
    where ${sql.ref(key)} = (
      select ${sql.ref(key)} from ${sql.table(outbox)}
      where ${sql.ref(due)} <= ${now} and (locked_until is null or locked_until <= ${now})
        and ${unless ? sql`${sql.ref(unless)} is null` : sql`true`}
      order by ${sql.ref(due)}, ${sql.ref(key)} limit 1 for update skip locked
    ) returning *`.execute(db)
  return rows[0]
}
