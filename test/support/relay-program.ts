// The relay as a process of its own, watched from outside: its memory and processor time, and what it prints.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRoot } from './documents.ts'
import { createRelayClient, type RelayClient, relayToken, testKey } from './relay.ts'
import { parseToml } from './toml.ts'

export type RelayProgram = {
  readonly url: string
  readonly client: RelayClient
  readonly child: ChildProcess
  /** MiB it held at most since it was started, by the kernel's account. */
  peakMiB(): number
  /** Seconds of processor time so far. */
  cpuSeconds(): number
  output(): string
  /** False once it has ended, for whatever reason. */
  isAlive(): boolean
  stop(): Promise<void>
}

const program = join(import.meta.dirname, '../../relay/main.ts')

/** What fly.toml sets for the smallest machine. */
const small = (parseToml(readRoot('fly.toml')) as { env: Record<string, string> }).env
/** How the image starts it: what memory a program takes is decided there, too. */
const nodeOptions = (
  JSON.parse(/^CMD (\[.*\])$/m.exec(readRoot('Dockerfile'))?.[1] ?? '[]') as string[]
).slice(1, -1)
/** One for all test files and runs: filled once for each state of the code. */
const compileCache = join(tmpdir(), 'postern-compile-cache')

/** Starts relay/main.ts as the image does on Fly, with one project (id 1, testKey) and no rate limit. */
export async function startRelayProgram(env: Readonly<Record<string, string>> = {}): Promise<RelayProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-program-'))
  const child = fork(program, {
    env: {
      ...small,
      NODE_COMPILE_CACHE: compileCache,
      RELAY_HOST: '127.0.0.1',
      RELAY_TOKEN: relayToken,
      RELAY_PORT: '0',
      RELAY_SPOOL: join(folder, 'spool.db'),
      RELAY_RATE_PER_SECOND: '1000000',
      RELAY_RATE_BURST: '1000000',
      RELAY_LOG_LEVEL: 'trace',
      POSTERN_PROJECTS: `1:${testKey}:one`,
      ...env,
    },
    silent: true,
    execArgv: nodeOptions,
    cwd: join(import.meta.dirname, '../..'),
  })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return {
    url,
    child,
    client: createRelayClient(url, relayToken),
    peakMiB: () =>
      Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    output: () => output,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
