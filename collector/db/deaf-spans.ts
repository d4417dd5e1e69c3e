// Spans in which silence proves nothing: the relay turned envelopes of a project away by a limit, or lost what
// it had accepted (expired, evicted, a new spool). Told from what a relay's counters gained between two
// answers; hours that no answer told may hold any of that.
import type { Transaction } from 'kysely'
import { firstHourTold, type Outcome } from '../../shared/handover.ts'
import type { DeafSpan } from '../detect/quiet-length.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

/** Outcomes of requests that were turned away although they may have been events of the project. */
const refusedByLimit: readonly Outcome[] = ['rate_limited', 'spool_full', 'spool_error']
/** Outcomes of envelopes that were accepted earlier and never handed over. */
const lost: readonly Outcome[] = ['expired', 'evicted']
/** SDKs keep silent for this long after a refusal by limit, whatever happens. */
const backoffMs = 60_000
const hourMs = 3_600_000
/** Spans closer than this are one: what is refused all the time makes one row, not one for each poll. */
const joinMs = 60_000

export type Gained = { readonly projectId: number; readonly outcome: Outcome; readonly hour: Date }

/** An answer of a relay, beside the one before it; ms by the relay's clock. */
export type AnswerSpan = {
  readonly url: string
  /** null: it never answered before. */
  readonly previousNow: Date | null
  readonly now: Date
  /** Up to where everything was handed over by the answer before; null: unknown. */
  readonly previousWatermark: Date | null
}

/** Pure: the span that a counter's gain makes deaf; null: that outcome says nothing about silence. */
export function spanOf(gained: Gained, answer: AnswerSpan): DeafSpan | null {
  const now = answer.now.getTime()
  if (refusedByLimit.includes(gained.outcome)) {
    const hour = gained.hour.getTime()
    const from = Math.max(hour, answer.previousNow?.getTime() ?? hour)
    return { from, until: Math.min(hour + hourMs, now) + backoffMs }
  }
  // What was lost had been received after all that was handed over, at a moment that nobody knows any more.
  if (lost.includes(gained.outcome)) return { from: answer.previousWatermark?.getTime() ?? 0, until: now }
  return null
}

/**
 * Pure: the span that no counter tells of, since the relay was not heard for longer than its answers go back;
 * null: there is none. What was lost in it had been received after all that was handed over before.
 */
export function untoldSpan(answer: AnswerSpan): DeafSpan | null {
  const toldFrom = firstHourTold(answer.now.getTime())
  const heard = answer.previousNow?.getTime() ?? 0
  if (heard >= toldFrom) return null
  const from = Math.min(heard, answer.previousWatermark?.getTime() ?? heard)
  return { from, until: toldFrom + backoffMs }
}

export async function addDeafSpans(
  trx: Transaction<DB>,
  gains: readonly Gained[],
  answer: AnswerSpan,
): Promise<void> {
  const untold = untoldSpan(answer)
  if (untold) await addDeafSpan(trx, 0, answer.url, 'untold', untold)
  for (const gained of gains) {
    const span = spanOf(gained, answer)
    if (span) await addDeafSpan(trx, gained.projectId, answer.url, gained.outcome, span)
  }
}

/** @param projectId 0: whatever the project */
export async function addDeafSpan(
  trx: Transaction<DB>,
  projectId: number,
  relayUrl: string,
  reason: string,
  span: DeafSpan,
): Promise<void> {
  const joined = await trx
    .updateTable('deaf_spans')
    .set({ until_at: new Date(span.until) })
    .where('project_id', '=', projectId)
    .where('relay_url', '=', relayUrl)
    .where('reason', '=', reason)
    .where('until_at', '>=', new Date(span.from - joinMs))
    .where('until_at', '<=', new Date(span.until))
    .where('from_at', '<=', new Date(span.from))
    .returning('id')
    .executeTakeFirst()
  if (joined) return
  await trx
    .insertInto('deaf_spans')
    .values({
      project_id: projectId,
      relay_url: relayUrl,
      reason,
      from_at: new Date(span.from),
      until_at: new Date(span.until),
    })
    .execute()
}

export type KnownDeafSpan = DeafSpan & { readonly reason: string; readonly relayUrl: string }

/** Those of relays in use that touch the time after `after`, oldest first. */
export async function listDeafSpans(db: Database, projectId: number, after: Date): Promise<KnownDeafSpan[]> {
  const rows = await db
    .selectFrom('deaf_spans')
    .innerJoin('relays', 'relays.url', 'deaf_spans.relay_url')
    .select(['reason', 'relay_url', 'from_at', 'until_at'])
    .where('project_id', 'in', [projectId, 0])
    .where('until_at', '>', after)
    .where('relays.retired_at', 'is', null)
    .orderBy('from_at')
    .execute()
  return rows.map((row) => ({
    reason: row.reason,
    relayUrl: row.relay_url,
    from: row.from_at.getTime(),
    until: row.until_at.getTime(),
  }))
}

export async function deleteDeafSpansBefore(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('deaf_spans').where('until_at', '<', before).execute()
}
