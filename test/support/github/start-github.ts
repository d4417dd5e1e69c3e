// A stand-in for GitHub's API: a real server on loopback that keeps issues in memory, holds every request and
// answer against GitHub's own descriptions, and fails on demand in the ways GitHub does.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GraphQLError, graphqlSync } from 'graphql'
import {
  type AppIdentity,
  appJson,
  installationJson,
  isSignedByApp,
  repositoryJson,
  tokenJson,
} from './app-json.ts'
import {
  authenticatedUserJson,
  commentJson,
  issueJson,
  type StandInComment,
  type StandInIssue,
  timelineJson,
  toSeconds,
} from './issue-json.ts'
import { type GithubRules, graphqlSchema, loadGithubRules } from './validate.ts'

export type Operation =
  | 'whoami'
  | 'app'
  | 'installation'
  | 'token'
  | 'repository'
  | 'create'
  | 'list'
  | 'get'
  | 'update'
  | 'comment'
  | 'timeline'
  | 'graphql'

/**
 * What goes wrong with one request. `done` says whether GitHub carries it out before: an answer of 500, a
 * silence or a dropped connection tell the client nothing about that.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly done?: boolean; readonly message?: string }
  | { readonly kind: 'rate_limit'; readonly retryAfter?: number | string; readonly resetAt?: Date }
  | { readonly kind: 'silence'; readonly done: boolean }
  | { readonly kind: 'drop'; readonly done: boolean }
  | { readonly kind: 'garbage'; readonly done: boolean }
  /** To the first repository's number, as when it was renamed; or to an address elsewhere. */
  | { readonly kind: 'redirect'; readonly status: number; readonly to?: string }

export type RecordedRequest = {
  readonly operation: Operation
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>> | null
  /** 0: never answered. */
  status: number
}

export type Github = Awaited<ReturnType<typeof startGithub>>

type Answer = { status: number; body: unknown; headers?: Record<string, string> }

const routes: readonly (readonly [method: string, pattern: RegExp, operation: Operation])[] = [
  ['get', /^\/user$/, 'whoami'],
  ['get', /^\/app$/, 'app'],
  ['post', /^\/app\/installations\/(\d+)\/access_tokens$/, 'token'],
  ['get', /^\/repos\/([^/]+\/[^/]+)\/installation$/, 'installation'],
  ['get', /^\/repos\/([^/]+\/[^/]+)$/, 'repository'],
  ['post', /^\/repos\/([^/]+\/[^/]+)\/issues$/, 'create'],
  ['get', /^\/repos\/([^/]+\/[^/]+)\/issues$/, 'list'],
  ['get', /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/, 'get'],
  ['patch', /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/, 'update'],
  ['post', /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/comments$/, 'comment'],
  ['get', /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)\/timeline$/, 'timeline'],
  ['post', /^\/graphql$/, 'graphql'],
]

let loaded: Promise<GithubRules> | undefined

async function readBody(req: IncomingMessage): Promise<Record<string, unknown> | null> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return text ? (JSON.parse(text) as Record<string, unknown>) : null
}

function asError(status: number, message: string): Answer {
  return {
    status,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  }
}

/**
 * Starts the stand-in.
 * @param options.login        who the token belongs to
 * @param options.repositories that exist, `owner/name`
 * @param options.now          GitHub's clock
 * @returns its address, what it holds and saw, and what people and misfortune do. `close` stops it and
 *          throws when a request or an answer broke GitHub's description.
 */
export async function startGithub(
  options: {
    readonly login?: string
    readonly token?: string
    readonly repositories?: readonly string[]
    readonly now?: () => Date
    /** A GitHub App that may ask for installation tokens. */
    readonly app?: AppIdentity & { readonly tokenLivesMs?: number }
  } = {},
) {
  loaded ??= loadGithubRules()
  const rules = await loaded
  const login = options.login ?? (options.app ? `${options.app.slug}[bot]` : 'postern-bot')
  const repositories = options.repositories ?? ['acme/shop']
  const now = options.now ?? (() => new Date())
  const issues: StandInIssue[] = []
  const requests: RecordedRequest[] = []
  const violations: string[] = []
  const faults: { operation: Operation; fault: Fault }[] = []
  const state = {
    token: options.token ?? 'github-test-token',
    /** Set: lists show the issues as they were then. */
    listsStandAt: null as readonly StandInIssue[] | null,
    /** The other tokens that are good: those of an app's installation, while they live. */
    installationTokens: new Map<string, Date>(),
    url: '',
  }
  /** What a repository is beside the default: private, with issues. */
  const repositoryFacts = new Map<string, { isPublic?: boolean; isArchived?: boolean; hasIssues?: boolean }>()

  function findIssue(repository: string, number: number): StandInIssue | undefined {
    return issues.find((issue) => issue.repository === repository && issue.number === number)
  }

  function getIssue(number: number, repository = repositories[0] ?? ''): StandInIssue {
    const issue = findIssue(repository, number)
    if (!issue) throw new Error(`the stand-in has no ${repository}#${number}`)
    return issue
  }

  function openIssue(fields: {
    title: string
    body?: string
    author?: string
    repository?: string
    isPullRequest?: boolean
    labels?: readonly string[]
    assignee?: string | null
  }): StandInIssue {
    const repository = fields.repository ?? repositories[0] ?? ''
    const at = now()
    const issue: StandInIssue = {
      repository,
      number: issues.filter((other) => other.repository === repository).length + 1,
      title: fields.title,
      body: fields.body ?? '',
      author: fields.author ?? login,
      state: 'open',
      stateReason: null,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
      closedBy: null,
      comments: [],
      isPullRequest: fields.isPullRequest ?? false,
      milestone: null,
      labels: fields.labels ?? [],
      assignee: fields.assignee ?? null,
      locked: false,
      isGone: false,
      movedTo: null,
      mergedAt: null,
      closedByCommit: null,
      isConverted: false,
      references: [],
      original: null,
    }
    issues.push(issue)
    return issue
  }

  function closeIssue(
    number: number,
    reason: 'completed' | 'not_planned' | 'duplicate' | null = 'completed',
    by = 'octocat',
    repository?: string,
  ): void {
    const at = now()
    Object.assign(getIssue(number, repository), {
      state: 'closed',
      stateReason: reason,
      closedAt: at,
      closedBy: by,
      updatedAt: at,
    })
  }

  function reopenIssue(number: number, repository?: string): void {
    Object.assign(getIssue(number, repository), {
      state: 'open',
      stateReason: 'reopened',
      closedAt: null,
      closedBy: null,
      updatedAt: now(),
    })
  }

  function list(repository: string, query: Record<string, string>, headers: Record<string, string>): Answer {
    const perPage = Math.min(Number(query.per_page ?? 30), 100)
    const page = Number(query.page ?? 1)
    const since = query.since ? Date.parse(query.since) : 0
    const key = query.sort === 'updated' ? 'updatedAt' : 'createdAt'
    const sign = query.direction === 'asc' ? 1 : -1
    const all = (state.listsStandAt ?? issues)
      .filter((issue) => issue.repository === repository && !issue.isGone)
      .filter((issue) => query.state === 'all' || issue.state === (query.state ?? 'open'))
      .filter((issue) => !query.creator || issue.author.toLowerCase() === query.creator.toLowerCase())
      .filter((issue) => Date.parse(toSeconds(issue.updatedAt)) >= since)
      .sort((a, b) => sign * (a[key].getTime() - b[key].getTime() || a.number - b.number))
    const shown = all.slice((page - 1) * perPage, page * perPage).map((issue) => issueJson(issue, state.url))
    const seen = JSON.stringify([shown, all.map((issue) => issue.updatedAt)])
    const etag = `W/"${createHash('sha256').update(seen).digest('hex')}"`
    if (headers['if-none-match'] === etag) return { status: 304, body: null, headers: { etag } }
    const link =
      page * perPage < all.length
        ? {
            link: `<${state.url}/repositories/1/issues?${new URLSearchParams({ ...query, page: String(page + 1) })}>; rel="next"`,
          }
        : {}
    return { status: 200, body: shown, headers: { etag, ...link } }
  }

  function update(issue: StandInIssue, body: Record<string, unknown>): void {
    if (body.state === 'closed') {
      closeIssue(issue.number, (body.state_reason as 'completed') ?? 'completed', login, issue.repository)
    }
    if (body.state === 'open') reopenIssue(issue.number, issue.repository)
    issue.updatedAt = now()
  }

  /** A person moves an issue to another repository: its old address leads to the new one. */
  function moveIssue(number: number, to: string): StandInIssue {
    const issue = getIssue(number)
    const moved = openIssue({ title: issue.title, body: issue.body, author: issue.author, repository: to })
    const { state: was, stateReason, closedAt, closedBy } = issue
    Object.assign(moved, { state: was, stateReason, closedAt, closedBy })
    Object.assign(issue, { isGone: true, movedTo: { repository: to, number: moved.number } })
    return moved
  }

  function readTimeline(issue: StandInIssue, query: Readonly<Record<string, string>>): Answer {
    const events = timelineJson(issue, state.url)
    const perPage = Math.min(Number(query.per_page ?? 30), 100)
    const page = Number(query.page ?? 1)
    const lastPage = Math.ceil(events.length / perPage)
    const link = (number: number, rel: string) =>
      `<${state.url}/x?${new URLSearchParams({ ...query, page: String(number) })}>; rel="${rel}"`
    const headers = page < lastPage ? { link: `${link(page + 1, 'next')}, ${link(lastPage, 'last')}` } : {}
    return { status: 200, body: events.slice((page - 1) * perPage, page * perPage), headers }
  }

  /** Questions are answered by GitHub's own schema: what it does not know is an error, as there. */
  function answerGraphql(body: Readonly<Record<string, unknown>>): Answer {
    const { errors = [], data } = graphqlSync({
      schema: graphqlSchema,
      source: String(body.query),
      variableValues: body.variables as Readonly<Record<string, unknown>>,
      rootValue: { repository: askedRepository },
    })
    // A question that breaks the schema has no data at all.
    if (data === undefined) violations.push(...errors.map(({ message }) => `question: ${message}`))
    return { status: 200, body: { data, ...(errors.length > 0 ? { errors } : {}) } }
  }

  function askedRepository({ owner, name }: Readonly<Record<string, unknown>>) {
    const repository = repositories.find((one) => one === `${owner}/${name}`)
    if (repository === undefined) throw new GraphQLError('Could not resolve to a Repository')
    return {
      issue({ number }: Readonly<Record<string, unknown>>) {
        const issue = findIssue(repository, Number(number))
        if (!issue) throw new GraphQLError('Could not resolve to an Issue')
        const { original } = issue
        const canonical = original && {
          __typename: 'Issue',
          number: original.number,
          repository: { nameWithOwner: original.repository },
        }
        const nodes = canonical ? [{ __typename: 'MarkedAsDuplicateEvent', canonical }] : []
        return { timelineItems: { nodes } }
      },
    }
  }

  function carryOut(
    operation: Operation,
    request: Pick<RecordedRequest, 'query' | 'headers' | 'body'>,
    repository: string,
    number: number,
  ): Answer {
    const body = request.body ?? {}
    if (operation === 'whoami') return { status: 200, body: authenticatedUserJson(login, state.url) }
    if (operation === 'app') return { status: 200, body: appJson(options.app?.slug ?? '') }
    if (operation === 'token') return giveToken()
    if (operation === 'graphql') return answerGraphql(body)
    if (!repositories.includes(repository)) return asError(404, 'Not Found')
    if (operation === 'installation') {
      return { status: 200, body: installationJson(options.app?.installationId ?? 0) }
    }
    if (operation === 'repository') {
      return { status: 200, body: repositoryJson(repository, repositoryFacts.get(repository) ?? {}) }
    }
    if (operation === 'create') {
      const author = login
      const issue = openIssue({
        title: String(body.title),
        body: String(body.body ?? ''),
        repository,
        author,
        labels: (body.labels ?? []) as string[],
        assignee: (body.assignees as string[] | undefined)?.[0] ?? null,
      })
      return { status: 201, body: issueJson(issue, state.url) }
    }
    if (operation === 'list') return list(repository, { ...request.query }, { ...request.headers })
    const issue = findIssue(repository, number)
    if (!issue) return asError(404, 'Not Found')
    if (issue.movedTo && operation === 'get') {
      const location = `${state.url}/repositories/${repositories.indexOf(issue.movedTo.repository)}/issues/${issue.movedTo.number}`
      return { status: 301, body: { message: 'Moved Permanently', url: location }, headers: { location } }
    }
    if (issue.isGone) return asError(410, 'This issue was deleted')
    if (operation === 'timeline') return readTimeline(issue, request.query)
    if (operation === 'comment') {
      const comment = { author: login, body: String(body.body), at: now() }
      issue.comments.push(comment)
      issue.updatedAt = comment.at
      return { status: 201, body: commentJson(issue, comment, state.url) }
    }
    if (operation === 'update') update(issue, body)
    return { status: 200, body: issueJson(issue, state.url) }
  }

  function giveToken(): Answer {
    const token = `ghs_${state.installationTokens.size + 1}`
    const expiresAt = new Date(Date.now() + (options.app?.tokenLivesMs ?? 3_600_000))
    state.installationTokens.set(token, expiresAt)
    return { status: 201, body: tokenJson(token, toSeconds(expiresAt)) }
  }

  /** A personal token, an installation's while it lives, or the app's own signature where that is asked for. */
  function isAuthorised(operation: Operation, authorization: string | undefined): boolean {
    const given = authorization?.replace(/^(token|bearer) /i, '') ?? ''
    if (operation === 'app' || operation === 'installation' || operation === 'token') {
      return options.app !== undefined && isSignedByApp(given, options.app)
    }
    const livesUntil = state.installationTokens.get(given)
    return given === state.token || (livesUntil !== undefined && livesUntil > new Date())
  }

  function applyFault(fault: Fault, done: () => Answer, res: ServerResponse): Answer | 'silent' {
    if (fault.kind === 'redirect') {
      const location = fault.to ?? `${state.url}/repositories/0/issues`
      return { ...asError(fault.status, 'Moved'), headers: { location } }
    }
    if (fault.kind === 'rate_limit') {
      const headers: Record<string, string> =
        fault.resetAt === undefined
          ? { ...(fault.retryAfter ? { 'retry-after': String(fault.retryAfter) } : {}) }
          : {
              'x-ratelimit-limit': '5000',
              'x-ratelimit-remaining': '0',
              'x-ratelimit-reset': String(Math.floor(fault.resetAt.getTime() / 1000)),
            }
      const which = fault.resetAt ? 'API rate limit exceeded' : 'You have exceeded a secondary rate limit'
      return { ...asError(403, which), headers }
    }
    if (fault.done) done()
    if (fault.kind === 'status') return asError(fault.status, fault.message ?? 'as told')
    if (fault.kind === 'drop') res.destroy()
    else if (fault.kind === 'garbage')
      res.writeHead(201, { 'content-type': 'text/html' }).end('<html>proxy</html>')
    return 'silent'
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', state.url)
    // Where a move leads to, a repository stands by its number, as on GitHub.
    url.pathname = url.pathname.replace(
      /^\/repositories\/(\d+)\//,
      (_, index) => `/repos/${repositories[Number(index)]}/`,
    )
    const method = (req.method ?? '').toLowerCase()
    const headers = Object.fromEntries(
      Object.entries(req.headers).map(([name, value]) => [name, String(value)]),
    )
    const query = Object.fromEntries(url.searchParams)
    const body = await readBody(req)
    const element = { method, url: { path: url.pathname, query }, headers, ...(body ? { body } : {}) }
    const route = routes.find(([verb, pattern]) => verb === method && pattern.test(url.pathname))
    // GitHub describes GraphQL apart from its REST API; see answerGraphql.
    const isGraphql = url.pathname === '/graphql'
    const problems = isGraphql ? [] : rules.problemsOfRequest(element)
    if (!headers['x-github-api-version']) problems.push('X-GitHub-Api-Version is missing')
    if (!headers['user-agent']) problems.push('User-Agent is missing')
    violations.push(...problems.map((problem) => `request ${method} ${url.pathname}: ${problem}`))
    if (!route) {
      res.writeHead(404).end()
      return
    }
    const [, pattern, operation] = route
    const [, named = '', number = ''] = pattern.exec(url.pathname) ?? []
    const repository = repositories.find((one) => one.toLowerCase() === named.toLowerCase()) ?? named
    const recorded: RecordedRequest = { operation, path: url.pathname, query, headers, body, status: 0 }
    requests.push(recorded)

    const done = () =>
      problems.length > 0
        ? asError(422, `Validation Failed: ${problems.join('; ')}`)
        : carryOut(operation, { query, headers, body }, repository, Number(number))
    const isKnown = isAuthorised(operation, headers.authorization)
    const index = faults.findIndex((waiting) => waiting.operation === operation)
    const fault = index >= 0 ? faults.splice(index, 1)[0]?.fault : undefined
    const made = !isKnown ? asError(401, 'Bad credentials') : fault ? applyFault(fault, done, res) : done()
    if (made === 'silent') return
    recorded.status = made.status
    const answerHeaders = { 'content-type': 'application/json; charset=utf-8', ...made.headers }
    const outgoing = { statusCode: made.status, headers: answerHeaders, body: made.body }
    violations.push(
      ...rules.problemsOfAnswer(element, outgoing).map((p) => `answer ${method} ${url.pathname}: ${p}`),
    )
    res.writeHead(made.status, answerHeaders)
    res.end(made.status === 304 ? undefined : JSON.stringify(made.body))
  }

  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      violations.push(`the stand-in broke: ${String(error)}`)
      res.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url: state.url,
    login,
    get token(): string {
      return state.token
    },
    issues,
    requests,
    violations,
    openIssue,
    moveIssue,
    /** A person comments. */
    comment(number: number, comment: Omit<StandInComment, 'at'>): void {
      const issue = getIssue(number)
      issue.comments.push({ ...comment, at: now() })
      issue.updatedAt = now()
    },
    closeIssue,
    reopenIssue,
    /** The next request of that operation goes wrong; several wait their turn. */
    failNext(operation: Operation, fault: Fault): void {
      faults.push({ operation, fault })
    },
    revokeToken(): void {
      state.token = 'another'
      state.installationTokens.clear()
    },
    setRepository(
      name: string,
      facts: { isPublic?: boolean; isArchived?: boolean; hasIssues?: boolean },
    ): void {
      repositoryFacts.set(name, facts)
    },
    /** Lists show things as they are now until told otherwise, as GitHub's replicas do for moments. */
    lagLists(isLagging: boolean): void {
      state.listsStandAt = isLagging ? structuredClone(issues) : null
    },
    countRequests(operation: Operation): number {
      return requests.filter((request) => request.operation === operation).length
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (violations.length > 0) throw new Error(`GitHub's description was broken:\n${violations.join('\n')}`)
    },
  }
}
