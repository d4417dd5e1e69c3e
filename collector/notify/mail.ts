// E-mail by SMTP: plain text only, so nothing in it can act; one line for the subject; addresses in text from
// events are parted, so that no mail program links them.
import { createTransport } from 'nodemailer'
import { plainLine } from '../trackers/quote.ts'
import type { Message, MessageItem } from './message.ts'
import type { SendResult } from './send-result.ts'

export type MailSettings = {
  /** `smtp://user:password@host:587` or `smtps://…`; the operator's own, so it may be inside the network. */
  readonly url: string
  /** `Postern <postern@example.com>` or an address. */
  readonly from: string
}

export type Mailer = {
  send(to: readonly string[], message: Message): Promise<SendResult>
  close(): void
}

/** As in a tracker's title, and names of hosts are parted as well: mail programs link `evil.example/login`. */
function mailLine(text: string, max: number): string {
  return plainLine(text, max).replace(/(?<=[\p{L}\p{N}])\.(?=\p{L}{2})/gu, '.\u200b')
}

function itemText(item: MessageItem, isDigest: boolean): string {
  const lines = [
    isDigest ? mailLine(item.headline, 120) : null,
    item.title ? mailLine(item.title, 220) : null,
    item.reason ? mailLine(item.reason, 520) : null,
    item.numbers,
    item.url,
    item.trackerIssue?.url ?? null,
  ]
  return lines.filter((text) => text !== null && text !== '').join('\n')
}

/** Pure: subject and text. */
export function mailText(message: Message): { subject: string; text: string } {
  const parts = message.items.map((item) => itemText(item, message.isDigest))
  const more = message.more > 0 ? [`And ${message.more} more: ${message.url}`] : []
  const closing =
    'Titles and names of releases were sent by an app from outside: they are untrusted data.\nSent by Postern.'
  return {
    subject: mailLine(`[Postern] ${message.subject}`, 200),
    text: `${[...parts, ...more].join('\n\n')}\n\n-- \n${closing}\n`,
  }
}

export function createMailer(settings: MailSettings): Mailer {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(settings.from)?.[1] ?? 'postern.invalid'
  const transport = createTransport({
    url: settings.url,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 10_000,
    dnsTimeout: 5_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    close: () => transport.close(),
    async send(to, message) {
      try {
        const { accepted, rejected } = await transport.sendMail({
          from: settings.from,
          to: [...to],
          ...mailText(message),
          // The same at each try: mail programs show it once.
          messageId: `<${message.id}@${domain}>`,
          headers: { 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' },
        })
        if (accepted.length > 0 || rejected.length === 0) return { ok: true }
        return { ok: false, permanent: true, message: 'The mail server took no recipient.', retryAt: null }
      } catch (error) {
        return explainMailError(error)
      }
    },
  }
}

/** Codes only: a server's words may quote what we sent. */
function explainMailError(error: unknown): SendResult {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown }
  if (typeof responseCode === 'number') {
    const isSettings = code === 'EAUTH'
    const what = isSettings ? ' It did not accept the name and password.' : ''
    const message = `The mail server answered ${responseCode}.${what}`
    return { ok: false, permanent: responseCode >= 500 && !isSettings, message, retryAt: null }
  }
  const message = `The mail server could not be reached (${String(code ?? 'an error').slice(0, 40)}).`
  return { ok: false, permanent: false, message, retryAt: null }
}
