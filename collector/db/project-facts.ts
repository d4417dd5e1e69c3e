// What the digest reads and notes of projects beside the events themselves.
import { sql } from 'kysely'
import type { EventFacts } from '../pipeline/event.ts'
import { groupingSubject } from '../pipeline/grouping-settings.ts'
import { scrubbingSubject } from '../pipeline/scrubbing-settings.ts'
import type { RowRules } from '../prepare.ts'
import { retentionSettings } from '../retention-settings.ts'
import { readSubject } from '../settings-subject.ts'
import { sortedBy } from './chunks.ts'
import type { Database } from './database.ts'

/** What those of the projects that exist want done with their events. */
export async function readRowRules(
  db: Database,
  projectIds: readonly number[],
): Promise<Map<number, RowRules>> {
  if (projectIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('projects')
    .select(['id', 'settings'])
    .where('id', 'in', [...new Set(projectIds)])
    .execute()
  return new Map(
    rows.map(({ id, settings }) => [
      id,
      {
        retentionDays: readSubject(settings, retentionSettings).days,
        fingerprintRules: readSubject(settings, groupingSubject).rules,
        scrubbing: readSubject(settings, scrubbingSubject),
      },
    ]),
  )
}

/**
 * Notes when a project was last heard and on what platform. Outside the storing transaction, since it would
 * hold the project's row there, and redoing it changes nothing.
 */
export async function noteProjectEvents(
  db: Database,
  events: readonly { readonly projectId: number; readonly event: EventFacts }[],
): Promise<void> {
  const newest = new Map<number, EventFacts>()
  for (const { projectId, event } of events) {
    const known = newest.get(projectId)
    if (!known || event.receivedAt >= known.receivedAt) newest.set(projectId, event)
  }
  for (const [projectId, event] of sortedBy(newest, ([id]) => String(id).padStart(15, '0'))) {
    await db
      .updateTable('projects')
      .set({
        last_event_at: sql<Date>`greatest(last_event_at, ${event.receivedAt})`,
        platform: sql<string>`coalesce(platform, ${event.platform})`,
      })
      .where('id', '=', projectId)
      .execute()
  }
}
