// Accounts. Addresses are stored trimmed and in lower case; so are they looked up.
import { sql } from 'kysely'
import { AppError } from '../../shared/errors.ts'
import { type Actor, insertAuditEntry } from './audit-log.ts'
import type { Database } from './database.ts'
import type { Role } from './schema.ts'

export type Person = {
  readonly id: number
  readonly email: string
  readonly name: string
  readonly role: Role
}

export type Account = Person & {
  /** null: signs in by single sign-on alone. */
  readonly passwordHash: string | null
  /** The secret of the second factor as it is kept, see access/totp-seal.ts; null: no second factor. */
  readonly sealedTotp: string | null
}

export type Member = Person & {
  readonly createdAt: Date
  readonly disabledAt: Date | null
  /** Ids of the projects this person sees; null: all. */
  readonly projectIds: readonly number[] | null
  readonly hasPassword: boolean
  readonly hasTotp: boolean
  readonly hasSso: boolean
  readonly lastSeenAt: Date | null
}

/** The form in which an address is stored and compared. */
export function canonicalEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase()
}

const accountColumns = ['id', 'email', 'name', 'role', 'password_hash', 'totp_secret'] as const
type AccountRow = Person & { password_hash: string | null; totp_secret: string | null }
const toAccount = ({ password_hash, totp_secret, ...person }: AccountRow): Account => ({
  ...person,
  passwordHash: password_hash,
  sealedTotp: totp_secret,
})

/** Someone by address, with the password's hash: for signing in only. Disabled accounts are not found. */
export async function findAccountByEmail(db: Database, email: string): Promise<Account | undefined> {
  const row = await db
    .selectFrom('people')
    .select(accountColumns)
    .where('email', '=', canonicalEmail(email))
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return row && toAccount(row)
}

export async function findAccount(db: Database, id: number): Promise<Account | undefined> {
  const row = await db
    .selectFrom('people')
    .select(accountColumns)
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return row && toAccount(row)
}

/** True where the address has an account, disabled or not. */
export async function isKnownEmail(db: Database, email: string): Promise<boolean> {
  const query = db.selectFrom('people').select('id').where('email', '=', canonicalEmail(email))
  return (await query.executeTakeFirst()) !== undefined
}

/** True once anybody has an account. */
export async function hasPeople(db: Database): Promise<boolean> {
  return (await db.selectFrom('people').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** @returns undefined where the address has an account already; nothing is changed then */
export async function insertPerson(
  db: Database,
  person: {
    readonly email: string
    readonly name: string
    readonly passwordHash: string | null
    readonly role: Role
    /** Absent or null: all. */
    readonly projectIds?: readonly number[] | null
  },
  now: Date,
): Promise<Person | undefined> {
  const projectIds = person.projectIds ?? null
  const made = await db
    .insertInto('people')
    .values({
      email: canonicalEmail(person.email),
      name: person.name,
      password_hash: person.passwordHash,
      role: person.role,
      created_at: now,
      all_projects: projectIds === null,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning(['id', 'email', 'name', 'role'])
    .executeTakeFirst()
  if (made && projectIds) await replaceProjects(db, made.id, projectIds)
  return made
}

/** Projects that are gone meanwhile are left out. */
async function replaceProjects(trx: Database, personId: number, ids: readonly number[]): Promise<void> {
  await trx.deleteFrom('project_people').where('person_id', '=', personId).execute()
  if (ids.length === 0) return
  await trx
    .insertInto('project_people')
    .columns(['person_id', 'project_id'])
    .expression((eb) =>
      eb
        .selectFrom('projects')
        .select([sql<number>`${personId}::bigint`.as('person_id'), 'projects.id'])
        .where('projects.id', 'in', ids),
    )
    .execute()
}

/** Lets somebody who sees some projects see one more: the one they made. */
export async function addProjectOf(db: Database, personId: number, projectId: number): Promise<void> {
  await db
    .insertInto('project_people')
    .values({ person_id: personId, project_id: projectId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Ids of the projects that this person may see; null: all. Admins see all. */
export async function projectIdsOf(db: Database, personId: number): Promise<readonly number[] | null> {
  const row = await db
    .selectFrom('people')
    .select(['role', 'all_projects'])
    .select(
      sql<number[]>`array(select project_id::float8 from project_people where person_id = people.id)`.as(
        'ids',
      ),
    )
    .where('id', '=', personId)
    .executeTakeFirst()
  if (!row) return []
  return row.role === 'admin' || row.all_projects ? null : row.ids
}

/** Everybody, disabled ones last. */
export async function listMembers(db: Database): Promise<Member[]> {
  const { rows } = await sql<
    Person & {
      created_at: Date
      disabled_at: Date | null
      all_projects: boolean
      project_ids: number[]
      has_password: boolean
      has_totp: boolean
      has_sso: boolean
      last_seen_at: Date | null
    }
  >`select p.id, p.email, p.name, p.role, p.created_at, p.disabled_at, p.all_projects,
      array(select project_id::float8 from project_people where person_id = p.id) as project_ids,
      p.password_hash is not null as has_password, p.totp_secret is not null as has_totp,
      exists (select from person_identities where person_id = p.id) as has_sso,
      (select max(last_seen_at) from login_sessions where person_id = p.id) as last_seen_at
    from people p order by p.disabled_at is not null, lower(p.name), p.id`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    projectIds: row.role === 'admin' || row.all_projects ? null : row.project_ids,
    hasPassword: row.has_password,
    hasTotp: row.has_totp,
    hasSso: row.has_sso,
    lastSeenAt: row.last_seen_at,
  }))
}

export type MemberChange = {
  readonly role: Role
  readonly projectIds: readonly number[] | null
  readonly disabled: boolean
}

/**
 * Changes what somebody may do. Who is disabled is signed out everywhere.
 * @throws AppError 'not_found', 'conflict': nobody would be left who may administer
 */
export async function updateMember(
  db: Database,
  id: number,
  change: MemberChange,
  actor: Actor,
  now: Date,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // Two admins who demote each other at once must not both succeed.
    await lockPeople(trx)
    const before = (await listMembers(trx)).find((one) => one.id === id)
    if (!before) throw new AppError('not_found', 'There is no such person.')
    await trx
      .updateTable('people')
      .set({
        role: change.role,
        all_projects: change.projectIds === null,
        disabled_at: change.disabled ? (before.disabledAt ?? now) : null,
      })
      .where('id', '=', id)
      .execute()
    await replaceProjects(trx, id, change.projectIds ?? [])
    if (change.disabled) await trx.deleteFrom('login_sessions').where('person_id', '=', id).execute()
    const admins = await trx
      .selectFrom('people')
      .select('id')
      .where('role', '=', 'admin')
      .where('disabled_at', 'is', null)
      .limit(1)
      .execute()
    if (admins.length === 0) throw new AppError('conflict', 'Somebody has to stay admin.')
    const facts = {
      ...(before.role === change.role ? {} : { role: { from: before.role, to: change.role } }),
      projects: change.projectIds ?? 'all',
      ...(change.disabled ? { disabled: true } : {}),
    }
    const entry = { action: 'person.changed', subject: before.email, projectId: null, facts }
    await insertAuditEntry(trx, actor, entry, now)
  })
}

export async function renamePerson(db: Database, id: number, name: string): Promise<void> {
  await db.updateTable('people').set({ name }).where('id', '=', id).execute()
}

/** A new password by the person or by a link; every login session ends. @returns undefined: disabled or gone */
export async function setPassword(
  trx: Database,
  email: string,
  passwordHash: string,
  now: Date,
): Promise<Person | undefined> {
  const person = await trx
    .updateTable('people')
    .set({ password_hash: passwordHash })
    .where('email', '=', canonicalEmail(email))
    .where('disabled_at', 'is', null)
    .returning(['id', 'email', 'name', 'role'])
    .executeTakeFirst()
  if (!person) return undefined
  await trx.deleteFrom('login_sessions').where('person_id', '=', person.id).execute()
  const actor = { name: person.name, personId: person.id }
  const entry = { action: 'password.changed', subject: person.email, projectId: null }
  await insertAuditEntry(trx, actor, entry, now)
  return person
}

/** Writes a new hash only where the old one still stands, so that a password changed meanwhile wins. */
export async function replacePasswordHash(
  db: Database,
  personId: number,
  from: string,
  to: string,
): Promise<void> {
  await db
    .updateTable('people')
    .set({ password_hash: to })
    .where('id', '=', personId)
    .where('password_hash', '=', from)
    .execute()
}

/** Holds off every other writer of accounts until the database transaction ends: for "only while nobody is there". */
export async function lockPeople(trx: Database): Promise<void> {
  await sql`lock table people in share row exclusive mode`.execute(trx)
}
