// Step: looks at one open tracker issue by itself, every few hours each.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import { claimTicketCheck, retryTicketCheck } from '../db/ticket-checks.ts'
import { lookAtTicket } from './look-at-ticket.ts'
import type { Tracker } from './tracker.ts'

/** From one look at a tracker issue to the next. */
export const checkEveryMs = 4 * 3_600_000
const pauseMs = 10 * 60_000

/** @returns a step: looks at one tracker issue; false where none is due, or the tracker doesn't answer */
export function createCheckTicketStep(deps: {
  readonly db: Database
  readonly tracker: Tracker | null
  readonly now: () => Date
  readonly log: Log
  readonly config: {
    /** POSTERN_QUIET_MINUTES in ms. */
    readonly quietMs: number
  }
}): () => Promise<boolean> {
  const { db, tracker, now, log } = deps
  if (!tracker) return async () => false
  const look = { db, tracker, now, log, quietMs: deps.config.quietMs }

  return async () => {
    const known = await claimTicketCheck(db, now(), checkEveryMs)
    if (!known) return false
    const failure = await lookAtTicket(look, known)
    if (!failure) return true
    const { repository, number } = known
    log.warn({ repository, number, kind: failure.kind }, failure.message)
    const dueAt = new Date(Math.max(now().getTime() + pauseMs, failure.retryAt?.getTime() ?? 0))
    await retryTicketCheck(db, known.id, checkEveryMs, dueAt)
    return false
  }
}
