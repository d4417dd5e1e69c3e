// The past by API: what an issue was at a moment, and which issues a project had.
import type { Request, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { listChangesAsOf, listIssuesAsOf, type PastIssue } from '../db/as-of.ts'
import type { IssueStatus } from '../db/schema.ts'
import { type ApiDeps, getProject } from './context.ts'
import { getIssue } from './issues.ts'
import { queryText } from './paging.ts'

const statuses = ['unresolved', 'resolving', 'resolved', 'ignored'] as const satisfies readonly IssueStatus[]

/** `at`, as ISO 8601 with a zone. @throws AppError 'invalid_request' */
export function readMoment(text: string | undefined): Date {
  const parsed = z.iso.datetime({ offset: true }).safeParse(text)
  if (!parsed.success) {
    throw new AppError('invalid_request', 'at: a moment like 2026-11-24T03:00:00Z, with its zone.')
  }
  return new Date(parsed.data)
}

function readNumber(text: string | undefined, name: string, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= 1 && value <= max)) {
    throw new AppError('invalid_request', `${name}: a number from 1 to ${max.toLocaleString('en-US')}.`)
  }
  return value
}

function shape(issue: PastIssue) {
  return { ...issue, id: String(issue.id), since: issue.since.toISOString() }
}

export function createPastHandlers({ db }: ApiDeps) {
  return {
    async getIssueAsOf(req: Request, res: Response): Promise<void> {
      const moment = readMoment(queryText(req, 'at'))
      const { issue } = await getIssue(req, db)
      const [past] = await listIssuesAsOf(db, { issueId: issue.id }, { moment, limit: 1 })
      if (!past)
        throw new AppError('not_found', 'The issue was not there then, or its past was not kept yet.')
      const changes = await listChangesAsOf(db, issue.id, moment)
      res.json({
        at: moment.toISOString(),
        issue: shape(past),
        timeline: changes.map(({ at, kind, actor, reason, facts }) => ({
          at: at.toISOString(),
          kind,
          actor,
          reason,
          facts,
        })),
      })
    },

    /** `before` is the number after which the list goes on; `next` says which. */
    async listIssuesAsOf(req: Request, res: Response): Promise<void> {
      const moment = readMoment(queryText(req, 'at'))
      const project = await getProject(req, db)
      const status = queryText(req, 'status')
      if (status !== undefined && !statuses.some((one) => one === status)) {
        throw new AppError('invalid_request', `status: one of ${statuses.join(', ')}.`)
      }
      const limit = readNumber(queryText(req, 'limit'), 'limit', 100) ?? 100
      const before = readNumber(queryText(req, 'before'), 'before', 2 ** 31 - 1)
      const found = await listIssuesAsOf(
        db,
        { projectId: project.id },
        {
          moment,
          statuses: status ? [status as IssueStatus] : [],
          limit: limit + 1,
          ...(before === undefined ? {} : { before }),
        },
      )
      const shown = found.slice(0, limit)
      res.json({
        at: moment.toISOString(),
        issues: shown.map(shape),
        next: found.length > limit ? (shown.at(-1)?.number ?? null) : null,
      })
    },
  }
}
