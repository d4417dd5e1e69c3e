// Reading stored events. The payload is the scrubbed event as the SDK sent it, so that pages and the API
// show what today's normalise reads from it, also in events that were stored by an older program.
import { promisify } from 'node:util'
import { constants, zstdCompressSync, zstdDecompress } from 'node:zlib'
import { sql } from 'kysely'
import type { Event, EventContext, JsonObject, Level, Note, ReadingNotes } from '../pipeline/event.ts'
import { normalise } from '../pipeline/normalise.ts'
import { tagMark } from '../pipeline/tag-marks.ts'
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
  /** A filter stopped looking on one side: there may be more beyond. */
  readonly isCut: boolean
}

/** Which of an issue's kept events are meant; what is absent holds of all. */
export type EventFilter = {
  /** By the relay's clock. */
  readonly from?: Date
  readonly to?: Date
  readonly release?: string
  readonly environment?: string
  /** Keys and values; all of them. */
  readonly tags?: readonly (readonly [key: string, value: string])[]
}

/** A filter looks at so many of an issue's events at most on each side. */
export const filterLooks = 2_000

const isChoosy = ({ release, environment, tags }: EventFilter) =>
  release !== undefined || environment !== undefined || (tags ?? []).length > 0

/**
 * The filter with the time in which the rollups have seen what it asks for: far shorter for what is rare or gone.
 * @returns null: they have never seen it
 */
async function narrowTime(db: Database, issueId: number, filter: EventFilter): Promise<EventFilter | null> {
  if (!isChoosy(filter)) return filter
  const { release, environment, tags = [] } = filter
  const none = sql`null::timestamptz as first_seen_at`
  const spans = [
    ...(release === undefined
      ? []
      : [
          sql`select first_seen_at, last_seen_at from issue_releases
            where issue_id = ${issueId} and release = ${release}`,
        ]),
    ...(environment === undefined
      ? []
      : [
          sql`select first_seen_at, last_seen_at from issue_environments
            where issue_id = ${issueId} and environment = ${environment}`,
        ]),
    ...tags.map(
      ([key, value]) => sql`select ${none}, last_seen_at from issue_tags
        where issue_id = ${issueId} and key = ${key} and value = ${value}`,
    ),
  ]
  const { rows } = await sql<{ known: number; from_at: Date | null; last_at: Date | null }>`
    select count(*)::int as known, max(first_seen_at) as from_at, min(last_seen_at) as last_at
    from (${sql.join(spans, sql` union all `)}) spans`.execute(db)
  const [seen] = rows
  if (!seen?.last_at || seen.known < spans.length) return null
  const from = Math.max(filter.from?.getTime() ?? 0, seen.from_at?.getTime() ?? 0)
  const to = Math.min(filter.to?.getTime() ?? Number.POSITIVE_INFINITY, seen.last_at.getTime() + 1)
  return { ...filter, from: new Date(from), to: new Date(to) }
}

type Direction = 'older' | 'newer'

/** The issue's events in the filter's time on one side of a place, or from the very end. */
function sideOf(issueId: number, { from, to }: EventFilter, direction: Direction, beyond: Place | null) {
  const parts = [sql`issue_id = ${issueId}`]
  if (from) parts.push(sql`received_at >= ${from}`)
  if (to) parts.push(sql`received_at < ${to}`)
  if (beyond) {
    const compare = direction === 'older' ? sql`<` : sql`>`
    parts.push(
      sql`(received_at, event_id) ${compare} (${beyond.receivedAt}::timestamptz, ${beyond.eventId}::uuid)`,
    )
  }
  return sql.join(parts, sql` and `)
}

/** Id of the nearest event that the filter lets through, as a query of one row at most. */
function nearest(issueId: number, filter: EventFilter, direction: Direction, beyond: Place | null) {
  const order = direction === 'older' ? sql`received_at desc, event_id desc` : sql`received_at, event_id`
  const side = sideOf(issueId, filter, direction, beyond)
  if (!isChoosy(filter)) return sql`select event_id from events where ${side} order by ${order} limit 1`
  const { release, environment, tags = [] } = filter
  const wanted = [
    ...(release === undefined ? [] : [sql`release = ${release}`]),
    ...(environment === undefined ? [] : [sql`environment = ${environment}`]),
    ...tags.map((tag) => sql`strpos(tag_marks, ${` ${tagMark(tag)} `}) > 0`),
  ]
  return sql`select event_id from (
      select event_id, received_at, release, environment, tag_marks from events
      where ${side} order by ${order} limit ${filterLooks}
    ) looked where ${sql.join(wanted, sql` and `)} order by ${order} limit 1`
}

/** What is looked for: the nearest event on one side of a place, or from the very end of the filter's time. */
type Side = { readonly direction: Direction; readonly beyond: Place | null }

/**
 * The part of the filter's time that is looked at first. Events lie in a partition for each day, and asking all of
 * them for their nearest one costs far more than finding it where it mostly is.
 * @returns null: nothing bounds that side
 */
function nearTime(filter: EventFilter, { direction, beyond }: Side): EventFilter | null {
  const isOlder = direction === 'older'
  const anchor = (beyond?.receivedAt ?? (isOlder ? filter.to : filter.from))?.getTime()
  if (anchor === undefined) return null
  if (isOlder) {
    return { ...filter, from: new Date(Math.max(filter.from?.getTime() ?? 0, anchor - nearMs)) }
  }
  const end = filter.to?.getTime() ?? Number.POSITIVE_INFINITY
  return { ...filter, to: new Date(Math.min(end, anchor + nearMs)) }
}

const nearMs = 86_400_000

/** Ids of what is nearest on each side; null: nothing is there. */
async function findNearest(
  db: Database,
  issueId: number,
  filter: EventFilter,
  sides: readonly Side[],
): Promise<(string | null)[]> {
  const ask = async (asked: readonly { readonly filter: EventFilter; readonly side: Side }[]) => {
    const columns = asked.map(
      ({ filter: time, side }, place) =>
        sql`(${nearest(issueId, time, side.direction, side.beyond)}) as ${sql.ref(`side_${place}`)}`,
    )
    const { rows } = await sql<Record<string, string | null>>`select ${sql.join(columns)}`.execute(db)
    return asked.map((_, place) => rows[0]?.[`side_${place}`] ?? null)
  }
  const near = sides.map((side) => nearTime(filter, side) ?? filter)
  const found = await ask(sides.map((side, place) => ({ filter: near[place] ?? filter, side })))
  const left = sides.flatMap((side, place) => {
    const looked = near[place] ?? filter
    const isAll =
      looked.from?.getTime() === filter.from?.getTime() && looked.to?.getTime() === filter.to?.getTime()
    return found[place] === null && !isAll ? [{ side, place }] : []
  })
  if (left.length > 0) {
    const further = await ask(left.map(({ side }) => ({ filter, side })))
    for (const [index, { place }] of left.entries()) found[place] = further[index] ?? null
  }
  return found.map((uuid) => (uuid === null ? null : fromUuid(uuid)))
}

/** Id of the newest kept event that the filter lets through. */
export async function findNewestEvent(
  db: Database,
  issueId: number,
  filter: EventFilter,
): Promise<string | null> {
  const narrow = await narrowTime(db, issueId, filter)
  if (!narrow) return null
  const [newest] = await findNearest(db, issueId, narrow, [{ direction: 'older', beyond: null }])
  return newest ?? null
}

/**
 * Ids of the issue's first, previous (older), next (newer) and last kept event, seen from one of them.
 * @param filter only among those that it lets through; a time in which all of the issue's events lie makes it cheaper
 */
export async function findNeighbours(
  db: Database,
  issueId: number,
  here: Place,
  filter: EventFilter = {},
): Promise<Neighbours> {
  const narrow = await narrowTime(db, issueId, filter)
  if (!narrow) return { first: null, previous: null, next: null, last: null, isCut: false }
  const [first = null, previous = null, next = null, last = null] = await findNearest(db, issueId, narrow, [
    { direction: 'newer', beyond: null },
    { direction: 'older', beyond: here },
    { direction: 'newer', beyond: here },
    { direction: 'older', beyond: null },
  ])
  const ends: Direction[] = [...(previous ? [] : (['older'] as const)), ...(next ? [] : (['newer'] as const))]
  const isCut = isChoosy(filter) && (await hasMoreThanLooked(db, issueId, narrow, ends, here))
  return { first, previous, next, last, isCut }
}

/** Are there more events on one of these sides than a filter looks at? */
async function hasMoreThanLooked(
  db: Database,
  issueId: number,
  filter: EventFilter,
  sides: readonly Direction[],
  here: Place,
): Promise<boolean> {
  for (const side of sides) {
    const { rows } = await sql`
      select from events where ${sideOf(issueId, filter, side, here)}
      order by received_at, event_id offset ${filterLooks} limit 1`.execute(db)
    if (rows.length > 0) return true
  }
  return false
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
