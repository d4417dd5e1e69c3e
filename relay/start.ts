// Starts a relay and stops it: what main.ts runs, and tests and the bench run on port 0.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { createApp } from './app.ts'
import { createClientAddress } from './client-address.ts'
import { type Clock, systemClock } from './clock.ts'
import type { RelayConfig } from './config.ts'
import { openSpoolDatabase } from './database.ts'
import { createGuessLimit } from './guess-limit.ts'
import { createHandover } from './handover.ts'
import { createHealth } from './health.ts'
import { createInFlight } from './in-flight.ts'
import { createIngest } from './ingest.ts'
import { createCommitMetrics, createMetrics } from './metrics.ts'
import { createOutcomes } from './outcomes.ts'
import { readProjects } from './project-store.ts'
import { createProjects } from './projects.ts'
import { createRelayServer } from './server.ts'
import { openSpool, type Spool } from './spool.ts'
import { createTurns } from './turns.ts'

export type RunningRelay = {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** Lets requests end (at most four seconds; Fly grants five), then closes the spool. Idempotent. */
  stop(): Promise<void>
}

/** Wrong keys or tokens that one address may try: twenty at once, then one every two seconds. */
const guessRate = { perSecond: 0.5, burst: 20 }
const drainMs = 4_000
/** Envelopes with the spool at one time: two groups, one of which is read while the other is committed. */
const maxAtSpool = 128
/** Connections that wait to be taken; the system may allow fewer. Node's own 511 is less than one burst of phones. */
const maxUnaccepted = 4_096
const sweepMs = 20
const upkeepMs = 30_000
const flushMs = 1_000
const expireStep = 500

/**
 * @param clock tests own time; everybody else leaves it out
 * @throws AppError 'spool_unavailable', 'schema_too_new' or 'invalid_settings' (the port is taken)
 */
export async function startRelay(
  config: RelayConfig,
  log: Log,
  clock: Clock = systemClock,
): Promise<RunningRelay> {
  const database = openSpoolDatabase(config.spoolPath)
  const { db } = database
  const outcomes = createOutcomes()
  const commits = createCommitMetrics()
  const spool = await openSpool({
    db,
    outcomes,
    clock,
    path: config.spoolPath,
    ttlMs: config.ttlMs,
    maxBytes: config.maxSpoolBytes,
    observeCommit: commits.observe,
  })
  const nowMs = clock.monotonicMs
  const projects = createProjects(readProjects(db), spool.storeProjects, config, nowMs)
  const inFlight = createInFlight(config.maxInFlightBytes, config.maxEnvelopeBytes)
  const turns = createTurns(maxAtSpool)
  const clientAddress = createClientAddress(config.clientIpHeader, config.clientIpHops)
  const startedAt = (await spool.snapshot()).now
  const bounds = { ttlMs: config.ttlMs, maxBytes: config.maxSpoolBytes }
  const health = createHealth({
    spool,
    projects,
    bounds,
    startedAt,
  })
  const handover = createHandover({
    spool,
    projects,
    inFlight,
    health,
    startedAt,
    clientAddress,
    tokenGuesses: createGuessLimit(guessRate, nowMs),
    log,
    tokens: config.tokens,
    ttlMs: config.ttlMs,
    maxSpoolBytes: config.maxSpoolBytes,
  })
  const ingest = createIngest({
    projects,
    spool,
    outcomes,
    inFlight,
    turns,
    clientAddress,
    keyGuesses: createGuessLimit(guessRate, nowMs),
    maxEnvelopeBytes: config.maxEnvelopeBytes,
    nowMs,
    log,
  })
  const metrics = createMetrics({
    registry: commits.registry,
    spool,
    outcomes,
    projects,
    inFlight,
    health,
    bounds,
    connections: () => countConnections(server),
  })
  const server = createRelayServer(createApp({ ingest, handover, health, metrics, outcomes, log }), outcomes)
  server.on('connection', turns.greet)

  let url: string
  try {
    url = await listen(server, config)
  } catch (error) {
    await spool.close()
    database.close()
    throw error
  }
  const stopUpkeep = startUpkeep(spool, outcomes.hasPending, log)
  let stopped: Promise<void> | undefined

  async function stop(): Promise<void> {
    handover.stopWaiting()
    await turns.release()
    const closed = new Promise((resolve) => server.close(resolve))
    // A connection whose last answer goes out now turns idle only afterwards, and would be kept alive.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
    const cut = setTimeout(() => server.closeAllConnections(), drainMs)
    await closed
    clearInterval(sweep)
    clearTimeout(cut)
    await stopUpkeep()
    try {
      await spool.close()
    } finally {
      database.close()
    }
  }

  return {
    url,
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))
}

function listen(server: Server, config: RelayConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const place = `RELAY_HOST ${config.host}, RELAY_PORT ${config.port}`
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message
      reject(new AppError('invalid_settings', `Cannot listen (${place}): ${why}`, { cause }))
    })
    server.listen({ port: config.port, host: config.host, backlog: maxUnaccepted }, () => {
      const { address, family, port } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${port}`)
    })
  })
}

/** Expires old rows, tidies the file and writes counters that wait. @returns the function that ends it */
function startUpkeep(spool: Spool, hasPending: () => boolean, log: Log): () => Promise<void> {
  let stopped = false
  let working: Promise<void> = Promise.resolve()
  let upkeep: NodeJS.Timeout

  async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      log.error({ err: error }, `${what} failed`)
      return undefined
    }
  }
  async function run(): Promise<void> {
    const expired = await attempt('expiring envelopes', () => spool.expire(expireStep))
    const more = expired === expireStep
    if (!more) await attempt('tidying the spool', spool.tidy)
    if (!stopped) upkeep = setTimeout(start, more ? 0 : upkeepMs)
  }
  function start(): void {
    working = run()
  }
  const flush = setInterval(() => {
    // While writing fails, the upkeep and the health check try; counters can wait.
    if (hasPending() && spool.lastFailure() === null)
      void attempt('writing counters', () => spool.listOutcomes(Date.now()))
  }, flushMs)
  upkeep = setTimeout(start, 0)
  return async () => {
    stopped = true
    clearTimeout(upkeep)
    clearInterval(flush)
    await working
  }
}
