// Saving how a project is filed: what waited for it, or was refused under the former settings, is tried at once.
import { type FilingSettings, filingSubject } from '../trackers/filing-settings.ts'
import { retryAlerts } from './alerts.ts'
import type { Actor } from './audit-log.ts'
import type { Database } from './database.ts'
import { saveProjectSettings } from './kept-settings.ts'
import { retryStorms } from './storms.ts'

export async function saveFilingSettings(
  db: Database,
  projectId: number,
  settings: FilingSettings,
  actor: Actor,
  now: Date,
): Promise<void> {
  await saveProjectSettings(db, projectId, filingSubject, settings, actor, now)
  await retryFiling(db, projectId, now)
}

/** Alerts and storms of a project whose create is not under way become due. */
export async function retryFiling(db: Database, projectId: number, now: Date): Promise<void> {
  await retryAlerts(db, projectId, now)
  await retryStorms(db, projectId, now)
}
