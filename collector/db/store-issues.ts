// Finds the issues that new events belong to, and makes those that don't exist yet. Two collectors that
// meet the same new trouble at once make one issue: the project's row is held while one is made. An hour makes
// so many at most; the events of what is new beyond that are gathered in one issue of the project.
import { sql, type Transaction } from 'kysely'
import type { EventFacts, Grouping } from '../pipeline/event.ts'
import { retentionSettings } from '../retention-settings.ts'
import { readSubject } from '../settings-subject.ts'
import { columnsOf, fromRows, inChunks, populated, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import { appendIssueChanges, type IssueChange } from './issue-changes.ts'
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
    found = await findByHashes(trx, [...events, ...unknown.map(asOther)])
    const wanted: Wanted = { found, projects, room, issues: [], hashes: [] }
    for (const event of unknown) if (isUnknown(found, event)) giveHome(event, wanted)
    await insertIssues(trx, wanted.issues, now)
    await insertHashes(trx, wanted.hashes)
    await setNextNumbers(trx, projects)
    await noteMade(trx, room)
  }
  return events.map((event) => {
    const home = lookUp(found, event)
    if (home === undefined) throw new Error('an issue that was just made cannot be found')
    return home
  })
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

/** An issue that is to be made; its home gets the id then. */
type NewIssue = {
  readonly event: GroupedEvent
  readonly number: number
  readonly gathersOthers: boolean
  readonly home: { issueId: number; readonly originId: null }
}

/** What is found so far, and what is to be written for the rest. */
type Wanted = {
  readonly found: Found
  readonly projects: ReadonlyMap<number, Locked>
  readonly room: Room
  readonly issues: NewIssue[]
  readonly hashes: { readonly event: GroupedEvent; readonly home: Home }[]
}

/**
 * Notes today's hash for an issue that an older one found; or a new issue for what is new, or the one that gathers
 * the others when the event's hour has made its number.
 */
function giveHome(event: GroupedEvent, wanted: Wanted): void {
  const { found, projects, room, hashes } = wanted
  const project = projects.get(event.projectId)
  const hour = room.get(roomKey(event.projectId, hourOf(event)))
  if (!project || !hour) throw new Error('a project was not locked before an issue was made')
  const note = (home: Home) => found.set(keyOf(event.projectId, event.grouping.hashes[0] ?? ''), home)
  const known = lookUp(found, event)
  if (known) {
    hashes.push({ event, home: known })
    note(known)
  } else if (hour.left > 0) {
    hour.left -= 1
    hour.made += 1
    note(planIssue(event, project, false, wanted))
  } else {
    const other = asOther(event)
    const gathering = lookUp(found, other) ?? planIssue(other, project, true, wanted)
    found.set(keyOf(other.projectId, othersHash), gathering)
    note(gathering)
  }
}

function planIssue(
  event: GroupedEvent,
  project: Locked,
  gathersOthers: boolean,
  { issues, hashes }: Wanted,
): Home {
  const home = { issueId: 0, originId: null }
  issues.push({ event, number: project.nextNumber++, gathersOthers, home })
  hashes.push({ event, home })
  return home
}

const othersHash = 'other'

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
      hashes: [othersHash],
      version: grouping.version,
      summary: 'It came after its hour had made as many new issues as the project keeps apart.',
    },
  }
}

/** Issues, and the beginning of their timelines; each home gets its id. */
async function insertIssues(trx: Transaction<DB>, issues: readonly NewIssue[], now: Date): Promise<void> {
  await inChunks(issues, async (slice) => {
    const rows = slice.map(asRow)
    const made = await trx
      .insertInto('issues')
      .columns(columnsOf(rows))
      .expression(fromRows('issues', rows))
      .returning(['id', 'project_id', 'number'])
      .execute()
    const ids = new Map(made.map(({ id, project_id, number }) => [`${project_id} ${number}`, id]))
    for (const { event, number, home } of slice) {
      const id = ids.get(`${event.projectId} ${number}`)
      if (id === undefined) throw new Error('an issue that was just made cannot be found')
      home.issueId = id
    }
    await appendIssueChanges(trx, slice.map(asFirstSeen), now)
  })
}

const firstSeen = ({ release }: EventFacts) => (release ? `First seen in ${release}.` : 'First seen.')

function asRow({ event: { projectId, event }, number, gathersOthers }: NewIssue) {
  return {
    project_id: projectId,
    number,
    title: event.title,
    title_type: event.titleType,
    title_value: event.titleValue,
    culprit: event.culprit,
    level: event.level,
    platform: event.platform,
    handled: event.handled,
    status_reason: firstSeen(event),
    status_at: event.receivedAt,
    first_seen_at: event.receivedAt,
    last_seen_at: event.receivedAt,
    last_occurred_at: event.occurredAt,
    first_release: event.release,
    last_release: event.release,
    first_event_id: event.eventId,
    last_event_id: event.eventId,
    gathers_others: gathersOthers,
  }
}

function asFirstSeen({ event: { event, grouping }, home }: NewIssue): IssueChange {
  return {
    issueId: home.issueId,
    at: event.receivedAt,
    kind: 'first_seen',
    actor: 'postern',
    reason: firstSeen(event),
    facts: { eventId: event.eventId, release: event.release, grouping: grouping.summary },
  }
}

async function insertHashes(trx: Transaction<DB>, hashes: Wanted['hashes']): Promise<void> {
  const rows = hashes.map(({ event: { projectId, grouping }, home }) => ({
    project_id: projectId,
    hash: grouping.hashes[0] ?? '',
    version: grouping.version,
    issue_id: home.issueId,
    origin_id: home.originId,
  }))
  await inChunks(rows, (slice) =>
    trx
      .insertInto('issue_hashes')
      .columns(columnsOf(slice))
      .expression(fromRows('issue_hashes', slice))
      .execute(),
  )
}

/** The caller holds the projects. */
async function setNextNumbers(trx: Transaction<DB>, projects: ReadonlyMap<number, Locked>): Promise<void> {
  const rows = [...projects].map(([id, { nextNumber }]) => ({ id, next_issue_number: nextNumber }))
  await sql`update projects set next_issue_number = given.next_issue_number
    from ${populated('projects', rows)} as given where projects.id = given.id`.execute(trx)
}

/** Hours that no relay can hand over anything of any more need no count of what they made. */
export async function deleteNewIssueHoursBefore(db: Database, moment: Date): Promise<void> {
  await db.deleteFrom('new_issue_hours').where('hour', '<', moment).execute()
}
