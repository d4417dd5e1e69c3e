// For each issue that is in an episode or closed: the newest occurrence in each release. It answers what came
// after a close, also when the close is noticed late and most payloads of a flood were not kept.
import { sql, type Transaction } from 'kysely'
import { platformOf } from '../detect/release-line.ts'
import { type DetectionSettings, meetsConditions } from '../detect/rules.ts'
import type { EventFacts } from '../pipeline/event.ts'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { fromUuid } from './stored-events.ts'

export type Recurring = {
  readonly issueId: number
  /** In order of received-at; those that don't meet the conditions decide nothing. */
  readonly events: readonly { readonly event: EventFacts }[]
  readonly only: DetectionSettings['only']
}

/**
 * In one statement: most issues of a batch are in an episode, and a round trip for each was two thirds of all.
 * @param recurring each issue once; the caller holds them
 */
export async function noteRecurrences(trx: Transaction<DB>, recurring: readonly Recurring[]): Promise<void> {
  await inChunks(recurring.flatMap(newestOccurrences), (rows) =>
    trx
      .insertInto('issue_recurrences')
      .columns(columnsOf(rows))
      .expression(fromRows('issue_recurrences', rows))
      .onConflict((conflict) =>
        conflict
          .columns(['issue_id', 'release', 'platform'])
          .doUpdateSet({
            occurred_at: sql<Date>`excluded.occurred_at`,
            event_id: sql<string>`excluded.event_id`,
          })
          .where('issue_recurrences.occurred_at', '<', sql<Date>`excluded.occurred_at`),
      )
      .execute(),
  )
}

function newestOccurrences({ issueId, events, only }: Recurring) {
  const newest = new Map<string, EventFacts>()
  for (const { event } of events) {
    if (!meetsConditions(only, event)) continue
    const key = JSON.stringify([event.release ?? '', platformOf(event)])
    const known = newest.get(key)
    if (!known || event.occurredAt > known.occurredAt) newest.set(key, event)
  }
  return sortedBy(newest.entries(), ([key]) => key).map(([, event]) => ({
    issue_id: issueId,
    release: event.release ?? '',
    platform: platformOf(event),
    occurred_at: event.occurredAt,
    event_id: event.eventId,
  }))
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
