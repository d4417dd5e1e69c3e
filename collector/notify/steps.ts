// Builds the steps of notifying from the settings: watching the installation, handing out what happened, and
// sending it.
import { randomUUID } from 'node:crypto'
import type { Log } from '../../shared/log.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import { fanOutNext } from '../db/notifications.ts'
import { listRelays } from '../db/relays.ts'
import { countLost, noteConditions } from '../db/watched-conditions.ts'
import type { Step } from '../loop.ts'
import { listConditions } from './conditions.ts'
import { createDeliverStep } from './deliver.ts'
import { createMailer } from './mail.ts'
import { createOutgoing } from './outgoing.ts'
import { createSend, type Send } from './send.ts'

export type NotifySteps = {
  readonly steps: readonly { readonly name: string; readonly step: Step; readonly restMs: number }[]
  /** For the test button. */
  readonly send: Send
  close(): Promise<void>
}

const lostSpanMs = 2 * 3_600_000

/** @returns a step: looks once at the relays; never has more to do */
export function createWatchStep(db: Database, now: () => Date): Step {
  return async () => {
    const at = now()
    const lost = await countLost(db, new Date(at.getTime() - lostSpanMs))
    await noteConditions(db, listConditions(await listRelays(db), lost, at), at)
    return false
  }
}

export function createNotifySteps(deps: {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
  readonly config: Pick<CollectorConfig, 'url' | 'mail' | 'allowedHosts'>
}): NotifySteps {
  const { db, now, log, config } = deps
  const outgoing = createOutgoing(config.allowedHosts)
  const mailer = config.mail && createMailer(config.mail)
  const send = createSend(outgoing, mailer)
  const deliver = createDeliverStep({ db, now, log, send, baseUrl: config.url, worker: randomUUID() })
  return {
    send,
    steps: [
      { name: 'watch', step: createWatchStep(db, now), restMs: 15_000 },
      { name: 'hand out notifications', step: () => fanOutNext(db, now()), restMs: 1_000 },
      { name: 'deliver notifications', step: deliver, restMs: 1_000 },
    ],
    async close() {
      mailer?.close()
      await outgoing.close()
    },
  }
}
