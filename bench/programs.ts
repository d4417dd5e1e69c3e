// Starts the programs that are measured, each as a process of its own, and ends every one it started.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export type Program = {
  readonly pid: number
  readonly url: string
  /** SIGTERM, then SIGKILL after ten seconds. Idempotent. */
  stop(): Promise<void>
}

export const benchKey = 'be5cbe5cbe5cbe5cbe5cbe5cbe5cbe5c'
export const relayToken = 'token-of-the-bench-relay-0123456789abcdef'
const seeds = `1:${benchKey}:bench`
const root = join(import.meta.dirname, '..')
const running = new Set<Program>()

/** Ends what still runs; for the way out of a run that failed. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()))
}

/** As `npm run collector` and `npm run relay` start them. */
const collectorOptions = ['--max-semi-space-size=8', '--import', './shared/require-node-24.js']
const relayOptions = [
  '--max-semi-space-size=4',
  '--max-old-space-size=192',
  '--no-allocation-site-pretenuring',
  '--import',
  './shared/require-node-24.js',
]

/**
 * Starts the relay on a port of its own.
 * @param spool file of its spool; a new one is made
 * @param env   further settings
 */
export function startRelay(spool: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const settings = {
    RELAY_TOKEN: relayToken,
    RELAY_PORT: '0',
    RELAY_SPOOL: spool,
    // What was accepted is counted afterwards: nothing may make way.
    RELAY_MAX_SPOOL_BYTES: String(16 * 1024 ** 3),
    RELAY_LOG_LEVEL: 'warn',
    // One key sends everything; the limit is still counted, but never met.
    RELAY_RATE_PER_SECOND: '1000000',
    RELAY_RATE_BURST: '1000000',
    POSTERN_PROJECTS: seeds,
    ...env,
  }
  return startProgram('relay/main.ts', settings, relayOptions)
}

/**
 * Starts the collector on one relay.
 * @param store where it stores: a PostgreSQL URL, or a folder for the embedded store
 * @param nodeOptions for node itself, such as --cpu-prof
 */
export function startCollector(
  relayUrl: string,
  store: { readonly databaseUrl: string } | { readonly dataDir: string },
  nodeOptions: readonly string[],
): Promise<Program> {
  const where =
    'databaseUrl' in store ? { DATABASE_URL: store.databaseUrl } : { POSTERN_DATA_DIR: store.dataDir }
  return startProgram(
    'collector/main.ts',
    {
      COLLECTOR_PORT: '0',
      COLLECTOR_RELAYS: `${relayUrl}=${relayToken}`,
      POSTERN_PROJECTS: seeds,
      POSTERN_LOG_LEVEL: 'warn',
      ...where,
    },
    [...collectorOptions, ...nodeOptions],
  )
}

/**
 * Starts a program of this repository and waits until it says over IPC where it listens (`{url}`).
 * @param env all of its environment beside PATH
 * @throws Error when it ends before that
 */
export async function startProgram(
  file: string,
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): Promise<Program> {
  const child = spawn(process.execPath, [...nodeOptions, join(root, file)], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: join(root, 'data/compiled'), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const program: Program = {
    pid: child.pid ?? 0,
    url: '',
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        // A process that is stopped by SIGSTOP would not take the signal.
        child.kill('SIGCONT')
        child.kill('SIGTERM')
        const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
        await exited
        clearTimeout(force)
      }
      for (const one of running) if (one.pid === child.pid) running.delete(one)
    },
  }
  running.add(program)
  const url = await Promise.race([readUrl(child), exited.then(() => null)])
  if (url === null) {
    running.delete(program)
    throw new Error(`${file} ended before it was ready`)
  }
  return { ...program, url }
}

async function readUrl(child: ChildProcess): Promise<string> {
  const [message] = (await once(child, 'message')) as [{ url: string }]
  return message.url
}
