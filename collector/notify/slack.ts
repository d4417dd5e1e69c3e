// Slack by incoming webhook: Block Kit. Text from events stands in plain_text, which Slack neither parses for
// mentions nor links; where mrkdwn must be used, `&<>` are escaped, so that no `<!channel>` or `<@U…>` comes through.
// Source: Slack API documentation, "Sending messages using incoming webhooks", "Formatting message text"
import type { KnownBlock } from '@slack/types'
import type { Message, MessageItem } from './message.ts'
import type { Outgoing } from './outgoing.ts'
import { readAnswer, readError, type SendResult } from './send-result.ts'

/** Slack's own escapes; also ends bold, italic and code marks, which only blur a fallback text. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function plain(text: string, max: number): { type: 'plain_text'; text: string; emoji: false } {
  return { type: 'plain_text', text: text.slice(0, max).toWellFormed() || '-', emoji: false }
}

/** Our own addresses; `|` and `>` would end the link. */
function link(url: string, label: string): string {
  return `<${encodeURI(url).replace(/[|>]/g, encodeURIComponent)}|${escapeMrkdwn(label)}>`
}

function itemBlocks(item: MessageItem): KnownBlock[] {
  const said = [item.title, item.reason].filter(Boolean).join('\n')
  const links = [
    link(item.url, item.issue ? `Issue ${item.issue.number} in Postern` : 'Open Postern'),
    ...(item.trackerIssue
      ? [link(item.trackerIssue.url, `${item.trackerIssue.repository}#${item.trackerIssue.number}`)]
      : []),
  ]
  const context = [...(item.numbers ? [escapeMrkdwn(item.numbers)] : []), ...links].join('  ·  ')
  return [
    { type: 'section', text: plain(said, 3_000) },
    { type: 'context', elements: [{ type: 'mrkdwn', text: context.slice(0, 2_000), verbatim: true }] },
  ]
}

/** Pure: the body of the request. Slack takes at most 50 blocks. */
export function slackPayload(message: Message, mentionHere: boolean): { text: string; blocks: KnownBlock[] } {
  const isLoud = mentionHere && message.items.some((item) => item.kind === 'escalation')
  const blocks: KnownBlock[] = [
    {
      type: 'header',
      text: plain(message.isDigest ? message.subject : (message.items[0]?.headline ?? 'Postern'), 150),
    },
    ...(isLoud
      ? [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: '<!here>', verbatim: true } }]
      : []),
  ]
  for (const item of message.items) {
    if (message.isDigest) {
      blocks.push({
        type: 'section',
        text: plain(`${item.headline}${item.title ? `: ${item.title}` : ''}`, 300),
      })
      blocks.push({
        type: 'context',
        elements: [{ type: 'mrkdwn', text: link(item.url, 'Open'), verbatim: true }],
      })
    } else blocks.push(...itemBlocks(item))
  }
  if (message.more > 0) {
    const text = `And ${message.more} more: ${link(message.url, 'open Postern')}`
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })
  }
  return { text: escapeMrkdwn(message.subject).slice(0, 3_000), blocks }
}

export async function sendSlack(
  outgoing: Outgoing,
  target: { readonly url: string; readonly mentionHere: boolean },
  message: Message,
  now: Date,
): Promise<SendResult> {
  const payload = { ...slackPayload(message, target.mentionHere), unfurl_links: false, unfurl_media: false }
  try {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    return readAnswer('Slack', await outgoing.post(target.url, JSON.stringify(payload), headers), now)
  } catch (error) {
    return readError('Slack', error)
  }
}
