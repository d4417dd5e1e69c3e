// Accounts. Addresses are stored trimmed and in lower case; so are they looked up.
import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { Role } from './schema.ts'

export type Person = {
  readonly id: number
  readonly email: string
  readonly name: string
  readonly role: Role
}

/** The form in which an address is stored and compared. */
export function canonicalEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase()
}

/** Someone by address, with the password's hash: for signing in only. */
export async function findPersonByEmail(
  db: Database,
  email: string,
): Promise<(Person & { readonly passwordHash: string | null }) | undefined> {
  const row = await db
    .selectFrom('people')
    .select(['id', 'email', 'name', 'role', 'password_hash'])
    .where('email', '=', canonicalEmail(email))
    .executeTakeFirst()
  if (!row) return undefined
  return { id: row.id, email: row.email, name: row.name, role: row.role, passwordHash: row.password_hash }
}

/** True once anybody has an account. */
export async function hasPeople(db: Database): Promise<boolean> {
  return (await db.selectFrom('people').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** @returns undefined where the address has an account already; nothing is changed then */
export async function insertPerson(
  db: Database,
  person: { email: string; name: string; passwordHash: string; role: Role },
  now: Date,
): Promise<Person | undefined> {
  return await db
    .insertInto('people')
    .values({
      email: canonicalEmail(person.email),
      name: person.name,
      password_hash: person.passwordHash,
      role: person.role,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning(['id', 'email', 'name', 'role'])
    .executeTakeFirst()
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
