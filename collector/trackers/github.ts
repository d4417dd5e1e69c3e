// GitHub (and GitHub Enterprise) through @octokit/core over undici. Octokit's retry and throttling plugins
// are left out on purpose: a repeated create after a 502 makes a duplicate, so the outbox retries instead.
// Every answer is parsed by a schema; what can't be parsed counts as unclear.
import type { Octokit } from '@octokit/core'
import { Agent } from 'undici'
import { z } from 'zod'
import { cutText } from '../pipeline/wire-values.ts'
import { createGithubAuth, type GithubCredentials } from './github-auth.ts'
import { explainFailure, explainRedirect, rateLimitOf } from './github-failures.ts'
import { original, originalQuery, timelinePage } from './github-history.ts'
import type {
  Tracker,
  TrackerEvent,
  TrackerFailure,
  TrackerIssue,
  TrackerIssuePage,
  TrackerResult,
} from './tracker.ts'

const moment = z.string().transform((text, context) => {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) context.addIssue('not a moment')
  return at
})
const account = z.object({ login: z.string() }).nullish()
/** GitHub allows a label 50 characters; an issue of ours that somebody gave hundreds is cut. */
const maxLabels = 20
const maxLabel = 50

/** Old Enterprise servers name a label by its name alone. */
const labels = z
  .array(z.union([z.string(), z.object({ name: z.string().nullish() })]).catch(''))
  .transform((all) =>
    all
      .map((label) => (typeof label === 'string' ? label : (label.name ?? '')))
      .map((name) => cutText(name.replaceAll('\0', '').toWellFormed().trim(), maxLabel))
      .filter((name) => name !== '')
      .slice(0, maxLabels),
  )
const stateReasons = ['completed', 'not_planned', 'duplicate', 'reopened'] as const

/** Of a history that is longer the first page and the last ones are read: what decides stands at its end. */
const maxTimelinePages = 10

const githubIssue = z.object({
  number: z.int().positive(),
  repository_url: z.string(),
  html_url: z.url({ protocol: /^https?$/ }),
  title: z.string(),
  body: z.string().nullish(),
  user: account,
  state: z.enum(['open', 'closed']),
  state_reason: z.enum(stateReasons).nullish().catch(null),
  assignee: account,
  labels: labels.nullish().catch(null),
  milestone: z.object({ title: z.string() }).nullish().catch(null),
  locked: z.boolean().optional(),
  created_at: moment,
  updated_at: moment,
  closed_at: moment.nullish(),
  closed_by: account,
  pull_request: z.unknown().optional(),
})

function toTrackerIssue(issue: z.output<typeof githubIssue>): TrackerIssue {
  return {
    repository: issue.repository_url.split('/').slice(-2).join('/'),
    number: issue.number,
    url: issue.html_url,
    title: issue.title,
    body: issue.body ?? '',
    author: issue.user?.login ?? null,
    state: issue.state,
    stateReason: issue.state_reason ?? null,
    assignee: issue.assignee?.login ?? null,
    labels: issue.labels ?? [],
    milestone: issue.milestone?.title ?? null,
    locked: issue.locked ?? false,
    createdAt: issue.created_at,
    updatedAt: issue.updated_at,
    closedAt: issue.closed_at ?? null,
    closedBy: issue.closed_by?.login ?? null,
  }
}

const oneIssue = githubIssue.transform(toTrackerIssue)
/** The list of issues holds pull requests too. */
const issueList = z
  .array(githubIssue)
  .transform((issues) => issues.filter((i) => i.pull_request === undefined).map(toTrackerIssue))

/** Old Enterprise servers know no `visibility`; "internal" is not public. */
const githubRepository = z
  .object({
    private: z.boolean(),
    visibility: z.string().optional(),
    archived: z.boolean().optional(),
    has_issues: z.boolean().optional(),
  })
  .transform((repository) => ({
    isPublic: repository.visibility === 'public' || (!repository.visibility && !repository.private),
    isArchived: repository.archived ?? false,
    hasIssues: repository.has_issues ?? true,
  }))

type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly data: unknown
}

/**
 * The query of the page that a Link header calls so. Only its query is used: the address and the token
 * stay with the base URL we were given.
 * Source: GitHub REST documentation, "Using pagination in the REST API"
 */
function pageOf(link: unknown, name: 'next' | 'last'): string | null {
  const pattern = name === 'next' ? /<([^<>]+)>;[^<]*\brel="?next"?/ : /<([^<>]+)>;[^<]*\brel="?last"?/
  const address = typeof link === 'string' ? pattern.exec(link)?.[1] : undefined
  return address && URL.canParse(address) ? new URL(address).search.slice(1) : null
}

/** octokit throws what it can't call a success, a 304 too. */
function isNotModified(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 304
}

function parseAnswer<T>(answer: Answer, schema: z.ZodType<T>, route: string): TrackerResult<T> {
  const parsed = schema.safeParse(answer.data)
  if (parsed.success) return { ok: true, value: parsed.data }
  const message = `GitHub's answer to ${route} could not be read (status ${answer.status}).`
  return { ok: false, kind: 'unclear', permanent: false, message, retryAt: null }
}

/**
 * @param deps.baseUrl           `https://api.github.com`, or an Enterprise's `https://host/api/v3`
 * @param deps.requestTimeoutMs  whole life of one request, its body included
 */
export function createGithubTracker(deps: {
  readonly baseUrl: string
  readonly credentials: GithubCredentials
  readonly now: () => Date
  readonly requestTimeoutMs?: number
}): Tracker {
  const requestTimeoutMs = deps.requestTimeoutMs ?? 15_000
  const dispatcher = new Agent({
    connect: { timeout: Math.min(5_000, requestTimeoutMs) },
    headersTimeout: requestTimeoutMs,
    bodyTimeout: requestTimeoutMs,
    connections: 4,
    maxResponseSize: 64 * 1024 * 1024,
  })
  const auth = createGithubAuth({ baseUrl: deps.baseUrl, credentials: deps.credentials, dispatcher })
  let login: string | undefined
  let blocked: { readonly until: Date; readonly message: string } | undefined

  async function send(
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
    about: Readonly<Record<string, unknown>> = parameters,
  ): Promise<TrackerResult<Answer>> {
    const now = deps.now()
    if (blocked && now < blocked.until) {
      const { message, until } = blocked
      return { ok: false, kind: 'rate_limited', permanent: false, message, retryAt: until }
    }
    const signal = AbortSignal.timeout(requestTimeoutMs)
    const ready = await getClient(about, route, now, signal)
    if (!ready.ok) return ready
    try {
      const answer = await ready.value.request(route, { ...parameters, headers, request: { signal } })
      if (answer.status >= 300) return explainRedirect(answer.status, route)
      // The last request that the hour allows: the next would only be refused.
      const until = rateLimitOf(answer.status, answer.headers, '', now)
      if (until) blocked = { until, message: 'GitHub allows no more requests for now.' }
      return { ok: true, value: answer }
    } catch (error) {
      if (isNotModified(error)) return { ok: true, value: { status: 304, headers: {}, data: null } }
      const failure = explainFailure(error, route, now)
      note(failure, error)
      return failure
    }
  }

  function note(failure: TrackerFailure, error: unknown): void {
    if (failure.kind === 'rate_limited' && failure.retryAt) {
      blocked = { until: failure.retryAt, message: failure.message }
    }
    if (error instanceof Error && 'status' in error && error.status === 401) auth.distrustToken()
  }

  /** The request itself was not sent yet: whatever goes wrong here, nothing was done. */
  async function getClient(
    { owner, repo }: Readonly<Record<string, unknown>>,
    route: string,
    now: Date,
    signal: AbortSignal,
  ): Promise<TrackerResult<Octokit>> {
    let onAbort: () => void = () => undefined
    const tooLate = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort)
    })
    try {
      const repository = owner && repo ? `${owner}/${repo}` : null
      const value = await Promise.race([auth.clientFor(repository), tooLate])
      signal.throwIfAborted()
      return { ok: true, value }
    } catch (error) {
      const failure = explainFailure(error, route, now)
      note(failure, error)
      return failure.kind === 'unclear' ? { ...failure, kind: 'unreachable' } : failure
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async function request<T>(
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    schema: z.ZodType<T>,
  ): Promise<TrackerResult<T>> {
    const answer = await send(route, parameters)
    return answer.ok ? parseAnswer(answer.value, schema, route) : answer
  }

  function at(repository: string): { owner: string; repo: string } {
    const [owner = '', repo = ''] = repository.split('/')
    return { owner, repo }
  }

  return {
    requestTimeoutMs,
    close: () => dispatcher.close(),

    // https://docs.github.com/en/rest/users/users#get-the-authenticated-user
    async whoAmI() {
      if (login !== undefined) return { ok: true, value: login }
      const found = await request(auth.identity.route, {}, auth.identity.login)
      if (found.ok) login = found.value
      return found
    },

    // https://docs.github.com/en/rest/repos/repos#get-a-repository
    getRepository: (repository) => request('GET /repos/{owner}/{repo}', at(repository), githubRepository),

    // https://docs.github.com/en/rest/issues/issues#create-an-issue
    createIssue: (repository, text) =>
      request('POST /repos/{owner}/{repo}/issues', { ...at(repository), ...text }, oneIssue),

    // https://docs.github.com/en/rest/issues/issues#list-repository-issues
    async listIssuesSince(repository, filter, place = {}) {
      const query = place.page
        ? Object.fromEntries(new URLSearchParams(place.page))
        : {
            state: 'all',
            // Newest change first: what changes while we page moves to the front and is met again next
            // time. Oldest first would move others over a page's edge, unseen.
            sort: 'updated',
            direction: 'desc',
            per_page: 100,
            ...(filter.since ? { since: filter.since.toISOString().replace(/\.\d+Z$/, 'Z') } : {}),
            ...(filter.creator ? { creator: filter.creator } : {}),
          }
      const route = 'GET /repos/{owner}/{repo}/issues'
      const headers: Record<string, string> = place.etag && !place.page ? { 'if-none-match': place.etag } : {}
      const answer = await send(route, { ...at(repository), ...query }, headers)
      if (!answer.ok) return answer
      if (answer.value.status === 304) return { ok: true, value: 'not_modified' }
      const listed = parseAnswer(answer.value, issueList, route)
      if (!listed.ok) return listed
      const { etag, link } = answer.value.headers
      const page: TrackerIssuePage = {
        issues: listed.value,
        next: pageOf(link, 'next'),
        etag: typeof etag === 'string' ? etag : null,
      }
      return { ok: true, value: page }
    },

    // https://docs.github.com/en/rest/issues/issues#get-an-issue
    // A moved one is a 301 that is followed within the address and with the token we were given.
    async getIssue(repository, number) {
      const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}'
      const read = await request(route, { ...at(repository), issue_number: number }, oneIssue)
      if (read.ok || (read.status !== 404 && read.status !== 410)) return read
      // Both also mean that the repository is out of sight, or has no issues any more.
      const around = await request('GET /repos/{owner}/{repo}', at(repository), githubRepository)
      if (!around.ok) return around
      return around.value.hasIssues ? { ok: true, value: 'gone' } : read
    },

    // https://docs.github.com/en/rest/issues/timeline#list-timeline-events-for-an-issue
    async listEvents(repository, number) {
      const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/timeline'
      const events: TrackerEvent[] = []
      let skipped = 0
      for (let page = 1; ; page++) {
        const place = { ...at(repository), issue_number: number, per_page: 100, page }
        const answer = await send(route, place)
        if (!answer.ok) return answer
        const listed = parseAnswer(answer.value, timelinePage, route)
        if (!listed.ok) return listed
        events.push(...listed.value)
        const { link } = answer.value.headers
        if (pageOf(link, 'next') === null || page >= maxTimelinePages + skipped) break
        if (page > 1) continue
        const last = Number(new URLSearchParams(pageOf(link, 'last') ?? '').get('page'))
        skipped = Math.max(0, last - maxTimelinePages) || 0
        page += skipped
      }
      return { ok: true, value: events }
    },

    // https://docs.github.com/en/graphql: the REST API doesn't name the other one.
    async findOriginal(repository, number) {
      const about = at(repository)
      // Enterprise answers beside its REST API.
      const route = `POST ${deps.baseUrl.replace(/\/+$/, '').replace(/\/api\/v3$/, '/api')}/graphql`
      const answer = await send(route, originalQuery(about.owner, about.repo, number), {}, about)
      return answer.ok ? parseAnswer(answer.value, original, 'POST /graphql') : answer
    },

    // https://docs.github.com/en/rest/issues/comments#create-an-issue-comment
    comment: (repository, number, body) =>
      request(
        'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
        { ...at(repository), issue_number: number, body },
        z.object({ id: z.number() }).transform(() => null),
      ),

    // https://docs.github.com/en/rest/issues/issues#update-an-issue
    closeIssue: (repository, number, reason) =>
      request(
        'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
        { ...at(repository), issue_number: number, state: 'closed', state_reason: reason },
        oneIssue,
      ),
    openIssue: (repository, number) =>
      request(
        'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
        { ...at(repository), issue_number: number, state: 'open', state_reason: 'reopened' },
        oneIssue,
      ),
  }
}
