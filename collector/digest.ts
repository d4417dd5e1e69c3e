// One batch through the pipeline, then stored in one database transaction. A bad row costs only itself: what
// can't be read becomes a dead letter, and where the database refuses the batch for its content, the rows
// are stored one by one until the culprit stands alone.
import { AppError } from '../shared/errors.ts'
import type { EnvelopeFacts } from '../shared/handover.ts'
import type { Log } from '../shared/log.ts'
import type { Database } from './db/database.ts'
import { insertDeadLetter } from './db/dead-letters.ts'
import { createPartitions } from './db/partitions.ts'
import { noteProjectEvents, readRetention } from './db/project-facts.ts'
import { type PreparedRow, storeBatch } from './db/store-batch.ts'
import type { DetectionRules } from './detect/rules.ts'
import { prepareRow, type Refused } from './prepare.ts'

export type SpooledRow = { readonly facts: EnvelopeFacts; readonly body: Buffer }

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
  readonly rules: DetectionRules
}

type Ready = { readonly source: SpooledRow; readonly row: PreparedRow }
type Dead = { readonly source: SpooledRow; readonly refused: Refused }

/**
 * True where the data itself was refused (SQLSTATE class 22 or 23, limits of class 54) or a step threw;
 * false where trying again may help: the connection, a shutdown, a deadlock, no room.
 */
function isFaultOfTheData(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string') return error instanceof TypeError || error instanceof RangeError
  return /^(22|23|54)...$/.test(code)
}

export function createDigest({ db, now, log, rules }: Deps): Digest {
  const partitions = createPartitions(db)

  async function store(ready: readonly Ready[], dead: readonly Dead[], relayUrl: string) {
    return db.transaction().execute(async (trx) => {
      const stored = await storeBatch(
        trx,
        ready.map(({ row }) => row),
        rules,
        now(),
      )
      for (const { source, refused } of dead) {
        await insertDeadLetter(trx, relayUrl, source.facts, source.body, refused, now())
      }
      return stored
    })
  }

  /** The batch whole, else each row by itself; rows that still fail become dead letters. */
  async function storeOrSetAside(relayUrl: string, ready: readonly Ready[], dead: readonly Dead[]) {
    try {
      return { ...(await store(ready, dead, relayUrl)), deadLetters: dead.length }
    } catch (error) {
      if (!isFaultOfTheData(error)) throw error
      if (ready.length === 1 && ready[0] && dead.length === 0) {
        const refused = { step: 'store', error: (error as Error).message }
        log.warn({ envelope: ready[0].source.facts.id, err: error }, 'the database refused an envelope')
        await store([], [{ source: ready[0].source, refused }], relayUrl)
        return { newEvents: 0, knownRows: 0, deadLetters: 1 }
      }
      const total = { newEvents: 0, knownRows: 0, deadLetters: dead.length }
      await store([], dead, relayUrl)
      for (const one of ready) {
        const result: DigestResult = await storeOrSetAside(relayUrl, [one], [])
        total.newEvents += result.newEvents
        total.knownRows += result.knownRows
        total.deadLetters += result.deadLetters
      }
      return total
    }
  }

  return {
    async digestBatch(relayUrl, rows) {
      const retention = await readRetention(
        db,
        rows.map(({ facts }) => facts.project),
      )
      const ready: Ready[] = []
      const dead: Dead[] = []
      for (const source of rows) {
        const retentionDays = retention.get(source.facts.project)
        const prepared =
          retentionDays === undefined
            ? ({
                ok: false,
                refused: { step: 'store', error: `There is no project ${source.facts.project}.` },
              } as const)
            : await prepareRow(source.facts, source.body, retentionDays)
        if (prepared.ok) ready.push({ source, row: prepared.row })
        else dead.push({ source, refused: prepared.refused })
      }
      for (const { source, refused } of dead) {
        log.warn(
          { envelope: source.facts.id, project: source.facts.project, step: refused.step },
          'an envelope became a dead letter',
        )
      }
      await partitions.ensure(
        ready.map(({ row }) => ({
          receivedAt: row.receivedAt,
          retentionDays: retention.get(row.projectId) ?? 90,
        })),
      )
      const result = await storeOrSetAside(relayUrl, ready, dead)
      await noteProjectEvents(
        db,
        ready.flatMap(({ row }) => row.events),
      )
      return result
    },
  }
}

/** One sentence for the relays page and the log. */
export function describeStoreError(error: unknown): string {
  if (error instanceof AppError) return error.message
  return `The database refused or didn't answer: ${(error as Error).message}`
}
