// Invitations: one-time links by which somebody makes an account, or sets a new password for the one there is.
// Only the link's hash is kept; whoever made it hands it on.
import { type Actor, insertAuditEntry } from './audit-log.ts'
import type { Database } from './database.ts'
import { canonicalEmail, insertPerson, type Person, setPassword } from './people.ts'
import type { Role } from './schema.ts'

export const invitationDays = 7

export type Invitation = {
  readonly id: number
  readonly email: string
  readonly role: Role
  /** Ids of the projects that the account will see; null: all. */
  readonly projectIds: readonly number[] | null
  readonly expiresAt: Date
  readonly invitedBy: string | null
}

export async function insertInvitation(
  db: Database,
  values: {
    readonly tokenHash: string
    readonly email: string
    readonly role: Role
    readonly projectIds: readonly number[] | null
  },
  actor: Actor,
  now: Date,
): Promise<void> {
  const email = canonicalEmail(values.email)
  await db.transaction().execute(async (trx) => {
    // A newer link replaces the older one: what was handed to the wrong person stops working.
    await trx
      .updateTable('invitations')
      .set({ withdrawn_at: now })
      .where('email', '=', email)
      .where('used_at', 'is', null)
      .where('withdrawn_at', 'is', null)
      .execute()
    await trx
      .insertInto('invitations')
      .values({
        token_hash: values.tokenHash,
        email,
        role: values.role,
        project_ids: values.projectIds && JSON.stringify(values.projectIds),
        invited_by: actor.personId,
        created_at: now,
        expires_at: new Date(now.getTime() + invitationDays * 86_400_000),
      })
      .execute()
    const facts = { role: values.role, projects: values.projectIds ?? 'all' }
    await insertAuditEntry(
      trx,
      actor,
      { action: 'person.invited', subject: email, projectId: null, facts },
      now,
    )
  })
}

const open = (db: Database, now: Date) =>
  db
    .selectFrom('invitations')
    .leftJoin('people', 'people.id', 'invitations.invited_by')
    .select([
      'invitations.id',
      'invitations.email',
      'invitations.role',
      'invitations.project_ids',
      'invitations.expires_at',
      'people.name as inviter',
    ])
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now)

type Row = Awaited<ReturnType<ReturnType<typeof open>['execute']>>[number]
const fromRow = (row: Row): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role,
  projectIds: row.project_ids,
  expiresAt: row.expires_at,
  invitedBy: row.inviter,
})

export async function findInvitation(
  db: Database,
  by: { readonly tokenHash: string } | { readonly email: string },
  now: Date,
): Promise<Invitation | undefined> {
  const query = open(db, now)
  const row = await ('tokenHash' in by
    ? query.where('token_hash', '=', by.tokenHash)
    : query.where('invitations.email', '=', canonicalEmail(by.email))
  ).executeTakeFirst()
  return row && fromRow(row)
}

export async function listInvitations(db: Database, now: Date): Promise<Invitation[]> {
  const rows = await open(db, now).orderBy('invitations.id', 'desc').execute()
  return rows.map(fromRow)
}

export async function withdrawInvitation(db: Database, id: number, actor: Actor, now: Date): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('invitations')
      .set({ withdrawn_at: now })
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .where('withdrawn_at', 'is', null)
      .returning('email')
      .executeTakeFirst()
    if (!row) return
    const entry = { action: 'invitation.withdrawn', subject: row.email, projectId: null }
    await insertAuditEntry(trx, actor, entry, now)
  })
}

/**
 * Uses an invitation: makes the account, or gives the one with this address the new password (and ends its
 * sessions).
 * @param given passwordHash null: an account that signs in by single sign-on alone
 * @returns undefined: used, withdrawn or expired meanwhile
 */
export async function useInvitation(
  db: Database,
  invitation: Invitation,
  given: { readonly name: string; readonly passwordHash: string | null },
  now: Date,
): Promise<Person | undefined> {
  return db.transaction().execute(async (trx) => {
    const used = await trx
      .updateTable('invitations')
      .set({ used_at: now })
      .where('id', '=', invitation.id)
      .where('used_at', 'is', null)
      .where('withdrawn_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    if (used.numUpdatedRows !== 1n) return undefined
    const { email, role, projectIds } = invitation
    const made = await insertPerson(trx, { ...given, email, role, projectIds }, now)
    if (made) {
      const actor = { name: made.name, personId: made.id }
      await insertAuditEntry(trx, actor, { action: 'person.joined', subject: email, projectId: null }, now)
      return made
    }
    if (given.passwordHash === null) return undefined
    return setPassword(trx, email, given.passwordHash, now)
  })
}
