// Stores one batch in one transaction: row ids first (a redelivered row ends there), then issues, events,
// counts, detection and alerts. Locks are taken in one order in every transaction (projects, event keys,
// issues, rollups; each sorted), so that collectors can't deadlock.
import type { Selectable, Transaction } from 'kysely'
import { type Arrival, detect } from '../detect/detect.ts'
import type { Standing } from '../detect/fix.ts'
import { platformOf } from '../detect/release-line.ts'
import { type DetectionRules, defaultRules } from '../detect/rules.ts'
import { levels } from '../pipeline/event.ts'
import { inChunks, sortedBy } from './chunks.ts'
import { readDetectionRules } from './detection-settings.ts'
import { columnsOf, stateOf, writeDecision } from './detection-state.ts'
import { noteRecurrences } from './issue-recurrences.ts'
import { followReleases, readStanding } from './release-lines.ts'
import type { DB } from './schema.ts'
import { findOrCreateIssues, type GroupedEvent, type Home } from './store-issues.ts'
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
import { addToRollups } from './store-rollups.ts'
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
  readonly items: readonly ItemCount[]
}

export type PreparedEvent = GroupedEvent & { readonly payload: Buffer; readonly retentionDays: number }

type EventWithIssue = PreparedEvent & Home

/** @returns how many events were new, and of how many rows nothing was done since they were known */
export async function storeBatch(
  trx: Transaction<DB>,
  rows: readonly PreparedRow[],
  now: Date,
): Promise<{ newEvents: number; knownRows: number }> {
  const fresh = await keepFreshRows(trx, rows)
  const candidates = await keepUnknownEvents(trx, fresh)
  const events = candidates.length > 0 ? await claimEvents(trx, candidates, now) : []
  const placed = events.length > 0 ? await countAndDetect(trx, events, now) : []
  await insertEvents(trx, placed)
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
  return { newEvents: events.length, knownRows: rows.length - fresh.length }
}

async function keepFreshRows(trx: Transaction<DB>, rows: readonly PreparedRow[]): Promise<PreparedRow[]> {
  const inserted = new Set<string>()
  await inChunks(
    sortedBy(rows, (row) => row.id),
    async (slice) => {
      const result = await trx
        .insertInto('received_envelopes')
        .values(slice.map((row) => ({ id: row.id, received_at: row.receivedAt })))
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .execute()
      for (const { id } of result) inserted.add(id)
    },
  )
  return rows.filter((row) => inserted.has(row.id))
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
      const inserted = await trx
        .insertInto('event_keys')
        .values(
          slice.map(({ projectId, issueId, originId, event, retentionDays }) => ({
            project_id: projectId,
            event_id: event.eventId,
            // The origin stays true whatever is merged or taken apart later.
            issue_id: originId ?? issueId,
            received_at: event.receivedAt,
            retention_days: retentionDays,
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .returning(['project_id', 'event_id'])
        .execute()
      for (const row of inserted) claimed.add(eventKey(row.project_id, fromUuid(row.event_id)))
    },
  )
  return withIssues.filter(({ projectId, event }) => claimed.has(eventKey(projectId, event.eventId)))
}

/** @returns the events with the issues that show them, which a merge meanwhile may have changed */
async function countAndDetect(
  trx: Transaction<DB>,
  claimed: readonly EventWithIssue[],
  now: Date,
): Promise<EventWithIssue[]> {
  const { issues, events } = await lockHomes(trx, claimed)
  const byIssue = Map.groupBy(events, ({ issueId }) => issueId)
  const rules = await readDetectionRules(
    trx,
    issues.map((issue) => issue.project_id),
  )
  await followReleases(trx, events)
  const newUsers = await addToRollups(trx, events)
  await addToOrigins(trx, events, newUsers)
  for (const issue of issues) {
    const own = byIssue.get(issue.id)
    if (!own) continue
    const ruled = rules.get(issue.project_id) ?? defaultRules
    const arrivals = await readArrivals(trx, issue, own)
    await updateIssue(trx, issue, own, arrivals, newUsers.get(issue.id) ?? 0, ruled, now)
    if (issue.in_episode || issue.status !== 'unresolved') {
      await noteRecurrences(trx, issue.id, own, ruled.only)
    }
  }
  return events
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

async function updateIssue(
  trx: Transaction<DB>,
  issue: Selectable<DB['issues']>,
  events: readonly EventWithIssue[],
  arrivals: readonly Arrival[],
  newUsers: number,
  rules: DetectionRules,
  now: Date,
): Promise<void> {
  const decision = detect(stateOf(issue), arrivals, rules, issue.user_count + newUsers)
  const newest = events.at(-1)?.event
  const oldest = events[0]?.event
  if (!newest || !oldest) return
  const isNewest = newest.receivedAt >= issue.last_seen_at
  const lastOccurred = Math.max(...events.map(({ event }) => event.occurredAt.getTime()))
  const worst = Math.min(...[issue.level, ...events.map(({ event }) => event.level)].map(severity))
  await trx
    .updateTable('issues')
    .set({
      ...columnsOf(decision.state),
      event_count: issue.event_count + events.length,
      user_count: issue.user_count + newUsers,
      last_occurred_at: new Date(Math.max(issue.last_occurred_at.getTime(), lastOccurred)),
      level: levels[worst] ?? issue.level,
      ...(oldest.receivedAt < issue.first_seen_at
        ? { first_seen_at: oldest.receivedAt, first_event_id: oldest.eventId, first_release: oldest.release }
        : {}),
      ...(isNewest
        ? {
            title: newest.title,
            title_type: newest.titleType,
            title_value: newest.titleValue,
            culprit: newest.culprit,
            platform: newest.platform,
            handled: newest.handled,
            last_seen_at: newest.receivedAt,
            last_event_id: newest.eventId,
            last_release: newest.release ?? issue.last_release,
          }
        : {}),
    })
    .where('id', '=', issue.id)
    .execute()
  await writeDecision(trx, { id: issue.id, projectId: issue.project_id }, decision, now)
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
