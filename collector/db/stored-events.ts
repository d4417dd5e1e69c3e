// Reading stored events. The payload is the scrubbed event as the SDK sent it, so that pages and the API
// show what today's normalise reads from it, also in events that were stored by an older program.
import { promisify } from 'node:util'
import { constants, zstdCompressSync, zstdDecompress } from 'node:zlib'
import type { Event, EventContext, JsonObject, Level, Note, ReadingNotes } from '../pipeline/event.ts'
import { normalise } from '../pipeline/normalise.ts'
import type { Database } from './database.ts'

const decompress = promisify(zstdDecompress)

/** A fifth less time than level 3 for 4 % more bytes (docs/decisions/0020-digest-speed.md). */
const fast = { [constants.ZSTD_c_compressionLevel]: 1 }

export type StoredEvent = {
  readonly projectId: number
  readonly issueId: number
  /** 32 hex digits. */
  readonly eventId: string
  readonly receivedAt: Date
  readonly occurredAt: Date
  readonly wire: JsonObject
  readonly context: EventContext
  /** Absent where an older program stored it. */
  readonly reading?: ReadingNotes
}

export type EventRow = {
  readonly eventId: string
  readonly receivedAt: Date
  readonly occurredAt: Date
  readonly level: Level
  readonly title: string
  readonly release: string | null
  readonly environment: string
  readonly userKey: string | null
}

/** 32 hex digits from what Postgres shows of a uuid. */
export function fromUuid(uuid: string): string {
  return uuid.replaceAll('-', '')
}

/** What the column `payload` holds; written by the store step. */
export function encodePayload(context: EventContext, wire: JsonObject, reading?: ReadingNotes): Buffer {
  const json = Buffer.from(JSON.stringify({ context, wire, reading }))
  return zstdCompressSync(json, { params: fast, pledgedSrcSize: json.length })
}

/** What encodePayload made of an event. */
export async function decodePayload(
  payload: Buffer,
): Promise<{ context: EventContext; wire: JsonObject; reading?: ReadingNotes }> {
  return JSON.parse((await decompress(payload)).toString('utf8'))
}

/** By the project's own key, so one point look-up whatever the number of events. */
export async function findStoredEvent(
  db: Database,
  projectId: number,
  eventId: string,
): Promise<StoredEvent | undefined> {
  if (!/^[0-9a-f]{32}$/.test(eventId)) return undefined
  const key = await db
    .selectFrom('event_keys')
    // After a merge the key stands under an origin, or under the issue that was merged; another issue shows it.
    .leftJoin('issue_origins as origin', 'origin.id', 'event_keys.issue_id')
    .leftJoin('issue_origins as of_face', 'of_face.face_id', 'event_keys.issue_id')
    .select((eb) => [
      eb.fn.coalesce('origin.issue_id', 'of_face.issue_id', 'event_keys.issue_id').as('issue_id'),
      'event_keys.received_at',
      'event_keys.retention_days',
    ])
    .where('event_keys.project_id', '=', projectId)
    .where('event_keys.event_id', '=', eventId)
    .executeTakeFirst()
  if (!key) return undefined
  const row = await db
    .selectFrom('events')
    .select(['issue_id', 'received_at', 'occurred_at', 'payload'])
    .where('retention_days', '=', key.retention_days)
    .where('issue_id', '=', key.issue_id)
    .where('received_at', '=', key.received_at)
    .where('event_id', '=', eventId)
    .executeTakeFirst()
  if (!row) return undefined
  const payload = await decodePayload(row.payload)
  return {
    projectId,
    issueId: row.issue_id,
    eventId,
    receivedAt: row.received_at,
    occurredAt: row.occurred_at,
    ...payload,
  }
}

/** The event as one `Event`, read by today's normalise. */
export function readEvent(stored: StoredEvent): Event {
  const event = normalise(stored.wire, stored.context)
  const { removed, replaced } = stored.reading ?? { removed: [], replaced: [] }
  const notes: Note[] = [
    ...removed.map((path): Note => ({ path, what: 'filtered', detail: '' })),
    ...replaced.map(({ path, detail }): Note => ({ path, what: 'replaced', detail })),
  ]
  return notes.length === 0 ? event : { ...event, notes: [...notes, ...event.notes] }
}

type Place = { readonly receivedAt: Date; readonly eventId: string }

export type Neighbours = {
  readonly first: string | null
  readonly previous: string | null
  readonly next: string | null
  readonly last: string | null
}

/** Which of an issue's kept events are meant; what is absent holds of all. */
export type EventFilter = {
  /** By the relay's clock. */
  readonly from?: Date
  readonly to?: Date
  readonly release?: string
  readonly environment?: string
}

function filtered(db: Database, issueId: number, { from, to, release, environment }: EventFilter) {
  return db
    .selectFrom('events')
    .where('issue_id', '=', issueId)
    .$if(from !== undefined, (query) => query.where('received_at', '>=', from ?? new Date(0)))
    .$if(to !== undefined, (query) => query.where('received_at', '<', to ?? new Date(0)))
    .$if(release !== undefined, (query) => query.where('release', '=', release ?? ''))
    .$if(environment !== undefined, (query) => query.where('environment', '=', environment ?? ''))
}

/** Id of the newest kept event that the filter lets through. */
export async function findNewestEvent(
  db: Database,
  issueId: number,
  filter: EventFilter,
): Promise<string | null> {
  const row = await filtered(db, issueId, filter)
    .select('event_id')
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? fromUuid(row.event_id) : null
}

/**
 * Ids of the issue's first, previous (older), next (newer) and last kept event, seen from one of them.
 * @param filter only among those that it lets through
 */
export async function findNeighbours(
  db: Database,
  issueId: number,
  from: Place,
  filter: EventFilter = {},
): Promise<Neighbours> {
  const one = (direction: 'asc' | 'desc', beyond: boolean) =>
    filtered(db, issueId, filter)
      .select('event_id')
      .$if(beyond, (query) =>
        query.where((eb) =>
          eb(
            eb.refTuple('received_at', 'event_id'),
            direction === 'asc' ? '>' : '<',
            eb.tuple(eb.val(from.receivedAt), eb.cast<string>(eb.val(from.eventId), 'uuid')),
          ),
        ),
      )
      .orderBy('received_at', direction)
      .orderBy('event_id', direction)
      .limit(1)
  const found = await db
    .selectNoFrom([
      one('asc', false).as('first'),
      one('desc', true).as('previous'),
      one('asc', true).as('next'),
      one('desc', false).as('last'),
    ])
    .executeTakeFirstOrThrow()
  const id = (uuid: string | null) => (uuid === null ? null : fromUuid(uuid))
  return {
    first: id(found.first),
    previous: id(found.previous),
    next: id(found.next),
    last: id(found.last),
  }
}

/** One page of an issue's kept events, newest first. */
export async function listIssueEvents(
  db: Database,
  issueId: number,
  page: { readonly limit: number; readonly before?: Place },
): Promise<EventRow[]> {
  const rows = await db
    .selectFrom('events')
    .select([
      'event_id',
      'received_at',
      'occurred_at',
      'level',
      'title',
      'release',
      'environment',
      'user_key',
    ])
    .where('issue_id', '=', issueId)
    .$if(page.before !== undefined, (query) =>
      query.where((eb) =>
        eb(
          eb.refTuple('received_at', 'event_id'),
          '<',
          eb.tuple(
            eb.val(page.before?.receivedAt ?? new Date(0)),
            eb.cast<string>(eb.val(page.before?.eventId ?? ''), 'uuid'),
          ),
        ),
      ),
    )
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({
    eventId: fromUuid(row.event_id),
    receivedAt: row.received_at,
    occurredAt: row.occurred_at,
    level: row.level,
    title: row.title,
    release: row.release,
    environment: row.environment,
    userKey: row.user_key,
  }))
}
