// Login sessions and who is behind them. The cookie holds a random token, the database its hash; sessions can be
// revoked, expire 30 days after the last use, and get a new token whenever what they may do changes.
import type { Request, RequestHandler, Response } from 'express'
import { AppError } from '../../shared/errors.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import {
  deleteExpiredLoginSessions,
  deleteLoginSession,
  findLoginSession,
  insertLoginSession,
  type LoginMethod,
  loginSessionDays,
} from '../db/login-sessions.ts'
import { type Person, projectIdsOf } from '../db/people.ts'
import { cookieOf } from './cookies.ts'
import { localPath, signInPath } from './local-path.ts'
import { hashToken, newToken } from './secrets.ts'

export const sessionCookie = 'postern_session'

export type SessionDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly config: Pick<CollectorConfig, 'url'>
}

/** htmx asks for a part of a page (4 says so, 2 only that it asks); a redirect would put the sign-in page into it. */
function isFragment(req: Request): boolean {
  const type = req.get('hx-request-type')
  return type === undefined ? req.get('hx-request') === 'true' : type === 'partial'
}

export function createSessions({ db, now, config }: SessionDeps) {
  // Cached for the request: the middleware and the page ask the same question.
  const people = new WeakMap<Request, Promise<Person | undefined>>()
  const scopes = new WeakMap<Request, Promise<readonly number[] | null>>()

  const cookieOptions = {
    httpOnly: true,
    sameSite: 'lax',
    secure: new URL(config.url).protocol === 'https:',
    path: '/',
  } as const

  function sendCookie(res: Response, token: string): void {
    res.cookie(sessionCookie, token, { ...cookieOptions, maxAge: loginSessionDays * 86_400_000 })
  }

  async function startSession(req: Request, res: Response, person: Person, method: LoginMethod) {
    // A new token at each sign-in: one planted or seen before is worth nothing afterwards.
    const former = cookieOf(req, sessionCookie)
    if (former) await deleteLoginSession(db, hashToken(former))
    await deleteExpiredLoginSessions(db, now())
    const token = newToken()
    const userAgent = req.get('user-agent')?.slice(0, 300) ?? null
    const session = { tokenHash: hashToken(token), personId: person.id, userAgent, method }
    await insertLoginSession(db, session, now())
    people.set(req, Promise.resolve(person))
    sendCookie(res, token)
  }

  /** Gives the session a new token: after a change of what lets the person in, the old one is worth nothing. */
  async function renewSession(req: Request, res: Response, person: Person): Promise<void> {
    const token = cookieOf(req, sessionCookie)
    const former = token && (await findLoginSession(db, hashToken(token), now()))
    await startSession(req, res, person, former ? former.method : 'password')
  }

  async function findPerson(req: Request): Promise<Person | undefined> {
    const token = cookieOf(req, sessionCookie)
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

  /** Ids of the projects that whoever is signed in may see; null: all. */
  function projectScope(req: Request): Promise<readonly number[] | null> {
    const known = scopes.get(req)
    if (known) return known
    const found = currentPerson(req).then((person) => {
      if (!person) return []
      return person.role === 'admin' ? null : projectIdsOf(db, person.id)
    })
    scopes.set(req, found)
    return found
  }

  /** What the database knows this request's login session by; null: there is none. */
  function sessionHash(req: Request): string | null {
    const token = cookieOf(req, sessionCookie)
    return token === undefined ? null : hashToken(token)
  }

  /** Ends the session, here and in the database. */
  async function signOut(req: Request, res: Response): Promise<void> {
    const token = cookieOf(req, sessionCookie)
    if (token) await deleteLoginSession(db, hashToken(token))
    people.set(req, Promise.resolve(undefined))
    res.clearCookie(sessionCookie, cookieOptions)
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
    startSession,
    renewSession,
    currentPerson,
    projectScope,
    sessionHash,
    signOut,
    requirePerson,
    cookieOptions,
  }
}

export type Sessions = ReturnType<typeof createSessions>
