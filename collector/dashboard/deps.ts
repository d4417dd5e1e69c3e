// What the dashboard is given, and how its pages show themselves: `show` loads the frame only for whole pages.
import type { Request, Response } from 'express'
import type { Log } from '../../shared/log.ts'
import type { Access, Person } from '../access/access.ts'
import type { CollectorConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import { countForFrame } from '../db/frame-counts.ts'
import { heardFrom } from '../db/heard.ts'
import { listTroubleHands } from '../db/loop-troubles.ts'
import { listFilingErrors } from '../db/project-list.ts'
import { listRelays } from '../db/relays.ts'
import { listSavedViews } from '../db/saved-views.ts'
import type { Send } from '../notify/send.ts'
import type { Viewer } from './format.ts'
import { type Frame, frameView, type Section } from './frame.ts'
import { countBound, needsBound } from './limits.ts'
import type { Names, Renderer } from './render.ts'
import { isOpenTrouble, troublesOf } from './troubles.ts'
import { densityOf, themeOf, viewerOf } from './viewer.ts'

/** `relayUrl` stands in DSNs; `github.repository` is that of projects without their own. */
export type DashboardConfig = Pick<CollectorConfig, 'url' | 'relayUrl' | 'org' | 'quietMinutes' | 'mail'> & {
  /** Absent: people sign in with passwords only. */
  readonly sso?: CollectorConfig['sso']
  /** Absent: no bound over all projects. */
  readonly keptAtMost?: CollectorConfig['keptAtMost']
  readonly github: Pick<CollectorConfig['github'], 'repository'>
}

export type DashboardDeps = {
  readonly db: Database
  readonly now: () => Date
  readonly config: DashboardConfig
  readonly access: Access
  readonly log: Log
  /** Sends a test message to a destination. */
  readonly send: Send
}

export type PageFacts = { readonly title: string; readonly section: Section | null }

export type PageDeps = DashboardDeps & {
  viewer(req: Request): Viewer
  /** Who is signed in; only behind routes that ask for a person. */
  person(req: Request): Promise<Person>
  /** Ids of the projects that this person may see; null: all. */
  scope(req: Request): Promise<readonly number[] | null>
  /** The frame of a page: navigation with counts, banners, who is signed in. */
  frameOf(req: Request, facts: PageFacts): Promise<Frame>
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

  const scope = (req: Request) => deps.access.projectScope(req)

  /** What the frame of every page shows, read anew for each. */
  async function frameOf(req: Request, { title, section }: PageFacts) {
    const look = viewer(req)
    const who = await person(req)
    const within = { projectIds: await scope(req), now: look.now }
    const [counts, relays, filingErrors, views] = await Promise.all([
      countForFrame(deps.db, within, { unresolved: countBound, needs: needsBound }),
      listRelays(deps.db),
      listFilingErrors(deps.db, { defaultRepository: deps.config.github.repository, ...within }),
      listSavedViews(deps.db, who.id),
    ])
    const troubles = troublesOf({ relays, filing: filingErrors }, look)
    const hands = troubles.length > 0 ? await listTroubleHands(deps.db) : []
    const openTroubles = troubles.filter((trouble) => isOpenTrouble(trouble, hands, look.now))
    const facts = {
      title,
      section,
      path: req.originalUrl,
      org: deps.config.org,
      unresolved: counts.unresolved,
      alarms: counts.alarms + counts.storms,
      troubles: openTroubles.length,
      heard: heardFrom(relays),
      filingErrors,
      views,
      person: who,
      theme: themeOf(req),
      density: densityOf(req),
    }
    return frameView(facts, look)
  }

  return {
    ...deps,
    viewer,
    person,
    scope,
    frameOf,
    fragment: (res, template, view) => {
      res.type('text/html; charset=utf-8').send(renderer.render(template, view))
    },
    show: (req, res, names, view, facts) => renderer.send(req, res, names, view, () => frameOf(req, facts)),
  }
}
