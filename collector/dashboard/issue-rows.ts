// Many rows of the issue list at once: the bulk actions, and the poll that brings figures and marks up to date
// without reordering anything. Both answer htmx with the rows themselves, each for its own place.
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/local-path.ts'
import { heardUpTo } from '../db/heard.ts'
import { listHoursOfIssues, listIssues, listIssuesById } from '../db/issue-list.ts'
import { sparkFrom } from './bars.ts'
import type { PageDeps } from './deps.ts'
import { actOnIssue, readAction, saidOf, undoOf } from './issue-actions.ts'
import type { createIssueListPage } from './issue-list.ts'
import { readIssueQuery } from './issue-query.ts'
import { issueRowView } from './issue-row.ts'
import { pageRows } from './limits.ts'
import { wantsFragment } from './render.ts'

/** Sentry's own bound for a bulk change, and ours. */
const maxBulk = 1_000

const bulkSchema = z.object({
  id: z.union([z.string(), z.array(z.string())]).optional(),
  /** Set: all that the list's search finds, not only those ticked. */
  all: z.string().optional(),
  back: z.string().max(4_000).catch('/issues'),
})

const readIds = (ids: readonly string[]) =>
  [...new Set(ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number))].slice(0, maxBulk)

export function createIssueRows(deps: PageDeps, list: ReturnType<typeof createIssueListPage>) {
  const { db, now, config, viewer, person, scope, fragment } = deps

  async function rowsOf(req: Request, ids: readonly number[]) {
    const look = viewer(req)
    const [found, hours, heard, who] = await Promise.all([
      listIssuesById(db, { projectIds: await scope(req), now: look.now }, ids),
      listHoursOfIssues(db, ids, sparkFrom(look.now)),
      heardUpTo(db),
      person(req),
    ])
    const context = { hours, heard, quietMinutes: config.quietMinutes }
    const canSelect = who.role !== 'viewer'
    return found.map((row) => ({ ...issueRowView(row, context, look), canSelect }))
  }

  /** The rows that a list shows, as they are now. */
  const poll: RequestHandler = async (req, res) => {
    const asked = typeof req.query.ids === 'string' ? req.query.ids.split(',') : []
    const rows = await rowsOf(req, readIds(asked).slice(0, pageRows))
    fragment(res, 'partials/issue-rows', { rows, toast: null })
  }

  /** Ids that a bulk action is about: those ticked, or all that the list's search finds. */
  async function wanted(req: Request, form: z.output<typeof bulkSchema>): Promise<number[]> {
    const ticked = readIds([form.id ?? []].flat())
    if (form.all === undefined) return ticked
    const address = new URL(localPath(form.back), 'http://localhost')
    const query = readIssueQuery(Object.fromEntries(address.searchParams))
    const filter = await list.filterFor(req, query)
    return (await listIssues(db, filter, 'newest', null, maxBulk)).map((row) => row.id)
  }

  async function answer(req: Request, res: Response, ids: readonly number[], toast: object, back: string) {
    if (!wantsFragment(req)) return res.redirect(303, back)
    fragment(res, 'partials/issue-rows', { rows: await rowsOf(req, ids.slice(0, pageRows * 2)), toast })
  }

  const bulk: RequestHandler = async (req, res) => {
    const form = bulkSchema.parse(req.body ?? {})
    const action = readAction(req.body, viewer(req))
    if (action.action === 'comment') throw new AppError('invalid_request', 'One comments on one issue.')
    const ids = await wanted(req, form)
    // Only those that this person may see; a foreign id is not told apart from none.
    const visible = await listIssuesById(db, { projectIds: await scope(req), now: now() }, ids)
    const who = await person(req)
    const changed: number[] = []
    for (const { id } of visible) {
      if (await actOnIssue(db, id, action, who, now())) changed.push(id)
    }
    const undo = undoOf[action.action]
    const toast = {
      words:
        changed.length > 0 ? saidOf(action.action, changed.length) : 'Nothing changed: they are so already.',
      undo: undo && changed.length > 0 ? { action: undo, ids: changed } : null,
      back: localPath(form.back),
    }
    await answer(req, res, ids, toast, localPath(form.back))
  }

  return { poll, bulk }
}
