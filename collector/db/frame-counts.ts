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

type Scope = { readonly projectIds: readonly number[] | null; readonly now: Date }

/** @param bounds each is counted up to its bound + 1 */
export async function countForFrame(
  db: Database,
  scope: Scope,
  bounds: { readonly unresolved: number; readonly needs: number },
): Promise<FrameCounts> {
  const open = { ...scope, statuses: ['unresolved', 'resolving'] as const, terms: [], me: null }
  const { rows } = await sql<FrameCounts>`
    select ${countRows(matchingIssues(open, bounds.unresolved))} as unresolved,
      ${selectNeeds(scope, bounds.needs)}`.execute(db)
  return rows[0] ?? { unresolved: 0, alarms: 0, storms: 0 }
}

/** Only what asks for somebody. @param bound each is counted up to it + 1 */
export async function countNeeds(
  db: Database,
  scope: Scope,
  bound: number,
): Promise<Pick<FrameCounts, 'alarms' | 'storms'>> {
  const { rows } = await sql<FrameCounts>`select ${selectNeeds(scope, bound)}`.execute(db)
  return rows[0] ?? { alarms: 0, storms: 0 }
}

function selectNeeds(scope: Scope, bound: number): RawBuilder<unknown> {
  const alarms = sql`select from ${openAlerts(scope.now)}
    join issues i on i.id = a.issue_id and i.episode = a.episode
    where ${isAlarm(scope.now)} and not ${isOfStorm(scope.now)} and ${inProjects(sql`i.project_id`, scope)}
    limit ${bound + 1}`
  const storms = sql`select from storms s
    where ${isFreshStorm(scope.now)} and ${inProjects(sql`s.project_id`, scope)} and ${isOpenStorm(scope.now)}
    limit ${bound + 1}`
  return sql`${countRows(alarms)} as alarms, ${countRows(storms)} as storms`
}

const countRows = (rows: RawBuilder<unknown>) => sql`(select count(*)::int from (${rows}) counted)`
