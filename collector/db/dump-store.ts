// A whole store as a stream of records, the same for PostgreSQL and PGlite: what a backup file holds, and what
// moves an embedded store into a server. Tables, partitions and sequences are read from the catalogue, so a new
// table needs no word here. Values travel as PostgreSQL's own text, which every type reads back unchanged.
import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

/** Version of the records below; raised when a reader of today could not read them. */
export const dumpVersion = 1

export type DumpHeader = {
  readonly postern_backup: number
  /** ISO moment of the snapshot. */
  readonly made_at: string
  /** Names of all applied migrations, in order. */
  readonly migrations: readonly string[]
}
/** Outer tables first: a partition may be partitioned itself. */
export type DumpPartition = {
  readonly partition: string
  readonly of: string
  /** As pg_get_expr prints it: `FOR VALUES …`. */
  readonly bound: string
  /** As pg_get_partkeydef prints it; null for a leaf. */
  readonly by: string | null
}
export type DumpTable = { readonly table: string; readonly columns: readonly string[] }
/** Values of one row of the table named last, in the order of its columns. */
export type DumpRow = readonly (string | null)[]
export type DumpSequence = {
  readonly sequence: string
  readonly column: string
  readonly value: string
  readonly is_called: boolean
}
export type DumpEnd = { readonly end: true; readonly rows: number }
export type DumpRecord = DumpHeader | DumpPartition | DumpTable | DumpRow | DumpSequence | DumpEnd

/** A batch of rows is fetched at about this size; one row may be larger. */
const batchBytes = 1024 * 1024
const maxBatchRows = 2_000

/** Tables with rows of their own, the referenced before those that refer to them; no migrations, no partitions. */
export async function listStoreTables(db: Database): Promise<DumpTable[]> {
  const { rows } = await sql<{ table: string; columns: string[]; refers_to: string[] }>`
    select t.relname as "table",
      (select json_agg(a.attname order by a.attnum) from pg_attribute a
       where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      (select coalesce(json_agg(distinct r.relname), '[]') from pg_constraint c
       join pg_class r on r.oid = c.confrelid
       where c.conrelid = t.oid and c.contype = 'f' and r.oid <> t.oid) as refers_to
    from pg_class t
    where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
      and t.relname not like 'kysely\\_%'
    order by t.relname`.execute(db)
  const left = new Map(rows.map((row) => [row.table, row]))
  const ordered: DumpTable[] = []
  while (left.size > 0) {
    const free = [...left.values()].filter((row) => row.refers_to.every((name) => !left.has(name)))
    if (free.length === 0) throw new Error(`Tables refer to each other: ${[...left.keys()].join(', ')}`)
    for (const { table, columns } of free) {
      ordered.push({ table, columns })
      left.delete(table)
    }
  }
  return ordered
}

async function listPartitions(trx: Transaction<DB>): Promise<DumpPartition[]> {
  const { rows } = await sql<DumpPartition>`
    with recursive below as (
      select c.oid, c.relname as partition, p.relname as of, 1 as depth
      from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
      where p.relnamespace = 'public'::regnamespace and p.relkind = 'p' and not p.relispartition
      union all
      select c.oid, c.relname, b.partition, b.depth + 1
      from below b join pg_inherits i on i.inhparent = b.oid join pg_class c on c.oid = i.inhrelid
      where c.relkind in ('r', 'p')
    )
    select b.partition, b.of, pg_get_expr(c.relpartbound, c.oid) as bound,
      case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as by
    from below b join pg_class c on c.oid = b.oid
    where c.relkind in ('r', 'p')
    order by b.depth, b.partition`.execute(trx)
  return rows
}

async function listSequences(trx: Transaction<DB>): Promise<DumpSequence[]> {
  const { rows } = await sql<{ table: string; column: string; name: string }>`
    select t.relname as "table", a.attname as "column",
      pg_get_serial_sequence(quote_ident(t.relname), a.attname) as name
    from pg_class t join pg_attribute a on a.attrelid = t.oid
    where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p') and not t.relispartition
      and a.attidentity <> '' and not a.attisdropped
    order by t.relname`.execute(trx)
  const sequences: DumpSequence[] = []
  for (const { table, column, name } of rows) {
    const state = await sql<{ value: string; is_called: boolean }>`
      select last_value::text as value, is_called from ${sql.raw(name)}`.execute(trx)
    const [now] = state.rows
    if (now) sequences.push({ sequence: table, column, ...now })
  }
  return sequences
}

async function* dumpRows(trx: Transaction<DB>, { table, columns }: DumpTable): AsyncGenerator<DumpRow> {
  const values = sql.join(columns.map((column) => sql`${sql.ref(column)}::text`))
  await sql`declare dumped no scroll cursor for select json_build_array(${values})::text as "values"
    from ${sql.table(table)}`.execute(trx)
  let count = 1
  for (;;) {
    const { rows } = await sql<{ values: string }>`fetch ${sql.lit(count)} from dumped`.execute(trx)
    if (rows.length === 0) break
    let bytes = 0
    for (const row of rows) {
      bytes += row.values.length
      yield JSON.parse(row.values) as DumpRow
    }
    // Payloads may be megabytes and counters some bytes: the next fetch is sized by this one.
    count = Math.max(1, Math.min(maxBatchRows, Math.floor((batchBytes * rows.length) / bytes), count * 4))
  }
  await sql`close dumped`.execute(trx)
}

/** Makes every value's text the same wherever it is read: called inside the dump's and the load's transaction. */
export async function fixTextForms(trx: Transaction<DB>): Promise<void> {
  for (const setting of [
    `timezone = 'UTC'`,
    `datestyle = 'ISO'`,
    `intervalstyle = 'postgres'`,
    `bytea_output = 'hex'`,
  ]) {
    await sql.raw(`set local ${setting}`).execute(trx)
  }
}

/** @returns names of the applied migrations, in order; none for a database that was never migrated */
export async function listAppliedMigrations(db: Database): Promise<string[]> {
  const found = await sql<{ there: boolean }>`
    select to_regclass('public.kysely_migration') is not null as there`.execute(db)
  if (!found.rows[0]?.there) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}

/**
 * Reads the whole store in one snapshot while others go on writing. Memory stays at one batch.
 * @param now the moment that is written down
 */
export async function* dumpStore(db: Database, now: Date): AsyncGenerator<DumpRecord> {
  const trx = await db.startTransaction().setIsolationLevel('repeatable read').execute()
  let total = 0
  try {
    await fixTextForms(trx)
    yield {
      postern_backup: dumpVersion,
      made_at: now.toISOString(),
      migrations: await listAppliedMigrations(trx),
    }
    yield* await listPartitions(trx)
    for (const table of await listStoreTables(trx)) {
      yield table
      for await (const row of dumpRows(trx, table)) {
        total += 1
        yield row
      }
    }
    yield* await listSequences(trx)
    yield { end: true, rows: total }
  } finally {
    await trx.rollback().execute()
  }
}
