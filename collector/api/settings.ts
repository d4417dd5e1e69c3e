// Settings by section, the same values under the same schemas as the pages' forms: read one, write one. What a
// PUT leaves out stays as it is.
import type { Request, Response } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { tryOnRecent } from '../dashboard/settings/grouping.ts'
import type { Owner, Section, SettingsContext } from '../dashboard/settings/section.ts'
import { installationSections, projectSections } from '../dashboard/settings/sections.ts'
import type { ApiToken } from '../db/api-tokens.ts'
import { findProject } from '../db/projects.ts'
import { maxRulesLength } from '../pipeline/fingerprint-rules.ts'
import { type ApiDeps, apiActor, getProject, pathText } from './context.ts'
import { readBody } from './projects.ts'

/** The section that the path names. @throws AppError 'not_found': none, or one without an API */
function sectionOf<P extends Owner>(req: Request, sections: readonly Section<P>[]) {
  const section = sections.find(({ key }) => key === pathText(req, 'section'))
  if (!section?.read) throw new AppError('not_found', 'There is no such section of the settings.')
  return { read: section.read, write: section.write }
}

export function createSettingsHandlers({ db, now }: ApiDeps) {
  const contextOf = <P extends Owner>(project: P, token: ApiToken): SettingsContext<P> => ({
    db,
    now: now(),
    actor: apiActor(token),
    project,
  })

  async function write<P extends Owner>(
    section: { write: Section<P>['write'] },
    context: SettingsContext<P>,
    body: unknown,
  ): Promise<void> {
    if (!section.write) throw new AppError('method_not_allowed', 'This section can only be read here.')
    await section.write(context, body)
  }

  return {
    async readProjectSettings(req: Request, res: Response, token: ApiToken): Promise<void> {
      const project = await getProject(req, db)
      res.json(await sectionOf(req, projectSections).read(contextOf(project, token)))
    },

    async writeProjectSettings(req: Request, res: Response, token: ApiToken): Promise<void> {
      const project = await getProject(req, db)
      const section = sectionOf(req, projectSections)
      await write(section, contextOf(project, token), req.body)
      const changed = (await findProject(db, String(project.id))) ?? project
      res.json(await section.read(contextOf(changed, token)))
    },

    /** What fingerprint rules would make of the newest events, before they are saved. */
    async tryGroupingRules(req: Request, res: Response, token: ApiToken): Promise<void> {
      const project = await getProject(req, db)
      const { rules } = readBody(req, z.object({ rules: z.string().max(maxRulesLength) }))
      res.json(await tryOnRecent(contextOf(project, token), rules))
    },

    async readInstallationSettings(req: Request, res: Response, token: ApiToken): Promise<void> {
      res.json(await sectionOf(req, installationSections).read(contextOf(null, token)))
    },

    async writeInstallationSettings(req: Request, res: Response, token: ApiToken): Promise<void> {
      const section = sectionOf(req, installationSections)
      await write(section, contextOf(null, token), req.body)
      res.json(await section.read(contextOf(null, token)))
    },
  }
}
