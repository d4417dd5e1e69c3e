// For how long things are put off, ignored and resolved: as the pages offer it, alone and in bulk, up to what
// happens when it is over.
import { beforeEach, expect, test } from 'vitest'
import { nextMorning } from '../../../collector/dashboard/choices.ts'
import { listIssueChanges } from '../../../collector/db/issue-changes.ts'
import { createProject, type Project } from '../../../collector/db/projects.ts'
import { createEndIgnoredStep } from '../../../collector/end-ignored.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { minutesAgo, seedIssue } from '../../support/seed.ts'

type Agent = Awaited<ReturnType<typeof signedIn>>

test.each([
  ['UTC', '2026-11-18T03:08:00Z', '2026-11-18T08:00:00.000Z'],
  ['UTC', '2026-11-18T05:00:00Z', '2026-11-19T08:00:00.000Z'],
  ['UTC', '2026-12-31T22:00:00Z', '2027-01-01T08:00:00.000Z'],
  ['Asia/Tokyo', '2026-11-18T18:30:00Z', '2026-11-18T23:00:00.000Z'],
  ['America/New_York', '2026-11-18T03:08:00Z', '2026-11-18T13:00:00.000Z'],
  ['Europe/Brussels', '2026-03-28T20:00:00Z', '2026-03-29T06:00:00.000Z'],
])('the next morning in %s at %s is %s', (zone, now, morning) => {
  expect(nextMorning({ zone, now: new Date(now) }).toISOString()).toBe(morning)
})

onEachDatabase('choices', (db) => {
  let mara: Agent
  let project: Project
  let count = 0

  beforeEach(async () => {
    count += 1
    const { app } = openDashboard(db())
    mara = await signedIn(db(), app, 'admin', `Mara ${count}`)
    const slug = `c${count}`
    project = await createProject(db(), { name: slug, slug, platform: 'node' }, minutesAgo(999))
  })

  const seed = (type: string, more = {}) =>
    seedIssue(db(), project, { type, value: 'x', events: 40, users: 7, ...more })
  const asks = (type: string) => seed(type, { alert: { rule: 'fatal', minutesAgo: 2 } })
  const act = (id: number, fields: object) => mara.post(`/issues/${id}`).type('form').send(fields)
  const row = (id: number) =>
    db().selectFrom('issues').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const newest = async (id: number) => (await listIssueChanges(db(), id))[0]

  test('what is put off until ten more events is off the start page, and back with the tenth', async () => {
    const id = await asks('Counted')
    await act(id, { action: 'snooze:events', snooze_events: '10' }).expect(303)
    expect((await newest(id))?.reason).toBe(`Mara ${count} put it off until 10 more events come.`)
    const off = await mara.get('/').expect(200)
    expect(off.text).toContain('snoozed for 10 more events')
    expect(off.text).not.toContain(`action="/issues/${id}"`)
    expect((await mara.get('/issues?q=is:snoozed')).text).toContain('Counted')
    await db().updateTable('issues').set({ event_count: 49 }).where('id', '=', id).execute()
    expect((await mara.get('/')).text).toContain('snoozed for 1 more event')
    await db().updateTable('issues').set({ event_count: 50 }).where('id', '=', id).execute()
    expect((await mara.get('/')).text).toContain(`action="/issues/${id}"`)
  })

  test('an issue may be ignored for a day', async () => {
    const id = await seed('Daily')
    await act(id, { action: 'ignore:24h' }).expect(303)
    expect((await row(id)).ignored_until?.toISOString()).toBe('2026-11-19T03:08:00.000Z')
  })

  test.each([
    ['snooze', '2026-11-18T04:08:00.000Z'],
    ['snooze:4h', '2026-11-18T07:08:00.000Z'],
    ['snooze:morning', '2026-11-18T07:00:00.000Z'],
  ])('%s ends at %s on the clock of the viewer in Brussels', async (action, until) => {
    const id = await asks(action)
    await act(id, { action }).set('Cookie', 'postern_zone=Europe%2FBrussels').expect(303)
    expect((await row(id)).snoozed_until?.toISOString()).toBe(until)
    const page = await mara.get(`/issues/${id}`).set('Cookie', 'postern_zone=Europe%2FBrussels')
    expect(page.text).toMatch(/put it off\. Until 0[5-8]:0[08]\./)
  })

  test('ignored until a moment on the viewer’s clock, it is open again once that has come', async () => {
    const id = await seed('Moment')
    await act(id, { action: 'ignore:until', ignore_until: '2026-11-18T09:30' })
      .set('Cookie', 'postern_zone=Europe%2FBrussels')
      .expect(303)
    expect((await row(id)).ignored_until?.toISOString()).toBe('2026-11-18T08:30:00.000Z')
    expect((await mara.get(`/issues/${id}`)).text).toContain('Ignored until 08:30')
    const early = createEndIgnoredStep({ db: db(), now: () => new Date('2026-11-18T08:29:00Z') })
    expect(await early()).toBe(false)
    const step = createEndIgnoredStep({ db: db(), now: () => new Date('2026-11-18T08:30:00Z') })
    expect(await step()).toBe(true)
    expect(await row(id)).toMatchObject({ status: 'unresolved', ignored_until: null })
    expect(await newest(id)).toMatchObject({ kind: 'reopened', actor: 'postern' })
    expect(await step()).toBe(false)
  })

  test('ignored until counts are totals from then on, and can be changed while they run', async () => {
    const id = await seed('Counts')
    await act(id, { action: 'ignore:events', ignore_events: '100' }).expect(303)
    expect(await row(id)).toMatchObject({ status: 'ignored', ignored_until_events: 140 })
    await act(id, { action: 'ignore:users', ignore_users: '3' }).expect(303)
    expect(await row(id)).toMatchObject({ ignored_until_events: null, ignored_until_users: 10 })
    expect((await mara.get(`/issues/${id}`)).text).toContain('Ignored until 10 users')
    await act(id, { action: 'reopen' }).expect(303)
    expect(await row(id)).toMatchObject({ status: 'unresolved', ignored_until_users: null })
  })

  test('many at once are put off, ignored and resolved by the same choices', async () => {
    const ids = [await asks('One'), await asks('Two')]
    const bulk = (fields: object) =>
      mara
        .post('/issues/bulk')
        .type('form')
        .send({ id: ids, ...fields })
    await bulk({ action: 'snooze:4h' }).expect(303)
    for (const id of ids)
      expect((await row(id)).snoozed_until?.toISOString()).toBe('2026-11-18T07:08:00.000Z')
    await bulk({ action: 'ignore:events', ignore_events: '5', snooze_events: '10', release: '' }).expect(303)
    for (const id of ids)
      expect(await row(id)).toMatchObject({ ignored_until_events: 45, snoozed_until: null })
    await bulk({ action: 'resolve:now' }).expect(303)
    for (const id of ids) {
      expect((await row(id)).fix).toMatchObject({ everywhere: true, releases: [] })
      expect((await newest(id))?.reason).toContain('for all releases at once')
    }
    await bulk({ action: 'reopen' }).expect(303)
    await bulk({ action: 'resolve:release', release: 'app@4.3.1' }).expect(303)
    for (const id of ids) expect((await row(id)).fixed_in_release).toBe('app@4.3.1')
    await bulk({ action: 'reopen' }).expect(303)
    const change = 'https://github.com/perron/rider/pull/512/files'
    await bulk({ action: 'resolve:change', release: '', change }).expect(303)
    for (const id of ids) {
      expect((await row(id)).fix).toMatchObject({ releases: [], source: 'perron/rider#512' })
      expect((await newest(id))?.reason).toMatch(/resolved it with perron\/rider#512, in the next release\.$/)
    }
  })

  test.each([
    [{ action: 'snooze:events', snooze_events: '0' }, 'How many more events'],
    [{ action: 'snooze:never' }, 'One snoozes'],
    [{ action: 'ignore:users', ignore_users: '-3' }, 'How many more users'],
    [{ action: 'ignore:until', ignore_until: '2020-01-01T00:00' }, 'Until when'],
    [{ action: 'ignore:until', ignore_until: 'soon' }, 'Until when'],
    [{ action: 'resolve:release', release: ' ' }, 'Which release'],
    [{ action: 'resolve:yesterday' }, 'One resolves'],
    [{ action: 'resolve:change', change: 'the one of yesterday' }, 'Which change'],
    [{ action: 'resolve:change', change: 'javascript:alert(1)//perron/rider/pull/x' }, 'Which change'],
    [{ action: 'explode:now' }, 'An action is one of'],
  ])('%o is refused with what to give, and changes nothing', async (fields, words) => {
    const id = await seed('Refused')
    const { text } = await act(id, fields).expect(400)
    expect(text).toContain(words)
    expect(await row(id)).toMatchObject({ status: 'unresolved', snoozed_until: null })
  })

  test('what was put off and then resolved asks at once when it comes back', async () => {
    const id = await asks('Back')
    await act(id, { action: 'snooze:events', snooze_events: '1000' }).expect(303)
    await act(id, { action: 'resolve' }).expect(303)
    expect(await row(id)).toMatchObject({ snoozed_until_events: null })
  })

  test('what no rule has filed is filed by hand, once, and by one who may change things', async () => {
    await db()
      .updateTable('projects')
      .set({ repository: 'perron/kiosk' })
      .where('id', '=', project.id)
      .execute()
    const id = await seed('Unfiled')
    expect((await mara.get(`/issues/${id}`).expect(200)).text).toContain('File now')
    await act(id, { action: 'file' }).expect(303)
    await act(id, { action: 'file' }).expect(303)
    const alerts = await db().selectFrom('alerts').selectAll().where('issue_id', '=', id).execute()
    expect(alerts.map(({ rule, episode, done_at }) => [rule, episode, done_at])).toEqual([
      ['by_hand', 1, null],
    ])
    const page = (await mara.get(`/issues/${id}`).expect(200)).text
    expect(page).not.toContain('File now')
    expect(page).toContain('It is being filed in perron/kiosk.')
    expect((await newest(id))?.reason).toBe(`Mara ${count} had it filed by hand.`)
    // Who had it filed knows of it: it asks for nobody.
    expect((await mara.get('/')).text).not.toContain(`action="/issues/${id}"`)
    const refused = 'GitHub refused the token (401).'
    await db().updateTable('alerts').set({ error: refused }).where('issue_id', '=', id).execute()
    expect((await mara.get('/')).text).toContain(`action="/issues/${id}"`)
    expect((await mara.get(`/issues/${id}`)).text).toContain(
      `href="/projects/${project.slug}/settings/filing">Mend<`,
    )
  })
})
