// Builds the collector from its settings, top to bottom: store, seeds, loops, pages. main.ts and the tests
// start the same thing.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Response } from 'express'
import { formatDsn } from '../shared/dsn.ts'
import { AppError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { formatSealingKey } from '../shared/sealing.ts'
import { createAccess, seedAccount } from './access/access.ts'
import { createApi } from './api/app.ts'
import type { CollectorConfig } from './config.ts'
import { createDashboard } from './dashboard/app.ts'
import { seedApiToken } from './db/api-tokens.ts'
import { type Database, type OpenDatabase, openEmbedded, openPostgres } from './db/database.ts'
import { readDatabaseTime } from './db/database-time.ts'
import { ensureInstallation, getProjectsVersion, noteSealingKey } from './db/installation.ts'
import { migrateDatabase } from './db/migrations/migrate.ts'
import { createProject, listProjectKeys, listProjects, seedProjects } from './db/projects.ts'
import { seedRelays } from './db/relays.ts'
import { createDigest } from './digest.ts'
import { createEndIgnoredStep } from './end-ignored.ts'
import { createHousekeepingStep } from './housekeeping.ts'
import { type Loop, rest, type Step, startLoop } from './loop.ts'
import { createNotifySteps } from './notify/steps.ts'
import { createPollStep } from './poll.ts'
import { createPreparers } from './prepare-batch.ts'
import { createPushProjectsStep } from './push-projects.ts'
import { createRelayClient } from './relay-client.ts'
import { createSharedClock } from './shared-clock.ts'
import { createSlowBurnStep } from './slow-burn.ts'
import { createTrackerSteps } from './trackers/steps.ts'

export type RunningCollector = {
  readonly url: string
  /** One-time link for the first account; null once there is one. */
  readonly setupUrl: string | null
  /** Name and DSN of the oldest project, once its key is known to every relay that answers. */
  describeFirstProject(): Promise<FirstProject>
  /** Lets running units end, then closes everything. */
  stop(): Promise<void>
}

export type FirstProject = { readonly name: string; readonly slug: string; readonly dsn: string }

/** While one batch of a relay is stored, the next is fetched and prepared. */
const pollsAtOnce = 2
const databaseWaitMs = 60_000
const pushWaitMs = 10_000

/** A database that isn't up yet (a machine that starts) is waited for; one that stays away ends the start. */
async function openStore(config: CollectorConfig, log: Log): Promise<OpenDatabase> {
  if (config.databaseUrl === null) {
    const opened = await openEmbedded(`${config.dataDir}/postgres`)
    await migrateDatabase(opened.db)
    return opened
  }
  const opened = openPostgres(config.databaseUrl, log)
  const deadline = Date.now() + databaseWaitMs
  for (;;) {
    try {
      await migrateDatabase(opened.db)
      return opened
    } catch (cause) {
      if (cause instanceof AppError || !isUnreachable(cause)) throw cause
      if (Date.now() > deadline) {
        throw new AppError(
          'database_unavailable',
          `The database doesn't answer (${(cause as Error).message}). Check DATABASE_URL and that PostgreSQL runs.`,
          { cause },
        )
      }
      log.warn({ reason: (cause as Error).message }, 'the database does not answer yet; trying again')
      await rest(2_000, new AbortController().signal)
    }
  }
}

function listen(server: Server, { host, port }: CollectorConfig): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message
      const place = `COLLECTOR_HOST ${host}, COLLECTOR_PORT ${port}`
      reject(new AppError('invalid_settings', `Cannot listen (${place}): ${why}`, { cause }))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}

async function firstProject(db: Database, config: CollectorConfig): Promise<FirstProject> {
  const [project] = (await listProjects(db)).sort((a, b) => a.id - b.id)
  if (!project) throw new AppError('not_found', 'There is no project.')
  const key = (await listProjectKeys(db, project.id)).find(({ revokedAt }) => revokedAt === null)
  const dsn = formatDsn({ origin: config.relayUrl, publicKey: key?.publicKey ?? '', projectId: project.id })
  return { name: project.name, slug: project.slug, dsn }
}

/** Connection refused, no route, starting up or shutting down: worth another try. */
function isUnreachable(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return /^(E[A-Z]+|08...|57P0[123])$/.test(code ?? '') || /timeout|terminated/i.test(message ?? '')
}

/** @throws AppError 'data_dir_locked', 'schema_too_new', 'database_unavailable', 'invalid_settings' (port) */
export async function startCollector(config: CollectorConfig, log: Log): Promise<RunningCollector> {
  // Listens first: a database that is waited for shows as 503 at /healthz, not as a dead port.
  let handler: RequestListener = (_req, res) => {
    res.writeHead(503, { 'content-type': 'application/json', 'retry-after': '2' })
    res.end('{"status":"starting","detail":"The collector is starting; its database is not open yet."}')
  }
  const server = createServer((req, res) => handler(req, res))
  const { port } = await listen(server, config)
  const url = config.url.replace(/:0$/, `:${port}`)
  try {
    const built = await build({ ...config, url }, log)
    handler = built.app
    log.info({ url, relays: config.relays.map((relay) => relay.url) }, 'the collector is ready')
    return { ...built, url, stop: () => stop(server, built.close) }
  } catch (error) {
    server.close()
    server.closeAllConnections()
    throw error
  }
}

async function stop(server: Server, close: () => Promise<void>): Promise<void> {
  server.close()
  server.closeIdleConnections()
  await close()
  server.closeAllConnections()
}

async function build(config: CollectorConfig, log: Log) {
  const store = await openStore(config, log)
  const { db } = store
  const clock = createSharedClock({ readTime: () => readDatabaseTime(db), log })
  await clock.step(new AbortController().signal)
  const { now } = clock
  const installation = await ensureInstallation(db, now())
  // Of several collectors that start on an empty database one makes what is seeded; the others find it made.
  await seed(db, config, now()).catch(async (error) => {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error
    await seed(db, config, now())
  })
  // People's second factors are codes of the hour on their phones.
  const access = createAccess({ db, now: () => new Date(), config, log })

  const preparers = createPreparers()
  const digest = createDigest({ db, now, log, prepareBatch: preparers.prepareBatch })
  const relays = config.relays.map(createRelayClient)
  const loops: Loop[] = []
  const loop = (name: string, step: Step, restMs: number) =>
    loops.push(startLoop({ name, step, log, restMs }))
  loop('clock', clock.step, 60_000)
  const pushes = relays.map((relay) => {
    for (let i = 0; i < pollsAtOnce; i++) {
      loop(`poll ${relay.url}`, createPollStep({ db, relay, digest, now, log, sealing: config.sealing }), 0)
    }
    return new Promise<void>((resolve) => {
      const step = createPushProjectsStep({ db, relay, log, onPushed: () => resolve() })
      loop(`push projects ${relay.url}`, step, 500)
    })
  })
  for (const { name, step, restMs } of createTrackerSteps({ db, now, config, log, installation })) {
    loop(name, step, restMs)
  }
  loop('slow burn', createSlowBurnStep({ db, now, log }), 5_000)
  loop('end ignored', createEndIgnoredStep({ db, now }), 10_000)
  const notify = createNotifySteps({ db, now, config, log })
  for (const { name, step, restMs } of notify.steps) loop(name, step, restMs)
  loop(
    'housekeeping',
    createHousekeepingStep({ db, kind: store.kind, now, log, keptAtMost: config.keptAtMost }),
    3_600_000,
  )

  const app = express()
  app.disable('x-powered-by')
  app.get('/healthz', (_req, res) => answerHealth(db, store.kind, res))
  app.use('/api/0', createApi({ db, now, config, log }))
  app.use(createDashboard({ db, now, config, log, access, send: notify.send }))
  return {
    app,
    setupUrl: (await access.createSetupLink())?.url ?? null,
    async describeFirstProject() {
      await Promise.race([Promise.all(pushes), rest(pushWaitMs, new AbortController().signal)])
      return firstProject(db, config)
    },
    async close() {
      await Promise.all(loops.map((running) => running.stop()))
      await Promise.all(relays.map((relay) => relay.close()))
      await notify.close()
      await preparers.close()
      await store.close()
    },
  }
}

/** What the settings ask to be there; without any project a first one. */
async function seed(db: Database, config: CollectorConfig, now: Date): Promise<void> {
  await seedProjects(db, config.projects, now)
  if ((await listProjects(db)).length === 0) await createProject(db, { name: 'My app', slug: 'app' }, now)
  await seedRelays(
    db,
    config.relays.map(({ url }) => url),
    now,
  )
  if (config.admin) await seedAccount(db, config.admin.email, config.admin.password, now)
  await seedApiToken(db, config.apiToken, now)
  const [newest] = config.sealing.keys
  await noteSealingKey(db, newest ? formatSealingKey(newest.publicKey) : null, now)
}

async function answerHealth(db: Database, kind: string, res: Response): Promise<void> {
  try {
    await getProjectsVersion(db)
    res.json({ status: 'ok', database: kind })
  } catch {
    res.status(503).json({ status: 'the database does not answer', database: kind })
  }
}
