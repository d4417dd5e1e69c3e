// A person's own views of the issue list: keep the search at hand under a name, and let one go.
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { deleteSavedView, listSavedViews, saveView } from '../db/saved-views.ts'
import type { PageDeps } from './deps.ts'
import { cutEnd } from './format.ts'
import { viewHref } from './frame.ts'
import { readIssueQuery } from './issue-query.ts'

export function createSavedViewPages({ db, now, person, show }: PageDeps) {
  const list: RequestHandler = async (req, res) => {
    const views = await listSavedViews(db, (await person(req)).id)
    const query = readIssueQuery(req.query)
    const view = {
      query,
      views: views.map((one) => ({
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

  return { list, save, remove }
}
