// Settings: who one is, the theme, and tokens for scripts (admins). A token is shown once, when it is made.
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import {
  type ApiScope,
  type ApiToken,
  apiScopes,
  createApiToken,
  listApiTokens,
  revokeApiToken,
} from '../db/api-tokens.ts'
import type { PageDeps } from './deps.ts'
import { agoTime, clockTime, cutEnd, initials, type Viewer } from './format.ts'
import { themeOf, themes } from './viewer.ts'

// What a token may do, in words; more finely by the API's own scopes.
const grants = {
  read: { label: 'Read everything', scopes: apiScopes.filter((scope) => scope.endsWith(':read')) },
  write: {
    label: 'Read, and change issues',
    scopes: apiScopes.filter((scope) => scope.endsWith(':read') || scope === 'event:write'),
  },
  all: { label: 'Everything, projects and keys too', scopes: apiScopes },
} as const satisfies Record<string, { label: string; scopes: readonly ApiScope[] }>
type Grant = keyof typeof grants

function tokenView(token: ApiToken, viewer: Viewer) {
  return {
    id: token.id,
    name: cutEnd(token.name, 100),
    scopes: token.scopes.join(', '),
    created: clockTime(token.createdAt, viewer),
    used: token.lastUsedAt ? agoTime(token.lastUsedAt, viewer) : null,
    revoked: token.revokedAt ? clockTime(token.revokedAt, viewer) : null,
  }
}

export function createSettingsPages(deps: PageDeps) {
  const { db, now, viewer, person, show } = deps

  async function showSettings(req: Request, res: Response, fresh: { name: string; token: string } | null) {
    const who = await person(req)
    const isAdmin = who.role === 'admin'
    const tokens = isAdmin ? await listApiTokens(db) : []
    const theme = themeOf(req)
    const view = {
      person: { name: who.name, email: who.email, role: who.role, initials: initials(who.name) },
      themes: themes.map((one) => ({
        value: one,
        label: `${one.charAt(0).toUpperCase()}${one.slice(1)}`,
        current: one === theme,
      })),
      isAdmin,
      tokens: tokens.map((token) => tokenView(token, viewer(req))),
      grants: (Object.keys(grants) as Grant[]).map((value) => ({ value, label: grants[value].label })),
      fresh,
    }
    // A page that shows a secret must not be kept anywhere.
    if (fresh) res.set('Cache-Control', 'no-store')
    await show(req, res, { page: 'pages/settings' }, view, { title: 'Settings', section: 'settings' })
  }

  const settings: RequestHandler = (req, res) => showSettings(req, res, null)

  const createToken: RequestHandler = async (req, res) => {
    const form = z.object({
      name: z.string().trim().min(1).max(100),
      grant: z.enum(['read', 'write', 'all']),
    })
    const read = form.safeParse(req.body)
    if (!read.success)
      throw new AppError(
        'invalid_request',
        'A token needs a name of at most 100 characters and a choice of what it may do.',
      )
    const { token } = await createApiToken(
      db,
      { name: read.data.name, scopes: grants[read.data.grant].scopes },
      now(),
    )
    await showSettings(req, res, { name: read.data.name, token })
  }

  const revokeToken: RequestHandler = async (req, res) => {
    const id = String(req.params.token)
    if (!/^\d{1,15}$/.test(id)) throw new AppError('not_found', 'There is no such token.')
    await revokeApiToken(db, Number(id), now())
    res.redirect(303, '/settings#tokens')
  }

  return { settings, createToken, revokeToken }
}
