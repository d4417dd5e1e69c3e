// The page of one issue: what is true of the issue, then everything about one of its events. Stepping through
// events swaps only the event's region; actions are forms that redirect back.
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/access.ts'
import { heardUpTo } from '../db/heard.ts'
import { listIssueChanges } from '../db/issue-changes.ts'
import {
  findAttachmentBody,
  findIssueDetails,
  type IssueDetails,
  listAlertsOfIssue,
  listAttachments,
  listFeedback,
  listHoursOfIssue,
  listTagShares,
  listTrackerIssuesOfIssue,
  type TagShares,
} from '../db/issue-page.ts'
import type { IssueStatus } from '../db/schema.ts'
import { findNeighbours, findStoredEvent, readEvent, type StoredEvent } from '../db/stored-events.ts'
import { defaultRules } from '../detect/rules.ts'
import { chartFrom, chartView, type Span, spans } from './chart.ts'
import type { PageDeps } from './deps.ts'
import { eventView } from './event-view.ts'
import {
  agoTime,
  clockTime,
  countView,
  cutEnd,
  plural,
  safeLink,
  shortRelease,
  type Viewer,
  versionOf,
} from './format.ts'
import { relayName } from './frame.ts'
import { actOnIssue, readAction } from './issue-actions.ts'
import { levelHue, markOf, quietOf } from './marks.ts'
import { monogramOf } from './monogram.ts'
import { wantsFragment } from './render.ts'
import { sharesPerKey, sharesView } from './shares.ts'
import { stackText } from './stack.ts'
import { type BandFacts, bandView, currentEpisode, filingView, loopFactsOf } from './state-band.ts'
import { timelineView } from './timeline.ts'

const hourMs = 3_600_000

type Action = 'resolve' | 'ignore' | 'reopen'
const actionLabels: Record<Action, string> = { resolve: 'Resolve', ignore: 'Ignore', reopen: 'Reopen' }

// In the order they stand; the first is the filled one where the issue needs somebody.
const actionsOf: Record<IssueStatus, readonly Action[]> = {
  unresolved: ['resolve', 'ignore'],
  resolving: ['reopen', 'resolve', 'ignore'],
  resolved: ['reopen', 'ignore'],
  ignored: ['reopen', 'resolve'],
  merged: [],
}
const actionIcons: Record<Action, string> = { resolve: 'checks', ignore: 'ignore', reopen: 'replay' }

export type IssuePageData = BandFacts & {
  readonly hours: ReadonlyMap<number, number>
  readonly shares: readonly TagShares[]
  readonly span: Span
  readonly quietMinutes: number
  readonly canAct: boolean
}

function releasesText(issue: IssueDetails): { text: string; exact: string } | null {
  const { firstRelease, lastRelease } = issue
  if (!lastRelease) return null
  if (!firstRelease || firstRelease === lastRelease)
    return { text: shortRelease(lastRelease), exact: lastRelease }
  return {
    text: `${versionOf(firstRelease)} – ${versionOf(lastRelease)}`,
    exact: `${firstRelease} – ${lastRelease}`,
  }
}

function eventsSince(hours: ReadonlyMap<number, number>, from: number): number {
  let events = 0
  for (const [hour, count] of hours) if (hour >= from) events += count
  return events
}

function factsStrip(data: IssuePageData, viewer: Viewer) {
  const { issue } = data
  const dayAgo = Math.floor(viewer.now.getTime() / hourMs) * hourMs - 23 * hourMs
  const inRelease = (release: string | null) => (release ? `in ${shortRelease(release)}` : 'no release')
  const releases = releasesText(issue)
  return [
    {
      label: 'Events',
      ...countView(issue.eventCount),
      more: `${countView(eventsSince(data.hours, dayAgo)).text} in 24 h`,
      kind: 'figure',
    },
    {
      label: 'Users',
      ...(issue.userCount > 0
        ? countView(issue.userCount)
        : { text: '–', exact: 'None of its events names a user' }),
      more: issue.userCount > 0 ? `of ${plural(issue.eventCount, 'event')}` : 'none named',
      kind: 'figure',
    },
    {
      label: 'Releases',
      text: releases?.text ?? '–',
      exact: releases?.exact ?? 'No event names a release',
      more: releases ? '' : 'none named',
      kind: 'words',
    },
    {
      label: 'First seen',
      ...clockTime(issue.firstSeenAt, viewer),
      more: inRelease(issue.firstRelease),
      kind: 'time',
    },
    {
      label: 'Last seen',
      ...agoTime(issue.lastSeenAt, viewer),
      more: inRelease(issue.lastRelease),
      kind: 'time',
    },
  ]
}

/** What is true of the issue, formatted. */
export function issueView(data: IssuePageData, viewer: Viewer) {
  const { issue } = data
  const { alert, tracker } = currentEpisode(data)
  const band = bandView(data, data.quietMinutes, viewer)
  const mark = markOf(loopFactsOf(data), viewer.now)
  const hot =
    alert && issue.inEpisode
      ? { from: alert.createdAt, hue: band.hue === 'violet' ? ('violet' as const) : levelHue[issue.level] }
      : null
  const earlier = data.trackerIssues.filter((one) => one !== tracker)
  return {
    id: issue.id,
    href: `/issues/${issue.id}`,
    shortId: `${issue.projectSlug.toUpperCase()}-${issue.number}`,
    project: issue.projectSlug,
    projectHref: `/issues?project=${encodeURIComponent(issue.projectSlug)}`,
    monogram: monogramOf(issue.projectPlatform ?? issue.platform),
    type: issue.titleType === null ? null : cutEnd(issue.titleType, 300),
    message: cutEnd(issue.titleType === null ? issue.title : issue.titleValue, 2_000),
    level:
      issue.level === 'error'
        ? null
        : {
            word: `${issue.level.charAt(0).toUpperCase()}${issue.level.slice(1)}`,
            hue: issue.level === 'debug' ? '' : levelHue[issue.level],
          },
    unhandled: issue.handled === false,
    culprit: cutEnd(issue.culprit, 300),
    mark,
    band,
    actions: data.canAct
      ? actionsOf[issue.status].map((name, index) => ({
          name,
          label: actionLabels[name],
          icon: actionIcons[name],
          filled: index === 0 && issue.status === 'unresolved',
        }))
      : [],
    facts: factsStrip(data, viewer),
    chart: chartView(data.hours, data.changes, data.span, viewer, hot),
    tracker: {
      repository: tracker?.repository ?? data.repository,
      issue: tracker && {
        number: `#${tracker.number}`,
        title: cutEnd(tracker.title, 200),
        href: safeLink(tracker.url),
        icon: tracker.state === 'open' ? 'ghopen' : 'ghclosed',
        facts: [
          tracker.state === 'open'
            ? 'open'
            : `closed${tracker.closedBy ? ` by @${tracker.closedBy}` : ''}${tracker.closedAt ? ` ${clockTime(tracker.closedAt, viewer).text}` : ''}`,
          tracker.assignee ? `assigned to @${tracker.assignee}` : 'nobody assigned',
          earlier[0] ? `follows #${earlier[0].number}` : '',
        ]
          .filter(Boolean)
          .join(' · '),
      },
      filing: filingView(data, viewer),
      earlier: earlier.map((one) => ({
        text: `#${one.number}`,
        href: safeLink(one.url),
        facts: `episode ${one.episode}, ${one.state}`,
      })),
    },
    shares: sharesView(data.shares),
    timeline: timelineView(data.changes, viewer),
    timelineShown,
  }
}

// Rows of the timeline that stand open; the others fold away.
const timelineShown = 12

const idPattern = /^\d{1,15}$/
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const eventIdPattern = /^[0-9a-f]{32}$/

export function createIssuePage(deps: PageDeps) {
  const { db, now, config, viewer, person, show } = deps

  async function getIssue(req: Request): Promise<IssueDetails> {
    const id = String(req.params.issue)
    const issue = idPattern.test(id) ? await findIssueDetails(db, Number(id)) : undefined
    if (!issue) throw new AppError('not_found', 'There is no such issue.')
    return issue
  }

  /** The event that the address names, in this issue and no other. */
  async function getEvent(req: Request, issue: IssueDetails): Promise<StoredEvent> {
    const id = String(req.params.event)
    const stored = eventIdPattern.test(id) ? await findStoredEvent(db, issue.projectId, id) : undefined
    if (stored?.issueId !== issue.id) {
      throw new AppError('not_found', 'There is no such event in this issue, or its time is up.')
    }
    return stored
  }

  async function eventRegion(req: Request, issue: IssueDetails, stored: StoredEvent) {
    const [neighbours, attachments, feedback] = await Promise.all([
      findNeighbours(db, issue.id, stored),
      listAttachments(db, issue.projectId, stored.eventId),
      listFeedback(db, issue.projectId, stored.eventId),
    ])
    const allFrames = req.query.frames === 'all'
    const event = readEvent(stored)
    return eventView({ issueId: issue.id, event, neighbours, attachments, feedback, allFrames }, viewer(req))
  }

  async function issueRegions(req: Request, issue: IssueDetails) {
    const look = viewer(req)
    const span = z.enum(spans).catch('7d').parse(req.query.span)
    const dayAgo = look.now.getTime() - 24 * hourMs
    const from = new Date(Math.min(chartFrom(span, look.now).getTime(), dayAgo))
    const [alerts, trackerIssues, changes, hours, shares, heard, who] = await Promise.all([
      listAlertsOfIssue(db, issue.id),
      listTrackerIssuesOfIssue(db, issue.id),
      listIssueChanges(db, issue.id),
      listHoursOfIssue(db, issue.id, from),
      listTagShares(db, issue.id, sharesPerKey),
      heardUpTo(db),
      person(req),
    ])
    const quiet = issue.status === 'resolving' ? quietOf(issue.closedAt, heard, config.quietMinutes) : null
    const silent = heard.relays.filter((relay) => relay.error !== null).map((relay) => relayName(relay.url))
    const data: IssuePageData = {
      issue,
      alerts,
      trackerIssues,
      changes,
      quiet,
      silent,
      rules: defaultRules,
      repository: issue.projectRepository ?? config.github.repository,
      hours,
      shares,
      span,
      quietMinutes: config.quietMinutes,
      canAct: who.role !== 'viewer',
    }
    return issueView(data, look)
  }

  async function showIssue(
    req: Request,
    res: Response,
    issue: IssueDetails,
    stored: StoredEvent | undefined,
  ) {
    const event = stored && (await eventRegion(req, issue, stored))
    // A step to another event needs nothing of the issue.
    const view =
      stored && wantsFragment(req) ? { event } : { ...(await issueRegions(req, issue)), event: event ?? null }
    const names = { page: 'pages/issue', ...(stored ? { fragment: 'partials/event' } : {}) }
    await show(req, res, names, view, { title: cutEnd(issue.title, 120), section: 'issues' })
  }

  const showLatest: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    await showIssue(req, res, issue, await findStoredEvent(db, issue.projectId, issue.lastEventId))
  }

  const showEvent: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    await showIssue(req, res, issue, await getEvent(req, issue))
  }

  /** The event as it was stored: scrubbed, and otherwise as the SDK sent it. */
  const showJson: RequestHandler = async (req, res) => {
    const stored = await getEvent(req, await getIssue(req))
    res.type('application/json').send(`${JSON.stringify(stored.wire, null, 2)}\n`)
  }

  const showStackText: RequestHandler = async (req, res) => {
    const stored = await getEvent(req, await getIssue(req))
    res.type('text/plain; charset=utf-8').send(stackText(readEvent(stored)))
  }

  /** Bytes from outside are only ever saved, never shown in our origin. */
  const download: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    const stored = await getEvent(req, issue)
    const id = String(req.params.attachment)
    const place = { projectId: issue.projectId, eventId: stored.eventId, id }
    const found = uuidPattern.test(id) ? await findAttachmentBody(db, place) : undefined
    if (!found) throw new AppError('not_found', 'There is no such attachment.')
    res.set('Content-Security-Policy', "default-src 'none'; sandbox")
    res.attachment(found.filename.split(/[/\\]/).at(-1) || 'attachment')
    res.type('application/octet-stream').send(found.body)
  }

  const act: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    await actOnIssue(db, issue.id, readAction(req.body), await person(req), now())
    const back = typeof req.body?.back === 'string' ? localPath(req.body.back) : `/issues/${issue.id}`
    res.redirect(303, back)
  }

  return { showLatest, showEvent, showJson, showStackText, download, act }
}
