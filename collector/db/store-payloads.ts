// Writes what is kept beside the counts: events with their payload, attachments, feedback, and how many
// items of each type arrived.
import { type Insertable, sql, type Transaction } from 'kysely'
import { inChunks, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'
import type { CountedEvent } from './store-rollups.ts'

export type NewAttachment = Omit<Insertable<DB['attachments']>, 'size_bytes'>
export type NewFeedback = Omit<Insertable<DB['feedback']>, 'id'>
export type ItemCount = Insertable<DB['item_counts']>

export async function insertEvents(
  trx: Transaction<DB>,
  events: readonly (CountedEvent & { readonly payload: Buffer; readonly retentionDays: number })[],
): Promise<void> {
  await inChunks(
    events.map(({ projectId, issueId, event, payload, retentionDays }) => ({
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
      payload,
    })),
    (rows) => trx.insertInto('events').values(rows).execute(),
    // Payloads make statements large, and what PGlite once took for one it never gives back.
    50,
  )
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
      .values(rows)
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'hour', 'type', 'kept'])
          .doUpdateSet({ count: sql<number>`item_counts.count + excluded.count` }),
      )
      .execute(),
  )
}
