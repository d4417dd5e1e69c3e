// Many rows in few statements: the wire protocol numbers parameters with 16 bits, and plans of very long
// value lists cost more than they save.
import { type RawBuilder, sql } from 'kysely'
import type { DB } from './schema.ts'

/** What jsonb columns take is given as JSON text everywhere; here it has to be the value. */
const jsonColumns = new Set(['burst_window', 'fix'])

/**
 * Rows as one JSON parameter, for `insert … select`: a list of values costs more to write, to send and to
 * plan than the rows themselves.
 * @param rows at least one, all with the same columns; no bytea
 */
export function fromRows<T extends object>(table: keyof DB, rows: readonly T[]): RawBuilder<unknown> {
  const names = sql.join(columnsOf(rows).map((column) => sql.ref(column)))
  return sql`select ${names} from ${populated(table, rows)} as given`
}

export function columnsOf<T extends object>(rows: readonly T[]): (keyof T & string)[] {
  return Object.keys(rows[0] ?? {}) as (keyof T & string)[]
}

/** Rows as a set to join with, its columns typed as those of the table. */
export function populated(table: keyof DB, rows: readonly object[]): RawBuilder<unknown> {
  return sql`jsonb_populate_recordset(null::${sql.table(table)}, ${toJson(rows)}::jsonb)`
}

function toJson(rows: readonly object[]): string {
  // Only where it is needed: a function that is called for each value makes writing several times slower.
  const hasJson = columnsOf(rows).some((column) => jsonColumns.has(column))
  const json = JSON.stringify(rows, hasJson ? asValue : undefined)
  // Half of a pair, where a text was cut: a text parameter would come out as U+FFFD, jsonb refuses it.
  if (!/\\u[dD][89a-fA-F]/.test(json)) return json
  return JSON.stringify(JSON.parse(json), (_, value) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  )
}

function asValue(key: string, value: unknown): unknown {
  return jsonColumns.has(key) && typeof value === 'string' ? JSON.parse(value) : value
}

/** Runs `write` for slices of at most `size` rows, in order; not at all for none. */
export async function inChunks<T>(
  rows: readonly T[],
  write: (slice: T[]) => Promise<unknown>,
  size = 500,
): Promise<void> {
  for (let start = 0; start < rows.length; start += size) await write(rows.slice(start, start + size))
}

/** Orders rows by text keys, so that two collectors lock the same rows in the same order. */
export function sortedBy<T>(rows: Iterable<T>, key: (row: T) => string): T[] {
  return [...rows]
    .map((row) => ({ row, by: key(row) }))
    .sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0))
    .map(({ row }) => row)
}
