// The detection rules of projects, as their settings say.
import { sql } from 'kysely'
import { type DetectionRules, defaultRules, readDetection, rulesOf } from '../detect/rules.ts'
import type { Database } from './database.ts'

/** Rules of those of the projects that exist. */
export async function readDetectionRules(
  db: Database,
  projectIds: readonly number[],
): Promise<Map<number, DetectionRules>> {
  const rows = await db
    .selectFrom('projects')
    .select(['id', sql<unknown>`settings -> 'detection'`.as('detection')])
    .where('id', 'in', [...new Set(projectIds)])
    .execute()
  return new Map(
    rows.map(({ id, detection }) => [
      id,
      detection === null ? defaultRules : rulesOf(readDetection(detection)),
    ]),
  )
}
