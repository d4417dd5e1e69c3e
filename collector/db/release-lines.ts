// How releases followed each other, by app id and platform, kept as events arrive: what was newest at any
// moment, and which releases are too far out to count yet. Deleting a release elsewhere changes nothing here.
import { sql, type Transaction } from 'kysely'
import { type Standing, unknownStanding } from '../detect/fix.ts'
import {
  isOutlier,
  type LineKey,
  lineOf,
  platformOf,
  type ReleaseLine,
  seeRelease,
} from '../detect/release-line.ts'
import type { EventFacts } from '../pipeline/event.ts'
import { otherName } from './bound-names.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

type Seen = { readonly projectId: number; readonly event: EventFacts }
type Place = { readonly projectId: number } & LineKey

/** Stands in a row that was made to be locked, before its first release is written. */
const notYet = ''

const keyOf = ({ projectId, app, platform }: Place) => JSON.stringify([projectId, app, platform])

async function readLines(
  db: Database,
  places: readonly Place[],
  locked: boolean,
): Promise<Map<string, ReleaseLine>> {
  const lines = new Map<string, ReleaseLine>()
  if (places.length === 0) return lines
  const rows = await db
    .selectFrom('release_lines')
    .selectAll()
    .where((eb) =>
      eb(
        eb.refTuple('project_id', 'app', 'platform'),
        'in',
        places.map(({ projectId, app, platform }) => eb.tuple(projectId, app, platform)),
      ),
    )
    .orderBy('project_id')
    .orderBy('app')
    .orderBy('platform')
    .$if(locked, (query) => query.forUpdate())
    .execute()
  for (const row of rows) {
    if (row.newest === notYet) continue
    const place = { projectId: row.project_id, app: row.app, platform: row.platform }
    lines.set(keyOf(place), {
      newest: row.newest,
      newestUsers: row.newest_users,
      pending: row.pending,
      isOnly: row.is_only,
    })
  }
  return lines
}

type Step = { readonly place: Place; readonly release: string; readonly at: Date }

function walk(
  before: ReadonlyMap<string, ReleaseLine>,
  events: readonly (Seen & { readonly place: Place; readonly release: string })[],
): { lines: Map<string, { place: Place; line: ReleaseLine }>; steps: Step[] } {
  const changed = new Map<string, { place: Place; line: ReleaseLine }>()
  const steps: Step[] = []
  for (const { place, release, event } of events) {
    const key = keyOf(place)
    const known = changed.get(key)?.line ?? before.get(key) ?? null
    const { line, advanced } = seeRelease(known, release, event.userKey)
    if (line !== known) changed.set(key, { place, line })
    if (advanced) steps.push({ place, release: line.newest, at: event.receivedAt })
  }
  return { lines: changed, steps }
}

/**
 * Lets the lines follow new events. Mostly they are as they were, and nothing is written.
 * @param events in order of received-at
 */
export async function followReleases(trx: Transaction<DB>, events: readonly Seen[]): Promise<void> {
  const placed = events.flatMap((seen) => {
    const { release } = seen.event
    const line = lineOf(release, platformOf(seen.event))
    return line && release ? [{ ...seen, release, place: { projectId: seen.projectId, ...line } }] : []
  })
  const places = [...new Map(placed.map(({ place }) => [keyOf(place), place])).values()]
  const lines = await readLines(trx, places, false)
  const changed = walk(lines, placed).lines
  if (changed.size === 0) return
  // Again under a lock, since another collector may have moved them on.
  await insertMissing(trx, [...changed.values()])
  const walked = walk(await readLines(trx, places, true), placed)
  for (const { place, line } of walked.lines.values()) await updateLine(trx, place, line)
  await insertAdvances(trx, walked.steps)
}

/** A line that is new begins with its row, so that two collectors which meet it at once wait for each other. */
async function insertMissing(
  trx: Transaction<DB>,
  lines: readonly { readonly place: Place }[],
): Promise<void> {
  const sorted = [...lines].sort((a, b) => (keyOf(a.place) < keyOf(b.place) ? -1 : 1))
  await trx
    .insertInto('release_lines')
    .values(
      sorted.map(({ place }) => ({
        project_id: place.projectId,
        app: place.app,
        platform: place.platform,
        newest: notYet,
        newest_users: '[]',
        pending: '[]',
        is_only: true,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function updateLine(trx: Transaction<DB>, place: Place, line: ReleaseLine): Promise<void> {
  await trx
    .updateTable('release_lines')
    .set({
      newest: line.newest,
      newest_users: JSON.stringify(line.newestUsers),
      pending: JSON.stringify(line.pending),
      is_only: line.isOnly,
    })
    .where('project_id', '=', place.projectId)
    .where('app', '=', place.app)
    .where('platform', '=', place.platform)
    .execute()
}

async function insertAdvances(trx: Transaction<DB>, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return
  await trx
    .insertInto('release_advances')
    .values(
      steps.map(({ place, release, at }) => ({
        project_id: place.projectId,
        app: place.app,
        platform: place.platform,
        release,
        at,
      })),
    )
    .execute()
}

export type ClosedIssue = { readonly id: number; readonly projectId: number; readonly closedAt: Date }

/**
 * Where a release stands for an issue that was closed, as far as it was received up to now. What was received
 * before the close counts as before, also where it is read after.
 */
export async function readStanding(
  db: Database,
  issue: ClosedIssue,
  seen: { readonly release: string | null; readonly platform: string },
): Promise<Standing> {
  if (seen.release === null) return unknownStanding
  const affected = await db
    .selectFrom('issue_releases')
    .select('release')
    .where('issue_id', '=', issue.id)
    .where('release', '=', seen.release)
    .where('first_seen_at', '<=', issue.closedAt)
    .executeTakeFirst()
  const wasAffected = affected !== undefined
  const key = lineOf(seen.release, seen.platform)
  if (!key) return { ...unknownStanding, wasAffected, isOnly: await isOnlyRelease(db, issue.projectId) }
  const place = { projectId: issue.projectId, ...key }
  const line = (await readLines(db, [place], false)).get(keyOf(place)) ?? null
  return {
    line: key,
    before: await findAdvance(db, place, 'last before', issue.closedAt),
    next: await findAdvance(db, place, 'first after', issue.closedAt),
    isOutlier: isOutlier(line, seen.release),
    isOnly: line?.isOnly ?? false,
    wasAffected,
  }
}

async function isOnlyRelease(db: Database, projectId: number): Promise<boolean> {
  const rows = await db
    .selectFrom('releases')
    .select('version')
    .where('project_id', '=', projectId)
    .limit(2)
    .execute()
  return rows.length < 2
}

async function findAdvance(
  db: Database,
  place: Place,
  which: 'last before' | 'first after',
  closedAt: Date,
): Promise<string | null> {
  const [side, order] = which === 'last before' ? (['<=', 'desc'] as const) : (['>', 'asc'] as const)
  const row = await db
    .selectFrom('release_advances')
    .select('release')
    .where('project_id', '=', place.projectId)
    .where('app', '=', place.app)
    .where('platform', '=', place.platform)
    .where('at', side, closedAt)
    .orderBy('at', order)
    .orderBy('id', order)
    .limit(1)
    .executeTakeFirst()
  return row?.release ?? null
}

/**
 * A row `r` of releases that may be called the newest: neither too far ahead of the rest to decide anything yet, nor
 * the sum of those that are not kept apart.
 */
export const isInOrder = sql`(r.version <> ${otherName} and not exists (
  select from release_lines l where l.project_id = r.project_id
    and l.pending @> jsonb_build_array(jsonb_build_object('release', r.version))))`

/** Releases of a project that are too far ahead of the rest to decide anything yet. */
export async function listOutliers(db: Database, projectId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('release_lines')
    .select('pending')
    .where('project_id', '=', projectId)
    .limit(100)
    .execute()
  return rows.flatMap(({ pending }) => pending.map(({ release }) => release))
}

/** The newest release of each line of a project, at most a hundred. */
export async function listNewestReleases(db: Database, projectId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('release_lines')
    .select('newest')
    .distinct()
    .where('project_id', '=', projectId)
    .where('newest', '!=', notYet)
    .orderBy('newest')
    .limit(100)
    .execute()
  return rows.map((row) => row.newest)
}
