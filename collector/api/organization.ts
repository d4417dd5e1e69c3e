// The root, the one organization, and what tools ask about it before anything else.
import type { Request, Response } from 'express'
import type { ApiToken } from '../db/api-tokens.ts'
import { type ApiDeps, apiUrl, organizationId } from './context.ts'
import { sendSlice } from './paging.ts'

/** Nobody asks when an installation began; a fixed moment keeps the field that tools parse. */
const organizationSince = '2024-01-01T00:00:00.000Z'

function organization(config: ApiDeps['config']) {
  return {
    id: organizationId,
    slug: config.org,
    name: config.org,
    status: { id: 'active', name: 'active' },
    dateCreated: organizationSince,
    isEarlyAdopter: false,
    require2FA: false,
    requireEmailVerification: false,
    avatar: { avatarType: 'letter_avatar', avatarUuid: null },
    features: [],
    // Tools take regionUrl as the base of all further requests.
    links: { organizationUrl: config.url, regionUrl: config.url },
  }
}

export function createOrganizationHandlers({ config }: ApiDeps) {
  const base = apiUrl(config)
  return {
    /** Shows which token this is; `sentry-cli info` and `login` ask it. */
    async getRoot(_req: Request, res: Response, token: ApiToken): Promise<void> {
      res.json({ version: '0', auth: { scopes: token.scopes }, user: null })
    },
    async listOrganizations(req: Request, res: Response): Promise<void> {
      sendSlice(req, res, base, [organization(config)])
    },
    async getOrganization(_req: Request, res: Response): Promise<void> {
      res.json(organization(config))
    },
    async listRegions(_req: Request, res: Response): Promise<void> {
      res.json({ regions: [{ name: config.org, url: config.url }] })
    },
    /** Source repositories with commits: none are kept. */
    async listRepositories(req: Request, res: Response): Promise<void> {
      sendSlice(req, res, base, [])
    },
  }
}
