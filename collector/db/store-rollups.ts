// Counts of new events, added up in memory for the batch and written as few upserts. Exact, because only
// events that were not stored before reach this step, in the transaction that stores them.
import { sql, type Transaction } from 'kysely'
import { varietyTags } from '../keep-payloads.ts'
import type { EventFacts } from '../pipeline/event.ts'
import { columnsOf, fromRows, inChunks, populated, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'
import { addToDays } from './store-days.ts'
import { addToProjectTags } from './store-project-tags.ts'
import { addTags, tagId } from './store-tags.ts'

export type CountedEvent = {
  readonly projectId: number
  readonly issueId: number
  /** Set after a merge: the counts of this origin go up beside those of the issue. */
  readonly originId?: number | null
  readonly event: EventFacts
}

type Span = { events: number; first_seen_at: Date; last_seen_at: Date }

const hourMs = 3_600_000

/** Start of the hour (UTC) of a moment. */
export function hourOf(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / hourMs) * hourMs)
}

/** Adds up events under text keys; the parts of a row stand beside its count. */
function tally<T extends object>(
  events: readonly CountedEvent[],
  parts: (event: CountedEvent) => T | null,
): (T & { events: number })[] {
  const sums = new Map<string, T & { events: number }>()
  for (const event of events) {
    const row = parts(event)
    if (!row) continue
    const key = JSON.stringify(row)
    const sum = sums.get(key)
    if (sum) sum.events += 1
    else sums.set(key, { ...row, events: 1 })
  }
  return sortedBy(sums.values(), ({ events: _, ...row }) => JSON.stringify(row))
}

function tallySpans<T extends object>(
  events: readonly CountedEvent[],
  parts: (event: CountedEvent) => T | null,
): (T & Span)[] {
  const sums = new Map<string, T & Span>()
  for (const event of events) {
    const row = parts(event)
    if (!row) continue
    const key = JSON.stringify(row)
    const at = event.event.receivedAt
    const sum = sums.get(key)
    if (!sum) sums.set(key, { ...row, events: 1, first_seen_at: at, last_seen_at: at })
    else {
      sum.events += 1
      if (at < sum.first_seen_at) sum.first_seen_at = at
      if (at > sum.last_seen_at) sum.last_seen_at = at
    }
  }
  return sortedBy(sums.values(), ({ events: _e, first_seen_at: _f, last_seen_at: _l, ...row }) =>
    JSON.stringify(row),
  )
}

export type Rollups = {
  /** How many users each issue, and each origin, has that it did not have before. */
  readonly newUsers: ReadonlyMap<number, number>
  /** Events of an issue and hour (`<issue> <ms>`) before these. */
  readonly hourCounts: ReadonlyMap<string, number>
  /** Ids of the events that brought a release, environment, device … their issue did not have. */
  readonly variety: ReadonlySet<string>
}

/** Writes all rollups of these events. The caller holds the rows of their issues. */
export async function addToRollups(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<Rollups> {
  const perIssue = [...events, ...underOrigins(events)]
  const hourCounts = await addHours(trx, events, perIssue)
  await addReleases(trx, events, perIssue)
  await addEnvironments(trx, perIssue)
  await addToDays(trx, events)
  const newValues = await addTags(trx, perIssue)
  const newUsers = await addUsers(trx, perIssue)
  await addToProjectTags(trx, events)
  return { newUsers, hourCounts, variety: findVariety(events, newValues) }
}

/** Rows that an hour and level of all projects are counted in; collectors that store at once mostly take different ones. */
const levelParts = 4

/**
 * Counts of all projects together. Every batch writes to the running hour, so this comes last in the transaction:
 * who has to wait does so only for a commit.
 */
export async function addToLevelHours(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<void> {
  const rows = tally(events, ({ event }) => ({ hour: hourOf(event.receivedAt), level: event.level }))
  await inChunks(rows, (slice) =>
    sql`insert into level_hours (hour, level, part, events)
      select hour, level, pg_backend_pid() % ${levelParts}::int, events from ${populated('level_hours', slice)} as given
      on conflict (hour, level, part) do update set events = level_hours.events + excluded.events`.execute(
      trx,
    ),
  )
}

/** The first event of the batch with each new value. */
function findVariety(events: readonly CountedEvent[], newValues: ReadonlySet<string>): Set<string> {
  const found = new Set<string>()
  const left = new Set(newValues)
  if (left.size === 0) return found
  for (const { issueId, event } of events) {
    for (const [key, value] of event.tags) {
      if (varietyTags.has(key) && left.delete(tagId({ issue_id: issueId, key, value }))) {
        found.add(event.eventId)
      }
    }
  }
  return found
}

/** The events of merged issues once more, each under its origin. */
function underOrigins(events: readonly CountedEvent[]): CountedEvent[] {
  return events.flatMap((event) => (event.originId ? { ...event, issueId: event.originId } : []))
}

async function addHours(
  trx: Transaction<DB>,
  events: readonly CountedEvent[],
  perIssue: readonly CountedEvent[],
): Promise<Map<string, number>> {
  const before = new Map<string, number>()
  await inChunks(
    tally(perIssue, ({ issueId, event }) => ({ issue_id: issueId, hour: hourOf(event.receivedAt) })),
    async (rows) => {
      const own = new Map(rows.map((row) => [`${row.issue_id} ${row.hour.getTime()}`, row.events]))
      const after = await trx
        .insertInto('issue_hours')
        .columns(columnsOf(rows))
        .expression(fromRows('issue_hours', rows))
        .onConflict((conflict) =>
          conflict
            .columns(['issue_id', 'hour'])
            .doUpdateSet({ events: sql<number>`issue_hours.events + excluded.events` }),
        )
        .returning(['issue_id', 'hour', 'events'])
        .execute()
      for (const { issue_id, hour, events } of after) {
        const key = `${issue_id} ${hour.getTime()}`
        before.set(key, events - (own.get(key) ?? 0))
      }
    },
  )
  await inChunks(
    tally(events, ({ projectId, event }) => ({
      project_id: projectId,
      hour: hourOf(event.receivedAt),
      level: event.level,
    })),
    (rows) =>
      trx
        .insertInto('project_hours')
        .columns(columnsOf(rows))
        .expression(fromRows('project_hours', rows))
        .onConflict((conflict) =>
          conflict
            .columns(['project_id', 'hour', 'level'])
            .doUpdateSet({ events: sql<number>`project_hours.events + excluded.events` }),
        )
        .execute(),
  )
  return before
}

async function addReleases(
  trx: Transaction<DB>,
  events: readonly CountedEvent[],
  perIssue: readonly CountedEvent[],
): Promise<void> {
  await inChunks(
    tallySpans(events, ({ projectId, event }) =>
      event.release ? { project_id: projectId, version: event.release } : null,
    ),
    (rows) =>
      trx
        .insertInto('releases')
        .columns(columnsOf(rows))
        .expression(fromRows('releases', rows))
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'version']).doUpdateSet({
            events: sql<number>`releases.events + excluded.events`,
            first_seen_at: sql<Date>`least(releases.first_seen_at, excluded.first_seen_at)`,
            last_seen_at: sql<Date>`greatest(releases.last_seen_at, excluded.last_seen_at)`,
          }),
        )
        .execute(),
  )
  await inChunks(
    tallySpans(perIssue, ({ issueId, event }) =>
      event.release ? { issue_id: issueId, release: event.release } : null,
    ),
    (rows) =>
      trx
        .insertInto('issue_releases')
        .columns(columnsOf(rows))
        .expression(fromRows('issue_releases', rows))
        .onConflict((conflict) =>
          conflict.columns(['issue_id', 'release']).doUpdateSet({
            events: sql<number>`issue_releases.events + excluded.events`,
            first_seen_at: sql<Date>`least(issue_releases.first_seen_at, excluded.first_seen_at)`,
            last_seen_at: sql<Date>`greatest(issue_releases.last_seen_at, excluded.last_seen_at)`,
          }),
        )
        .execute(),
  )
}

async function addEnvironments(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<void> {
  await inChunks(
    tallySpans(events, ({ projectId, issueId, event }) => ({
      project_id: projectId,
      environment: event.environment,
      issue_id: issueId,
    })),
    (rows) =>
      trx
        .insertInto('issue_environments')
        .columns(columnsOf(rows))
        .expression(fromRows('issue_environments', rows))
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'environment', 'issue_id']).doUpdateSet({
            events: sql<number>`issue_environments.events + excluded.events`,
            first_seen_at: sql<Date>`least(issue_environments.first_seen_at, excluded.first_seen_at)`,
            last_seen_at: sql<Date>`greatest(issue_environments.last_seen_at, excluded.last_seen_at)`,
          }),
        )
        .execute(),
  )
}

async function addUsers(trx: Transaction<DB>, events: readonly CountedEvent[]): Promise<Map<number, number>> {
  const users = tally(events, ({ issueId, event }) =>
    event.userKey ? { issue_id: issueId, user_key: event.userKey } : null,
  )
  const added = new Map<number, number>()
  await inChunks(users, async (rows) => {
    const inserted = await trx
      .insertInto('issue_users')
      .columns(['issue_id', 'user_key'])
      .expression(
        fromRows(
          'issue_users',
          rows.map(({ issue_id, user_key }) => ({ issue_id, user_key })),
        ),
      )
      .onConflict((conflict) => conflict.doNothing())
      .returning('issue_id')
      .execute()
    for (const { issue_id } of inserted) added.set(issue_id, (added.get(issue_id) ?? 0) + 1)
  })
  return added
}
