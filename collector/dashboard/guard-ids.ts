// Whoever may see some projects only finds nothing under another's ids: every address that names a project or an
// issue is checked here, before its page runs. It is "not found", as if there were none.
import type { Request, Router } from 'express'
import { AppError } from '../../shared/errors.ts'
import { findIssueProject } from '../db/issue-project.ts'
import { findProject } from '../db/projects.ts'
import { findStormProject } from '../db/storm-rows.ts'
import type { PageDeps } from './deps.ts'

/** Answers for a named thing which project it is of; undefined: there is none. */
type ProjectOf = (id: string) => Promise<number | undefined>

export function guardIds(router: Router, { db, access }: PageDeps): void {
  const guard = (name: string, projectOf: ProjectOf, missing: string) =>
    router.param(name, async (req: Request, _res, next, id: string) => {
      const allowed = await access.projectScope(req)
      // Who is signed out is sent to sign in by the route's own guard; who sees all needs no look.
      if (allowed === null || !(await access.currentPerson(req))) return next()
      const projectId = await projectOf(id)
      if (projectId !== undefined && allowed.includes(projectId)) return next()
      next(new AppError('not_found', missing))
    })
  guard('project', async (id) => (await findProject(db, id))?.id, 'There is no such project.')
  guard('issue', (id) => findIssueProject(db, id), 'There is no such issue.')
  guard('storm', (id) => findStormProject(db, id), 'There is no such storm.')
}
