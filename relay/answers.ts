// What the relay answers: CORS headers on everything public, Sentry's error bodies, one table from code to
// status. Never a redirect: SDKs don't follow them.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorCode } from '../shared/errors.ts'

/** Without the exposed names browser SDKs can't read, and so can't obey, rate limits. */
const corsHeaders = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  'x-sentry-error, x-sentry-rate-limits, retry-after',
  'cross-origin-resource-policy',
  'cross-origin',
]

const preflightHeaders = [
  ...corsHeaders,
  'access-control-allow-methods',
  'POST',
  'access-control-allow-headers',
  'x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, authentication, ' +
    'authorization, content-encoding, transfer-encoding, sentry-trace, baggage',
  'access-control-max-age',
  '3600',
  'content-length',
  '0',
]

const statusByCode: Partial<Record<ErrorCode, number>> = {
  invalid_envelope: 400,
  invalid_event: 400,
  invalid_encoding: 400,
  invalid_project: 400,
  unsupported_version: 400,
  invalid_request: 400,
  missing_key: 401,
  unauthorized: 401,
  unknown_key: 403,
  project_mismatch: 403,
  not_found: 404,
  method_not_allowed: 405,
  stale_projects: 409,
  too_large: 413,
  rate_limited: 429,
  too_many_attempts: 429,
  spool_unavailable: 503,
  spool_damaged: 503,
}

/** The status for an error code; 500 for what is nobody's business. */
export function statusOf(code: ErrorCode): number {
  return statusByCode[code] ?? 500
}

/** How long a refused sender may go on sending before the connection is cut: time to read the answer. */
const lingerMs = 5_000

/** @param rateLimits value of X-Sentry-Rate-Limits; '' for none */
export function answerAccepted(
  res: ServerResponse,
  type: 'application/json' | 'text/plain',
  body: string,
  rateLimits: string,
): void {
  const headers = [...corsHeaders, 'content-type', type, 'content-length', String(body.length)]
  if (rateLimits !== '') headers.push('x-sentry-rate-limits', rateLimits)
  res.writeHead(200, headers)
  res.end(body)
}

export function answerPreflight(res: ServerResponse): void {
  res.writeHead(200, preflightHeaders)
  res.end()
}

/**
 * 429: everything of this key is to be kept back for a while.
 * @param seconds   how long
 * @param announced what X-Sentry-Rate-Limits says on ordinary answers; '' for nothing
 */
export function answerLimited(
  req: IncomingMessage,
  res: ServerResponse,
  seconds: number,
  announced: string,
): void {
  // No category means all of them.
  const limits = [`${seconds}::key:rate_limited`, ...(announced === '' ? [] : [announced])].join(', ')
  answerRefusal(req, res, 'rate_limited', 'Too many requests; wait before sending more', [
    'retry-after',
    String(seconds),
    'x-sentry-rate-limits',
    limits,
  ])
}

/** A refusal as SDKs know it. A body that is still coming is discarded for a moment, then cut off. */
export function answerRefusal(
  req: IncomingMessage,
  res: ServerResponse,
  code: ErrorCode,
  detail: string,
  more: readonly string[] = [],
): void {
  const body = JSON.stringify({ detail, causes: [] })
  const headers = [...corsHeaders, 'content-type', 'application/json', 'x-sentry-error', detail, ...more]
  headers.push('content-length', String(Buffer.byteLength(body)))
  if (code === 'method_not_allowed') headers.push('allow', 'POST, OPTIONS')
  res.writeHead(statusOf(code), headers)
  res.end(body)
  if (!req.complete) {
    const timer = setTimeout(() => req.socket.destroy(), lingerMs)
    timer.unref()
    req.once('close', () => clearTimeout(timer))
  }
}

/** JSON for the private surface and for health: no CORS. */
export function answerJson(res: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  res.writeHead(status, [
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
  ])
  res.end(body)
}

/** The answer to bytes that are no HTTP, or too much of it: written by hand, since there is no request. */
export function rawRefusal(status: number, reason: string, detail: string): string {
  const body = JSON.stringify({ detail, causes: [] })
  const headers = [...corsHeaders, 'content-type', 'application/json', 'x-sentry-error', detail]
  headers.push('content-length', String(Buffer.byteLength(body)), 'connection', 'close')
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? `${name}: ${headers[index + 1]}` : []))
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
