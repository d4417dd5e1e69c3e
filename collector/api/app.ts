// The API for scripts, mounted at /api/0, in Sentry's own shapes, so that sentry-cli and other tools people
// have keep working. Every request carries `Authorization: Bearer <token>`; no cookie counts here, so no
// page can make a browser use it.
import express, { type Request, type RequestHandler, type Router } from 'express'
import { AppError } from '../../shared/errors.ts'
import { type ApiScope, type ApiToken, useApiToken } from '../db/api-tokens.ts'
import { type ApiDeps, checkOrganization } from './context.ts'
import { createApiErrors } from './errors.ts'
import { checkTokenProject } from './guard-project.ts'
import { createRoutes } from './routes.ts'

/** Sentry's own pages never send more; a status change is some hundred bytes. */
const maxBodyBytes = 256 * 1024
const kinds: readonly (string | undefined)[] = ['read', 'write', 'admin']

/** True where the scopes include the one needed: `event:admin` includes `event:write`, that `event:read`. */
export function hasScope(scopes: readonly string[], needed: ApiScope): boolean {
  const [subject, kind] = needed.split(':')
  const enough = kinds.slice(kinds.indexOf(kind))
  return enough.some((known) => scopes.includes(`${subject}:${known}`))
}

/** The bearer token of a request; undefined: none. */
function bearerToken(req: Request): string | undefined {
  const match = /^Bearer +([\x21-\x7e]{1,500})$/i.exec(req.get('authorization') ?? '')
  return match?.[1]
}

export function createApi(deps: ApiDeps): Router {
  const router = express.Router()
  const tokens = new WeakMap<Request, ApiToken>()

  const authenticate: RequestHandler = async (req, res, next) => {
    res.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
    const text = bearerToken(req)
    if (text === undefined) {
      return next(new AppError('unauthorized', 'Authentication credentials were not provided.'))
    }
    const token = await useApiToken(deps.db, text, deps.now())
    if (!token) return next(new AppError('unauthorized', 'Invalid token'))
    tokens.set(req, token)
    next()
  }
  const tokenOf = (req: Request): ApiToken => {
    const token = tokens.get(req)
    if (!token) throw new AppError('unauthorized', 'Authentication credentials were not provided.')
    return token
  }

  // Before any body is read: who has no token makes no work.
  router.use(authenticate)
  router.use(express.json({ limit: maxBodyBytes, inflate: true }))

  const methods = new Map<string, string[]>()
  for (const route of createRoutes(deps)) {
    const { method, path, scope, handle } = route
    methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()])
    router[method](path, async (req, res) => {
      const token = tokenOf(req)
      // Before anything is looked up, so that a token learns nothing from what it may not read.
      if (scope && !hasScope(token.scopes, scope)) {
        throw new AppError(
          'forbidden',
          `You do not have permission to perform this action: it needs ${scope}.`,
        )
      }
      checkOrganization(req, deps.config)
      await checkTokenProject(req, deps.db, route, token)
      await handle(req, res, token)
    })
  }
  for (const [path, allowed] of methods) {
    router.all(path, (req, res) => {
      res.set('Allow', allowed.join(', '))
      throw new AppError('method_not_allowed', `Method "${req.method}" not allowed.`)
    })
  }
  router.use(() => {
    throw new AppError('not_found', 'The requested resource does not exist')
  })
  router.use(createApiErrors(deps.log))
  return router
}
