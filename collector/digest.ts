// One batch through the pipeline, then stored in one database transaction. A bad row costs only itself: what
// can't be read becomes a dead letter, and where the database refuses the batch for its content, the rows
// are stored one by one until the culprit stands alone.
import type { Transaction } from 'kysely'
import { AppError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Database } from './db/database.ts'
import { insertDeadLetter } from './db/dead-letters.ts'
import { createKeyUse } from './db/key-use.ts'
import { createPartitions } from './db/partitions.ts'
import { noteProjectEvents, readRowRules } from './db/project-facts.ts'
import type { DB } from './db/schema.ts'
import { storeBatch } from './db/store-batch.ts'
import { createFloodMemory } from './flooding.ts'
import { latePayloads, type ReadyRow } from './late-payloads.ts'
import type { Prepared, Refused, RowRules } from './prepare.ts'
import { type PrepareBatch, prepareHere, type SpooledRow } from './prepare-batch.ts'

export type DigestResult = {
  /** Events that were not stored before. */
  readonly newEvents: number
  readonly deadLetters: number
  /** Rows that were committed at an earlier delivery. */
  readonly knownRows: number
}

export type Digest = { digestBatch(relayUrl: string, rows: readonly SpooledRow[]): Promise<DigestResult> }

type Deps = {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
  /** Where rows are prepared; by default in the calling thread. */
  readonly prepareBatch?: PrepareBatch
  /** What becomes of a row that can't be taken in; by default it is kept as a dead letter. */
  readonly setAside?: SetAside
}

export type SetAside = (
  trx: Transaction<DB>,
  relayUrl: string,
  source: SpooledRow,
  refused: Refused,
  now: Date,
) => Promise<void>

const keepLetter: SetAside = (trx, relayUrl, { facts, body }, refused, now) =>
  insertDeadLetter(trx, relayUrl, facts, body, refused, now)

type Dead = { readonly source: SpooledRow; readonly refused: Refused }

/**
 * True where trying the same again may help: the connection (class 08), a shutdown (57P), no room (53), a
 * deadlock (40), a lock (55), or the network itself. Everything else is the fault of what was to be stored,
 * or of this program; then a row must not hold up the others, whatever the error is called.
 */
export function mayPass(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string') return /^(08...|57P..|57014|53...|40...|55...|25P03|E[A-Z]+)$/.test(code)
  return /timeout|terminated|closed|not open/i.test(String(message))
}

/** Threads that don't start are no row's fault. */
function isOurs(error: unknown): boolean {
  return error instanceof AppError && error.code === 'internal'
}

export function createDigest({
  db,
  now,
  log,
  prepareBatch = prepareHere,
  setAside = keepLetter,
}: Deps): Digest {
  const partitions = createPartitions(db)
  const keyUse = createKeyUse(db)
  const floods = createFloodMemory()

  async function store(ready: readonly ReadyRow[], dead: readonly Dead[], relayUrl: string) {
    const { flooding, ...counts } = await db.transaction().execute(async (trx) => {
      const stored = await storeBatch(
        trx,
        ready.map(({ row }) => row),
        latePayloads(ready, prepareBatch),
        now(),
      )
      for (const { source, refused } of dead) {
        await setAside(trx, relayUrl, source, refused, now())
      }
      return stored
    })
    floods.note(flooding)
    return counts
  }

  /** A dead letter whole; where even its facts are refused, its bytes with no more than where they came from. */
  async function storeLetter(relayUrl: string, letter: Dead): Promise<void> {
    try {
      await store([], [letter], relayUrl)
    } catch (error) {
      if (mayPass(error)) throw error
      const { facts, body } = letter.source
      const bare = { ...facts, query: {}, item_types: [], user_agent: null, peer: null, content_type: null }
      const refused = { step: letter.refused.step, error: 'Its facts and error could not be stored.' }
      await store([], [{ source: { facts: bare, body }, refused }], relayUrl)
    }
  }

  /** The batch whole, else each row by itself; rows that still fail become dead letters. */
  async function storeOrSetAside(relayUrl: string, ready: readonly ReadyRow[], dead: readonly Dead[]) {
    try {
      return { ...(await store(ready, dead, relayUrl)), deadLetters: dead.length }
    } catch (error) {
      if (mayPass(error) || isOurs(error)) throw error
      if (ready.length === 0 && dead.length === 1 && dead[0]) {
        await storeLetter(relayUrl, dead[0])
        return { newEvents: 0, knownRows: 0, deadLetters: 1 }
      }
      if (ready.length === 1 && ready[0] && dead.length === 0) {
        const refused = { step: 'store', error: (error as Error).message }
        log.warn({ envelope: ready[0].source.facts.id, err: error }, 'the database refused an envelope')
        await storeLetter(relayUrl, { source: ready[0].source, refused })
        return { newEvents: 0, knownRows: 0, deadLetters: 1 }
      }
      const total = { newEvents: 0, knownRows: 0, deadLetters: dead.length }
      for (const letter of dead) await storeLetter(relayUrl, letter)
      for (const one of ready) {
        const result: DigestResult = await storeOrSetAside(relayUrl, [one], [])
        total.newEvents += result.newEvents
        total.knownRows += result.knownRows
        total.deadLetters += result.deadLetters
      }
      return total
    }
  }

  async function readRules(rows: readonly SpooledRow[]): Promise<Map<number, RowRules>> {
    const rules = await readRowRules(
      db,
      rows.map(({ facts }) => facts.project),
    )
    return new Map([...rules].map(([id, own]) => [id, { ...own, flooding: floods.of(id) }]))
  }

  /** One result for each row, in the same order. */
  async function prepareKnown(
    rows: readonly SpooledRow[],
    rules: ReadonlyMap<number, RowRules>,
  ): Promise<Prepared[]> {
    const wanted = rows.flatMap((row) => {
      const own = rules.get(row.facts.project)
      return own === undefined ? [] : [{ ...row, rules: own }]
    })
    const results = (await prepareBatch(wanted)).values()
    return rows.map(({ facts }) => {
      if (rules.has(facts.project)) return results.next().value as Prepared
      return { ok: false, refused: { step: 'store', error: `There is no project ${facts.project}.` } }
    })
  }

  return {
    async digestBatch(relayUrl, rows) {
      const rules = await readRules(rows)
      const ready: ReadyRow[] = []
      const dead: Dead[] = []
      const prepared = await prepareKnown(rows, rules)
      rows.forEach((source, index) => {
        const one = prepared[index]
        const own = rules.get(source.facts.project)
        if (one?.ok && own) ready.push({ source, rules: own, row: one.row })
        else if (one && !one.ok) dead.push({ source, refused: one.refused })
      })
      for (const { source, refused } of dead) {
        log.warn(
          { envelope: source.facts.id, project: source.facts.project, step: refused.step },
          'an envelope became a dead letter',
        )
      }
      await partitions.ensure(
        ready.map(({ row, rules: { retentionDays } }) => ({ receivedAt: row.receivedAt, retentionDays })),
      )
      const result = await storeOrSetAside(relayUrl, ready, dead)
      await noteProjectEvents(
        db,
        ready.flatMap(({ row }) => row.events),
      )
      await keyUse.note(ready.map(({ source }) => source.facts))
      return result
    },
  }
}

/** One sentence for the relays page and the log. */
export function describeStoreError(error: unknown): string {
  if (error instanceof AppError) return error.message
  return `The database refused or didn't answer: ${(error as Error).message}`
}
