// Projects: list, show, make, change; and their keys with the DSN.
import type { Request, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { ApiToken } from '../db/api-tokens.ts'
import {
  createProject,
  createProjectKey,
  listProjectKeys,
  listProjects,
  updateProject,
} from '../db/projects.ts'
import { type ApiDeps, apiActor, apiUrl, getProject, pathText } from './context.ts'
import { sendSlice } from './paging.ts'
import { keyShape, projectShape } from './project-shape.ts'

const text = z
  .string()
  .trim()
  .max(200)
  .refine((value) => !value.includes('\0'), 'holds a NUL character')

const newProject = z.object({
  name: text.min(1),
  slug: text.nullish(),
  platform: text.nullish(),
  repository: text.nullish(),
})
const projectChange = z.object({ name: text.min(1).optional(), repository: text.nullish() })
const newKey = z.object({ name: text.nullish() })

/** The body by a schema. @throws AppError 'invalid_request' that names each field */
export function readBody<T extends z.ZodType>(req: Request, schema: T): z.output<T> {
  const parsed = schema.safeParse(req.body ?? {})
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  throw new AppError('invalid_request', `Invalid body. ${problems.join('; ')}`)
}

export function createProjectHandlers({ db, now, config }: ApiDeps) {
  const base = apiUrl(config)

  return {
    async listProjects(req: Request, res: Response, token: ApiToken): Promise<void> {
      const projects = (await listProjects(db)).filter(
        ({ id }) => token.projectId === null || id === token.projectId,
      )
      const shapes = projects.map((project) => projectShape(project, config.org))
      sendSlice(req, res, base, shapes)
    },

    async getProject(req: Request, res: Response): Promise<void> {
      res.json(projectShape(await getProject(req, db), config.org))
    },

    async createProject(req: Request, res: Response, token: ApiToken): Promise<void> {
      // There is one team, so any team's name leads to it.
      if (req.params.team !== undefined) pathText(req, 'team')
      const { name, slug, platform, repository } = readBody(req, newProject)
      const project = await createProject(
        db,
        { name, slug: slug || undefined, platform: platform || null, repository: repository || null },
        now(),
        apiActor(token),
      )
      res.status(201).json(projectShape(project, config.org))
    },

    async updateProject(req: Request, res: Response, token: ApiToken): Promise<void> {
      const project = await getProject(req, db)
      const { name, repository } = readBody(req, projectChange)
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(repository === undefined ? {} : { repository }),
      }
      if (Object.keys(change).length === 0) {
        throw new AppError('invalid_request', 'Nothing to change: give name or repository.')
      }
      const changed = await updateProject(db, project.id, change, now(), apiActor(token))
      res.json(projectShape(changed, config.org))
    },

    async listKeys(req: Request, res: Response): Promise<void> {
      const project = await getProject(req, db)
      const keys = await listProjectKeys(db, project.id)
      sendSlice(
        req,
        res,
        base,
        keys.map((key) => keyShape(key, project, config.relayUrl)),
      )
    },

    async createKey(req: Request, res: Response, token: ApiToken): Promise<void> {
      const project = await getProject(req, db)
      const { name } = readBody(req, newKey)
      const key = await createProjectKey(db, project.id, name || 'Key', now(), apiActor(token))
      res.status(201).json(keyShape(key, project, config.relayUrl))
    },
  }
}
