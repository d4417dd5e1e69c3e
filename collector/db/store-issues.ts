// Finds the issues that new events belong to, and makes those that don't exist yet. Two collectors that
// meet the same new trouble at once make one issue: the project's row is held while one is made.
import type { Transaction } from 'kysely'
import type { EventFacts, Grouping } from '../pipeline/event.ts'
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
    const nextNumbers = await lockProjects(trx, [...new Set(unknown.map(({ projectId }) => projectId))])
    // Somebody may have made them while we waited for the lock.
    found = await findByHashes(trx, events)
    for (const event of unknown) {
      if (!isUnknown(found, event)) continue
      const known = lookUp(found, event)
      if (known) await insertHash(trx, event, known)
      const number = nextNumbers.get(event.projectId) ?? 1
      if (!known) nextNumbers.set(event.projectId, number + 1)
      const home = known ?? { issueId: await insertIssue(trx, event, number, now), originId: null }
      found.set(keyOf(event.projectId, event.grouping.hashes[0] ?? ''), home)
    }
    for (const [projectId, number] of nextNumbers) {
      await trx
        .updateTable('projects')
        .set({ next_issue_number: number })
        .where('id', '=', projectId)
        .execute()
    }
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

async function lockProjects(trx: Transaction<DB>, ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await trx
    .selectFrom('projects')
    .select(['id', 'next_issue_number'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return new Map(rows.map((row) => [row.id, row.next_issue_number]))
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
