// Accounts at the single sign-on provider: who is meant by an issuer's subject. The subject is what counts; an
// address may change hands.
import { type Actor, insertAuditEntry } from './audit-log.ts'
import type { Database } from './database.ts'
import type { Person } from './people.ts'

export type Identity = { readonly issuer: string; readonly subject: string }

/** @returns undefined: not linked, or the account is disabled */
export async function findPersonByIdentity(
  db: Database,
  identity: Identity,
): Promise<(Person & { readonly isDisabled: boolean }) | undefined> {
  const row = await db
    .selectFrom('person_identities')
    .innerJoin('people', 'people.id', 'person_identities.person_id')
    .select(['people.id', 'people.email', 'people.name', 'people.role', 'people.disabled_at'])
    .where('issuer', '=', identity.issuer)
    .where('subject', '=', identity.subject)
    .executeTakeFirst()
  if (!row) return undefined
  const { disabled_at, ...person } = row
  return { ...person, isDisabled: disabled_at !== null }
}

/** Links a subject to an account; one that is linked already stays as it is. */
export async function linkIdentity(
  db: Database,
  identity: Identity,
  person: Person,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const result = await trx
      .insertInto('person_identities')
      .values({
        issuer: identity.issuer,
        subject: identity.subject,
        person_id: person.id,
        created_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (result.numInsertedOrUpdatedRows === 0n) return
    const actor: Actor = { name: person.name, personId: person.id }
    const facts = { issuer: identity.issuer }
    await insertAuditEntry(
      trx,
      actor,
      { action: 'single-sign-on.linked', subject: person.email, projectId: null, facts },
      now,
    )
  })
}
