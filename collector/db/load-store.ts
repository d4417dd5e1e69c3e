// Loads the records of dumpStore into an empty store, all or nothing. The store is first brought to the schema
// that the records have, and afterwards to this program's.
import { sql, type Transaction } from 'kysely'
import { AppError } from '../../shared/errors.ts'
import type { Database } from './database.ts'
import {
  type DumpEnd,
  type DumpHeader,
  type DumpPartition,
  type DumpRecord,
  type DumpRow,
  type DumpSequence,
  type DumpTable,
  dumpVersion,
  fixTextForms,
  listStoreTables,
} from './dump-store.ts'
import { migrateDatabase, migrateDatabaseTo } from './migrations/migrate.ts'
import type { DB } from './schema.ts'

const batchBytes = 2 * 1024 * 1024
const maxBatchRows = 2_000

export type Loaded = { readonly madeAt: Date; readonly rows: number }

/**
 * @param records as dumpStore yields them, perhaps read from a file
 * @param finish  runs in the same database transaction, after the last row and the newest migration are known
 * @throws AppError 'invalid_backup' (not one, cut short, or damaged), 'schema_too_new', 'store_not_empty'; then
 *         nothing was loaded
 */
export async function loadStore(
  db: Database,
  records: AsyncIterable<DumpRecord>,
  finish: (trx: Transaction<DB>, header: { readonly madeAt: Date }) => Promise<void> = async () => {},
): Promise<Loaded> {
  const source = records[Symbol.asyncIterator]()
  const first = await source.next()
  const header = first.done ? undefined : readHeader(first.value)
  if (!header) throw new AppError('invalid_backup', 'This is no backup of Postern: it has no header.')
  const madeAt = new Date(header.made_at)
  await migrateDatabaseTo(db, header.migrations)
  const loading = db.transaction().execute(async (trx) => {
    await fixTextForms(trx)
    await emptyTables(trx)
    const loader = createLoader(trx)
    for (let next = await source.next(); !next.done; next = await source.next()) await loader.take(next.value)
    const count = loader.count()
    await finish(trx, { madeAt })
    return count
  })
  const rows = await loading.catch((error: unknown) => {
    throw isFaultOfTheRows(error)
      ? new AppError('invalid_backup', `The backup is damaged: ${(error as Error).message}.`, {
          cause: error,
        })
      : error
  })
  await migrateDatabase(db)
  return { madeAt, rows }
}

/** Values that don't fit (class 22) or contradict each other (23): a changed byte is met before the checksum. */
function isFaultOfTheRows(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^(22|23)...$/.test(code)
}

function readHeader(record: DumpRecord): DumpHeader | undefined {
  if (Array.isArray(record) || !('postern_backup' in record)) return undefined
  if (record.postern_backup !== dumpVersion) {
    throw new AppError(
      'schema_too_new',
      `This backup has format ${record.postern_backup}; this Postern reads ${dumpVersion}.`,
    )
  }
  return record
}

/** Somebody's data is never overwritten; what migrations themselves wrote makes room. */
async function emptyTables(trx: Transaction<DB>): Promise<void> {
  const { rows } = await sql<{ used: boolean }>`
    select exists (select from installation) or exists (select from projects)
      or exists (select from people) as used`.execute(trx)
  if (rows[0]?.used) {
    throw new AppError(
      'store_not_empty',
      'The store to load into holds data already. Give an empty database, or another POSTERN_DATA_DIR.',
    )
  }
  const tables = (await listStoreTables(trx)).map(({ table }) => sql.table(table))
  await sql`truncate ${sql.join(tables)}`.execute(trx)
}

function createLoader(trx: Transaction<DB>) {
  let table: DumpTable | undefined
  let types: string[] = []
  let batch: DumpRow[] = []
  let bytes = 0
  let total = 0
  let isWhole = false

  async function flush(): Promise<void> {
    if (!table || batch.length === 0) return
    const columns = sql.join(table.columns.map((column) => sql.ref(column)))
    const values = sql.join(types.map((type, at) => sql`(r->>${sql.lit(at)})::${sql.raw(type)}`))
    await sql`insert into ${sql.table(table.table)} (${columns}) overriding system value
      select ${values} from jsonb_array_elements(${JSON.stringify(batch)}::jsonb) r`.execute(trx)
    batch = []
    bytes = 0
  }

  async function startTable(next: DumpTable): Promise<void> {
    await flush()
    table = next
    types = await readTypes(trx, next)
  }

  async function takeRow(row: DumpRow): Promise<void> {
    if (!table || row.length !== table.columns.length) {
      throw new AppError('invalid_backup', 'The backup is damaged: a row stands where none belongs.')
    }
    batch.push(row)
    total += 1
    bytes += row.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    if (bytes >= batchBytes || batch.length >= maxBatchRows) await flush()
  }

  async function takeEnd(end: DumpEnd): Promise<void> {
    await flush()
    if (end.rows !== total) {
      throw new AppError('invalid_backup', `The backup is damaged: ${total} rows instead of ${end.rows}.`)
    }
    isWhole = true
  }

  return {
    async take(record: DumpRecord): Promise<void> {
      if (isRow(record)) await takeRow(record)
      else if ('partition' in record) await makePartition(trx, record)
      else if ('table' in record) await startTable(record)
      else if ('sequence' in record) await setSequence(trx, record)
      else if ('end' in record) await takeEnd(record)
      else throw new AppError('invalid_backup', 'The backup is damaged: it holds an unknown record.')
    },
    /** @throws AppError 'invalid_backup' where the end is missing */
    count(): number {
      if (!isWhole) throw new AppError('invalid_backup', 'The backup is cut short: its end is missing.')
      return total
    },
  }
}

function isRow(record: DumpRecord): record is DumpRow {
  return Array.isArray(record)
}

/** Types by the catalogue of the store that takes the rows: a name from the file never becomes SQL. */
async function readTypes(trx: Transaction<DB>, { table, columns }: DumpTable): Promise<string[]> {
  const { rows } = await sql<{ name: string; type: string }>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_attribute a join pg_class t on t.oid = a.attrelid
    where t.relnamespace = 'public'::regnamespace and t.relname = ${table} and a.attnum > 0
      and not a.attisdropped`.execute(trx)
  const known = new Map(rows.map(({ name, type }) => [name, type]))
  return columns.map((column) => {
    const type = known.get(column)
    if (type) return type
    throw new AppError('invalid_backup', `The backup names a column that does not exist: ${table}.${column}.`)
  })
}

const boundPattern =
  /^(DEFAULT|FOR VALUES (IN \('?[\w-]+'?(, '?[\w-]+'?)*\)|FROM \('[\d :+-]+'\) TO \('[\d :+-]+'\)))$/
const keyPattern = /^(RANGE|LIST|HASH) \(\w+(, \w+)*\)$/

async function makePartition(
  trx: Transaction<DB>,
  { partition, of, bound, by }: DumpPartition,
): Promise<void> {
  // These two are SQL texts: only what our own partitions look like may come from a file.
  if (!boundPattern.test(bound) || (by !== null && !keyPattern.test(by))) {
    throw new AppError('invalid_backup', `The backup is damaged: partition ${partition} has an odd bound.`)
  }
  const split = by === null ? sql`` : sql`partition by ${sql.raw(by)}`
  await sql`create table if not exists ${sql.table(partition)} partition of ${sql.table(of)}
    ${sql.raw(bound)} ${split}`.execute(trx)
}

async function setSequence(trx: Transaction<DB>, record: DumpSequence): Promise<void> {
  await sql`select setval(pg_get_serial_sequence(quote_ident(${record.sequence}), ${record.column}),
    ${record.value}::bigint, ${record.is_called})`.execute(trx)
}
