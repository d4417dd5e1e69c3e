// Stores one batch in one transaction: row ids first (a redelivered row ends there), then issues, events,
// counts, detection and alerts. Locks are taken in one order in every transaction (names, projects,
// event keys, issues, rollups, counts of all projects; each sorted), so that collectors can't deadlock.
import { type Selectable, sql, type Transaction } from 'kysely'
import { type Arrival, detect, type IssueState } from '../detect/detect.ts'
import type { Standing } from '../detect/fix.ts'
import { platformOf } from '../detect/release-line.ts'
import { defaultRules } from '../detect/rules.ts'
import { type EventFacts, levels } from '../pipeline/event.ts'
import { boundNames } from './bound-names.ts'
import { columnsOf, fromRows, inChunks, populated, sortedBy } from './chunks.ts'
import { addClientDiscards, type DiscardCount } from './client-discards.ts'
import { readDetectionRules } from './detection-settings.ts'
import { type Decided, columnsOf as stateColumns, stateOf, writeDecisions } from './detection-state.ts'
import { noteRecurrences, type Recurring } from './issue-recurrences.ts'
import { addToReleaseHours } from './release-hours-of-issues.ts'
import { followReleases, readStanding } from './release-lines.ts'
import type { DB } from './schema.ts'
import { addSessions, type NewSession } from './sessions.ts'
import { findOrCreateIssues, type GroupedEvent, type Home } from './store-issues.ts'
import { type Flooding, findFlooding, keepPayloads, type MakePayloads } from './store-kept.ts'
import { addToOrigins, lockHomes } from './store-origins.ts'
import {
  addItemCounts,
  type ItemCount,
  insertAttachments,
  insertEvents,
  insertFeedback,
  type NewAttachment,
  type NewFeedback,
} from './store-payloads.ts'
import { addToLevelHours, addToRollups } from './store-rollups.ts'
import { fromUuid } from './stored-events.ts'

/** All that came of one spooled row. */
export type PreparedRow = {
  /** The relay's row id and received-at. */
  readonly id: string
  readonly receivedAt: Date
  readonly projectId: number
  readonly events: readonly PreparedEvent[]
  readonly attachments: readonly NewAttachment[]
  readonly feedback: readonly NewFeedback[]
  readonly discards: readonly DiscardCount[]
  readonly items: readonly ItemCount[]
  readonly sessions: readonly NewSession[]
}

export type PreparedEvent = GroupedEvent & {
  /** null: left out, since its issue is flooding. */
  readonly payload: Buffer | null
  readonly retentionDays: number
}

type EventWithIssue = PreparedEvent & Home

export type StoredBatch = {
  readonly newEvents: number
  /** Rows of which nothing was done, since they were known. */
  readonly knownRows: number
  readonly flooding: readonly Flooding[]
}

export async function storeBatch(
  trx: Transaction<DB>,
  rows: readonly PreparedRow[],
  makePayloads: MakePayloads,
  now: Date,
): Promise<StoredBatch> {
  const fresh = await keepFreshRows(trx, rows)
  const candidates = await keepUnknownEvents(trx, fresh)
  const bounded = await boundAll(trx, candidates, fresh, now)
  const events = bounded.events.length > 0 ? await claimEvents(trx, bounded.events, now) : []
  const flooding = events.length > 0 ? await countAndDetect(trx, events, makePayloads, now) : []
  await insertAttachments(
    trx,
    fresh.flatMap((row) => row.attachments),
  )
  await insertFeedback(
    trx,
    fresh.flatMap((row) => row.feedback),
  )
  await addItemCounts(
    trx,
    fresh.flatMap((row) => row.items),
  )
  await addClientDiscards(
    trx,
    fresh.flatMap((row) => row.discards),
  )
  await addSessions(trx, bounded.sessions)
  await addToLevelHours(trx, events)
  return { newEvents: events.length, knownRows: rows.length - fresh.length, flooding }
}

async function keepFreshRows(trx: Transaction<DB>, rows: readonly PreparedRow[]): Promise<PreparedRow[]> {
  const inserted = new Set<string>()
  await inChunks(
    sortedBy(rows, (row) => row.id),
    async (slice) => {
      const result = await trx
        .insertInto('received_envelopes')
        .columns(['id', 'received_at'])
        .expression(
          fromRows(
            'received_envelopes',
            slice.map((row) => ({ id: row.id, received_at: row.receivedAt })),
          ),
        )
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .execute()
      for (const { id } of result) inserted.add(id)
    },
  )
  // One that stands twice in the batch is fresh once.
  return rows.filter((row) => inserted.delete(row.id))
}

/** Events and sessions with the releases and environments that their projects keep apart. */
async function boundAll(
  trx: Transaction<DB>,
  candidates: readonly PreparedEvent[],
  rows: readonly PreparedRow[],
  now: Date,
): Promise<{ events: PreparedEvent[]; sessions: NewSession[] }> {
  const sessions = rows
    .flatMap((row) => row.sessions)
    .map((session) => ({
      projectId: session.projectId,
      event: { ...session, tags: [] as EventFacts['tags'] },
      session,
    }))
  const named: ((typeof sessions)[number] | (PreparedEvent & { session?: never }))[] = [
    ...candidates,
    ...sessions,
  ]
  const events: PreparedEvent[] = []
  const bounded: NewSession[] = []
  for (const one of await boundNames(trx, named, now)) {
    if (one.session === undefined) events.push(one)
    else bounded.push({ ...one.session, release: one.event.release, environment: one.event.environment })
  }
  return { events, sessions: bounded }
}

const eventKey = (projectId: number, eventId: string) => `${projectId}:${eventId}`

/** Drops events that are stored already or stand twice in this batch; the rest in order of received-at. */
async function keepUnknownEvents(
  trx: Transaction<DB>,
  rows: readonly PreparedRow[],
): Promise<PreparedEvent[]> {
  const candidates = new Map<string, PreparedEvent>()
  for (const event of rows.flatMap((row) => row.events)) {
    const key = eventKey(event.projectId, event.event.eventId)
    if (!candidates.has(key)) candidates.set(key, event)
  }
  await inChunks([...candidates.values()], async (slice) => {
    const known = await trx
      .selectFrom('event_keys')
      .select(['project_id', 'event_id'])
      .where('project_id', 'in', [...new Set(slice.map(({ projectId }) => projectId))])
      .where(
        'event_id',
        'in',
        slice.map(({ event }) => event.eventId),
      )
      .execute()
    for (const row of known) candidates.delete(eventKey(row.project_id, fromUuid(row.event_id)))
  })
  return [...candidates.values()].sort((a, b) => a.event.receivedAt.getTime() - b.event.receivedAt.getTime())
}

/** Gives each event its issue and its key; one that another collector stored in between drops out. */
async function claimEvents(
  trx: Transaction<DB>,
  candidates: readonly PreparedEvent[],
  now: Date,
): Promise<EventWithIssue[]> {
  const homes = await findOrCreateIssues(trx, candidates, now)
  const withIssues = candidates.map((event, index) => ({ ...event, ...(homes[index] as Home) }))
  const claimed = new Set<string>()
  await inChunks(
    sortedBy(withIssues, ({ projectId, event }) => eventKey(projectId, event.eventId)),
    async (slice) => {
      const keys = slice.map(({ projectId, issueId, originId, event, retentionDays }) => ({
        project_id: projectId,
        event_id: event.eventId,
        // The origin stays true whatever is merged or taken apart later.
        issue_id: originId ?? issueId,
        received_at: event.receivedAt,
        retention_days: retentionDays,
      }))
      const inserted = await trx
        .insertInto('event_keys')
        .columns(columnsOf(keys))
        .expression(fromRows('event_keys', keys))
        .onConflict((conflict) => conflict.doNothing())
        .returning(['project_id', 'event_id'])
        .execute()
      for (const row of inserted) claimed.add(eventKey(row.project_id, fromUuid(row.event_id)))
    },
  )
  return withIssues.filter(({ projectId, event }) => claimed.has(eventKey(projectId, event.eventId)))
}

async function countAndDetect(
  trx: Transaction<DB>,
  claimed: readonly EventWithIssue[],
  makePayloads: MakePayloads,
  now: Date,
): Promise<Flooding[]> {
  const { issues, events } = await lockHomes(trx, claimed)
  const byIssue = Map.groupBy(events, ({ issueId }) => issueId)
  const rules = await readDetectionRules(
    trx,
    issues.map((issue) => issue.project_id),
  )
  await followReleases(trx, events)
  const rollups = await addToRollups(trx, events)
  const closedBefore = new Set(issues.filter((issue) => issue.was_closed).map(({ id }) => id))
  await addToReleaseHours(
    trx,
    events.filter(({ issueId }) => closedBefore.has(issueId)),
  )
  const { newUsers } = rollups
  await addToOrigins(trx, events, newUsers)
  const updates: UpdatedIssue[] = []
  const recurring: Recurring[] = []
  const turningPoints = new Set<string>()
  const decided: Decided[] = []
  for (const issue of issues) {
    const own = byIssue.get(issue.id)
    if (!own) continue
    const ruled = rules.get(issue.project_id) ?? defaultRules
    const arrivals = await readArrivals(trx, issue, own)
    const users = newUsers.get(issue.id) ?? 0
    const decision = detect(stateOf(issue), arrivals, ruled, issue.user_count + users, issue.event_count)
    decided.push({ issue: { id: issue.id, projectId: issue.project_id }, decision })
    for (const { facts } of [...decision.changes, ...decision.alerts]) {
      if (typeof facts.eventId === 'string') turningPoints.add(facts.eventId)
    }
    updates.push(updatedIssue(issue, own, decision.state, users))
    if (issue.in_episode || issue.status !== 'unresolved') {
      recurring.push({ issueId: issue.id, events: own, only: ruled.only })
    }
  }
  await noteRecurrences(trx, recurring)
  await updateIssues(trx, updates)
  await writeDecisions(trx, decided, now)
  await insertEvents(trx, await keepPayloads(trx, events, { rollups, turningPoints, makePayloads }))
  return findFlooding(events, rollups)
}

/** The events as detection sees them. Where the issue is closed their releases decide, so they are placed. */
async function readArrivals(
  trx: Transaction<DB>,
  issue: Selectable<DB['issues']>,
  events: readonly EventWithIssue[],
): Promise<Arrival[]> {
  const isClosed = issue.status === 'resolving' || issue.status === 'resolved'
  if (!isClosed || !issue.closed_at) return events.map(toArrival)
  const closed = { id: issue.id, projectId: issue.project_id, closedAt: issue.closed_at }
  const standings = new Map<string, Standing>()
  const arrivals: Arrival[] = []
  for (const one of events) {
    const seen = { release: one.event.release, platform: platformOf(one.event) }
    const key = JSON.stringify(seen)
    const standing = standings.get(key) ?? (await readStanding(trx, closed, seen))
    standings.set(key, standing)
    arrivals.push({ ...toArrival(one), standing })
  }
  return arrivals
}

type UpdatedIssue = ReturnType<typeof updatedIssue>

/** @param events of the issue, at least one, in order of received-at */
function updatedIssue(
  issue: Selectable<DB['issues']>,
  events: readonly EventWithIssue[],
  state: IssueState,
  newUsers: number,
) {
  const newest = (events.at(-1) as EventWithIssue).event
  const oldest = (events[0] as EventWithIssue).event
  const isNewest = newest.receivedAt >= issue.last_seen_at
  // What gathers the events of many troubles is named after none of them.
  const isNamedAnew = isNewest && !issue.gathers_others
  const isOldest = oldest.receivedAt < issue.first_seen_at
  const lastOccurred = Math.max(...events.map(({ event }) => event.occurredAt.getTime()))
  const worst = Math.min(...[issue.level, ...events.map(({ event }) => event.level)].map(severity))
  return {
    id: issue.id,
    ...stateColumns(state),
    event_count: issue.event_count + events.length,
    user_count: issue.user_count + newUsers,
    last_occurred_at: new Date(Math.max(issue.last_occurred_at.getTime(), lastOccurred)),
    level: levels[worst] ?? issue.level,
    first_seen_at: isOldest ? oldest.receivedAt : issue.first_seen_at,
    first_event_id: isOldest ? oldest.eventId : issue.first_event_id,
    first_release: isOldest ? oldest.release : issue.first_release,
    title: isNamedAnew ? newest.title : issue.title,
    title_type: isNamedAnew ? newest.titleType : issue.title_type,
    title_value: isNamedAnew ? newest.titleValue : issue.title_value,
    culprit: isNamedAnew ? newest.culprit : issue.culprit,
    platform: isNamedAnew ? newest.platform : issue.platform,
    handled: isNamedAnew ? newest.handled : issue.handled,
    last_seen_at: isNewest ? newest.receivedAt : issue.last_seen_at,
    last_event_id: isNewest ? newest.eventId : issue.last_event_id,
    last_release: isNewest ? (newest.release ?? issue.last_release) : issue.last_release,
  }
}

/** In one statement: in a flood of many issues a round trip for each would be most of the work. */
async function updateIssues(trx: Transaction<DB>, rows: readonly UpdatedIssue[]): Promise<void> {
  if (rows.length === 0) return
  const columns = columnsOf(rows).filter((column) => column !== 'id')
  const sets = columns.map((column) => sql`${sql.ref(column)} = given.${sql.ref(column)}`)
  await sql`update issues set ${sql.join(sets)} from ${populated('issues', rows)} as given
    where issues.id = given.id`.execute(trx)
}

/** 0 is the worst. */
function severity(level: (typeof levels)[number]): number {
  return levels.indexOf(level)
}

function toArrival({ event }: EventWithIssue): Arrival {
  return {
    eventId: event.eventId,
    receivedAt: event.receivedAt,
    occurredAt: event.occurredAt,
    level: event.level,
    release: event.release,
    environment: event.environment,
  }
}
