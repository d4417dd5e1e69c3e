// Accounts after the first: invitations, what members may be changed to, the second factor, sessions; through the
// real pages on both databases.
import request from 'supertest'
import { beforeAll, describe, expect, test } from 'vitest'
import { hashPassword } from '../../../collector/access/passwords.ts'
import { totpCode } from '../../../collector/access/totp.ts'
import { listAuditEntries } from '../../../collector/db/audit-log.ts'
import { up as sealSecondFactors } from '../../../collector/db/migrations/0092-sealed-second-factors.ts'
import { insertPerson, listMembers, updateMember } from '../../../collector/db/people.ts'
import { spendTotpStep } from '../../../collector/db/second-factor.ts'
import { dashboardPassword, openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase, postgresAvailable } from '../../support/database.ts'
import { seedNow } from '../../support/seed.ts'

const actor = { name: 'Test', personId: null }
const password = 'four quiet words here'

onEachDatabase('people', (db) => {
  let app: ReturnType<typeof openDashboard>['app']
  let now = seedNow
  let mara: Awaited<ReturnType<typeof signedIn>>
  beforeAll(async () => {
    app = openDashboard(db(), { now: () => now }).app
    mara = await signedIn(db(), app)
  })

  const stranger = () => {
    const agent = request.agent(app)
    return agent.set('Host', 'localhost').set('Sec-Fetch-Site', 'same-origin')
  }
  async function invite(fields: Record<string, string>) {
    const { text } = await mara.post('/settings/members/invite').type('form').send(fields).expect(200)
    return /http:\/\/localhost(\/invitation\/[\w-]+)/.exec(text)?.[1] ?? ''
  }
  const member = async (email: string) => (await listMembers(db())).find((one) => one.email === email)

  describe('an invitation', () => {
    test('makes an account with its role, once, and is kept as a hash only', async () => {
      const path = await invite({ email: ' Bob@Example.com', role: 'viewer', sees: 'all' })
      const rows = await db().selectFrom('invitations').selectAll().execute()
      expect(JSON.stringify(rows)).not.toContain(path.split('/').at(-1))
      const bob = stranger()
      expect((await bob.get(path).expect(200)).text).toContain('bob@example.com')
      await bob.post(path).type('form').send({ name: 'Bob', password }).expect(303).expect('Location', '/')
      await bob.get('/issues').expect(200)
      expect(await member('bob@example.com')).toMatchObject({ name: 'Bob', role: 'viewer', projectIds: null })
      await stranger().post(path).type('form').send({ name: 'Eve', password }).expect(404)
      await stranger().get(path).expect(404)
    })

    test('keeps what was entered and says what to mend', async () => {
      const path = await invite({ email: 'carol@example.com', role: 'member' })
      const weak = await stranger()
        .post(path)
        .type('form')
        .send({ name: 'Carol', password: 'short' })
        .expect(422)
      expect(weak.text).toContain('Use at least 12 characters.')
      expect(weak.text).toContain('value="Carol"')
      const common = { name: 'Carol', password: 'Password1234!' }
      const answer = await stranger().post(path).type('form').send(common).expect(422)
      expect(answer.text).toContain('among the passwords that are tried first')
      const known = await mara
        .post('/settings/members/invite')
        .type('form')
        .send({ email: 'bob@example.com', role: 'admin' })
      expect(known.text).toContain('bob@example.com has an account.')
      const nonsense = { email: 'nobody', role: 'member' }
      const again = await mara.post('/settings/members/invite').type('form').send(nonsense).expect(200)
      expect(again.text).toContain('Enter an e-mail address.')
    })

    test('stops working when it is withdrawn, replaced or a week old', async () => {
      const first = await invite({ email: 'dora@example.com', role: 'member' })
      const second = await invite({ email: 'dora@example.com', role: 'member' })
      await stranger().get(first).expect(404)
      await stranger().get(second).expect(200)
      const { text } = await mara.get('/settings/members').expect(200)
      const id = /dora@example.com[\s\S]*?name="invitation" value="(\d+)"/.exec(text)?.[1]
      await mara.post('/settings/members/withdraw').type('form').send({ invitation: id }).expect(303)
      await stranger().get(second).expect(404)
      const third = await invite({ email: 'dora@example.com', role: 'member' })
      now = new Date(seedNow.getTime() + 7 * 86_400_000 + 1000)
      await stranger().get(third).expect(404)
      now = seedNow
    })

    test('of an address with an account sets its password, and signs out everybody who used the old one', async () => {
      const path = await invite({ email: 'frida@example.com', role: 'member' })
      const frida = stranger()
      await frida.post(path).type('form').send({ name: 'Frida', password }).expect(303)
      const id = (await member('frida@example.com'))?.id
      const made = await mara
        .post('/settings/members/new-password')
        .type('form')
        .send({ person: id })
        .expect(200)
      const reset = /http:\/\/localhost(\/invitation\/[\w-]+)/.exec(made.text)?.[1] ?? ''
      const next = { name: '', password: 'another four quiet words' }
      await stranger().post(reset).type('form').send(next).expect(303).expect('Location', '/sign-in')
      await frida.get('/issues').expect(303)
      const old = { email: 'frida@example.com', password }
      await stranger().post('/sign-in').type('form').send(old).expect(422)
      await stranger()
        .post('/sign-in')
        .type('form')
        .send({ ...old, password: next.password })
        .expect(303)
    })
  })

  test('sign-in says how many tries are left, the same whether the address has an account or not', async () => {
    await insertPerson(
      db(),
      {
        email: 'known@perron.example',
        name: 'K',
        passwordHash: await hashPassword(password),
        role: 'viewer',
      },
      now,
    )
    const told = async (email: string) => {
      const { text } = await stranger().post('/sign-in').type('form').send({ email, password: 'wrong' })
      return /role="alert">.*?<\/svg>([^<]*)/.exec(text)?.[1]
    }
    const wrong = 'That e-mail and password do not match.'
    const said = [
      `${wrong} After 4 more tries, wait 15 minutes.`,
      `${wrong} After 3 more tries, wait 15 minutes.`,
      `${wrong} After 2 more tries, wait 15 minutes.`,
      `${wrong} After 1 more try, wait 15 minutes.`,
      `${wrong} Wait 15 minutes before you try again.`,
      expect.stringMatching(/^Too many attempts. Try again in 15\smin.$/),
    ]
    for (const email of ['known@perron.example', 'unknown@perron.example']) {
      const heard: (string | undefined)[] = []
      for (let attempt = 0; attempt < 6; attempt++) heard.push(await told(email))
      expect(heard, email).toEqual(said)
    }
  })

  describe('members', () => {
    test('who is disabled is signed out at once and can’t come back', async () => {
      const gus = await signedIn(db(), app, 'member', 'Gus')
      const id = (await member('gus@perron.example'))?.id
      const fields = { person: id, role: 'member', sees: 'all', disabled: 'on' }
      await mara.post('/settings/members/change').type('form').send(fields).expect(303)
      await gus.get('/issues').expect(303)
      const again = { email: 'gus@perron.example', password: dashboardPassword }
      const answer = await stranger().post('/sign-in').type('form').send(again).expect(422)
      expect(answer.text).toContain('That e-mail and password do not match.')
    })

    test('somebody always stays admin', async () => {
      const me = await member('mara.admin@perron.example')
      const change = { role: 'member' as const, projectIds: null, disabled: false }
      await expect(updateMember(db(), me?.id ?? 0, change, actor, now)).rejects.toMatchObject({
        code: 'conflict',
      })
      expect((await member('mara.admin@perron.example'))?.role).toBe('admin')
    })

    test.skipIf(!postgresAvailable)(
      'two admins who demote each other at once don’t both succeed',
      async () => {
        const hash = await hashPassword(password)
        const [row] = await db()
          .insertInto('people')
          .values({ email: 'h@example.com', name: 'H', password_hash: hash, role: 'admin', created_at: now })
          .returning('id')
          .execute()
        const me = (await member('mara.admin@perron.example'))?.id ?? 0
        const change = { role: 'viewer' as const, projectIds: null, disabled: false }
        const both = await Promise.allSettled([
          updateMember(db(), me, change, actor, now),
          updateMember(db(), row?.id ?? 0, change, actor, now),
        ])
        expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
        await db().updateTable('people').set({ role: 'admin' }).where('id', '=', me).execute()
      },
    )

    test('every change stands in the audit log, with who did it and no secret', async () => {
      const entries = await listAuditEntries(db(), {}, 100)
      const actions = new Set(entries.map(({ action }) => action))
      for (const action of ['person.invited', 'person.joined', 'person.changed', 'password.changed'])
        expect(actions).toContain(action)
      expect(JSON.stringify(entries)).not.toMatch(/argon2id|invitation\//)
      expect((await mara.get('/settings/audit').expect(200)).text).toContain('bob@example.com')
    })
  })

  describe('the second factor', () => {
    const email = 'ida@perron.example'
    let secret = ''
    let codes: string[] = []
    let ida: Awaited<ReturnType<typeof signedIn>>

    test('is turned on with the password and a code, and gives ten recovery codes once', async () => {
      ida = await signedIn(db(), app, 'member', 'Ida')
      const wrong = await ida.post('/settings/you/add-second-factor').type('form').send({ current: 'no' })
      expect(wrong.text).toContain('That is not your password.')
      const begun = await ida
        .post('/settings/you/add-second-factor')
        .type('form')
        .send({ current: dashboardPassword })
        .expect(200)
      expect(begun.headers['cache-control']).toBe('no-store')
      secret = (/class="secret">([A-Z2-7 ]+)</.exec(begun.text)?.[1] ?? '').replaceAll(' ', '')
      const token = /name="token" value="([\w-]+)"/.exec(begun.text)?.[1]
      const bad = await ida
        .post('/settings/you/confirm-second-factor')
        .type('form')
        .send({ token, code: '000000' })
      expect(bad.text).toContain('That code is not the one of now.')
      const fields = { token, code: totpCode(secret, now) }
      const done = await ida.post('/settings/you/confirm-second-factor').type('form').send(fields).expect(200)
      codes = done.text.match(/\b[2-9a-hjkmnp-z]{5}-[2-9a-hjkmnp-z]{5}\b/g) ?? []
      expect(new Set(codes).size).toBe(10)
      // Each on a line of its own, as one writes them down.
      const shown = /class="codes">([^<]*)</.exec(done.text)?.[1]
      expect(shown?.trim().split('\n')).toEqual(codes.slice(0, 10))
      await ida.get('/settings/you').expect(200)
      const stored = await db().selectFrom('recovery_codes').select('code_hash').execute()
      expect(JSON.stringify(stored)).not.toContain(codes[0]?.replace('-', ''))
      const kept = await db().selectFrom('people').select('totp_secret').where('email', '=', email).execute()
      expect(kept[0]?.totp_secret).toMatch(/^v1\.[\w-]{60,}$/)
      const steps = await db().selectFrom('sign_in_steps').select('facts').execute()
      expect(JSON.stringify([kept, steps])).not.toContain(secret)
    })

    const firstHalf = async () => {
      const agent = stranger()
      const fields = { email, password: dashboardPassword }
      const answer = await agent.post('/sign-in').type('form').send(fields).expect(303)
      expect(answer.headers.location).toBe('/sign-in/code?next=%2F')
      return agent
    }
    const code = (agent: ReturnType<typeof stranger>, text: string) =>
      agent.post('/sign-in/code').type('form').send({ code: text })

    test('is asked for after the password, and no page opens before it is given', async () => {
      now = new Date(seedNow.getTime() + 60_000)
      const agent = await firstHalf()
      await agent.get('/issues').expect(303)
      await code(agent, totpCode(secret, now)).expect(303).expect('Location', '/')
      await agent.get('/issues').expect(200)
    })

    test('takes no code twice, not from another browser either', async () => {
      now = new Date(seedNow.getTime() + 120_000)
      const [first, second] = [await firstHalf(), await firstHalf()]
      await code(first, totpCode(secret, now)).expect(303)
      await code(second, totpCode(secret, now)).expect(422)
      const id = (await member(email))?.id ?? 0
      const step = 99_999_999
      const both = await Promise.all([spendTotpStep(db(), id, step), spendTotpStep(db(), id, step)])
      expect(both.filter(Boolean)).toHaveLength(1)
      await db().updateTable('people').set({ totp_step: null }).where('id', '=', id).execute()
    })

    test('of an older program, kept as it was, is sealed by the migration and still lets in', async () => {
      await db().updateTable('people').set({ totp_secret: secret }).where('email', '=', email).execute()
      await sealSecondFactors(db() as never)
      const { totp_secret: kept } = await db()
        .selectFrom('people')
        .select('totp_secret')
        .where('email', '=', email)
        .executeTakeFirstOrThrow()
      expect(kept).toMatch(/^v1\./)
      now = new Date(seedNow.getTime() + 180_000)
      await code(await firstHalf(), totpCode(secret, now)).expect(303)
      await db().updateTable('people').set({ totp_step: null }).where('email', '=', email).execute()
    })

    test('takes a recovery code in its place, once', async () => {
      await code(await firstHalf(), ` ${codes[0]?.toUpperCase()} `).expect(303)
      await code(await firstHalf(), codes[0] ?? '').expect(422)
    })

    test('stops taking codes after five wrong ones', async () => {
      const agent = await firstHalf()
      const statuses: number[] = []
      for (let index = 0; index < 6; index++) statuses.push((await code(agent, '123456')).status)
      expect(statuses.at(-1)).toBe(429)
      await code(agent, codes[1] ?? '').expect(429)
    })

    test('can be taken away by an admin, for who lost phone and codes', async () => {
      const person = (await member(email))?.id
      await mara.post('/settings/members/remove-second-factor').type('form').send({ person }).expect(303)
      const fields = { email, password: dashboardPassword }
      await stranger().post('/sign-in').type('form').send(fields).expect(303).expect('Location', '/')
    })
  })

  describe('login sessions', () => {
    test('are listed, ended one by one or all others, and never somebody else’s', async () => {
      const jo = await signedIn(db(), app, 'viewer', 'Jo')
      const fields = { email: 'jo@perron.example', password: dashboardPassword }
      const phone = stranger().set('User-Agent', 'Mozilla/5.0 (iPhone) AppleWebKit Safari/604.1')
      await phone.post('/sign-in').type('form').send(fields).expect(303)
      const { text } = await jo.get('/settings/you').expect(200)
      expect(text).toContain('Safari on iPhone')
      const session = /name="session" value="(\d+)"/.exec(text)?.[1]
      const kai = await signedIn(db(), app, 'admin', 'Kai')
      await kai.post('/settings/you/end-session').type('form').send({ session }).expect(303)
      await phone.get('/issues').expect(200)
      await jo.post('/settings/you/end-session').type('form').send({ session }).expect(303)
      await phone.get('/issues').expect(303)
      await jo.get('/issues').expect(200)
      await kai.get('/issues').expect(200)
    })

    test('get a new token when the password changes, and the others end', async () => {
      const lea = await signedIn(db(), app, 'member', 'Lea')
      const cookie = () =>
        lea.jar.getCookie('postern_session', { path: '/', domain: '127.0.0.1', secure: false, script: false })
          ?.value
      const before = cookie()
      const other = stranger()
      const fields = { email: 'lea@perron.example', password: dashboardPassword }
      await other.post('/sign-in').type('form').send(fields).expect(303)
      const change = { current: dashboardPassword, password: 'a wholly different one' }
      await lea.post('/settings/you/password').type('form').send(change).expect(200)
      expect(cookie()).not.toBe(before)
      await lea.get('/issues').expect(200)
      await other.get('/issues').expect(303)
    })
  })
})
