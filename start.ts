// `npm start`: relay and collector side by side on embedded stores, for a first look and small teams. Makes
// what is missing (a relay token, a project), prints how to send the first error, and ends both together.
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Ready = {
  readonly type: 'ready'
  readonly url: string
  readonly setupUrl: string | null
  readonly firstProject: { readonly name: string; readonly slug: string; readonly dsn: string }
}

const dataDir = process.env.POSTERN_DATA_DIR || './data'

/** The token relay and collector share; made once and kept beside the data, readable by its owner only. */
function ownToken(): string {
  const path = join(dataDir, 'relay-token')
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  }
  return readFileSync(path, 'utf8').trim()
}

function environment(): NodeJS.ProcessEnv {
  const { RELAY_TOKEN, RELAY_TOKEN_FILE, COLLECTOR_RELAYS, COLLECTOR_RELAYS_FILE } = process.env
  const given = RELAY_TOKEN || (RELAY_TOKEN_FILE ? readFileSync(RELAY_TOKEN_FILE, 'utf8').trim() : '')
  const token = given || ownToken()
  const port = process.env.RELAY_PORT || '4100'
  return {
    ...process.env,
    ...(given ? {} : { RELAY_TOKEN: token }),
    RELAY_SPOOL: process.env.RELAY_SPOOL || join(dataDir, 'spool.db'),
    ...(COLLECTOR_RELAYS || COLLECTOR_RELAYS_FILE
      ? {}
      : { COLLECTOR_RELAYS: `http://127.0.0.1:${port}=${token.split(',')[0]}` }),
    RELAY_URL: process.env.RELAY_URL || `http://localhost:${port}`,
    RELAY_LOG_LEVEL: process.env.RELAY_LOG_LEVEL || 'warn',
    POSTERN_LOG_LEVEL: process.env.POSTERN_LOG_LEVEL || 'warn',
  }
}

function banner({ url, setupUrl, firstProject }: Ready): string {
  const { name, dsn } = firstProject
  const key = /\/\/([^@]+)@/.exec(dsn)?.[1] ?? ''
  const store = new URL(dsn)
  const endpoint = `${store.protocol}//${store.host}/api${store.pathname}/store/`
  return [
    '',
    'Postern is running.',
    '',
    `  Dashboard   ${url}`,
    ...(setupUrl
      ? [`  Set up      ${setupUrl}`, '              (makes the first account; once, within 24 hours)']
      : []),
    `  DSN         ${dsn}`,
    `              (of the project "${name}"; give it to any official Sentry SDK)`,
    '',
    'Send a test error, from another terminal:',
    '',
    `  curl ${endpoint} \\`,
    `    -H 'X-Sentry-Auth: Sentry sentry_key=${key}, sentry_version=7' \\`,
    `    -d '{"level":"fatal","exception":{"values":[{"type":"HelloError","value":"Postern hears you"}]}}'`,
    '',
    'or from an app:',
    '',
    `  import * as Sentry from '@sentry/node'`,
    `  Sentry.init({ dsn: '${dsn}' })`,
    `  Sentry.captureException(new Error('Postern hears you'))`,
    '',
    `Data is kept in ${dataDir}. Ctrl-C stops both programs; what was received is kept.`,
    '',
  ].join('\n')
}

const children = new Map<string, ChildProcess>()
let stopping = false
let exitCode = 0

function stopAll(): void {
  stopping = true
  for (const child of children.values()) child.kill('SIGTERM')
}

/** Starts a program and waits for its word that it is ready; it never comes if the program ends first. */
function start(
  name: string,
  file: string,
  env: NodeJS.ProcessEnv,
  nodeOptions: readonly string[] = [],
): Promise<unknown> {
  const child = fork(new URL(file, import.meta.url), {
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, ...nodeOptions],
  })
  children.set(name, child)
  child.once('exit', (code, signal) => {
    children.delete(name)
    if (!stopping) {
      process.stderr.write(`The ${name} ended (${signal ?? `exit code ${code}`}); stopping the rest.\n`)
      exitCode = 1
      stopAll()
    } else if (code) exitCode = code
    if (children.size === 0) process.exit(exitCode)
  })
  return new Promise((resolve) => child.once('message', resolve))
}

process.on('SIGINT', stopAll)
process.on('SIGTERM', stopAll)

try {
  const env = environment()
  await start('relay', './relay/main.ts', env, [
    '--max-semi-space-size=4',
    '--max-old-space-size=192',
    '--no-allocation-site-pretenuring',
  ])
  if (!stopping) {
    const ready = (await start('collector', './collector/main.ts', env, ['--max-semi-space-size=8'])) as Ready
    process.stdout.write(banner(ready))
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  exitCode = 1
  if (children.size === 0) process.exit(1)
  stopAll()
}
