// Where polling each repository stands. A repository is polled from the first tracker issue filed there on,
// by one worker at a time (a lease), from the last change that was seen: a pause of any length misses nothing.
import { sql, type Transaction } from 'kysely'
import { claimDue, type Lease } from './claim-due.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

/**
 * Has a repository polled.
 * @param since the tracker's moment from which on changes matter; where polling has passed it, it goes back
 */
export async function watchRepository(
  trx: Transaction<DB>,
  repository: string,
  since: Date,
  now: Date,
): Promise<void> {
  await trx
    .insertInto('tracker_repositories')
    .values({ repository, since, next_poll_at: now })
    .onConflict((conflict) =>
      conflict
        .column('repository')
        .doUpdateSet({ since, etag: null })
        .where((eb) =>
          eb.or([eb('tracker_repositories.since', 'is', null), eb('tracker_repositories.since', '>', since)]),
        ),
    )
    .execute()
}

export type ClaimedRepository = {
  readonly repository: string
  readonly since: Date | null
  readonly etag: string | null
  readonly error: string | null
}

export type RepositoryClaim = { readonly repository: string; readonly worker: string }

/** Claims the repository whose poll is most overdue. */
export async function claimDueRepository(db: Database, lease: Lease): Promise<ClaimedRepository | undefined> {
  return claimDue(db, 'tracker_repositories', lease)
}

function ownRepository(db: Database, claim: RepositoryClaim) {
  return db
    .updateTable('tracker_repositories')
    .where('repository', '=', claim.repository)
    .where('locked_by', '=', claim.worker)
}

/** Holds the claim longer, between pages. False: it was lost. */
export async function renewRepositoryClaim(
  db: Database,
  claim: RepositoryClaim,
  lockedUntil: Date,
): Promise<boolean> {
  const row = await ownRepository(db, claim)
    .set({ locked_until: lockedUntil })
    .returning('repository')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Ends a poll that saw everything. Where `since` went back meanwhile (a tracker issue was adopted), it
 * stays there and the next poll reads from it.
 */
export async function finishPoll(
  db: Database,
  claim: RepositoryClaim,
  poll: {
    readonly claimedSince: Date | null
    readonly since: Date | null
    readonly etag: string | null
    readonly login: string
    readonly now: Date
    readonly nextPollAt: Date
  },
): Promise<void> {
  const unmoved = sql<boolean>`since is not distinct from ${poll.claimedSince}::timestamptz`
  await ownRepository(db, claim)
    .set((eb) => ({
      since: eb
        .case()
        .when(unmoved)
        .then(eb.cast<Date>(eb.val(poll.since), 'timestamptz'))
        .else(eb.ref('since'))
        .end(),
      etag: eb
        .case()
        .when(unmoved)
        .then(eb.cast<string>(eb.val(poll.etag), 'text'))
        .else(null)
        .end(),
      login: poll.login,
      polled_at: poll.now,
      next_poll_at: poll.nextPollAt,
      locked_by: null,
      locked_until: null,
      error: null,
      error_at: null,
    }))
    .execute()
}

/** Ends a poll that failed; where it stands stays as it was. */
export async function failPoll(
  db: Database,
  claim: RepositoryClaim,
  why: { readonly error: string; readonly now: Date; readonly nextPollAt: Date },
): Promise<void> {
  await ownRepository(db, claim)
    .set({
      error: why.error,
      error_at: why.now,
      next_poll_at: why.nextPollAt,
      locked_by: null,
      locked_until: null,
    })
    .execute()
}
