// The rows of a batch through the pure steps, in worker threads: the thread that talks to relays, database
// and browsers stays free, and a step that hangs or takes the memory of its thread is ended from outside.
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { AppError } from '../shared/errors.ts'
import type { EnvelopeFacts } from '../shared/handover.ts'
import { type Prepared, prepareRow, type RowRules } from './prepare.ts'

export type SpooledRow = { readonly facts: EnvelopeFacts; readonly body: Buffer }

/** A row and what its project wants done with it. */
export type RowToPrepare = SpooledRow & { readonly rules: RowRules }

/**
 * @param isUrgent before what waits already: a transaction is open meanwhile
 * @returns one result for each row, in the same order; never rejects for what a row holds
 */
export type PrepareBatch = (rows: readonly RowToPrepare[], isUrgent?: boolean) => Promise<readonly Prepared[]>

export type Preparers = {
  readonly prepareBatch: PrepareBatch
  /** Ends the threads; rows that are under way are given up. */
  close(): Promise<void>
}

// Small enough that threads share a batch evenly, large enough that messages cost little.
const sliceRows = 40
const sliceBytes = 512 * 1024

type Options = {
  readonly threads?: number
  /** ms for one row that is handled alone, and for one slice; a usual row takes about one. */
  readonly timeoutMs?: number
  /** What one thread may hold before it is ended. */
  readonly memoryMb?: number
  /** The file each thread runs; another one in tests. */
  readonly worker?: string
}

/** Prepares in the calling thread, for tests and tools. */
export const prepareHere: PrepareBatch = async (rows) => {
  const prepared: Prepared[] = []
  for (const { facts, body, rules } of rows) prepared.push(await prepareRow(facts, body, rules))
  return prepared
}

export function createPreparers({
  threads = Math.max(1, Math.min(4, cpus().length - 1)),
  timeoutMs = 15_000,
  memoryMb = 512,
  worker = fileURLToPath(new URL('./prepare-worker.ts', import.meta.url)),
}: Options = {}): Preparers {
  const pool = new Piscina({
    filename: worker,
    minThreads: threads,
    maxThreads: threads,
    // A small young generation is collected often and cheaply; payloads lie outside of it.
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: memoryMb },
  })

  let running = 0
  const waiting: (() => void)[] = []

  /** Not more at once than there are threads, so that the time of each begins when it is read. */
  async function run(rows: readonly RowToPrepare[], isUrgent: boolean): Promise<readonly Prepared[]> {
    if (running < threads) running += 1
    else {
      await new Promise<void>((resolve) => {
        if (isUrgent) waiting.unshift(resolve)
        else waiting.push(resolve)
      })
    }
    try {
      const prepared: Prepared[] = await pool.run(rows, { signal: AbortSignal.timeout(timeoutMs) })
      return prepared.map(withBuffers)
    } catch (error) {
      // Until the thread that takes its place has started, so that this isn't the next row's time.
      await pool.run([]).catch((cause) => {
        throw new AppError('internal', 'The threads that read events do not start.', { cause })
      })
      throw error
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }

  async function prepareSlice(
    rows: readonly RowToPrepare[],
    isUrgent: boolean,
  ): Promise<readonly Prepared[]> {
    try {
      return await run(rows, isUrgent)
    } catch (error) {
      if (error instanceof AppError) throw error
      // The thread is gone: one of these rows hangs or needs too much memory. Each by itself shows which.
      const [only, ...others] = rows
      if (only && others.length === 0) return [setAside(error as Error, timeoutMs)]
      const prepared: Prepared[] = []
      for (const row of rows) prepared.push(...(await prepareSlice([row], isUrgent)))
      return prepared
    }
  }

  return {
    async prepareBatch(rows, isUrgent = false) {
      const slices = await Promise.all(cutIntoSlices(rows).map((slice) => prepareSlice(slice, isUrgent)))
      return slices.flat()
    },
    close: () => pool.destroy(),
  }
}

/** What comes from another thread is a plain Uint8Array. */
function withBuffers(prepared: Prepared): Prepared {
  if (!prepared.ok) return prepared
  const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { row } = prepared
  const events = row.events.map((event) => ({ ...event, payload: event.payload && asBuffer(event.payload) }))
  const attachments = row.attachments.map((attachment) => ({
    ...attachment,
    body: asBuffer(attachment.body),
  }))
  return { ok: true, row: { ...row, events, attachments } }
}

function setAside(error: Error, timeoutMs: number): Prepared {
  const text =
    error.name === 'AbortError'
      ? `It was not understood within ${timeoutMs / 1000} s.`
      : `It ended the thread that read it: ${error.message}`
  return { ok: false, refused: { step: 'prepare', error: text } }
}

function cutIntoSlices(rows: readonly RowToPrepare[]): RowToPrepare[][] {
  const slices: RowToPrepare[][] = []
  let bytes = 0
  for (const row of rows) {
    const slice = slices.at(-1)
    if (slice && slice.length < sliceRows && bytes + row.body.length <= sliceBytes) slice.push(row)
    else {
      slices.push([row])
      bytes = 0
    }
    bytes += row.body.length
  }
  return slices
}
