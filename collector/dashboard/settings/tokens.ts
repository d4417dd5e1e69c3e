// API tokens, for scripts and sentry-cli: what each may do and where, when it was last used. A token is shown
// once, when it is made.
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import {
  type ApiScope,
  type ApiToken,
  apiScopes,
  createApiToken,
  listApiTokens,
  revokeApiToken,
} from '../../db/api-tokens.ts'
import { listProjects } from '../../db/projects.ts'
import { agoTime, clockTime, cutEnd, type Viewer } from '../format.ts'
import { actionSection } from './section.ts'

const scopeWords: Readonly<Record<ApiScope, string>> = {
  'org:read': 'Read the organization and the state of the relays',
  'org:admin': 'Read and change settings of the installation',
  'project:read': 'Read projects, keys and settings',
  'project:write': 'Make and change projects, keys and settings',
  'project:admin': 'Everything about projects',
  'event:read': 'Read issues and events',
  'event:write': 'Resolve, ignore and change issues',
  'event:admin': 'Everything about issues',
}

function tokenView(token: ApiToken, viewer: Viewer) {
  return {
    id: token.id,
    name: cutEnd(token.name, 100),
    scopes: token.scopes,
    project: token.projectSlug,
    created: clockTime(token.createdAt, viewer),
    used: token.lastUsedAt ? agoTime(token.lastUsedAt, viewer) : null,
    revoked: token.revokedAt ? clockTime(token.revokedAt, viewer) : null,
  }
}

const newToken = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(apiScopes)).min(1),
})

export const tokens = actionSection<null>({
  key: 'tokens',
  title: 'API tokens',
  who: { view: 'admin', change: 'admin' },
  template: 'pages/settings-tokens',
  count: async ({ db }) => (await listApiTokens(db)).filter((token) => token.revokedAt === null).length,
  async view({ db, viewer }) {
    const [all, projects] = await Promise.all([listApiTokens(db), listProjects(db)])
    const views = all.map((token) => tokenView(token, viewer))
    return {
      live: views.filter((token) => token.revoked === null),
      revoked: views.filter((token) => token.revoked !== null),
      scopes: apiScopes.map((scope) => ({
        value: scope,
        words: scopeWords[scope],
        checked: scope.endsWith(':read'),
      })),
      projects: projects.map(({ id, slug }) => ({ id, slug })),
      fresh: null,
    }
  },
  actions: [
    {
      name: 'create',
      who: 'admin',
      async run({ db, now, actor }, form) {
        const read = newToken.safeParse({
          name: form.get('name'),
          scopes: apiScopes.filter((scope) => form.has(`scope-${scope}`)),
        })
        if (!read.success) {
          throw new AppError(
            'invalid_request',
            'A token needs a name of at most 100 characters and at least one scope.',
          )
        }
        const projectId = /^\d{1,15}$/.test(form.get('project') ?? '') ? Number(form.get('project')) : null
        const { name, scopes } = read.data
        const { token } = await createApiToken(db, { name, scopes, projectId }, now, actor)
        return { extra: { fresh: { name, token } } }
      },
    },
    {
      name: 'revoke',
      who: 'admin',
      async run({ db, now, actor }, form) {
        const id = form.get('token') ?? ''
        if (!/^\d{1,15}$/.test(id)) throw new AppError('not_found', 'There is no such token.')
        await revokeApiToken(db, Number(id), now, actor)
      },
    },
  ],
})
