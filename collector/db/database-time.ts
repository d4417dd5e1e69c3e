// The database's clock: the one that all collectors of an installation have in common.
import { sql } from 'kysely'
import type { Database } from './database.ts'

export async function readDatabaseTime(db: Database): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db)
  const [row] = rows
  if (!row) throw new Error('the database did not tell its time')
  return row.at
}
