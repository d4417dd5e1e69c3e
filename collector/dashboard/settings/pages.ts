// The pages of the settings: the frame with its second navigation around each section, and for each section its
// routes, as rows of the dashboard's table. What a section is stands in section.ts, which there are in
// sections.ts.
import type { Request, RequestHandler, Response } from 'express'
import { AppError } from '../../../shared/errors.ts'
import { findProject, type Project } from '../../db/projects.ts'
import type { PageDeps } from '../deps.ts'
import { cutEnd } from '../format.ts'
import { monogramOf } from '../monogram.ts'
import { densityOf, themeOf } from '../viewer.ts'
import type { Form, Owner, Section, SectionWho, SettingsPage } from './section.ts'
import { installationSections, projectSections } from './sections.ts'

export type SettingsRoute = readonly ['get' | 'post', string, SectionWho, RequestHandler]

const roleRanks: Readonly<Record<SectionWho, readonly string[]>> = {
  person: ['admin', 'member', 'viewer'],
  writer: ['admin', 'member'],
  admin: ['admin'],
}

function formOf(values: unknown): Form {
  const entries = Object.entries((values ?? {}) as Record<string, unknown>)
  return new Map(
    entries.flatMap(([key, value]): [string, string][] => {
      const last: unknown = Array.isArray(value) ? value.at(-1) : value
      // PostgreSQL stores no NUL, so no field has one.
      return typeof last === 'string' ? [[key, last.replaceAll('\0', '')]] : []
    }),
  )
}

export function createSettingsPages(deps: PageDeps) {
  const { db, now, config, viewer, person, scope, access, show } = deps

  async function pageOf<P extends Owner>(
    req: Request,
    res: Response,
    project: P,
    section: Section<P>,
  ): Promise<SettingsPage<P>> {
    const who = await person(req)
    const actor = { name: who.name, personId: who.id }
    return {
      db,
      now: now(),
      actor,
      project,
      config,
      send: deps.send,
      viewer: viewer(req),
      person: who,
      theme: themeOf(req),
      density: densityOf(req),
      mayChange: roleRanks[section.who.change].includes(who.role),
      query: formOf(req.query),
      sessionHash: access.sessionHash(req),
      scope: await scope(req),
      renewSession: () => access.renewSession(req, res, who),
      provePassword: (password) => access.provePassword(req, who, password),
      invite: (values) => access.invite(values, actor),
    }
  }

  async function listView<P extends Owner>(
    sections: readonly Section<P>[],
    current: Section<P>,
    base: string,
    page: SettingsPage<P>,
  ) {
    const mine = sections.filter(({ who }) => roleRanks[who.view].includes(page.person.role))
    return Promise.all(
      mine.map(async (section) => ({
        title: section.title,
        href: `${base}/${section.key}`,
        current: section === current,
        count: (await section.count?.(page)) || null,
      })),
    )
  }

  async function send<P extends Owner>(
    req: Request,
    res: Response,
    sections: readonly Section<P>[],
    section: Section<P>,
    page: SettingsPage<P>,
    view: object,
  ) {
    const { project } = page
    const base = baseOf(project)
    const settings = {
      sections: await listView(sections, section, base, page),
      title: section.title,
      here: `${base}/${section.key}`,
      project: project
        ? {
            slug: project.slug,
            name: cutEnd(project.name, 60),
            monogram: monogramOf(project.platform),
            href: `${base}/general`,
          }
        : null,
      mayChange: page.mayChange,
      saved: page.query.has('saved'),
    }
    const title = project ? `${section.title}, ${project.slug}` : section.title
    await show(req, res, { page: section.template }, { ...view, settings }, { title, section: 'settings' })
  }

  const baseOf = (project: Owner) => (project ? `/projects/${project.slug}/settings` : '/settings')

  /** Routes of one section; `find` reads whose settings the address means. */
  function routesOf<P extends Owner>(
    sections: readonly Section<P>[],
    section: Section<P>,
    base: string,
    find: (req: Request) => Promise<P>,
  ): SettingsRoute[] {
    const path = `${base}/${section.key}`

    const showSection: RequestHandler = async (req, res) => {
      const page = await pageOf(req, res, await find(req), section)
      await send(req, res, sections, section, page, await section.show(page))
    }

    const submit: RequestHandler = async (req, res) => {
      const page = await pageOf(req, res, await find(req), section)
      const result = await section.submit?.(page, formOf(req.body))
      if (result === 'saved' || result === undefined) {
        // The project may have been renamed by this very form.
        const project = page.project && (await findProject(db, String(page.project.id)))
        return res.redirect(303, `${baseOf(project ?? page.project)}/${section.key}?saved`)
      }
      res.status(422)
      await send(req, res, sections, section, page, result)
    }

    const actions = section.actions.map((action): SettingsRoute => {
      const handle: RequestHandler = async (req, res) => {
        const page = await pageOf(req, res, await find(req), section)
        const result = await action.run(page, formOf(req.body))
        if (!result) return res.redirect(303, `${baseOf(page.project)}/${section.key}`)
        res.set('Cache-Control', 'no-store')
        if ('fragment' in result) return deps.fragment(res, result.fragment, result.view)
        const view = { ...(await section.show(page)), ...result.extra }
        await send(req, res, sections, section, page, view)
      }
      return ['post', `${path}/${action.name}`, action.who, handle]
    })

    return [
      ['get', path, section.who.view, showSection],
      ...(section.submit ? [['post', path, section.who.change, submit] as const] : []),
      ...actions,
    ]
  }

  async function projectOf(req: Request): Promise<Project> {
    const project = await findProject(db, String(req.params.project))
    if (!project) throw new AppError('not_found', 'There is no such project.')
    return project
  }

  const routes: readonly SettingsRoute[] = [
    ['get', '/settings', 'person', (_req, res) => res.redirect(303, '/settings/you')],
    ...installationSections.flatMap((section) =>
      routesOf(installationSections, section, '/settings', async () => null),
    ),
    [
      'get',
      '/projects/:project/settings',
      'person',
      async (req, res) => res.redirect(303, `${baseOf(await projectOf(req))}/general`),
    ],
    ...projectSections.flatMap((section) =>
      routesOf(projectSections, section, '/projects/:project/settings', projectOf),
    ),
  ]
  return routes
}
