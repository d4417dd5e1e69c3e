// Counts per tag value of an issue. A hostile or careless client can send a new value with each event, so
// an issue keeps at most so many distinct values of a key, and so many keys; the rest is counted under ''
// ("other").
import { type Insertable, sql, type Transaction } from 'kysely'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'
import type { CountedEvent } from './store-rollups.ts'

/** Distinct values kept of each tag key of an issue. */
export const maxTagValues = 200
/** Distinct keys kept of an issue; tags of further ones are counted together, under key and value ''. */
export const maxTagKeys = 500

type TagRow = Insertable<DB['issue_tags']>

/** One value of a tag of an issue, as a key. */
export const tagId = (row: { issue_id: number; key: string; value: string }) =>
  `${row.issue_id}\n${row.key}\n${row.value}`

const tagKeyId = (row: { issue_id: number; key: string }) => `${row.issue_id}\n${row.key}`

function tallyTags(events: readonly CountedEvent[]): TagRow[] {
  const sums = new Map<string, TagRow>()
  for (const { issueId, event } of events) {
    for (const [key, value] of event.tags) {
      const row = { issue_id: issueId, key, value, events: 1, last_seen_at: event.receivedAt }
      const sum = sums.get(tagId(row))
      if (!sum) sums.set(tagId(row), row)
      else {
        sum.events += 1
        if (event.receivedAt > sum.last_seen_at) sum.last_seen_at = event.receivedAt
      }
    }
  }
  return sortedBy(sums.values(), tagId)
}

/** The caller holds the rows of the issues, so the number of distinct values can't change meanwhile.
 * @returns ids of the values that were not there before
 */
export async function addTags(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<Set<string>> {
  const added = new Set<string>()
  const rows = tallyTags(events)
  await inChunks(rows, async (slice) => {
    const known = await addToKnown(trx, slice)
    const unknown = slice.filter((_, place) => !known.has(place))
    if (unknown.length === 0) return
    const { admitted, refusedKeys } = await admitValues(trx, unknown)
    for (const id of admitted) added.add(id)
    const written = new Map<string, TagRow>()
    for (const row of unknown) {
      const other = refusedKeys.has(tagKeyId(row)) ? { ...row, key: '', value: '' } : { ...row, value: '' }
      const kept = admitted.has(tagId(row)) ? row : other
      const same = written.get(tagId(kept))
      if (same) same.events += kept.events
      else written.set(tagId(kept), { ...kept })
    }
    const sorted = sortedBy(written.values(), tagId)
    await trx
      .insertInto('issue_tags')
      .columns(columnsOf(sorted))
      .expression(fromRows('issue_tags', sorted))
      .onConflict((conflict) =>
        conflict.columns(['issue_id', 'key', 'value']).doUpdateSet({
          events: sql<number>`issue_tags.events + excluded.events`,
          last_seen_at: sql<Date>`greatest(issue_tags.last_seen_at, excluded.last_seen_at)`,
        }),
      )
      .execute()
  })
  return added
}

/** Counts those that are there: mostly all. In any order, since the caller holds their issues. @returns their places */
async function addToKnown(trx: Transaction<DB>, rows: readonly TagRow[]): Promise<Set<number>> {
  const given = JSON.stringify(rows.map((row, place) => ({ place, ...row })))
  const result = await sql<{ place: number }>`
    update issue_tags set events = issue_tags.events + given.events,
      last_seen_at = greatest(issue_tags.last_seen_at, given.last_seen_at)
    from jsonb_to_recordset(${given}::jsonb)
      as given (place int, issue_id bigint, key text, value text, events bigint, last_seen_at timestamptz)
    where issue_tags.issue_id = given.issue_id and issue_tags.key = given.key and issue_tags.value = given.value
    returning given.place`.execute(trx)
  return new Set(result.rows.map(({ place }) => place))
}

/** Takes in new keys up to the cap of their issue, and new values up to the cap of their key. */
async function admitValues(
  trx: Transaction<DB>,
  rows: readonly TagRow[],
): Promise<{ admitted: Set<string>; refusedKeys: Set<string> }> {
  const byKey = new Map<string, TagRow[]>()
  for (const row of rows) {
    const id = tagKeyId(row)
    byKey.set(id, [...(byKey.get(id) ?? []), row])
  }
  const wanted = [...byKey.values()].map((list) => ({
    issue_id: Number(list[0]?.issue_id),
    key: list[0]?.key ?? '',
    distinct_values: list.length,
  }))
  const before = await trx
    .insertInto('issue_tag_keys')
    .columns(columnsOf(wanted))
    .expression(fromRows('issue_tag_keys', wanted))
    .onConflict((conflict) =>
      conflict.columns(['issue_id', 'key']).doUpdateSet({
        distinct_values: sql<number>`issue_tag_keys.distinct_values + excluded.distinct_values`,
      }),
    )
    .returning(['issue_id', 'key', 'distinct_values'])
    .execute()
  const isNew = (row: (typeof before)[number]) =>
    row.distinct_values === (byKey.get(tagKeyId(row))?.length ?? 0)
  const refusedKeys = await refuseKeys(trx, before.filter(isNew))
  const admitted = new Set<string>()
  for (const row of before) {
    if (refusedKeys.has(tagKeyId(row))) continue
    const list = byKey.get(tagKeyId(row)) ?? []
    const room = Math.max(0, maxTagValues - (row.distinct_values - list.length))
    for (const value of list.slice(0, room)) admitted.add(tagId(value))
  }
  return { admitted, refusedKeys }
}

/**
 * Takes those beyond the cap of their issue out again.
 * @param added keys that were not there before
 */
async function refuseKeys(
  trx: Transaction<DB>,
  added: readonly { readonly issue_id: number; readonly key: string }[],
): Promise<Set<string>> {
  const refused = new Set<string>()
  if (added.length === 0) return refused
  const byIssue = Map.groupBy(added, ({ issue_id }) => issue_id)
  const counts = await trx
    .selectFrom('issue_tag_keys')
    .select(({ fn }) => ['issue_id', fn.countAll<number>().as('keys')])
    .where('issue_id', 'in', [...byIssue.keys()])
    .groupBy('issue_id')
    .having(({ fn }) => fn.countAll(), '>', maxTagKeys)
    .execute()
  for (const { issue_id, keys } of counts) {
    const own = (byIssue.get(issue_id) ?? []).map(({ key }) => key)
    const surplus = own.slice(Math.max(0, own.length - (Number(keys) - maxTagKeys)))
    for (const key of surplus) refused.add(tagKeyId({ issue_id, key }))
    await trx
      .deleteFrom('issue_tag_keys')
      .where('issue_id', '=', issue_id)
      .where('key', 'in', surplus)
      .execute()
  }
  return refused
}
