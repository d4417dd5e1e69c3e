// Everything that a database holds, read in another way than the dump does it: each table's rows as PostgreSQL prints
// them, its partitions and where its sequences stand.
import { sql } from 'kysely'
import type { Database } from '../../collector/db/database.ts'

export type StoreContents = {
  readonly rows: Readonly<Record<string, readonly string[]>>
  readonly partitions: readonly string[]
  readonly sequences: readonly string[]
}

/** Sorted, so that two stores with the same contents are equal. */
export async function readWholeStore(db: Database): Promise<StoreContents> {
  await sql`set timezone = 'UTC'`.execute(db)
  const tables = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname not like 'kysely%' order by relname`.execute(db)
  const rows: Record<string, string[]> = {}
  for (const { name } of tables.rows) {
    const read = await sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(db)
    rows[name] = read.rows.map(({ row }) => row).sort()
  }
  const partitions = await sql<{ name: string }>`
    select relname || ' ' || coalesce(pg_get_expr(relpartbound, oid), '') as name
    from pg_class where relispartition and relkind in ('r', 'p') order by 1`.execute(db)
  const sequences = await sql<{ name: string }>`
    select sequencename || ' ' || coalesce(last_value::text, '-') as name
    from pg_sequences where schemaname = 'public' order by 1`.execute(db)
  return {
    rows,
    partitions: partitions.rows.map(({ name }) => name),
    sequences: sequences.rows.map(({ name }) => name),
  }
}
