// Destinations of notifications: the same rules as the settings page. Addresses and secrets go in and never out,
// but for a webhook's new secret, once.
import type { Request, Response } from 'express'
import { AppError } from '../../shared/errors.ts'
import type { ApiToken } from '../db/api-tokens.ts'
import {
  createDestination,
  deleteDestination,
  getDestination,
  listDestinations,
  updateDestination,
} from '../db/destinations.ts'
import { destinationJson, readDestination } from '../notify/destination-form.ts'
import { type ApiDeps, apiActor, pathText } from './context.ts'

function idOf(req: Request): number {
  const id = pathText(req, 'destination')
  if (!/^\d{1,15}$/.test(id)) throw new AppError('not_found', 'There is no such destination.')
  return Number(id)
}

export function createDestinationHandlers({ db, now }: ApiDeps) {
  return {
    async listDestinations(_req: Request, res: Response): Promise<void> {
      res.json((await listDestinations(db)).map(destinationJson))
    },

    async createDestination(req: Request, res: Response, token: ApiToken): Promise<void> {
      const input = readDestination(req.body, null)
      const made = await createDestination(db, input, now(), apiActor(token))
      const secret = input.target.kind === 'webhook' ? { secret: input.target.secret } : {}
      res.status(201).json({ ...destinationJson(made), ...secret })
    },

    async updateDestination(req: Request, res: Response, token: ApiToken): Promise<void> {
      const before = await getDestination(db, idOf(req))
      const { paused, ...rest } = (req.body ?? {}) as Record<string, unknown>
      if (paused !== undefined && typeof paused !== 'boolean') {
        throw new AppError('invalid_request', 'paused: true or false.')
      }
      const change = { ...readDestination(rest, before), paused }
      res.json(destinationJson(await updateDestination(db, before.id, change, now(), apiActor(token))))
    },

    async deleteDestination(req: Request, res: Response, token: ApiToken): Promise<void> {
      await deleteDestination(db, idOf(req), now(), apiActor(token))
      res.status(204).end()
    },
  }
}
