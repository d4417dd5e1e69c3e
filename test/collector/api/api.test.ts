// The API by its answers: shapes, pages, scopes, refusals, changes; through real requests on both databases.
import express from 'express'
import request from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { createApi } from '../../../collector/api/app.ts'
import { createApiToken, revokeApiToken, seedApiToken } from '../../../collector/db/api-tokens.ts'
import { listIssueChanges } from '../../../collector/db/issue-changes.ts'
import { createLog } from '../../../shared/log.ts'
import { onEachDatabase } from '../../support/database.ts'
import { adminToken, createWorld, eventIds, insertIssue, now, type World } from './world.ts'

onEachDatabase('the API', (db) => {
  let world: World
  beforeAll(async () => {
    world = await createWorld(db())
  })

  const call = (method: 'get' | 'put' | 'post' | 'delete', path: string, token = adminToken) =>
    request(world.app)[method](`/api/0${path}`).set('Authorization', `Bearer ${token}`)
  const get = (path: string, token?: string) => call('get', path, token)
  const issueRow = (id: number) =>
    db().selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const setStatus = (id: number, status: 'unresolved' | 'resolved') =>
    db().updateTable('issues').set({ status }).where('id', '=', id).execute()

  /** Follows `next` to the end. @returns ids in order, and how many pages it took */
  async function walk(path: string): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = []
    let [pages, next] = [0, path]
    for (;;) {
      const answer = await get(next).expect(200)
      ids.push(...answer.body.map((row: { id: string }) => row.id))
      pages += 1
      const link =
        /<http:\/\/localhost:4200\/api\/0([^>]+)>; rel="next"; results="(true|false)"; cursor="([^"]+)"/
      const [, url = '', results] = link.exec(answer.headers.link ?? '') ?? []
      if (results !== 'true') return { ids, pages }
      next = url
    }
  }

  describe('tokens', () => {
    test('without one, with a wrong one, or with another scheme: 401 with detail', async () => {
      const none = await request(world.app).get('/api/0/projects/')
      expect([none.status, none.body]).toEqual([
        401,
        { detail: 'Authentication credentials were not provided.' },
      ])
      expect(none.headers['www-authenticate']).toBe('Bearer realm="api"')
      const wrong = await get('/projects/', 'postern_wrong')
      expect([wrong.status, wrong.body]).toEqual([401, { detail: 'Invalid token' }])
      const basic = await request(world.app).get('/api/0/').auth('user', adminToken)
      expect(basic.status).toBe(401)
    })

    test('an unknown path without a token is 401 too: nothing is told to strangers', async () => {
      expect((await request(world.app).get('/api/0/nothing/')).status).toBe(401)
    })

    test('are stored as a hash, note their use once a minute, and end when revoked', async () => {
      const { token, id } = await createApiToken(db(), { name: 'short', scopes: ['org:read'] }, now)
      expect(token).toMatch(/^postern_[A-Za-z0-9_-]{43}$/)
      await get('/organizations/', token).expect(200)
      const row = await db()
        .selectFrom('api_tokens')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      expect(row.last_used_at).toEqual(now)
      expect(JSON.stringify(row)).not.toContain(token)
      await revokeApiToken(db(), id, now)
      await get('/organizations/', token).expect(401)
    })

    test('a new POSTERN_API_TOKEN ends the former, and one that is gone from the settings ends', async () => {
      await seedApiToken(db(), 'another-token-of-at-least-32-characters', now)
      await get('/', adminToken).expect(401)
      await get('/', 'another-token-of-at-least-32-characters').expect(200)
      await seedApiToken(db(), null, now)
      await get('/', 'another-token-of-at-least-32-characters').expect(401)
      await seedApiToken(db(), adminToken, now)
      await get('/', adminToken).expect(200)
    })

    test('one that may only read is refused every change, and the refusal names the scope', async () => {
      const token = world.readOnlyToken
      await get('/projects/acme/shop-web/issues/', token).expect(200)
      const changes = [
        call('put', `/issues/${world.issues.cart}/`, token).send({ status: 'resolved' }),
        call('put', '/projects/acme/shop-web/issues/', token).send({ status: 'resolved' }),
      ]
      for (const change of changes) {
        const answer = await change
        expect([answer.status, answer.body.detail]).toEqual([403, expect.stringContaining('event:write')])
      }
      await call('post', '/organizations/acme/projects/', token).send({ name: 'X' }).expect(403)
      await call('put', '/projects/acme/shop-web/', token).send({ name: 'X' }).expect(403)
      await call('post', '/projects/acme/shop-web/keys/', token).send({}).expect(403)
      expect((await issueRow(world.issues.cart)).status).toBe('unresolved')
    })

    test('one that may only admin events may read them, but no projects', async () => {
      const { token } = await createApiToken(db(), { name: 'events', scopes: ['event:admin'] }, now)
      await get('/projects/acme/shop-web/issues/', token).expect(200)
      await get('/projects/acme/shop-web/', token).expect(403)
      // Also where there is nothing: a token learns nothing of what it may not read.
      await get('/projects/acme/nowhere/', token).expect(403)
    })
  })

  describe('organization and projects', () => {
    test('the root says which scopes the token has', async () => {
      const { body } = await get('/').expect(200)
      expect(body).toMatchObject({ version: '0', user: null })
      expect(body.auth.scopes).toContain('event:write')
    })

    test('there is one organization, by slug or number, with our own address as its region', async () => {
      const list = await get('/organizations/?cursor=').expect(200)
      expect(list.body).toHaveLength(1)
      expect(list.body[0]).toMatchObject({ id: '1', slug: 'acme', isEarlyAdopter: false, require2FA: false })
      const one = await get('/organizations/1').expect(200)
      expect(one.body.links.regionUrl).toBe('http://localhost:4200')
      const regions = await get('/users/me/regions/').expect(200)
      expect(regions.body).toEqual({ regions: [{ name: 'acme', url: 'http://localhost:4200' }] })
      expect((await get('/organizations/acme/repos/?cursor=').expect(200)).body).toEqual([])
    })

    test('projects are listed and shown by slug or number, with and without the slash', async () => {
      const list = await get('/organizations/acme/projects/?cursor=').expect(200)
      expect(list.body.map(({ slug }: { slug: string }) => slug)).toEqual(['shop-ios', 'shop-web'])
      expect(list.body[1]).toMatchObject({ id: String(world.web), name: 'Shop web', team: { slug: 'acme' } })
      for (const path of ['/projects/acme/shop-web/', `/projects/1/${world.web}`]) {
        expect((await get(path).expect(200)).body).toMatchObject({ slug: 'shop-web', status: 'active' })
      }
      expect((await get('/projects/').expect(200)).body).toHaveLength(2)
    })

    test('a project is made, with a key whose DSN names the relay; its slug can be taken once', async () => {
      const made = await call('post', '/teams/acme/anyone/projects/').send({
        name: 'Shop TV',
        platform: 'swift',
      })
      expect([made.status, made.body.slug, made.body.platform]).toEqual([201, 'shop-tv', 'swift'])
      const keys = await get('/projects/acme/shop-tv/keys/').expect(200)
      expect(keys.body).toHaveLength(1)
      const { public: key, dsn } = keys.body[0]
      expect(dsn.public).toBe(`https://${key}@in.example.com/${made.body.id}`)
      const again = await call('post', '/organizations/acme/projects/').send({ name: 'Shop TV' })
      expect([again.status, again.body]).toEqual([409, { detail: 'There is already a project shop-tv.' }])
      const second = await call('post', '/projects/acme/shop-tv/keys/').send({ name: 'Old apps' })
      expect([second.status, second.body.label]).toEqual([201, 'Old apps'])
      const changed = await call('put', '/projects/acme/shop-tv/').send({ name: 'TV', repository: 'acme/tv' })
      expect(changed.body).toMatchObject({ slug: 'shop-tv', name: 'TV', repository: 'acme/tv' })
      await db().deleteFrom('project_keys').where('project_id', '=', Number(made.body.id)).execute()
      await db().deleteFrom('projects').where('slug', '=', 'shop-tv').execute()
    })

    test.each([
      ['/projects/acme/nowhere/'],
      ['/projects/other/shop-web/'],
      ['/projects/acme/999/'],
      ['/organizations/other/'],
      ['/projects/acme/a%00b/'],
      ['/nothing/'],
    ])('GET %s is 404 with detail', async (path) => {
      const answer = await get(path)
      expect([answer.status, answer.body]).toEqual([404, { detail: 'The requested resource does not exist' }])
    })
  })

  describe('issues', () => {
    const titles = (body: { title: string }[]) => body.map(({ title }) => title.split(':')[0])

    test('have the shape that Sentry clients read', async () => {
      const { body } = await get('/projects/acme/shop-web/issues/?query=cart%20is').expect(200)
      expect(body).toHaveLength(1)
      expect(body[0]).toMatchObject({
        id: String(world.issues.cart),
        shortId: 'SHOP-WEB-1',
        title: 'TypeError: cart is undefined',
        culprit: 'checkout(cart.js)',
        level: 'error',
        status: 'unresolved',
        statusDetails: {},
        type: 'error',
        metadata: { type: 'TypeError', value: 'cart is undefined' },
        count: '12',
        userCount: 3,
        isUnhandled: true,
        project: { id: String(world.web), slug: 'shop-web' },
        lastSeen: '2026-11-24T12:29:00.000Z',
        postern: { status: 'unresolved', trackerIssue: null },
      })
      expect(body[0].stats['24h']).toHaveLength(24)
      expect(body[0].stats['24h'][23]).toEqual([Date.parse('2026-11-24T12:00:00Z') / 1000, 7])
    })

    test.each([
      ['', ['TypeError', 'Crash', 'RangeError']],
      ['?query=', ['TypeError', 'Crash', 'RangeError', 'Error', 'Error']],
      ['?query=is:resolved', ['Error']],
      ['?query=is:ignored', ['Error']],
      ['?status=resolved', ['Error']],
      ['?query=is:resolving', ['RangeError']],
      ['?query=environment:staging', ['Crash']],
      ['?environment=staging', ['Crash']],
      ['?query=level:fatal', ['Crash']],
      ['?query=is:unresolved%20100%25', ['Crash']],
      ['?query=10__', []],
      ['?sort=new', ['TypeError', 'Crash', 'RangeError']],
      ['?sort=freq', ['Crash', 'TypeError', 'RangeError']],
      ['?sort=user', ['RangeError', 'TypeError', 'Crash']],
    ])('GET issues%s', async (query, expected) => {
      const { body } = await get(`/projects/acme/shop-web/issues/${query}`).expect(200)
      expect(titles(body)).toEqual(expected)
    })

    test('a list is walked to its end by its cursors, whatever the sorting, each issue once', async () => {
      const project = await call('post', '/organizations/acme/projects/').send({ name: 'Many' })
      const projectId = Number(project.body.id)
      const expected: string[] = []
      for (let number = 1; number <= 25; number += 1) {
        // Equal sort values across pages: the id decides. States mix, so that the merge is walked too.
        const status = number % 3 === 0 ? ('resolved' as const) : ('unresolved' as const)
        const age = Math.ceil(number / 4)
        expected.push(String(await insertIssue(db(), { projectId, number, title: 'E: x', age, status })))
      }
      for (const sort of ['date', 'new', 'freq', 'user']) {
        const walked = await walk(`/projects/acme/many/issues/?query=&limit=4&sort=${sort}`)
        expect(walked.pages).toBe(7)
        expect([...walked.ids].sort()).toEqual([...expected].sort())
      }
      expect((await walk('/projects/acme/many/issues/?query=&limit=25')).pages).toBe(1)
    })

    test.each([
      ['?query=is:burning', 'is:burning'],
      ['?query=assigned:me', 'assigned:me'],
      ['?sort=colour', 'colour'],
      ['?limit=0', '"0"'],
      ['?limit=many', 'many'],
      ['?cursor=0:100', '0:100'],
      ['?cursor=1:2:1', '1:2:1'],
      ["?cursor=';drop", "';drop"],
      ['?environment=a&environment=b', 'a, b'],
      ['?query=a%00b', 'NUL'],
      ['?status=open', 'open'],
    ])('GET issues%s is 400 and names what is wrong', async (query, named) => {
      const answer = await get(`/projects/acme/shop-web/issues/${query}`)
      expect(answer.status).toBe(400)
      expect(answer.body.detail).toContain(named)
    })

    test('one is shown by number or short id, below its organization or not, with its timeline', async () => {
      const id = world.issues.cart
      for (const path of [`/issues/${id}/`, '/organizations/acme/issues/SHOP-WEB-1/', '/issues/shop-web-1']) {
        const { body } = await get(path).expect(200)
        expect(body).toMatchObject({
          id: String(id),
          firstRelease: { version: 'web@1.0.0' },
          tags: [{ key: 'os', totalValues: 3 }],
          activity: expect.any(Array),
        })
      }
      for (const missing of [
        '/issues/99999/',
        '/issues/SHOP-WEB-99/',
        '/issues/x/',
        '/issues/A-99999999999/',
      ]) {
        await get(missing).expect(404)
      }
    })

    test('PUT resolves, ignores and reopens, and the timeline says by which token', async () => {
      const id = world.issues.cart
      const resolved = await call('put', `/issues/${id}/`).send({
        status: 'resolved',
        statusDetails: { inRelease: 'web@1.3.0' },
      })
      expect(resolved.body).toMatchObject({
        status: 'resolved',
        statusDetails: { inRelease: 'web@1.3.0' },
        activity: [{ type: 'set_resolved', data: { actor: 'api:POSTERN_API_TOKEN' } }],
      })
      expect(await issueRow(id)).toMatchObject({ status: 'resolved', fixed_in_release: 'web@1.3.0' })
      const ignored = await call('put', '/organizations/acme/issues/SHOP-WEB-1/').send({ status: 'ignored' })
      expect(ignored.body.status).toBe('ignored')
      const reopened = await call('put', `/issues/${id}/`).send({ status: 'unresolved' })
      expect(reopened.body.status).toBe('unresolved')
      const kinds = (await listIssueChanges(db(), id)).map(({ kind }) => kind)
      expect(kinds).toEqual(['reopened', 'ignored', 'resolved'])
    })

    test('PUT resolved in the next release says after which', async () => {
      const id = world.issues.fatal
      const body = { status: 'resolvedInNextRelease' }
      expect((await call('put', `/issues/${id}/`).send(body)).body.status).toBe('resolved')
      const [change] = await listIssueChanges(db(), id)
      expect(change?.reason).toContain('the release after web@1.2.0')
      await setStatus(id, 'unresolved')
    })

    test.each([
      [{ commit: '9F2C41A5c0ffee5c0ffee5c0ffee5c0ffee5c0ff', repository: 'acme/shop' }, 'acme/shop@9f2c41a'],
      [{ commit: '9f2c41a' }, '9f2c41a'],
      ['https://github.com/acme/shop/pull/512', 'acme/shop#512'],
    ])(
      'PUT resolved in commit %o tells it, and the fix counts as in the next release',
      async (inCommit, told) => {
        const id = world.issues.fatal
        const body = { status: 'resolved', statusDetails: { inCommit } }
        expect((await call('put', `/issues/${id}/`).send(body)).body.status).toBe('resolved')
        const [change] = await listIssueChanges(db(), id)
        expect(change?.reason).toContain(`Resolved with ${told}, in the next release`)
        expect((await issueRow(id)).fix).toMatchObject({ releases: [], source: told })
        await setStatus(id, 'unresolved')
      },
    )

    test.each([
      [{ ignoreDuration: 30 }, 'ignoreUntil', 'for 30 min'],
      [{ ignoreCount: 5 }, 'ignoreCount', 'for 5 more events'],
      [{ ignoreUserCount: 2 }, 'ignoreUserCount', 'for 2 more users'],
    ])(
      'PUT ignored with %o says what ends it, here and in the timeline',
      async (statusDetails, named, words) => {
        const id = world.issues.fatal
        const answer = await call('put', `/issues/${id}/`).send({ status: 'ignored', statusDetails })
        expect(answer.body.status).toBe('ignored')
        expect(Object.keys(answer.body.statusDetails)).toEqual([named])
        const [change] = await listIssueChanges(db(), id)
        expect(change?.reason).toContain(words)
        await setStatus(id, 'unresolved')
        expect((await call('get', `/issues/${id}/`)).body.statusDetails).toEqual({})
      },
    )

    test.each([
      [{}, 'status'],
      [{ status: 'burning' }, 'status'],
      [{ status: 'ignored', statusDetails: { ignoreDuration: 0 } }, 'ignoreDuration'],
      [{ status: 'ignored', statusDetails: { ignoreCount: 5, ignoreWindow: 60 } }, 'ignoreWindow'],
      [{ status: 'resolved', statusDetails: { inCommit: { commit: 'abc', repository: 'x' } } }, 'inCommit'],
      [{ status: 'resolved', statusDetails: { inCommit: 17 } }, 'inCommit'],
      [{ status: 'muted', snoozeDuration: 'long' }, 'snoozeDuration'],
      [{ status: 'resolved', statusDetails: { inRelease: 'a\0b' } }, 'inRelease'],
    ])('PUT %o is 400 and changes nothing', async (body, named) => {
      const answer = await call('put', `/issues/${world.issues.cart}/`).send(body)
      expect(answer.status).toBe(400)
      expect(answer.body.detail).toContain(named)
      expect((await issueRow(world.issues.cart)).status).toBe('unresolved')
    })

    test('a bulk PUT changes the ids it names in this project only', async () => {
      const { cart, fatal, ios } = world.issues
      const answer = await call('put', `/projects/acme/shop-web/issues/?id=${cart}&id=${ios}`).send({
        status: 'resolved',
      })
      expect([answer.status, answer.body]).toEqual([200, { status: 'resolved', statusDetails: {} }])
      expect((await issueRow(cart)).status).toBe('resolved')
      expect((await issueRow(ios)).status).toBe('unresolved')
      expect((await issueRow(fatal)).status).toBe('unresolved')
      await setStatus(cart, 'unresolved')
    })

    test('a bulk PUT by status changes all that are in it', async () => {
      await call('put', '/projects/acme/shop-web/issues/?status=ignored').send({ status: 'unresolved' })
      const { body } = await get('/projects/acme/shop-web/issues/?query=is:ignored').expect(200)
      expect(body).toEqual([])
      await call('put', `/issues/${world.issues.noise}/`).send({ status: 'ignored' }).expect(200)
    })

    test('a bulk PUT with an id that is none is 400', async () => {
      const answer = await call('put', '/projects/acme/shop-web/issues/?id=SHOP-1').send({
        status: 'resolved',
      })
      expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('SHOP-1')])
    })
  })

  describe('events', () => {
    const [oldest, middle, latest] = eventIds

    test('one by its id has its group, its neighbours, and entries in Sentry’s shape', async () => {
      const { body } = await get(`/projects/acme/shop-web/events/${middle}/`).expect(200)
      expect(body).toMatchObject({
        id: middle,
        eventID: middle,
        groupID: String(world.issues.cart),
        projectID: String(world.web),
        title: 'TypeError: cart is undefined',
        platform: 'javascript',
        previousEventID: oldest,
        nextEventID: latest,
        release: { version: 'web@1.2.0' },
        user: { id: '42', email: 'eve@example.com' },
        contexts: { browser: { name: 'Firefox' } },
        context: { cart: 3 },
        sdk: { name: 'sentry.javascript.browser', version: '11.0.0' },
      })
      expect(body.tags).toContainEqual({ key: 'feature', value: 'checkout' })
      const entry = (type: string) => body.entries.find((one: { type: string }) => one.type === type)?.data
      expect(entry('exception').values[0]).toMatchObject({
        type: 'TypeError',
        value: 'cart is undefined',
        mechanism: { type: 'onerror', handled: false },
      })
      expect(entry('exception').values[0].stacktrace.frames[0]).toMatchObject({
        function: 'pay',
        lineNo: 12,
        colNo: 5,
        inApp: true,
        context: [
          [11, 'function pay() {'],
          [12, 'cart.total()'],
          [13, '}'],
        ],
      })
      expect(entry('breadcrumbs').values[0]).toMatchObject({ category: 'click', message: 'Pay' })
      expect(entry('request')).toMatchObject({ url: 'https://shop.example.com/pay', method: 'POST' })
    })

    test('an id may have dashes and capitals; another project’s event is not found', async () => {
      const dashed = `${middle?.slice(0, 8)}-${middle?.slice(8, 12)}-${middle?.slice(12, 16)}-${middle?.slice(16, 20)}-${middle?.slice(20)}`
      expect((await get(`/projects/acme/shop-web/events/${dashed.toUpperCase()}/`).expect(200)).body.id).toBe(
        middle,
      )
      const foreign = await get(`/projects/acme/shop-ios/events/${middle}/`)
      expect([foreign.status, foreign.body]).toEqual([404, { detail: 'Event not found' }])
      await get('/projects/acme/shop-web/events/nothing/').expect(404)
    })

    test('an issue’s latest and oldest; one without events has none', async () => {
      for (const prefix of ['', '/organizations/acme']) {
        const path = `${prefix}/issues/${world.issues.cart}/events`
        expect((await get(`${path}/latest/`).expect(200)).body.id).toBe(latest)
        expect((await get(`${path}/oldest/`).expect(200)).body.id).toBe(oldest)
        await get(`${prefix}/issues/${world.issues.done}/events/latest/`).expect(404)
        await get(`${prefix}/issues/${world.issues.done}/events/oldest/`).expect(404)
      }
    })

    test('of an issue and of a project are walked newest first, plain or full', async () => {
      const newestFirst = [...eventIds].reverse()
      for (const path of [`/issues/${world.issues.cart}/events/`, '/projects/acme/shop-web/events/']) {
        expect(await walk(`${path}?limit=2`)).toEqual({ ids: newestFirst, pages: 2 })
      }
      const plain = await get(`/issues/${world.issues.cart}/events/`).expect(200)
      expect(plain.body[0]).toMatchObject({
        eventID: latest,
        groupID: String(world.issues.cart),
        user: { id: '42' },
        tags: expect.arrayContaining([{ key: 'release', value: 'web@1.2.0' }]),
      })
      const full = await get('/projects/acme/shop-web/events/?full=true&limit=1').expect(200)
      expect(full.body[0].entries.length).toBeGreaterThan(0)
      expect((await get('/projects/acme/shop-ios/events/').expect(200)).body).toEqual([])
    })

    test('a cursor of another list is refused', async () => {
      await get(`/issues/${world.issues.cart}/events/?cursor=5:7:0`).expect(400)
    })
  })

  test('the status says how relays, commits, dead letters and the watermark stand', async () => {
    const hour = (text: string) => new Date(`2026-11-24T${text}:00:00Z`)
    await db()
      .insertInto('level_hours')
      .values([
        { hour: hour('12'), level: 'error', part: 0, events: 3 },
        { hour: hour('12'), level: 'error', part: 2, events: 2 },
        { hour: hour('11'), level: 'fatal', part: 1, events: 2 },
        { hour: hour('03'), level: 'error', part: 0, events: 100 },
      ])
      .execute()
    await db()
      .insertInto('relays')
      .values([
        {
          url: 'https://a.example.com',
          answered_at: now,
          watermark_at: new Date(now.getTime() - 4_000),
          backlog_envelopes: 3,
          backlog_bytes: 900,
          oldest_at: new Date(now.getTime() - 60_000),
        },
        { url: 'https://b.example.com', failed_at: now, error: 'connection refused' },
        { url: 'https://old.example.com', retired_at: now, error: 'gone' },
      ])
      .execute()
    const drop = { project_id: world.ios, hour: hour('12'), category: 'error' }
    await db()
      .insertInto('client_discards')
      .values([
        ...[1, 2, 3, 4, 5, 6, 7].map((count) => ({ ...drop, reason: `reason ${count}`, count })),
        { ...drop, hour: new Date('2026-11-23T12:00:00Z'), reason: 'yesterday', count: 99 },
      ])
      .execute()
    const { body } = await get('/postern/status/').expect(200)
    expect(body.client_discards_24h).toEqual([
      {
        project: 'shop-ios',
        kinds: [7, 6, 5, 4, 3].map((count) => ({ reason: `reason ${count}`, category: 'error', count })),
        others: 3,
      },
    ])
    expect(body.events).toEqual({
      committed: 107,
      last_hour: 7,
      last_hour_since: '2026-11-24T11:00:00.000Z',
    })
    expect(body.relays).toHaveLength(2)
    expect(body.relays[0]).toMatchObject({
      url: 'https://a.example.com',
      reachable: true,
      backlog: { envelopes: 3, bytes: 900 },
      oldest_envelope_seconds: 60,
      lag_seconds: 4,
    })
    expect(body.relays[1]).toMatchObject({ reachable: false, error: 'connection refused', watermark: null })
    // One relay was never heard: nothing before any moment is sure.
    expect(body).toMatchObject({ heard_up_to: null, lag_seconds: null, dead_letters: 0 })
    await db().deleteFrom('relays').where('url', '=', 'https://b.example.com').execute()
    const again = (await get('/postern/status/').expect(200)).body
    expect(again).toMatchObject({ heard_up_to: '2026-11-24T12:29:56.000Z', lag_seconds: 4 })
  })

  describe('bodies and methods', () => {
    const path = '/organizations/acme/projects/'

    test('broken JSON, a list, a wrong type and a body over the limit are named', async () => {
      const json = () => call('post', path).set('Content-Type', 'application/json')
      expect((await json().send('{"name":')).body).toEqual({ detail: 'The body is not valid JSON.' })
      expect((await json().send('[]')).status).toBe(400)
      expect((await json().send('{"name": 7}')).body.detail).toContain('name')
      expect((await call('post', path)).body.detail).toContain('name')
      const large = await json().send(JSON.stringify({ name: 'x'.repeat(300_000) }))
      expect([large.status, large.body]).toEqual([413, { detail: 'The body is larger than this API takes.' }])
    })

    test('a user of an app is erased only from the project named, by a token that may', async () => {
      const { token } = await createApiToken(db(), { name: 'writer', scopes: ['project:write'] }, now)
      const path = '/projects/acme/shop-web/postern/users/id%3A42/'
      expect((await call('delete', path, token)).status).toBe(403)
      const here = { issue_id: world.issues.cart, user_key: 'id:42' }
      await db()
        .insertInto('issue_users')
        .values(here)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const elsewhere = await call('delete', path.replace('shop-web', 'shop-ios')).expect(200)
      expect(elsewhere.body).toEqual({ issues: 0, events: 0 })
      const { body } = await call('delete', path).expect(200)
      expect(body.issues).toBeGreaterThanOrEqual(1)
      const { users } = await db()
        .selectFrom('issue_users')
        .select((eb) => eb.fn.countAll<number>().as('users'))
        .where('user_key', '=', 'id:42')
        .executeTakeFirstOrThrow()
      expect(users).toBe(0)
    })

    test('a gzip body is read; one that unpacks beyond the limit is refused', async () => {
      const { gzipSync } = await import('node:zlib')
      const send = (body: string) =>
        call('put', `/issues/${world.issues.cart}/`)
          .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
          .serialize((data) => data)
          .send(gzipSync(body) as unknown as string)
      expect((await send('{"status":"resolved"}')).body.status).toBe('resolved')
      await setStatus(world.issues.cart, 'unresolved')
      expect((await send(`{"status":"${'x'.repeat(5_000_000)}"}`)).status).toBe(413)
    })

    test('a method that a path has not is 405 and says which it has', async () => {
      const answer = await call('delete', '/projects/acme/shop-web/issues/')
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, PUT'])
      expect(answer.body.detail).toContain('DELETE')
    })

    test('what nobody foresaw is 500 with a reference and no inside; a database that is away is 503', async () => {
      const failing = (error: Error) => {
        const throwing = () => {
          throw error
        }
        const config = { org: 'acme', url: 'http://localhost:4200', relayUrl: 'http://localhost:4100' }
        const api = createApi({ db: db(), now: throwing, config, log: createLog('test', 'silent') })
        return request(express().use('/api/0', api)).get('/api/0/').set('Authorization', 'Bearer x')
      }
      const unforeseen = await failing(new Error('select * from secrets'))
      expect(unforeseen.status).toBe(500)
      expect(unforeseen.body.detail).toMatch(/^Something went wrong here. Reference: [0-9a-f]{12}$/)
      const away = await failing(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))
      expect([away.status, away.headers['retry-after']]).toEqual([503, '5'])
    })

    test('a path with a broken escape is 400', async () => {
      const answer = await get('/projects/acme/%E0%A4%A/')
      expect([answer.status, typeof answer.body.detail]).toEqual([400, 'string'])
    })
  })
})
