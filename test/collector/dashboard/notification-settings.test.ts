// The settings section "Notifications": destinations are made, changed, tested, paused and deleted, and neither
// pages, API nor audit log ever show an address or secret again.
import express, { type Express } from 'express'
import request from 'supertest'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createApi } from '../../../collector/api/app.ts'
import { createApiToken } from '../../../collector/db/api-tokens.ts'
import { ownActor } from '../../../collector/db/audit-log.ts'
import { listDestinations } from '../../../collector/db/destinations.ts'
import { createProject } from '../../../collector/db/projects.ts'
import { createLog } from '../../../shared/log.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { seedNow } from '../../support/seed.ts'

const here = '/settings/notifications'
const slackUrl = 'https://hooks.slack.example/services/T000/B000/topsecret'

onEachDatabase('the notifications section', (db) => {
  let app: Express
  let mara: Awaited<ReturnType<typeof signedIn>>
  let projectId: number
  beforeAll(async () => {
    app = openDashboard(db()).app
    mara = await signedIn(db(), app)
    projectId = (await createProject(db(), { name: 'Rider', slug: 'rider' }, seedNow)).id
  })
  afterEach(async () => {
    await db().deleteFrom('destinations').execute()
  })

  const slack = {
    kind: 'slack',
    name: 'On call',
    url: slackUrl,
    mentionHere: 'on',
    'kind-regression': 'on',
    'kind-escalation': 'on',
    allProjects: 'on',
    quiet: 'on',
    from: '22:00',
    until: '07:00',
    timeZone: 'Europe/Berlin',
    passEscalations: 'on',
  }
  const post = (action: string, form: Record<string, unknown>) =>
    mara.post(`${here}/${action}`).type('form').send(form)

  test('a Slack destination is made, shown without its address, and changed without giving that again', async () => {
    await post('create', slack).expect(303)
    const [made] = await listDestinations(db())
    expect(made).toMatchObject({
      name: 'On call',
      target: { kind: 'slack', url: slackUrl, mentionHere: true },
      choice: {
        kinds: ['regression', 'escalation'],
        projectIds: null,
        quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin', passEscalations: true },
      },
    })
    const { text } = await mara.get(here).expect(200)
    expect(text).toContain('hooks.slack.example')
    expect(text).not.toContain('topsecret')

    const changed = {
      destination: made?.id,
      name: 'Team',
      url: '',
      [`project-${projectId}`]: 'on',
      'kind-filed': 'on',
    }
    await post('save', { ...changed, kind: 'slack' }).expect(303)
    expect(await listDestinations(db())).toMatchObject([
      {
        name: 'Team',
        target: { url: slackUrl, mentionHere: false },
        choice: { kinds: ['filed'], projectIds: [projectId], quietHours: null },
      },
    ])
  })

  test('a webhook’s secret is shown once, and a new one can be made', async () => {
    const { text } = await post('create', {
      kind: 'webhook',
      name: 'Hook',
      url: 'https://hook.example/x',
    }).expect(200)
    const secret = /whsec_[A-Za-z0-9+/=]+/.exec(text)?.[0] ?? ''
    const [made] = await listDestinations(db())
    expect(made?.target).toMatchObject({ secret })
    expect((await mara.get(here)).text).not.toContain('whsec_')
    const again = await post('new-secret', { destination: made?.id }).expect(200)
    expect(again.headers['cache-control']).toBe('no-store')
    expect(again.text).toContain('whsec_')
    expect(again.text).not.toContain(secret)
  })

  test('what is wrong is said at the form, which keeps what was typed', async () => {
    const { text } = await post('create', {
      ...slack,
      url: 'ftp://x',
      timeZone: 'Mars',
      name: 'Kept name',
    }).expect(200)
    expect(text).toContain('url: not an http or https address')
    expect(text).toContain('value="Kept name"')
    const mail = await post('create', { kind: 'mail', name: 'M', to: 'a@b.example, nobody' }).expect(200)
    expect(mail.text).toContain('to.1: not an e-mail address')
    expect(await listDestinations(db())).toEqual([])
  })

  test('a test message is sent at once, and the page says what came of it', async () => {
    await post('create', slack)
    const [made] = await listDestinations(db())
    const { text } = await post('test', { destination: made?.id }).expect(200)
    expect(text).toContain('The test message arrived there.')
    expect(await listDestinations(db())).toMatchObject([{ sentAt: seedNow, error: null }])
  })

  test('it is paused, resumed and deleted, and the audit log tells who did it, without secrets', async () => {
    await post('create', slack)
    const destination = (await listDestinations(db()))[0]?.id
    await post('pause', { destination, paused: 'yes' }).expect(303)
    expect(await listDestinations(db())).toMatchObject([{ pausedAt: seedNow }])
    await post('pause', { destination, paused: 'no' }).expect(303)
    await post('save', { ...slack, destination, url: `${slackUrl}2` }).expect(303)
    await post('delete', { destination }).expect(303)
    expect(await listDestinations(db())).toEqual([])
    await post('delete', { destination }).expect(404)
    const entries = await db().selectFrom('audit_log').selectAll().orderBy('id', 'desc').limit(4).execute()
    expect(entries.map(({ action }) => action)).toEqual([
      'destination.deleted',
      'destination.changed',
      'destination.changed',
      'destination.changed',
    ])
    expect(JSON.stringify(entries)).not.toContain('topsecret')
    expect(JSON.stringify(entries)).toContain('"target":"changed"')
  })

  test('only admins see it', async () => {
    const member = await signedIn(db(), app, 'member')
    await member.get(here).expect(403)
    await member.post(`${here}/create`).type('form').send(slack).expect(403)
  })

  describe('by the API', () => {
    test('destinations are made, listed, changed and deleted; secrets stand in the first answer only', async () => {
      const { token } = await createApiToken(
        db(),
        { name: 'terraform', scopes: ['org:admin'], projectId: null },
        seedNow,
        ownActor,
      )
      const config = { org: 'perron', url: 'http://localhost', relayUrl: 'https://relay.example' }
      const api = express()
      api.use('/api/0', createApi({ db: db(), now: () => seedNow, config, log: createLog('test', 'silent') }))
      const path = '/api/0/organizations/perron/postern/destinations/'
      const auth = { authorization: `Bearer ${token}` }
      const hook = { kind: 'webhook', name: 'Hook', url: 'https://hook.example/secretpath', kinds: ['filed'] }
      const made = await request(api).post(path).set(auth).send(hook).expect(201)
      expect(made.body).toMatchObject({ kind: 'webhook', secret: expect.stringMatching(/^whsec_/) })
      const listed = await request(api).get(path).set(auth).expect(200)
      expect(listed.body).toMatchObject([{ name: 'Hook', kinds: ['filed'], projectIds: null }])
      expect(JSON.stringify(listed.body)).not.toMatch(/whsec_|secretpath/)
      const one = `${path}${made.body.id}/`
      const change = { kinds: ['resolved'], paused: true }
      const changed = await request(api).put(one).set(auth).send(change).expect(200)
      expect(changed.body).toMatchObject({ kinds: ['resolved'], pausedAt: seedNow.toISOString() })
      const bad = await request(api)
        .put(one)
        .set(auth)
        .send({ kinds: ['everything'] })
        .expect(400)
      expect(bad.body.detail).toContain('kinds.0')
      await request(api).delete(one).set(auth).expect(204)
      await request(api).delete(one).set(auth).expect(404)
    })
  })
})
