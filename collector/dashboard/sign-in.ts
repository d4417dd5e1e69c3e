// Pages for people who aren't signed in: sign-in by password, code or single sign-on, the first account through
// its one-time link, and accounts by invitation.
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { invitationProblem, setupProblem } from '../access/invitation.ts'
import { localPath } from '../access/local-path.ts'
import type { SignInResult } from '../access/sign-in.ts'
import { waitMinutes } from '../access/sign-in-limits.ts'
import type { DashboardDeps } from './deps.ts'
import { longDuration, plural } from './format.ts'
import type { Renderer } from './render.ts'
import { themeOf } from './viewer.ts'

const field = z.string().max(1_000).catch('')
const signInForm = z.object({ email: field, password: field, next: field })
const codeForm = z.object({ code: field, next: field })
const setupForm = z.object({ email: field, name: field, password: field })
const invitationForm = z.object({ name: field, password: field })

function triesLeft(left: number): string {
  if (left === 0) return `Wait ${waitMinutes} minutes before you try again.`
  return `After ${plural(left, 'more try', 'more tries')}, wait ${waitMinutes} minutes.`
}

export function createSignInPages({ access, config }: DashboardDeps, renderer: Renderer) {
  function send(res: Response, page: string, view: object): void {
    const data = { ...view, org: config.org, theme: themeOf(res.req) }
    res.set('Cache-Control', 'no-store')
    res.type('text/html; charset=utf-8').send(renderer.render(page, data))
  }

  function sendSignIn(res: Response, view: { email: string; next: string; error: string | null }): void {
    const ssoHref = `/sign-in/sso?next=${encodeURIComponent(view.next)}`
    const sso = access.sso && { name: access.sso.name, href: ssoHref }
    send(res, 'pages/sign-in', { title: 'Sign in', ...view, sso })
  }

  function sendCode(res: Response, view: { next: string; error: string | null }): void {
    send(res, 'pages/sign-in-code', { title: 'Sign in', ...view })
  }

  /** Status and words of an attempt that did not succeed. */
  function refusal(res: Response, result: SignInResult & { ok: false }, wrong: string): string {
    if (result.reason !== 'too_many') {
      res.status(422)
      return result.reason === 'wrong' ? `${wrong} ${triesLeft(result.left)}` : wrong
    }
    res.status(429).set('Retry-After', String(result.retryAfterSeconds))
    const wait = longDuration(Math.ceil(result.retryAfterSeconds / 60) * 60_000)
    return `Too many attempts. Try again in ${wait}.`
  }

  const signInPage: RequestHandler = async (req, res) => {
    const next = localPath(req.query.next)
    if (await access.currentPerson(req)) return res.redirect(303, next)
    sendSignIn(res, { email: '', next, error: null })
  }

  const signIn: RequestHandler = async (req, res) => {
    const form = signInForm.parse(req.body ?? {})
    const next = localPath(form.next)
    const result = await access.signIn(req, res, form)
    if (result.ok) return res.redirect(303, next)
    if (result.reason === 'code') {
      return res.redirect(303, `/sign-in/code?next=${encodeURIComponent(next)}`)
    }
    const error = refusal(res, result, 'That e-mail and password do not match.')
    sendSignIn(res, { email: form.email, next, error })
  }

  const codePage: RequestHandler = async (req, res) => {
    if (!(await access.isCodeAwaited(req))) return res.redirect(303, '/sign-in')
    sendCode(res, { next: localPath(req.query.next), error: null })
  }

  const code: RequestHandler = async (req, res) => {
    const form = codeForm.parse(req.body ?? {})
    const next = localPath(form.next)
    const result = await access.signInWithCode(req, res, form.code)
    if (result.ok) return res.redirect(303, next)
    if (result.reason === 'expired') return res.redirect(303, '/sign-in')
    const error = refusal(res, result, 'That code is wrong or was used already. Wait for the next one.')
    sendCode(res, { next, error })
  }

  function singleSignOn() {
    if (access.sso) return access.sso
    throw new AppError('not_found', 'Single sign-on is not set up here.')
  }

  /** What the provider or the rules refuse is told on the sign-in page; all else is an error as always. */
  async function orSignIn(req: Request, res: Response, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const isTold =
        error instanceof AppError &&
        (error.code === 'sign_in_refused' || error.code === 'sign_in_unavailable')
      if (!isTold) throw error
      res.status(error.code === 'sign_in_refused' ? 403 : 503)
      sendSignIn(res, { email: '', next: localPath(req.query.next), error: error.message })
    }
  }

  const ssoBegin: RequestHandler = (req, res) =>
    orSignIn(req, res, async () =>
      res.redirect(303, await singleSignOn().begin(res, localPath(req.query.next))),
    )

  const ssoEnd: RequestHandler = (req, res) =>
    orSignIn(req, res, async () => res.redirect(303, await singleSignOn().end(req, res)))

  const signOut: RequestHandler = async (req, res) => {
    await access.signOut(req, res)
    res.redirect(303, '/sign-in')
  }

  const setupPage: RequestHandler = async (req, res) => {
    const token = String(req.params.token)
    if (!(await access.isSetupOpen(token))) {
      throw new AppError('not_found', setupProblem)
    }
    send(res, 'pages/set-up', { title: 'Set up', token, values: { email: '', name: '' }, problems: {} })
  }

  const setup: RequestHandler = async (req, res) => {
    const token = String(req.params.token)
    const form = setupForm.parse(req.body ?? {})
    const result = await access.acceptSetupLink(req, res, token, form)
    if (result.ok) return res.redirect(303, '/projects')
    if (result.problems.link) throw new AppError('not_found', result.problems.link)
    res.status(422)
    const values = { email: form.email, name: form.name }
    send(res, 'pages/set-up', { title: 'Set up', token, values, problems: result.problems })
  }

  async function sendInvitation(res: Response, token: string, name: string, problems: object) {
    const invitation = await access.openInvitation(token)
    if (!invitation) {
      throw new AppError('not_found', invitationProblem)
    }
    const { email, isReset, role, invitedBy } = invitation
    const title = isReset ? 'New password' : 'Join'
    send(res, 'pages/invitation', { title, token, email, isReset, role, invitedBy, name, problems })
  }

  const invitationPage: RequestHandler = (req, res) => sendInvitation(res, String(req.params.token), '', {})

  const acceptInvitation: RequestHandler = async (req, res) => {
    const token = String(req.params.token)
    const form = invitationForm.parse(req.body ?? {})
    const result = await access.acceptInvitation(req, res, token, form)
    if (result.ok) return res.redirect(303, result.signedIn ? '/' : '/sign-in')
    if (result.problems.link) throw new AppError('not_found', result.problems.link)
    res.status(422)
    await sendInvitation(res, token, form.name, result.problems)
  }

  return {
    signInPage,
    signIn,
    codePage,
    code,
    ssoBegin,
    ssoEnd,
    signOut,
    setupPage,
    setup,
    invitationPage,
    acceptInvitation,
  }
}
