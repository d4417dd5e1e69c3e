// Events across issues, newest first. Each project is walked along its own index, from now backwards in steps that
// widen while there is too little, and each event is looked at once. A filter looks at a bounded number of events and
// says how far back it got: everything up to there was looked at, however unevenly it is spread over projects and time.
import { type RawBuilder, sql } from 'kysely'
import type { Level } from '../pipeline/event.ts'
import type { Term } from '../search/parse.ts'
import type { Database } from './database.ts'
import { hasText, isRelease, likePattern } from './issue-terms.ts'
import { fromUuid } from './stored-events.ts'

export type LogRow = {
  readonly eventId: string
  readonly issueId: number
  readonly projectId: number
  readonly projectSlug: string
  readonly projectPlatform: string | null
  readonly platform: string
  readonly receivedAt: Date
  readonly occurredAt: Date
  readonly level: Level
  readonly title: string
  readonly release: string | null
  readonly environment: string
  readonly userKey: string | null
  readonly trackerNumber: number | null
}

export type LogPlace = { readonly receivedAt: Date; readonly eventId: string }

export type LogFilter = {
  readonly projectIds: readonly number[] | null
  readonly terms: readonly Term[]
  readonly from: Date
  /** Not with it. */
  readonly to: Date
}

export type LogPage = {
  readonly rows: readonly LogRow[]
  /** A filter stopped at its bound before the page was full: what is older was not looked at. null: it did not. */
  readonly stopped: { readonly at: Date; readonly looked: number } | null
}

const hourMs = 3_600_000
/** A walk's next step is so many times the last one, as far as what it found does not tell. */
const widest = 8
/** Events that a filter looks at for a page, all projects together, and at most in one step. */
const pageLooks = { events: 10_000, perStep: 3_000 }
/** The same for the live tail, which asks every few seconds. */
const tailLooks = { events: 2_000, perStep: 2_000 }
/** The last moment that a place can stand before: nothing of its own time is left out. */
const firstId = '0'.repeat(32)

/** What a term means for an event `e`; undefined: nothing, it is about issues. */
function meaning(term: Term): RawBuilder<unknown> | undefined {
  switch (term.kind) {
    case 'text':
      return hasText(sql`e.title`, term.text)
    case 'level':
      return term.levels.length === 0 ? sql`false` : sql`e.level in (${sql.join(term.levels)})`
    case 'environment':
      return term.value.includes('*')
        ? sql`e.environment like ${likePattern(term.value)}`
        : sql`e.environment = ${term.value}`
    case 'release':
      return sql`coalesce(${isRelease(sql`e.release`, term.value)}, false)`
    case 'user': {
      const keys = ['id', 'username', 'email', 'ip'].map((kind) => `${kind}:${term.value}`)
      return sql`coalesce(e.user_key in (${sql.join([term.value, ...keys])}), false)`
    }
    case 'platform':
      return sql`e.platform = ${term.value}`
    case 'has':
      if (term.key === 'user') return sql`e.user_key is not null`
      return term.key === 'release' ? sql`e.release is not null` : undefined
    default:
      return undefined
  }
}

/** Kinds of terms that events can be filtered by. */
export function isEventTerm(term: Term): boolean {
  return term.kind === 'project' || meaning(term) !== undefined
}

function projectsWhere(filter: LogFilter): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = []
  if (filter.projectIds !== null) {
    parts.push(filter.projectIds.length === 0 ? sql`false` : sql`p.id in (${sql.join(filter.projectIds)})`)
  }
  for (const term of filter.terms) {
    if (term.kind !== 'project') continue
    const like = sql`p.slug like ${likePattern(term.value)}`
    parts.push(term.not ? sql`not (${like})` : like)
  }
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}

function eventWhere(filter: LogFilter): RawBuilder<unknown> {
  const parts = filter.terms.flatMap((term) => {
    const own = meaning(term)
    return own ? [term.not ? sql`not (${own})` : own] : []
  })
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}

function isBeyond(before: LogPlace | null): RawBuilder<unknown> {
  return before
    ? sql`(received_at, event_id) < (${before.receivedAt}::timestamptz, ${before.eventId}::uuid)`
    : sql`true`
}

type Page = { readonly before: LogPlace | null; readonly limit: number }

/** Part of the filter's time. */
type Step = { readonly from: Date; readonly to: Date }

const isOfStep = (step: Step, page: Pick<Page, 'before'>) =>
  sql`project_id = p.id and received_at >= ${step.from} and received_at < ${step.to} and ${isBeyond(page.before)}`

async function listStep(db: Database, filter: LogFilter, page: Page, step: Step): Promise<LogRow[]> {
  const { rows } = await sql<FlatRow>`
    select e.event_id, e.issue_id, e.project_id, e.received_at, e.occurred_at, e.level, e.title, e.platform, e.release,
      e.environment, e.user_key, e.slug, e.project_platform, t.number as tracker_number
    from (
      select e.*, p.slug, p.platform as project_platform from projects p cross join lateral (
        select event_id, issue_id, project_id, received_at, occurred_at, level, title, platform, release,
          environment, user_key
        from events e where ${isOfStep(step, page)} and ${eventWhere(filter)}
        order by received_at desc, event_id desc limit ${page.limit}
      ) e
      where ${projectsWhere(filter)}
      order by e.received_at desc, e.event_id desc limit ${page.limit}
    ) e
    join issues i on i.id = e.issue_id
    left join tracker_issues t on t.issue_id = i.id and t.episode = i.episode
    order by e.received_at desc, e.event_id desc`.execute(db)
  return rows.map(toRow)
}

/** Events of a step, matching or not, counted up to `bound` + 1 only. */
async function countStep(
  db: Database,
  filter: LogFilter,
  page: Page,
  step: Step,
  bound: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from projects p cross join lateral (
        select from events where ${isOfStep(step, page)} limit ${bound + 1}
      ) e where ${projectsWhere(filter)} limit ${bound + 1}
    ) counted`.execute(db)
  return rows[0]?.count ?? 0
}

const isFilter = (filter: LogFilter) => filter.terms.some((term) => term.kind !== 'project')

/** One page of the log, newest first. */
export function listEventLog(db: Database, filter: LogFilter, page: Page): Promise<LogPage> {
  return isFilter(filter) ? walkFiltered(db, filter, page, pageLooks) : walkAll(db, filter, page)
}

/** Where a walk begins: the place itself lies in the first step. */
function newestOf(filter: LogFilter, { before }: Page): Date {
  const isInside = before && before.receivedAt < filter.to
  return isInside ? new Date(before.receivedAt.getTime() + 1) : filter.to
}

/** Every event matches: a step reads a page of each project at most, whatever it holds. */
async function walkAll(db: Database, filter: LogFilter, page: Page): Promise<LogPage> {
  const rows: LogRow[] = []
  let to = newestOf(filter, page)
  let width = hourMs
  while (rows.length < page.limit && to > filter.from) {
    const step = { from: new Date(Math.max(filter.from.getTime(), to.getTime() - width)), to }
    const found = await listStep(db, filter, { ...page, limit: page.limit - rows.length }, step)
    rows.push(...found)
    to = step.from
    // As wide as what is still missing needs, should it go on like this.
    const wanted = found.length === 0 ? widest : (1.5 * (page.limit - rows.length)) / found.length
    width *= Math.min(widest, Math.max(1, wanted))
  }
  return { rows, stopped: null }
}

/** Few may match: a step is made as narrow as it must be to hold no more than may be looked at. */
async function walkFiltered(
  db: Database,
  filter: LogFilter,
  page: Page,
  looks: typeof pageLooks,
): Promise<LogPage> {
  const rows: LogRow[] = []
  let to = newestOf(filter, page)
  let width = hourMs
  let looked = 0
  while (rows.length < page.limit && to > filter.from) {
    if (looked >= looks.events) return { rows, stopped: { at: to, looked } }
    const step = { from: new Date(Math.max(filter.from.getTime(), to.getTime() - width)), to }
    const count = await countStep(db, filter, page, step, looks.perStep)
    const length = to.getTime() - step.from.getTime()
    if (count > looks.perStep && length > 1) {
      width = Math.max(1, Math.floor(length / 4))
      continue
    }
    rows.push(...(await listStep(db, filter, { ...page, limit: page.limit - rows.length }, step)))
    looked += count
    to = step.from
    width *= Math.min(widest, Math.max(1, looks.perStep / 2 / Math.max(1, count)))
  }
  return { rows, stopped: null }
}

/** The place from which the next page of a filter goes on that stopped at a moment. */
export function placeBefore(moment: Date): LogPlace {
  return { receivedAt: moment, eventId: firstId }
}

/**
 * How many events are newer than a place, counted up to `bound`; what the live tail waits with. A filter counts among
 * the newest ones only, where there are very many.
 */
export async function countNewer(
  db: Database,
  filter: LogFilter,
  place: LogPlace,
  bound: number,
): Promise<number> {
  const newer = { ...filter, from: place.receivedAt > filter.from ? place.receivedAt : filter.from }
  const page = { before: null, limit: bound + 1 }
  const { rows } = isFilter(filter)
    ? await walkFiltered(db, newer, page, tailLooks)
    : await walkAll(db, newer, page)
  const isNewer = (row: LogRow) => row.receivedAt > place.receivedAt || row.eventId > place.eventId
  return Math.min(bound, rows.filter(isNewer).length)
}

/**
 * Events by hour and level, from the rollups: exact for projects and levels, whatever else is filtered by.
 * @returns hour (ms), level and events
 */
export async function listHoursByLevel(
  db: Database,
  filter: LogFilter,
): Promise<{ hour: number; level: Level; events: number }[]> {
  const isOfAll = filter.projectIds === null && !filter.terms.some((term) => term.kind === 'project')
  const source = isOfAll
    ? sql`level_hours h where`
    : sql`projects p join project_hours h on h.project_id = p.id where ${projectsWhere(filter)} and`
  const wanted = filter.terms.filter((term) => term.kind === 'level')
  const own = wanted.map((term) => {
    const levels = term.levels.length === 0 ? sql`false` : sql`h.level in (${sql.join(term.levels)})`
    return term.not ? sql`not (${levels})` : levels
  })
  const levels = own.length === 0 ? sql`true` : sql.join(own, sql` and `)
  const { rows } = await sql<{ hour: number; level: Level; events: number }>`
    select date_part('epoch', h.hour) * 1000 as hour, h.level, sum(h.events)::bigint as events
    from ${source} h.hour >= ${filter.from} and h.hour < ${filter.to} and ${levels}
    group by h.hour, h.level`.execute(db)
  return rows
}

type FlatRow = {
  event_id: string
  issue_id: number
  project_id: number
  slug: string
  project_platform: string | null
  platform: string
  received_at: Date
  occurred_at: Date
  level: Level
  title: string
  release: string | null
  environment: string
  user_key: string | null
  tracker_number: number | null
}

function toRow(row: FlatRow): LogRow {
  return {
    eventId: fromUuid(row.event_id),
    issueId: row.issue_id,
    projectId: row.project_id,
    projectSlug: row.slug,
    projectPlatform: row.project_platform,
    platform: row.platform,
    receivedAt: row.received_at,
    occurredAt: row.occurred_at,
    level: row.level,
    title: row.title,
    release: row.release,
    environment: row.environment,
    userKey: row.user_key,
    trackerNumber: row.tracker_number,
  }
}
