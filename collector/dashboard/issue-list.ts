// The page of issues, of one project or all. The address holds everything: status, environment, project,
// words, sorting and place, so a link shows a colleague the same.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { Heard } from '../db/heard.ts'
import { heardUpTo } from '../db/heard.ts'
import {
  countIssues,
  type IssueFilter,
  type IssueListRow,
  type IssuePlace,
  type IssueSort,
  issueSorts,
  listEnvironments,
  listHoursOfIssues,
  listIssues,
  placeOf,
} from '../db/issue-list.ts'
import { listProjects, type Project } from '../db/projects.ts'
import type { IssueStatus } from '../db/schema.ts'
import { sparkFrom, sparkView } from './bars.ts'
import type { PageDeps } from './deps.ts'
import {
  ageTime,
  agoTime,
  boundedCount,
  countView,
  cutEnd,
  cutMiddle,
  shortRelease,
  type Viewer,
} from './format.ts'
import { countBound, pageRows } from './limits.ts'
import { isAlarm, type LoopFacts, markOf, quietOf, tagsOf } from './marks.ts'
import { monogramOf } from './monogram.ts'

export const issueViews = ['unresolved', 'quiet', 'resolved', 'ignored', 'all'] as const
export type IssueView = (typeof issueViews)[number]

const statusesOf: Record<IssueView, readonly IssueStatus[]> = {
  unresolved: ['unresolved'],
  quiet: ['resolving'],
  resolved: ['resolved'],
  ignored: ['ignored'],
  all: ['unresolved', 'resolving', 'resolved', 'ignored'],
}
const viewLabels: Record<IssueView, string> = {
  unresolved: 'Unresolved',
  quiet: 'Quiet',
  resolved: 'Resolved',
  ignored: 'Ignored',
  all: 'All',
}
const sortLabels: Record<IssueSort, string> = {
  'last-seen': 'Last seen',
  newest: 'Newest',
  events: 'Events',
  users: 'Users',
}

/** What the address asks for. Anything that makes no sense is left out, as if it weren't there. */
export type IssueQuery = {
  readonly view: IssueView
  readonly project: string
  readonly environment: string
  readonly text: string
  readonly sort: IssueSort
  readonly after: IssuePlace | null
}

const querySchema = z.object({
  status: z.enum(issueViews).catch('unresolved'),
  project: z.string().max(100).catch(''),
  environment: z.string().max(200).catch(''),
  q: z.string().max(200).catch(''),
  sort: z.enum(issueSorts).catch('last-seen'),
  after: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/)
    .catch(''),
})

/** @param query as Express parsed it: strings, or lists where a key is repeated */
export function readIssueQuery(query: object): IssueQuery {
  const read = querySchema.parse(query)
  const [value, id] = read.after.split('-').map(Number)
  return {
    view: read.status,
    project: read.project,
    environment: read.environment,
    // NUL can't be in a text that Postgres is asked about.
    text: read.q.replaceAll('\0', '').trim(),
    sort: read.sort,
    after: value !== undefined && id !== undefined ? { value, id } : null,
  }
}

/** The address of a query; defaults are left out. */
export function issueListHref(query: Partial<IssueQuery>): string {
  const search = new URLSearchParams()
  if (query.project) search.set('project', query.project)
  if (query.view && query.view !== 'unresolved') search.set('status', query.view)
  if (query.environment) search.set('environment', query.environment)
  if (query.text) search.set('q', query.text)
  if (query.sort && query.sort !== 'last-seen') search.set('sort', query.sort)
  if (query.after) search.set('after', `${query.after.value}-${query.after.id}`)
  const text = search.toString()
  return text ? `/issues?${text}` : '/issues'
}

export type IssueListData = {
  readonly query: IssueQuery
  readonly rows: readonly IssueListRow[]
  readonly hasOlder: boolean
  readonly hours: ReadonlyMap<number, ReadonlyMap<number, number>>
  readonly counts: Readonly<Record<IssueView, number>>
  readonly projects: readonly Project[]
  readonly environments: readonly string[]
  readonly heard: Heard
  readonly quietMinutes: number
}

function loopFacts(row: IssueListRow, data: IssueListData): LoopFacts {
  return {
    status: row.status,
    level: row.level,
    regressions: row.regressions,
    inEpisode: row.inEpisode,
    alert: row.alert,
    trackerNumber: row.trackerIssue?.number ?? null,
    quiet: row.status === 'resolving' ? quietOf(row.closedAt, data.heard, data.quietMinutes) : null,
  }
}

function rowView(row: IssueListRow, data: IssueListData, viewer: Viewer) {
  const facts = loopFacts(row, data)
  const mark = markOf(facts, viewer.now)
  const alarm = row.alert && isAlarm(mark) ? { from: row.alert.createdAt, hue: mark.hue } : null
  return {
    id: row.id,
    href: `/issues/${row.id}`,
    mark,
    type: row.titleType === null ? null : cutEnd(row.titleType, 200),
    message: cutEnd(row.titleType === null ? row.title : row.titleValue, 300),
    monogram: monogramOf(row.projectPlatform ?? row.platform),
    project: row.projectSlug,
    culprit: cutMiddle(row.culprit, 90),
    tags: tagsOf({ ...facts, firstSeenAt: row.firstSeenAt, lastRelease: row.lastRelease }, viewer.now),
    tracker: row.trackerIssue && {
      number: `#${row.trackerIssue.number}`,
      icon: row.trackerIssue.state === 'open' ? 'ghopen' : 'ghclosed',
      words: `Tracker issue ${row.trackerIssue.number}, ${row.trackerIssue.state}`,
    },
    isDimmed: row.status === 'ignored',
    spark: sparkView(data.hours.get(row.id) ?? new Map(), viewer, alarm),
    events: countView(row.eventCount),
    users: row.userCount > 0 ? countView(row.userCount) : null,
    release: row.lastRelease ? { text: shortRelease(row.lastRelease), exact: row.lastRelease } : null,
    age: ageTime(row.firstSeenAt, viewer),
    last: agoTime(row.lastSeenAt, viewer),
    lastShort: ageTime(row.lastSeenAt, viewer),
  }
}

/** One sentence where nothing matches, and the way on. */
function emptyView(data: IssueListData) {
  const { query, counts } = data
  const isFiltered = query.environment !== '' || query.text !== ''
  const others = counts.all
  if (!isFiltered && others === 0) {
    return {
      title: 'No issues yet',
      more: 'Nothing has arrived. Each project has a page that shows how to send the first event.',
      href: '/projects',
      action: 'Open projects',
    }
  }
  const more =
    others > 0
      ? `${boundedCount(others, countBound)} in another state ${others === 1 ? 'does' : 'do'}.`
      : 'No issue in any state does.'
  if (others > 0) {
    return {
      title: isFiltered ? 'Nothing matches' : `No ${viewLabels[query.view].toLowerCase()} issues`,
      more: isFiltered ? more : `${boundedCount(others, countBound)} in another state.`,
      href: issueListHref({ ...query, view: 'all', after: null }),
      action: 'Show all states',
    }
  }
  return {
    title: 'Nothing matches',
    more,
    href: issueListHref({ project: query.project }),
    action: 'Clear the filter',
  }
}

/** Everything the page shows, formatted. */
export function issueListView(data: IssueListData, viewer: Viewer) {
  const { query } = data
  const lastRow = data.rows.at(-1)
  return {
    query,
    heading: query.project ? `Issues of ${query.project}` : 'Issues',
    views: issueViews.map((view) => ({
      label: viewLabels[view],
      href: issueListHref({ ...query, view, after: null }),
      current: view === query.view,
      count: view === 'all' ? null : boundedCount(data.counts[view], countBound),
    })),
    projects: data.projects.map((project) => ({
      value: project.slug,
      selected: project.slug === query.project,
    })),
    environments: data.environments.map((value) => ({ value, selected: value === query.environment })),
    sorts: issueSorts.map((sort) => ({
      value: sort,
      label: sortLabels[sort],
      selected: sort === query.sort,
    })),
    rows: data.rows.map((row) => rowView(row, data, viewer)),
    empty: data.rows.length === 0 ? emptyView(data) : null,
    first: query.after ? issueListHref({ ...query, after: null }) : null,
    older: data.hasOlder && lastRow ? issueListHref({ ...query, after: placeOf(lastRow, query.sort) }) : null,
  }
}

export function createIssueListPage({ db, config, viewer, show }: PageDeps): RequestHandler {
  return async (req, res) => {
    const query = readIssueQuery(req.query)
    const look = viewer(req)
    const projects = await listProjects(db)
    const project = projects.find((one) => one.slug === query.project)
    // A project that doesn't exist has no issues; it must not read as "all projects".
    const projectId = query.project ? (project?.id ?? 0) : null
    const filter = (view: IssueView): IssueFilter => ({
      statuses: statusesOf[view],
      projectId,
      environment: query.environment || null,
      text: query.text || null,
    })
    const found = await listIssues(db, filter(query.view), query.sort, query.after, pageRows + 1)
    const rows = found.slice(0, pageRows)
    const counted = await Promise.all(
      issueViews.map(
        async (view) => [view, view === 'all' ? 0 : await countIssues(db, filter(view), countBound)] as const,
      ),
    )
    const counts = Object.fromEntries(counted) as Record<IssueView, number>
    counts.all = counts.unresolved + counts.quiet + counts.resolved + counts.ignored
    const data: IssueListData = {
      query,
      rows,
      hasOlder: found.length > pageRows,
      hours: await listHoursOfIssues(
        db,
        rows.map((row) => row.id),
        sparkFrom(look.now),
      ),
      counts,
      projects,
      environments: await listEnvironments(db, projectId),
      heard: await heardUpTo(db),
      quietMinutes: config.quietMinutes,
    }
    const view = issueListView(data, look)
    const names = { page: 'pages/issue-list', fragment: 'partials/issue-table' }
    await show(req, res, names, view, { title: view.heading, section: 'issues' })
  }
}
