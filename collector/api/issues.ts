// Issues: list and search those of a project, show one, change the status of one or many.
import type { Request, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { ApiToken } from '../db/api-tokens.ts'
import type { Database } from '../db/database.ts'
import { listIssueChanges } from '../db/issue-changes.ts'
import { type IssueFilter, type IssueSort, listHoursOfIssues, listIssues, placeOf } from '../db/issue-list.ts'
import {
  findIssueByNumber,
  findIssueDetails,
  type IssueDetails,
  listIssueDetails,
  listNewestTrackerIssues,
  listTagShares,
} from '../db/issue-page.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import { maxMerged, mergeIssues, takeOutIssues } from '../db/merge-issues.ts'
import { listMergedIssues } from '../db/merged-issues.ts'
import { findProject, type Project } from '../db/projects.ts'
import type { IssueStatus } from '../db/schema.ts'
import { type ApiDeps, actorOf, apiUrl, getProject, pathText } from './context.ts'
import { parseIssueQuery, readStatusWord } from './issue-query.ts'
import { issueDetailShape, issueShape, parseShortId, shortId, statsSince } from './issue-shape.ts'
import { type IssueChangeBody, issueChangeBody, readWantedStatus } from './issue-status.ts'
import { queryText, queryTexts, readCursor, readLimit, sendPage } from './paging.ts'
import { readBody } from './projects.ts'

/** Sentry's own bound for a bulk change. */
const maxBulk = 1_000

/** Sentry's names for the sortings. */
const sorts: Readonly<Record<string, IssueSort>> = {
  date: 'last-seen',
  new: 'newest',
  freq: 'events',
  user: 'users',
}
const allStatuses: readonly IssueStatus[] = ['unresolved', 'resolving', 'resolved', 'ignored']

/** `{"merge": 1}`, as Sentry's own tools ask. */
function asksToMerge({ body }: Request): boolean {
  return typeof body === 'object' && body !== null && (body.merge === 1 || body.merge === true)
}

const takeOutBody = z.object({ takeOut: z.array(z.string().max(20)).min(1).max(maxMerged) })

function readSort(req: Request): IssueSort {
  const text = queryText(req, 'sort') || 'date'
  const sort = Object.hasOwn(sorts, text) ? sorts[text] : undefined
  if (sort) return sort
  const known = Object.keys(sorts).join(', ')
  throw new AppError('invalid_request', `Invalid sort: "${text.slice(0, 50)}" is not one of ${known}.`)
}

/** The filter of query, `environment` and `status` (which sentry-cli sends in place of a query). */
function readFilter(req: Request, project: Project, query: string, now: Date): IssueFilter {
  const { statuses, terms } = parseIssueQuery(query, now)
  const status = queryText(req, 'status')
  const wanted = new Set([...(statuses ?? []), ...(status ? readStatusWord(status) : [])])
  const named = new Set(queryTexts(req, 'environment').filter((name) => name !== ''))
  if (named.size > 1) {
    throw new AppError('invalid_request', `Invalid environment: one at a time, not ${[...named].join(', ')}.`)
  }
  const environments = [...named].map((value) => ({ kind: 'environment' as const, value, not: false }))
  return {
    projectIds: [project.id],
    statuses: wanted.size > 0 ? [...wanted] : allStatuses,
    terms: [...terms, ...environments],
    now,
    me: null,
  }
}

function readId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new AppError('invalid_request', `Invalid id: "${text.slice(0, 50)}" is not an issue's number.`)
}

/** The issue that the path names by number or short id. @throws AppError 'not_found' */
export async function getIssue(
  req: Request,
  db: Database,
): Promise<{ issue: IssueDetails; project: Project }> {
  const text = pathText(req, 'issue')
  const short = parseShortId(text)
  const issue = /^\d{1,15}$/.test(text)
    ? await findIssueDetails(db, Number(text))
    : short && (await findIssueByNumber(db, short.slug, short.number))
  const project = issue && (await findProject(db, String(issue.projectId)))
  if (!issue || !project) throw new AppError('not_found', 'The requested resource does not exist')
  return { issue, project }
}

function sentryStatusOf(asked: IssueChangeBody['status']): 'unresolved' | 'resolved' | 'ignored' {
  if (asked === 'muted' || asked === 'ignored') return 'ignored'
  return asked === 'unresolved' ? 'unresolved' : 'resolved'
}

export function createIssueHandlers({ db, now, config }: ApiDeps) {
  const base = apiUrl(config)

  async function change(issue: IssueDetails, body: IssueChangeBody, token: ApiToken): Promise<void> {
    const wanted = readWantedStatus(body, issue, token.name, now())
    await db.transaction().execute((trx) =>
      changeIssueStatus(trx, {
        issueId: issue.id,
        to: wanted.to,
        at: now(),
        actor: actorOf(token),
        reason: wanted.reason,
        facts: wanted.facts,
        fixedInRelease: wanted.fixedInRelease,
        ...(wanted.fixedIn ? { fixedIn: wanted.fixedIn } : {}),
        ...(wanted.ignoreFor ? { ignoreFor: wanted.ignoreFor } : {}),
      }),
    )
  }

  /** The shapes of some issues of one project, in their order. */
  async function shapesOf(issues: readonly IssueDetails[], project: Project) {
    const at = now()
    const ids = issues.map((issue) => issue.id)
    const hours = await listHoursOfIssues(db, ids, statsSince(at))
    const trackerIssues = await listNewestTrackerIssues(db, ids)
    return issues.map((issue) =>
      issueShape(issue, {
        project,
        hours: hours.get(issue.id) ?? new Map(),
        trackerIssue: trackerIssues.get(issue.id),
        url: config.url,
        now: at,
      }),
    )
  }

  async function issuesInOrder(rows: readonly { id: number }[], project: Project): Promise<IssueDetails[]> {
    const ids = rows.map((row) => row.id)
    const details = new Map((await listIssueDetails(db, project.id, ids)).map((issue) => [issue.id, issue]))
    return ids.map((id) => details.get(id)).filter((issue) => issue !== undefined)
  }

  /** Into the one with the most events, the older one of two that are even; answered in Sentry's shape. */
  async function mergeAsked(
    res: Response,
    project: Project,
    ids: readonly number[],
    token: ApiToken,
  ): Promise<void> {
    const found = await listIssueDetails(db, project.id, ids)
    const [into] = found.toSorted((a, b) => b.eventCount - a.eventCount || a.id - b.id)
    if (!into || found.length !== new Set(ids).size) {
      throw new AppError('invalid_request', 'Only issues of this project can be merged, named by id.')
    }
    const issueIds = found.map(({ id }) => id)
    const by = { actor: actorOf(token), by: `API token ${token.name}` }
    await db
      .transaction()
      .execute((trx) =>
        mergeIssues(trx, { projectId: project.id, into: into.id, issueIds, at: now(), ...by }),
      )
    const children = issueIds.filter((id) => id !== into.id).map(String)
    res.json({ merge: { parent: String(into.id), children } })
  }

  async function sendMerged(res: Response, issue: IssueDetails, project: Project): Promise<void> {
    const merged = await listMergedIssues(db, issue.id)
    res.json(
      merged.map((one) => ({
        id: String(one.id),
        shortId: shortId(project, one),
        title: one.title,
        culprit: one.culprit,
        count: String(one.eventCount),
        userCount: one.userCount,
        lastSeen: one.lastSeenAt,
        mergedAt: one.mergedAt,
        mergedBy: one.mergedBy,
      })),
    )
  }

  async function sendIssue(res: Response, issue: IssueDetails, project: Project): Promise<void> {
    const [shape] = await shapesOf([issue], project)
    const changes = await listIssueChanges(db, issue.id)
    const tags = await listTagShares(db, issue, 1)
    if (shape) res.json(issueDetailShape(shape, issue, changes, tags))
  }

  return {
    /** Without `query` only what is unresolved, with an empty one all: as Sentry does. */
    async listIssues(req: Request, res: Response): Promise<void> {
      const project = await getProject(req, db)
      const implied = queryText(req, 'status') ? '' : 'is:unresolved'
      const filter = readFilter(req, project, queryText(req, 'query') ?? implied, now())
      const limit = readLimit(req)
      const sort = readSort(req)
      const cursor = readCursor(req, 'number')
      const after = cursor ? { rank: 0, value: cursor.value, id: Number(cursor.key) } : null
      const found = await listIssues(db, filter, sort, after, limit + 1)
      const rows = found.slice(0, limit)
      const last = found.length > limit ? rows.at(-1) : undefined
      const place = last && placeOf(last, sort)
      const details = await issuesInOrder(rows, project)
      const shapes = await shapesOf(details, project)
      sendPage(req, res, base, shapes, place && { value: place.value, key: String(place.id) })
    },

    /**
     * Changes the issues named by `id`, else those that `query` or `status` find, else all; at most 1,000.
     * Ids of other projects change nothing. Each issue in its own transaction: asked again, it goes on.
     */
    async updateIssues(req: Request, res: Response, token: ApiToken): Promise<void> {
      const project = await getProject(req, db)
      const ids = queryTexts(req, 'id').map(readId)
      if (ids.length > maxBulk) {
        throw new AppError('invalid_request', `At most ${maxBulk} issues at once.`)
      }
      if (asksToMerge(req)) return mergeAsked(res, project, ids, token)
      const body = readBody(req, issueChangeBody)
      const filter = readFilter(req, project, queryText(req, 'query') ?? '', now())
      const wanted =
        ids.length > 0 ? ids : (await listIssues(db, filter, 'newest', null, maxBulk)).map((row) => row.id)
      const issues = await listIssueDetails(db, project.id, wanted)
      for (const issue of issues) await change(issue, body, token)
      res.json({ status: sentryStatusOf(body.status), statusDetails: body.statusDetails })
    },

    async getIssue(req: Request, res: Response): Promise<void> {
      const { issue, project } = await getIssue(req, db)
      await sendIssue(res, issue, project)
    },

    /** The issues that this one shows besides itself. */
    async listMerged(req: Request, res: Response): Promise<void> {
      const { issue, project } = await getIssue(req, db)
      await sendMerged(res, issue, project)
    },

    /** Takes merged issues out again; answers with those that stay. */
    async takeOut(req: Request, res: Response, token: ApiToken): Promise<void> {
      const { issue, project } = await getIssue(req, db)
      const { takeOut } = readBody(req, takeOutBody)
      await db.transaction().execute((trx) =>
        takeOutIssues(trx, {
          projectId: project.id,
          from: issue.id,
          issueIds: takeOut.map(readId),
          at: now(),
          actor: actorOf(token),
          by: `API token ${token.name}`,
        }),
      )
      await sendMerged(res, issue, project)
    },

    async updateIssue(req: Request, res: Response, token: ApiToken): Promise<void> {
      const { issue } = await getIssue(req, db)
      await change(issue, readBody(req, issueChangeBody), token)
      const changed = await getIssue(req, db)
      await sendIssue(res, changed.issue, changed.project)
    },
  }
}
