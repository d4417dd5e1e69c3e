// Users of a project's apps: erasing what is known of one.
import type { Request, Response } from 'express'
import { eraseUser } from '../db/erase-user.ts'
import { type ApiDeps, actorOf, getProject, pathText } from './context.ts'
import type { ApiRoute } from './routes.ts'

export function createUserHandlers({ db, log }: ApiDeps): { readonly eraseUser: ApiRoute['handle'] } {
  return {
    /** Answers with what was touched: `{"issues", "events"}`, zeros where nobody of that name is known. */
    async eraseUser(req: Request, res: Response, token): Promise<void> {
      const project = await getProject(req, db)
      const erased = await eraseUser(db, project.id, pathText(req, 'user'))
      // Never whom: that would be the very name to be forgotten.
      log.info({ project: project.id, actor: actorOf(token), ...erased }, 'a user was erased')
      res.json(erased)
    },
  }
}
