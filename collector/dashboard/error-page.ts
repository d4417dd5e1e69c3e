// What a failed request looks like: one sentence, one way on, and for what we didn't expect an id to quote.
import { randomBytes } from 'node:crypto'
import type { ErrorRequestHandler } from 'express'
import { z } from 'zod'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { PageDeps } from './deps.ts'
import type { Renderer } from './render.ts'
import { themeOf } from './viewer.ts'

const statusOf: Partial<Record<ErrorCode, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  too_many_attempts: 429,
  sign_in_refused: 403,
  sign_in_unavailable: 503,
  database_unavailable: 503,
}

const onCall = { href: '/', label: 'Go to on call' }

const titles: Readonly<Record<number, string>> = {
  400: 'That makes no sense here',
  401: 'You are signed out',
  403: 'Not allowed',
  404: 'Not found',
}

/**
 * Status of an error, and what may be said of it; a body parser's own errors carry a status below 500, and a form
 * that lacks a field was not sent by our pages.
 */
function told(error: unknown): { status: number; message: string } | null {
  if (error instanceof AppError) {
    const status = statusOf[error.code]
    return status === undefined ? null : { status, message: error.message }
  }
  if (error instanceof z.ZodError) return { status: 400, message: 'The form was not complete.' }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status >= 400 && status < 500 ? { status, message: 'The request could not be read.' } : null
}

/**
 * For somebody who is signed in the frame stays around it; where even that can't be told (the database is
 * away), the page stands bare.
 */
export function createErrorPage({ log, access, show }: PageDeps, renderer: Renderer): ErrorRequestHandler {
  return async (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const known = told(error)
    const reference = known ? null : randomBytes(6).toString('hex')
    if (!known) log.error({ err: error, reference, path: req.path }, 'a page failed')
    const status = known?.status ?? 500
    const title = titles[status] ?? (known ? 'That did not work' : 'Postern broke on this page')
    const view = {
      title,
      message:
        known?.message ??
        'Nothing was lost: events are taken in and stored as before. The log has the details.',
      reference,
    }
    res.status(status).set('Cache-Control', 'no-store')
    try {
      if (await access.currentPerson(req)) {
        const page = { page: 'pages/error-in-frame' }
        return await show(req, res, page, { ...view, action: onCall }, { title, section: null })
      }
    } catch (cause) {
      log.error({ err: cause, path: req.path }, 'the frame of an error page failed too')
    }
    const action = status < 500 ? { href: '/sign-in', label: 'Sign in' } : onCall
    const bare = renderer.render('pages/error', { ...view, action, theme: themeOf(req) })
    res.type('text/html; charset=utf-8').send(bare)
  }
}
