// Finds the issues that new events belong to, and makes those that don't exist yet. Two collectors that
// meet the same new trouble at once make one issue: the project's row is held while one is made. An hour makes
// so many at most; the events of what is new beyond that are gathered in one issue of the project.
import { sql, type Transaction } from 'kysely'
import type { EventFacts, Grouping } from '../pipeline/event.ts'
import { retentionSettings } from '../retention-settings.ts'
import { readSubject } from '../settings-subject.ts'
import { sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import { appendIssueChanges } from './issue-changes.ts'
import type { DB } from './schema.ts'

export type GroupedEvent = {
  readonly projectId: number
  readonly event: EventFacts
  readonly grouping: Pick<Grouping, 'hashes' | 'version' | 'summary'>
}

/** Where an event belongs: the issue that shows it, and the origin it is counted under as well after a merge. */
export type Home = { readonly issueId: number; readonly originId: number | null }

const keyOf = (projectId: number, hash: string) => `${projectId}:${hash}`

type Found = Map<string, Home>

async function findByHashes(trx: Transaction<DB>, events: readonly GroupedEvent[]): Promise<Found> {
  const hashes = [...new Set(events.flatMap(({ grouping }) => grouping.hashes))]
  const projects = [...new Set(events.map(({ projectId }) => projectId))]
  const rows = await trx
    .selectFrom('issue_hashes')
    .select(['project_id', 'hash', 'issue_id', 'origin_id'])
    .where('project_id', 'in', projects)
    .where('hash', 'in', hashes)
    .execute()
  return new Map(
    rows.map((row) => [keyOf(row.project_id, row.hash), { issueId: row.issue_id, originId: row.origin_id }]),
  )
}

/**
 * By the hash of an older algorithm first, so that an issue made under it goes on whatever the new one would
 * do; new issues have none, and follow the new algorithm alone.
 */
function lookUp(found: Found, { projectId, grouping }: GroupedEvent): Home | undefined {
  return grouping.hashes
    .toReversed()
    .map((hash) => found.get(keyOf(projectId, hash)))
    .find((home) => home)
}

/** Found by an older hash only: today's is still to be noted for the issue. */
function isUnknown(found: Found, { projectId, grouping }: GroupedEvent): boolean {
  return !found.has(keyOf(projectId, grouping.hashes[0] ?? ''))
}

/**
 * @param events at least one, in order of received-at: the first of a group gives a new issue its beginning
 * @returns the home of each event, in the same order
 */
export async function findOrCreateIssues(
  trx: Transaction<DB>,
  events: readonly GroupedEvent[],
  now: Date,
): Promise<Home[]> {
  let found = await findByHashes(trx, events)
  const unknown = events.filter((event) => isUnknown(found, event))
  if (unknown.length > 0) {
    const projects = await lockProjects(trx, [...new Set(unknown.map(({ projectId }) => projectId))])
    const room = await readRoom(trx, unknown, projects)
    // Somebody may have made them while we waited for the lock.
    found = await findByHashes(trx, events)
    for (const event of unknown) {
      if (!isUnknown(found, event)) continue
      const known = lookUp(found, event)
      if (known) await insertHash(trx, event, known)
      const home = known ?? (await makeHome(trx, event, projects, room, now))
      found.set(keyOf(event.projectId, event.grouping.hashes[0] ?? ''), home)
    }
    for (const [projectId, { nextNumber }] of projects) {
      await trx
        .updateTable('projects')
        .set({ next_issue_number: nextNumber })
        .where('id', '=', projectId)
        .execute()
    }
    await noteMade(trx, room)
  }
  return events.map((event) => {
    const home = lookUp(found, event)
    if (home === undefined) throw new Error('an issue that was just made cannot be found')
    return home
  })
}

async function insertHash(
  trx: Transaction<DB>,
  { projectId, grouping }: GroupedEvent,
  home: Home,
): Promise<void> {
  await trx
    .insertInto('issue_hashes')
    .values({
      project_id: projectId,
      hash: grouping.hashes[0] ?? '',
      version: grouping.version,
      issue_id: home.issueId,
      origin_id: home.originId,
    })
    .execute()
}

type Locked = { nextNumber: number; readonly newIssuesPerHour: number }

async function lockProjects(trx: Transaction<DB>, ids: readonly number[]): Promise<Map<number, Locked>> {
  const rows = await trx
    .selectFrom('projects')
    .select(['id', 'next_issue_number', 'settings'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return new Map(
    rows.map(({ id, next_issue_number, settings }) => [
      id,
      {
        nextNumber: next_issue_number,
        newIssuesPerHour: readSubject(settings, retentionSettings).newIssuesPerHour,
      },
    ]),
  )
}

/** How many issues an hour of a project has made, and may make still. */
type Room = Map<string, { readonly project_id: number; readonly hour: Date; made: number; left: number }>

const hourMs = 3_600_000
const hourOf = ({ event }: GroupedEvent) => new Date(Math.floor(event.receivedAt.getTime() / hourMs) * hourMs)
const roomKey = (projectId: number, hour: Date) => `${projectId} ${hour.getTime()}`

/** The caller holds the projects. */
async function readRoom(
  trx: Transaction<DB>,
  events: readonly GroupedEvent[],
  projects: ReadonlyMap<number, Locked>,
): Promise<Room> {
  const room: Room = new Map()
  for (const event of events) {
    const hour = hourOf(event)
    const left = projects.get(event.projectId)?.newIssuesPerHour ?? 0
    room.set(roomKey(event.projectId, hour), { project_id: event.projectId, hour, made: 0, left })
  }
  const rows = await trx
    .selectFrom('new_issue_hours')
    .selectAll()
    .where('project_id', 'in', [...projects.keys()])
    .where(
      'hour',
      'in',
      [...room.values()].map(({ hour }) => hour),
    )
    .execute()
  for (const { project_id, hour, made } of rows) {
    const own = room.get(roomKey(project_id, hour))
    if (own) own.left -= made
  }
  return room
}

async function noteMade(trx: Transaction<DB>, room: Room): Promise<void> {
  for (const { project_id, hour, made } of sortedBy(room.values(), (one) =>
    roomKey(one.project_id, one.hour),
  )) {
    if (made === 0) continue
    await trx
      .insertInto('new_issue_hours')
      .values({ project_id, hour, made })
      .onConflict((conflict) =>
        conflict
          .columns(['project_id', 'hour'])
          .doUpdateSet({ made: sql<number>`new_issue_hours.made + excluded.made` }),
      )
      .execute()
  }
}

/** A new issue for what is new, or the one that gathers the others when the event's hour has made its number. */
async function makeHome(
  trx: Transaction<DB>,
  event: GroupedEvent,
  projects: ReadonlyMap<number, Locked>,
  room: Room,
  now: Date,
): Promise<Home> {
  const project = projects.get(event.projectId)
  const hour = room.get(roomKey(event.projectId, hourOf(event)))
  if (!project || !hour) throw new Error('a project was not locked before an issue was made')
  if (hour.left > 0) {
    hour.left -= 1
    hour.made += 1
    return { issueId: await insertIssue(trx, event, project.nextNumber++, now), originId: null }
  }
  const gathering = asOther(event)
  const known = lookUp(await findByHashes(trx, [gathering]), gathering)
  if (known) return known
  const issueId = await insertIssue(trx, gathering, project.nextNumber++, now)
  await trx.updateTable('issues').set({ gathers_others: true }).where('id', '=', issueId).execute()
  return { issueId, originId: null }
}

/** Title of the issue that gathers the events of too many new ones. */
export const othersTitle = 'More new issues in an hour than are kept apart'

/** Under a hash of its own, which no grouping makes: that of the event stays free for an issue of a later hour. */
function asOther({ projectId, event, grouping }: GroupedEvent): GroupedEvent {
  return {
    projectId,
    event: {
      ...event,
      title: othersTitle,
      titleType: null,
      titleValue: othersTitle,
      culprit: 'Events of further ones are counted here',
      handled: null,
    },
    grouping: {
      hashes: ['other'],
      version: grouping.version,
      summary: 'It came after its hour had made as many new issues as the project keeps apart.',
    },
  }
}

async function insertIssue(
  trx: Transaction<DB>,
  { projectId, event, grouping }: GroupedEvent,
  number: number,
  now: Date,
): Promise<number> {
  const reason = event.release ? `First seen in ${event.release}.` : 'First seen.'
  const { id } = await trx
    .insertInto('issues')
    .values({
      project_id: projectId,
      number,
      title: event.title,
      title_type: event.titleType,
      title_value: event.titleValue,
      culprit: event.culprit,
      level: event.level,
      platform: event.platform,
      handled: event.handled,
      status_reason: reason,
      status_at: event.receivedAt,
      first_seen_at: event.receivedAt,
      last_seen_at: event.receivedAt,
      last_occurred_at: event.occurredAt,
      first_release: event.release,
      last_release: event.release,
      first_event_id: event.eventId,
      last_event_id: event.eventId,
      closed_at: null,
      resolved_at: null,
      fixed_in_release: null,
      last_filed_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await insertHash(trx, { projectId, event, grouping }, { issueId: id, originId: null })
  await appendIssueChanges(
    trx,
    [
      {
        issueId: id,
        at: event.receivedAt,
        kind: 'first_seen',
        actor: 'postern',
        reason,
        facts: { eventId: event.eventId, release: event.release, grouping: grouping.summary },
      },
    ],
    now,
  )
  return id
}

/** Hours that no relay can hand over anything of any more need no count of what they made. */
export async function deleteNewIssueHoursBefore(db: Database, moment: Date): Promise<void> {
  await db.deleteFrom('new_issue_hours').where('hour', '<', moment).execute()
}
