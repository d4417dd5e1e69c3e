// What the frame of every page counts, in one round trip: issues that are open, those that ask for somebody, and the
// storms that do. Each is counted up to a bound, whatever there is.
import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'
import { inProjects, isAlarm, isOfStorm, matchingIssues, openAlerts } from './issue-list.ts'
import { isFreshStorm, isOpenStorm } from './storm-rows.ts'

export type FrameCounts = {
  readonly unresolved: number
  /** Beside those that a storm stands for. */
  readonly alarms: number
  readonly storms: number
}

/** @param bounds each is counted up to its bound + 1 */
export async function countForFrame(
  db: Database,
  scope: { readonly projectIds: readonly number[] | null; readonly now: Date },
  bounds: { readonly unresolved: number; readonly needs: number },
): Promise<FrameCounts> {
  const open = { ...scope, statuses: ['unresolved', 'resolving'] as const, terms: [], me: null }
  const upTo = bounds.needs + 1
  const alarms = sql`select from ${openAlerts(scope.now)}
    join issues i on i.id = a.issue_id and i.episode = a.episode
    where ${isAlarm(scope.now)} and not ${isOfStorm(scope.now)} and ${inProjects(sql`i.project_id`, scope)}
    limit ${upTo}`
  const storms = sql`select from storms s
    where ${isFreshStorm(scope.now)} and ${inProjects(sql`s.project_id`, scope)} and ${isOpenStorm(scope.now)}
    limit ${upTo}`
  const count = (rows: RawBuilder<unknown>) => sql`(select count(*)::int from (${rows}) counted)`
  const { rows } = await sql<FrameCounts>`
    select ${count(matchingIssues(open, bounds.unresolved))} as unresolved, ${count(alarms)} as alarms,
      ${count(storms)} as storms`.execute(db)
  return rows[0] ?? { unresolved: 0, alarms: 0, storms: 0 }
}
