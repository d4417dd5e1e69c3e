// What the outboxes of filing (alerts, storms) have in common: a row is claimed by one worker, a create is written down
// before it is sent, and a row that could not be done waits. Every write carries the claim's worker, so that one whose
// lease ran out can't overwrite what another did.
import type { Kysely, Transaction } from 'kysely'
import type { Database } from './database.ts'
import { type Create, releaseCreate, reserveCreate } from './filing-limits.ts'
import type { DB, HeldReason } from './schema.ts'

/** Whose claim a write belongs to; a write without it changes nothing. */
export type Claim = { readonly id: number; readonly worker: string }

const tables = { alert: 'alerts', storm: 'storms' } as const
type Kind = keyof typeof tables
/** The columns that both have, and what alerts have beside them. */
type Outboxes = Record<(typeof tables)[Kind], DB['storms'] & Pick<DB['alerts'], 'held'>>
/** Alerts only: why one waits although nothing failed. */
type Also = { readonly held?: HeldReason | null }

/** A row that is done, or in other hands by now, is not found. */
function ownRow(db: Database, kind: Kind, claim: Claim) {
  return (db as unknown as Kysely<Outboxes>)
    .updateTable(tables[kind])
    .where('id', '=', claim.id)
    .where('locked_by', '=', claim.worker)
}

/**
 * Takes one create from the project's budget, notes that it is about to be sent, and holds the claim until
 * `lockedUntil`, in one transaction: whoever takes over after a crash sees it and looks before creating.
 * @returns `lost`: the claim ran out (another worker may be at it); `freeAt`: the budget is used up until
 *          then. In both cases nothing may be sent
 */
export async function markSent(
  db: Database,
  kind: Kind,
  claim: Claim,
  at: {
    readonly now: Date
    readonly lockedUntil: Date
    readonly repository: string
    readonly projectId: number
    readonly budgetPerHour: number
  },
  also: Also = {},
): Promise<'sent' | 'lost' | { readonly freeAt: Date }> {
  return db.transaction().execute(async (trx: Transaction<DB>) => {
    const create: Create = { kind, id: claim.id, projectId: at.projectId }
    const freeAt = await reserveCreate(trx, create, at.budgetPerHour, at.now)
    if (freeAt) return { freeAt }
    const row = await ownRow(trx, kind, claim)
      .set({ sent_at: at.now, sent_to: at.repository, locked_until: at.lockedUntil, ...also })
      .where('locked_until', '>', at.now)
      .returning('id')
      .executeTakeFirst()
    if (row) return 'sent'
    await releaseCreate(trx, create)
    return 'lost'
  })
}

export type Postponed = {
  readonly error: string | null
  readonly at: Date
  readonly runAt: Date
  /** Whether it was an attempt; waiting for a setting or a rate limit is none. */
  readonly counts: boolean
  readonly permanent: boolean
  /** No create is open (any more); false: what was written when one was sent stays. */
  readonly isSettled: boolean
}

/** Sets a row back with the reason, to be tried again at `runAt`. @returns false: the claim was lost */
export async function postpone(
  db: Database,
  kind: Kind,
  claim: Claim,
  why: Postponed,
  also: Also = {},
): Promise<boolean> {
  const row = await ownRow(db, kind, claim)
    .set((eb) => ({
      run_at: why.runAt,
      locked_by: null,
      locked_until: null,
      error: why.error,
      error_at: why.error === null ? null : why.at,
      permanent: why.permanent,
      ...also,
      ...(why.isSettled ? { sent_at: null, sent_to: null } : {}),
      ...(why.counts ? { attempts: eb('attempts', '+', 1) } : {}),
    }))
    .returning('id')
    .executeTakeFirst()
  // In other hands by now, the create in the count is theirs.
  if (row && why.isSettled) await releaseCreate(db, { kind, id: claim.id })
  return row !== undefined
}
