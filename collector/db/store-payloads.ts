// Writes what is kept beside the counts: events with their payload, attachments, feedback, and how many
// items of each type arrived.
import { type Insertable, sql, type Transaction } from 'kysely'
import { tagMarks } from '../pipeline/tag-marks.ts'
import { columnsOf, fromRows, inChunks, populated, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'
import type { CountedEvent } from './store-rollups.ts'

export type NewAttachment = Omit<Insertable<DB['attachments']>, 'size_bytes'>
export type NewFeedback = Omit<Insertable<DB['feedback']>, 'id'>
export type ItemCount = Insertable<DB['item_counts']>

export type KeptEvent = CountedEvent & { readonly payload: Buffer; readonly retentionDays: number }

export async function insertEvents(trx: Transaction<DB>, events: readonly KeptEvent[]): Promise<void> {
  // Payloads make statements large, and what PGlite once took for one it never gives back.
  await inChunks(events, (slice) => insertSome(trx, slice), 100)
}

/** All payloads as one parameter, from which the server cuts each row's. */
async function insertSome(trx: Transaction<DB>, events: readonly KeptEvent[]): Promise<void> {
  let at = 1
  const rows = events.map(({ projectId, issueId, event, payload, retentionDays }) => {
    const row = {
      project_id: projectId,
      issue_id: issueId,
      event_id: event.eventId,
      received_at: event.receivedAt,
      occurred_at: event.occurredAt,
      retention_days: retentionDays,
      level: event.level,
      platform: event.platform,
      release: event.release,
      environment: event.environment,
      user_key: event.userKey,
      title: event.title,
      tag_marks: tagMarks(event.tags),
    }
    const place = { project_id: projectId, event_id: event.eventId, at, length: payload.length }
    at += payload.length
    return { row, place }
  })
  const places = JSON.stringify(rows.map(({ place }) => place))
  const all = Buffer.concat(events.map(({ payload }) => payload))
  const columns = columnsOf(rows.map(({ row }) => row))
  const given = sql.join(columns.map((column) => sql`given.${sql.ref(column)}`))
  await sql`insert into events (${sql.join(columns.map((column) => sql.ref(column)))}, payload)
    select ${given}, substring(${all}::bytea from place.at for place.length)
    from ${populated(
      'events',
      rows.map(({ row }) => row),
    )} as given
    join jsonb_to_recordset(${places}::jsonb) as place (project_id bigint, event_id uuid, at int, length int)
      using (project_id, event_id)`.execute(trx)
}

export async function insertAttachments(
  trx: Transaction<DB>,
  attachments: readonly NewAttachment[],
): Promise<void> {
  // One by one: each may be megabytes.
  for (const attachment of attachments) {
    await trx
      .insertInto('attachments')
      .values({ ...attachment, size_bytes: attachment.body.length })
      .execute()
  }
}

export async function insertFeedback(trx: Transaction<DB>, feedback: readonly NewFeedback[]): Promise<void> {
  await inChunks(feedback, (rows) => trx.insertInto('feedback').values(rows).execute())
}

export async function addItemCounts(trx: Transaction<DB>, counts: readonly ItemCount[]): Promise<void> {
  const sums = new Map<string, ItemCount>()
  const idOf = (row: ItemCount) => JSON.stringify([row.project_id, row.hour, row.type, row.kept])
  for (const row of counts) {
    const sum = sums.get(idOf(row))
    if (sum) sum.count += row.count
    else sums.set(idOf(row), { ...row })
  }
  await inChunks(sortedBy(sums.values(), idOf), (rows) =>
    trx
      .insertInto('item_counts')
      .columns(columnsOf(rows))
      .expression(fromRows('item_counts', rows))
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'hour', 'type', 'kept'])
          .doUpdateSet({ count: sql<number>`item_counts.count + excluded.count` }),
      )
      .execute(),
  )
}
