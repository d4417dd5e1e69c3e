// Events of an issue by release and hour, from its first close on: the chart tells those of releases that should have
// the fix from the others.
import { sql, type Transaction } from 'kysely'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import { hourCounts, readHourCounts } from './hour-counts.ts'
import type { DB } from './schema.ts'
import { type CountedEvent, hourOf } from './store-rollups.ts'

/** @param events of issues that were closed before; the caller holds them */
export async function addToReleaseHours(
  trx: Transaction<DB>,
  events: readonly CountedEvent[],
): Promise<void> {
  const sums = new Map<string, { issue_id: number; release: string; hour: Date; events: number }>()
  for (const { issueId, originId, event } of events) {
    if (!event.release) continue
    for (const id of originId ? [issueId, originId] : [issueId]) {
      const row = { issue_id: id, release: event.release, hour: hourOf(event.receivedAt), events: 1 }
      const key = `${id} ${row.hour.getTime()} ${row.release}`
      const sum = sums.get(key)
      if (sum) sum.events += 1
      else sums.set(key, row)
    }
  }
  await inChunks(
    sortedBy(sums.entries(), ([key]) => key).map(([, row]) => row),
    (rows) =>
      trx
        .insertInto('issue_release_hours')
        .columns(columnsOf(rows))
        .expression(fromRows('issue_release_hours', rows))
        .onConflict((conflict) =>
          conflict
            .columns(['issue_id', 'release', 'hour'])
            .doUpdateSet({ events: sql<number>`issue_release_hours.events + excluded.events` }),
        )
        .execute(),
  )
}

/** All releases that an issue was seen in. */
export async function listReleasesOfIssue(db: Database, issueId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('issue_releases')
    .select('release')
    .where('issue_id', '=', issueId)
    .execute()
  return rows.map(({ release }) => release)
}

/** Events that came from some releases in each hour (ms) from a moment on; hours without are missing. */
export async function listReleaseHours(
  db: Database,
  issueId: number,
  releases: readonly string[],
  from: Date,
): Promise<Map<number, number>> {
  if (releases.length === 0) return new Map()
  const row = await db
    .selectFrom('issue_release_hours')
    .select(hourCounts('issue_release_hours').as('counts'))
    .where('issue_id', '=', issueId)
    .where('release', 'in', [...releases])
    .where('hour', '>=', from)
    .executeTakeFirstOrThrow()
  return readHourCounts(row.counts)
}

/** When a release of a project was first received; undefined: never. */
export async function findReleaseStart(
  db: Database,
  projectId: number,
  release: string,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom('releases')
    .select('first_seen_at')
    .where('project_id', '=', projectId)
    .where('version', '=', release)
    .executeTakeFirst()
  return row?.first_seen_at
}
