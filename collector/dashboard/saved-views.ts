// A person's own views of the issue list: keep the search at hand under a name, and let one go.
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { countIssues } from '../db/issue-list.ts'
import { deleteSavedView, listSavedViews, type SavedView, saveView } from '../db/saved-views.ts'
import type { PageDeps } from './deps.ts'
import { boundedCount, cutEnd } from './format.ts'
import { inSidebar, savedViewLink, viewHref } from './frame.ts'
import type { createIssueListPage } from './issue-list.ts'
import { readIssueQuery } from './issue-query.ts'
import { countBound, sidebarViews, viewsPageRows } from './limits.ts'

export function createSavedViewPages(
  { db, now, person, show, fragment }: PageDeps,
  issueList: Pick<ReturnType<typeof createIssueListPage>, 'filterFor'>,
) {
  const countOf = async (req: Request, view: SavedView) => {
    const { project, text } = readIssueQuery({ q: view.query, project: view.project })
    return countIssues(db, await issueList.filterFor(req, { project, text }), countBound)
  }

  /** The views of the sidebar with how many issues each finds; asked for once the page is there. */
  const counts: RequestHandler = async (req, res) => {
    const path = typeof req.query.at === 'string' ? req.query.at : ''
    const links = []
    // One after the other: a page waits for none of them, and other people's pages wait less.
    const views = await listSavedViews(db, (await person(req)).id)
    for (const view of inSidebar(views, path)) {
      links.push(savedViewLink(view, path, await countOf(req, view)))
    }
    fragment(res, 'partials/saved-views', { views: links, more: Math.max(0, views.length - sidebarViews) })
  }

  const list: RequestHandler = async (req, res) => {
    const all = await listSavedViews(db, (await person(req)).id)
    const last = Math.ceil(all.length / viewsPageRows) || 1
    const page = Math.min(last, Math.max(1, Math.trunc(Number(req.query.page)) || 1))
    const views = all.slice((page - 1) * viewsPageRows, page * viewsPageRows)
    const found: number[] = []
    for (const one of views) found.push(await countOf(req, one))
    const view = {
      earlier: page > 1 ? `/views?page=${page - 1}` : null,
      further: page < last ? `/views?page=${page + 1}` : null,
      views: views.map((one, index) => ({
        count: boundedCount(found[index] ?? 0, countBound),
        id: one.id,
        name: cutEnd(one.name, 80),
        href: viewHref(one),
        search: cutEnd(one.query || 'everything', 200),
        project: one.project,
      })),
    }
    await show(req, res, { page: 'pages/views' }, view, { title: 'Views', section: 'issues' })
  }

  const save: RequestHandler = async (req, res) => {
    const { name } = z
      .object({ name: z.string().trim().min(1).max(60) })
      .catch(() => {
        throw new AppError('invalid_request', 'A view needs a name of 1 to 60 characters.')
      })
      .parse(req.body)
    const query = readIssueQuery(req.body ?? {})
    const view = {
      name: name.replaceAll('\0', ''),
      query: query.text,
      sort: query.sort,
      project: query.project,
    }
    await saveView(db, (await person(req)).id, view, now())
    res.redirect(303, viewHref(view))
  }

  const remove: RequestHandler = async (req, res) => {
    const id = String(req.params.view)
    if (/^\d{1,15}$/.test(id)) await deleteSavedView(db, (await person(req)).id, Number(id))
    res.redirect(303, '/views')
  }

  return { list, counts, save, remove }
}
