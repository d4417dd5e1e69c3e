// Pages for people who aren't signed in: sign-in, and the first account through its one-time link.
import type { RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/access.ts'
import type { DashboardDeps } from './deps.ts'
import { longDuration } from './format.ts'
import type { Renderer } from './render.ts'
import { themeOf } from './viewer.ts'

const field = z.string().max(1_000).catch('')
const signInForm = z.object({ email: field, password: field, next: field })
const setupForm = z.object({ email: field, name: field, password: field })

export function createSignInPages({ access, config }: DashboardDeps, renderer: Renderer) {
  function send(res: Response, page: string, view: object): void {
    const data = { ...view, org: config.org, theme: themeOf(res.req) }
    res.set('Cache-Control', 'no-store')
    res.type('text/html; charset=utf-8').send(renderer.render(page, data))
  }

  const signInPage: RequestHandler = async (req, res) => {
    const next = localPath(req.query.next)
    if (await access.currentPerson(req)) return res.redirect(303, next)
    send(res, 'pages/sign-in', { title: 'Sign in', email: '', next, error: null })
  }

  const signIn: RequestHandler = async (req, res) => {
    const form = signInForm.parse(req.body ?? {})
    const next = localPath(form.next)
    const result = await access.signIn(req, res, form)
    if (result.ok) return res.redirect(303, next)
    const isLimited = result.reason === 'too_many'
    if (isLimited) res.set('Retry-After', String(result.retryAfterSeconds))
    const error = isLimited
      ? `Too many attempts. Try again in ${longDuration(Math.ceil(result.retryAfterSeconds / 60) * 60_000)}.`
      : 'That e-mail and password do not match.'
    res.status(isLimited ? 429 : 422)
    send(res, 'pages/sign-in', { title: 'Sign in', email: form.email, next, error })
  }

  const signOut: RequestHandler = async (req, res) => {
    await access.signOut(req, res)
    res.redirect(303, '/sign-in')
  }

  const setupPage: RequestHandler = async (req, res) => {
    const token = String(req.params.token)
    if (!(await access.isSetupOpen(token))) {
      throw new AppError('not_found', 'This set-up link has been used or has expired.')
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

  return { signInPage, signIn, signOut, setupPage, setup }
}
