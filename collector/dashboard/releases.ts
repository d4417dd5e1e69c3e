// Releases of a project: how much comes from each, what each brought and brought back, and two side by side over
// the same first hours.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { otherName } from '../db/bound-names.ts'
import { heardUpTo } from '../db/heard.ts'
import { type IssueListRow, listIssuesById } from '../db/issue-list.ts'
import { listProjects } from '../db/projects.ts'
import { listOutliers } from '../db/release-lines.ts'
import {
  countFirstHours,
  countProjectDay,
  findRelease,
  listOnlyIn,
  listReleases,
  type ReleaseRow,
} from '../db/release-list.ts'
import { outlierUsers } from '../detect/release-line.ts'
import { shareWidth } from './bars.ts'
import type { PageDeps } from './deps.ts'
import {
  clockTime,
  countView,
  cutEnd,
  duration,
  exactCount,
  percent,
  shortCount,
  shortRelease,
  type Viewer,
} from './format.ts'
import { issueListHref } from './issue-query.ts'
import { issueRowView, type RowContext } from './issue-row.ts'
import { monogramOf } from './monogram.ts'

const hourMs = 3_600_000
const releasesShown = 50
const issuesShown = 8
/** The same first hours of each are compared, at most so many. */
const maxHours = 14 * 24

/** How something has changed, in per cent, with what it is counted from. */
export function changeView(now: number, before: number) {
  if (before === 0) return { text: now === 0 ? '–' : 'new', isWorse: false, exact: `${now}, none before` }
  const change = Math.round((100 * (now - before)) / before)
  const text = `${change > 0 ? '+' : change < 0 ? '−' : ''}${shortCount(Math.abs(change))}\u202f%`
  return { text, isWorse: change >= 20 && now >= 5, exact: `${now}, ${before} before` }
}

/** null: no session was told of, which is not 100 %. */
function crashFree({ sessionsOfWeek, sessionsCrashed }: ReleaseRow): { text: string; exact: string } | null {
  if (sessionsOfWeek === 0) return null
  // Never rounded up to all of them.
  const share = Math.floor(10_000 * (1 - sessionsCrashed / sessionsOfWeek)) / 100
  return {
    text: `${share}\u202f%`,
    exact: `${exactCount(sessionsOfWeek)} sessions in the last seven days, ${exactCount(sessionsCrashed)} crashed`,
  }
}

/** @param outliers releases that the loop lets decide nothing yet */
function releaseView(
  row: ReleaseRow,
  rows: readonly ReleaseRow[],
  outliers: ReadonlySet<string>,
  day: number,
  viewer: Viewer,
) {
  const change = changeView(row.crashesOfWeek, row.crashesBefore)
  const ageMs = viewer.now.getTime() - row.firstSeenAt.getTime()
  const outlier = outliers.has(row.version)
  const newest = rows.find((one) => !outliers.has(one.version) && one.version !== otherName)
  const share = day > 0 ? row.eventsOfDay / day : 0
  const tag = outlier
    ? { word: 'outlier', hue: 'amber' }
    : row === newest && ageMs < 3 * 86_400_000 && share < 0.9
      ? { word: 'rolling out', hue: '' }
      : null
  const text = shortRelease(row.version)
  const build = text.indexOf(' (')
  return {
    version: row.version,
    text,
    name: build > 0 ? text.slice(0, build) : text,
    build: build > 0 ? text.slice(build) : '',
    when: clockTime(row.firstSeenAt, viewer),
    tag,
    isOutlier: outlier,
    share: percent(row.eventsOfDay, day),
    width: shareWidth(row.eventsOfDay, day),
    events: countView(row.events),
    users: row.users > 0 ? countView(row.users) : null,
    health: crashFree(row),
    newIssues: row.newIssues,
    regressed: row.regressed,
    change,
    crashes: countView(row.crashesOfWeek),
    href: issueListHref({
      text: `is:unresolved release:${/\s/.test(row.version) ? `"${row.version}"` : row.version}`,
    }),
  }
}

export type Compared = {
  readonly row: ReleaseRow
  readonly first: { readonly events: number; readonly crashes: number }
  readonly only: {
    readonly count: number
    readonly issues: readonly { readonly row: IssueListRow; readonly events: number }[]
  }
}

function compareView(a: Compared, b: Compared, hours: number, context: RowContext, viewer: Viewer) {
  const perUsers = (events: number, row: ReleaseRow) =>
    row.users > 0 ? Math.round((1000 * events) / row.users) : null
  const line = (label: string, left: number | null, right: number | null, isBad: boolean) => ({
    label,
    left: left === null ? '–' : shortCount(left),
    right: right === null ? '–' : shortCount(right),
    change: isBad && left !== null && right !== null ? changeView(right, left) : null,
  })
  const issues = ({ only }: Compared) =>
    only.issues.map(({ row, events }) => ({
      ...issueRowView(row, context, viewer),
      count: shortCount(events),
    }))
  return {
    words: `first ${hours >= 48 ? duration(hours * hourMs) : `${hours}\u202fh`} of each`,
    lines: [
      line('Events', a.first.events, b.first.events, true),
      line('Crashes', a.first.crashes, b.first.crashes, true),
      line(
        'Events per 1,000 users, so far',
        perUsers(a.row.events, a.row),
        perUsers(b.row.events, b.row),
        true,
      ),
      line('Users so far', a.row.users || null, b.row.users || null, false),
      {
        label: 'Crash-free sessions, 7 d',
        left: crashFree(a.row)?.text ?? '–',
        right: crashFree(b.row)?.text ?? '–',
        change: null,
      },
      line('New issues', a.row.newIssues, b.row.newIssues, false),
      line('Regressed', a.row.regressed, b.row.regressed, false),
    ],
    left: { text: shortRelease(a.row.version), exact: a.row.version, count: a.only.count, issues: issues(a) },
    right: {
      text: shortRelease(b.row.version),
      exact: b.row.version,
      count: b.only.count,
      issues: issues(b),
    },
  }
}

const schema = z.object({
  project: z.string().max(100).catch(''),
  release: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
  after: z.string().max(300).catch(''),
})

function readAfter(text: string) {
  const [, at, version] = /^(\d{1,15})-(.+)$/s.exec(text.replaceAll('\0', '')) ?? []
  return at && version ? { firstSeenAt: new Date(Number(at)), version } : null
}

export function createReleasesPage({ db, config, viewer, show, scope }: PageDeps): RequestHandler {
  return async (req, res) => {
    const look = viewer(req)
    const query = schema.parse(req.query)
    const allowed = await scope(req)
    const projects = (await listProjects(db)).filter((one) => allowed === null || allowed.includes(one.id))
    // Releases are of one project; without one named, of the one heard last.
    const project =
      projects.find((one) => one.slug === query.project) ??
      (query.project
        ? undefined
        : projects.toSorted((a, b) => (b.lastEventAt?.getTime() ?? 0) - (a.lastEventAt?.getTime() ?? 0))[0])
    const chosen = [query.release ?? []].flat().map((one) => one.replaceAll('\0', ''))
    const after = readAfter(query.after)
    const found = project
      ? await listReleases(db, project.id, { after, limit: releasesShown + 1, now: look.now })
      : []
    const rows = found.slice(0, releasesShown)
    const outliers = new Set(project ? await listOutliers(db, project.id) : [])
    const day = project ? await countProjectDay(db, project.id, look.now) : 0

    async function compared() {
      if (!project || chosen.length < 2) return null
      const pair = await Promise.all(
        chosen.slice(0, 2).map((version) => findRelease(db, project.id, version, look.now)),
      )
      const known = pair.filter((one) => one !== undefined)
      const [older, newer] = known.toSorted((a, b) => a.firstSeenAt.getTime() - b.firstSeenAt.getTime())
      if (!older || !newer || older.version === newer.version) return null
      const age = Math.ceil((look.now.getTime() - newer.firstSeenAt.getTime()) / hourMs)
      const hours = Math.max(1, Math.min(maxHours, age))
      const side = async (row: ReleaseRow, other: ReleaseRow): Promise<Compared> => {
        const [first, only] = await Promise.all([
          countFirstHours(db, project.id, row, hours),
          listOnlyIn(db, project.id, { only: row.version, notIn: other.version }, issuesShown),
        ])
        const issues = await listIssuesById(
          db,
          { projectIds: [project.id], now: look.now },
          only.issues.map((one) => one.id),
        )
        return {
          row,
          first,
          only: {
            count: only.count,
            issues: only.issues.flatMap(({ id, events }) =>
              issues.filter((issue) => issue.id === id).map((issue) => ({ row: issue, events })),
            ),
          },
        }
      }
      const context = { hours: new Map(), heard: await heardUpTo(db), quietMinutes: config.quietMinutes }
      return compareView(await side(older, newer), await side(newer, older), hours, context, look)
    }

    const last = rows.at(-1)
    const views = rows.map((row) => releaseView(row, rows, outliers, day, look))
    const search = new URLSearchParams(project ? { project: project.slug } : {})
    const view = {
      project: project && {
        slug: project.slug,
        monogram: monogramOf(project.platform),
        name: cutEnd(project.name, 80),
      },
      projects: projects.map((one) => ({ value: one.slug, selected: one.slug === project?.slug })),
      rows: views.map((row) => ({ ...row, chosen: chosen.includes(row.version) })),
      outlierUsers,
      hasOther: rows.some((row) => row.version === otherName),
      outliers: views.filter((row) => row.isOutlier).map((row) => row.text),
      compare: await compared(),
      needsTwo: chosen.length === 1,
      older:
        found.length > releasesShown && last
          ? `/releases?${search}&after=${encodeURIComponent(`${last.firstSeenAt.getTime()}-${last.version}`)}`
          : null,
    }
    const names = { page: 'pages/releases', fragment: 'partials/release-table' }
    await show(req, res, names, view, { title: 'Releases', section: 'releases' })
  }
}
