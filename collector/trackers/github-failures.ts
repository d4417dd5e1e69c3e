// Pure: what a failed request to GitHub means. The line that matters runs between "surely not done" and
// "may have been done": only the first may be repeated without looking.
// Source: GitHub REST documentation, "Rate limits for the REST API" and "Troubleshooting the REST API"
import { boundMoment, readRetryAfter } from '../retry-after.ts'
import type { TrackerFailure } from './tracker.ts'

type Headers = Readonly<Record<string, unknown>>

/** Errors of a connection that never came to be; whatever else breaks may have broken after the request. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** How long to wait where GitHub speaks of a limit but names no moment: "at least one minute". */
const unnamedWaitMs = 60_000

/**
 * The moment before which no request may be sent; null: this answer sets no limit. A 200 sets one when it
 * used up the last request of the hour.
 */
export function rateLimitOf(status: number, headers: Headers, message: string, now: Date): Date | null {
  const isRefusal = status === 403 || status === 429
  if (isRefusal && headers['retry-after'] !== undefined) {
    return readRetryAfter(headers['retry-after'], now) ?? new Date(now.getTime() + unnamedWaitMs)
  }
  if ((isRefusal || status < 300) && headers['x-ratelimit-remaining'] === '0') {
    const reset = new Date(Number(headers['x-ratelimit-reset']) * 1000)
    if (Number.isNaN(reset.getTime())) return new Date(now.getTime() + unnamedWaitMs)
    // A reset in the past is another clock than ours.
    return reset > now
      ? boundMoment(reset.getTime(), now)
      : isRefusal
        ? new Date(now.getTime() + unnamedWaitMs)
        : null
  }
  if (status === 429 || (status === 403 && /rate limit|abuse detection/i.test(message))) {
    return new Date(now.getTime() + unnamedWaitMs)
  }
  return null
}

const advice: Readonly<Record<number, string>> = {
  401: 'GITHUB_TOKEN, or the key of the GitHub App, is not valid (any more)',
  403: 'the token may not do this',
  404: 'the repository does not exist, or the token may not see it',
  410: 'issues are switched off in this repository',
  422: 'GitHub finds the request invalid',
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** Error codes and names down the chain of causes. */
function namesOf(error: unknown): string[] {
  const names: string[] = []
  for (let at = error, depth = 0; at !== undefined && depth < 5; at = propertyOf(at, 'cause'), depth++) {
    for (const name of [propertyOf(at, 'code'), propertyOf(at, 'name')]) {
      if (typeof name === 'string') names.push(name)
    }
  }
  return names
}

function explainAnswer(
  status: number,
  headers: Headers,
  said: string,
  route: string,
  now: Date,
): TrackerFailure {
  const retryAt = rateLimitOf(status, headers, said, now)
  const quoted = said.slice(0, 300)
  if (retryAt) {
    const message = `GitHub's rate limit is reached (${status}): ${quoted}`
    return { ok: false, kind: 'rate_limited', permanent: false, message, retryAt }
  }
  if (status >= 500 || status === 408) {
    const message = `GitHub answered ${status} to ${route}: ${quoted}`
    const after = readRetryAfter(headers['retry-after'], now)
    return { ok: false, kind: 'unclear', permanent: false, message, retryAt: after }
  }
  const why = advice[status] ? `${advice[status]}. ` : ''
  const message = `GitHub refused ${route} (${status}): ${why}It said: ${quoted}`
  return { ok: false, kind: 'refused', permanent: true, message, retryAt: null, status }
}

/** A redirect that was not followed: nothing was done. */
export function explainRedirect(status: number, route: string): TrackerFailure {
  const message = `GitHub redirected ${route} (${status}): the repository has another name now, or GITHUB_API_URL is not its address.`
  return { ok: false, kind: 'refused', permanent: true, message, retryAt: null, status }
}

/**
 * @param error what octokit threw: with a `response` GitHub (or something before it) answered, without one
 *              the connection failed
 * @param route for people, e.g. `POST /repos/{owner}/{repo}/issues`
 */
export function explainFailure(error: unknown, route: string, now: Date): TrackerFailure {
  const status = propertyOf(error, 'status')
  const response = propertyOf(error, 'response')
  const said = error instanceof Error ? error.message : String(error)
  if (response !== undefined && typeof status === 'number') {
    const headers = (propertyOf(response, 'headers') ?? {}) as Headers
    return explainAnswer(status, headers, said, route, now)
  }
  const names = namesOf(error)
  if (names.some((name) => neverConnected.has(name))) {
    const message = `GitHub could not be reached: ${said.slice(0, 300)}`
    return { ok: false, kind: 'unreachable', permanent: false, message, retryAt: null }
  }
  const what = names.some((name) => name === 'TimeoutError' || name.includes('TIMEOUT'))
    ? 'did not answer in time'
    : `dropped the connection (${said.slice(0, 200)})`
  const message = `GitHub ${what}: ${route}`
  return { ok: false, kind: 'unclear', permanent: false, message, retryAt: null }
}
