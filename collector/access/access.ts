// Who is asking: set-up of the first account, signing in and out, and the login session behind the cookie.
// The cookie holds a random token, the database its hash; sessions can be revoked and expire 30 days after
// the last use. Whether an address has an account is never told, neither in words nor in time.
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import {
  deleteExpiredLoginSessions,
  deleteLoginSession,
  findLoginSession,
  insertLoginSession,
  loginSessionDays,
} from '../db/login-sessions.ts'
import {
  canonicalEmail,
  findPersonByEmail,
  hasPeople,
  insertPerson,
  lockPeople,
  type Person,
  replacePasswordHash,
} from '../db/people.ts'
import { insertSetupLink, isSetupLinkGood, useSetupLink } from '../db/setup-links.ts'
import { createHostCheck, createOriginCheck } from './origin.ts'
import { hashPassword, maxPasswordLength, passwordProblem, verifyPassword } from './passwords.ts'
import { hashToken, newToken } from './secrets.ts'
import { createSignInLimits } from './sign-in-limits.ts'

export type { Person } from '../db/people.ts'

export const signInPath = '/sign-in'
export const setupPath = '/set-up'
export const sessionCookie = 'postern_session'

export type AccessDeps = {
  readonly db: Database
  readonly now: () => Date
  /** `url`: COLLECTOR_URL, the address under which people reach the pages. */
  readonly config: Pick<CollectorConfig, 'url'>
  readonly log: Log
}

export type SignInResult =
  | { readonly ok: true; readonly person: Person }
  /** `wrong` says nothing about whether the address has an account. */
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'too_many'; readonly retryAfterSeconds: number }

export type SetupResult =
  | { readonly ok: true; readonly person: Person }
  /** A sentence for each field that needs mending; `link`: used, expired, or somebody has an account. */
  | {
      readonly ok: false
      readonly problems: { readonly [field in 'link' | 'email' | 'name' | 'password']?: string }
    }

const linkProblem =
  'This link has been used or has expired. The next start prints a new one while nobody has an account.'

/** Takes the session's token out of the Cookie header; undefined: none, or not one of ours. */
function sessionToken(req: Request): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const value = pairs.find((pair) => pair.startsWith(`${sessionCookie}=`))?.slice(sessionCookie.length + 1)
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined
}

/**
 * A path within our own pages to go on to after signing in; anything else becomes '/'.
 * Browsers read `//host`, `/\host` and tabs within as other sites, so only plain paths pass.
 */
export function localPath(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next) || next.includes('\\')) return '/'
  return next.startsWith(signInPath) ? '/' : next
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
  if (await findPersonByEmail(db, email)) return false
  const passwordHash = await hashPassword(password)
  const name = canonicalEmail(email).split('@')[0] ?? ''
  return (await insertPerson(db, { email, name, passwordHash, role: 'admin' }, now)) !== undefined
}

/** Everything about who is asking; see the functions within. */
export function createAccess({ db, now, config, log }: AccessDeps) {
  const limits = createSignInLimits()
  // Cached for the request: the middleware and the page ask the same question.
  const people = new WeakMap<Request, Promise<Person | undefined>>()
  // Checked against where an address has no account, so that both take the same work.
  const nobodysHash = hashPassword(newToken())

  const cookieOptions = {
    httpOnly: true,
    sameSite: 'lax',
    secure: new URL(config.url).protocol === 'https:',
    path: '/',
  } as const

  function sendCookie(res: Response, token: string): void {
    res.cookie(sessionCookie, token, { ...cookieOptions, maxAge: loginSessionDays * 86_400_000 })
  }

  async function startSession(req: Request, res: Response, person: Person): Promise<void> {
    // A new token at each sign-in: one planted or seen before is worth nothing afterwards.
    const former = sessionToken(req)
    if (former) await deleteLoginSession(db, hashToken(former))
    await deleteExpiredLoginSessions(db, now())
    const token = newToken()
    const userAgent = req.get('user-agent')?.slice(0, 300) ?? null
    await insertLoginSession(db, { tokenHash: hashToken(token), personId: person.id, userAgent }, now())
    people.set(req, Promise.resolve(person))
    sendCookie(res, token)
  }

  async function findPerson(req: Request): Promise<Person | undefined> {
    const token = sessionToken(req)
    if (!token) return undefined
    const session = await findLoginSession(db, hashToken(token), now())
    if (session?.extended && req.res && !req.res.headersSent) sendCookie(req.res, token)
    return session?.person
  }

  /** Who is signed in; undefined: nobody, or the session was revoked or has expired. */
  function currentPerson(req: Request): Promise<Person | undefined> {
    const known = people.get(req)
    if (known) return known
    const found = findPerson(req)
    people.set(req, found)
    return found
  }

  /** What the database knows this request's login session by; null: there is none. */
  function sessionHash(req: Request): string | null {
    const token = sessionToken(req)
    return token === undefined ? null : hashToken(token)
  }

  /** Signs in and sets the cookie. Attempts are limited by address and by account, known or not. */
  async function signIn(
    req: Request,
    res: Response,
    given: { email: string; password: string },
  ): Promise<SignInResult> {
    const email = canonicalEmail(given.email).slice(0, 254)
    const address = req.ip ?? ''
    const wait = await limits.take(address, email)
    if (wait > 0) {
      log.warn({ address }, 'too many attempts to sign in')
      return { ok: false, reason: 'too_many', retryAfterSeconds: wait }
    }
    // PostgreSQL stores no NUL, so no account has one.
    const account = email.includes('\0') ? undefined : await findPersonByEmail(db, email)
    const password = given.password.slice(0, maxPasswordLength * 2)
    const stored = account?.passwordHash ?? (await nobodysHash)
    const verdict = await verifyPassword(password, stored)
    if (!account?.passwordHash || verdict === 'wrong') {
      log.warn({ address }, 'an attempt to sign in failed')
      return { ok: false, reason: 'wrong' }
    }
    await limits.succeed(address, email)
    if (verdict === 'outdated')
      await replacePasswordHash(db, account.id, stored, await hashPassword(password))
    const person = { id: account.id, email: account.email, name: account.name, role: account.role }
    await startSession(req, res, person)
    return { ok: true, person }
  }

  /** Ends the session, here and in the database. */
  async function signOut(req: Request, res: Response): Promise<void> {
    const token = sessionToken(req)
    if (token) await deleteLoginSession(db, hashToken(token))
    people.set(req, Promise.resolve(undefined))
    res.clearCookie(sessionCookie, cookieOptions)
  }

  /**
   * A one-time link to make the first account, good for a day.
   * @returns undefined: somebody has an account already
   */
  async function createSetupLink(): Promise<{ url: string; expiresAt: Date } | undefined> {
    if (await hasPeople(db)) return undefined
    const token = newToken()
    const expiresAt = await insertSetupLink(db, hashToken(token), now())
    return { url: new URL(`${setupPath}/${token}`, config.url).href, expiresAt }
  }

  /** True while the link may be used: for the page that shows the form. */
  async function isSetupOpen(token: string): Promise<boolean> {
    return !(await hasPeople(db)) && (await isSetupLinkGood(db, hashToken(token), now()))
  }

  /** Makes the first account, an admin, with a set-up link, and signs in. */
  async function acceptSetupLink(
    req: Request,
    res: Response,
    token: string,
    given: { email: string; name: string; password: string },
  ): Promise<SetupResult> {
    if (!(await isSetupOpen(token))) return { ok: false, problems: { link: linkProblem } }
    const email = canonicalEmail(given.email)
    const name = given.name.trim()
    const password = passwordProblem(given.password, [email, name])
    const problems = {
      ...(z.email().max(254).safeParse(email).success ? {} : { email: 'Enter an e-mail address.' }),
      ...(/^\P{Cc}{1,100}$/u.test(name) ? {} : { name: 'Enter a name of at most 100 characters.' }),
      ...(password === undefined ? {} : { password }),
    }
    if (Object.keys(problems).length > 0) return { ok: false, problems }
    const passwordHash = await hashPassword(given.password)
    const person = await db.transaction().execute(async (trx) => {
      await lockPeople(trx)
      if (await hasPeople(trx)) return undefined
      if (!(await useSetupLink(trx, hashToken(token), now()))) return undefined
      return insertPerson(trx, { email, name, passwordHash, role: 'admin' }, now())
    })
    if (!person) return { ok: false, problems: { link: linkProblem } }
    log.info({ person: person.id }, 'the first account was made with the set-up link')
    await startSession(req, res, person)
    return { ok: true, person }
  }

  /**
   * Lets only people who are signed in pass. A page leads to sign-in and back (`next`); a fragment, or
   * anything that changes state, ends with AppError 'unauthorized'.
   */
  const requirePerson: RequestHandler = async (req, res, next) => {
    // Either answer depends on these: a cache must not serve one person's page to another.
    res.vary('Cookie')
    if (await currentPerson(req)) return next()
    const isPage = (req.method === 'GET' || req.method === 'HEAD') && !isFragment(req)
    if (!isPage) return next(new AppError('unauthorized', 'You are signed out. Sign in and try again.'))
    const path = localPath(req.originalUrl)
    res.redirect(303, path === '/' ? signInPath : `${signInPath}?next=${encodeURIComponent(path)}`)
  }

  return {
    currentPerson,
    sessionHash,
    signIn,
    signOut,
    createSetupLink,
    isSetupOpen,
    acceptSetupLink,
    requirePerson,
    checkHost: createHostCheck(config),
    checkOrigin: createOriginCheck(config),
  }
}

export type Access = ReturnType<typeof createAccess>

/** htmx asks for a part of a page (4 says so, 2 only that it asks); a redirect would put the sign-in page into it. */
function isFragment(req: Request): boolean {
  const type = req.get('hx-request-type')
  return type === undefined ? req.get('hx-request') === 'true' : type === 'partial'
}
