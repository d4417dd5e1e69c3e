// The two real programs on loopback, as processes of their own, for end-to-end tests: started with free
// ports, killed or stopped as a test wants, and their output kept for when something goes wrong.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeMigratedStore } from './migrated-dump.ts'

export const testToken = 'token-of-the-end-to-end-test-0123456789'
export const testApiToken = 'api-token-of-the-end-to-end-test-0123456789'
export const testPassword = 'correct horse battery staple'
export const testEmail = 'mara@perron.example'
export const testPublicKey = '0123456789abcdef0123456789abcdef'

/** undefined takes a setting away that the tests usually make. */
type Environment = Readonly<Record<string, string | undefined>>

export type Program = {
  readonly child: ChildProcess
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>
  output(): string
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Settings of this run's shell must not reach the programs under test. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(RELAY_|COLLECTOR_|POSTERN_|GITHUB_|DATABASE_URL|SENTRY_|VITEST|NODE_OPTIONS)/.test(name),
  )
  // Programs start sooner from code that an earlier one compiled.
  const compiled = new URL('../../node_modules/.cache/compiled', import.meta.url).pathname
  return { ...Object.fromEntries(entries), NODE_COMPILE_CACHE: compiled }
}

/** Starts a program and waits until it says that it is ready. @param nodeOptions for node itself */
export async function startProgram(
  file: string,
  env: Environment,
  nodeOptions: readonly string[] = [],
): Promise<Program> {
  const child = fork(new URL(`../../${file}`, import.meta.url), {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [...nodeOptions],
  })
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output += chunk
  })
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Record<string, unknown>))
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}:\n${output}`)))
  })
  return {
    child,
    ready,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      await once(child, 'exit')
    },
  }
}

export type Programs = {
  readonly relayUrl: string
  readonly url: string
  readonly dsn: string
  /** The relay's spool file. */
  readonly spoolPath: string
  relay: Program
  collector: Program
  startRelay(): Promise<void>
  /** @param changed settings in place of those it was started with */
  startCollector(changed?: Environment): Promise<void>
  stop(): Promise<void>
}

/**
 * Relay and collector as people run them, one project `shop` (id 1).
 * @param env further settings of the collector; DATABASE_URL among them runs it on PostgreSQL
 */
export async function startPrograms(env: Environment = {}): Promise<Programs> {
  const dir = mkdtempSync(join(tmpdir(), 'postern-e2e-'))
  const [relayPort, collectorPort] = [await freePort(), await freePort()]
  const relayUrl = `http://127.0.0.1:${relayPort}`
  const url = `http://127.0.0.1:${collectorPort}`
  if (!env.DATABASE_URL) await placeMigratedStore(join(dir, 'data/postgres'))
  const startRelay = () =>
    startProgram('relay/main.ts', {
      RELAY_PORT: String(relayPort),
      RELAY_TOKEN: testToken,
      RELAY_SPOOL: join(dir, 'spool.db'),
    })
  const startCollector = (changed: Environment = {}) =>
    startProgram('collector/main.ts', {
      COLLECTOR_PORT: String(collectorPort),
      COLLECTOR_URL: url,
      COLLECTOR_RELAYS: `${relayUrl}=${testToken}`,
      POSTERN_DATA_DIR: join(dir, 'data'),
      POSTERN_PROJECTS: `1:${testPublicKey}:shop:perron/shop`,
      POSTERN_ADMIN_EMAIL: testEmail,
      POSTERN_ADMIN_PASSWORD: testPassword,
      POSTERN_API_TOKEN: testApiToken,
      ...env,
      ...changed,
    })
  const relay = await startRelay()
  const collector = await startCollector()
  const programs: Programs = {
    relayUrl,
    url,
    dsn: `http://${testPublicKey}@127.0.0.1:${relayPort}/1`,
    spoolPath: join(dir, 'spool.db'),
    relay,
    collector,
    async startRelay() {
      programs.relay = await startRelay()
    },
    async startCollector(changed) {
      programs.collector = await startCollector(changed)
    },
    async stop() {
      await programs.collector.stop()
      await programs.relay.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return programs
}

/** Asks again until the answer is good; fails with the last answer after `seconds`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isGood: (answer: T) => boolean,
  seconds = 20,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000
  for (;;) {
    const answer = await ask()
    if (isGood(answer)) return answer
    if (Date.now() > deadline) {
      throw new Error(
        `not within ${seconds} s; the last answer was ${JSON.stringify(answer)?.slice(0, 2_000)}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The collector's API as a script uses it. */
export async function askApi<T>(
  programs: Pick<Programs, 'url'>,
  path: string,
  init: RequestInit = {},
): Promise<T> {
  const response = await fetch(`${programs.url}/api/0${path}`, {
    ...init,
    headers: { authorization: `Bearer ${testApiToken}`, 'content-type': 'application/json' },
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}
