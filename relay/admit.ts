// Admission, the part that needs no body: whose key is it, and may it post here? Pure decisions.
import type { IncomingHttpHeaders } from 'node:http'
import { parseAuthHeader, parseAuthQuery, parseProjectId, type SentryAuth } from '../shared/dsn.ts'
import { AppError } from '../shared/errors.ts'
import type { KnownProject } from './projects.ts'

const highestProtocolVersion = 7

/**
 * Finds the credentials outside the body. Some SDKs send several; the first of X-Sentry-Auth, query,
 * Authorization and path that holds a key counts.
 * @param pathKey null on paths that name none
 */
export function findAuth(
  headers: IncomingHttpHeaders,
  query: URLSearchParams | null,
  pathKey: string | null,
): SentryAuth | null {
  const own = headers['x-sentry-auth']
  return (
    (typeof own === 'string' ? parseAuthHeader(own) : null) ??
    (query ? parseAuthQuery(query) : null) ??
    (headers.authorization ? parseAuthHeader(headers.authorization) : null) ??
    (pathKey ? { key: pathKey, version: null, client: null } : null)
  )
}

/**
 * Reads the project of the path. @param text null on paths that name none
 * @throws AppError 'invalid_project'
 */
export function readPathProject(text: string | null): number | null {
  if (text === null) return null
  const id = parseProjectId(text)
  if (id === null) throw new AppError('invalid_project', 'The project id in the path is not a number')
  return id
}

/**
 * Decides whether a key may post to a project.
 * @param pathProject null: the key alone decides
 * @throws AppError 'unsupported_version', 'unknown_key' or 'project_mismatch'
 */
export function admitKey(
  auth: SentryAuth,
  pathProject: number | null,
  findByKey: (key: string) => KnownProject | undefined,
): KnownProject {
  if (auth.version !== null && auth.version > highestProtocolVersion) {
    throw new AppError(
      'unsupported_version',
      `Protocol versions above ${highestProtocolVersion} are not supported`,
    )
  }
  const project = findByKey(auth.key)
  if (!project) throw new AppError('unknown_key', 'The key is unknown or disabled')
  if (pathProject !== null && pathProject !== project.id) {
    throw new AppError('project_mismatch', 'The key does not belong to this project')
  }
  return project
}
