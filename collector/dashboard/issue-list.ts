// The page of issues, of one project or all: views, filter bar, rows that a bulk action may change, and older
// ones behind a link.
import type { Request, RequestHandler, Response } from 'express'
import { heardUpTo } from '../db/heard.ts'
import {
  type IssueFilter,
  type IssueListRow,
  type IssueSort,
  issueSorts,
  listHoursOfIssues,
  listIssues,
  placeOf,
} from '../db/issue-list.ts'
import { listNewestReleases } from '../db/project-list.ts'
import { listProjectNames, type Project } from '../db/projects.ts'
import { listPeopleNames } from '../db/triage.ts'
import { parseSearch, type Search } from '../search/parse.ts'
import { sparkFrom } from './bars.ts'
import { nextMorning } from './choices.ts'
import type { PageDeps } from './deps.ts'
import { boundedCount, clockTime, cutEnd, shortRelease, type Viewer } from './format.ts'
import {
  type IssueQuery,
  inView,
  isInView,
  issueListHref,
  issueViews,
  readIssueQuery,
} from './issue-query.ts'
import { issueRowView, type RowContext } from './issue-row.ts'
import { countIssueViews, filterOf, findFew, listFilter } from './issue-views.ts'
import { countBound, pageRows } from './limits.ts'
import { searchView } from './search-view.ts'

const releasesOffered = 30
const releasesOfEach = 5

const sortLabels: Record<IssueSort, string> = {
  urgency: 'Urgency',
  'last-seen': 'Last seen',
  newest: 'Newest',
  events: 'Events',
  users: 'Users',
}

export type IssueListData = RowContext & {
  readonly query: IssueQuery
  readonly search: Search
  readonly rows: readonly IssueListRow[]
  readonly hasOlder: boolean
  /** Of the views, in their order; null: not counted. */
  readonly counts: readonly (string | null)[]
  /** How many match in all. */
  readonly matching: string
  /** How many in another state do. */
  readonly elsewhere: number
  readonly projects: readonly Pick<Project, 'slug'>[]
  /** Known releases of the projects of its rows, newest first: one of them may have a fix. */
  readonly releases: readonly string[]
  readonly people: readonly { readonly id: number; readonly name: string }[]
  readonly canAct: boolean
}

/** One sentence where nothing matches, and the way on. */
function emptyView({ query, search, elsewhere }: IssueListData) {
  const isPlain = isInView(query.text, 'is:unresolved') && search.tokens.length === 1
  const all = inView(query.text, '')
  if (elsewhere === 0 && isPlain) {
    return {
      title: 'No issues yet',
      more: 'Nothing has arrived. Each project has a page that shows how to send the first event.',
      href: '/projects',
      action: 'Open projects',
    }
  }
  if (elsewhere > 0) {
    return {
      title: isPlain ? 'Nothing is unresolved' : 'Nothing matches',
      more: `${boundedCount(elsewhere, countBound)} in another state ${elsewhere === 1 ? 'does' : 'do'}.`,
      href: issueListHref({ ...query, text: all, after: null }),
      action: 'Show all states',
    }
  }
  return {
    title: 'Nothing matches',
    more: 'No issue in any state does.',
    href: issueListHref({ project: query.project }),
    action: 'Clear the filter',
  }
}

/** Everything the page shows, formatted. */
export function issueListView(data: IssueListData, viewer: Viewer) {
  const { query, search } = data
  const lastRow = data.rows.at(-1)
  const href = (text: string) => issueListHref({ ...query, text, after: null })
  return {
    query,
    here: issueListHref(query),
    heading: query.project ? `Issues of ${query.project}` : 'Issues',
    search: searchView(search, href),
    views: issueViews.map((view, index) => {
      return {
        label: view.label,
        href: href(inView(query.text, view.search)),
        current: isInView(query.text, view.search),
        count: data.counts[index] ?? null,
      }
    }),
    projects: data.projects.map((project) => ({
      value: project.slug,
      selected: project.slug === query.project,
    })),
    sorts: issueSorts.map((sort) => ({
      value: sort,
      label: sortLabels[sort],
      selected: sort === query.sort,
    })),
    rows: data.rows.map((row) => ({ ...issueRowView(row, data, viewer), canSelect: data.canAct })),
    empty: data.rows.length === 0 ? emptyView(data) : null,
    first: query.after ? issueListHref({ ...query, after: null }) : null,
    older: data.hasOlder && lastRow ? issueListHref({ ...query, after: placeOf(lastRow, query.sort) }) : null,
    canAct: data.canAct,
    // Only where it can hold what is closed: the bar is full on a phone.
    canReopen: !search.statuses?.every((status) => status === 'unresolved'),
    matching: data.matching,
    releases: data.releases.map((release) => ({ value: release, label: shortRelease(release) })),
    morning: clockTime(nextMorning(viewer), viewer).text,
    people: data.people.map((one) => ({ id: one.id, name: cutEnd(one.name, 80) })),
    poll: `/issues/rows?ids=${data.rows.map((row) => row.id).join(',')}`,
  }
}

export function createIssueListPage(deps: PageDeps) {
  const { db, config, viewer, person, show, scope } = deps

  /** The ids of projects that a query is about. */
  async function projectsOf(req: Request, query: Pick<IssueQuery, 'project'>) {
    const allowed = await scope(req)
    const projects = await listProjectNames(db, allowed)
    // A project that doesn't exist has no issues; it must not read as "all projects".
    const named = projects.filter((one) => one.slug === query.project).map((one) => one.id)
    return { projects, projectIds: query.project ? named : allowed }
  }

  async function filterFor(req: Request, query: Pick<IssueQuery, 'project' | 'text'>): Promise<IssueFilter> {
    const { now } = viewer(req)
    const { projectIds } = await projectsOf(req, query)
    return filterOf(parseSearch(query.text, now), { projectIds, now, me: (await person(req)).id })
  }

  async function showList(req: Request, res: Response, query: IssueQuery): Promise<void> {
    const look = viewer(req)
    const who = await person(req)
    const { projects, projectIds } = await projectsOf(req, query)
    const search = parseSearch(query.text, look.now)
    const within = { projectIds, now: look.now, me: who.id }
    const few = await findFew(db, query.text, within)
    const filter = listFilter(search, query.text, within, few)
    const found = await listIssues(db, filter, query.sort, query.after, pageRows + 1)
    const rows = found.slice(0, pageRows)
    const projectsShown = [...new Set(rows.map((row) => row.projectId))]
    const hasPages = rows.length < found.length || query.after !== null
    const [counts, hours, heard, people, releases] = await Promise.all([
      countIssueViews(db, query.text, within, few, { matching: hasPages, elsewhere: rows.length === 0 }),
      listHoursOfIssues(
        db,
        rows.map((row) => row.id),
        sparkFrom(look.now),
      ),
      heardUpTo(db),
      listPeopleNames(db),
      listNewestReleases(
        db,
        projectsShown,
        '',
        releasesOffered,
        Math.max(releasesOfEach, Math.ceil(releasesOffered / Math.max(1, projectsShown.length))),
      ),
    ])
    const data: IssueListData = {
      query,
      search,
      rows,
      hasOlder: found.length > pageRows,
      hours,
      counts: counts.views,
      matching: counts.matching ?? String(rows.length),
      elsewhere: counts.elsewhere,
      projects,
      people,
      releases,
      heard,
      quietMinutes: config.quietMinutes,
      canAct: who.role !== 'viewer',
    }
    const view = issueListView(data, look)
    const names = { page: 'pages/issue-list', fragment: 'partials/issue-table' }
    await show(req, res, names, view, { title: view.heading, section: 'issues' })
  }

  const list: RequestHandler = (req, res) => showList(req, res, readIssueQuery(req.query))

  return { list, filterFor }
}
