// Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce, checked by
// openid-client. The provider's subject is linked to an account: by address (one that the provider has verified)
// to the account there is, to an invitation, or, where the settings allow it, to a new one.
import type { Request, Response } from 'express'
import * as oidc from 'openid-client'
import { fetch } from 'undici'
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import type { CollectorConfig } from '../config.ts'
import { findPersonByIdentity, linkIdentity } from '../db/identities.ts'
import { findInvitation, useInvitation } from '../db/invitations.ts'
import { canonicalEmail, findAccountByEmail, insertPerson, isKnownEmail, type Person } from '../db/people.ts'
import { localPath } from './local-path.ts'
import type { SessionDeps, Sessions } from './sessions.ts'
import type { createSignIn } from './sign-in.ts'

export type SsoConfig = NonNullable<CollectorConfig['sso']>
export const ssoCallbackPath = '/sign-in/sso/callback'

type SsoDeps = SessionDeps & {
  readonly log: Log
  readonly sso: SsoConfig
  readonly sessions: Sessions
  readonly steps: Pick<ReturnType<typeof createSignIn>, 'startStep' | 'takeStep'>
}

/** What of the provider's answer counts. */
type Claims = {
  readonly issuer: string
  readonly subject: string
  /** null: none, or the provider has not verified it. */
  readonly email: string | null
  readonly name: string
}

const timeoutSeconds = 10

/** True where accounts of this address may sign in. @param domains empty: any */
export function isAllowedDomain(email: string, domains: readonly string[]): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  return domains.length === 0 || domains.includes(domain)
}

function claimsOf(claims: oidc.IDToken): Claims {
  const isVerified = claims.email_verified === true || claims.email_verified === 'true'
  const email = typeof claims.email === 'string' && isVerified ? canonicalEmail(claims.email) : null
  const name = typeof claims.name === 'string' ? claims.name.replace(/\p{Cc}/gu, ' ').trim() : ''
  return { issuer: claims.iss, subject: claims.sub, email, name: name.slice(0, 100) || (email ?? '') }
}

export function createSingleSignOn({ db, now, config, log, sso, sessions, steps }: SsoDeps) {
  let found: Promise<oidc.Configuration> | null = null

  /** The provider's own description, read once; a failure is tried again at the next sign-in. */
  function provider(): Promise<oidc.Configuration> {
    found ??= oidc
      .discovery(new URL(sso.issuer), sso.clientId, undefined, oidc.ClientSecretBasic(sso.clientSecret), {
        [oidc.customFetch]: fetch as unknown as oidc.CustomFetch,
        timeout: timeoutSeconds,
        // Settings allow http for loopback only: a provider beside us, or a test's.
        execute: sso.issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
      })
      .catch((cause: unknown) => {
        found = null
        throw unreachable(cause)
      })
    return found
  }

  function unreachable(cause: unknown): AppError {
    log.warn({ err: cause }, 'the single sign-on provider does not answer')
    return new AppError(
      'sign_in_unavailable',
      `${sso.name} does not answer just now. Try again, or sign in with a password.`,
      { cause },
    )
  }

  const redirectUri = new URL(ssoCallbackPath, config.url).href

  /** Begins: where to send the browser. */
  async function begin(res: Response, next: string): Promise<string> {
    const verifier = oidc.randomPKCECodeVerifier()
    const state = oidc.randomState()
    const nonce = oidc.randomNonce()
    const url = oidc.buildAuthorizationUrl(await provider(), {
      redirect_uri: redirectUri,
      scope: 'openid email profile',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    await steps.startStep(res, null, { kind: 'sso', verifier, state, nonce, next: localPath(next) })
    return url.href
  }

  /** The account of these claims, linked or made now; undefined: none may be. */
  async function accountOf(claims: Claims): Promise<Person | undefined> {
    const linked = await findPersonByIdentity(db, claims)
    if (linked) return linked.isDisabled ? undefined : linked
    const { email } = claims
    if (email === null || !isAllowedDomain(email, sso.domains)) return undefined
    const account = await findAccountByEmail(db, email)
    if (account) return account
    if (await isKnownEmail(db, email)) return undefined
    const given = { name: claims.name, passwordHash: null }
    const invitation = await findInvitation(db, { email }, now())
    if (invitation) return useInvitation(db, invitation, given, now())
    if (sso.role === null) return undefined
    return insertPerson(db, { ...given, email, role: sso.role }, now())
  }

  /**
   * Ends what `begin` began: checks the provider's answer and signs in.
   * @returns where to go on to
   * @throws AppError 'sign_in_refused': with a sentence for the sign-in page; 'sign_in_unavailable'
   */
  async function end(req: Request, res: Response): Promise<string> {
    const step = await steps.takeStep(req, res)
    if (step?.facts.kind !== 'sso') {
      throw new AppError('sign_in_refused', 'This sign-in took too long or was begun elsewhere. Try again.')
    }
    const { verifier, state, nonce, next } = step.facts
    const answer = new URL(req.originalUrl, config.url)
    const configuration = await provider()
    let claims: Claims
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
        pkceCodeVerifier: String(verifier),
        expectedState: String(state),
        expectedNonce: String(nonce),
        idTokenExpected: true,
      })
      const read = tokens.claims()
      if (!read) throw new Error('the provider sent no id token')
      claims = claimsOf(read)
    } catch (cause) {
      if (cause instanceof TypeError && cause.message === 'fetch failed') throw unreachable(cause)
      log.warn({ err: cause }, 'a single sign-on was refused')
      throw new AppError('sign_in_refused', `${sso.name} did not confirm who you are. Try again.`, { cause })
    }
    const person = await accountOf(claims)
    if (!person) {
      log.warn({ subject: claims.subject }, 'a single sign-on has no account')
      const message = `${sso.name} knows you, but you have no account here. Ask an admin of your team for an invitation.`
      throw new AppError('sign_in_refused', message)
    }
    await linkIdentity(db, claims, person, now())
    const { id, email, name, role } = person
    await sessions.startSession(req, res, { id, email, name, role }, 'single sign-on')
    return localPath(next)
  }

  return { name: sso.name, begin, end }
}
