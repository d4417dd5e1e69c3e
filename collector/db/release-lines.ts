// How releases followed each other, by app id and platform, kept as events arrive: what was newest at any
// moment, and which releases are too far out to count yet. Deleting a release elsewhere changes nothing here.
import type { Transaction } from 'kysely'
import type { Standing } from '../detect/fix.ts'
import {
  isOutlier,
  type LineKey,
  lineOf,
  platformOf,
  type ReleaseLine,
  seeRelease,
} from '../detect/release-line.ts'
import type { Event } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

type Seen = { readonly projectId: number; readonly event: Event }
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
 * @returns true for each of the events (same order) whose release is an outlier that doesn't count yet
 */
export async function followReleases(trx: Transaction<DB>, events: readonly Seen[]): Promise<boolean[]> {
  const placed = events.flatMap((seen) => {
    const { release } = seen.event
    const line = lineOf(release, platformOf(seen.event))
    return line && release ? [{ ...seen, release, place: { projectId: seen.projectId, ...line } }] : []
  })
  const places = [...new Map(placed.map(({ place }) => [keyOf(place), place])).values()]
  let lines = await readLines(trx, places, false)
  let walked = walk(lines, placed)
  if (walked.lines.size > 0) {
    // Again under a lock, since another collector may have moved them on.
    await insertMissing(trx, [...walked.lines.values()])
    lines = await readLines(trx, places, true)
    walked = walk(lines, placed)
    for (const { place, line } of walked.lines.values()) await updateLine(trx, place, line)
    await insertAdvances(trx, walked.steps)
  }
  return events.map(({ projectId, event }) => {
    const key = lineOf(event.release, platformOf(event))
    if (!key || event.release === null) return false
    const place = keyOf({ projectId, ...key })
    return isOutlier(walked.lines.get(place)?.line ?? lines.get(place) ?? null, event.release)
  })
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

/**
 * Where an event's release stands for an issue that was closed.
 * @param isOutlierNow as `followReleases` told of the event
 */
export async function readStanding(
  db: Database,
  projectId: number,
  event: { readonly release: string | null; readonly platform: string },
  closedAt: Date,
  isOutlierNow: boolean,
): Promise<Standing> {
  const line = lineOf(event.release, event.platform)
  if (!line) return { line: null, next: null, isOutlier: false }
  const next = await db
    .selectFrom('release_advances')
    .select('release')
    .where('project_id', '=', projectId)
    .where('app', '=', line.app)
    .where('platform', '=', line.platform)
    .where('at', '>', closedAt)
    .orderBy('at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return { line, next: next?.release ?? null, isOutlier: isOutlierNow }
}

/** The same for a release that was seen earlier. */
export async function readStandingOf(
  db: Database,
  projectId: number,
  seen: { readonly release: string | null; readonly platform: string },
  closedAt: Date,
): Promise<Standing> {
  const line = lineOf(seen.release, seen.platform)
  const lines = line ? await readLines(db, [{ projectId, ...line }], false) : new Map()
  const known = line ? (lines.get(keyOf({ projectId, ...line })) ?? null) : null
  const outlier = seen.release !== null && isOutlier(known, seen.release)
  return readStanding(db, projectId, seen, closedAt, outlier)
}
