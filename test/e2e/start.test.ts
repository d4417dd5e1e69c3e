// `npm start` as a newcomer meets it: one command, a DSN, a snippet that works, a set-up link that works once;
// Ctrl-C stops both programs, a second start finds everything again, and a kill loses nothing.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cleanEnvironment, eventually, freePort } from '../support/programs.ts'

const isLong = process.env.POSTERN_TEST_LONG === '1'
let dir: string
let env: NodeJS.ProcessEnv
let relayPort: number
let url: string
const started: ChildProcess[] = []

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'postern-start-'))
  relayPort = await freePort()
  const collectorPort = await freePort()
  url = `http://localhost:${collectorPort}`
  env = {
    ...cleanEnvironment(),
    POSTERN_DATA_DIR: join(dir, 'data'),
    RELAY_PORT: String(relayPort),
    COLLECTOR_PORT: String(collectorPort),
    POSTERN_API_TOKEN: 'api-token-of-the-start-test-0123456789abcdef',
  }
})

afterEach(async () => {
  for (const child of started.splice(0)) await stop(child, 'SIGKILL')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

type Started = { readonly child: ChildProcess; readonly output: () => string }

/** `npm start` in a process group of its own, as a terminal gives it one. */
async function npmStart(): Promise<Started> {
  const child = spawn('npm', ['start', '--silent'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  await eventually(
    async () => output,
    (text) => {
      if (child.exitCode !== null) throw new Error(`npm start ended:\n${text}`)
      return text.includes('Ctrl-C stops')
    },
    120,
  )
  return { child, output: () => output }
}

/** Signals the whole group, as Ctrl-C does, and waits until all of it is gone. */
async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    return
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  await eventually(
    async () => groupIsAlive(child.pid as number),
    (alive) => !alive,
  )
}

function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

/** Process ids of the group whose command line names a file. */
function findProcess(group: number, file: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, , , , ownGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (Number(ownGroup) === group && command.includes(file)) return Number(pid)
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error(`${file} does not run`)
}

/** Runs the snippet just as it is printed. */
async function runSnippet(output: string): Promise<string> {
  const snippet = /^ {2}curl [\s\S]*?'\{.*\}'$/m.exec(output)?.[0] ?? ''
  expect(snippet).not.toBe('')
  const child = spawn('sh', ['-c', snippet.replace('curl', 'curl -s')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let answer = ''
  child.stdout.on('data', (chunk) => {
    answer += chunk
  })
  await once(child, 'exit')
  return answer
}

type Issue = { title: string; count: string }

async function listIssues(): Promise<Issue[]> {
  const response = await fetch(`${url}/api/0/projects/postern/app/issues/?query=`, {
    headers: { authorization: `Bearer ${env.POSTERN_API_TOKEN}` },
  })
  return response.ok ? ((await response.json()) as Issue[]) : []
}

const countOf = (count: string) => (issues: Issue[]) => issues[0]?.count === count

test('prints what is needed, and what it prints works', async () => {
  const { child, output } = await npmStart()
  expect(JSON.parse(await runSnippet(output()))).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  const issues = await eventually(listIssues, countOf('1'))
  expect(issues[0]?.title).toBe('HelloError: Postern hears you')

  const link = /http:\/\/\S+\/set-up\/\S+/.exec(output())?.[0] ?? ''
  const form = await fetch(link)
  expect(form.status).toBe(200)
  const account = { email: 'first@example.org', name: 'First', password: 'a long enough pass phrase' }
  const accept = () =>
    fetch(link, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: url, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(account),
    })
  const accepted = await accept()
  expect(accepted.status).toBe(303)
  const cookie = accepted.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const page = await fetch(new URL('/issues', url), { headers: { cookie } })
  expect(await page.text()).toContain('HelloError')
  expect((await accept()).status).not.toBe(303)

  await stop(child, 'SIGINT')
  expect(output()).not.toContain('stopping the rest')
}, 240_000)

test('a second start finds everything again, and offers no second set-up', async () => {
  const { child, output } = await npmStart()
  expect(output()).not.toContain('/set-up/')
  expect(await eventually(listIssues, countOf('1'))).toHaveLength(1)
  await runSnippet(output())
  await eventually(listIssues, countOf('2'))
  await stop(child, 'SIGINT')
}, 240_000)

test('killing one of them ends both with an error, and the next start has what was answered with 200', async () => {
  // Rows that the killed collector had leased are handed over again half a minute later; the relay's own kills
  // are in test/relay/kill.test.ts.
  const killed = isLong ? ['relay/main.ts', 'collector/main.ts'] : ['collector/main.ts']
  for (const [i, file] of killed.entries()) {
    const { child, output } = await npmStart()
    const answers = await Promise.all(Array.from({ length: 3 }, () => runSnippet(output())))
    for (const answer of answers) expect(answer, output()).toContain('"id"')
    process.kill(findProcess(child.pid as number, file), 'SIGKILL')
    await once(child, 'exit')
    expect(child.exitCode, file).toBe(1)
    const { child: again } = await npmStart()
    await eventually(listIssues, countOf(String(2 + 3 * (i + 1))), 60)
    await stop(again, 'SIGINT')
  }
}, 420_000)

test('a data directory that is in use is refused with one sentence', async () => {
  const { child } = await npmStart()
  const ports = { RELAY_PORT: String(await freePort()), COLLECTOR_PORT: String(await freePort()) }
  const second = spawn('npm', ['start', '--silent'], {
    env: { ...env, ...ports },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  second.stderr.on('data', (chunk) => {
    output += chunk
  })
  await once(second, 'exit')
  expect(second.exitCode).not.toBe(0)
  expect(output).toMatch(/(another|Another)/)
  expect(output).not.toMatch(/ {4}at /)
  await stop(child, 'SIGINT')
}, 240_000)
