// Single sign-on at a real OpenID Connect provider on loopback, from the button to the session: by hand of a
// browser that keeps cookies of both sides apart.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import request from 'supertest'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken, newToken } from '../../../collector/access/secrets.ts'
import { isAllowedDomain, type SsoConfig } from '../../../collector/access/single-sign-on.ts'
import { insertInvitation } from '../../../collector/db/invitations.ts'
import { insertPerson, listMembers, updateMember } from '../../../collector/db/people.ts'
import { openDashboard } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'

type Claims = { email?: string; email_verified?: boolean; name?: string }
const actor = { name: 'Test', personId: null }

/** A provider that signs in whoever it is told to, with the claims it is told. */
async function startProvider() {
  const accounts = new Map<string, Claims>()
  let handle: (req: Parameters<Parameters<typeof createServer>[1] & object>[0], res: never) => void = () => {}
  const server: Server = createServer((req, res) => handle(req, res as never))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'postern',
        client_secret: 'a secret of the provider and of Postern',
        redirect_uris: ['http://localhost/sign-in/sso/callback'],
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub, ...accounts.get(sub) }) }),
    cookies: { keys: ['test'] },
  })
  handle = provider.callback() as unknown as typeof handle

  /** What a browser does at the provider: signs in as `sub`, agrees, and is sent back. @returns the way back */
  async function passThrough(url: string, sub: string): Promise<string> {
    const agent = request.agent(issuer)
    let at = new URL(url)
    for (let hop = 0; hop < 12; hop++) {
      if (at.origin !== issuer) return at.pathname + at.search
      let answer = await agent.get(at.pathname + at.search)
      if (answer.status === 200) {
        const action = /action="([^"]+)"/.exec(answer.text)?.[1] ?? ''
        const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1]
        const fields = prompt === 'login' ? { prompt, login: sub, password: 'x' } : { prompt }
        answer = await agent.post(new URL(action, issuer).pathname).type('form').send(fields)
      }
      at = new URL(answer.headers.location ?? '', at)
    }
    throw new Error('the provider did not send the browser back')
  }

  return { issuer, accounts, passThrough, close: () => new Promise((resolve) => server.close(resolve)) }
}

test('domains are compared whole, and none named means any', () => {
  expect(isAllowedDomain('a@example.com', [])).toBe(true)
  expect(isAllowedDomain('a@example.com', ['example.com'])).toBe(true)
  expect(isAllowedDomain('a@evil-example.com', ['example.com'])).toBe(false)
  expect(isAllowedDomain('a@example.com@evil.org', ['example.com'])).toBe(false)
  expect(isAllowedDomain('a@sub.example.com', ['example.com'])).toBe(false)
})

onEachDatabase('single sign-on', (db) => {
  let provider: Awaited<ReturnType<typeof startProvider>>
  let now = new Date()
  beforeAll(async () => {
    provider = await startProvider()
  })
  afterAll(() => provider.close())
  beforeEach(async () => {
    now = new Date()
    await db().deleteFrom('login_sessions').execute()
    await db().deleteFrom('invitations').execute()
    await db().deleteFrom('audit_log').execute()
    await db().deleteFrom('people').execute()
    await insertPerson(
      db(),
      { email: 'root@example.com', name: 'Root', passwordHash: 'x', role: 'admin' },
      now,
    )
  })

  function start(change: Partial<SsoConfig> = {}) {
    const sso: SsoConfig = {
      issuer: provider.issuer,
      clientId: 'postern',
      clientSecret: 'a secret of the provider and of Postern',
      name: 'Perron',
      domains: ['example.com'],
      role: null,
      ...change,
    }
    const { app } = openDashboard(db(), { now: () => now, sso })
    const agent = request.agent(app)
    agent.set('Host', 'localhost').set('Sec-Fetch-Site', 'same-origin')
    return agent
  }
  async function signIn(agent: ReturnType<typeof start>, sub: string, claims: Claims) {
    provider.accounts.set(sub, claims)
    const begun = await agent.get('/sign-in/sso?next=/relays').expect(303)
    return agent.get(await provider.passThrough(begun.headers.location ?? '', sub))
  }
  const verified = (email: string, name = 'Ann') => ({ email, email_verified: true, name })
  const person = async (email: string) => (await listMembers(db())).find((one) => one.email === email)

  test('the sign-in page offers it, and asks with PKCE, state and nonce', async () => {
    const agent = start()
    expect((await agent.get('/sign-in').expect(200)).text).toContain('Continue with Perron')
    const begun = await agent.get('/sign-in/sso').expect(303)
    const asked = new URL(begun.headers.location ?? '').searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
    for (const name of ['code_challenge', 'state', 'nonce'])
      expect(asked.get(name)?.length).toBeGreaterThan(20)
    const steps = await db().selectFrom('sign_in_steps').select('token_hash').execute()
    expect(String(begun.headers['set-cookie'])).not.toContain(steps.at(-1)?.token_hash ?? '-')
  })

  test('somebody with an account is signed in, linked, and led on; later the subject alone counts', async () => {
    await insertPerson(
      db(),
      { email: 'ann@example.com', name: 'Ann', passwordHash: null, role: 'viewer' },
      now,
    )
    const agent = start()
    const answer = await signIn(agent, 'ann-1', verified('Ann@Example.com'))
    expect([answer.status, answer.headers.location]).toEqual([303, '/relays'])
    await agent.get('/issues').expect(200)
    expect(await person('ann@example.com')).toMatchObject({ hasSso: true, role: 'viewer' })
    const again = await signIn(start(), 'ann-1', {
      name: 'Ann',
      email: 'new@elsewhere.org',
      email_verified: false,
    })
    expect(again.status).toBe(303)
    expect(await listMembers(db())).toHaveLength(2)
  })

  describe('somebody without an account', () => {
    test('is refused with a way on, and nothing is made', async () => {
      const agent = start()
      const answer = await signIn(agent, 'bob-1', verified('bob@example.com', 'Bob'))
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('you have no account here')
      expect(await person('bob@example.com')).toBeUndefined()
      await agent.get('/issues').expect(303)
    })

    test('gets the role of an invitation, which is used then', async () => {
      const values = { tokenHash: hashToken(newToken()), email: 'bob@example.com', role: 'member' as const }
      await insertInvitation(db(), { ...values, projectIds: [] }, actor, now)
      expect((await signIn(start(), 'bob-2', verified('bob@example.com', 'Bob'))).status).toBe(303)
      expect(await person('bob@example.com')).toMatchObject({
        role: 'member',
        projectIds: [],
        hasPassword: false,
      })
      const left = await db().selectFrom('invitations').select('used_at').execute()
      expect(left[0]?.used_at).not.toBeNull()
    })

    test('gets the role that the settings give, only with an allowed and verified address', async () => {
      const change = { role: 'viewer' as const }
      const stranger = await signIn(start(change), 'eve-1', verified('eve@elsewhere.org'))
      expect(stranger.status).toBe(403)
      const unverified = { email: 'root@example.com', email_verified: false, name: 'Not root' }
      expect((await signIn(start(change), 'eve-2', unverified)).status).toBe(403)
      expect((await signIn(start(change), 'eve-3', { email: 'root@example.com' })).status).toBe(403)
      expect((await signIn(start(change), 'cy-1', verified('cy@example.com', 'Cy\n<b>'))).status).toBe(303)
      expect(await person('cy@example.com')).toMatchObject({ role: 'viewer', name: 'Cy <b>' })
    })
  })

  test('a disabled account stays out', async () => {
    await insertPerson(
      db(),
      { email: 'dan@example.com', name: 'Dan', passwordHash: null, role: 'member' },
      now,
    )
    const id = (await person('dan@example.com'))?.id ?? 0
    expect((await signIn(start(), 'dan-1', verified('dan@example.com'))).status).toBe(303)
    await updateMember(db(), id, { role: 'member', projectIds: null, disabled: true }, actor, now)
    expect((await signIn(start({ role: 'viewer' }), 'dan-1', verified('dan@example.com'))).status).toBe(403)
    expect((await signIn(start({ role: 'viewer' }), 'dan-2', verified('dan@example.com'))).status).toBe(403)
  })

  test('an answer to another browser’s question, a changed one, a repeated or late one signs nobody in', async () => {
    provider.accounts.set('root-1', verified('root@example.com'))
    const mine = start()
    const begun = await mine.get('/sign-in/sso').expect(303)
    const back = await provider.passThrough(begun.headers.location ?? '', 'root-1')
    await start().get(back).expect(403)
    const other = start()
    await other.get('/sign-in/sso').expect(303)
    await other.get(back).expect(403)
    const changed = start()
    const asked = await changed.get('/sign-in/sso').expect(303)
    const own = await provider.passThrough(asked.headers.location ?? '', 'root-1')
    await changed.get(own.replace(/state=[^&]+/, 'state=x')).expect(403)
    await changed.get(own).expect(403)
    now = new Date(now.getTime() + 11 * 60_000)
    await mine.get(back).expect(403)
    const sessions = await db().selectFrom('login_sessions').select('id').execute()
    expect(sessions).toEqual([])
  })

  test('a provider that does not answer is told on the sign-in page, where passwords still work', async () => {
    const answer = await start({ issuer: 'http://127.0.0.1:9' }).get('/sign-in/sso').expect(503)
    expect(answer.text).toContain('Perron does not answer just now.')
    expect(answer.text).toContain('name="password"')
  })
})

onEachDatabase('without single sign-on', (db) => {
  test('there is no button, and its addresses are not found', async () => {
    const agent = request.agent(openDashboard(db()).app).set('Host', 'localhost')
    expect((await agent.get('/sign-in').expect(200)).text).not.toContain('/sign-in/sso')
    await agent.get('/sign-in/sso').expect(404)
    await agent.get('/sign-in/sso/callback?code=x&state=y').expect(404)
  })
})
