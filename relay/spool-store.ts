// The durable queue itself: rows in, leased batches out, acked rows deleted; every change one synced commit.
// It runs in the writer's thread (spool-writer.ts); SQL of leases, room, counters and projects is in files of
// their own on the same database.
import type Database from 'better-sqlite3'
import { AppError } from '../shared/errors.ts'
import type { AckResponse, OutcomeCounter, ProjectsRequest } from '../shared/handover.ts'
import { type Candidate, chooseRows } from './choose-rows.ts'
import { type Clock, createStamps } from './clock.ts'
import { spoolFault } from './database.ts'
import { createLeaps } from './leaps.ts'
import { createLeases, type Lease } from './leases.ts'
import { addToTally, createOutcomeTable, hourMs, hourOf, type Tally } from './outcomes.ts'
import { createProjectWriter } from './project-store.ts'
import { createRoom, type RowClass } from './room.ts'

export type NewRow = {
  /** UUID given at arrival, 16 bytes. */
  readonly id: Buffer
  readonly project: number
  readonly class: RowClass
  /** JSON object with the facts known at arrival: no id, received_at, project, deliveries, length. */
  readonly facts: string
  readonly body: Buffer
}

export type LeaseOptions = { readonly max: number; readonly maxBytes: number; readonly leaseMs: number }

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

export type Ack = {
  readonly lease: string
  readonly done: readonly string[]
  readonly giveBack: readonly string[]
  readonly renewMs: number | undefined
}

/** What the spool knows of itself at one moment, between two commits. */
export type Snapshot = {
  readonly now: number
  /** Every envelope received up to this moment is acked, expired or evicted; later ones get later stamps. */
  readonly watermark: number
  readonly backlog: { readonly envelopes: number; readonly bytes: number; readonly oldest_at: number | null }
  /** Time that the oldest row has waited while the relay ran; null without rows. */
  readonly oldestAgeMs: number | null
  readonly usedBytes: number
  readonly lastPolledAt: number | null
  /** ms until the next lease runs out; null without leases. */
  readonly nextLeaseEndMs: number | null
  readonly leases: number
}

export type SpoolStore = {
  readonly id: string
  /** Stores rows in one commit. @throws AppError 'spool_unavailable', 'spool_damaged' or 'spool_full': nothing is stored */
  append(rows: readonly NewRow[]): void
  /** Leases the oldest free rows, at least one however large; null when none is free. Notes the poll. */
  lease(options: LeaseOptions): LeasedBatch | null
  ack(ack: Ack): AckResponse
  /** Deletes rows past their time to live that nobody holds, at most `limit`. @returns how many */
  expire(limit: number): number
  /** Adds counts of what has no row: refusals. */
  count(tally: Tally): void
  listOutcomes(since: number): OutcomeCounter[]
  storeProjects(request: ProjectsRequest): void
  snapshot(): Snapshot
  /** What was counted by commits since this was last asked. */
  takeCounted(): Tally
  /** Writes the clock, drops old counters, gives free pages back. Called every now and then. */
  tidy(): void
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

const keepOutcomesMs = 30 * 24 * hourMs
/** Free pages (4 kB) kept for reuse before the file is made smaller, and how many go in one step. */
const keptFreePages = 4_096
const vacuumStepPages = 2_048

/**
 * @param deps.db    opened by openSpoolDatabase; closed by its owner
 * @param deps.ttlMs how long an envelope waits for a collector while the relay runs
 * @param deps.maxBytes bound of what rows take in the file
 */
export function createSpoolStore(deps: {
  db: Database.Database
  clock: Clock
  ttlMs: number
  maxBytes: number
}): SpoolStore {
  const { db, clock, ttlMs } = deps
  const insert = db.prepare(
    'insert into envelopes (seq, id, received_at, project, bytes, facts, body, class) values (?, ?, ?, ?, ?, ?, ?, ?)',
  )
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
  const removeById = db.prepare<[Buffer], Removed>(
    'delete from envelopes where id = ? returning seq, project, bytes, class',
  )
  const removeBySeq = db.prepare<[number], Removed>(
    'delete from envelopes where seq = ? returning seq, project, bytes, class',
  )
  const removeHandout = db.prepare('delete from handouts where seq = ?')
  // What is given back unharmed doesn't count as a delivery: a collector that lost its database must not
  // make every row look poisonous.
  const giveBack = db.prepare(
    `update handouts set lease = null, deliveries = deliveries - 1
     where seq = (select seq from envelopes where id = ?) and lease = ?`,
  )
  const selectOldest = db.prepare<[], { seq: number; received_at: number }>(
    'select seq, received_at from envelopes order by seq limit 1',
  )
  const selectByAge = db.prepare<[], { seq: number; received_at: number; lease: string | null }>(
    `select e.seq, e.received_at, h.lease
     from envelopes e left join handouts h on h.seq = e.seq order by e.seq`,
  )
  const writeState = db.prepare(
    `update state set last_seq = @last_seq, handed_seq = @handed_seq, last_stamp = @last_stamp,
       backlog_envelopes = @backlog_envelopes, backlog_bytes = @backlog_bytes, last_polled_at = @last_polled_at`,
  )
  const transact = db.transaction((work: () => void) => work())

  let counted: Tally = new Map()
  let state = db.prepare('select * from state').get() as State
  const stamps = createStamps(clock, state.last_stamp)
  const outcomes = createOutcomeTable(db)
  const writeProjects = createProjectWriter(db)
  const leases = createLeases(db, clock)
  const leaps = createLeaps(db)
  const room = createRoom(db, deps.maxBytes)

  /** One synced database transaction; memory follows only once it is committed. */
  function commit<T>(work: (next: State, tally: Tally) => T): T {
    const tally: Tally = new Map()
    const next = { ...state, last_stamp: stamps.now() }
    const leapMs = stamps.takeLeap()
    let result: T | undefined
    try {
      transact.immediate(() => {
        if (leapMs > 0 && next.backlog_envelopes > 0) leaps.add(next.last_seq, leapMs)
        result = work(next, tally)
        room.writeShares()
        outcomes.write(tally, hourOf(next.last_stamp))
        writeState.run(next)
      })
    } catch (cause) {
      stamps.putBackLeap(leapMs)
      room.forgetChanges()
      leaps.forgetChanges()
      throw spoolFault(cause, 'The spool cannot be written')
    }
    state = next
    for (const [key, count] of tally) counted.set(key, (counted.get(key) ?? 0) + count)
    room.keepChanges()
    return result as T
  }

  /** Takes a deleted row out of all that counts rows. */
  function forget(next: State, row: Removed): void {
    removeHandout.run(row.seq)
    next.backlog_envelopes -= 1
    next.backlog_bytes -= row.bytes
    if (row.class === 0) room.change(row.project, -row.bytes)
  }

  /** Inside a commit; `leases.forget` follows after it. */
  function freeEnded(ended: readonly string[]): void {
    if (ended.length === 0) return
    leases.free(ended)
    room.lookAgain()
  }

  return {
    id: state.spool,
    append(rows) {
      commit((next, tally) => {
        for (const row of rows) {
          const bytes = row.body.length
          next.last_seq += 1
          insert.run(
            next.last_seq,
            row.id,
            next.last_stamp,
            row.project,
            bytes,
            row.facts,
            row.body,
            row.class,
          )
          next.backlog_envelopes += 1
          next.backlog_bytes += bytes
          if (row.class === 0) room.change(row.project, bytes)
          addToTally(tally, row.project, 'accepted')
        }
        for (const seq of room.chooseEvicted()) {
          const row = removeBySeq.get(seq) as Removed
          forget(next, row)
          addToTally(tally, row.project, 'evicted')
        }
        if (room.isOver()) throw new AppError('spool_full', 'The spool is full of rows that collectors hold')
      })
    },

    lease({ max, maxBytes, leaseMs }) {
      state = { ...state, last_polled_at: stamps.now() }
      const ended = leases.listEnded()
      if (ended.length === 0 && state.handed_seq === state.last_seq && anyFreed.get() === undefined)
        return null
      const batch = commit((next) => {
        freeEnded(ended)
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

    ack({ lease, done, giveBack: back, renewMs }) {
      return commit((next, tally) => {
        let deleted = 0
        for (const id of done) {
          const row = removeById.get(idBytes(id))
          if (!row) continue
          forget(next, row)
          addToTally(tally, row.project, 'delivered')
          deleted += 1
        }
        let leasedUntil = leases.liveUntil(lease)
        let givenBack = 0
        if (leasedUntil !== null) {
          for (const id of back) givenBack += giveBack.run(idBytes(id), lease).changes
          if (givenBack > 0) room.lookAgain()
          if (renewMs !== undefined) leasedUntil = leases.renew(lease, renewMs, next.last_stamp)
        }
        return { deleted, given_back: givenBack, leased_until: leasedUntil }
      })
    },

    expire(limit) {
      if (state.backlog_envelopes === 0) return 0
      const cutoff = stamps.now() - ttlMs
      const leaped = stamps.leap()
      const old: number[] = []
      for (const row of selectByAge.iterate()) {
        if (row.received_at + leaps.since(row.seq) + leaped >= cutoff || old.length === limit) break
        if (row.lease === null) old.push(row.seq)
      }
      if (old.length === 0) return 0
      commit((next, tally) => {
        for (const seq of old) {
          const row = removeBySeq.get(seq) as Removed
          forget(next, row)
          addToTally(tally, row.project, 'expired')
        }
      })
      return old.length
    },

    count(tally) {
      commit((_, own) => {
        for (const [key, count] of tally) own.set(key, (own.get(key) ?? 0) + count)
      })
    },
    listOutcomes: (since) => outcomes.list(since),
    storeProjects: (request) => commit(() => writeProjects(request)),

    snapshot() {
      const oldest = selectOldest.get()
      const now = stamps.now()
      return {
        now,
        watermark: (oldest?.received_at ?? now) - 1,
        backlog: {
          envelopes: state.backlog_envelopes,
          bytes: state.backlog_bytes,
          oldest_at: oldest?.received_at ?? null,
        },
        oldestAgeMs: oldest ? now - oldest.received_at - leaps.since(oldest.seq) - stamps.leap() : null,
        usedBytes: room.usedBytes(),
        lastPolledAt: state.last_polled_at,
        nextLeaseEndMs: leases.nextEndMs(),
        leases: leases.count(),
      }
    },

    takeCounted() {
      const taken = counted
      counted = new Map()
      return taken
    },

    tidy() {
      const ended = leases.listEnded()
      commit((next) => {
        freeEnded(ended)
        outcomes.prune(hourOf(next.last_stamp) - keepOutcomesMs)
        leaps.prune(selectOldest.get()?.seq ?? next.last_seq + 1)
      })
      leases.forget(ended)
      const free = db.pragma('freelist_count', { simple: true }) as number
      if (free > keptFreePages) db.pragma(`incremental_vacuum(${vacuumStepPages})`)
    },
    close() {
      commit(() => undefined)
      db.pragma('wal_checkpoint(TRUNCATE)')
    },
  }
}

type Removed = { seq: number; project: number; bytes: number; class: RowClass }

/** @param id UUID with or without dashes */
export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** Reads one row by its seq; undefined when it is gone. @param db any connection on the file */
export function createRowReader(db: Database.Database): (seq: number) => SpooledRow | undefined {
  const select = db.prepare<
    [number],
    { id: Buffer; received_at: number; project: number; facts: string; body: Buffer }
  >('select id, received_at, project, facts, body from envelopes where seq = ?')
  return (seq) => {
    const row = select.get(seq)
    if (!row) return undefined
    const { project, facts, body } = row
    return { id: idText(row.id), receivedAt: row.received_at, project, facts, body }
  }
}

function idText(id: Buffer): string {
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
