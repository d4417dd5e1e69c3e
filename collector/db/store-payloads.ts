// Writes what is kept beside the counts: events with their payload, attachments, feedback, and how many
// items of each type arrived.
import { hash } from 'node:crypto'
import { type Insertable, sql, type Transaction } from 'kysely'
import { filtered } from '../pipeline/secret-forms.ts'
import { tagMarks } from '../pipeline/tag-marks.ts'
import { columnsOf, fromRows, inChunks, populated, sortedBy } from './chunks.ts'
import { keptDays } from './partitions.ts'
import type { DB } from './schema.ts'
import type { CountedEvent } from './store-rollups.ts'
import { fromUuid } from './stored-events.ts'

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

/**
 * An SDK that was not answered sends an envelope again, in a row of its own: what its event has already, by name and
 * content, is left out.
 */
export async function insertAttachments(
  trx: Transaction<DB>,
  attachments: readonly NewAttachment[],
): Promise<void> {
  if (attachments.length === 0) return
  const known = await trx
    .selectFrom('attachments')
    .select(['project_id', 'event_id', 'filename', 'attachment_type', sql<string>`md5(body)`.as('digest')])
    .where('project_id', 'in', valuesOf(attachments, 'project_id'))
    .where('event_id', 'in', valuesOf(attachments, 'event_id'))
    .execute()
  const keyOf = (
    one: Pick<(typeof known)[number], 'project_id' | 'filename' | 'attachment_type'>,
    event: string,
    digest: string,
  ) => JSON.stringify([one.project_id, event, one.filename, one.attachment_type, digest])
  const stored = new Set(known.map((one) => keyOf(one, fromUuid(one.event_id), one.digest)))
  // One by one: each may be megabytes.
  for (const attachment of attachments) {
    const key = keyOf(attachment, attachment.event_id, hash('md5', attachment.body))
    if (stored.has(key)) continue
    stored.add(key)
    await trx
      .insertInto('attachments')
      .values({ ...attachment, size_bytes: attachment.body.length })
      .execute()
  }
}

/** As with attachments; nameless words on no event may well be said twice. */
export async function insertFeedback(trx: Transaction<DB>, feedback: readonly NewFeedback[]): Promise<void> {
  if (feedback.length === 0) return
  const known = await trx
    .selectFrom('feedback')
    .select(['project_id', 'event_id', 'name', 'email', 'message'])
    .where('project_id', 'in', valuesOf(feedback, 'project_id'))
    .where('message', 'in', valuesOf(feedback, 'message'))
    // As long as the keys of events are kept at least
    .where('received_at', '>', new Date(Math.min(...feedback.map(at)) - keptDays.eventKeys * dayMs))
    .execute()
  const keyOf = ({ project_id, event_id, name, email, message }: Omit<NewFeedback, 'received_at'>) =>
    JSON.stringify([project_id, event_id && fromUuid(event_id), name, email, message])
  const stored = new Set(known.map(keyOf))
  const fresh = feedback.filter((one) => {
    const key = keyOf(one)
    if (stored.has(key) && (one.event_id || isNamed(one.name) || isNamed(one.email))) return false
    stored.add(key)
    return true
  })
  await inChunks(fresh, (rows) => trx.insertInto('feedback').values(rows).execute())
}

const dayMs = 86_400_000
const at = ({ received_at }: NewFeedback) => new Date(received_at).getTime()
const isNamed = (text: string | null | undefined) => Boolean(text) && text !== filtered

function valuesOf<Row, Name extends keyof Row>(rows: readonly Row[], name: Name): Row[Name][] {
  return [...new Set(rows.map((row) => row[name]))]
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
