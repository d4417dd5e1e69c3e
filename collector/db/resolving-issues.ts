// Issues whose quiet period runs.
import { sql } from 'kysely'
import type { Fix } from '../detect/fix.ts'
import type { Database } from './database.ts'

export type ResolvingIssue = {
  readonly id: number
  readonly projectId: number
  readonly closedAt: Date
  readonly quietMs: number
  readonly fix: Fix | null
}

/**
 * Resolving issues about which something may be decided: closed long enough ago, or something happened
 * after the close. The rest waits and is not read.
 * @param at.heardAt  up to where every relay was heard
 * @param at.quietMs  for issues that have no length of their own
 * @param at.afterId  where the last look ended; issues that must wait don't hold up those behind them
 */
export async function listDecidableIssues(
  db: Database,
  at: { readonly heardAt: Date; readonly quietMs: number; readonly afterId: number },
  limit: number,
): Promise<ResolvingIssue[]> {
  const quietMs = sql<number>`coalesce(quiet_ms, ${at.quietMs}::bigint)`
  const rows = await db
    .selectFrom('issues')
    .select(['id', 'project_id', 'closed_at', 'fix', quietMs.as('quiet')])
    .where('status', '=', 'resolving')
    .where('closed_at', 'is not', null)
    .where('id', '>', at.afterId)
    .where((eb) =>
      eb.or([
        sql<boolean>`closed_at + ${quietMs} * interval '1 millisecond' <= ${at.heardAt}::timestamptz`,
        eb('last_occurred_at', '>', eb.ref('closed_at')),
      ]),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    projectId: row.project_id,
    closedAt: row.closed_at as Date,
    quietMs: row.quiet,
    fix: row.fix,
  }))
}
