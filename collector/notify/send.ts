// Sends one message to one destination, whichever kind it is.
import type { Target } from './destination.ts'
import type { Mailer } from './mail.ts'
import type { Message } from './message.ts'
import type { Outgoing } from './outgoing.ts'
import type { SendResult } from './send-result.ts'
import { sendSlack } from './slack.ts'
import { sendWebhook } from './webhook.ts'

export type Send = (target: Target, message: Message, now: Date) => Promise<SendResult>

/** @param mailer null: no POSTERN_SMTP_URL */
export function createSend(outgoing: Outgoing, mailer: Mailer | null): Send {
  return async (target, message, now) => {
    switch (target.kind) {
      case 'slack':
        return sendSlack(outgoing, target, message, now)
      case 'webhook':
        return sendWebhook(outgoing, target, message, now)
      case 'mail':
        return (
          mailer?.send(target.to, message) ?? {
            ok: false,
            permanent: false,
            message: 'POSTERN_SMTP_URL is not set.',
            retryAt: null,
          }
        )
    }
  }
}
