// Merging issues by hand: from ticked rows of the list, into an issue from its page; and taking a merged issue out
// again, as the panel of the issue page offers.
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/local-path.ts'
import { listIssuesById } from '../db/issue-list.ts'
import { findIssueByNumber, findIssueDetails, type IssueDetails } from '../db/issue-page.ts'
import { maxMerged, mergeIssues, takeOutIssues } from '../db/merge-issues.ts'
import type { MergedIssue } from '../db/merged-issues.ts'
import type { PageDeps } from './deps.ts'
import { clockTime, countView, cutEnd, plural, type Viewer } from './format.ts'

const tickedSchema = z.object({
  id: z.union([z.string(), z.array(z.string())]).optional(),
  back: z.string().max(4_000).catch('/issues'),
})
const numberSchema = z.object({ number: z.string().trim().max(100) })
const outSchema = z.object({ id: z.string().regex(/^\d{1,15}$/) })

/** The panel of the issue page. */
export function mergedView(merged: readonly MergedIssue[], viewer: Viewer) {
  return merged.map((one) => ({
    id: one.id,
    number: `#${one.number}`,
    title: cutEnd(one.title, 120),
    facts: `${plural(one.eventCount, 'event')}, ${plural(one.userCount, 'user')}`,
    count: countView(one.eventCount),
    by: cutEnd(one.mergedBy, 60),
    time: clockTime(one.mergedAt, viewer),
  }))
}

export function createMergePages({ db, now, person, scope }: PageDeps) {
  async function issueOf(req: Request): Promise<IssueDetails> {
    const id = String(req.params.issue)
    const issue = /^\d{1,15}$/.test(id) ? await findIssueDetails(db, Number(id)) : undefined
    const projects = await scope(req)
    if (!issue || (projects && !projects.includes(issue.projectId))) {
      throw new AppError('not_found', 'There is no such issue.')
    }
    return issue
  }

  async function merge(req: Request, projectId: number, into: number, issueIds: readonly number[]) {
    const { id, name } = await person(req)
    const by = { actor: `person:${id}`, by: name }
    await db.transaction().execute((trx) => mergeIssues(trx, { projectId, into, issueIds, at: now(), ...by }))
  }

  /** Those ticked, into the one with the most events; of two that are even, into the older. */
  const mergeTicked: RequestHandler = async (req, res) => {
    const form = tickedSchema.parse(req.body ?? {})
    const ids = [
      ...new Set(
        [form.id ?? []]
          .flat()
          .filter((id) => /^\d{1,15}$/.test(id))
          .map(Number),
      ),
    ]
    if (ids.length > maxMerged + 1) {
      throw new AppError('invalid_request', `At most ${maxMerged} issues can be merged at once.`)
    }
    const found = await listIssuesById(db, { projectIds: await scope(req), now: now() }, ids)
    const [into] = found.toSorted((a, b) => b.eventCount - a.eventCount || a.id - b.id)
    const issue = into && (await findIssueDetails(db, into.id))
    if (!issue) throw new AppError('invalid_request', 'Choose at least two issues to merge.')
    await merge(
      req,
      issue.projectId,
      issue.id,
      found.map(({ id }) => id),
    )
    res.redirect(303, localPath(form.back))
  }

  /** The issue that the form names by its number (`12`, `#12`, `SHOP-12`) into that of the address. */
  const mergeInto: RequestHandler = async (req, res) => {
    const issue = await issueOf(req)
    const { number } = numberSchema.parse(req.body ?? {})
    const digits = /^#?(?:[A-Za-z0-9._-]{1,60}-)?(\d{1,9})$/.exec(number)?.[1]
    const other = digits && (await findIssueByNumber(db, issue.projectSlug, Number(digits)))
    if (!other) {
      throw new AppError('invalid_request', `There is no issue "${number}" in ${issue.projectSlug}.`)
    }
    await merge(req, issue.projectId, issue.id, [other.id])
    res.redirect(303, `/issues/${issue.id}#merged`)
  }

  const takeOut: RequestHandler = async (req, res) => {
    const issue = await issueOf(req)
    const form = outSchema.safeParse(req.body ?? {})
    if (!form.success) throw new AppError('invalid_request', 'Choose an issue to take out.')
    const { id, name } = await person(req)
    await db.transaction().execute((trx) =>
      takeOutIssues(trx, {
        projectId: issue.projectId,
        from: issue.id,
        issueIds: [Number(form.data.id)],
        at: now(),
        actor: `person:${id}`,
        by: name,
      }),
    )
    res.redirect(303, `/issues/${issue.id}#merged`)
  }

  return { mergeTicked, mergeInto, takeOut }
}
