// Which free rows make up the next batch. Pure.

/** Deliveries without an ack after which a row travels alone, lest it take its neighbours down. */
const lonelyDeliveries = 3

export type Candidate = { seq: number; bytes: number; deliveries: number }

/**
 * Takes rows in order until the batch is full. A row that was delivered often without an ack fills a
 * batch alone.
 * @param sources opened one after the other: an open iterator blocks every write
 * @returns       exhausted: no row is left behind in any source
 */
export function chooseRows(
  sources: readonly (() => Iterable<Candidate>)[],
  max: number,
  maxBytes: number,
): { rows: Candidate[]; exhausted: boolean } {
  const rows: Candidate[] = []
  let bytes = 0
  for (const open of sources) {
    for (const row of open()) {
      const fits = rows.length < max && bytes + row.bytes <= maxBytes && row.deliveries < lonelyDeliveries
      if (rows.length > 0 && !fits) return { rows, exhausted: false }
      rows.push(row)
      bytes += row.bytes
      if (row.deliveries >= lonelyDeliveries) return { rows, exhausted: false }
    }
  }
  return { rows, exhausted: true }
}
