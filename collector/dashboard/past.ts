// The past: what an issue was at a moment, with its timeline up to then, and which issues a project had. Nothing
// can be done here; the present is one link away.
import type { RequestHandler } from 'express'
import { AppError } from '../../shared/errors.ts'
import { listChangesAsOf, listIssuesAsOf, type PastIssue } from '../db/as-of.ts'
import { findIssueDetails } from '../db/issue-page.ts'
import { findProject } from '../db/projects.ts'
import type { IssueStatus } from '../db/schema.ts'
import type { PageDeps } from './deps.ts'
import { fieldValue, readMoment } from './event-query.ts'
import { clockTime, countView, cutEnd, exactTime, type Viewer } from './format.ts'
import { shortId } from './issue-view.ts'
import { timelineView } from './timeline.ts'

const pageSize = 50

/** The moment that the address names, or its form on the viewer's clock; without one it is now. */
function momentOf(text: unknown, viewer: Viewer): Date {
  if (typeof text !== 'string' || text === '') return viewer.now
  const moment = readMoment(text, viewer)
  if (!moment) throw new AppError('invalid_request', 'That is no moment.')
  return moment
}

const words: Record<IssueStatus, string> = {
  unresolved: 'Unresolved',
  resolving: 'Waiting for quiet',
  resolved: 'Resolved',
  ignored: 'Ignored',
  merged: 'Merged into another',
}

function pastView(issue: PastIssue, at: string, viewer: Viewer) {
  return {
    href: `/issues/${issue.id}/past?at=${at}`,
    number: issue.number,
    title: cutEnd(issue.title, 200),
    status: words[issue.status],
    reason: cutEnd(issue.reason, 300),
    since: clockTime(issue.since, viewer),
    events: countView(issue.events),
    facts: [
      issue.episode > 0 ? `episode ${issue.episode}${issue.inEpisode ? ', running' : ''}` : 'never filed',
      issue.regressions > 0 ? `regressed ${issue.regressions}×` : '',
      issue.trackerIssue ? `#${issue.trackerIssue.number} in ${issue.trackerIssue.repository}` : '',
      issue.fixedInRelease ? `fixed in ${cutEnd(issue.fixedInRelease, 100)}` : '',
    ]
      .filter(Boolean)
      .join(' · '),
  }
}

export function createPastPages({ db, viewer, show }: PageDeps) {
  const issuePast: RequestHandler = async (req, res) => {
    const look = viewer(req)
    const moment = momentOf(req.query.at, look)
    const id = String(req.params.issue)
    const issue = /^\d{1,15}$/.test(id) ? await findIssueDetails(db, Number(id)) : undefined
    if (!issue) throw new AppError('not_found', 'There is no such issue.')
    const [past] = await listIssuesAsOf(db, { issueId: issue.id }, { moment, limit: 1 })
    const at = moment.toISOString()
    const view = {
      field: fieldValue(moment, look, true),
      zone: look.zone,
      present: `/issues/${issue.id}`,
      listHref: `/projects/${encodeURIComponent(issue.projectSlug)}/past?at=${at}`,
      title: cutEnd(issue.title, 200),
      shortId: shortId(issue),
      issue: past ? pastView(past, at, look) : null,
      timeline: timelineView(await listChangesAsOf(db, issue.id, moment), look),
    }
    await show(req, res, { page: 'pages/issue-past' }, view, {
      title: `${cutEnd(issue.title, 80)}, ${exactTime(moment, look)}`,
      section: 'issues',
    })
  }

  const projectPast: RequestHandler = async (req, res) => {
    const look = viewer(req)
    const moment = momentOf(req.query.at, look)
    const project = await findProject(db, String(req.params.project))
    if (!project) throw new AppError('not_found', 'There is no such project.')
    const before = /^\d{1,9}$/.test(String(req.query.before)) ? Number(req.query.before) : undefined
    const found = await listIssuesAsOf(
      db,
      { projectId: project.id },
      { moment, limit: pageSize + 1, ...(before === undefined ? {} : { before }) },
    )
    const at = moment.toISOString()
    const shown = found.slice(0, pageSize)
    const last = shown.at(-1)
    const view = {
      field: fieldValue(moment, look, true),
      zone: look.zone,
      present: `/issues?project=${encodeURIComponent(project.slug)}`,
      name: project.name,
      slug: project.slug,
      issues: shown.map((one) => pastView(one, at, look)),
      older: found.length > pageSize && last ? `?at=${at}&before=${last.number}` : null,
    }
    await show(req, res, { page: 'pages/project-past' }, view, {
      title: `${project.name}, ${exactTime(moment, look)}`,
      section: 'issues',
    })
  }

  return { issuePast, projectPast }
}
