// Walks docs/rights.md: every route of pages and API, as page and as fragment, by everybody, with the ids of a
// project that one may see and of one that one may not; expects what the table says.
import type { Express } from 'express'
import express from 'express'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashToken, newToken } from '../../../collector/access/secrets.ts'
import { createApi, hasScope } from '../../../collector/api/app.ts'
import { type ApiScope, apiScopes, createApiToken, revokeApiToken } from '../../../collector/db/api-tokens.ts'
import type { Database, OpenDatabase } from '../../../collector/db/database.ts'
import { insertInvitation } from '../../../collector/db/invitations.ts'
import { insertPerson } from '../../../collector/db/people.ts'
import { listProjectKeys, type Project } from '../../../collector/db/projects.ts'
import type { Role } from '../../../collector/db/schema.ts'
import { createLog } from '../../../shared/log.ts'
import { openDashboard } from '../../support/dashboard.ts'
import { freshPglite, freshPostgres, postgresAvailable } from '../../support/database.ts'
import { fillPath, type RightsRow, rightsIn, sessionCookieOf } from '../../support/rights.ts'
import { seedTypical } from '../../support/scenes/typical.ts'
import { seedNow, seedStorm } from '../../support/seed.ts'

type Actor = 'nobody' | Role | 'outsider'
type Ids = Record<string, string>

const may: Record<string, readonly Actor[]> = {
  anyone: ['nobody', 'viewer', 'member', 'admin', 'outsider'],
  person: ['viewer', 'member', 'admin', 'outsider'],
  writer: ['member', 'admin', 'outsider'],
  admin: ['admin'],
}
const pages = rightsIn('Pages')
const api = rightsIn('API')
const namesProject = (path: string) => /:(project|issue|storm)\b/.test(path)

let store: OpenDatabase
let db: Database
let app: Express
let people: Record<Exclude<Actor, 'nobody'>, number>
/** Of a project that the outsider sees, and of one that they don't. */
let own: Ids
let foreign: Ids
let foreignProject: Project

async function idsOf(project: Project, issueId: number): Promise<Ids> {
  const event = await db
    .selectFrom('events')
    .select('event_id')
    .where('issue_id', '=', issueId)
    .limit(1)
    .executeTakeFirstOrThrow()
  const [key] = await listProjectKeys(db, project.id)
  const invitation = newToken()
  await insertInvitation(
    db,
    {
      tokenHash: hashToken(invitation),
      email: `${project.slug}@example.com`,
      role: 'viewer',
      projectIds: null,
    },
    { name: 'Test', personId: null },
    seedNow,
  )
  return {
    project: project.slug,
    issue: String(issueId),
    storm: String(await seedStorm(db, project, { minutesAgo: 3 })),
    event: event.event_id.replaceAll('-', ''),
    key: key?.publicKey ?? '',
    token: invitation,
    name: 'favicon.svg',
    attachment: '00000000-0000-4000-8000-000000000000',
    view: '1',
    org: 'perron',
    team: 'perron',
    section: 'general',
    user: 'nobody',
    release: '4.3.0',
    destination: '1',
    letter: '00000000-0000-4000-8000-000000000000',
  }
}

beforeAll(async () => {
  store = postgresAvailable ? await freshPostgres() : await freshPglite()
  db = store.db
  const { projects } = await seedTypical(db)
  const issues = await db
    .selectFrom('issues')
    .select(['id', 'project_id'])
    .where((eb) =>
      eb.exists(eb.selectFrom('events').select('event_id').whereRef('issue_id', '=', 'issues.id')),
    )
    .orderBy('id')
    .execute()
  const [first] = issues
  const other = issues.find((issue) => issue.project_id !== first?.project_id)
  const projectOf = (id: number | undefined) => projects.find((project) => project.id === id)
  const mine = projectOf(first?.project_id)
  const theirs = projectOf(other?.project_id)
  if (!first || !other || !mine || !theirs) throw new Error('the scene needs two projects with events')
  own = await idsOf(mine, first.id)
  foreign = await idsOf(theirs, other.id)
  foreignProject = theirs
  const make = async (name: string, role: Role, projectIds: number[] | null = null) => {
    const person = { email: `${name}@example.com`, name, passwordHash: null, role, projectIds }
    return (await insertPerson(db, person, seedNow))?.id ?? 0
  }
  people = {
    viewer: await make('viewer', 'viewer'),
    member: await make('member', 'member'),
    admin: await make('admin', 'admin'),
    outsider: await make('outsider', 'member', [mine.id]),
  }
  const dashboard = openDashboard(db).app
  app = express()
  const config = { org: 'perron', url: 'http://localhost', relayUrl: 'http://localhost:4100' }
  app.use('/api/0', createApi({ db, now: () => seedNow, log: createLog('test', 'silent'), config }))
  app.use(dashboard)
}, 120_000)
afterAll(() => store.close())

async function ask(row: RightsRow, actor: Actor, ids: Ids, isFragment = false) {
  const path = fillPath(row.path, ids)
  const sent = row.method === 'GET' ? request(app).get(path) : request(app).post(path).type('form').send({})
  sent.set('Host', 'localhost').set('Sec-Fetch-Site', 'same-origin')
  if (isFragment) sent.set('HX-Request-Type', 'partial')
  if (actor !== 'nobody') sent.set('Cookie', await sessionCookieOf(db, people[actor]))
  return sent
}

const isSentToSignIn = (answer: request.Response) =>
  answer.status === 303 && /^\/sign-in(\?|$)/.test(answer.headers.location ?? '')

describe('pages', () => {
  test.each(['nobody', 'viewer', 'member', 'admin', 'outsider'] as const)(
    '%s may what the table says, and nothing else',
    async (actor) => {
      const wrong: string[] = []
      for (const row of pages) {
        for (const isFragment of row.method === 'GET' ? [false, true] : [false]) {
          const answer = await ask(row, actor, own, isFragment)
          const { status } = answer
          const isAllowed = may[row.who]?.includes(actor) ?? false
          const isSignIn = row.path.startsWith('/sign-')
          const isRefused =
            actor === 'nobody'
              ? status === 401 || (isSentToSignIn(answer) && !isSignIn)
              : status === 403 || status === 401
          // Where nothing can be said of a form without fields, "not found" is an answer, too.
          const isFine = !isRefused && status < 500
          if (isAllowed ? !isFine : !isRefused)
            wrong.push(`${row.method} ${row.path}${isFragment ? ' (fragment)' : ''}: ${status}`)
          if (isAllowed && row.method === 'GET' && namesProject(row.path) && !/attachment/.test(row.path))
            expect(status, row.path).toBeLessThan(400)
        }
      }
      expect(wrong).toEqual([])
    },
  )

  test('ids of a project that one may not see are not found, whatever the route', async () => {
    const wrong: string[] = []
    for (const row of pages.filter(({ path, who }) => namesProject(path) && who !== 'admin')) {
      for (const isFragment of [false, true]) {
        const { status, text } = await ask(row, 'outsider', foreign, isFragment)
        const isTold = text.replaceAll(fillPath(row.path, foreign), '').includes(`>${foreignProject.slug}<`)
        if (status !== 404 || isTold) wrong.push(`${row.method} ${row.path}: ${status}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('ids of another project inside the address of one’s own are not found, for an admin neither', async () => {
    const rows = pages.filter(({ path }) => namesProject(path) && /:(event|key|attachment)\b/.test(path))
    expect(rows.length).toBeGreaterThan(3)
    const mixed = { ...foreign, project: own.project ?? '', issue: own.issue ?? '' }
    for (const row of rows) {
      expect((await ask(row, 'admin', mixed)).status, row.path).toBe(404)
    }
  })

  test('no list, count or completion names what one may not see', async () => {
    const lists = pages.filter(
      ({ method, path, who }) => method === 'GET' && !path.includes(':') && who === 'person',
    )
    const titles = await db
      .selectFrom('issues')
      .select(['title', 'id'])
      .where(
        'project_id',
        '!=',
        Number(
          (
            await db
              .selectFrom('projects')
              .select('id')
              .where('slug', '=', own.project ?? '')
              .executeTakeFirstOrThrow()
          ).id,
        ),
      )
      .execute()
    const slugs = (await db.selectFrom('projects').select('slug').execute())
      .map(({ slug }) => slug)
      .filter((slug) => slug !== own.project)
    const wrong: string[] = []
    for (const { path } of lists) {
      for (const query of [
        '',
        `?q=${encodeURIComponent('is:')}`,
        '?status=all',
        `?project=${foreign.project}`,
        '?q=e',
        `?ids=${titles.map(({ id }) => id).join(',')}`,
      ]) {
        const answer = await request(app)
          .get(`${path}${query}`)
          .set('Host', 'localhost')
          .set('Cookie', await sessionCookieOf(db, people.outsider))
        const text = answer.text.replaceAll(`project=${foreign.project}`, '')
        const told = [
          ...titles.map(({ title }) => title).filter((title) => text.includes(title)),
          ...slugs.filter((slug) => new RegExp(`>\\s*${slug}\\s*<`).test(text)),
        ]
        if (told.length > 0) wrong.push(`${path}${query}: ${told.join(', ')}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

describe('the API', () => {
  const call = (row: RightsRow, ids: Ids, token: string | null) => {
    const path = `/api/0${fillPath(row.path, ids)}`
    const agent = request(app)
    const sends: Record<string, (() => request.Test) | undefined> = {
      GET: () => agent.get(path),
      POST: () => agent.post(path).send({}),
      PUT: () => agent.put(path).send({}),
      DELETE: () => agent.delete(path),
    }
    const sent = sends[row.method]?.()
    if (!sent) throw new Error(`the walk doesn't know the method ${row.method}`)
    return token === null ? sent : sent.set('Authorization', `Bearer ${token}`)
  }
  const make = async (scopes: readonly ApiScope[], projectId: number | null = null) =>
    createApiToken(db, { name: scopes.join(' '), scopes, projectId }, seedNow)

  test('each scope opens what the table says, and nothing else', async () => {
    const wrong: string[] = []
    for (const scope of apiScopes) {
      const { token } = await make([scope])
      for (const row of api) {
        const { status } = await call(row, own, token)
        const isAllowed = row.who === 'any' || hasScope([scope], row.who as ApiScope)
        if (isAllowed ? status === 403 || status === 401 || status >= 500 : status !== 403)
          wrong.push(`${scope}: ${row.method} ${row.path}: ${status}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('without a token, with a cookie or with a revoked one nothing opens', async () => {
    const { token, id } = await make(apiScopes)
    await revokeApiToken(db, id, seedNow)
    const cookie = await sessionCookieOf(db, people.admin)
    for (const row of api) {
      expect((await call(row, own, null)).status, row.path).toBe(401)
      expect((await call(row, own, null).set('Cookie', cookie)).status, row.path).toBe(401)
      expect((await call(row, own, token)).status, row.path).toBe(401)
    }
  })

  test('a token of one project finds nothing of another, and does nothing that concerns all', async () => {
    const mine = await db
      .selectFrom('projects')
      .select('id')
      .where('slug', '=', own.project ?? '')
      .executeTakeFirstOrThrow()
    const { token } = await make(apiScopes, mine.id)
    for (const row of api) {
      const { status, text } = await call(row, foreign, token)
      if (namesProject(row.path)) expect(status, row.path).toBe(404)
      else if (row.method !== 'GET' || row.who === 'org:admin') expect(status, row.path).toBe(403)
      else expect(text, row.path).not.toContain(foreignProject.slug)
      const ofOwn = await call(row, own, token)
      if (namesProject(row.path)) expect(ofOwn.status, `${row.method} ${row.path}`).not.toBe(403)
    }
  })

  test('an issue’s own project decides, not the one beside it in the address', async () => {
    const { token } = await make(['event:write'])
    const row = { method: 'PUT', path: '/projects/:org/:project/issues/', who: 'event:write' }
    const answer = await call(row, own, token)
      .query({ id: foreign.issue ?? '' })
      .send({ status: 'resolved' })
    expect(answer.status).toBeLessThan(300)
    const issue = await db
      .selectFrom('issues')
      .select('status_reason')
      .where('id', '=', Number(foreign.issue))
      .executeTakeFirstOrThrow()
    expect(issue.status_reason).not.toContain('API token')
  })
})
