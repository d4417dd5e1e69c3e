// Issues that look like another one: of the same type in the same project, those of the same culprit first.
import { sql } from 'kysely'
import type { Database } from './database.ts'

// How many of a type are looked at; a type that everything shares tells nothing anyway.
const lookedAt = 200

/** @returns ids, most alike first */
export async function listSimilarIssues(
  db: Database,
  issue: {
    readonly id: number
    readonly projectId: number
    readonly titleType: string | null
    readonly culprit: string
  },
  limit: number,
): Promise<number[]> {
  if (issue.titleType === null) return []
  const { rows } = await sql<{ id: number }>`
    select id from (
      select id, culprit, last_seen_at from issues
      where project_id = ${issue.projectId} and title_type = ${issue.titleType} and id <> ${issue.id}
        and status <> 'merged'
      order by last_seen_at desc limit ${lookedAt}
    ) alike
    order by (culprit = ${issue.culprit}) desc, last_seen_at desc, id desc limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}
