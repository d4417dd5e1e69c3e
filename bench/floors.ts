// The collector's floor: the same bytes, as they came over the wire, inserted into one table of the same
// database, 500 rows a transaction. What the collector does beyond that is what it is there for.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { OpenDatabase } from '../collector/db/database.ts'

const rowsPerTransaction = 500

/** @returns rows a second */
export async function measureInserting({ db }: OpenDatabase, bodies: readonly Buffer[]): Promise<number> {
  await sql`create table bench_floor (id uuid primary key, received_at timestamptz not null, body bytea not null)`.execute(
    db,
  )
  // Not compressed by the database: the collector stores what zstd has compressed, and pglz would halve the floor
  // (PostgreSQL 15, median 4 kB: 6,600 instead of 13,900 rows/s).
  await sql`alter table bench_floor alter column body set storage external`.execute(db)
  const at = new Date()
  const started = performance.now()
  for (let from = 0; from < bodies.length; from += rowsPerTransaction) {
    const rows = bodies
      .slice(from, from + rowsPerTransaction)
      .map((body) => sql`(${randomUUID()}, ${at}, ${body})`)
    await db.transaction().execute(async (trx) => {
      await sql`insert into bench_floor (id, received_at, body) values ${sql.join(rows)}`.execute(trx)
    })
  }
  return bodies.length / ((performance.now() - started) / 1000)
}
