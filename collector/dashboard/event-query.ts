// Which of an issue's events are looked at, and how: the part of an issue page's address that a step to another
// event keeps. Pure.
import { z } from 'zod'
import type { EventFilter } from '../db/stored-events.ts'
import { maxTag } from '../pipeline/limits.ts'
import { type Span, spans } from './chart.ts'
import type { Viewer } from './format.ts'
import type { StackLook } from './stack.ts'

export type EventQuery = {
  readonly span: Span
  readonly from: Date | null
  readonly to: Date | null
  /** Full name; empty: any. */
  readonly release: string
  readonly environment: string
  /** Keys and values that events must carry, in the address as `tag.<key>=<value>`. */
  readonly tags: readonly Tag[]
  readonly look: StackLook
}

type Tag = readonly [key: string, value: string]

const tagPrefix = 'tag.'
const maxTags = 5

const schema = z.object({
  span: z.enum(spans).catch('7d'),
  from: z.string().max(40).catch(''),
  to: z.string().max(40).catch(''),
  release: z.string().max(250).catch(''),
  environment: z.string().max(200).catch(''),
  frames: z.enum(['all', 'app']).catch('app'),
  names: z.enum(['original', 'readable']).catch('readable'),
  order: z.enum(['oldest', 'newest']).catch('newest'),
})

/** A moment with its zone, or as a form without scripts writes it: on the viewer's clock. */
export function readMoment(text: string, viewer: Viewer): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z)?$/.test(text)) return null
  const at = new Date(text.endsWith('Z') ? text : `${text}Z`)
  if (Number.isNaN(at.getTime())) return null
  if (text.endsWith('Z')) return at
  // Where clocks are put forward or back, what holds there and then is what counts.
  const near = new Date(at.getTime() - zoneOffsetMs(at, viewer.zone))
  return new Date(at.getTime() - zoneOffsetMs(near, viewer.zone))
}

/** How far a zone's clock is ahead of UTC at a moment. */
function zoneOffsetMs(at: Date, zone: string): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
      .formatToParts(at)
      .map((part) => [part.type, Number(part.value)]),
  )
  const shown = Date.UTC(
    parts.year ?? 0,
    (parts.month ?? 1) - 1,
    parts.day ?? 1,
    parts.hour ?? 0,
    parts.minute ?? 0,
  )
  return shown - Math.floor(at.getTime() / 60_000) * 60_000
}

/** The viewer's clock as the value of a field for date and time; with seconds where the field's step has them. */
export function fieldValue(at: Date, viewer: Viewer, withSeconds = false): string {
  const local = new Date(at.getTime() + zoneOffsetMs(at, viewer.zone))
  return local.toISOString().slice(0, withSeconds ? 19 : 16)
}

function readTags(query: object): Tag[] {
  return Object.entries(query)
    .flatMap(([name, value]): Tag[] => {
      const key = name.startsWith(tagPrefix) ? name.slice(tagPrefix.length) : ''
      const isTag = key !== '' && typeof value === 'string' && value !== ''
      return isTag ? [[key.replaceAll('\0', ''), value.replaceAll('\0', '')]] : []
    })
    .filter(([key, value]) => key.length <= maxTag && value.length <= maxTag)
    .slice(0, maxTags)
}

/** What makes no sense is left out. */
export function readEventQuery(query: object, viewer: Viewer): EventQuery {
  const read = schema.parse(query)
  const [from, to] = [readMoment(read.from, viewer), readMoment(read.to, viewer)]
  const isRange = from !== null && to !== null && from < to
  return {
    span: read.span,
    from: isRange ? from : null,
    to: isRange ? to : null,
    release: read.release.replaceAll('\0', ''),
    environment: read.environment.replaceAll('\0', ''),
    tags: readTags(query),
    look: {
      all: read.frames === 'all',
      original: read.names === 'original',
      oldestFirst: read.order === 'oldest',
    },
  }
}

/** True where not all of an issue's events are meant. */
export function isFiltered(query: EventQuery): boolean {
  return query.from !== null || query.release !== '' || query.environment !== '' || query.tags.length > 0
}

export function eventFilter(query: EventQuery): EventFilter {
  return {
    ...(query.from && query.to ? { from: query.from, to: query.to } : {}),
    ...(query.release ? { release: query.release } : {}),
    ...(query.environment ? { environment: query.environment } : {}),
    ...(query.tags.length > 0 ? { tags: query.tags } : {}),
  }
}

/** Does the query ask for this value? Release and environment have names of their own in the address. */
export function asksFor(query: EventQuery, [key, value]: Tag): boolean {
  if (key === 'release' || key === 'environment') return query[key] === value
  return query.tags.some(([name, asked]) => name === key && asked === value)
}

/** The query with this value as the one that is asked for of its key; where it is so already, with none. */
export function toggleTag(query: EventQuery, [key, value]: Tag): EventQuery {
  const isAsked = asksFor(query, [key, value])
  if (key === 'release' || key === 'environment') return { ...query, [key]: isAsked ? '' : value }
  const others = query.tags.filter(([name]) => name !== key)
  return { ...query, tags: isAsked ? others : [...others, [key, value] as const].slice(-maxTags) }
}

/** What the form of the chart carries along: names and values of its hidden fields. */
export function choicesOf(query: EventQuery): [name: string, value: string][] {
  const own: [string, string][] = [
    ['span', query.span === '7d' ? '' : query.span],
    ['release', query.release],
    ['environment', query.environment],
    ...query.tags.map(([key, value]): [string, string] => [`${tagPrefix}${key}`, value]),
  ]
  return own.filter(([, value]) => value !== '')
}

/** An address with this query; defaults are left out. */
export function eventHref(path: string, query: EventQuery): string {
  const search = new URLSearchParams()
  if (query.span !== '7d') search.set('span', query.span)
  if (query.from && query.to) {
    search.set('from', query.from.toISOString())
    search.set('to', query.to.toISOString())
  }
  if (query.release) search.set('release', query.release)
  if (query.environment) search.set('environment', query.environment)
  for (const [key, value] of query.tags) search.set(`${tagPrefix}${key}`, value)
  if (query.look.all) search.set('frames', 'all')
  if (query.look.original) search.set('names', 'original')
  if (query.look.oldestFirst) search.set('order', 'oldest')
  const text = search.toString()
  return text ? `${path}?${text}` : path
}
