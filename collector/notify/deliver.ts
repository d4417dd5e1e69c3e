// Step: one message to one destination. The destination is claimed, so its messages go in order; quiet hours
// and the rate limit decide what is sent now and what becomes a digest; what fails is tried again under the
// same id, for a day. At least once: after a crash a message may arrive twice, with one id.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import {
  claimDestination,
  createMessage,
  findOpenMessage,
  listRecentMessages,
  listWaiting,
  type OpenMessage,
  postponeDeliveries,
  releaseDestination,
  settleMessage,
} from '../db/deliveries.ts'
import type { Destination } from '../db/destinations.ts'
import { retryDelayMs } from '../trackers/filing-timing.ts'
import { composeMessage } from './message.ts'
import { planMessage } from './plan.ts'
import { quietUntil } from './quiet-hours.ts'
import type { Send } from './send.ts'

const leaseMs = 60_000
const giveUpAfterMs = 24 * 3_600_000
/** As many as one digest counts; the rest is in the next. */
const maxWaiting = 500

export type DeliverDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
  readonly send: Send
  /** Public base of the dashboard, for links. */
  readonly baseUrl: string
  readonly worker: string
  readonly random?: () => number
}

/** @returns a step: makes or sends one message; false where nothing is due */
export function createDeliverStep(deps: DeliverDeps): () => Promise<boolean> {
  const { db, now, log, send, baseUrl, worker } = deps
  const random = deps.random ?? Math.random

  return async () => {
    const destination = await claimDestination(db, { worker, now: now(), leaseMs })
    if (!destination) return false
    const claim = { id: destination.id, worker }
    let notBefore: Date | null = null
    try {
      notBefore = await work(destination)
    } catch (error) {
      log.error({ err: error, destination: destination.id }, 'delivering a notification failed')
      notBefore = new Date(now().getTime() + 60_000)
    }
    await releaseDestination(db, claim, notBefore)
    return true
  }

  /** @returns the moment before which nothing new may be sent; null: none */
  async function work(destination: Destination): Promise<Date | null> {
    const claim = { id: destination.id, worker }
    const open = await findOpenMessage(db, destination.id)
    if (open) {
      if (open.runAt <= now()) await trySending(destination, open)
      return null
    }
    const waiting = await listWaiting(db, destination.id, now(), maxWaiting)
    const quiet = quietUntil(now(), destination.choice.quietHours)
    const passes = (kind: string) =>
      !quiet || (kind === 'escalation' && destination.choice.quietHours?.passEscalations === true)
    if (quiet) {
      const held = waiting.filter(({ kind }) => !passes(kind)).map(({ notificationId }) => notificationId)
      await postponeDeliveries(db, claim, held, quiet)
    }
    const plan = planMessage(
      waiting.filter(({ kind }) => passes(kind)),
      await listRecentMessages(db, destination.id, now()),
      now(),
    )
    if (plan.do === 'wait') return plan.until
    if (plan.do === 'nothing') return null
    if (!(await createMessage(db, claim, plan.notificationIds, now()))) return null
    const message = await findOpenMessage(db, destination.id)
    if (message) await trySending(destination, message)
    return null
  }

  async function trySending(destination: Destination, open: OpenMessage): Promise<void> {
    const claim = { id: destination.id, worker }
    if (open.told.length === 0) {
      // What it told of is gone, erased with its issue.
      return settleMessage(db, claim, open.id, {
        outcome: 'failed',
        at: now(),
        error: 'Nothing left to tell.',
      })
    }
    // Dated by its making, so that each try sends the same bytes.
    const message = composeMessage(open, baseUrl, open.createdAt)
    const sent = await send(destination.target, message, now())
    const at = now()
    if (sent.ok) return settleMessage(db, claim, open.id, { outcome: 'sent', at })
    const { message: error, permanent, retryAt } = sent
    log.warn({ destination: destination.id, permanent }, error)
    if (permanent || at.getTime() - open.createdAt.getTime() > giveUpAfterMs) {
      return settleMessage(db, claim, open.id, { outcome: 'failed', at, error })
    }
    const pauseMs = retryDelayMs(open.attempts, random())
    const runAt = new Date(Math.max(retryAt?.getTime() ?? 0, at.getTime() + pauseMs))
    await settleMessage(db, claim, open.id, { outcome: null, at, error, runAt })
  }
}
