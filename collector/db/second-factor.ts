// The second factor of an account. A code is accepted once: the step it belongs to, and everything before, is
// spent in the same statement that accepts it, so two requests with one code can't both pass.
import { openTotp, sealTotp } from '../access/totp-seal.ts'
import { type Actor, insertAuditEntry } from './audit-log.ts'
import type { Database } from './database.ts'
import { ensureInstallation } from './installation.ts'

/** Seals a secret for a person; the installation has its own from its first start. */
export async function sealTotpSecret(
  db: Database,
  personId: number,
  secret: string,
  now: Date,
): Promise<string> {
  const { markerSecret } = await ensureInstallation(db, now)
  return sealTotp({ installationSecret: markerSecret, personId }, secret)
}

/** The other way round. */
export async function openTotpSecret(
  db: Database,
  personId: number,
  sealed: string,
  now: Date,
): Promise<string> {
  const { markerSecret } = await ensureInstallation(db, now)
  return openTotp({ installationSecret: markerSecret, personId }, sealed)
}

/** True for the one caller who spent this step. */
export async function spendTotpStep(db: Database, personId: number, step: number): Promise<boolean> {
  const result = await db
    .updateTable('people')
    .set({ totp_step: step })
    .where('id', '=', personId)
    .where((eb) => eb.or([eb('totp_step', 'is', null), eb('totp_step', '<', step)]))
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** True for the one caller who spent this recovery code. */
export async function spendRecoveryCode(
  db: Database,
  personId: number,
  codeHash: string,
  now: Date,
): Promise<boolean> {
  const result = await db
    .updateTable('recovery_codes')
    .set({ used_at: now })
    .where('person_id', '=', personId)
    .where('code_hash', '=', codeHash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function countRecoveryCodes(db: Database, personId: number): Promise<number> {
  const row = await db
    .selectFrom('recovery_codes')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('person_id', '=', personId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return row.count
}

/** Turns the second factor on; earlier recovery codes are gone. */
export async function setTotp(
  db: Database,
  person: { readonly id: number; readonly email: string },
  values: {
    readonly sealedSecret: string
    readonly step: number
    readonly recoveryHashes: readonly string[]
  },
  actor: Actor,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('people')
      .set({ totp_secret: values.sealedSecret, totp_step: values.step })
      .where('id', '=', person.id)
      .execute()
    await trx.deleteFrom('recovery_codes').where('person_id', '=', person.id).execute()
    await trx
      .insertInto('recovery_codes')
      .values(values.recoveryHashes.map((hash) => ({ person_id: person.id, code_hash: hash, used_at: null })))
      .execute()
    const entry = { action: 'second-factor.added', subject: person.email, projectId: null }
    await insertAuditEntry(trx, actor, entry, now)
  })
}

/** Turns it off, by the person or by an admin for one who lost both phone and codes. */
export async function removeTotp(
  db: Database,
  person: { readonly id: number; readonly email: string },
  actor: Actor,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const result = await trx
      .updateTable('people')
      .set({ totp_secret: null, totp_step: null })
      .where('id', '=', person.id)
      .where('totp_secret', 'is not', null)
      .executeTakeFirst()
    if (result.numUpdatedRows === 0n) return
    await trx.deleteFrom('recovery_codes').where('person_id', '=', person.id).execute()
    const entry = { action: 'second-factor.removed', subject: person.email, projectId: null }
    await insertAuditEntry(trx, actor, entry, now)
  })
}
