// Issues whose quiet period runs.
import type { Database } from './database.ts'

export type ResolvingIssue = {
  readonly id: number
  readonly closedAt: Date
  readonly fixedInRelease: string | null
}

/**
 * Resolving issues about which something may be decided: closed long enough ago, or something happened
 * after the close. The rest waits and is not read.
 * @param closedBefore the close that has now been quiet for long enough
 */
export async function listDecidableIssues(
  db: Database,
  closedBefore: Date,
  limit: number,
): Promise<ResolvingIssue[]> {
  const rows = await db
    .selectFrom('issues')
    .select(['id', 'closed_at', 'fixed_in_release'])
    .where('status', '=', 'resolving')
    .where('closed_at', 'is not', null)
    .where((eb) =>
      eb.or([eb('closed_at', '<=', closedBefore), eb('last_occurred_at', '>', eb.ref('closed_at'))]),
    )
    .orderBy('closed_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    closedAt: row.closed_at as Date,
    fixedInRelease: row.fixed_in_release,
  }))
}

/** For each release with an event that happened after `after`: its newest such event. */
export async function listReleasesSeenAfter(
  db: Database,
  issueId: number,
  after: Date,
): Promise<{ release: string | null; eventId: string; occurredAt: Date }[]> {
  const rows = await db
    .selectFrom('events')
    .distinctOn('release')
    .select(['release', 'event_id', 'occurred_at'])
    .where('issue_id', '=', issueId)
    .where('occurred_at', '>', after)
    // Corrected clocks may run a little ahead of the relay's; older partitions need not be read.
    .where('received_at', '>', new Date(after.getTime() - 60 * 60_000))
    .orderBy('release')
    .orderBy('occurred_at', 'desc')
    .execute()
  return rows.map((row) => ({
    release: row.release,
    eventId: row.event_id.replaceAll('-', ''),
    occurredAt: row.occurred_at,
  }))
}
