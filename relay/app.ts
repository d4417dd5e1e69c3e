// Every route of the relay in one table, then the error handler. The public routes come first: they are
// the hot path, and nothing runs before them.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import express, { type NextFunction, type Request, type Response } from 'express'
import { AppError } from '../shared/errors.ts'
import type { Endpoint, Refusal } from '../shared/handover.ts'
import type { Log } from '../shared/log.ts'
import { answerJson, answerPreflight, answerRefusal, statusOf } from './answers.ts'
import type { Handover } from './handover.ts'
import type { Health } from './health.ts'
import type { Entrance, Ingest } from './ingest.ts'
import type { Metrics } from './metrics.ts'
import type { Outcomes } from './outcomes.ts'

/** A DSN may have a path prefix, hence anything may stand in front; Raven's old path has no project. */
const ingestPath =
  /^(?:\/.*)?\/api\/(?:(?<project>[^/]+)\/(?:(?<endpoint>envelope|store|security|csp-report|minidump)|unreal\/(?<key>[^/]+))|(?<bare>store))\/?$/i
const apiPath = /^(?:\/.*)?\/api(?:\/|$)/i
const privatePath = /^\/(?:relay|metrics)(?:\/|$)/i
const anyPath = /^/
/** What nearly every SDK posts to, with nothing in it to be decoded. */
const plainPath = /^\/api\/(\d+)\/(envelope|store)\/?(?:\?|$)/

export function createApp(deps: {
  ingest: Ingest
  handover: Handover
  health: Health
  metrics: Metrics
  outcomes: Outcomes
  log: Log
}): RequestListener {
  const { ingest, handover, health, metrics, outcomes, log } = deps
  const app = express()
  app.disable('x-powered-by')

  app.post(ingestPath, (req, res) => ingest.receive(req, res, readEntrance(req.params)))
  app.options(ingestPath, (_req, res) => answerPreflight(res))
  app.all(ingestPath, methodNotAllowed)
  app.all(apiPath, notFound)

  app.get('/healthz', (_req, res) => health.alive(res))
  app.get('/readyz', (req, res) => health.ready(res, req.query))
  app.all(privatePath, requireToken)
  app.get('/relay/poll', (req, res) => handover.poll(res, req.query))
  app.post('/relay/ack', jsonBody, (req, res) => handover.ack(res, req.body))
  app.put('/relay/projects', jsonBody, (req, res) => handover.putProjects(res, req.body))
  app.get('/relay/status', (req, res) => handover.status(res, req.query))
  app.get('/metrics', (_req, res) => metrics.answer(res))
  app.all(privatePath, notFound)

  // Any other path may be an SDK's tunnel; see Entrance.
  app.post(anyPath, (req, res) => ingest.receive(req, res, tunnel))
  app.options(anyPath, (_req, res) => answerPreflight(res))
  app.all(anyPath, notFound)
  app.use(handleError)
  return listen

  /** The plainest form of the first route passes by Express, whose routing costs more than admission. */
  function listen(req: IncomingMessage, res: ServerResponse): void {
    const found = req.method === 'POST' ? plainPath.exec(req.url ?? '') : null
    if (!found) {
      app(req, res)
      return
    }
    const [, projectText, endpoint] = found as unknown as [string, string, 'envelope' | 'store']
    void ingest.receive(req, res, { endpoint, projectText, keyText: null, tunnel: false })
  }

  function requireToken(req: Request, res: Response, next: NextFunction): void {
    handover.checkToken(req, res)
    next()
  }

  function handleError(error: unknown, req: Request, res: Response, _next: NextFunction): void {
    if (res.headersSent) {
      log.error({ err: error }, 'an answer broke off')
      res.destroy()
      return
    }
    const known = error instanceof AppError ? error : fromFramework(error)
    if (!known || statusOf(known.code) >= 500) log.error({ err: error, path: req.path }, 'a request failed')
    if (!privatePath.test(req.path)) {
      const refusal = countedAs[known?.code ?? 'internal']
      if (refusal) outcomes.count(0, refusal)
      answerRefusal(req, res, known?.code ?? 'internal', known?.message ?? 'Internal error')
      return
    }
    if (known?.code === 'unauthorized') res.setHeader('www-authenticate', 'Bearer')
    const detail = known?.message ?? 'Internal error'
    answerJson(res, statusOf(known?.code ?? 'internal'), { detail, code: known?.code ?? 'internal' })
  }
}

/** What ends here, before ingest; its own refusals are counted there. */
const countedAs: Partial<Record<AppError['code'], Refusal>> = {
  not_found: 'not_found',
  method_not_allowed: 'method_not_allowed',
  invalid_request: 'invalid_request',
}

const tunnel: Entrance = { endpoint: 'envelope', projectText: null, keyText: null, tunnel: true }

const jsonBody = express.json({ limit: '8mb', type: () => true })

const endpointByName: Record<string, Endpoint> = {
  envelope: 'envelope',
  store: 'store',
  security: 'security',
  'csp-report': 'security',
  minidump: 'minidump',
  unreal: 'unreal',
}

function readEntrance(params: Request['params']): Entrance {
  const { project, endpoint, key } = params as { project?: string; endpoint?: string; key?: string }
  const name = key === undefined ? (endpoint ?? 'store') : 'unreal'
  return {
    endpoint: endpointByName[name.toLowerCase()] as Endpoint,
    projectText: project ?? null,
    keyText: key ?? null,
    tunnel: false,
  }
}

function methodNotAllowed(): void {
  throw new AppError('method_not_allowed', 'Only POST and OPTIONS are served here')
}

function notFound(): void {
  throw new AppError('not_found', 'No such path')
}

/** Errors that Express and its body parser raise, by the status they carry. */
function fromFramework(error: unknown): AppError | null {
  const status = (error as { status?: unknown } | null)?.status
  if (status === 413) return new AppError('too_large', 'The body is too large', { cause: error })
  if (typeof status !== 'number' || status < 400 || status > 499) return null
  return new AppError('invalid_request', 'The request is malformed', { cause: error })
}
