// Projects at a glance, a form for a new one, and the page that sets one up: DSN, snippet, and whether its first
// event has arrived.
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { countArrivals } from '../db/arrivals.ts'
import type { Actor } from '../db/audit-log.ts'
import { getProjectsVersion } from '../db/installation.ts'
import { type IssueListRow, listAlarms } from '../db/issue-list.ts'
import { addProjectOf } from '../db/people.ts'
import { listProjectsAtAGlance, type ProjectListRow } from '../db/project-list.ts'
import { createProject, findProject, listProjectKeys, type Project } from '../db/projects.ts'
import { listRelays } from '../db/relays.ts'
import { sparkFrom, sparkView } from './bars.ts'
import type { PageDeps } from './deps.ts'
import {
  ageTime,
  boundedCount,
  countView,
  cutEnd,
  duration,
  percent,
  shortRelease,
  type Viewer,
} from './format.ts'
import { issueListHref } from './issue-query.ts'
import { countBound } from './limits.ts'
import type { MarkView } from './marks.ts'
import { monogramOf } from './monogram.ts'
import { projectSetupView } from './project-setup.ts'
import { changeView } from './releases.ts'
import { snippets } from './snippets.ts'

const weekMs = 7 * 86_400_000
/** Alarms that the list looks at; they come most urgent first. */
const alarmsRead = 1_000

/** What a project is waited for, before how it is: the most urgent of its open alarms. */
export type ProjectAlarm = Pick<MarkView, 'name' | 'hue' | 'word'> & {
  readonly rank: number
  readonly from: Date
}

function projectRowView(row: ProjectListRow, alarm: ProjectAlarm | undefined, viewer: Viewer) {
  const events = [...row.hours.values()].reduce((sum, count) => sum + count, 0)
  const silentMs = row.lastEventAt ? viewer.now.getTime() - row.lastEventAt.getTime() : null
  const isSilent = silentMs === null || silentMs > weekMs
  const about =
    silentMs === null
      ? 'waiting for the first event'
      : isSilent
        ? `no events for ${duration(silentMs)}`
        : (snippets.find((snippet) => snippet.platform === row.platform)?.label ?? row.platform ?? '')
  const calm = isSilent
    ? {
        name: silentMs === null ? 'watching' : 'ignored',
        hue: 'stone' as const,
        word: silentMs === null ? 'Waiting' : 'Silent',
      }
    : { name: 'well', hue: 'green' as const, word: 'Well' }
  const crashes = changeView(row.crashesOfWeek, row.crashesBefore)
  return {
    slug: row.slug,
    name: cutEnd(row.name, 100),
    href: silentMs === null ? `/projects/${row.slug}/setup` : issueListHref({ project: row.slug }),
    setupHref: `/projects/${row.slug}/setup`,
    monogram: monogramOf(row.platform),
    about: row.hasOthers
      ? [about, 'too many new names, some counted as other'].filter(Boolean).join(' · ')
      : about,
    mark: alarm ?? calm,
    isSilent,
    spark: sparkView(row.hours, viewer, alarm ? { from: alarm.from, hue: alarm.hue } : null),
    events: countView(events),
    users: row.usersToday > 0 ? countView(row.usersToday) : null,
    unresolved: boundedCount(row.unresolved, countBound),
    release: row.newestRelease
      ? {
          text: shortRelease(row.newestRelease),
          exact: row.newestRelease,
          share: events > 0 ? `${percent(row.newestReleaseEvents, events)} of events` : '',
          href: `/releases?project=${encodeURIComponent(row.slug)}`,
        }
      : null,
    crashes: { ...crashes, text: isSilent ? '–' : crashes.text },
    last: row.lastEventAt ? ageTime(row.lastEventAt, viewer) : null,
  }
}

/** The most urgent alarm of each project, from alarms in order of urgency. */
export function alarmsByProject(alarms: readonly IssueListRow[]): Map<number, ProjectAlarm> {
  const marks = {
    escalation: { name: 'escalated', hue: 'red', word: 'Escalated' },
    fatal: { name: 'fatal', hue: 'red', word: 'Fatal' },
    burst: { name: 'burst', hue: 'orange', word: 'Burst' },
    regression: { name: 'regressed', hue: 'violet', word: 'Regressed' },
    slow_burn: { name: 'stuck', hue: 'amber', word: 'Filing failed' },
    by_hand: { name: 'stuck', hue: 'amber', word: 'Filing failed' },
  } as const
  const found = new Map<number, ProjectAlarm>()
  for (const row of alarms) {
    if (!row.alert || found.has(row.projectId)) continue
    const mark = row.rank === 1 ? marks.slow_burn : marks[row.alert.rule]
    found.set(row.projectId, { ...mark, rank: row.rank, from: row.alert.createdAt })
  }
  return found
}

/** What needs a person first, then by events of the last day, then by slug. */
export function projectListView(
  rows: readonly ProjectListRow[],
  alarms: ReadonlyMap<number, ProjectAlarm>,
  viewer: Viewer,
) {
  const sum = (row: ProjectListRow) => [...row.hours.values()].reduce((total, count) => total + count, 0)
  const rank = (row: ProjectListRow) => alarms.get(row.id)?.rank ?? 0
  const sorted = [...rows].sort((a, b) => rank(b) - rank(a) || sum(b) - sum(a) || (a.slug < b.slug ? -1 : 1))
  return { rows: sorted.map((row) => projectRowView(row, alarms.get(row.id), viewer)) }
}

const projectForm = z.object({
  name: z.string().trim().max(200).catch(''),
  slug: z.string().trim().max(100).catch(''),
  platform: z
    .enum(snippets.map((snippet) => snippet.platform) as [string, ...string[]])
    .nullable()
    .catch(null),
  repository: z.string().trim().max(250).catch(''),
})
type ProjectForm = z.output<typeof projectForm>

/** Something the person can mend: it goes back to the form with its words. */
function mendable(error: unknown): string {
  if (error instanceof AppError && (error.code === 'conflict' || error.code === 'invalid_request'))
    return error.message
  throw error
}

export function createProjectPages(deps: PageDeps) {
  const { db, now, config, viewer, person, scope, show } = deps

  const list: RequestHandler = async (req, res) => {
    const look = viewer(req)
    const projectIds = await scope(req)
    const within = { projectIds, now: look.now }
    const [rows, alarms] = await Promise.all([
      listProjectsAtAGlance(db, sparkFrom(look.now), countBound, within),
      listAlarms(db, { ...within, statuses: ['unresolved'], terms: [], me: null }, null, alarmsRead),
    ])
    const who = await person(req)
    const view = { ...projectListView(rows, alarmsByProject(alarms), look), canChange: who.role !== 'viewer' }
    await show(req, res, { page: 'pages/projects' }, view, { title: 'Projects', section: 'projects' })
  }

  async function showForm(req: Request, res: Response, values: ProjectForm, error: string | null) {
    const view = {
      values,
      error,
      defaultRepository: config.github.repository,
      platforms: snippets.map((one) => ({
        value: one.platform,
        label: one.label,
        selected: one.platform === values.platform,
      })),
    }
    await show(req, res, { page: 'pages/project-new' }, view, { title: 'New project', section: 'projects' })
  }

  const newForm: RequestHandler = (req, res) =>
    showForm(req, res, { name: '', slug: '', platform: null, repository: '' }, null)

  const create: RequestHandler = async (req, res) => {
    const values = projectForm.parse(req.body ?? {})
    try {
      const { name, platform, repository } = values
      const project = await createProject(
        db,
        { name, platform, repository: repository || null, slug: values.slug || undefined },
        now(),
        await actor(req),
      )
      if ((await scope(req)) !== null) await addProjectOf(db, (await person(req)).id, project.id)
      res.redirect(303, `/projects/${project.slug}/setup`)
    } catch (error) {
      const message = mendable(error)
      res.status(422)
      await showForm(req, res, values, message)
    }
  }

  async function actor(req: Request): Promise<Actor> {
    const { id, name } = await person(req)
    return { name, personId: id }
  }

  async function getProject(req: Request): Promise<Project> {
    const project = await findProject(db, String(req.params.project))
    if (!project) throw new AppError('not_found', 'There is no such project.')
    return project
  }

  const setup: RequestHandler = async (req, res) => {
    const project = await getProject(req)
    const since = new Date(now().getTime() - 2 * 86_400_000)
    const [keys, relays, version, arrived] = await Promise.all([
      listProjectKeys(db, project.id),
      listRelays(db),
      getProjectsVersion(db),
      countArrivals(db, project.id, since),
    ])
    const platform = typeof req.query.platform === 'string' ? req.query.platform : null
    const data = {
      project,
      keys,
      relays,
      platform,
      config,
      version,
      ...arrived,
    }
    const view = projectSetupView(data, viewer(req))
    const names = { page: 'pages/project-setup', fragment: 'partials/waiting' }
    await show(req, res, names, view, { title: `Set up ${project.slug}`, section: 'projects' })
  }

  return { list, newForm, create, setup }
}
