// Events: a log across issues, with a histogram by level that can be brushed, tokens as in the list of issues,
// and a live tail. New rows wait behind a pill, so that nothing moves while one reads.
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import {
  countNewer,
  isEventTerm,
  type LogFilter,
  type LogPlace,
  type LogRow,
  listEventLog,
  listHoursByLevel,
  placeBefore,
} from '../db/event-log.ts'
import { listProjectNames } from '../db/projects.ts'
import { maxSearchLength, parseSearch, type Search } from '../search/parse.ts'
import type { PageDeps } from './deps.ts'
import { fieldValue, readMoment } from './event-query.ts'
import { clockText, clockTime, cutEnd, exactCount, exactTime, shortRelease, type Viewer } from './format.ts'
import { levelChartFrom, levelChartView, levelSpans } from './level-chart.ts'
import { pageRows } from './limits.ts'
import { levelHue } from './marks.ts'
import { monogramOf } from './monogram.ts'
import { searchView } from './search-view.ts'

const newBound = 200

const schema = z.object({
  q: z
    .string()
    .max(maxSearchLength + 1)
    .catch(''),
  project: z.string().max(100).catch(''),
  span: z.enum(levelSpans).catch('24h'),
  from: z.string().max(40).catch(''),
  to: z.string().max(40).catch(''),
  before: z
    .string()
    .regex(/^\d{1,15}-[0-9a-f]{32}$/)
    .catch(''),
  newest: z
    .string()
    .regex(/^\d{1,15}-[0-9a-f]{32}$/)
    .catch(''),
})
type Query = z.output<typeof schema>

function readPlace(text: string): LogPlace | null {
  const [at, eventId] = text.split('-')
  return at && eventId ? { receivedAt: new Date(Number(at)), eventId } : null
}

const placeText = (place: LogPlace) => `${place.receivedAt.getTime()}-${place.eventId}`

function logHref(query: Partial<Query>, path = '/events'): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value && !(key === 'span' && value === '24h')) search.set(key, String(value).trim())
  }
  const text = search.toString()
  return text ? `${path}?${text}` : path
}

/** Tokens that say nothing of a single event become problems. */
export function eventSearch(text: string, now: Date): Search {
  const search = parseSearch(text, now)
  const kept = search.terms.filter(isEventTerm)
  const lost = search.tokens.filter(
    (token) =>
      token.key !== null &&
      !search.problems.some((problem) => problem.token === token) &&
      !parseSearch(token.raw, now).terms.every(isEventTerm),
  )
  const states = search.tokens.filter((token) => token.key === 'is' || token.key === 'status')
  const problems = [...new Set([...lost, ...states])].map((token) => ({
    token,
    message: 'Events have no such filter; use level, env, release, project, user, platform or words.',
    fix: null,
  }))
  return { ...search, terms: kept, problems: [...search.problems, ...problems] }
}

function logRowView(row: LogRow, viewer: Viewer) {
  const ms = String(row.receivedAt.getUTCMilliseconds()).padStart(3, '0')
  const clock = `${clockText(row.receivedAt, viewer, true)}.${ms}`
  const day = clockTime(row.receivedAt, viewer).text
  return {
    id: row.eventId,
    href: `/issues/${row.issueId}/events/${row.eventId}`,
    time: clock,
    // Another day than today is told before the time.
    day: day.includes(',') ? day.split(',')[0] : '',
    iso: row.receivedAt.toISOString(),
    exact: `happened ${exactTime(row.occurredAt, viewer)}, heard ${exactTime(row.receivedAt, viewer)}`,
    level: row.level,
    hue: levelHue[row.level],
    monogram: monogramOf(row.projectPlatform ?? row.platform),
    project: row.projectSlug,
    message: cutEnd(row.title, 300),
    release: row.release ? { text: shortRelease(row.release), exact: row.release } : null,
    user: row.userKey ? cutEnd(row.userKey.replace(/^[a-z]+:/, ''), 60) : null,
    tracker: row.trackerNumber === null ? null : `#${row.trackerNumber}`,
  }
}

/** Why there are none, and one way on. */
function emptyView(query: z.output<typeof schema>, label: string) {
  const widest = levelSpans.at(-1) ?? query.span
  const all = { ...query, q: '', project: '', from: '', to: '', before: '', newest: '' }
  if (query.q !== '' || query.project !== '' || query.from !== '' || query.to !== '') {
    return {
      title: 'No events here',
      more: 'None came in this time that these filters let through.',
      href: logHref(all),
      action: `Show all of the last ${label}`,
    }
  }
  const title = `No events in the last ${label}`
  if (query.span === widest) {
    const more = 'Either nothing broke, or nothing was heard: Relays says what each one has received.'
    return { title, more, href: '/relays', action: 'Open relays' }
  }
  const more = 'No app has sent one in this time.'
  return { title, more, href: logHref({ ...all, span: widest }), action: 'Look further back' }
}

export function createEventLogPage({ db, viewer, show, scope, fragment }: PageDeps) {
  async function readAll(req: Request) {
    const look = viewer(req)
    const query = schema.parse(req.query)
    const text = query.q.replaceAll('\0', '').trimStart()
    const allowed = await scope(req)
    const projects = await listProjectNames(db, allowed)
    const named = projects.filter((one) => one.slug === query.project).map((one) => one.id)
    const search = eventSearch(text, look.now)
    const [from, to] = [readMoment(query.from, look), readMoment(query.to, look)]
    const range = from && to && from < to ? { from, to } : null
    const start = levelChartFrom(query.span, look.now)
    // A relay's clock may be a little ahead of ours.
    const end = new Date(look.now.getTime() + 60_000)
    const whole: LogFilter = {
      projectIds: query.project ? named : allowed,
      terms: search.terms,
      from: start,
      to: end,
    }
    return { look, query: { ...query, q: text }, search, range, whole, projects }
  }

  const page: RequestHandler = async (req, res) => {
    const { look, query, search, range, whole, projects } = await readAll(req)
    const filter = range ? { ...whole, ...range } : whole
    const before = readPlace(query.before)
    const [found, hours] = await Promise.all([
      listEventLog(db, filter, { before, limit: pageRows + 1 }),
      listHoursByLevel(db, whole),
    ])
    const rows = found.rows.slice(0, pageRows)
    const [first] = rows
    const last = rows.at(-1)
    const chart = levelChartView(hours, query.span, range, look)
    const steady = { ...query, before: '', newest: '' }
    const extra = search.terms.some((term) => term.kind !== 'level' && term.kind !== 'project')
    const view = {
      query,
      search: searchView(search, (text) => logHref({ ...steady, q: text })),
      projects: projects.map((one) => ({ value: one.slug, selected: one.slug === query.project })),
      chart,
      spanHref: Object.fromEntries(
        levelSpans.map((span) => [span, logHref({ ...steady, span, from: '', to: '' })]),
      ),
      chosen: {
        words: range
          ? `${clockTime(range.from, look).text} – ${clockTime(range.to, look).text}`
          : `Last ${chart.spans.find((one) => one.current)?.label}`,
        total: exactCount(chart.total),
        clearHref: range ? logHref({ ...steady, from: '', to: '' }) : null,
        // Rollups know projects and levels; whatever else is filtered by, they count all.
        note: extra ? 'Bars and counts are of all events of these projects and levels.' : '',
      },
      range: {
        from: range ? fieldValue(range.from, look) : '',
        to: range ? fieldValue(range.to, look) : '',
      },
      rows: rows.map((row) => logRowView(row, look)),
      empty:
        rows.length === 0 && emptyView(query, chart.spans.find((one) => one.current)?.label ?? query.span),
      stopped: found.stopped && {
        words:
          `${exactCount(found.stopped.looked)} events were looked at, ${query.before ? 'further ' : ''}` +
          `back to ${clockTime(found.stopped.at, look, true).text}.`,
        href: logHref({ ...steady, before: placeText(placeBefore(found.stopped.at)) }),
      },
      first: query.before ? logHref({ ...steady }) : null,
      older: found.rows.length > pageRows && last ? logHref({ ...steady, before: placeText(last) }) : null,
      here: logHref(steady),
      poll:
        range || query.before
          ? null
          : logHref({ ...steady, newest: first ? placeText(first) : `0-${'0'.repeat(32)}` }, '/events/new'),
    }
    const names = { page: 'pages/events', fragment: 'partials/event-log' }
    await show(req, res, names, view, { title: 'Events', section: 'events' })
  }

  /** How many are newer than what the page shows. */
  const newer: RequestHandler = async (req, res) => {
    const { query, whole } = await readAll(req)
    const place = readPlace(query.newest)
    const count = place ? await countNewer(db, whole, place, newBound) : 0
    const words = count === 0 ? null : `${count >= newBound ? `${newBound}+` : count} new`
    fragment(res, 'partials/events-pill', { words, href: logHref({ ...query, newest: '', before: '' }) })
  }

  return { page, newer }
}
