// Counts per tag value of an issue. A hostile or careless client can send a new value with each event, so
// an issue keeps at most so many distinct values of a key; the rest is counted under '' ("other").
import { type Insertable, sql, type Transaction } from 'kysely'
import { inChunks, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'
import type { CountedEvent } from './store-rollups.ts'

/** Distinct values kept of each tag key of an issue. */
export const maxTagValues = 200

type TagRow = Insertable<DB['issue_tags']>

const idOf = (row: { issue_id: number; key: string; value: string }) =>
  `${row.issue_id}\n${row.key}\n${row.value}`

function tallyTags(events: readonly CountedEvent[]): TagRow[] {
  const sums = new Map<string, TagRow>()
  for (const { issueId, event } of events) {
    for (const [key, value] of event.tags) {
      const row = { issue_id: issueId, key, value, events: 1, last_seen_at: event.receivedAt }
      const sum = sums.get(idOf(row))
      if (!sum) sums.set(idOf(row), row)
      else {
        sum.events += 1
        if (event.receivedAt > sum.last_seen_at) sum.last_seen_at = event.receivedAt
      }
    }
  }
  return sortedBy(sums.values(), idOf)
}

/** The caller holds the rows of the issues, so the number of distinct values can't change meanwhile. */
export async function addTags(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<void> {
  const rows = tallyTags(events)
  await inChunks(rows, async (slice) => {
    const known = new Set((await findKnown(trx, slice)).map(idOf))
    const unknown = slice.filter((row) => !known.has(idOf(row)))
    const admitted = unknown.length > 0 ? await admitValues(trx, unknown) : new Set<string>()
    const written = new Map<string, TagRow>()
    for (const row of slice) {
      const kept = known.has(idOf(row)) || admitted.has(idOf(row)) ? row : { ...row, value: '' }
      const same = written.get(idOf(kept))
      if (same) same.events += kept.events
      else written.set(idOf(kept), { ...kept })
    }
    await trx
      .insertInto('issue_tags')
      .values(sortedBy(written.values(), idOf))
      .onConflict((conflict) =>
        conflict.columns(['issue_id', 'key', 'value']).doUpdateSet({
          events: sql<number>`issue_tags.events + excluded.events`,
          last_seen_at: sql<Date>`greatest(issue_tags.last_seen_at, excluded.last_seen_at)`,
        }),
      )
      .execute()
  })
}

async function findKnown(trx: Transaction<DB>, rows: readonly TagRow[]) {
  const wanted = JSON.stringify(rows.map(({ issue_id, key, value }) => ({ issue_id, key, value })))
  const result = await sql<{ issue_id: number; key: string; value: string }>`
    select known.issue_id, known.key, known.value
    from jsonb_to_recordset(${wanted}::jsonb) as wanted (issue_id bigint, key text, value text)
    join issue_tags known using (issue_id, key, value)`.execute(trx)
  return result.rows
}

/** Takes in new values up to the cap of their key. */
async function admitValues(trx: Transaction<DB>, rows: readonly TagRow[]): Promise<Set<string>> {
  const byKey = new Map<string, TagRow[]>()
  for (const row of rows) {
    const id = `${row.issue_id}\n${row.key}`
    byKey.set(id, [...(byKey.get(id) ?? []), row])
  }
  const wanted = [...byKey.values()].map((list) => ({
    issue_id: Number(list[0]?.issue_id),
    key: list[0]?.key ?? '',
    distinct_values: list.length,
  }))
  const before = await trx
    .insertInto('issue_tag_keys')
    .values(wanted)
    .onConflict((conflict) =>
      conflict.columns(['issue_id', 'key']).doUpdateSet({
        distinct_values: sql<number>`issue_tag_keys.distinct_values + excluded.distinct_values`,
      }),
    )
    .returning(['issue_id', 'key', 'distinct_values'])
    .execute()
  const admitted = new Set<string>()
  for (const row of before) {
    const list = byKey.get(`${row.issue_id}\n${row.key}`) ?? []
    const room = Math.max(0, maxTagValues - (row.distinct_values - list.length))
    for (const value of list.slice(0, room)) admitted.add(idOf(value))
  }
  return admitted
}
