// A generic webhook: JSON, signed as Standard Webhooks (standardwebhooks.com) has it: `webhook-id` (the same at each
// try), `webhook-timestamp` and `webhook-signature`. docs/notifications.md documents the body.
import { createHmac, randomBytes } from 'node:crypto'
import type { Message, MessageItem } from './message.ts'
import type { Outgoing } from './outgoing.ts'
import { readAnswer, readError, type SendResult } from './send-result.ts'

export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** @param secret `whsec_` and base64 */
export function signWebhook(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function itemJson(item: MessageItem): Record<string, unknown> {
  return {
    kind: item.kind,
    at: item.at.toISOString(),
    headline: item.headline,
    reason: item.reason,
    url: item.url,
    project: item.project,
    issue: item.issue && { ...item.issue, title: item.title, numbers: item.numbers },
    tracker_issue: item.trackerIssue,
  }
}

/** Pure: the body. `issue.title` and parts of `reason` were sent by an app from outside. */
export function webhookPayload(message: Message): Record<string, unknown> {
  return {
    version: 1,
    type: message.isDigest ? 'digest' : (message.items[0]?.kind ?? 'test'),
    timestamp: message.sentAt.toISOString(),
    subject: message.subject,
    url: message.url,
    data: {
      events: message.items.map(itemJson),
      more: message.more,
      untrusted: ['subject', 'data.events[].issue.title', 'data.events[].reason'],
    },
  }
}

export async function sendWebhook(
  outgoing: Outgoing,
  target: { readonly url: string; readonly secret: string },
  message: Message,
  now: Date,
): Promise<SendResult> {
  const body = JSON.stringify(webhookPayload(message))
  const timestamp = Math.floor(now.getTime() / 1000)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': message.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook(target.secret, message.id, timestamp, body),
    'idempotency-key': message.id,
  }
  try {
    return readAnswer('The webhook', await outgoing.post(target.url, body, headers), now)
  } catch (error) {
    return readError('The webhook', error)
  }
}
