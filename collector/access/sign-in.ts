// Signing in with a password and, where the account has a second factor, a code. Whether an address has an
// account is never told, neither in words nor in time. Attempts are limited by address and by account.
import type { Request, Response } from 'express'
import type { Log } from '../../shared/log.ts'
import {
  type Account,
  canonicalEmail,
  findAccount,
  findAccountByEmail,
  type Person,
  replacePasswordHash,
} from '../db/people.ts'
import { openTotpSecret, spendRecoveryCode, spendTotpStep } from '../db/second-factor.ts'
import { findSignInStep, insertSignInStep, stepMinutes, takeSignInStep } from '../db/sign-in-steps.ts'
import { cookieOf } from './cookies.ts'
import { hashPassword, maxPasswordLength, verifyPassword } from './passwords.ts'
import { hashToken, newToken } from './secrets.ts'
import type { SessionDeps, Sessions } from './sessions.ts'
import type { SignInLimits } from './sign-in-limits.ts'
import { cleanCode, totpStep } from './totp.ts'

export const stepCookie = 'postern_sign_in'

export type SignInResult =
  | { readonly ok: true; readonly next?: undefined }
  /** The password was right; a code is asked for. */
  | { readonly ok: false; readonly reason: 'code' }
  /**
   * `wrong` says nothing about whether the address has an account; `left` neither: attempts count alike for all.
   * That many more may fail before one has to wait.
   */
  | { readonly ok: false; readonly reason: 'wrong'; readonly left: number }
  /** The step before is too long ago, or was used: begin anew. */
  | { readonly ok: false; readonly reason: 'expired' }
  | { readonly ok: false; readonly reason: 'too_many'; readonly retryAfterSeconds: number }

type SignInDeps = SessionDeps & {
  readonly log: Log
  readonly sessions: Sessions
  readonly limits: SignInLimits
}

export function createSignIn({ db, now, log, sessions, limits }: SignInDeps) {
  // Checked against where an address has no account, so that both take the same work.
  const nobodysHash = hashPassword(newToken())
  const stepOptions = { ...sessions.cookieOptions, maxAge: stepMinutes * 60_000 }

  /** Counts the attempt, before anything is looked at. */
  async function countAttempt(
    address: string,
    account: string,
  ): Promise<{ refused: SignInResult } | { refused: undefined; left: number }> {
    const { wait, left } = await limits.take(address, account)
    if (wait === 0) return { refused: undefined, left }
    log.warn({ address }, 'too many attempts to sign in')
    return { refused: { ok: false, reason: 'too_many', retryAfterSeconds: wait } }
  }

  /** Remembers in a short-lived cookie what the second half of a sign-in needs. */
  async function startStep(res: Response, personId: number | null, facts: Record<string, unknown>) {
    const token = newToken()
    await insertSignInStep(db, { tokenHash: hashToken(token), personId, facts }, now())
    res.cookie(stepCookie, token, stepOptions)
  }

  /** The facts of the step that this browser began, once. */
  async function takeStep(req: Request, res: Response) {
    const token = cookieOf(req, stepCookie)
    res.clearCookie(stepCookie, sessions.cookieOptions)
    return token === undefined ? undefined : takeSignInStep(db, hashToken(token), now())
  }

  /** Signs in and sets the cookie, or asks for the code. */
  async function signIn(
    req: Request,
    res: Response,
    given: { email: string; password: string },
  ): Promise<SignInResult> {
    const email = canonicalEmail(given.email).slice(0, 254)
    const address = req.ip ?? ''
    const attempt = await countAttempt(address, email)
    if (attempt.refused) return attempt.refused
    // PostgreSQL stores no NUL, so no account has one.
    const account = email.includes('\0') ? undefined : await findAccountByEmail(db, email)
    const password = given.password.slice(0, maxPasswordLength * 2)
    const stored = account?.passwordHash ?? (await nobodysHash)
    const verdict = await verifyPassword(password, stored)
    if (!account?.passwordHash || verdict === 'wrong') {
      log.warn({ address }, 'an attempt to sign in failed')
      return { ok: false, reason: 'wrong', left: attempt.left }
    }
    await limits.succeed(address, email)
    if (verdict === 'outdated')
      await replacePasswordHash(db, account.id, stored, await hashPassword(password))
    if (account.sealedTotp !== null) {
      await startStep(res, account.id, { kind: 'code' })
      return { ok: false, reason: 'code' }
    }
    await sessions.startSession(req, res, personOf(account), 'password')
    return { ok: true }
  }

  /** True where the code is the account's, and was not used before. */
  async function isRightCode(account: Account, text: string): Promise<boolean> {
    const code = cleanCode(text)
    const secret =
      account.sealedTotp === null ? null : await openTotpSecret(db, account.id, account.sealedTotp, now())
    const step = secret === null ? undefined : totpStep(secret, code, now())
    if (step !== undefined) return spendTotpStep(db, account.id, step)
    if (!/^[a-z0-9]{10}$/.test(code)) return false
    return spendRecoveryCode(db, account.id, hashToken(code), now())
  }

  /** True while this browser may still give its code. */
  async function isCodeAwaited(req: Request): Promise<boolean> {
    const token = cookieOf(req, stepCookie)
    const step = token && (await findSignInStep(db, hashToken(token), now()))
    return Boolean(step && step.facts.kind === 'code')
  }

  /** The second half: a code of the authenticator app, or a recovery code. */
  async function signInWithCode(req: Request, res: Response, code: string): Promise<SignInResult> {
    const token = cookieOf(req, stepCookie)
    const step = token && (await findSignInStep(db, hashToken(token), now()))
    const account =
      step && step.facts.kind === 'code' && step.personId !== null
        ? await findAccount(db, step.personId)
        : undefined
    if (!account) return { ok: false, reason: 'expired' }
    const address = req.ip ?? ''
    const limitKey = `code ${account.id}`
    const attempt = await countAttempt(address, limitKey)
    if (attempt.refused) return attempt.refused
    if (!(await isRightCode(account, code))) {
      log.warn({ address }, 'a code to sign in was wrong')
      return { ok: false, reason: 'wrong', left: attempt.left }
    }
    await limits.succeed(address, limitKey)
    await takeStep(req, res)
    await sessions.startSession(req, res, personOf(account), 'password and code')
    return { ok: true }
  }

  /**
   * Whether the password is that of who is signed in, asked again before what lets the person in is changed;
   * counted like an attempt to sign in. An account that has none passes.
   */
  async function provePassword(
    req: Request,
    person: Person,
    password: string,
  ): Promise<'right' | 'wrong' | 'too_many'> {
    const [address, limitKey] = [req.ip ?? '', `own ${person.id}`]
    if ((await countAttempt(address, limitKey)).refused) return 'too_many'
    const stored = (await findAccount(db, person.id))?.passwordHash
    const given = password.slice(0, maxPasswordLength * 2)
    if (stored && (await verifyPassword(given, stored)) === 'wrong') return 'wrong'
    await limits.succeed(address, limitKey)
    return 'right'
  }

  return { signIn, provePassword, isCodeAwaited, signInWithCode, isRightCode, startStep, takeStep }
}

const personOf = ({ id, email, name, role }: Account) => ({ id, email, name, role })
