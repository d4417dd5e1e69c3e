// Which tags a kept event has, as marks (collector/pipeline/tag-marks.ts): its tags stand in the payload alone.
// Events that were stored before have none.
import type { Kysely } from 'kysely'
import { runStatements } from './run-statements.ts'

const ddl = `
alter table events add column tag_marks text;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await runStatements(db, ddl)
}
