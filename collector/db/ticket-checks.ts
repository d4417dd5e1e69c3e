// Open tracker issues are read one by one from time to time: what was deleted or moved away shows in no list.
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { selectTracked, type TrackedIssue } from './tracker-issues.ts'

/** Takes the one whose look is most overdue; it counts as looked at from now on, so that one worker does it. */
export async function claimTicketCheck(
  db: Database,
  now: Date,
  everyMs: number,
): Promise<TrackedIssue | undefined> {
  const claimed = await db
    .updateTable('tracker_issues')
    .set({ checked_at: now })
    .where('id', '=', (query) =>
      query
        .selectFrom('tracker_issues')
        .select('id')
        .where('state', '=', 'open')
        .where('fate', 'is', null)
        .where((eb) => eb(eb.fn.coalesce('checked_at', 'filed_at'), '<=', new Date(now.getTime() - everyMs)))
        .orderBy((eb) => eb.fn.coalesce('checked_at', 'filed_at'))
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .executeTakeFirst()
  return claimed && selectTracked(db).where('tracker_issues.id', '=', claimed.id).executeTakeFirst()
}

/** The look failed: it is due again at that moment. */
export async function retryTicketCheck(
  db: Database,
  id: number,
  everyMs: number,
  dueAt: Date,
): Promise<void> {
  await db
    .updateTable('tracker_issues')
    .set({ checked_at: new Date(dueAt.getTime() - everyMs) })
    .where('id', '=', id)
    .execute()
}

/** It can't be followed any further. The caller holds the issue's row. False: it was known already. */
export async function markTicketLost(
  trx: Transaction<DB>,
  id: number,
  fate: 'deleted' | 'converted',
): Promise<boolean> {
  const row = await trx
    .updateTable('tracker_issues')
    .set({ fate })
    .where('id', '=', id)
    .where('fate', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * It goes on elsewhere; where it was filed first stays known.
 * @returns false: the tracker issue there is another record's already
 */
export async function markTicketMoved(
  trx: Transaction<DB>,
  ticket: Pick<TrackedIssue, 'id' | 'repository' | 'number'>,
  to: { readonly repository: string; readonly number: number; readonly url: string },
): Promise<boolean> {
  const taken = await trx
    .selectFrom('tracker_issues')
    .select('id')
    .where('repository', '=', to.repository)
    .where('number', '=', to.number)
    .executeTakeFirst()
  if (taken) return false
  await trx
    .updateTable('tracker_issues')
    .set((eb) => ({
      repository: to.repository,
      number: to.number,
      url: to.url,
      reopen_at: null,
      moved_from: eb.fn.coalesce('moved_from', eb.val(`${ticket.repository}#${ticket.number}`)),
    }))
    .where('id', '=', ticket.id)
    .execute()
  return true
}
