// Everything about one event, below the event bar: who and where, stack, breadcrumbs, tags, user, request,
// contexts, attachments, feedback and what normalise changed. Pure; cuts what no page should carry.
import type { AttachmentRow, FeedbackRow } from '../db/issue-page.ts'
import { filterLooks, type Neighbours } from '../db/stored-events.ts'
import type { Event, JsonObject, JsonValue } from '../pipeline/event.ts'
import { breadcrumbsView } from './breadcrumbs.ts'
import { type EventQuery, eventHref, isFiltered } from './event-query.ts'
import {
  agoTime,
  clockTime,
  cutEnd,
  duration,
  exactCount,
  exactTime,
  plural,
  safeLink,
  shortRelease,
  sizeText,
  type Viewer,
} from './format.ts'
import { tagLabel } from './shares.ts'
import { removedOr, type StackLook, stackView, valueText } from './stack.ts'

type Pair = {
  readonly name: string
  readonly value: string
  readonly href: string | null
  readonly mono: boolean
  readonly removed: boolean
}

export type EventPageData = {
  readonly issueId: number
  readonly event: Event
  /** Why it is in this issue, one sentence. */
  readonly why: string
  readonly neighbours: Neighbours
  readonly attachments: readonly AttachmentRow[]
  readonly feedback: readonly FeedbackRow[]
  readonly query: EventQuery
  /** Payloads of the issue that are there still, of how many events. */
  readonly kept: number
  readonly events: number
}

const maxPairs = 100

function pair(name: string, value: JsonValue): Pair {
  const isNested = value !== null && typeof value === 'object'
  const text = isNested ? cutEnd(JSON.stringify(value, null, 2), 4_000) : valueText(value, 4_000)
  return {
    name: cutEnd(name, 120),
    ...removedOr(value, text),
    href: safeLink(typeof value === 'string' ? value : null),
    mono: isNested,
  }
}

function pairsOf(object: JsonObject): Pair[] {
  return Object.entries(object)
    .filter(([name, value]) => value !== null && name !== 'type')
    .slice(0, maxPairs)
    .map(([name, value]) => pair(name, value))
}

function text(object: JsonObject | undefined, name: string): string | null {
  const value = object?.[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** "iPhone 13 · iOS 17.5.1 · 4.3.0 (902) · user 7f3a · production": what one asks first. */
function factsOf(event: Event) {
  const named = (context: JsonObject | undefined) =>
    [text(context, 'name'), text(context, 'version')].filter(Boolean).join(' ')
  const { device, os, browser, runtime } = event.contexts
  const user = event.user?.id ?? event.user?.email ?? event.user?.username ?? event.user?.ip ?? null
  const facts = [
    { icon: 'device', text: text(device, 'model') ?? text(device, 'name') ?? '', title: 'Device' },
    { icon: 'globe', text: named(browser), title: 'Browser' },
    { icon: 'cpu', text: named(os) || named(runtime), title: named(os) ? 'System' : 'Runtime' },
    { icon: 'releases', text: event.release ? shortRelease(event.release) : '', title: event.release ?? '' },
    { icon: 'user', text: user === null ? '' : `user ${user}`, title: 'User' },
    { icon: 'server', text: event.serverName ?? '', title: 'Server' },
    { icon: 'globe', text: event.environment, title: 'Environment' },
  ]
  return facts.filter((fact) => fact.text !== '').map((fact) => ({ ...fact, text: cutEnd(fact.text, 60) }))
}

function userPairs(event: Event): Pair[] {
  const { user } = event
  if (!user) return []
  const { id, username, email, ip, name, geo, data } = user
  const own = { id, username, email, name, 'IP address': ip, geo, ...data }
  return pairsOf(own as JsonObject)
}

function requestView(event: Event) {
  const { request } = event
  if (!request) return null
  const groups = [
    { title: 'Query', pairs: request.query.slice(0, maxPairs).map(([name, value]) => pair(name, value)) },
    { title: 'Headers', pairs: request.headers.slice(0, maxPairs).map(([name, value]) => pair(name, value)) },
    { title: 'Cookies', pairs: request.cookies.slice(0, maxPairs).map(([name, value]) => pair(name, value)) },
    { title: 'Environment', pairs: pairsOf(request.env) },
  ]
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    href: safeLink(request.url),
    body: request.data === null ? null : pair('Body', request.data).value,
    groups: groups.filter((group) => group.pairs.length > 0),
  }
}

/** "heard after 1.4 s": both clocks in words. */
function heardAfter(event: Event): string {
  const ms = event.receivedAt.getTime() - event.occurredAt.getTime()
  if (ms < 100) return 'heard at once'
  return ms < 10_000 ? `heard after ${(ms / 1000).toFixed(1)}\u202fs` : `heard after ${duration(ms)}`
}

const noteWords = {
  cut: 'cut',
  dropped: 'dropped',
  filtered: 'a secret was removed',
  replaced: 'replaced',
  clock_corrected: 'clock corrected',
  time_replaced: 'time replaced',
} as const

const maxPictureBytes = 20_000_000

function isPictureName(contentType: string | null, filename: string): boolean {
  return /^image\/(png|jpeg|gif|webp)$/.test(contentType ?? '') || /\.(png|jpe?g|gif|webp)$/i.test(filename)
}

/** "18 Nov, 02:00 – 03:00, release 4.3.0" */
function filterWords(query: EventQuery, viewer: Viewer): string {
  const range =
    query.from && query.to
      ? `${clockTime(query.from, viewer).text} – ${clockTime(query.to, viewer).text}`
      : ''
  return [
    range,
    query.release ? `release ${shortRelease(query.release)}` : '',
    query.environment ? `environment ${cutEnd(query.environment, 60)}` : '',
    ...query.tags.map(([key, value]) => `${tagLabel(key)} ${cutEnd(value, 60)}`),
  ]
    .filter(Boolean)
    .join(', ')
}

function titleOf({ previous, next }: Neighbours): string {
  if (!next) return 'Latest event'
  return previous ? 'Event' : 'First event'
}

export function eventView(data: EventPageData, viewer: Viewer) {
  const { event, neighbours, issueId } = data
  const base = `/issues/${issueId}/events`
  const here = `${base}/${event.eventId}`
  const { query } = data
  const looking = (look: Partial<StackLook>) =>
    eventHref(here, { ...query, look: { ...query.look, ...look } })
  const whole = { ...query, from: null, to: null, release: '', environment: '', tags: [] }
  const step = (id: string | null, label: string, icon: string) => ({
    href: id === null || id === event.eventId ? null : eventHref(`${base}/${id}`, query),
    label,
    icon,
  })
  const contexts = Object.entries(event.contexts)
    .map(([name, context]) => ({ title: cutEnd(name, 60), pairs: pairsOf(context) }))
    .filter((context) => context.pairs.length > 0)
    .slice(0, 40)
  const extra = pairsOf(event.extra)
  const modules = Object.entries(event.modules)
  return {
    id: event.eventId,
    shortId: event.eventId.slice(0, 8),
    here,
    title: titleOf(neighbours),
    kept: data.kept < data.events ? `${exactCount(data.kept)} of ${exactCount(data.events)} kept` : '',
    when: agoTime(event.occurredAt, viewer),
    clock: clockTime(event.occurredAt, viewer, true),
    heard: heardAfter(event),
    heardAt: exactTime(event.receivedAt, viewer),
    heardExact: `happened ${exactTime(event.occurredAt, viewer)}, heard ${exactTime(event.receivedAt, viewer)}`,
    steps: [
      step(neighbours.first, 'First event', 'first'),
      step(neighbours.previous, 'Previous event', 'left'),
      step(neighbours.next, 'Next event', 'right'),
      step(neighbours.last, 'Last event', 'last'),
    ],
    jsonHref: `${here}/json`,
    stackHref: `${here}/stack`,
    facts: factsOf(event),
    message:
      event.message && event.exceptions.length > 0 && event.message.formatted !== event.titleValue
        ? cutEnd(event.message.formatted, 4_000)
        : null,
    markdownHref: `${here}/markdown`,
    stack: stackView(event, query.look),
    framesHref: { inApp: looking({ all: false }), all: looking({ all: true }) },
    namesHref: { readable: looking({ original: false }), original: looking({ original: true }) },
    orderHref: looking({ oldestFirst: !query.look.oldestFirst }),
    filter: isFiltered(query)
      ? {
          words: filterWords(query, viewer),
          note: neighbours.isCut
            ? `Among the ${exactCount(filterLooks)} events before this one and as many after it.`
            : '',
          clearHref: eventHref(`/issues/${issueId}`, whole),
        }
      : null,
    breadcrumbs: breadcrumbsView(event),
    tags: event.tags.slice(0, maxPairs).map(([name, value]) => pair(name, value)),
    user: userPairs(event),
    request: requestView(event),
    contexts: extra.length > 0 ? [...contexts, { title: 'Extra', pairs: extra }] : contexts,
    modules: modules.slice(0, 500).map(([name, version]) => `${name} ${version}`),
    why: cutEnd(data.why, 600),
    sdk: [event.sdk.name, event.sdk.version].filter(Boolean).join(' ') || 'not named',
    attachments: data.attachments.map((attachment) => ({
      name: cutEnd(attachment.filename, 120),
      href: `${here}/attachments/${attachment.id}`,
      icon: attachment.contentType?.startsWith('image/') ? 'image' : 'clip',
      // Whether it is one is told by its bytes when it is fetched; this only decides whether to ask.
      pictureHref:
        isPictureName(attachment.contentType, attachment.filename) && attachment.sizeBytes <= maxPictureBytes
          ? `${here}/attachments/${attachment.id}/picture`
          : null,
      facts: [sizeText(attachment.sizeBytes), cutEnd(attachment.contentType ?? '', 60)]
        .filter(Boolean)
        .join(', '),
    })),
    feedback: data.feedback.map((one) => ({
      message: cutEnd(one.message, 4_000),
      who: cutEnd([one.name, one.email].filter(Boolean).join(', ') || 'anonymous', 200),
      time: clockTime(one.receivedAt, viewer),
    })),
    notes: event.notes.slice(0, 50).map((note) => ({
      path: cutEnd(note.path, 200),
      text: `${noteWords[note.what]}${note.detail ? `: ${cutEnd(note.detail, 200)}` : ''}`,
    })),
    noteCount: plural(event.notes.length, 'part'),
  }
}

export type EventView = ReturnType<typeof eventView>
