// Login sessions, by the hash of the token in the cookie. They expire 30 days after the last use.
import type { Database } from './database.ts'
import type { Person } from './people.ts'

/** How somebody proved who they are. */
export type LoginMethod = 'password' | 'password and code' | 'single sign-on' | 'link'

export type LoginSession = {
  readonly id: number
  readonly tokenHash: string
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly userAgent: string | null
  readonly method: string
}

export const loginSessionDays = 30
const dayMs = 86_400_000
// One write for a burst of requests, not one each.
const touchAfterMs = 5 * 60_000

const expiry = (now: Date) => new Date(now.getTime() + loginSessionDays * dayMs)

export async function insertLoginSession(
  db: Database,
  session: { tokenHash: string; personId: number; userAgent: string | null; method: LoginMethod },
  now: Date,
): Promise<void> {
  await db
    .insertInto('login_sessions')
    .values({
      token_hash: session.tokenHash,
      person_id: session.personId,
      created_at: now,
      last_seen_at: now,
      expires_at: expiry(now),
      user_agent: session.userAgent,
      method: session.method,
    })
    .execute()
}

/**
 * Whose session this is, and moves its end to 30 days from now.
 * @returns undefined: unknown, revoked or expired. `extended`: the cookie must be sent again
 */
export async function findLoginSession(
  db: Database,
  tokenHash: string,
  now: Date,
): Promise<
  { readonly person: Person; readonly method: LoginMethod; readonly extended: boolean } | undefined
> {
  const row = await db
    .selectFrom('login_sessions')
    .innerJoin('people', 'people.id', 'login_sessions.person_id')
    .select([
      'people.id',
      'people.email',
      'people.name',
      'people.role',
      'login_sessions.last_seen_at',
      'login_sessions.method',
    ])
    .where('login_sessions.token_hash', '=', tokenHash)
    .where('login_sessions.expires_at', '>', now)
    .where('people.disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  const extended = now.getTime() - row.last_seen_at.getTime() >= touchAfterMs
  if (extended) {
    await db
      .updateTable('login_sessions')
      .set({ last_seen_at: now, expires_at: expiry(now) })
      .where('token_hash', '=', tokenHash)
      .execute()
  }
  const person = { id: row.id, email: row.email, name: row.name, role: row.role }
  return { person, method: row.method as LoginMethod, extended }
}

export async function deleteLoginSession(db: Database, tokenHash: string): Promise<void> {
  await db.deleteFrom('login_sessions').where('token_hash', '=', tokenHash).execute()
}

/** Drops what has expired; called when somebody signs in, so the table follows the number of people. */
export async function deleteExpiredLoginSessions(db: Database, now: Date): Promise<void> {
  await db.deleteFrom('login_sessions').where('expires_at', '<=', now).execute()
}

/** Sessions of one person that are in force, the latest used first. */
export async function listLoginSessions(db: Database, personId: number, now: Date): Promise<LoginSession[]> {
  const rows = await db
    .selectFrom('login_sessions')
    .select(['id', 'token_hash', 'created_at', 'last_seen_at', 'user_agent', 'method'])
    .where('person_id', '=', personId)
    .where('expires_at', '>', now)
    .orderBy('last_seen_at', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    tokenHash: row.token_hash,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    userAgent: row.user_agent,
    method: row.method,
  }))
}

/**
 * Ends sessions of one person, never somebody else's.
 * @param which one by its id, or all but the one that asks
 */
export async function revokeLoginSessions(
  db: Database,
  personId: number,
  which: { readonly id: number } | { readonly except: string | null },
): Promise<void> {
  const query = db.deleteFrom('login_sessions').where('person_id', '=', personId)
  if ('id' in which) await query.where('id', '=', which.id).execute()
  else await query.where('token_hash', '!=', which.except ?? '').execute()
}
