// What the dashboard is given, and how its pages show themselves: `show` loads the frame only for whole pages.
import type { Request, Response } from 'express'
import type { Log } from '../../shared/log.ts'
import type { Access, Person } from '../access/access.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import { heardUpTo } from '../db/heard.ts'
import { countIssues } from '../db/issue-list.ts'
import { listFilingErrors } from '../db/project-list.ts'
import type { Viewer } from './format.ts'
import { frameView, type Section } from './frame.ts'
import { countBound } from './limits.ts'
import type { Names, Renderer } from './render.ts'
import { themeOf, viewerOf } from './viewer.ts'

/** `relayUrl` stands in DSNs; `github.repository` is that of projects without their own. */
export type DashboardConfig = Pick<CollectorConfig, 'url' | 'relayUrl' | 'org' | 'quietMinutes'> & {
  readonly github: Pick<CollectorConfig['github'], 'repository'>
}

export type DashboardDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly config: DashboardConfig
  readonly access: Access
  readonly log: Log
}

export type PageFacts = { readonly title: string; readonly section: Section | null }

export type PageDeps = DashboardDeps & {
  viewer(req: Request): Viewer
  /** Who is signed in; only behind routes that ask for a person. */
  person(req: Request): Promise<Person>
  /** Answers with one partial alone: what only scripts ask for. */
  fragment(res: Response, template: string, view: object): void
  /** Answers with the page or, to htmx, the fragment. */
  show(req: Request, res: Response, names: Names, view: object, facts: PageFacts): Promise<void>
}

export function createPageDeps(deps: DashboardDeps, renderer: Renderer): PageDeps {
  const viewer = (req: Request) => viewerOf(req, deps.now())

  async function person(req: Request): Promise<Person> {
    const found = await deps.access.currentPerson(req)
    if (!found) throw new Error('a route without a person asked who it is')
    return found
  }

  return {
    ...deps,
    viewer,
    person,
    fragment: (res, template, view) => {
      res.type('text/html; charset=utf-8').send(renderer.render(template, view))
    },
    show: (req, res, names, view, { title, section }) =>
      renderer.send(req, res, names, view, async () => {
        const [who, heard, unresolved, filingErrors] = await Promise.all([
          person(req),
          heardUpTo(deps.db),
          countIssues(
            deps.db,
            { statuses: ['unresolved'], projectId: null, environment: null, text: null },
            countBound,
          ),
          listFilingErrors(deps.db),
        ])
        const facts = {
          title,
          section,
          path: req.originalUrl,
          org: deps.config.org,
          unresolved,
          heard,
          filingErrors,
          person: who,
          theme: themeOf(req),
        }
        return frameView(facts, viewer(req))
      }),
  }
}
