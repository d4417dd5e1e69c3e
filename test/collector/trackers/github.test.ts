// GitHub's client against the validating stand-in: what each kind of answer is taken for.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createGithubTracker } from '../../../collector/trackers/github.ts'
import { explainFailure, rateLimitOf } from '../../../collector/trackers/github-failures.ts'
import { timelinePage } from '../../../collector/trackers/github-history.ts'
import type { Tracker } from '../../../collector/trackers/tracker.ts'
import { examples } from '../../support/github/examples.ts'
import { type Fault, type Github, startGithub } from '../../support/github/start-github.ts'
import { loadGithubRules } from '../../support/github/validate.ts'

let time = Date.parse('2026-11-24T03:00:00Z')
const now = () => new Date(time)
let github: Github
let tracker: Tracker

beforeEach(async () => {
  github = await startGithub({ now, repositories: ['acme/shop', 'acme/other'] })
  tracker = createGithubTracker({
    baseUrl: `${github.url}/`,
    credentials: { kind: 'token', token: github.token },
    now,
    requestTimeoutMs: 10_000,
  })
})
afterEach(async () => {
  await tracker.close()
  await github.close()
})

const text = { title: 'A title', body: 'A body' }

describe('the stand-in', () => {
  async function post(body: unknown): Promise<number> {
    const answer = await fetch(`${github.url}/repos/acme/shop/issues`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${github.token}`,
        'content-type': 'application/json',
        'x-github-api-version': '2022-11-28',
      },
      body: JSON.stringify(body),
    })
    return answer.status
  }

  test('really validates: an issue without a title is refused and fails the test that sent it', async () => {
    expect(await post({ body: 'no title' })).toBe(422)
    expect(await post({ title: 'x', labels: 7 })).toBe(422)
    expect(await post({ title: 'x' })).toBe(201)
    expect(github.issues).toHaveLength(1)
    expect(github.violations).toHaveLength(2)
    github.violations.length = 0
  })

  test('really validates: each request of ours is named when it is broken', async () => {
    const rules = await loadGithubRules()
    const shop = '/repos/acme/shop'
    const broken: [method: string, path: string, query: Record<string, string>, body?: unknown][] = [
      ['get', `${shop}/issues`, { per_page: 'many' }],
      ['get', `${shop}/issues`, { state: 'some' }],
      ['get', `${shop}/issues`, { since: 'yesterday' }],
      ['get', `${shop}/issues/1/timeline`, { page: 'last' }],
      ['get', `${shop}/issues/first`, {}],
      ['post', `${shop}/issues`, {}, { title: 'x', assignees: 'alice' }],
      ['post', `${shop}/issues/1/comments`, {}, { text: 'x' }],
      ['patch', `${shop}/issues/1`, {}, { state: 'shut' }],
      ['patch', `${shop}/issues/1`, {}, { state: 'closed', state_reason: 'because' }],
      ['post', '/app/installations/7/access_tokens', {}, { repository_ids: 'all' }],
      ['put', `${shop}/issues`, {}],
    ]
    const unnamed = broken.filter(([method, path, query, body]) => {
      const headers = { 'content-type': 'application/json' }
      const request = { method, url: { path, query }, headers, ...(body ? { body } : {}) }
      return rules.problemsOfRequest(request).length === 0
    })
    expect(unnamed).toEqual([])
  })

  test('refuses to end quietly when a request broke the description', async () => {
    await post({})
    const broken = github
    github = await startGithub({ now })
    await expect(broken.close()).rejects.toThrow(/title/)
  })
})

describe('requests', () => {
  test('create, read, comment and close an issue', async () => {
    const created = await tracker.createIssue('acme/shop', text)
    expect(created).toMatchObject({ ok: true, value: { number: 1, state: 'open', author: 'postern-bot' } })
    expect(await tracker.comment('acme/shop', 1, 'hello')).toEqual({ ok: true, value: null })
    expect(await tracker.closeIssue('acme/shop', 1, 'not_planned')).toMatchObject({
      value: { state: 'closed', stateReason: 'not_planned', closedBy: 'postern-bot' },
    })
    expect(await tracker.getIssue('acme/shop', 1)).toMatchObject({ value: { state: 'closed', ...text } })
    expect(github.issues[0]?.comments).toMatchObject([{ body: 'hello' }])
  })

  test('name the version of the API and carry the token', async () => {
    await tracker.whoAmI()
    expect(github.requests[0]?.headers).toMatchObject({
      'x-github-api-version': '2022-11-28',
      authorization: `token ${github.token}`,
    })
  })

  test('ask who the token belongs to only once', async () => {
    expect(await tracker.whoAmI()).toEqual({ ok: true, value: 'postern-bot' })
    expect(await tracker.whoAmI()).toEqual({ ok: true, value: 'postern-bot' })
    expect(github.countRequests('whoami')).toBe(1)
  })

  test('list all pages, leave pull requests out, and stay at the address they were given', async () => {
    for (let i = 0; i < 230; i++) github.openIssue({ title: `issue ${i}`, isPullRequest: i % 10 === 0 })
    const seen = new Set<number>()
    let page: string | null = null
    do {
      const listed = await tracker.listIssuesSince('acme/shop', { since: null }, { page })
      if (!listed.ok || listed.value === 'not_modified') throw new Error('no list')
      for (const issue of listed.value.issues) seen.add(issue.number)
      page = listed.value.next
    } while (page)
    expect(seen.size).toBe(207)
    // The Link header of GitHub names another path; only its query is followed.
    expect(new Set(github.requests.map((request) => request.path))).toEqual(
      new Set(['/repos/acme/shop/issues']),
    )
  })

  test('get not_modified for a list that did not change, by its entity tag', async () => {
    github.openIssue({ title: 'one' })
    const since = new Date(time - 60_000)
    const first = await tracker.listIssuesSince('acme/shop', { since })
    if (!first.ok || first.value === 'not_modified') throw new Error('no list')
    const { etag } = first.value
    expect(await tracker.listIssuesSince('acme/shop', { since }, { etag })).toEqual({
      ok: true,
      value: 'not_modified',
    })
    time += 5_000
    github.closeIssue(1)
    expect(await tracker.listIssuesSince('acme/shop', { since }, { etag })).toMatchObject({
      ok: true,
      value: { issues: [{ number: 1, state: 'closed' }] },
    })
  })
})

describe('what became of an issue', () => {
  test('one that was moved is found where it stands now', async () => {
    github.openIssue({ title: 'first there', repository: 'acme/other' })
    github.openIssue({ title: 'ours' })
    github.moveIssue(1, 'acme/other')
    expect(await tracker.getIssue('acme/shop', 1)).toMatchObject({
      ok: true,
      value: { repository: 'acme/other', number: 2, title: 'ours' },
    })
  })

  test('one that was deleted is gone, and so is one that the token may not see', async () => {
    github.openIssue({ title: 'ours' }).isGone = true
    expect(await tracker.getIssue('acme/shop', 1)).toEqual({ ok: true, value: 'gone' })
    expect(await tracker.getIssue('acme/shop', 7)).toEqual({ ok: true, value: 'gone' })
  })

  test('nothing is gone where the repository is out of sight, or has no issues any more', async () => {
    github.openIssue({ title: 'ours' }).isGone = true
    expect(await tracker.getIssue('acme/none', 1)).toMatchObject({ ok: false, permanent: true })
    github.setRepository('acme/shop', { hasIssues: false })
    expect(await tracker.getIssue('acme/shop', 1)).toMatchObject({ ok: false, permanent: true })
  })

  test('its history names comments, merges, commits and discussions, over all pages', async () => {
    const issue = github.openIssue({ title: 'ours' })
    for (let i = 0; i < 120; i++) github.comment(1, { author: 'mallory', body: `${i}`, association: 'NONE' })
    github.comment(1, { author: 'alice', body: 'fixed-in: 4.2.1' })
    const merge = github.openIssue({ title: 'Fixes #1', isPullRequest: true })
    const open = github.openIssue({ title: 'Fixes #1, later', isPullRequest: true })
    Object.assign(merge, { mergedAt: now(), milestone: '4.2.1' })
    issue.references.push(merge, open, github.openIssue({ title: 'See #1' }))
    github.closeIssue(1)
    Object.assign(issue, { closedByCommit: 'abcdef0123456789abcdef0123456789abcdef01', isConverted: true })
    const read = await tracker.listEvents('acme/shop', 1)
    if (!read.ok) throw new Error(read.message)
    expect(read.value.slice(0, 1)).toEqual([
      { is: 'comment', author: 'mallory', isTrusted: false, body: '0' },
    ])
    expect(read.value.slice(120)).toEqual([
      { is: 'comment', author: 'alice', isTrusted: true, body: 'fixed-in: 4.2.1' },
      expect.objectContaining({
        ...{ is: 'merge', repository: 'acme/shop', number: 2, text: 'Fixes #1\n', milestone: '4.2.1' },
        ...{ mergedAt: now(), mergedBy: null },
      }),
      { is: 'closed', commit: 'abcdef0123456789abcdef0123456789abcdef01' },
      { is: 'converted' },
    ])
    expect(github.countRequests('timeline')).toBe(2)
  })

  test('of a very long history the first hundred and the last nine hundred are read, in order', async () => {
    github.openIssue({ title: 'ours' })
    for (let i = 0; i < 1_250; i++)
      github.comment(1, { author: 'mallory', body: `${i}`, association: 'NONE' })
    github.comment(1, { author: 'alice', body: 'fixed-in: 4.2.1' })
    github.closeIssue(1)
    const read = await tracker.listEvents('acme/shop', 1)
    if (!read.ok) throw new Error(read.message)
    const numbers = read.value.flatMap((event) => (event.is === 'comment' ? Number(event.body) : []))
    // Thirteen pages: the first, and the last nine.
    const kept = Array.from({ length: 1_250 }, (_, i) => i).filter((i) => i < 100 || i >= 400)
    expect(numbers.slice(0, -1)).toEqual(kept)
    expect(read.value.at(-2)).toMatchObject({ is: 'comment', author: 'alice', body: 'fixed-in: 4.2.1' })
    expect(read.value.at(-1)).toMatchObject({ is: 'closed' })
    expect(github.countRequests('timeline')).toBe(10)
  })

  test('the published example of a history is read', async () => {
    const example = examples.find((one) => one.path.endsWith('/timeline'))?.body
    expect(timelinePage.parse(example)).toEqual([expect.objectContaining({ is: 'comment', isTrusted: true })])
    const reopened = { event: 'reopened', created_at: '2026-11-24T03:00:00Z', actor: { login: 'alice' } }
    expect(timelinePage.parse([reopened, { event: 'reopened' }])).toEqual([
      { is: 'reopened', at: new Date(reopened.created_at) },
    ])
  })

  test('the one that it duplicates is named, or nobody knows', async () => {
    const issue = github.openIssue({ title: 'ours' })
    expect(await tracker.findOriginal('acme/shop', 1)).toEqual({ ok: true, value: null })
    issue.original = { repository: 'acme/other', number: 3 }
    expect(await tracker.findOriginal('acme/shop', 1)).toEqual({
      ok: true,
      value: { repository: 'acme/other', number: 3 },
    })
    expect(await tracker.findOriginal('acme/shop', 9)).toEqual({ ok: true, value: null })
    expect(github.requests.at(-1)?.body).toEqual({
      query: expect.stringContaining('MARKED_AS_DUPLICATE_EVENT'),
      variables: { owner: 'acme', name: 'shop', number: 9 },
    })
  })
})

describe('failures', () => {
  const unclear: [string, Fault][] = [
    ['an answer of 500', { kind: 'status', status: 500, done: true }],
    ['an answer of 502', { kind: 'status', status: 502, done: true }],
    ['silence', { kind: 'silence', done: true }],
    ['a dropped connection', { kind: 'drop', done: true }],
    ['a page that is not GitHub at all', { kind: 'garbage', done: true }],
  ]
  for (const [name, fault] of unclear) {
    test(`${name} leaves open whether the issue was created, and is not repeated`, async () => {
      github.failNext('create', fault)
      const patience = fault.kind === 'silence' ? 1_000 : 10_000
      const own = createGithubTracker({
        baseUrl: github.url,
        credentials: { kind: 'token', token: github.token },
        now,
        requestTimeoutMs: patience,
      })
      expect(await own.createIssue('acme/shop', text)).toMatchObject({
        ok: false,
        kind: 'unclear',
        permanent: false,
      })
      await own.close()
      expect(github.countRequests('create')).toBe(1)
      expect(github.issues).toHaveLength(1)
    })
  }

  for (const status of [403, 404, 410, 422]) {
    test(`${status} is a refusal for good`, async () => {
      github.failNext('create', { kind: 'status', status, message: 'Because.' })
      const refused = await tracker.createIssue('acme/shop', text)
      expect(refused).toMatchObject({ ok: false, kind: 'refused', permanent: true })
      expect(refused).toMatchObject({ message: expect.stringContaining(`${status}`) })
      expect(refused).toMatchObject({ message: expect.stringContaining('Because.') })
    })
  }

  test('a revoked token is a refusal for good that names the setting and never the token', async () => {
    const { token } = github
    github.revokeToken()
    const refused = await tracker.createIssue('acme/shop', text)
    expect(refused).toMatchObject({ kind: 'refused', permanent: true })
    expect(refused).toMatchObject({ message: expect.stringContaining('GITHUB_TOKEN') })
    expect(JSON.stringify(refused)).not.toContain(token)
  })

  test('nobody listening means that nothing was sent', async () => {
    const gone = await startGithub()
    await gone.close()
    const nowhere = createGithubTracker({
      baseUrl: gone.url,
      credentials: { kind: 'token', token: 'x' },
      now,
    })
    expect(await nowhere.createIssue('acme/shop', text)).toMatchObject({
      kind: 'unreachable',
      permanent: false,
    })
    await nowhere.close()
  })

  test('a primary rate limit names the moment, and nothing more is sent before it', async () => {
    const resetAt = new Date(time + 600_000)
    github.failNext('list', { kind: 'rate_limit', resetAt })
    expect(await tracker.listIssuesSince('acme/shop', { since: null })).toMatchObject({
      kind: 'rate_limited',
      permanent: false,
      retryAt: resetAt,
    })
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({
      kind: 'rate_limited',
      retryAt: resetAt,
    })
    expect(github.requests).toHaveLength(1)
    time += 600_000
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: true })
  })

  test('a secondary rate limit is obeyed by Retry-After, and for a minute without one', async () => {
    github.failNext('create', { kind: 'rate_limit', retryAfter: 7 })
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({
      kind: 'rate_limited',
      retryAt: new Date(time + 7_000),
    })
    time += 7_000
    github.failNext('create', { kind: 'rate_limit' })
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({
      kind: 'rate_limited',
      retryAt: new Date(time + 60_000),
    })
    expect(github.issues).toHaveLength(0)
  })

  test('Retry-After is obeyed as a date, too, and for a day at most', async () => {
    github.failNext('create', {
      kind: 'rate_limit',
      retryAfter: new Date(time + 300_000).toUTCString(),
    })
    const refused = await tracker.createIssue('acme/shop', text)
    expect(refused).toMatchObject({ kind: 'rate_limited', retryAt: new Date(time + 300_000) })
    const until = (value: string) => rateLimitOf(429, { 'retry-after': value }, '', now())?.getTime()
    expect(until('1e300')).toBe(time + 60_000)
    expect(until('99999999')).toBe(time + 86_400_000)
    expect(until('0')).toBe(time + 1_000)
    expect(until(new Date(time - 60_000).toUTCString())).toBe(time + 1_000)
    expect(until('soon')).toBe(time + 60_000)
    const exhausted = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999999' }
    expect(rateLimitOf(403, exhausted, '', now())).toEqual(new Date(time + 86_400_000))
  })

  test('an answer of 503 leaves it open, and its Retry-After is obeyed', () => {
    const response = { headers: { 'retry-after': '90' } }
    const error = Object.assign(new Error('busy'), { status: 503, response })
    expect(explainFailure(error, 'POST /x', now())).toMatchObject({
      kind: 'unclear',
      retryAt: new Date(time + 90_000),
    })
  })

  test('a repository that was renamed is followed by a create, once and with its text', async () => {
    github.failNext('create', { kind: 'redirect', status: 307 })
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: true, value: { number: 1 } })
    expect(github.issues).toMatchObject([text])
  })

  test.each([
    [301, undefined],
    [302, undefined],
    [307, 'http://127.0.0.1:9/repos/acme/shop/issues'],
    [308, 'http://['],
  ])(
    '%s elsewhere is a refusal: nothing was done, and neither token nor text goes there',
    async (status, to) => {
      github.failNext('create', { kind: 'redirect', status, ...(to ? { to } : {}) })
      expect(await tracker.createIssue('acme/shop', text)).toMatchObject({
        ok: false,
        kind: 'refused',
        message: expect.stringContaining('redirected'),
      })
      expect(github.countRequests('list')).toBe(0)
      expect(github.issues).toEqual([])
    },
  )

  test('the last request of the hour is told by its own answer', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(time / 1000 + 60) }
    expect(rateLimitOf(200, headers, '', now())).toEqual(new Date(time + 60_000))
    expect(rateLimitOf(200, { 'x-ratelimit-remaining': '1' }, '', now())).toBeNull()
    expect(rateLimitOf(429, {}, '', now())).toEqual(new Date(time + 60_000))
    expect(rateLimitOf(403, {}, 'Resource not accessible by integration', now())).toBeNull()
  })

  test('an error of no known shape counts as unclear', () => {
    expect(explainFailure('odd', 'GET /user', now())).toMatchObject({ kind: 'unclear', permanent: false })
  })
})
