// How the API says no: `{"detail": "…"}` with the status that belongs to the error's code, as Sentry's own
// API does and its tools show. What nobody foresaw is logged whole and answered with a reference id.
import { randomBytes } from 'node:crypto'
import type { ErrorRequestHandler } from 'express'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'

/** Codes that API requests can meet; every other is 500. */
export const apiStatuses: Partial<Readonly<Record<ErrorCode, number>>> = {
  invalid_request: 400,
  invalid_encoding: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  database_unavailable: 503,
}

/** What the body parser and the router of Express throw: a status and whether the text is fit to be shown. */
type HttpError = Error & { readonly status: number; readonly expose?: boolean; readonly type?: string }

function isHttpError(error: unknown): error is HttpError {
  const status = (error as HttpError | null)?.status
  return error instanceof Error && typeof status === 'number' && status >= 400 && status < 500
}

const bodyProblems: Readonly<Record<string, string>> = {
  'entity.too.large': 'The body is larger than this API takes.',
  'entity.parse.failed': 'The body is not valid JSON.',
  'encoding.unsupported': 'The body has a Content-Encoding that is not taken here; gzip is.',
  'charset.unsupported': 'The body has to be UTF-8.',
}

/** True where the database can't be reached (08: connection, 57P: shutting down): worth trying again. */
function isDatabaseDown(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^(08...|57P..|ECONNREFUSED|ECONNRESET|ETIMEDOUT)$/.test(code)
}

export function createApiErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    if (error instanceof AppError) {
      const status = apiStatuses[error.code]
      if (status !== undefined) {
        if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="api"')
        res.status(status).json({ detail: error.message })
        return
      }
    } else if (isHttpError(error)) {
      const detail = bodyProblems[error.type ?? ''] ?? (error.expose ? error.message : 'Bad request.')
      res.status(error.status).json({ detail })
      return
    }
    const reference = randomBytes(6).toString('hex')
    log.error({ err: error, reference, method: req.method, path: req.path }, 'an API request failed')
    if (isDatabaseDown(error)) {
      const detail = `The database can't be reached just now. Try again. Reference: ${reference}`
      res.status(503).set('Retry-After', '5').json({ detail })
      return
    }
    res.status(500).json({ detail: `Something went wrong here. Reference: ${reference}` })
  }
}
