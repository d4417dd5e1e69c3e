// What apps dropped before it reached us, as their client reports say: summed up by project, hour of the relay's
// received-at, reason and category.
import { type Insertable, sql, type Transaction } from 'kysely'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

export type DiscardCount = Insertable<DB['client_discards']>

/** Pairs of reason and category that a project keeps apart in one hour; what is new after that is other. */
export const maxDiscardKinds = 50
/** Where a count ends, so that no sum of hours and kinds passes what a bigint and a number can hold. */
const maxCount = 1_000_000_000_000

const kindOf = (row: DiscardCount) => JSON.stringify([row.project_id, row.hour, row.reason, row.category])
const asOther = (row: DiscardCount) => ({ ...row, reason: '', category: '' })

function sumUp(counts: readonly DiscardCount[]): DiscardCount[] {
  const sums = new Map<string, DiscardCount>()
  for (const row of counts) {
    const sum = sums.get(kindOf(row))
    if (sum) sum.count = Math.min(maxCount, sum.count + row.count)
    else sums.set(kindOf(row), { ...row })
  }
  return sortedBy(sums.values(), kindOf)
}

/**
 * The caller has counted the items that said so and holds the rows of those counts (project, hour, client_report),
 * so that of two collectors only one at a time looks for room for a new kind.
 */
export async function addClientDiscards(
  trx: Transaction<DB>,
  counts: readonly DiscardCount[],
): Promise<void> {
  if (counts.length === 0) return
  const bounded = await boundKinds(trx, sumUp(counts))
  await inChunks(sumUp(bounded), (rows) =>
    trx
      .insertInto('client_discards')
      .columns(columnsOf(rows))
      .expression(fromRows('client_discards', rows))
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'hour', 'reason', 'category']).doUpdateSet({
          count: sql<number>`least(client_discards.count + excluded.count, ${maxCount}::bigint)`,
        }),
      )
      .execute(),
  )
}

/** The same counts, those of too many kinds under other. */
async function boundKinds(trx: Transaction<DB>, rows: readonly DiscardCount[]): Promise<DiscardCount[]> {
  const bounded: DiscardCount[] = []
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.project_id, row.hour]))
  for (const group of groups.values()) {
    const [{ project_id, hour }] = group as [DiscardCount]
    const known = await trx
      .selectFrom('client_discards')
      .selectAll()
      .where('project_id', '=', project_id)
      .where('hour', '=', hour)
      .execute()
    const kinds = new Set(known.map(kindOf))
    for (const row of group) {
      const kind = kindOf(row)
      if (kinds.size < maxDiscardKinds) kinds.add(kind)
      bounded.push(kinds.has(kind) ? row : asOther(row))
    }
  }
  return bounded
}

export type ProjectDiscards = {
  readonly projectId: number
  /** The largest first. */
  readonly kinds: readonly { readonly reason: string; readonly category: string; readonly count: number }[]
  /** What further kinds add up to. */
  readonly others: number
}

const projectsListed = 20
const kindsListed = 5

/**
 * Of the hours from `since` on, the projects that dropped most first.
 * @param projectIds null: of all projects
 */
export async function listClientDiscards(
  db: Database,
  since: Date,
  projectIds: readonly number[] | null = null,
): Promise<ProjectDiscards[]> {
  const scope = projectIds === null ? sql`` : sql`and project_id = any(${[...projectIds]}::bigint[])`
  const { rows } = await sql<{
    project_id: number
    total: number
    reason: string
    category: string
    count: number
  }>`
    with kinds as (
      select project_id, reason, category, sum(count)::bigint as count
      from client_discards where hour >= ${since} ${scope} group by 1, 2, 3
    ), ranked as (
      select kinds.*, sum(count) over (partition by project_id)::bigint as total,
        row_number() over (partition by project_id order by count desc, category, reason) as place
      from kinds
    )
    select project_id, total, reason, category, count from ranked where place <= ${kindsListed}
    order by total desc, project_id, place limit ${projectsListed * kindsListed}`.execute(db)
  const projects = [...Map.groupBy(rows, (row) => row.project_id)].slice(0, projectsListed)
  return projects.map(([projectId, own]) => ({
    projectId,
    kinds: own.map(({ reason, category, count }) => ({ reason, category, count })),
    others: own.reduce((rest, { count }) => rest - count, own[0]?.total ?? 0),
  }))
}

export async function deleteClientDiscardsBefore(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('client_discards').where('hour', '<', before).execute()
}
