// Issues whose time of being ignored is over although no event came to say so.
import type { Database } from './database.ts'
import { changeIssueStatus } from './issue-status.ts'

/** Reopens the one that is due longest. @returns false: none is due */
export async function reopenNextIgnored(db: Database, now: Date): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const due = await trx
      .selectFrom('issues')
      .select('id')
      .where('ignored_until', '<=', now)
      .where('status', '=', 'ignored')
      .orderBy('ignored_until')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (!due) return false
    const reason = 'The time that it was ignored for is over.'
    return changeIssueStatus(trx, { issueId: due.id, to: 'unresolved', at: now, actor: 'postern', reason })
  })
}
