// The newest kept events of a project with their payloads: what new rules are tried on.
import type { Database } from './database.ts'
import { decodePayload, fromUuid, type StoredEvent } from './stored-events.ts'

/** Newest first; at most `limit`, which bounds what is read. */
export async function listRecentEvents(
  db: Database,
  projectId: number,
  limit: number,
): Promise<StoredEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['issue_id', 'event_id', 'received_at', 'occurred_at', 'payload'])
    .where('project_id', '=', projectId)
    .orderBy('received_at', 'desc')
    .orderBy('event_id', 'desc')
    .limit(limit)
    .execute()
  const events: StoredEvent[] = []
  for (const row of rows) {
    events.push({
      projectId,
      issueId: row.issue_id,
      eventId: fromUuid(row.event_id),
      receivedAt: row.received_at,
      occurredAt: row.occurred_at,
      ...(await decodePayload(row.payload)),
    })
  }
  return events
}
