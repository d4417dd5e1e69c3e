// Every route of the API in one table: method, path, the scope its token needs, and the handler. Paths end
// with a slash as Sentry's do; without it they work too. docs/api.md lists the same (a test compares).
import type { Request, Response } from 'express'
import type { ApiScope, ApiToken } from '../db/api-tokens.ts'
import type { ApiDeps } from './context.ts'
import { createDestinationHandlers } from './destinations.ts'
import { createEventHandlers } from './events.ts'
import { createIssueHandlers } from './issues.ts'
import { createLetterHandlers } from './letters.ts'
import { createOrganizationHandlers } from './organization.ts'
import { createPastHandlers } from './past.ts'
import { createProjectHandlers } from './projects.ts'
import { createSettingsHandlers } from './settings.ts'
import { createStatusHandlers } from './status.ts'
import { createUserHandlers } from './users.ts'

export type ApiRoute = {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  /** null: any live token. */
  readonly scope: ApiScope | null
  readonly handle: (req: Request, res: Response, token: ApiToken) => Promise<void>
}

export function createRoutes(deps: ApiDeps): readonly ApiRoute[] {
  const { getRoot, listOrganizations, getOrganization, listRegions, listRepositories } =
    createOrganizationHandlers(deps)
  const { listProjects, getProject, createProject, updateProject, listKeys, createKey } =
    createProjectHandlers(deps)
  const { listIssues, updateIssues, getIssue, updateIssue, listMerged, takeOut } = createIssueHandlers(deps)
  const { listIssueEvents, getLatestEvent, getOldestEvent, listProjectEvents, getEvent } =
    createEventHandlers(deps)
  const { getIssueAsOf, listIssuesAsOf } = createPastHandlers(deps)
  const { getStatus } = createStatusHandlers(deps)
  const { eraseUser } = createUserHandlers(deps)
  const { replayLetter } = createLetterHandlers(deps)
  const {
    readProjectSettings,
    writeProjectSettings,
    tryGroupingRules,
    readInstallationSettings,
    writeInstallationSettings,
  } = createSettingsHandlers(deps)

  const { listDestinations, createDestination, updateDestination, deleteDestination } =
    createDestinationHandlers(deps)

  const get = (path: string, scope: ApiScope | null, handle: ApiRoute['handle']): ApiRoute => ({
    method: 'get',
    path,
    scope,
    handle,
  })
  const post = (path: string, scope: ApiScope, handle: ApiRoute['handle']): ApiRoute => ({
    method: 'post',
    path,
    scope,
    handle,
  })
  const put = (path: string, scope: ApiScope, handle: ApiRoute['handle']): ApiRoute => ({
    method: 'put',
    path,
    scope,
    handle,
  })
  const remove = (path: string, scope: ApiScope, handle: ApiRoute['handle']): ApiRoute => ({
    method: 'delete',
    path,
    scope,
    handle,
  })
  // Newer tools ask for an issue below its organization, older ones without.
  const ofIssue = (prefix: string): ApiRoute[] => [
    get(`${prefix}/issues/:issue/`, 'event:read', getIssue),
    put(`${prefix}/issues/:issue/`, 'event:write', updateIssue),
    get(`${prefix}/issues/:issue/merged/`, 'event:read', listMerged),
    put(`${prefix}/issues/:issue/merged/`, 'event:write', takeOut),
    get(`${prefix}/issues/:issue/events/`, 'event:read', listIssueEvents),
    get(`${prefix}/issues/:issue/events/latest/`, 'event:read', getLatestEvent),
    get(`${prefix}/issues/:issue/events/oldest/`, 'event:read', getOldestEvent),
  ]

  return [
    get('/', null, getRoot),
    get('/users/me/regions/', null, listRegions),
    get('/organizations/', 'org:read', listOrganizations),
    get('/organizations/:org/', 'org:read', getOrganization),
    get('/organizations/:org/repos/', 'org:read', listRepositories),
    get('/organizations/:org/projects/', 'project:read', listProjects),
    post('/organizations/:org/projects/', 'project:write', createProject),
    post('/teams/:org/:team/projects/', 'project:write', createProject),
    get('/projects/', 'project:read', listProjects),
    get('/projects/:org/:project/', 'project:read', getProject),
    put('/projects/:org/:project/', 'project:write', updateProject),
    get('/projects/:org/:project/keys/', 'project:read', listKeys),
    post('/projects/:org/:project/keys/', 'project:write', createKey),
    get('/projects/:org/:project/issues/', 'event:read', listIssues),
    put('/projects/:org/:project/issues/', 'event:write', updateIssues),
    get('/projects/:org/:project/events/', 'event:read', listProjectEvents),
    get('/projects/:org/:project/events/:event/', 'event:read', getEvent),
    remove('/projects/:org/:project/postern/users/:user/', 'project:admin', eraseUser),
    ...ofIssue(''),
    ...ofIssue('/organizations/:org'),
    get('/postern/status/', 'org:read', getStatus),
    get('/issues/:issue/postern/past/', 'event:read', getIssueAsOf),
    get('/projects/:org/:project/postern/past/', 'event:read', listIssuesAsOf),
    post('/organizations/:org/postern/dead-letters/:letter/replay/', 'org:admin', replayLetter),
    get('/projects/:org/:project/postern/settings/:section/', 'project:read', readProjectSettings),
    put('/projects/:org/:project/postern/settings/:section/', 'project:write', writeProjectSettings),
    post('/projects/:org/:project/postern/grouping/try/', 'event:read', tryGroupingRules),
    get('/organizations/:org/postern/settings/:section/', 'org:admin', readInstallationSettings),
    put('/organizations/:org/postern/settings/:section/', 'org:admin', writeInstallationSettings),
    get('/organizations/:org/postern/destinations/', 'org:admin', listDestinations),
    post('/organizations/:org/postern/destinations/', 'org:admin', createDestination),
    put('/organizations/:org/postern/destinations/:destination/', 'org:admin', updateDestination),
    remove('/organizations/:org/postern/destinations/:destination/', 'org:admin', deleteDestination),
  ]
}
