// Every page's address in one table, with who may use it: anyone, a person who is signed in, one who may
// change things (not a viewer), or an admin.
import compression from 'compression'
import express, { type RequestHandler, type Router } from 'express'
import helmet from 'helmet'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/local-path.ts'
import { type Assets, loadAssets } from './assets.ts'
import { createCompletion } from './complete.ts'
import { createPageDeps, type DashboardDeps, type PageDeps } from './deps.ts'
import { createErrorPage } from './error-page.ts'
import { createEventLogPage } from './event-log.ts'
import { guardIds } from './guard-ids.ts'
import { createIssuePage } from './issue.ts'
import { createIssueListPage } from './issue-list.ts'
import { createIssueRows } from './issue-rows.ts'
import { createJumpPages } from './jump.ts'
import { createMentionCompletion } from './mentions.ts'
import { createMergePages } from './merged.ts'
import { createMorePages } from './more.ts'
import { createOnCallPage } from './on-call.ts'
import { createPastPages } from './past.ts'
import { createProjectPages } from './projects.ts'
import { createRelaysPage } from './relays.ts'
import { createReleasesPage } from './releases.ts'
import { createRenderer, type Renderer } from './render.ts'
import { createLetterReplay } from './replay-letter.ts'
import { createSavedViewPages } from './saved-views.ts'
import { createSettingsPages } from './settings/pages.ts'
import { createSignInPages } from './sign-in.ts'
import { densities, densityCookie, themeCookie, themes } from './viewer.ts'

export type Who = 'anyone' | 'person' | 'writer' | 'admin'
export type Route = readonly ['get' | 'post', string, Who, RequestHandler]

const contentPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
}

/** All text but streams: what is held back to be compressed would come late. */
const isCompressible: typeof compression.filter = (req, res) =>
  compression.filter(req, res) && res.getHeader('Content-Type') !== 'text/event-stream'

/** A switch of how pages look: a cookie for a year, and back to where one was. */
const lookSwitch =
  (cookie: string, choices: readonly [string, ...string[]], field: string): RequestHandler =>
  (req, res) => {
    const choice = choices.find((one) => one === req.body?.[field]) ?? choices[0]
    const secure = req.secure
    res.cookie(cookie, choice, {
      path: '/',
      maxAge: 365 * 86_400_000,
      sameSite: 'lax',
      httpOnly: true,
      secure,
    })
    res.redirect(303, localPath(req.body?.back))
  }

/** Every route of the pages; docs/rights.md lists the same (a test compares, and walks them). */
export function createPageRoutes(pageDeps: PageDeps, renderer: Renderer, assets: Assets): readonly Route[] {
  const signIn = createSignInPages(pageDeps, renderer)
  const projects = createProjectPages(pageDeps)
  const onCall = createOnCallPage(pageDeps)
  const issueList = createIssueListPage(pageDeps)
  const issueRows = createIssueRows(pageDeps, issueList)
  const small = createMorePages(pageDeps)
  const jump = createJumpPages(pageDeps)
  const views = createSavedViewPages(pageDeps, issueList)
  const events = createEventLogPage(pageDeps)
  const issue = createIssuePage(pageDeps)
  const merges = createMergePages(pageDeps)

  const past = createPastPages(pageDeps)

  return [
    ['get', '/static/:name', 'anyone', assets.serve],
    ['get', '/sign-in', 'anyone', signIn.signInPage],
    ['post', '/sign-in', 'anyone', signIn.signIn],
    ['get', '/sign-in/code', 'anyone', signIn.codePage],
    ['post', '/sign-in/code', 'anyone', signIn.code],
    ['get', '/sign-in/sso', 'anyone', signIn.ssoBegin],
    ['get', '/sign-in/sso/callback', 'anyone', signIn.ssoEnd],
    ['post', '/sign-out', 'anyone', signIn.signOut],
    ['get', '/invitation/:token', 'anyone', signIn.invitationPage],
    ['post', '/invitation/:token', 'anyone', signIn.acceptInvitation],
    ['get', '/set-up/:token', 'anyone', signIn.setupPage],
    ['post', '/set-up/:token', 'anyone', signIn.setup],
    ['post', '/theme', 'anyone', lookSwitch(themeCookie, themes, 'theme')],
    ['post', '/density', 'anyone', lookSwitch(densityCookie, densities, 'density')],
    ['get', '/', 'person', onCall.page],
    ['post', '/troubles', 'writer', onCall.handle],
    ['post', '/storms/:storm', 'writer', onCall.handleStorm],
    ['get', '/issues', 'person', issueList.list],
    ['get', '/issues/rows', 'person', issueRows.poll],
    ['post', '/issues/bulk', 'writer', issueRows.bulk],
    ['post', '/issues/merge', 'writer', merges.mergeTicked],
    ['get', '/counters', 'person', small.counters],
    ['get', '/more', 'person', small.more],
    ['get', '/jump', 'person', jump.jump],
    ['get', '/keys', 'person', jump.keys],
    ['get', '/complete', 'person', createCompletion(pageDeps)],
    ['get', '/views', 'person', views.list],
    ['get', '/views/counts', 'person', views.counts],
    ['post', '/views', 'person', views.save],
    ['post', '/views/:view/delete', 'person', views.remove],
    ['get', '/issues/:issue', 'person', issue.showLatest],
    ['post', '/issues/:issue', 'writer', issue.act],
    ['post', '/issues/:issue/merge', 'writer', merges.mergeInto],
    ['post', '/issues/:issue/take-out', 'writer', merges.takeOut],
    ['get', '/issues/:issue/events/:event', 'person', issue.showEvent],
    ['get', '/issues/:issue/events/:event/json', 'person', issue.files.json],
    ['get', '/issues/:issue/events/:event/stack', 'person', issue.files.stack],
    ['get', '/issues/:issue/events/:event/attachments/:attachment', 'person', issue.files.download],
    ['get', '/issues/:issue/events/:event/attachments/:attachment/picture', 'person', issue.files.picture],
    ['get', '/issues/:issue/events/:event/markdown', 'person', issue.files.markdown],
    ['get', '/issues/:issue/state', 'person', issue.showState],
    ['get', '/issues/:issue/mention', 'writer', createMentionCompletion(pageDeps)],
    ['get', '/issues/:issue/past', 'person', past.issuePast],
    ['get', '/projects/:project/past', 'person', past.projectPast],
    ['get', '/projects', 'person', projects.list],
    ['get', '/projects/new', 'writer', projects.newForm],
    ['post', '/projects', 'writer', projects.create],
    ['get', '/projects/:project/setup', 'person', projects.setup],
    ['get', '/events', 'person', events.page],
    ['get', '/events/new', 'person', events.newer],
    ['get', '/releases', 'person', createReleasesPage(pageDeps)],
    ['get', '/relays', 'person', createRelaysPage(pageDeps)],
    ['post', '/relays/letters/:letter/replay', 'admin', createLetterReplay(pageDeps)],
    ...createSettingsPages(pageDeps),
  ]
}

/** All pages; mounted by the collector behind the API. */
export function createDashboard(deps: DashboardDeps): Router {
  const assets = loadAssets()
  const renderer = createRenderer(assets)
  const pageDeps = createPageDeps(deps, renderer)

  const requireRole =
    (roles: readonly string[]): RequestHandler =>
    async (req, _res, next) => {
      const { role } = await pageDeps.person(req)
      if (roles.includes(role)) return next()
      next(
        new AppError('forbidden', `Your role is ${role}, which may not do this. Ask an admin of your team.`),
      )
    }
  const guards: Record<Who, readonly RequestHandler[]> = {
    anyone: [],
    person: [deps.access.requirePerson],
    writer: [deps.access.requirePerson, requireRole(['admin', 'member'])],
    admin: [deps.access.requirePerson, requireRole(['admin'])],
  }

  const router = express.Router()
  router.use(deps.access.checkHost)
  router.use(helmet({ contentSecurityPolicy: contentPolicy, referrerPolicy: { policy: 'same-origin' } }))
  router.use(deps.access.checkOrigin)
  router.use(compression({ filter: isCompressible }))
  router.use(express.urlencoded({ extended: false, limit: '64kb' }))
  // Pages show what only this person may see: nothing in between keeps them.
  router.use((_req, res, next) => {
    res.set('Cache-Control', 'private, no-cache')
    next()
  })
  guardIds(router, pageDeps)
  for (const [method, path, who, handle] of createPageRoutes(pageDeps, renderer, assets))
    router[method](path, ...guards[who], handle)
  router.use((_req, _res, next) => next(new AppError('not_found', 'There is no such page.')))
  router.use(createErrorPage(pageDeps, renderer))
  return router
}
