// The whole line with the two real programs: a real SDK's crash becomes one tracker issue and a page; fixed
// and closed it is resolved after quiet; the same error again is a regression that knows its history.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listCaptures, replay } from '../support/captures.ts'
import { type Github, startGithub } from '../support/github/start-github.ts'
import {
  askApi,
  eventually,
  type Programs,
  startPrograms,
  testEmail,
  testPassword,
  testPublicKey,
} from '../support/programs.ts'
import { sendErrors } from '../support/run-sender.ts'

type Issue = { id: string; shortId: string; title: string; status: string; count: string; userCount: number }

let github: Github
let programs: Programs

beforeAll(async () => {
  github = await startGithub({ repositories: ['perron/shop'] })
  programs = await startPrograms({
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: github.token,
    POSTERN_QUIET_MINUTES: '0.05',
    POSTERN_TRACKER_POLL_SECONDS: '0.2',
  })
})

afterAll(async () => {
  await programs?.stop()
  await github?.close()
})

const listIssues = () => askApi<Issue[]>(programs, '/projects/postern/shop/issues/?query=')
const findIssue = async (title: string) => (await listIssues()).find((issue) => issue.title.startsWith(title))

async function signIn(): Promise<string> {
  const response = await fetch(`${programs.url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: programs.url, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: testEmail, password: testPassword }),
  })
  expect(response.status).toBe(303)
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function readPage(path: string, cookie: string): Promise<string> {
  const response = await fetch(new URL(path, programs.url), { headers: { cookie } })
  expect(response.status, path).toBe(200)
  return response.text()
}

test('three errors file one tracker issue; closed and quiet it resolves; again it is a regression', async () => {
  const report = {
    type: 'CardDeclined',
    message: 'No answer from bank',
    release: 'shop@1.4.0',
    user: { id: 'u-1' },
  }
  await sendErrors(programs.dsn, { ...report, count: 2 })
  await eventually(
    () => findIssue('CardDeclined'),
    (issue) => issue?.count === '2',
  )
  expect(github.issues).toHaveLength(0)

  await sendErrors(programs.dsn, { ...report, count: 1 })
  await eventually(
    async () => github.issues.length,
    (count) => count === 1,
  )
  const [first] = github.issues
  expect(first?.title).toContain('CardDeclined')
  expect(first?.body).toContain('chargeCard')

  const issue = await findIssue('CardDeclined')
  expect(issue).toMatchObject({ status: 'unresolved', count: '3', userCount: 1 })
  const cookie = await signIn()
  const page = await readPage(`/issues/${issue?.id}`, cookie)
  expect(page).toContain('CardDeclined')
  expect(page).toContain(`#${first?.number}`)
  expect(page).toContain('chargeCard')
  expect(page).toContain('pressed pay')

  github.closeIssue(first?.number ?? 0, 'completed')
  await eventually(
    () => findIssue('CardDeclined'),
    (now) => now?.status === 'resolved',
    40,
  )

  await sendErrors(programs.dsn, { ...report, count: 1 })
  await eventually(
    async () => github.issues.length,
    (count) => count === 2,
  )
  const second = github.issues[1]
  expect(second?.body).toContain(`#${first?.number}`)
  const after = await readPage(`/issues/${issue?.id}`, cookie)
  expect(after).toMatch(/Regress/)
  expect(after).toContain(`#${second?.number}`)
  expect((await findIssue('CardDeclined'))?.status).toBe('unresolved')
}, 120_000)

test('one fatal is enough, and never files a second time while it lasts', async () => {
  const before = github.issues.length
  const report = { type: 'OutOfMemory', message: 'heap is full', level: 'fatal' as const }
  await sendErrors(programs.dsn, { ...report, count: 1 })
  await eventually(
    async () => github.issues.length,
    (count) => count === before + 1,
  )
  await sendErrors(programs.dsn, { ...report, count: 5 })
  await eventually(
    () => findIssue('OutOfMemory'),
    (issue) => issue?.count === '6',
  )
  expect(github.issues).toHaveLength(before + 1)
})

test('a relay and a collector that are killed lose nothing that was answered with 200', async () => {
  const report = { type: 'Killed', message: 'in mid air' }
  await programs.collector.stop('SIGKILL')
  await sendErrors(programs.dsn, { ...report, count: 4 })
  await programs.relay.stop('SIGKILL')
  await programs.startRelay()
  await programs.startCollector()
  await eventually(
    () => findIssue('Killed'),
    (issue) => issue?.count === '4',
    60,
  )
}, 120_000)

test.each([
  ['node-7', 'TypeError: Cannot read properties of undefined'],
  ['node-8', 'RangeError: cannot reserve'],
  ['browser-7', 'Error: Refund list failed to load'],
  ['react-9', 'TypeError: Cannot read properties of undefined'],
])('events of an older major (%s) arrive on pages as they do from the newest', async (folder, title) => {
  const captures = listCaptures().filter(({ name }) => name.startsWith(`${folder}/`))
  expect(captures.length).toBeGreaterThan(0)
  for (const capture of captures) {
    const answer = await replay(programs.relayUrl, capture, { project: 1, key: testPublicKey })
    expect(answer.status, capture.name).toBe(200)
  }
  const issue = await eventually(
    () => findIssue(title),
    (found) => found !== undefined,
  )
  const page = await readPage(`/issues/${issue?.id}`, await signIn())
  expect(page).toContain(title.split(':')[0])
  expect(page).toContain('Stack trace')
})

test('nothing became a dead letter', async () => {
  const status = await askApi<{ dead_letters: number }>(programs, '/postern/status/')
  expect(status.dead_letters).toBe(0)
})

test('no request to the tracker was against its own description', () => {
  expect(github.violations).toEqual([])
})
