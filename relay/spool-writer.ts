// The writer's thread: the only place where the queue changes, one job after the other. A commit waits for the
// disk, and a checkpoint may take some tens of ms; meanwhile the main thread goes on reading and answering.
import '../shared/only-compile.js'
import { parentPort, workerData } from 'node:worker_threads'
import type { ErrorCode } from '../shared/errors.ts'
import { readFromSlot } from './append-slot.ts'
import { readClock } from './clock.ts'
import { connectSpoolDatabase, spoolFault } from './database.ts'
import type { Tally } from './outcomes.ts'
import { createSpoolStore, type SpoolStore } from './spool-store.ts'

export type WriterSettings = {
  readonly path: string
  readonly ttlMs: number
  readonly maxBytes: number
  readonly slot: SharedArrayBuffer
  readonly clock: Float64Array<SharedArrayBuffer> | null
}

type JobName = Exclude<keyof SpoolStore, 'id' | 'append'>

/** `append` finds its rows in the slot, or in `large` where they didn't fit. */
export type Job =
  | { readonly name: 'append'; readonly count: number; readonly large?: ArrayBuffer }
  | { readonly name: JobName; readonly args: readonly unknown[] }

export type JobResult =
  | { readonly value: unknown; readonly counted: Tally }
  | { readonly code: ErrorCode; readonly message: string }

const port = parentPort
if (!port) throw new Error('spool-writer.ts runs as a worker of spool.ts')
const { path, ttlMs, maxBytes, slot, clock } = workerData as WriterSettings
const db = connectSpoolDatabase(path)
const store = createSpoolStore({ db, clock: readClock(clock), ttlMs, maxBytes })
const slotBuffer = Buffer.from(slot)

function run(job: Job): unknown {
  if (job.name === 'append') {
    if (!job.large) return store.append(readFromSlot(slotBuffer, job.count))
    try {
      return store.append(readFromSlot(Buffer.from(job.large), job.count))
    } finally {
      // Gives its memory back at once.
      job.large.transfer(0)
    }
  }
  const method = store[job.name] as (...args: readonly unknown[]) => unknown
  const value = method(...job.args)
  if (job.name === 'close') db.close()
  return value
}

port.on('message', (job: Job) => {
  let result: JobResult
  try {
    result = { value: run(job), counted: store.takeCounted() }
  } catch (error) {
    const { code, message } = spoolFault(error, 'The spool cannot be read')
    result = { code, message }
  }
  port.postMessage(result)
})
port.postMessage({ value: store.id, counted: new Map() } satisfies JobResult)
