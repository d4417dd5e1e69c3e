// The events of a whole project, newest first, whatever issue they are in.
import type { Database } from './database.ts'
import { type EventRow, fromUuid } from './stored-events.ts'

export type ProjectEventRow = EventRow & { readonly issueId: number }

/**
 * One page of a project's kept events, along the index (project_id, received_at, event_id).
 * @param page `before`: the last event already shown
 */
export async function listProjectEvents(
  db: Database,
  projectId: number,
  page: { readonly limit: number; readonly before?: { readonly receivedAt: Date; readonly eventId: string } },
): Promise<ProjectEventRow[]> {
  const { before } = page
  let query = db
    .selectFrom('events')
    .select([
      'issue_id',
      'event_id',
      'received_at',
      'occurred_at',
      'level',
      'title',
      'release',
      'environment',
      'user_key',
    ])
    .where('project_id', '=', projectId)
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(page.limit)
  if (before) {
    query = query.where((eb) => {
      const id = eb.cast<string>(eb.val(before.eventId), 'uuid')
      return eb(eb.refTuple('received_at', 'event_id'), '<', eb.tuple(eb.val(before.receivedAt), id))
    })
  }
  const rows = await query.execute()
  return rows.map((row) => ({
    issueId: row.issue_id,
    eventId: fromUuid(row.event_id),
    receivedAt: row.received_at,
    occurredAt: row.occurred_at,
    level: row.level,
    title: row.title,
    release: row.release,
    environment: row.environment,
    userKey: row.user_key,
  }))
}
