// The private surface, for the collector alone: poll, ack, projects, status. The contract is in
// shared/handover.ts.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import { AppError } from '../shared/errors.ts'
import {
  type ArrivalFacts,
  ackRequest,
  type BatchHeader,
  batchContentType,
  type EnvelopeFacts,
  firstHourTold,
  type PollQuery,
  pollQuery,
  projectsRequest,
  type RelayStatus,
  type SealedFacts,
} from '../shared/handover.ts'
import type { Log } from '../shared/log.ts'
import { answerJson } from './answers.ts'
import type { ClientAddress } from './client-address.ts'
import { freeOwn } from './free-own.ts'
import type { GuessLimit } from './guess-limit.ts'
import type { Health } from './health.ts'
import { hoursLeft } from './hours-left.ts'
import type { InFlight } from './in-flight.ts'
import { hourMs } from './outcomes.ts'
import type { Projects } from './projects.ts'
import type { Spool } from './spool.ts'
import type { LeasedBatch } from './spool-store.ts'

export type Handover = {
  /** @throws AppError 'unauthorized', or 'too_many_attempts' with Retry-After already set */
  checkToken(req: IncomingMessage, res: ServerResponse): void
  poll(res: ServerResponse, query: unknown): Promise<void>
  ack(res: ServerResponse, body: unknown): Promise<void>
  putProjects(res: ServerResponse, body: unknown): Promise<void>
  status(res: ServerResponse, query: unknown): Promise<void>
  /** Answers waiting polls, and all later ones at once. */
  stopWaiting(): void
}

/** Handed over this often without an ack, a row is marked: it is to be kept unread as a dead letter. */
const poisonousAfter = 5
/** Pieces of a batch are gathered up to this size before they are written. */
const writeBytes = 64 * 1024
const lineFeed = Buffer.from('\n')

export function createHandover(deps: {
  spool: Spool
  projects: Projects
  inFlight: InFlight
  tokens: readonly string[]
  /** Bounds what an address may try with wrong tokens. */
  tokenGuesses: GuessLimit
  clientAddress: ClientAddress
  health: Health
  startedAt: number
  ttlMs: number
  maxSpoolBytes: number
  log: Log
}): Handover {
  const { spool, projects, inFlight, tokenGuesses, clientAddress, health, startedAt, log } = deps
  const tokenHashes = deps.tokens.map(hash)
  const waiters = new Set<() => void>()
  let stopping = false

  function checkToken(req: IncomingMessage, res: ServerResponse): void {
    const address = clientAddress(req)
    const silence = tokenGuesses.silence(address)
    if (silence > 0) {
      res.setHeader('retry-after', String(silence))
      throw new AppError('too_many_attempts', 'Too many wrong tokens from this address')
    }
    const given = hash(/^Bearer\s+(\S+)\s*$/i.exec(req.headers.authorization ?? '')?.[1] ?? '')
    // Every token is compared, in constant time: neither length nor place of a difference shows.
    const right = tokenHashes.map((known) => timingSafeEqual(known, given)).includes(true)
    if (right) {
      tokenGuesses.noteRight(address)
      return
    }
    if (tokenGuesses.noteWrong(address)) log.warn({ address }, 'wrong tokens from one address')
    throw new AppError('unauthorized', 'The token is missing or wrong')
  }

  async function poll(res: ServerResponse, rawQuery: unknown): Promise<void> {
    const query = parse(pollQuery, rawQuery)
    const batch = (await leaseFor(query)) ?? (query.wait > 0 ? await waitForBatch(query, res) : null)
    if (res.destroyed) {
      if (batch) await giveBackAll(batch)
      return
    }
    const header = await headerLine(batch)
    res.writeHead(200, ['content-type', batchContentType, 'cache-control', 'no-store'])
    if (batch) await writeBatch(res, batch, header)
    else res.end(header)
  }

  function leaseFor(query: PollQuery): Promise<LeasedBatch | null> {
    return spool.lease({ max: query.max, maxBytes: query.max_bytes, leaseMs: query.lease * 1000 })
  }

  /** Waits until rows can be leased, the time is over, the client is gone or the relay stops. */
  async function waitForBatch(query: PollQuery, res: ServerResponse): Promise<LeasedBatch | null> {
    const deadline = performance.now() + query.wait * 1000
    for (;;) {
      await nextChance(deadline, res)
      // A client that hung up must not lease anything.
      if (res.destroyed || stopping) return null
      const batch = await leaseFor(query)
      if (batch || performance.now() >= deadline) return batch
    }
  }

  /** Ends when rows may be free: some arrived, were given back, or a lease ran out; or when waiting is over. */
  async function nextChance(deadline: number, res: ServerResponse): Promise<void> {
    let wake = (): void => {}
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    // Listening begins before the question when the next lease ends, lest what arrives meanwhile is missed.
    const unsubscribe = spool.onFree(wake)
    waiters.add(wake)
    res.once('close', wake)
    // A collector that died ended its side of the connection, which stays open for the sake of senders (server.ts).
    const { socket } = res
    function hangUp(): void {
      res.destroy()
    }
    socket?.once('end', hangUp)
    if (socket?.readableEnded) hangUp()
    const { nextLeaseEndMs } = await spool.snapshot()
    const leftMs = deadline - performance.now()
    const timer = setTimeout(wake, Math.max(0, Math.min(leftMs, (nextLeaseEndMs ?? leftMs) + 1)))
    if (stopping || res.destroyed) wake()
    await woken
    clearTimeout(timer)
    unsubscribe()
    waiters.delete(wake)
    res.off('close', wake)
    socket?.off('end', hangUp)
  }

  /** Writes a batch row by row; what is in memory is one row and one piece, whatever the batch's size. */
  async function writeBatch(res: ServerResponse, batch: LeasedBatch, header: string): Promise<void> {
    let pieces: Buffer[] = [Buffer.from(header)]
    let pieceBytes = 0
    const write = async (bytes: Buffer): Promise<boolean> => {
      if (!res.write(bytes) && !res.destroyed) {
        await drained(res)
        // All of it is with the system now.
        if (!res.destroyed) freeOwn(bytes)
      }
      return !res.destroyed
    }
    const flush = (): Promise<boolean> => {
      const bytes = Buffer.concat(pieces)
      pieces = []
      pieceBytes = 0
      return write(bytes)
    }
    for (const { seq, deliveries } of batch.rows) {
      const row = spool.readRow(seq)
      if (!row) {
        // Acked in this moment by an earlier holder: the count in the header no longer holds.
        await giveBackAll(batch)
        res.destroy()
        return
      }
      const facts: EnvelopeFacts | SealedFacts = {
        id: row.id,
        received_at: row.receivedAt,
        project: row.project,
        ...(JSON.parse(row.facts) as ArrivalFacts | Pick<SealedFacts, 'sealed'>),
        deliveries,
        poisonous: deliveries > poisonousAfter,
        length: row.body.length,
      }
      pieces.push(Buffer.from(`${JSON.stringify(facts)}\n`))
      if (row.body.length >= writeBytes) {
        // Not copied once more.
        if (!(await flush()) || !(await write(row.body))) return
      } else pieces.push(row.body)
      pieces.push(lineFeed)
      pieceBytes += (row.body.length < writeBytes ? row.body.length : 0) + 512
      if (pieceBytes >= writeBytes && !(await flush())) return
    }
    res.end(Buffer.concat(pieces))
  }

  async function giveBackAll(batch: LeasedBatch): Promise<void> {
    const ids = batch.rows.flatMap(({ seq }) => spool.readRow(seq)?.id ?? [])
    await spool.ack({ lease: batch.lease.id, done: [], giveBack: ids, renewMs: undefined })
  }

  async function headerLine(batch: LeasedBatch | null): Promise<string> {
    const { now, watermark, backlog } = await spool.snapshot()
    const header: BatchHeader = {
      outcomes: await spool.listOutcomes(firstHourTold(now)),
      lease: batch?.lease.id ?? null,
      leased_until: batch?.lease.until ?? null,
      spool: spool.id,
      now,
      watermark,
      backlog,
      projects_version: projects.version(),
      ttl_hours: deps.ttlMs / hourMs,
      count: batch?.rows.length ?? 0,
    }
    return `${JSON.stringify(header)}\n`
  }

  async function ack(res: ServerResponse, body: unknown): Promise<void> {
    const { lease, done, give_back, renew } = parse(ackRequest, body)
    const renewMs = renew === undefined ? undefined : renew * 1000
    answerJson(res, 200, await spool.ack({ lease, done, giveBack: give_back, renewMs }))
  }

  async function putProjects(res: ServerResponse, body: unknown): Promise<void> {
    const before = projects.version()
    const version = await projects.push(parse(projectsRequest, body))
    if (version !== before) log.info({ version, projects: projects.count() }, 'projects taken over')
    answerJson(res, 200, { version })
  }

  async function status(res: ServerResponse, rawQuery: unknown): Promise<void> {
    const since = Number((rawQuery as { since?: unknown }).since ?? 0) || 0
    const outcomes = await spool.listOutcomes(since)
    const spooled = await spool.snapshot()
    const { now, watermark, backlog, lastPolledAt } = spooled
    const value: RelayStatus = {
      outcomes,
      spool: spool.id,
      now,
      started_at: startedAt,
      watermark,
      backlog,
      last_polled_at: lastPolledAt,
      projects_version: projects.version(),
      projects: projects.count(),
      in_flight_bytes: inFlight.bytes(),
      ttl_hours: deps.ttlMs / hourMs,
      used_bytes: spooled.usedBytes,
      max_bytes: deps.maxSpoolBytes,
      hours_left: hoursLeft(spooled, { ttlMs: deps.ttlMs, maxBytes: deps.maxSpoolBytes }),
      failure: spool.lastFailure(),
      alarms: health.alarms(spooled),
    }
    answerJson(res, 200, value)
  }

  function stopWaiting(): void {
    stopping = true
    for (const giveUp of [...waiters]) giveUp()
  }

  return { checkToken, poll, ack, putProjects, status, stopWaiting }
}

/** Ends when more can be written, or when the client is gone (its lease then just runs out). */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    function done(): void {
      res.off('drain', done).off('close', done)
      resolve()
    }
    res.on('drain', done).on('close', done)
  })
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`,
  )
  throw new AppError('invalid_request', problems.slice(0, 10).join('; '))
}
