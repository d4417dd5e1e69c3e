// Which project an issue is of: what rights are checked by.
import type { Database } from './database.ts'

/** @param id as in an address; undefined: there is no such issue */
export async function findIssueProject(db: Database, id: string): Promise<number | undefined> {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const row = await db
    .selectFrom('issues')
    .select('project_id')
    .where('id', '=', Number(id))
    .executeTakeFirst()
  return row?.project_id
}
