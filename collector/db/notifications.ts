// What happened that people may be told of: written once, in the transaction that made it happen; handed out to
// the destinations that want to hear of it; dropped after 30 days.
import type { Transaction } from 'kysely'
import { z } from 'zod'
import { readChoice } from '../notify/destination.ts'
import type { NotifyKind } from '../notify/kinds.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

export type NewNotification = {
  /** Names the occurrence; one that is known is not written again. */
  readonly key: string
  readonly kind: NotifyKind
  readonly projectId: number | null
  readonly issueId: number | null
  readonly at: Date
  /** `reason` in words, and what else is known. */
  readonly facts: Readonly<Record<string, unknown>>
}

export async function insertNotifications(
  trx: Database,
  notifications: readonly NewNotification[],
): Promise<void> {
  if (notifications.length === 0) return
  await trx
    .insertInto('notifications')
    .values((eb) =>
      notifications.map((one) => ({
        key: one.key,
        kind: one.kind,
        project_id:
          one.projectId ??
          (one.issueId === null
            ? null
            : eb.selectFrom('issues').select('project_id').where('id', '=', one.issueId)),
        issue_id: one.issueId,
        at: one.at,
        facts: JSON.stringify(one.facts),
      })),
    )
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
}

/** What changes of an issue people are told of. */
const kindOfChange: Readonly<Record<string, NotifyKind>> = {
  filed: 'filed',
  regressed: 'regression',
  escalated: 'escalation',
  resolved: 'resolved',
  filing_failed: 'filing_failed',
  // The trouble goes on with nothing at the tracker to show for it.
  ticket_lost: 'filing_failed',
}

const commentFacts = z.object({ name: z.string(), mentioned: z.array(z.number()).min(1) })

/** A comment is told where it names somebody, with who wrote it. */
function mentionIn(change: WrittenChange): { readonly reason: string } | null {
  const read = change.kind === 'comment' ? commentFacts.safeParse(change.facts) : null
  return read?.success ? { reason: `${read.data.name}: ${change.reason}` } : null
}

export type WrittenChange = {
  readonly id: number
  readonly issue_id: number
  readonly kind: string
  readonly reason: string
  readonly at: Date
  readonly facts: Readonly<Record<string, unknown>>
}

/** To be called with rows of the timeline in the transaction that wrote them. */
export async function notifyOfChanges(
  trx: Transaction<DB>,
  changes: readonly WrittenChange[],
): Promise<void> {
  // The regression that escalates is told as the escalation.
  const escalated = new Set(changes.filter((c) => c.kind === 'escalated').map((c) => c.issue_id))
  const regression = (issueId: number) =>
    changes.find((c) => c.issue_id === issueId && c.kind === 'regressed')
  await insertNotifications(
    trx,
    changes.flatMap((change) => {
      const mention = mentionIn(change)
      const kind = mention ? 'mention' : kindOfChange[change.kind]
      if (!kind || (kind === 'regression' && escalated.has(change.issue_id))) return []
      const before = kind === 'escalation' ? regression(change.issue_id) : undefined
      const reason = mention?.reason ?? (before ? `${before.reason} ${change.reason}` : change.reason)
      return [
        {
          key: `change:${change.id}`,
          kind,
          projectId: null,
          issueId: change.issue_id,
          at: change.at,
          facts: { reason, ...(before ? before.facts : change.facts) },
        },
      ]
    }),
  )
}

/**
 * Hands out the oldest notification: its text is fixed as things stand, and each destination that wants it gets
 * a delivery. Of several collectors one does it.
 * @returns false: none was waiting
 */
export async function fanOutNext(db: Database, now: Date): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const next = await trx
      .selectFrom('notifications')
      .select(['id', 'kind', 'project_id', 'issue_id', 'facts'])
      .where('fanned_at', 'is', null)
      .orderBy('id')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (!next) return false
    const told = { ...next.facts, ...(await describeSubject(trx, next.project_id, next.issue_id)) }
    await trx
      .updateTable('notifications')
      .set({ fanned_at: now, facts: JSON.stringify(told) })
      .where('id', '=', next.id)
      .execute()
    const destinations = await trx
      .selectFrom('destinations')
      .select(['id', 'choice'])
      .where('paused_at', 'is', null)
      .orderBy('id')
      .execute()
    const wanting = destinations.filter((destination) => {
      const { kinds, projectIds } = readChoice(destination.choice)
      const isItsProject =
        next.project_id === null || projectIds === null || projectIds.includes(next.project_id)
      return isItsProject && kinds.some((kind) => kind === next.kind)
    })
    if (wanting.length === 0) return true
    const ids = wanting.map(({ id }) => id)
    await trx
      .insertInto('deliveries')
      .values(ids.map((id) => ({ notification_id: next.id, destination_id: id, run_at: now })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    // One that waits for a later moment is looked at now all the same.
    await trx.updateTable('destinations').set({ next_at: now }).where('id', 'in', ids).execute()
    return true
  })
}

async function describeSubject(
  trx: Transaction<DB>,
  projectId: number | null,
  issueId: number | null,
): Promise<Record<string, unknown>> {
  const project =
    projectId === null
      ? undefined
      : await trx
          .selectFrom('projects')
          .select(['slug', 'name'])
          .where('id', '=', projectId)
          .executeTakeFirst()
  const issue =
    issueId === null
      ? undefined
      : await trx
          .selectFrom('issues')
          .select(['id', 'number', 'title', 'culprit', 'level', 'event_count as events'])
          .select('user_count as users')
          .where('id', '=', issueId)
          .executeTakeFirst()
  const trackerIssue = issue
    ? await trx
        .selectFrom('tracker_issues')
        .select(['repository', 'number', 'url'])
        .where('issue_id', '=', issue.id)
        .orderBy('episode', 'desc')
        .limit(1)
        .executeTakeFirst()
    : undefined
  return {
    project: project ?? null,
    ...(issue ? { issue } : {}),
    ...(trackerIssue ? { trackerIssue } : {}),
  }
}

/** Deliveries go with them; messages are dropped apart. */
export async function dropOldNotifications(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('notifications').where('at', '<', before).execute()
  await db.deleteFrom('messages').where('created_at', '<', before).where('done_at', 'is not', null).execute()
}
