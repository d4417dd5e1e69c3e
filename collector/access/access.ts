// Everything about who is asking, put together: set-up of the first account and invitations, signing in and out,
// the login session behind the cookie, and which projects it may see.
import type { Log } from '../../shared/log.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import { canonicalEmail, insertPerson, isKnownEmail } from '../db/people.ts'
import { createInvitations } from './invitation.ts'
import { createHostCheck, createOriginCheck } from './origin.ts'
import { hashPassword } from './passwords.ts'
import { createSessions } from './sessions.ts'
import { createSignIn } from './sign-in.ts'
import { createSignInLimits } from './sign-in-limits.ts'
import { createSingleSignOn, type SsoConfig } from './single-sign-on.ts'

export type { Person } from '../db/people.ts'

export type AccessDeps = {
  readonly db: Database
  readonly now: () => Date
  /** `url`: COLLECTOR_URL, the address under which people reach the pages. `sso` absent: passwords only. */
  readonly config: Pick<CollectorConfig, 'url'> & { readonly sso?: SsoConfig | null }
  readonly log: Log
}

/**
 * Makes the account of POSTERN_ADMIN_EMAIL (an admin) unless it exists; never touches one that does, so a
 * password changed later stays.
 * @returns true: made now
 */
export async function seedAccount(
  db: Database,
  email: string,
  password: string,
  now: Date,
): Promise<boolean> {
  if (await isKnownEmail(db, email)) return false
  const passwordHash = await hashPassword(password)
  const name = canonicalEmail(email).split('@')[0] ?? ''
  return (await insertPerson(db, { email, name, passwordHash, role: 'admin' }, now)) !== undefined
}

export function createAccess({ db, now, config, log }: AccessDeps) {
  const sessions = createSessions({ db, now, config })
  const limits = createSignInLimits()
  const deps = { db, now, config, log, sessions }
  const signIn = createSignIn({ ...deps, limits })
  return {
    ...sessions,
    ...signIn,
    ...createInvitations(deps),
    /** null: no provider is set. */
    sso: config.sso ? createSingleSignOn({ ...deps, sso: config.sso, steps: signIn }) : null,
    checkHost: createHostCheck(config),
    checkOrigin: createOriginCheck(config),
  }
}

export type Access = ReturnType<typeof createAccess>
