// The page of one issue: what is true of the issue, then everything about one of its events. Stepping through
// events swaps only the event's region, band and facts are polled, and actions are forms that redirect back.
import type { Request, RequestHandler, Response } from 'express'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/local-path.ts'
import { readDetectionRules } from '../db/detection-settings.ts'
import { heardUpTo } from '../db/heard.ts'
import { type IssueChange, listIssueChanges } from '../db/issue-changes.ts'
import { listHoursOfIssues, listIssuesById } from '../db/issue-list.ts'
import {
  findIssueDetails,
  findTagShares,
  type IssueDetails,
  listAlertsOfIssue,
  listAttachments,
  listFeedback,
  listHoursOfIssue,
  listTagShares,
  listTrackerIssuesOfIssue,
} from '../db/issue-page.ts'
import { readQuietMs } from '../db/issue-status.ts'
import { listMergedIssues } from '../db/merged-issues.ts'
import { listNewestReleases } from '../db/project-list.ts'
import { findReleaseStart, listReleaseHours, listReleasesOfIssue } from '../db/release-hours-of-issues.ts'
import { listSimilarIssues } from '../db/similar-issues.ts'
import { countKeptPayloads } from '../db/store-kept.ts'
import {
  type EventFilter,
  findNeighbours,
  findNewestEvent,
  findStoredEvent,
  readEvent,
  type StoredEvent,
} from '../db/stored-events.ts'
import { listPeopleNames } from '../db/triage.ts'
import { defaultRules } from '../detect/rules.ts'
import { group } from '../pipeline/group.ts'
import { sparkFrom } from './bars.ts'
import { chartFrom } from './chart.ts'
import type { PageDeps } from './deps.ts'
import { createEventFiles } from './event-files.ts'
import { eventFilter, isFiltered, readEventQuery } from './event-query.ts'
import { eventView } from './event-view.ts'
import { fixedFrom, fixedWords, olderSince, withFix } from './fix-series.ts'
import { cutEnd } from './format.ts'
import { relayName } from './frame.ts'
import { actOnIssue, readAction } from './issue-actions.ts'
import { chosenView, type IssuePageData, issueStateView, issueView } from './issue-view.ts'
import { quietOf } from './marks.ts'
import { wantsFragment } from './render.ts'
import { shareGroupView, sharesShown } from './shares.ts'

const hourMs = 3_600_000
const similarShown = 5
const releasesOffered = 30

const idPattern = /^\d{1,15}$/
const eventIdPattern = /^[0-9a-f]{32}$/

const hrefOf = (issue: IssueDetails) => `/issues/${issue.id}`
const titleOf = (issue: IssueDetails) => ({ title: cutEnd(issue.title, 120), section: 'issues' as const })

/** The filter with the time in which the issue was seen, as it was read; an event that came since is part of it. */
function withinIssue(filter: EventFilter, issue: IssueDetails, here?: StoredEvent): EventFilter {
  const at = here?.receivedAt ?? issue.lastSeenAt
  const from = Math.min(issue.firstSeenAt.getTime(), at.getTime())
  const to = Math.max(issue.lastSeenAt.getTime(), at.getTime()) + 1
  return {
    ...filter,
    from: new Date(Math.max(from, filter.from?.getTime() ?? from)),
    to: new Date(Math.min(to, filter.to?.getTime() ?? to)),
  }
}

export function createIssuePage(deps: PageDeps) {
  const { db, now, config, viewer, person, scope, show, fragment } = deps

  async function getIssue(req: Request): Promise<IssueDetails> {
    const id = String(req.params.issue)
    const issue = idPattern.test(id) ? await findIssueDetails(db, Number(id)) : undefined
    const allowed = await scope(req)
    if (!issue || (allowed !== null && !allowed.includes(issue.projectId))) {
      throw new AppError('not_found', 'There is no such issue.')
    }
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
    const look = viewer(req)
    const query = readEventQuery(req.query, look)
    const [neighbours, attachments, feedback, kept] = await Promise.all([
      findNeighbours(db, issue.id, stored, withinIssue(eventFilter(query), issue, stored)),
      listAttachments(db, issue.projectId, stored.eventId),
      listFeedback(db, issue.projectId, stored.eventId),
      countKeptPayloads(db, issue.id),
    ])
    const event = readEvent(stored)
    // Of an event that an older program stored, the reason by today's rules.
    const why = stored.reading?.grouping.summary ?? group(event).summary
    return eventView(
      {
        issueId: issue.id,
        event,
        why,
        neighbours,
        attachments,
        feedback,
        query,
        kept,
        events: issue.eventCount,
      },
      look,
    )
  }

  /** What band and facts need; the whole page needs more. */
  async function loadState(req: Request, issue: IssueDetails) {
    const look = viewer(req)
    const query = readEventQuery(req.query, look)
    const dayAgo = look.now.getTime() - 24 * hourMs
    const from = new Date(Math.min(chartFrom(query.span, look.now).getTime(), dayAgo))
    const [alerts, trackerIssues, changes, hours, heard, rules, nextQuietMs] = await Promise.all([
      listAlertsOfIssue(db, issue.id),
      listTrackerIssuesOfIssue(db, issue.id),
      listIssueChanges(db, issue.id),
      listHoursOfIssue(db, issue.id, from),
      heardUpTo(db),
      readDetectionRules(db, [issue.projectId]),
      readQuietMs(db, issue, look.now, config.quietMinutes * 60_000),
    ])
    const fixed = await loadFixed(issue, changes, from)
    const quiet = issue.status === 'resolving' ? quietOf(issue, heard, config.quietMinutes) : null
    const silent = heard.relays.filter((relay) => relay.error !== null).map((relay) => relayName(relay.url))
    return {
      issue,
      alerts,
      trackerIssues,
      changes,
      quiet,
      silent,
      rules: rules.get(issue.projectId) ?? defaultRules,
      repository: issue.projectRepository ?? config.github.repository,
      hours,
      query,
      fixed,
      older: fixed && olderSince(changes, hours, fixed.hours, from),
      nextQuietMinutes: Math.ceil(nextQuietMs / 60_000),
      heard,
    }
  }

  async function loadSimilar(req: Request, issue: IssueDetails) {
    const look = viewer(req)
    const ids = await listSimilarIssues(db, issue, similarShown)
    const [rows, hours] = await Promise.all([
      listIssuesById(db, { projectIds: await scope(req), now: look.now }, ids),
      listHoursOfIssues(db, ids, sparkFrom(look.now)),
    ])
    return { similar: ids.flatMap((id) => rows.filter((row) => row.id === id)), hours }
  }

  /** The events of releases that should have the fix; null: nothing is known of one. */
  async function loadFixed(issue: IssueDetails, changes: readonly IssueChange[], since: Date) {
    const from = fixedFrom(changes, issue.fixedInRelease)
    if (!from) return null
    const [releases, outAt] = await Promise.all([
      listReleasesOfIssue(db, issue.id),
      from.cameBackIn === null ? undefined : findReleaseStart(db, issue.projectId, from.cameBackIn),
    ])
    const out = outAt && from.cameBackIn ? { at: outAt, release: from.cameBackIn } : null
    const hours = await listReleaseHours(db, issue.id, withFix(from, releases), since)
    return { words: fixedWords(from), hours, out }
  }

  async function loadShares(req: Request, issue: IssueDetails) {
    const unfolded = typeof req.query.more === 'string' ? req.query.more.replaceAll('\0', '') : null
    return { unfolded, shares: await listTagShares(db, issue, sharesShown, unfolded) }
  }

  async function issueRegions(req: Request, issue: IssueDetails) {
    const [state, shares, merged, who, people, releases, { similar, hours }] = await Promise.all([
      loadState(req, issue),
      loadShares(req, issue),
      listMergedIssues(db, issue.id),
      person(req),
      listPeopleNames(db),
      listNewestReleases(db, [issue.projectId], '', releasesOffered),
      loadSimilar(req, issue),
    ])
    const data: IssuePageData = {
      ...state,
      ...shares,
      people,
      releases,
      similar,
      merged,
      context: { hours, heard: state.heard, quietMinutes: config.quietMinutes },
      canAct: who.role !== 'viewer',
    }
    return issueView(data, viewer(req))
  }

  async function showIssue(
    req: Request,
    res: Response,
    issue: IssueDetails,
    stored: StoredEvent | undefined,
  ) {
    const [event, regions] = await Promise.all([
      stored ? eventRegion(req, issue, stored) : null,
      // A step to another event needs nothing of the issue.
      wantsFragment(req) ? null : issueRegions(req, issue),
    ])
    const clearHref = hrefOf(issue)
    const view = regions ? { ...regions, event, clearHref } : { event, ...(event ? {} : { clearHref }) }
    const names = { page: 'pages/issue', fragment: 'partials/event' }
    await show(req, res, names, view, titleOf(issue))
  }

  /** The event that was chosen by time or tag, and beside it what leads to other choices. */
  async function showChosen(
    req: Request,
    res: Response,
    issue: IssueDetails,
    stored: StoredEvent | undefined,
  ) {
    const query = readEventQuery(req.query, viewer(req))
    const [event, shares] = await Promise.all([
      stored ? eventRegion(req, issue, stored) : null,
      loadShares(req, issue),
    ])
    const here = hrefOf(issue)
    fragment(res, 'partials/event-chosen', {
      event,
      clearHref: here,
      ...chosenView({ query, ...shares }, here),
    })
  }

  /** All values of one tag. */
  async function showValues(req: Request, res: Response, issue: IssueDetails, key: string) {
    const share = await findTagShares(db, issue, key)
    if (!share) throw new AppError('not_found', 'None of its events carries this tag.')
    const place = { href: hrefOf(issue), query: readEventQuery(req.query, viewer(req)) }
    fragment(res, 'partials/share-group', shareGroupView(share, place))
  }

  /** The newest event, of all or of those that the address asks for. */
  const showLatest: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    // A merged issue is shown by another one.
    if (String(issue.id) !== req.params.issue) return res.redirect(302, `/issues/${issue.id}`)
    const { more } = req.query
    if (typeof more === 'string' && wantsFragment(req)) {
      return showValues(req, res, issue, more.replaceAll('\0', ''))
    }
    const query = readEventQuery(req.query, viewer(req))
    const id = isFiltered(query)
      ? await findNewestEvent(db, issue.id, withinIssue(eventFilter(query), issue))
      : issue.lastEventId
    const stored = id === null ? undefined : await findStoredEvent(db, issue.projectId, id)
    if (wantsFragment(req)) await showChosen(req, res, issue, stored)
    else await showIssue(req, res, issue, stored)
  }

  const showEvent: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    await showIssue(req, res, issue, await getEvent(req, issue))
  }

  /** Band and facts, as they are now. */
  const showState: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    const state = await loadState(req, issue)
    const data = {
      ...state,
      shares: [],
      unfolded: null,
      people: [],
      releases: [],
      similar: [],
      merged: [],
      canAct: false,
    }
    const context = { hours: new Map(), heard: state.heard, quietMinutes: config.quietMinutes }
    fragment(res, 'partials/issue-state', issueStateView({ ...data, context }, viewer(req)))
  }

  const act: RequestHandler = async (req, res) => {
    const issue = await getIssue(req)
    await actOnIssue(db, issue.id, readAction(req.body, viewer(req)), await person(req), now())
    const back = typeof req.body?.back === 'string' ? localPath(req.body.back) : `/issues/${issue.id}`
    res.redirect(303, back)
  }

  return { showLatest, showEvent, showState, act, files: createEventFiles(deps, { getIssue, getEvent }) }
}
