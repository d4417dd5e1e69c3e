// A token that was made for one project finds nothing under another's ids, and does nothing that concerns all
// projects: checked for every route here, before its handler runs.
import type { Request } from 'express'
import { AppError } from '../../shared/errors.ts'
import type { ApiToken } from '../db/api-tokens.ts'
import type { Database } from '../db/database.ts'
import { getProject } from './context.ts'
import { getIssue } from './issues.ts'
import type { ApiRoute } from './routes.ts'

/** @throws AppError 'not_found': the path is of another project; 'forbidden': the route concerns all */
export async function checkTokenProject(
  req: Request,
  db: Database,
  route: Pick<ApiRoute, 'method' | 'scope'>,
  token: ApiToken,
): Promise<void> {
  if (token.projectId === null) return
  const named =
    req.params.project !== undefined
      ? await getProject(req, db)
      : req.params.issue !== undefined
        ? (await getIssue(req, db)).project
        : null
  if (named && named.id !== token.projectId) {
    throw new AppError('not_found', 'The requested resource does not exist')
  }
  if (!named && (route.scope === 'org:admin' || route.method !== 'get')) {
    throw new AppError('forbidden', 'This token is for one project, and this concerns all of them.')
  }
}
