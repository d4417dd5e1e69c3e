// The durable queue: envelopes in, leased batches out, acked rows deleted. Appends that arrive in one turn
// of the event loop share one synced commit. SQL of the queue is here, of leases, counters and projects in
// files of their own on the same database.
import type Database from 'better-sqlite3'
import { AppError } from '../shared/errors.ts'
import type { AckResponse, OutcomeCounter } from '../shared/handover.ts'
import { type Candidate, chooseRows } from './choose-rows.ts'
import { type Clock, createStamps } from './clock.ts'
import { createLeases, type Lease } from './leases.ts'
import { addToTally, hourMs, hourOf, type Outcomes } from './outcomes.ts'

export type NewEnvelope = {
  /** UUID made at arrival. */
  readonly id: string
  readonly project: number
  /** JSON object with the facts known at arrival: no id, received_at, project, deliveries, length. */
  readonly facts: string
  readonly body: Buffer
}

export type LeasedBatch = {
  readonly lease: Lease
  /** `deliveries` counts this time; bodies are read one by one while the batch is written. */
  readonly rows: readonly { readonly seq: number; readonly deliveries: number }[]
}

export type SpooledRow = {
  readonly id: string
  readonly receivedAt: number
  readonly project: number
  readonly facts: string
  readonly body: Buffer
}

export type Backlog = { readonly envelopes: number; readonly bytes: number; readonly oldestAt: number | null }

export type Ack = {
  readonly lease: string
  readonly done: readonly string[]
  readonly giveBack: readonly string[]
  readonly renewMs: number | undefined
}

export type Spool = {
  readonly id: string
  /** Resolves once the row is on disk. @throws AppError 'spool_unavailable': nothing of it was stored */
  append(envelope: NewEnvelope): Promise<void>
  /** Leases the oldest free rows, at least one however large; null when none is free. */
  lease(options: { max: number; maxBytes: number; leaseMs: number }): LeasedBatch | null
  /** undefined when the row has been acked meanwhile. */
  readRow(seq: number): SpooledRow | undefined
  ack(ack: Ack): AckResponse
  /** Deletes rows older than the TTL that nobody holds, at most `limit`. @returns how many */
  expire(limit: number): number
  /** Calls back whenever rows may have become free; returns the function that ends this. */
  onFree(listener: () => void): () => void
  /** ms until the next lease runs out; null without leases. */
  nextLeaseEndMs(): number | null
  leaseCount(): number
  backlog(): Backlog
  /** Every envelope received up to this moment is acked or expired; later ones get later stamps. */
  watermark(): number
  now(): number
  lastPolledAt(): number | null
  notePoll(): void
  listOutcomes(since: number): OutcomeCounter[]
  /** Writes waiting counters and the clock; gives freed pages back. Called every now and then. */
  tidy(): void
  /** Why the last write failed; null when it did not. */
  lastFailure(): string | null
  close(): void
}

type State = {
  spool: string
  last_seq: number
  handed_seq: number
  last_stamp: number
  backlog_envelopes: number
  backlog_bytes: number
  last_polled_at: number | null
}

type Waiting = { envelope: NewEnvelope; resolve: () => void; reject: (error: unknown) => void }

const keepOutcomesMs = 30 * 24 * hourMs
/** Free pages (4 kB) kept for reuse before the file is made smaller, and how many go in one step. */
const keptFreePages = 4_096
const vacuumStepPages = 2_048

/**
 * @param deps.db    opened by openSpoolDatabase; closed by its owner
 * @param deps.ttlMs how long an envelope waits for a collector
 */
export function createSpool(deps: {
  db: Database.Database
  outcomes: Outcomes
  clock: Clock
  ttlMs: number
  /** Told how long each commit of envelopes took, and of how many. */
  observeCommit?: (seconds: number, envelopes: number) => void
}): Spool {
  const { db, outcomes, clock, ttlMs, observeCommit = () => undefined } = deps
  const insert = db.prepare('insert into envelopes values (?, ?, ?, ?, ?, ?, ?)')
  const selectFresh = db.prepare<[number], Candidate>(
    'select seq, bytes, 0 as deliveries from envelopes where seq > ? order by seq',
  )
  const selectFreed = db.prepare<[], Candidate>(
    `select h.seq, e.bytes, h.deliveries from handouts h join envelopes e on e.seq = h.seq
     where h.lease is null order by h.seq`,
  )
  const anyFreed = db.prepare('select 1 from handouts where lease is null limit 1')
  const handOut = db.prepare(
    `insert into handouts (seq, lease, deliveries) values (?, ?, ?)
     on conflict do update set lease = excluded.lease, deliveries = excluded.deliveries`,
  )
  const selectRow = db.prepare<
    [number],
    { id: Buffer; received_at: number; project: number; facts: string; body: Buffer }
  >('select id, received_at, project, facts, body from envelopes where seq = ?')
  const removeById = db.prepare<[Buffer], { seq: number; project: number; bytes: number }>(
    'delete from envelopes where id = ? returning seq, project, bytes',
  )
  const removeBySeq = db.prepare('delete from envelopes where seq = ?')
  const removeHandout = db.prepare('delete from handouts where seq = ?')
  // What is given back unharmed doesn't count as a delivery: a collector that lost its database must not
  // make every row look poisonous.
  const giveBack = db.prepare(
    `update handouts set lease = null, deliveries = deliveries - 1
     where seq = (select seq from envelopes where id = ?) and lease = ?`,
  )
  const selectOldest = db.prepare('select received_at from envelopes order by seq limit 1').pluck()
  const selectByAge = db.prepare<
    [],
    { seq: number; project: number; bytes: number; received_at: number; lease: string | null }
  >(
    `select e.seq, e.project, e.bytes, e.received_at, h.lease
     from envelopes e left join handouts h on h.seq = e.seq order by e.seq`,
  )
  const writeState = db.prepare(
    `update state set last_seq = @last_seq, handed_seq = @handed_seq, last_stamp = @last_stamp,
       backlog_envelopes = @backlog_envelopes, backlog_bytes = @backlog_bytes, last_polled_at = @last_polled_at`,
  )
  const transact = db.transaction((work: () => void) => work())

  let state = db.prepare('select * from state').get() as State
  const stamps = createStamps(clock, state.last_stamp)
  const leases = createLeases(db, clock)
  const listeners = new Set<() => void>()
  let waiting: Waiting[] = []
  let lastFailure: string | null = null

  /** One synced database transaction; memory follows only once it is committed. */
  function commit<T>(work: (next: State, tally: Map<string, number>) => T): T {
    const pending = outcomes.takePending()
    const tally = new Map(pending)
    const next = { ...state, last_stamp: stamps.now() }
    let result: T | undefined
    try {
      transact.immediate(() => {
        result = work(next, tally)
        outcomes.write(tally, hourOf(next.last_stamp))
        writeState.run(next)
      })
    } catch (cause) {
      outcomes.restore(pending)
      lastFailure = (cause as Error).message
      throw new AppError('spool_unavailable', `The spool cannot be written: ${lastFailure}`, { cause })
    }
    state = next
    lastFailure = null
    outcomes.noteCommitted(tally)
    return result as T
  }

  function tellFree(): void {
    for (const listener of [...listeners]) listener()
  }

  function commitWaiting(): void {
    const group = waiting
    waiting = []
    const startedAt = performance.now()
    try {
      commit((next, tally) => {
        for (const { envelope } of group) {
          const { id, project, facts, body } = envelope
          next.last_seq += 1
          insert.run(next.last_seq, idBytes(id), next.last_stamp, project, body.length, facts, body)
          next.backlog_envelopes += 1
          next.backlog_bytes += body.length
          addToTally(tally, project, 'accepted')
        }
      })
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    observeCommit((performance.now() - startedAt) / 1000, group.length)
    for (const { resolve } of group) resolve()
    // In a turn of its own: the answers to the senders go out before a poll takes the next sync.
    setImmediate(tellFree)
  }

  function removeRow(next: State, row: { seq: number; bytes: number }): void {
    removeHandout.run(row.seq)
    next.backlog_envelopes -= 1
    next.backlog_bytes -= row.bytes
  }

  return {
    id: state.spool,
    append: (envelope) =>
      new Promise((resolve, reject) => {
        waiting.push({ envelope, resolve, reject })
        if (waiting.length === 1) setImmediate(commitWaiting)
      }),

    lease({ max, maxBytes, leaseMs }) {
      const ended = leases.listEnded()
      if (ended.length === 0 && state.handed_seq === state.last_seq && anyFreed.get() === undefined)
        return null
      const batch = commit((next) => {
        leases.free(ended)
        const sources = [() => selectFreed.iterate(), () => selectFresh.iterate(next.handed_seq)]
        const chosen = chooseRows(sources, max, maxBytes)
        // Rows that expired before anyone took them leave a gap behind the last one handed out.
        next.handed_seq = chosen.exhausted
          ? next.last_seq
          : Math.max(next.handed_seq, chosen.rows.at(-1)?.seq ?? 0)
        if (chosen.rows.length === 0) return null
        const lease = leases.open(leaseMs, next.last_stamp)
        const rows = chosen.rows.map(({ seq, deliveries }) => ({ seq, deliveries: deliveries + 1 }))
        for (const row of rows) handOut.run(row.seq, lease.id, row.deliveries)
        return { lease, rows }
      })
      leases.forget(ended)
      return batch
    },

    readRow(seq) {
      const row = selectRow.get(seq)
      if (!row) return undefined
      return {
        id: idText(row.id),
        receivedAt: row.received_at,
        project: row.project,
        facts: row.facts,
        body: row.body,
      }
    },

    ack({ lease, done, giveBack: back, renewMs }) {
      const answer = commit((next, tally) => {
        let deleted = 0
        for (const id of done) {
          const row = removeById.get(idBytes(id))
          if (!row) continue
          removeRow(next, row)
          addToTally(tally, row.project, 'delivered')
          deleted += 1
        }
        let leasedUntil = leases.liveUntil(lease)
        let givenBack = 0
        if (leasedUntil !== null) {
          for (const id of back) givenBack += giveBack.run(idBytes(id), lease).changes
          if (renewMs !== undefined) leasedUntil = leases.renew(lease, renewMs, next.last_stamp)
        }
        return { deleted, given_back: givenBack, leased_until: leasedUntil }
      })
      if (answer.given_back > 0) setImmediate(tellFree)
      return answer
    },

    expire(limit) {
      const cutoff = stamps.now() - ttlMs
      const old: { seq: number; project: number; bytes: number }[] = []
      for (const row of selectByAge.iterate()) {
        if (row.received_at >= cutoff || old.length === limit) break
        if (row.lease === null) old.push(row)
      }
      if (old.length === 0) return 0
      commit((next, tally) => {
        for (const row of old) {
          removeBySeq.run(row.seq)
          removeRow(next, row)
          addToTally(tally, row.project, 'expired')
        }
      })
      return old.length
    },

    onFree(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    nextLeaseEndMs: () => leases.nextEndMs(),
    leaseCount: () => leases.count(),
    backlog: () => ({
      envelopes: state.backlog_envelopes,
      bytes: state.backlog_bytes,
      oldestAt: (selectOldest.get() as number | undefined) ?? null,
    }),
    watermark: () => ((selectOldest.get() as number | undefined) ?? stamps.now()) - 1,
    now: () => stamps.now(),
    lastPolledAt: () => state.last_polled_at,
    notePoll() {
      state = { ...state, last_polled_at: stamps.now() }
    },
    listOutcomes(since) {
      if (outcomes.hasPending()) commit(() => undefined)
      return outcomes.list(since)
    },
    tidy() {
      commit((next) => outcomes.prune(hourOf(next.last_stamp) - keepOutcomesMs))
      const free = db.pragma('freelist_count', { simple: true }) as number
      if (free > keptFreePages) db.pragma(`incremental_vacuum(${vacuumStepPages})`)
    },
    lastFailure: () => lastFailure,
    close() {
      commit(() => undefined)
      db.pragma('wal_checkpoint(TRUNCATE)')
    },
  }
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

function idText(id: Buffer): string {
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
