// Who makes way when room is short. What matters least goes first: what SDKs are told not to send, then
// sessions, then the oldest events of whichever project takes most, so that one noisy project can't push out
// another's crashes. Rows that a collector holds stay.
import type Database from 'better-sqlite3'

/** 0: worth most; 1: sessions; 2: what SDKs are told not to send. */
export type RowClass = 0 | 1 | 2

const leastWorth = new Set([
  'transaction',
  'span',
  'profile',
  'profile_chunk',
  'replay_event',
  'replay_recording',
  'replay_video',
  'log',
  'otel_log',
  'trace_metric',
  'statsd',
  'metric_buckets',
])
const littleWorth = new Set(['session', 'sessions', 'client_report'])

/** An envelope is worth as much as its most valuable item; kinds that nobody knows are worth most. */
export function classOf(itemTypes: readonly string[]): RowClass {
  let least: RowClass = 2
  for (const type of itemTypes) {
    if (leastWorth.has(type)) continue
    if (!littleWorth.has(type)) return 0
    least = 1
  }
  return itemTypes.length === 0 ? 1 : least
}

/** How full the spool may be before rows of a class make way: the rest is kept back for those worth more. */
const limitByClass: Readonly<Record<RowClass, number>> = { 0: 1, 1: 0.9, 2: 0.8 }
/** Rows of one project looked at for one commit; where most belong to others, the next commit goes on. */
const maxLooks = 2_048
const lookStep = 64
/** Rows that one commit may evict: bounds its length to some tenths of a second. */
const maxEvictions = 10_000

export type Room = {
  /** Bytes that rows take in the file. */
  usedBytes(): number
  /** Adds to a project's share of class 0. Inside the caller's database transaction. */
  change(project: number, bytes: number): void
  /** Free rows, least worth first, until what was just inserted fits; each is deleted before the next is asked for. */
  chooseEvicted(): Generator<number>
  /** More is used than may be. */
  isOver(): boolean
  /** Rows that were held are free now. */
  lookAgain(): void
  /** Writes changed shares, inside the caller's database transaction. */
  writeShares(): void
  keepChanges(): void
  forgetChanges(): void
}

/** @param maxBytes bound of what rows take in the file */
export function createRoom(db: Database.Database, maxBytes: number): Room {
  const pageBytes = db.pragma('page_size', { simple: true }) as number
  const pageCount = db.prepare('pragma page_count').pluck()
  const freePages = db.prepare('pragma freelist_count').pluck()
  const selectShares = db.prepare<[], { project: number; bytes: number }>('select project, bytes from shares')
  const writeShare = db.prepare(
    'insert into shares (project, bytes) values (?, ?) on conflict do update set bytes = excluded.bytes',
  )
  const selectOfClass = db.prepare<[RowClass, number, number], { seq: number; held: 0 | 1 }>(
    `select e.seq, h.lease is not null as held from envelopes e left join handouts h on h.seq = e.seq
     where e.class = ? and e.class > 0 and e.seq > ? order by e.seq limit ?`,
  )
  const selectOldest = db.prepare<[number, number], { seq: number; project: number; held: 0 | 1 }>(
    `select e.seq, e.project, h.lease is not null as held from envelopes e left join handouts h on h.seq = e.seq
     where e.seq > ? order by e.seq limit ?`,
  )
  let shares = readShares()
  let changed = new Map<number, number>()
  /** Up to where a project's oldest rows are known to be gone or others'; forgotten when rows are freed. */
  let passed = new Map<number, number>()

  function readShares(): Map<number, number> {
    return new Map(selectShares.all().map(({ project, bytes }) => [project, bytes]))
  }
  function shareOf(project: number): number {
    return (shares.get(project) ?? 0) + (changed.get(project) ?? 0)
  }
  function usedBytes(): number {
    return ((pageCount.get() as number) - (freePages.get() as number)) * pageBytes
  }
  function isAbove(rowClass: RowClass): boolean {
    return usedBytes() > maxBytes * limitByClass[rowClass]
  }
  function largestProjects(): number[] {
    const projects = new Set([...shares.keys(), ...changed.keys()])
    return [...projects].filter((project) => shareOf(project) > 0).sort((a, b) => shareOf(b) - shareOf(a))
  }

  function* freeOfClass(rowClass: 1 | 2): Generator<number> {
    let after = 0
    for (;;) {
      const rows = selectOfClass.all(rowClass, after, lookStep)
      for (const row of rows) if (!row.held) yield row.seq
      if (rows.length < lookStep) return
      after = rows.at(-1)?.seq ?? after
    }
  }

  function* freeOfProject(project: number): Generator<number> {
    let after = passed.get(project) ?? 0
    for (let looks = 0; looks < maxLooks; looks += lookStep) {
      const rows = selectOldest.all(after, lookStep)
      for (const row of rows) {
        if (row.project === project && !row.held) yield row.seq
        after = row.seq
        passed.set(project, after)
      }
      if (rows.length < lookStep) {
        passed.delete(project)
        return
      }
    }
  }

  return {
    usedBytes,
    change(project, bytes) {
      changed.set(project, (changed.get(project) ?? 0) + bytes)
    },
    *chooseEvicted() {
      let left = maxEvictions
      for (const rowClass of [2, 1] as const) {
        if (!isAbove(rowClass)) continue
        for (const seq of freeOfClass(rowClass)) {
          if (left === 0 || !isAbove(rowClass)) break
          left -= 1
          yield seq
        }
      }
      while (isAbove(0) && left > 0) {
        const before = left
        for (const project of largestProjects()) {
          for (const seq of freeOfProject(project)) {
            left -= 1
            yield seq
            // Another project may be the largest now.
            break
          }
          if (left < before) break
        }
        if (left === before) return
      }
    },
    isOver: () => isAbove(0),
    lookAgain() {
      passed = new Map()
    },
    writeShares() {
      for (const project of changed.keys()) writeShare.run(project, shareOf(project))
    },
    keepChanges() {
      for (const project of changed.keys()) shares.set(project, shareOf(project))
      changed = new Map()
    },
    forgetChanges() {
      shares = readShares()
      changed = new Map()
      passed = new Map()
    },
  }
}
