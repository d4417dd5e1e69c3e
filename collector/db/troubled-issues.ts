// Issues in trouble that nothing has filed yet: what slow burn looks at.
import { type Selectable, sql, type Transaction } from 'kysely'
import type { Decision } from '../detect/detect.ts'
import type { Database } from './database.ts'
import { columnsOf, writeDecisions } from './detection-state.ts'
import type { DB } from './schema.ts'

/** Those that have waited for as long as their project says, oldest first; their ids. */
export async function listSmouldering(db: Database, now: Date, limit: number): Promise<number[]> {
  const setting = (path: string) => sql`projects.settings #>> ${sql.lit(`{detection,${path}}`)}`
  const rows = await db
    .selectFrom('issues')
    .innerJoin('projects', 'projects.id', 'issues.project_id')
    .select('issues.id')
    .where('issues.trouble_since', 'is not', null)
    .where('issues.status', '=', 'unresolved')
    .where('issues.in_episode', '=', false)
    .where(sql<boolean>`coalesce((${setting('slowBurn,on')})::boolean, true)`)
    .where(sql<boolean>`issues.trouble_since <= ${now}::timestamptz
      - coalesce((${setting('slowBurn,minutes')})::integer, 60) * interval '1 minute'`)
    .where(sql<boolean>`issues.user_count >= coalesce((${setting('only,users')})::bigint, 0)`)
    .orderBy('issues.trouble_since')
    .orderBy('issues.id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/** Holds the issue's row and decides about it, in one transaction. False: there was nothing to decide. */
export async function decideAboutIssue(
  db: Database,
  issueId: number,
  decide: (trx: Transaction<DB>, issue: Selectable<DB['issues']>) => Promise<Decision>,
  now: Date,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const issue = await trx
      .selectFrom('issues')
      .selectAll()
      .where('id', '=', issueId)
      .forUpdate()
      .executeTakeFirst()
    if (!issue) return false
    const decision = await decide(trx, issue)
    if (decision.changes.length === 0) return false
    await trx.updateTable('issues').set(columnsOf(decision.state)).where('id', '=', issueId).execute()
    await writeDecisions(trx, [{ issue: { id: issueId, projectId: issue.project_id }, decision }], now)
    return true
  })
}
