// The settings kept in the database, read and written by subject. A write holds the row, so that two people who
// save different subjects at once keep both.
import {
  changedFields,
  readSubject,
  type SettingsSubject,
  type StoredSettings,
  withSubject,
} from '../settings-subject.ts'
import { type Actor, insertAuditEntry } from './audit-log.ts'
import type { Database } from './database.ts'
import { raiseProjectsVersion } from './installation.ts'

/** What one subject says for a project, with defaults; a project that is gone has the defaults. */
export async function readProjectSettings<T extends object>(
  db: Database,
  projectId: number,
  subject: SettingsSubject<T>,
): Promise<T> {
  const row = await db
    .selectFrom('projects')
    .select('settings')
    .where('id', '=', projectId)
    .executeTakeFirst()
  return readSubject(row?.settings ?? {}, subject)
}

export async function readInstallationSettings<T extends object>(
  db: Database,
  subject: SettingsSubject<T>,
): Promise<T> {
  const row = await db.selectFrom('installation').select('settings').executeTakeFirst()
  return readSubject(row?.settings ?? {}, subject)
}

/** What a save changes: the new settings, and the audit entry's facts; null: nothing differs. */
function change<T extends object>(settings: StoredSettings, subject: SettingsSubject<T>, value: T) {
  const facts = changedFields(readSubject(settings, subject), value)
  if (Object.keys(facts).length === 0) return null
  return { settings: JSON.stringify(withSubject(settings, subject.key, value)), facts }
}

/** Saves one subject of a project with its audit entry; saving what is there already writes nothing. */
export async function saveProjectSettings<T extends object>(
  db: Database,
  projectId: number,
  subject: SettingsSubject<T>,
  value: T,
  actor: Actor,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('projects')
      .select('settings')
      .where('id', '=', projectId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const changed = change(row.settings, subject, value)
    if (!changed) return
    await trx
      .updateTable('projects')
      .set({ settings: changed.settings })
      .where('id', '=', projectId)
      .execute()
    if (subject.isPushed) await raiseProjectsVersion(trx, now)
    const entry = { action: 'settings.saved', subject: subject.key, projectId, facts: changed.facts }
    await insertAuditEntry(trx, actor, entry, now)
  })
}

/** The same for the whole installation. */
export async function saveInstallationSettings<T extends object>(
  db: Database,
  subject: SettingsSubject<T>,
  value: T,
  actor: Actor,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx.selectFrom('installation').select('settings').forUpdate().executeTakeFirstOrThrow()
    const changed = change(row.settings, subject, value)
    if (!changed) return
    await trx.updateTable('installation').set({ settings: changed.settings }).execute()
    const entry = { action: 'settings.saved', subject: subject.key, projectId: null, facts: changed.facts }
    await insertAuditEntry(trx, actor, entry, now)
  })
}
