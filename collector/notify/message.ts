// Pure: what a message says, before it takes the shape of Slack, JSON or mail: a headline, lines, a link. What came
// from an event is marked as such, bounded, and without invisible characters; each sender defuses it in its way.
import { z } from 'zod'
import type { Told } from '../db/deliveries.ts'
import { cutText, showInvisible } from '../trackers/quote.ts'
import { isUrgent, kindWords, type NotifyKind } from './kinds.ts'

const lenient = {
  project: z.object({ slug: z.string(), name: z.string() }).nullish().catch(null),
  issue: z
    .object({
      id: z.number(),
      number: z.number(),
      title: z.string(),
      culprit: z.string(),
      level: z.string(),
      events: z.number(),
      users: z.number(),
    })
    .nullish()
    .catch(null),
  trackerIssue: z
    .object({ repository: z.string(), number: z.number(), url: z.string() })
    .nullish()
    .catch(null),
  reason: z.string().catch(''),
  relay: z.string().optional().catch(undefined),
}
const factsOf = z.object(lenient)

export type MessageItem = {
  readonly kind: string
  /** "Regression in Shop" */
  readonly headline: string
  /** The issue's title, by an event; null: it is not about an issue. */
  readonly title: string | null
  /** Why, in our words; may name a release, which is an event's. */
  readonly reason: string
  /** "error · 1,234 events · 56 users" */
  readonly numbers: string | null
  readonly project: { readonly slug: string; readonly name: string } | null
  readonly issue: { readonly id: number; readonly number: number; readonly level: string } | null
  readonly trackerIssue: { readonly repository: string; readonly number: number; readonly url: string } | null
  readonly at: Date
  readonly url: string
}

export type Message = {
  /** The same however often it is tried. */
  readonly id: string
  readonly isDigest: boolean
  readonly isUrgent: boolean
  readonly subject: string
  readonly items: readonly MessageItem[]
  /** Of a digest: those that are not listed. */
  readonly more: number
  readonly url: string
  readonly sentAt: Date
}

/** As many as a digest lists. */
export const maxItems = 20

function line(text: string, max: number): string {
  return cutText(
    showInvisible(cutText(text, max * 4))
      .replace(/\s+/g, ' ')
      .trim(),
    max,
  )
}

function toItem(told: Told, baseUrl: string): MessageItem {
  const { project, issue, trackerIssue, reason } = factsOf.parse(told.facts)
  const words = kindWords[told.kind as NotifyKind] ?? line(told.kind, 40)
  const where = project ? ` in ${line(project.name, 80)}` : ''
  const count = (n: number, what: string) => `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`
  return {
    kind: told.kind,
    headline: `${words}${where}`,
    title: issue ? line(issue.title, 200) : null,
    reason: line(reason, 500),
    numbers: issue
      ? `${issue.level} · ${count(issue.events, 'event')} · ${count(issue.users, 'user')}`
      : null,
    project: project ? { slug: project.slug, name: line(project.name, 80) } : null,
    issue: issue ? { id: issue.id, number: issue.number, level: issue.level } : null,
    trackerIssue: trackerIssue ?? null,
    at: told.at,
    url: issue ? `${baseUrl}/issues/${issue.id}` : `${baseUrl}/relays`,
  }
}

/** @param told one: a message about it; more: a digest, newest first */
export function composeMessage(
  message: { readonly id: string; readonly told: readonly Told[] },
  baseUrl: string,
  sentAt: Date,
): Message {
  const isDigest = message.told.length > 1
  const items = message.told.map((told) => toItem(told, baseUrl))
  const shown = (isDigest ? items.reverse() : items).slice(0, maxItems)
  const [first] = shown
  const counts = new Map<string, number>()
  for (const { kind } of message.told) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const summary = [...counts]
    .map(([kind, n]) => `${n} × ${kindWords[kind as NotifyKind] ?? line(kind, 40)}`)
    .join(', ')
  return {
    id: message.id,
    isDigest,
    isUrgent: message.told.some(({ kind }) => isUrgent(kind)),
    subject: isDigest
      ? `${message.told.length} notifications: ${summary}`
      : `${first?.headline ?? 'Postern'}${first?.title ? `: ${first.title}` : ''}`,
    items: shown,
    more: message.told.length - shown.length,
    url: isDigest ? `${baseUrl}/issues` : (first?.url ?? baseUrl),
    sentAt,
  }
}

/** What the test button sends. */
export function testMessage(id: string, baseUrl: string, now: Date): Message {
  return composeMessage(
    {
      id,
      told: [
        { id: 0, kind: 'test', at: now, facts: { reason: 'This destination works: Postern can reach it.' } },
      ],
    },
    baseUrl,
    now,
  )
}
