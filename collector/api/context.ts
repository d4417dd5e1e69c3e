// What every handler of the API is given, and the look-ups that most of them begin with: the organization
// there is (one), a project of it, an issue in it.
import type { Request } from 'express'
import { AppError } from '../../shared/errors.ts'
import type { Log } from '../../shared/log.ts'
import type { CollectorConfig } from '../config.ts'
import type { ApiToken } from '../db/api-tokens.ts'
import type { Actor } from '../db/audit-log.ts'
import type { Database } from '../db/database.ts'
import { findProject, type Project } from '../db/projects.ts'

export type ApiDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
  readonly config: Pick<CollectorConfig, 'org' | 'url' | 'relayUrl'>
}

/** There is one organization; its number is for tools that ask by number. */
export const organizationId = '1'

const notFound = () => new AppError('not_found', 'The requested resource does not exist')

/** Address of the API, without a slash at the end. */
export function apiUrl(config: ApiDeps['config']): string {
  return `${config.url}/api/0`
}

/** One parameter of the path, decoded. @throws AppError 'not_found': nothing stored could have this name */
export function pathText(req: Request, name: string): string {
  const value: unknown = req.params[name]
  if (typeof value !== 'string' || value.includes('\0')) throw notFound()
  return value
}

/** @throws AppError 'not_found': the path names an organization that isn't ours */
export function checkOrganization(req: Request, config: ApiDeps['config']): void {
  if (req.params.org === undefined) return
  const org = pathText(req, 'org')
  if (org !== config.org && org !== organizationId) throw notFound()
}

/** The project that the path names by slug or number. @throws AppError 'not_found' */
export async function getProject(req: Request, db: Database): Promise<Project> {
  const project = await findProject(db, pathText(req, 'project'))
  if (!project) throw notFound()
  return project
}

/** Who did it, as the audit log writes it. */
export function apiActor(token: ApiToken): Actor {
  return { name: actorOf(token), personId: null }
}

/** Who did it, as the timeline writes it. */
export function actorOf(token: ApiToken): string {
  return `api:${token.name}`
}
