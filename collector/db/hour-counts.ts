// Events by hour as one value a row: an hour as a row of its own costs more to send and to read than to find.
import { type RawBuilder, sql } from 'kysely'

/** What `hourCounts` selects: hours since 1970 and the events of each; null where there are none. */
export type HourCounts = {
  readonly hours: readonly number[] | null
  readonly events: readonly number[] | null
}

/**
 * Aggregates rows that have `hour` and `events`.
 * @param rows alias of the rows
 */
export function hourCounts(rows: string): RawBuilder<HourCounts> {
  return sql<HourCounts>`json_build_object(
    'hours', array_agg((date_part('epoch', ${sql.ref(`${rows}.hour`)}) / 3600)::int),
    'events', array_agg(${sql.ref(`${rows}.events`)}))`
}

/** By hour (ms); an hour that stands there more than once is added up. */
export function readHourCounts({ hours, events }: HourCounts): Map<number, number> {
  const found = new Map<number, number>()
  for (const [place, hour] of hours?.entries() ?? []) {
    const ms = hour * 3_600_000
    found.set(ms, (found.get(ms) ?? 0) + (events?.[place] ?? 0))
  }
  return found
}
