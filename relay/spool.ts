// The spool as the rest of the relay sees it. Envelopes that arrive while a commit runs share the next one; all
// changes are made by the writer's thread (spool-writer.ts), in the order they are asked for; rows are read here.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { AppError } from '../shared/errors.ts'
import type { AckResponse, OutcomeCounter, ProjectsRequest } from '../shared/handover.ts'
import { type NewEnvelope, sizeInSlot, slotBytes, writeToSlot } from './append-slot.ts'
import type { Clock } from './clock.ts'
import { spoolFault } from './database.ts'
import type { Outcomes } from './outcomes.ts'
import {
  type Ack,
  createRowReader,
  type LeasedBatch,
  type LeaseOptions,
  type Snapshot,
  type SpooledRow,
} from './spool-store.ts'
import type { Job, JobResult, WriterSettings } from './spool-writer.ts'

export type Spool = {
  readonly id: string
  /** Resolves once the row is on disk. @throws AppError 'spool_unavailable', 'spool_damaged' or 'spool_full': nothing of it was stored */
  append(envelope: NewEnvelope): Promise<void>
  /** Leases the oldest free rows, at least one however large; null when none is free. Notes the poll. */
  lease(options: LeaseOptions): Promise<LeasedBatch | null>
  /** undefined when the row has been acked meanwhile. */
  readRow(seq: number): SpooledRow | undefined
  ack(ack: Ack): Promise<AckResponse>
  /** Deletes rows past their time to live that nobody holds, at most `limit`. @returns how many */
  expire(limit: number): Promise<number>
  /** Calls back whenever rows may have become free; returns the function that ends this. */
  onFree(listener: () => void): () => void
  snapshot(): Promise<Snapshot>
  /** Writes the counts that wait in memory, then lists. @param since ms since 1970 */
  listOutcomes(since: number): Promise<OutcomeCounter[]>
  /** Replaces what was pushed of projects. @throws AppError 'spool_unavailable': nothing changed */
  storeProjects(request: ProjectsRequest): Promise<void>
  tidy(): Promise<void>
  /** Part of the file can't be read: nothing more is stored until it is mended and the relay restarted. */
  isDamaged(): boolean
  /** Why the last write failed, or what is damaged; null when all is well. */
  lastFailure(): string | null
  /** After all that was asked for before. */
  close(): Promise<void>
}

type Waiting = { envelope: NewEnvelope; resolve: () => void; reject: (error: unknown) => void }
type Asked = { resolve: (value: unknown) => void; reject: (error: unknown) => void }

/** The writer holds one group and the page cache of its database. */
const writerLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 }

/**
 * Starts the writer's thread.
 * @param deps.db   a connection of this thread on the same file, for reading
 * @param deps.path of the file
 */
export async function openSpool(deps: {
  db: Database.Database
  path: string
  outcomes: Outcomes
  clock: Clock
  ttlMs: number
  maxBytes: number
  /** Told how long each commit of envelopes took, and of how many. */
  observeCommit?: (seconds: number, envelopes: number) => void
}): Promise<Spool> {
  const { outcomes, observeCommit = () => undefined } = deps
  const shared = new SharedArrayBuffer(slotBytes)
  const slot = Buffer.from(shared)
  const settings: WriterSettings = {
    path: deps.path,
    ttlMs: deps.ttlMs,
    maxBytes: deps.maxBytes,
    slot: shared,
    clock: deps.clock.shared ?? null,
  }
  const worker = new Worker(join(import.meta.dirname, 'spool-writer.ts'), {
    workerData: settings,
    resourceLimits: writerLimits,
  })
  const [{ value: id }] = (await once(worker, 'message').catch((cause) => {
    throw spoolFault(cause, `Cannot open the spool ${deps.path}`)
  })) as [{ value: string }]
  const readRow = createRowReader(deps.db)
  const asked: Asked[] = []
  const listeners = new Set<() => void>()
  let waiting: Waiting[] = []
  let appending = false
  let lastFailure: string | null = null
  /** Once seen it lasts until the file is mended: what else is written into it may never be read again. */
  let damage: AppError | null = null

  function noteDamage(error: AppError): AppError {
    if (error.code === 'spool_damaged') damage ??= error
    return error
  }

  worker.on('message', (result: JobResult) => {
    const { resolve, reject } = asked.shift() as Asked
    if ('value' in result) {
      outcomes.noteCommitted(result.counted)
      resolve(result.value)
    } else reject(noteDamage(new AppError(result.code, result.message)))
  })

  function ask(job: Job): Promise<unknown> {
    return new Promise((resolve, reject) => {
      asked.push({ resolve, reject })
      // What has a slot of its own is moved there: shared, it would stay in memory until that thread's next
      // garbage collection, which nothing hurries.
      worker.postMessage(job, job.name === 'append' && job.large ? [job.large] : [])
    })
  }

  /** A job that writes: its end says whether the spool can be written. */
  async function write<T>(job: Job): Promise<T> {
    try {
      const value = (await ask(job)) as T
      lastFailure = null
      return value
    } catch (error) {
      if ((error as AppError).code !== 'spool_full') lastFailure = (error as Error).message
      throw error
    }
  }

  function tellFree(): void {
    for (const listener of [...listeners]) listener()
  }

  /** Hands all that fits the slot to the writer; the rest waits for the next commit. */
  async function appendWaiting(): Promise<void> {
    appending = true
    while (waiting.length > 0) {
      const { group, job } = takeGroup()
      const startedAt = performance.now()
      try {
        await write(job)
        observeCommit((performance.now() - startedAt) / 1000, group.length)
        for (const { resolve } of group) resolve()
        // In a turn of its own: the answers to the senders go out before a poll takes the next sync.
        setImmediate(tellFree)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    appending = false
  }

  function takeGroup(): { group: Waiting[]; job: Job } {
    const first = waiting[0] as Waiting
    if (sizeInSlot(first.envelope) > slotBytes) {
      waiting = waiting.slice(1)
      const large = new ArrayBuffer(sizeInSlot(first.envelope))
      writeToSlot(Buffer.from(large), 0, first.envelope)
      return { group: [first], job: { name: 'append', count: 1, large } }
    }
    let at = 0
    let count = 0
    for (const { envelope } of waiting) {
      if (at + sizeInSlot(envelope) > slotBytes) break
      at = writeToSlot(slot, at, envelope)
      count += 1
    }
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return { group, job: { name: 'append', count } }
  }

  async function writeCounts(): Promise<void> {
    const tally = outcomes.takePending()
    if (tally.size === 0) return
    try {
      await write({ name: 'count', args: [tally] })
    } catch (error) {
      outcomes.restore(tally)
      throw error
    }
  }

  return {
    id,
    append: (envelope) =>
      new Promise((resolve, reject) => {
        if (damage) {
          reject(damage)
          return
        }
        waiting.push({ envelope, resolve, reject })
        if (!appending) {
          appending = true
          setImmediate(() => void appendWaiting())
        }
      }),
    lease: (options) => write({ name: 'lease', args: [options] }),
    readRow(seq) {
      try {
        return readRow(seq)
      } catch (cause) {
        throw noteDamage(spoolFault(cause, 'The spool cannot be read'))
      }
    },
    async ack(ack) {
      const answer = await write<AckResponse>({ name: 'ack', args: [ack] })
      if (answer.given_back > 0) setImmediate(tellFree)
      return answer
    },
    expire: (limit) => write({ name: 'expire', args: [limit] }),
    onFree(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => ask({ name: 'snapshot', args: [] }) as Promise<Snapshot>,
    async listOutcomes(since) {
      // While the disk is full, counts wait in memory, and the reason is in lastFailure.
      await writeCounts().catch(() => undefined)
      return (await ask({ name: 'listOutcomes', args: [since] })) as OutcomeCounter[]
    },
    storeProjects: (request) => write({ name: 'storeProjects', args: [request] }),
    async tidy() {
      await write({ name: 'tidy', args: [] })
      await writeCounts()
    },
    isDamaged: () => damage !== null,
    lastFailure: () => damage?.message ?? lastFailure,
    async close() {
      await writeCounts().catch(() => undefined)
      try {
        await write({ name: 'close', args: [] })
      } finally {
        await worker.terminate()
      }
    },
  }
}
