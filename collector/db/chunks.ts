// Many rows in few statements: the wire protocol numbers parameters with 16 bits, and plans of very long
// value lists cost more than they save.

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
