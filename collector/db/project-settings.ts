// Settings of a project, each subject under its own key of `projects.settings`; keys that this program does
// not know are kept.
import { sql } from 'kysely'
import { AppError } from '../../shared/errors.ts'
import type { FilingChange } from '../trackers/filing-settings.ts'
import { retryAlerts } from './alerts.ts'
import type { Database } from './database.ts'

/** Merges a change into the `filing` of a project, and tries at once what waited for it. */
export async function updateFilingSettings(
  db: Database,
  projectId: number,
  change: FilingChange,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('projects')
      .set({
        settings: sql`jsonb_set(settings, '{filing}',
          coalesce(settings->'filing', '{}'::jsonb) || ${JSON.stringify(change)}::jsonb)`,
      })
      .where('id', '=', projectId)
      .returning('id')
      .executeTakeFirst()
    if (!row) throw new AppError('not_found', 'There is no such project.')
    await retryAlerts(trx, projectId, now)
  })
}
