// Set-up, signing in and out, and what the checks refuse; through real requests on both databases.
import { argon2Sync } from 'node:crypto'
import express from 'express'
import request from 'supertest'
import { beforeEach, describe, expect, test } from 'vitest'
import { createAccess, seedAccount } from '../../../collector/access/access.ts'
import { hashPassword } from '../../../collector/access/passwords.ts'
import type { Database } from '../../../collector/db/database.ts'
import type { AppError } from '../../../shared/errors.ts'
import { createLog } from '../../../shared/log.ts'
import { onEachDatabase } from '../../support/database.ts'

const dayMs = 86_400_000
const email = 'alice@example.com'
const password = 'correct horse battery'
const statuses: Record<string, number> = { unauthorized: 401, forbidden: 403 }

onEachDatabase('access', (db) => {
  let now = new Date('2026-11-24T12:00:00Z')
  beforeEach(async () => {
    now = new Date('2026-11-24T12:00:00Z')
    await db().deleteFrom('login_sessions').execute()
    await db().deleteFrom('setup_links').execute()
    await db().deleteFrom('people').execute()
  })

  /** A program with one page, one form and the ways in and out. */
  function start(url = 'http://localhost:4200') {
    const access = createAccess({
      db: db(),
      now: () => now,
      config: { url },
      log: createLog('test', 'silent'),
    })
    const app = express()
    app.set('trust proxy', true)
    app.use(access.checkHost, access.checkOrigin, express.urlencoded())
    app.post('/sign-in', async (req, res) => {
      const result = await access.signIn(req, res, req.body)
      res.status(result.ok ? 200 : 401).json(result)
    })
    app.post('/sign-out', async (req, res) => {
      await access.signOut(req, res)
      res.json(await access.currentPerson(req))
    })
    app.post('/set-up/:token', async (req, res) => {
      res.json(await access.acceptSetupLink(req, res, req.params.token, req.body))
    })
    app.use(access.requirePerson)
    app.all('/issues/:id', async (req, res) => {
      res.json(await access.currentPerson(req))
    })
    app.use((error: AppError, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(statuses[error.code] ?? 500).json({ code: error.code })
    })
    const post = (path: string) =>
      request(app).post(path).set('Host', 'localhost:4200').set('Sec-Fetch-Site', 'same-origin').type('form')
    const signIn = (fields = { email, password }, address = '10.0.0.1') =>
      post('/sign-in').set('X-Forwarded-For', address).send(fields)
    const page = (cookie = '') =>
      request(app).get('/issues/3').set('Host', 'localhost:4200').set('Cookie', cookie)
    return { access, app, post, signIn, page }
  }

  const cookieOf = (answer: request.Response) => String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? ''
  const alice = (database: Database) => seedAccount(database, email, password, now)

  describe('set-up', () => {
    const fields = { email: ' Alice@Example.com ', name: 'Alice', password }

    test('a link makes the first account, an admin, who is signed in at once', async () => {
      const { access, post, page } = start()
      const link = await access.createSetupLink()
      expect(link?.url).toMatch(/^http:\/\/localhost:4200\/set-up\/[A-Za-z0-9_-]{43}$/)
      const answer = await post(new URL(link?.url ?? '').pathname).send(fields)
      expect(answer.body).toEqual({ ok: true, signedIn: true })
      expect((await page(cookieOf(answer))).body).toMatchObject({ email, name: 'Alice', role: 'admin' })
    })

    test('the link works once, and none is made once somebody has an account', async () => {
      const { access, post } = start()
      const path = new URL((await access.createSetupLink())?.url ?? '').pathname
      await post(path).send(fields)
      const again = await post(path).send({ ...fields, email: 'mallory@example.com' })
      expect(again.body).toEqual({ ok: false, problems: { link: expect.stringContaining('used') } })
      expect(await access.createSetupLink()).toBeUndefined()
      expect(await db().selectFrom('people').select('email').execute()).toEqual([{ email }])
    })

    test('a used link stays used, also when nobody has an account any more', async () => {
      const { access, post } = start()
      const path = new URL((await access.createSetupLink())?.url ?? '').pathname
      await post(path).send(fields)
      await db().deleteFrom('login_sessions').execute()
      await db().deleteFrom('people').execute()
      expect((await post(path).send(fields)).body.problems).toHaveProperty('link')
    })

    test('of two links accepted at the same moment one makes the account', async () => {
      const { access, post } = start()
      const first = new URL((await access.createSetupLink())?.url ?? '').pathname
      const second = new URL((await access.createSetupLink())?.url ?? '').pathname
      const answers = await Promise.all([
        post(first).send(fields),
        post(second).send({ ...fields, email: 'mallory@example.com' }),
      ])
      expect(answers.filter((answer) => answer.body.ok)).toHaveLength(1)
      expect(await db().selectFrom('people').select('id').execute()).toHaveLength(1)
    })

    test('a link is good for a day', async () => {
      const { access, post } = start()
      const path = new URL((await access.createSetupLink())?.url ?? '').pathname
      now = new Date(now.getTime() + dayMs)
      expect((await post(path).send(fields)).body.problems).toHaveProperty('link')
      expect(await access.isSetupOpen(path.slice('/set-up/'.length))).toBe(false)
    })

    test('what is wrong is said of each field, and the link stays good', async () => {
      const { access, post } = start()
      const path = new URL((await access.createSetupLink())?.url ?? '').pathname
      const answer = await post(path).send({ email: 'nobody', name: 'A\0', password: 'short' })
      expect(Object.keys(answer.body.problems).sort()).toEqual(['email', 'name', 'password'])
      expect((await post(path).send(fields)).body.ok).toBe(true)
    })

    test('only the hash of a link is stored', async () => {
      const link = await start().access.createSetupLink()
      const rows = JSON.stringify(await db().selectFrom('setup_links').selectAll().execute())
      expect(rows).not.toContain(link?.url.split('/').at(-1))
    })

    test('the seeded account is made once, and a password changed since stays', async () => {
      expect(await alice(db())).toBe(true)
      const changed = await hashPassword('another horse battery')
      await db().updateTable('people').set({ password_hash: changed }).execute()
      expect(await seedAccount(db(), 'ALICE@example.com', password, now)).toBe(false)
      const { signIn } = start()
      expect((await signIn()).body.ok).toBe(false)
      expect((await signIn({ email, password: 'another horse battery' })).body.ok).toBe(true)
    })
  })

  describe('signing in', () => {
    test('sets a cookie that scripts cannot read, and that lasts 30 days from the last use', async () => {
      await alice(db())
      const { signIn, page } = start()
      const answer = await signIn()
      expect(answer.headers['set-cookie']?.[0]).toMatch(
        /^postern_session=[A-Za-z0-9_-]{43}; Max-Age=2592000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
      )
      now = new Date(now.getTime() + 29 * dayMs)
      const later = await page(cookieOf(answer))
      expect(later.status).toBe(200)
      expect(cookieOf(later)).toBe(cookieOf(answer))
      now = new Date(now.getTime() + 29 * dayMs)
      expect((await page(cookieOf(answer))).status).toBe(200)
      now = new Date(now.getTime() + 31 * dayMs)
      expect((await page(cookieOf(answer))).status).toBe(303)
    })

    test('over https the cookie is Secure', async () => {
      await alice(db())
      const { signIn } = start('https://postern.example.com')
      expect((await signIn()).headers['set-cookie']?.[0]).toContain('; Secure')
    })

    test('gives a new session each time; the one before, and one planted, are worth nothing', async () => {
      await alice(db())
      const { signIn, page } = start()
      const first = cookieOf(await signIn())
      const second = cookieOf(await signIn().set('Cookie', first))
      expect(second).not.toBe(first)
      expect((await page(first)).status).toBe(303)
      expect((await page(second)).status).toBe(200)
      expect((await page(`postern_session=${'a'.repeat(43)}`)).status).toBe(303)
      expect((await page("postern_session=' or 1=1 --")).status).toBe(303)
    })

    test('only the hash of a session is stored', async () => {
      await alice(db())
      const token = cookieOf(await start().signIn()).split('=')[1]
      const rows = JSON.stringify(await db().selectFrom('login_sessions').selectAll().execute())
      expect(rows).toContain('token_hash')
      expect(rows).not.toContain(token)
    })

    test('ends with signing out, and with the session being revoked in the database', async () => {
      await alice(db())
      const { signIn, page, post } = start()
      const first = cookieOf(await signIn())
      const out = await post('/sign-out').set('Cookie', first)
      expect(out.headers['set-cookie']?.[0]).toMatch(/^postern_session=; /)
      expect((await page(first)).status).toBe(303)
      const second = cookieOf(await signIn())
      await db().deleteFrom('login_sessions').execute()
      expect((await page(second)).status).toBe(303)
    })

    test('answers a wrong password and an unknown address alike', async () => {
      await alice(db())
      const { signIn } = start()
      const wrong = await signIn({ email, password: 'wrong horse battery' })
      const unknown = await signIn({ email: 'nobody@example.com', password })
      const unstorable = await signIn({ email: 'nobody\0@example.com', password: '\0' })
      expect(unstorable.body).toEqual(wrong.body)
      expect(wrong.body).toEqual({ ok: false, reason: 'wrong', left: 4 })
      expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body])
    })

    test('takes as long for an unknown address as for a wrong password', async () => {
      await alice(db())
      const { signIn } = start()
      const time = async (fields: { email: string; password: string }, address: string) => {
        const began = performance.now()
        await signIn(fields, address)
        return performance.now() - began
      }
      await time({ email: 'warm@example.com', password }, '10.0.9.9')
      const wrong: number[] = []
      const unknown: number[] = []
      for (let index = 0; index < 5; index += 1) {
        wrong.push(await time({ email, password: 'wrong horse battery' }, `10.0.1.${index}`))
        unknown.push(await time({ email: 'nobody@example.com', password }, `10.0.2.${index}`))
      }
      // The hash alone takes tens of ms, everything else a few: without it the ratio would be near zero.
      expect(Math.min(...unknown) / Math.min(...wrong)).toBeGreaterThan(0.5)
    })

    test('after five failures refuses even the right password from there, known account or not', async () => {
      await alice(db())
      const { signIn } = start()
      for (let attempt = 0; attempt < 5; attempt += 1) {
        expect((await signIn({ email, password: 'wrong' })).body.reason).toBe('wrong')
        expect((await signIn({ email: 'nobody@example.com', password: 'wrong' })).body.reason).toBe('wrong')
      }
      const refused = { ok: false, reason: 'too_many', retryAfterSeconds: expect.any(Number) }
      expect((await signIn()).body).toEqual(refused)
      expect((await signIn({ email: 'nobody@example.com', password })).body).toEqual(refused)
      // From elsewhere the account still opens: a guesser can't lock Alice out.
      expect((await signIn({ email, password }, '10.0.0.2')).body.ok).toBe(true)
    })

    test('counts attempts that arrive at once', async () => {
      await alice(db())
      const { signIn } = start()
      const answers = await Promise.all(
        Array.from({ length: 12 }, () =>
          signIn({ email, password: 'wrong' }).then(({ body }) => body.reason),
        ),
      )
      expect(answers.filter((reason) => reason === 'wrong')).toHaveLength(5)
      expect(answers.filter((reason) => reason === 'too_many')).toHaveLength(7)
    })

    test('forgets failures when the password was right', async () => {
      await alice(db())
      const { signIn } = start()
      for (let round = 0; round < 2; round += 1) {
        for (let attempt = 0; attempt < 4; attempt += 1) await signIn({ email, password: 'wrong' })
        expect((await signIn()).body.ok).toBe(true)
      }
    })

    test('replaces a hash of older parameters by one of today', async () => {
      await alice(db())
      const nonce = Buffer.alloc(16, 7)
      const weak = { message: password, nonce, memory: 8192, passes: 1, parallelism: 1, tagLength: 32 }
      const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
      const hash = base64(argon2Sync('argon2id', weak))
      const old = `$argon2id$v=19$m=8192,t=1,p=1$${base64(nonce)}$${hash}`
      await db().updateTable('people').set({ password_hash: old }).execute()
      expect((await start().signIn()).body.ok).toBe(true)
      const row = await db().selectFrom('people').select('password_hash').executeTakeFirstOrThrow()
      expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    })
  })

  describe('requests', () => {
    test('a page leads to sign-in and back, a fragment and a change end with 401', async () => {
      const { app, page, post } = start()
      const answer = await page()
      expect(answer.status).toBe(303)
      expect(answer.headers.location).toBe('/sign-in?next=%2Fissues%2F3')
      expect(answer.headers.vary).toContain('Cookie')
      const fragment = await request(app)
        .get('/issues/3')
        .set({ Host: 'localhost:4200', 'HX-Request': 'true', 'HX-Request-Type': 'partial' })
      expect(fragment.status).toBe(401)
      expect((await post('/issues/3')).status).toBe(401)
    })

    test('a foreign Host is refused before anything else', async () => {
      const { app } = start()
      expect((await request(app).get('/issues/3').set('Host', 'evil.example')).status).toBe(403)
    })

    test('a change that comes from another site is refused, also with a good session', async () => {
      await alice(db())
      const { app, signIn, post } = start()
      const cookie = cookieOf(await signIn())
      const foreign = await request(app)
        .post('/issues/3')
        .set({ Host: 'localhost:4200', Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' })
      expect(foreign.status).toBe(403)
      const headerless = await request(app).post('/issues/3').set({ Host: 'localhost:4200', Cookie: cookie })
      expect(headerless.status).toBe(403)
      expect((await post('/issues/3').set('Cookie', cookie)).status).toBe(200)
    })
  })
})
