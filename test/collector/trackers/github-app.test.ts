// GitHub as an app: the key is exchanged for installation tokens, which are renewed in time; and the client
// against GitHub's own published examples.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createGithubTracker } from '../../../collector/trackers/github.ts'
import type { Tracker } from '../../../collector/trackers/tracker.ts'
import { type Example, examples } from '../../support/github/examples.ts'
import { type Github, startGithub } from '../../support/github/start-github.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const identity = { slug: 'postern-acme', appId: '4711', publicKeyPem, installationId: 99 }
const text = { title: 'A title', body: 'A body' }
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function startApp(
  options: { tokenLivesMs?: number; format?: 'pkcs1' | 'pkcs8'; installationId?: number | null } = {},
): Promise<{ github: Github; tracker: Tracker }> {
  const app = { ...identity, ...(options.tokenLivesMs ? { tokenLivesMs: options.tokenLivesMs } : {}) }
  const github = await startGithub({ app, token: 'no personal token is used here' })
  const tracker = createGithubTracker({
    baseUrl: github.url,
    credentials: {
      kind: 'app',
      appId: identity.appId,
      privateKey: privateKey.export({ type: options.format ?? 'pkcs1', format: 'pem' }).toString(),
      installationId: options.installationId === undefined ? null : options.installationId,
    },
    now: () => new Date(),
  })
  closers.push(
    () => github.close(),
    () => tracker.close(),
  )
  return { github, tracker }
}

describe('a GitHub App', () => {
  for (const format of ['pkcs1', 'pkcs8'] as const) {
    test(`with a key in ${format} files under its own name, by one token for many requests`, async () => {
      const { github, tracker } = await startApp({ format })
      expect(await tracker.whoAmI()).toEqual({ ok: true, value: 'postern-acme[bot]' })
      for (let i = 0; i < 3; i++) {
        expect(await tracker.createIssue('acme/shop', text)).toMatchObject({
          ok: true,
          value: { author: 'postern-acme[bot]' },
        })
      }
      expect(github.countRequests('installation')).toBe(1)
      expect(github.countRequests('token')).toBe(1)
      const listed = await tracker.listIssuesSince('acme/shop', { since: null, creator: 'postern-acme[bot]' })
      expect(listed).toMatchObject({ ok: true, value: { issues: [{}, {}, {}] } })
    })
  }

  test('looks nothing up where its installation is named', async () => {
    const { github, tracker } = await startApp({ installationId: 99 })
    expect(await tracker.getRepository('acme/shop')).toMatchObject({ ok: true, value: { isPublic: false } })
    expect(github.countRequests('installation')).toBe(0)
  })

  test('asks for a new token when its token was revoked, at the next try', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    closers.push(async () => void vi.useRealTimers())
    const { github, tracker } = await startApp()
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: true })
    // Older than the moments in which the client takes a 401 for a token that is not known everywhere yet.
    vi.setSystemTime(Date.now() + 60_000)
    github.revokeToken()
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ kind: 'refused', permanent: true })
    expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: true })
    expect(github.countRequests('token')).toBe(2)
    expect(github.issues).toHaveLength(2)
  })

  test('renews its token before that has lived its hour', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    closers.push(async () => void vi.useRealTimers())
    const { github, tracker } = await startApp()
    for (let minutes = 0; minutes <= 180; minutes += 15) {
      expect(await tracker.createIssue('acme/shop', text), `after ${minutes} minutes`).toMatchObject({
        ok: true,
      })
      vi.setSystemTime(Date.now() + 15 * 60_000)
    }
    expect(github.countRequests('token')).toBeGreaterThan(2)
    expect(github.countRequests('token')).toBeLessThan(7)
  })

  for (const [name, fault, kind] of [
    ['a 500', { kind: 'status', status: 500 }, 'unreachable'],
    ['a dropped connection', { kind: 'drop', done: false }, 'unreachable'],
    ['a 404, since it is not installed there', { kind: 'status', status: 404 }, 'refused'],
  ] as const) {
    test(`that could not get its token (${name}) has surely not created anything`, async () => {
      const { github, tracker } = await startApp()
      github.failNext('installation', fault)
      expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: false, kind })
      github.failNext('token', fault)
      expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: false, kind })
      expect(github.countRequests('create')).toBe(0)
      expect(await tracker.createIssue('acme/shop', text)).toMatchObject({ ok: true })
    })
  }

  test('with a wrong key is refused for good, and the key stands in no message', async () => {
    const { github } = await startApp()
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const key = other.export({ type: 'pkcs8', format: 'pem' }).toString()
    const credentials = { kind: 'app', appId: '4711', privateKey: key, installationId: null } as const
    const tracker = createGithubTracker({ baseUrl: github.url, credentials, now: () => new Date() })
    closers.push(() => tracker.close())
    const refused = await tracker.createIssue('acme/shop', text)
    expect(refused).toMatchObject({ kind: 'refused', permanent: true })
    expect(JSON.stringify(refused)).not.toMatch(/PRIVATE KEY|eyJ/)
  })
})

describe('GitHub’s published examples as answers', () => {
  /** Answers every request with one example. */
  async function answering(example: Example): Promise<Tracker> {
    const server = createServer((_req, res) => {
      res.writeHead(example.status, { 'content-type': 'application/json; charset=utf-8' })
      res.end(JSON.stringify(example.body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const credentials = { kind: 'token', token: 'x' } as const
    const tracker = createGithubTracker({
      baseUrl: `http://127.0.0.1:${port}`,
      credentials,
      now: () => new Date(),
    })
    closers.push(
      async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
      () => tracker.close(),
    )
    return tracker
  }

  const shop = 'octocat/Hello-World'
  const issue = { number: 1347, state: 'open', author: 'octocat', url: expect.stringMatching(/\/1347$/) }
  const calls: Record<string, [(tracker: Tracker) => Promise<unknown>, unknown]> = {
    'get /user': [(t) => t.whoAmI(), 'octocat'],
    'get /repos/{owner}/{repo}': [
      (t) => t.getRepository(shop),
      { isPublic: true, isArchived: false, hasIssues: true },
    ],
    'get /repos/{owner}/{repo}/issues': [
      (t) => t.listIssuesSince(shop, { since: null }),
      { issues: expect.any(Array), next: null },
    ],
    'post /repos/{owner}/{repo}/issues': [(t) => t.createIssue(shop, text), issue],
    'get /repos/{owner}/{repo}/issues/{issue_number}': [(t) => t.getIssue(shop, 1347), issue],
    'patch /repos/{owner}/{repo}/issues/{issue_number}': [(t) => t.openIssue(shop, 1347), issue],
    'get /repos/{owner}/{repo}/issues/{issue_number}/timeline': [
      (t) => t.listEvents(shop, 1347),
      [expect.objectContaining({ is: 'comment', isTrusted: true })],
    ],
    'post /repos/{owner}/{repo}/issues/{issue_number}/comments': [(t) => t.comment(shop, 1347, 'x'), null],
  }
  const tried = examples.filter(({ method, path }) => `${method} ${path}` in calls)

  test('are there for every request that the client makes', () => {
    const nameOf = ({ method, path }: Example) => `${method} ${path}`
    expect(new Set(tried.map(nameOf))).toEqual(new Set(Object.keys(calls)))
    // The rest is how an app gets its tokens, which the stand-in answers with these examples.
    const rest = new Set(examples.map(nameOf).filter((name) => !(name in calls)))
    expect(rest).toEqual(
      new Set([
        'get /app',
        'post /app/installations/{installation_id}/access_tokens',
        'get /repos/{owner}/{repo}/installation',
      ]),
    )
  })
  for (const example of tried) {
    test(`${example.method} ${example.path}: ${example.name}`, async () => {
      const [call, value] = calls[`${example.method} ${example.path}`] ?? []
      const result = await call?.(await answering(example))
      if (value !== null && typeof value === 'object') expect(result).toMatchObject({ ok: true, value })
      else expect(result).toEqual({ ok: true, value })
    })
  }
})
