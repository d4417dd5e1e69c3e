// Accounts by link: the first one by the set-up link that the start prints, the others by invitation. A link for
// an address that has an account sets its password anew.
import type { Request, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import type { Actor } from '../db/audit-log.ts'
import { findInvitation, type Invitation, insertInvitation, useInvitation } from '../db/invitations.ts'
import { canonicalEmail, hasPeople, insertPerson, isKnownEmail, lockPeople } from '../db/people.ts'
import type { Role } from '../db/schema.ts'
import { insertSetupLink, isSetupLinkGood, useSetupLink } from '../db/setup-links.ts'
import { hashPassword, passwordProblem } from './passwords.ts'
import { hashToken, newToken } from './secrets.ts'
import type { SessionDeps, Sessions } from './sessions.ts'

export const setupPath = '/set-up'
export const invitationPath = '/invitation'

export type AcceptResult =
  /** `signedIn` false: the account has a second factor, so one signs in as always. */
  | { readonly ok: true; readonly signedIn: boolean }
  /** A sentence for each field that needs mending; `link`: used, expired, or somebody has an account. */
  | {
      readonly ok: false
      readonly problems: { readonly [field in 'link' | 'email' | 'name' | 'password']?: string }
    }

export const setupProblem =
  'This link has been used or has expired. The next start prints a new one while nobody has an account.'
export const invitationProblem =
  'This link has been used, was withdrawn or has expired. Ask an admin of your team for a new one.'

/** What is wrong with an address, as a sentence; undefined: nothing. */
export function emailProblem(email: string): string | undefined {
  const isEmail = z.email().max(254).safeParse(canonicalEmail(email)).success
  return isEmail ? undefined : 'Enter an e-mail address.'
}

/** What is wrong with a person's name. */
export function nameProblem(name: string): string | undefined {
  return /^\P{Cc}{1,100}$/u.test(name.trim()) ? undefined : 'Enter a name of at most 100 characters.'
}

function problemsOf(problems: Record<string, string | undefined>): AcceptResult | undefined {
  const found = Object.entries(problems).filter(([, problem]) => problem !== undefined)
  return found.length > 0 ? { ok: false, problems: Object.fromEntries(found) } : undefined
}

type InvitationDeps = SessionDeps & { readonly log: Log; readonly sessions: Sessions }

export function createInvitations({ db, now, config, log, sessions }: InvitationDeps) {
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
  ): Promise<AcceptResult> {
    if (!(await isSetupOpen(token))) return { ok: false, problems: { link: setupProblem } }
    const email = canonicalEmail(given.email)
    const name = given.name.trim()
    const wrong = problemsOf({
      email: emailProblem(email),
      name: nameProblem(name),
      password: passwordProblem(given.password, [email, name]),
    })
    if (wrong) return wrong
    const passwordHash = await hashPassword(given.password)
    const person = await db.transaction().execute(async (trx) => {
      await lockPeople(trx)
      if (await hasPeople(trx)) return undefined
      if (!(await useSetupLink(trx, hashToken(token), now()))) return undefined
      return insertPerson(trx, { email, name, passwordHash, role: 'admin' }, now())
    })
    if (!person) return { ok: false, problems: { link: setupProblem } }
    log.info({ person: person.id }, 'the first account was made with the set-up link')
    await sessions.startSession(req, res, person, 'link')
    return { ok: true, signedIn: true }
  }

  /**
   * Invites an address, or makes a link by which its account gets a new password. A former link of the address
   * stops working.
   * @returns the link: it can't be read again
   * @throws AppError 'invalid_request': not an address
   */
  async function invite(
    values: { email: string; role: Role; projectIds: readonly number[] | null },
    actor: Actor,
  ): Promise<string> {
    const problem = emailProblem(values.email)
    if (problem) throw new AppError('invalid_request', problem)
    const token = newToken()
    await insertInvitation(db, { ...values, tokenHash: hashToken(token) }, actor, now())
    return new URL(`${invitationPath}/${token}`, config.url).href
  }

  /** The invitation behind a link, and whether its address has an account; undefined: no longer good. */
  async function openInvitation(
    token: string,
  ): Promise<(Invitation & { readonly isReset: boolean }) | undefined> {
    const invitation = await findInvitation(db, { tokenHash: hashToken(token) }, now())
    return invitation && { ...invitation, isReset: await isKnownEmail(db, invitation.email) }
  }

  /** Makes the account and signs in; or sets the password of the one there is. */
  async function acceptInvitation(
    req: Request,
    res: Response,
    token: string,
    given: { name: string; password: string },
  ): Promise<AcceptResult> {
    const invitation = await openInvitation(token)
    if (!invitation) return { ok: false, problems: { link: invitationProblem } }
    const name = given.name.trim()
    const wrong = problemsOf({
      name: invitation.isReset ? undefined : nameProblem(name),
      password: passwordProblem(given.password, [invitation.email, name]),
    })
    if (wrong) return wrong
    const passwordHash = await hashPassword(given.password)
    const person = await useInvitation(db, invitation, { name, passwordHash }, now())
    if (!person) return { ok: false, problems: { link: invitationProblem } }
    log.info({ person: person.id }, 'an invitation was accepted')
    // A link must not get around the second factor.
    if (invitation.isReset) return { ok: true, signedIn: false }
    await sessions.startSession(req, res, person, 'link')
    return { ok: true, signedIn: true }
  }

  return { createSetupLink, isSetupOpen, acceptSetupLink, invite, openInvitation, acceptInvitation }
}
