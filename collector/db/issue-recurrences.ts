// For each issue that is in an episode or closed: the newest occurrence in each release. It answers what came
// after a close, also when the close is noticed late and most payloads of a flood were not kept.
import { sql, type Transaction } from 'kysely'
import { platformOf } from '../detect/release-line.ts'
import { type DetectionSettings, meetsConditions } from '../detect/rules.ts'
import type { EventFacts } from '../pipeline/event.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { fromUuid } from './stored-events.ts'

/** @param events of the issue, in order of received-at; those that don't meet the conditions decide nothing */
export async function noteRecurrences(
  trx: Transaction<DB>,
  issueId: number,
  events: readonly { readonly event: EventFacts }[],
  only: DetectionSettings['only'],
): Promise<void> {
  const newest = new Map<string, EventFacts>()
  for (const { event } of events) {
    if (!meetsConditions(only, event)) continue
    const key = JSON.stringify([event.release ?? '', platformOf(event)])
    const known = newest.get(key)
    if (!known || event.occurredAt > known.occurredAt) newest.set(key, event)
  }
  if (newest.size === 0) return
  await trx
    .insertInto('issue_recurrences')
    .values(
      [...newest.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, event]) => ({
          issue_id: issueId,
          release: event.release ?? '',
          platform: platformOf(event),
          occurred_at: event.occurredAt,
          event_id: event.eventId,
        })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['issue_id', 'release', 'platform'])
        .doUpdateSet({
          occurred_at: sql<Date>`excluded.occurred_at`,
          event_id: sql<string>`excluded.event_id`,
        })
        .where('issue_recurrences.occurred_at', '<', sql<Date>`excluded.occurred_at`),
    )
    .execute()
}

export type Recurrence = {
  readonly release: string | null
  readonly platform: string
  /** 32 hex digits. */
  readonly eventId: string
  readonly occurredAt: Date
}

/** For each release with an event that happened after `after`: its newest such event, newest first. */
export async function listRecurrences(db: Database, issueId: number, after: Date): Promise<Recurrence[]> {
  const rows = await db
    .selectFrom('issue_recurrences')
    .select(['release', 'platform', 'event_id', 'occurred_at'])
    .where('issue_id', '=', issueId)
    .where('occurred_at', '>', after)
    .orderBy('occurred_at', 'desc')
    .orderBy('release')
    .orderBy('platform')
    .execute()
  return rows.map((row) => ({
    release: row.release || null,
    platform: row.platform,
    eventId: fromUuid(row.event_id),
    occurredAt: row.occurred_at,
  }))
}
