// The on-call page over a real database: what needs a person and in which order, what taking it in hand does,
// and what a page that is open shows when something new comes.
import { beforeEach, describe, expect, test } from 'vitest'
import { listIssueChanges } from '../../../collector/db/issue-changes.ts'
import { createProject, type Project, updateProject } from '../../../collector/db/projects.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { minutesAgo, seedIssue, seedNow, seedRelay, seedStorm } from '../../support/seed.ts'

type Agent = Awaited<ReturnType<typeof signedIn>>

/** Kind and type of the rows, in order. */
function rowsOf(html: string): string[] {
  return [
    ...html.matchAll(
      /<b class="kind">([^<]*)<\/b>[\s\S]*?<a class="card-title"[^>]*><bdi>(?:<b>([^<]*)<\/b>)?/g,
    ),
  ].map((match) => `${match[1]} ${match[2] ?? ''}`)
}

const titleOf = (html: string) => /<title>([^<]*)</.exec(html)?.[1]
const pollOf = (html: string) =>
  (/id="on-call"[^>]*hx-get="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&')

onEachDatabase('on call', (db) => {
  let mara: Agent
  let project: Project
  let count = 0

  beforeEach(async () => {
    await db()
      .updateTable('issues')
      .set({ status: 'resolved', status_at: minutesAgo(90), in_episode: false })
      .execute()
    await db().deleteFrom('relays').execute()
    await db().updateTable('alerts').set({ error: null, permanent: false }).execute()
    const { app } = openDashboard(db())
    count += 1
    mara = await signedIn(db(), app, 'admin', `Mara ${count}`)
    project = await createProject(
      db(),
      { name: `p${count}`, slug: `p${count}`, platform: 'node' },
      minutesAgo(999),
    )
  })

  const seed = (
    type: string,
    rule: 'burst' | 'fatal' | 'regression' | 'escalation' | 'slow_burn',
    ago: number,
    more = {},
  ) => seedIssue(db(), project, { type, value: 'x', alert: { rule, minutesAgo: ago }, ...more })

  test('most urgent first, the newest first inside a kind, and the tab says how many', async () => {
    await seed('B1', 'burst', 14)
    await seed('B2', 'burst', 4)
    await seed('E', 'escalation', 200)
    await seed('F', 'fatal', 30)
    await seed('R', 'regression', 5)
    await seed('RF', 'regression', 20, { level: 'fatal' })
    await seed('Slow', 'slow_burn', 5)
    await seed('Old', 'burst', 25 * 60)
    await seedRelay(db(), 'https://relay-fra.perron.example', 'connection refused')
    const { text } = await mara.get('/').expect(200)
    expect(rowsOf(text)).toEqual([
      'Escalated E',
      'Regressed RF',
      'Fatal F',
      'Burst B2',
      'Burst B1',
      'Regressed R',
      'Relay unreachable relay-fra.perron.example',
    ])
    expect(text).toContain('7 need you')
    expect(titleOf(text)).toBe('(7) On call · Postern')
    expect(titleOf((await mara.get('/projects')).text)).toBe('(7) Projects · Postern')
  })

  test('narrowed to one project it stays so while it is brought up to date; the tab counts all', async () => {
    await seed('Mine', 'fatal', 3)
    const slug = `other-${count}`
    const other = await createProject(db(), { name: slug, slug, platform: 'node' }, minutesAgo(999))
    await seedIssue(db(), other, { type: 'Other', value: 'x', alert: { rule: 'fatal', minutesAgo: 4 } })
    const { text } = await mara.get(`/?project=${project.slug}`).expect(200)
    expect(rowsOf(text)).toEqual(['Fatal Mine'])
    expect(text).toContain('1 needs you')
    expect(titleOf(text)).toBe('(2) On call · Postern')
    expect(/<div id="on-call"[^>]*>/.exec(text)?.[0]).not.toContain('data-needs')
    expect(pollOf(text)).toMatch(new RegExp(`^/\\?project=${project.slug}&shown=`))
    await seedIssue(db(), other, { type: 'New', value: 'x', alert: { rule: 'fatal', minutesAgo: 0 } })
    const polled = await mara.get(pollOf(text)).set('HX-Request-Type', 'partial').expect(200)
    expect(rowsOf(polled.text)).toEqual(['Fatal Mine'])
    expect(polled.text).not.toContain('id="pill"')
    // A project that there is not is none.
    expect(rowsOf((await mara.get('/?project=nowhere')).text)).toHaveLength(3)
  })

  test('acknowledge, snooze and resolve take it off, each with a way back, and are in the timeline', async () => {
    const ids = [await seed('A', 'fatal', 3), await seed('S', 'fatal', 4), await seed('R', 'fatal', 5)]
    const page = await mara.get('/').expect(200)
    const back = pollOf(page.text)
    for (const [index, action] of ['acknowledge', 'snooze', 'resolve'].entries()) {
      await mara
        .post(`/issues/${ids[index]}`)
        .type('form')
        .send({ action, back })
        .expect(303)
        .expect('Location', back)
    }
    const polled = await mara.get(back).set('HX-Request-Type', 'partial').expect(200)
    expect(rowsOf(polled.text)).toEqual(['Fatal A', 'Fatal S', 'Fatal R'])
    expect(polled.text).toContain(`Mara ${count} has it`)
    expect(polled.text).toContain('Snoozed until 04:08')
    for (const undo of ['unacknowledge', 'unsnooze', 'reopen'])
      expect(polled.text).toContain(`value="${undo}"`)
    const anew = await mara.get('/').expect(200)
    expect(rowsOf(anew.text)).toEqual([])
    expect(anew.text).toContain('acknowledged by Mara')
    expect(anew.text).toContain('snoozed until 04:08')
    const kinds = await Promise.all(ids.map(async (id) => (await listIssueChanges(db(), id))[0]?.kind))
    expect(kinds).toEqual(['acknowledged', 'snoozed', 'resolved'])
    await mara.post(`/issues/${ids[0]}`).type('form').send({ action: 'unacknowledge' }).expect(303)
    await mara.post(`/issues/${ids[1]}`).type('form').send({ action: 'unsnooze' }).expect(303)
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Fatal A', 'Fatal S'])
    await mara.post(`/issues/${ids[2]}`).type('form').send({ action: 'reopen' }).expect(303)
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Fatal A', 'Fatal S', 'Fatal R'])
  })

  test('a storm is one row that opens its issues, is taken in hand as one, and counts as one', async () => {
    await seed('Alone', 'burst', 9)
    const stormId = await seedStorm(db(), project, { minutesAgo: 12, number: 44 })
    const ids: number[] = []
    for (let i = 0; i < 4; i += 1) {
      ids.push(
        await seed(`Of storm ${i}`, 'fatal', 10, {
          events: 5,
          alert: { rule: 'fatal', minutesAgo: 10, stormId },
        }),
      )
    }
    const page = await mara.get('/').expect(200)
    expect(rowsOf(page.text)).toEqual(['Storm 4 issues', 'Burst Alone'])
    expect(titleOf(page.text)).toBe('(2) On call · Postern')
    expect(page.text).toContain('#44')
    expect(page.text).toMatch(/<b>20<\/b> <span>events/)
    const href = /data-open="(\/issues\?[^"]*storm[^"]*)"/.exec(page.text)?.[1] ?? ''
    const list = await mara.get(href.replaceAll('&amp;', '&')).expect(200)
    expect([...list.text.matchAll(/<li class="issue-row/g)]).toHaveLength(4)
    expect(list.text).not.toContain('Alone')

    const back = pollOf(page.text)
    const act = (action: string) => mara.post(`/storms/${stormId}`).type('form').send({ action, back })
    await mara.post(`/issues/${ids[0]}`).type('form').send({ action: 'acknowledge' }).expect(303)
    expect((await mara.get('/')).text).toContain('3 of them not in hand')
    await act('acknowledge').expect(303).expect('Location', back)
    const polled = await mara.get(back).set('HX-Request-Type', 'partial').expect(200)
    expect(rowsOf(polled.text)).toEqual(['Storm 4 issues', 'Burst Alone'])
    expect(polled.text).toContain(`Mara ${count} has it`)
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Burst Alone'])
    await act('unacknowledge').expect(303)
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Storm 4 issues', 'Burst Alone'])
    await act('snooze:4h').expect(303)
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Burst Alone'])
    await act('unsnooze').expect(303)
    const resolved = await seed('Resolved before', 'fatal', 10, {
      status: 'resolved',
      alert: { rule: 'fatal', minutesAgo: 10, stormId },
    })
    await db()
      .updateTable('issues')
      .set({ resolved_at: minutesAgo(5) })
      .where('id', '=', resolved)
      .execute()
    await act('resolve').expect(303)
    const over = await mara.get(back).set('HX-Request-Type', 'partial').expect(200)
    expect(over.text).toMatch(/Resolved<\/span>[\s\S]*?value="reopen"/)
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Burst Alone'])
    const statusesOf = () =>
      db()
        .selectFrom('issues')
        .select('status')
        .where('id', 'in', [...ids, resolved])
        .orderBy('id')
        .execute()
        .then((rows) => rows.map((row) => row.status))
    expect(new Set(await statusesOf())).toEqual(new Set(['resolved']))
    await act('reopen').expect(303)
    expect(await statusesOf()).toEqual([...ids.map(() => 'unresolved'), 'resolved'])
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Storm 5 issues', 'Burst Alone'])
    await act('comment').expect(400)
    for (const none of ['999999', 'abc', '1e3', '99999999999999999999'])
      await mara.post(`/storms/${none}`).type('form').send({ action: 'resolve', back }).expect(404)
  })

  test('what two people take at once is one entry in the timeline, with the faster one', async () => {
    const id = await seed('A', 'fatal', 3)
    const { app } = openDashboard(db())
    const aiko = await signedIn(db(), app, 'member', `Aiko ${count}`)
    await aiko.post(`/issues/${id}`).type('form').send({ action: 'acknowledge' }).expect(303)
    await mara.post(`/issues/${id}`).type('form').send({ action: 'acknowledge' }).expect(303)
    const changes = await listIssueChanges(db(), id)
    expect(changes.map((change) => change.reason)).toEqual([`Aiko ${count} has it.`])
  })

  test('a new one waits behind a pill while something is shown, and nothing moves', async () => {
    await seed('First', 'burst', 10)
    const page = await mara.get('/').expect(200)
    await seed('Second', 'fatal', 1)
    const polled = await mara.get(pollOf(page.text)).set('HX-Request-Type', 'partial').expect(200)
    expect(rowsOf(polled.text)).toEqual(['Burst First'])
    expect(polled.text).toContain('1 new, 1 fatal')
    expect(polled.text).toContain('data-needs="2"')
    expect(rowsOf((await mara.get('/')).text)).toEqual(['Fatal Second', 'Burst First'])
  })

  test('with more than thirty the rest is counted and a link away, and only what comes later is new', async () => {
    for (let place = 0; place < 34; place += 1) await seed(`B${place}`, 'burst', 60 + place)
    const page = await mara.get('/').expect(200)
    expect(page.text).toContain('34 need you')
    expect(titleOf(page.text)).toBe('(34) On call · Postern')
    expect(rowsOf(page.text)).toHaveLength(30)
    expect(page.text).toContain('<a class="button" href="/issues">Show 4 more, in the same order</a>')
    const poll = () => mara.get(pollOf(page.text)).set('HX-Request-Type', 'partial').expect(200)
    // What was left out is no news, also once there is room for it.
    const first = /action="\/issues\/(\d+)"/.exec(page.text)?.[1]
    await mara.post(`/issues/${first}`).type('form').send({ action: 'acknowledge' }).expect(303)
    const acted = (await poll()).text
    expect(rowsOf(acted)).toHaveLength(30)
    expect(acted).toContain('Show 4 more, in the same order')
    expect(acted).not.toContain('id="pill"')
    for (let place = 0; place < 31; place += 1) await seed(`F${place}`, 'fatal', -1)
    for (let place = 0; place < 40; place += 1) await seed(`More ${place}`, 'burst', -1)
    const polled = (await poll()).text
    expect(rowsOf(polled)).toEqual(rowsOf(acted))
    // So many are new that not all were read; the most urgent were, and the count says how many there are.
    expect(polled).toContain('60 new, 31 fatal')
    expect(polled).toContain('99+ need you')
    expect(titleOf((await mara.get('/projects')).text)).toBe('(99+) Projects · Postern')
  })

  test('on an empty page a new one appears by itself', async () => {
    const page = await mara.get('/').expect(200)
    expect(page.text).toContain('All calm')
    expect(titleOf(page.text)).toBe('On call · Postern')
    await seed('First', 'burst', 1)
    const polled = await mara.get(pollOf(page.text)).set('HX-Request-Type', 'partial').expect(200)
    expect(rowsOf(polled.text)).toEqual(['Burst First'])
  })

  test('calm is since the last alarm was over', async () => {
    const id = await seed('Over', 'fatal', 600)
    await db()
      .updateTable('issues')
      .set({ status: 'resolved', status_at: minutesAgo(294), in_episode: false })
      .where('id', '=', id)
      .execute()
    const { text } = await mara.get('/').expect(200)
    expect(text).toMatch(/All calm since (17 Nov, 22:14|\d)/)
  })

  test('a silent relay can be taken in hand, and asks again when it falls silent anew', async () => {
    const url = 'https://relay-fra.perron.example'
    await seedRelay(db(), url, 'connection refused')
    const act = (action: string) =>
      mara
        .post('/troubles')
        .type('form')
        .send({ trouble: `relay:${url}`, action, back: '/' })
        .expect(303)
    await act('acknowledge')
    expect(rowsOf((await mara.get('/')).text)).toEqual([])
    await act('release')
    expect(rowsOf((await mara.get('/')).text)).toHaveLength(1)
    await act('acknowledge')
    await db()
      .updateTable('relays')
      .set({ answered_at: minutesAgo(5) })
      .execute()
    expect(rowsOf((await mara.get('/')).text)).toEqual([`Relay unreachable relay-fra.perron.example`])
    await mara
      .post('/troubles')
      .type('form')
      .send({ trouble: 'relay:nothing', action: 'acknowledge' })
      .expect(303)
    await mara.post('/troubles').type('form').send({ trouble: 'x', action: 'explode' }).expect(400)
  })

  test('a relay whose oldest envelope expires within a day is data at risk', async () => {
    const url = 'https://relay-fra.perron.example'
    await seedRelay(db(), url, 'connection refused')
    await db()
      .updateTable('relays')
      .set({ oldest_at: new Date(seedNow.getTime() - 160 * 3_600_000) })
      .execute()
    const { text } = await mara.get('/').expect(200)
    expect(rowsOf(text)).toEqual(['Data at risk relay-fra.perron.example'])
    expect(text).toContain('expires unread in 8\u202fh')
  })

  test('a relay that keeps less than the usual seven days is at risk earlier, by its own word', async () => {
    await seedRelay(db(), 'https://relay-fra.perron.example')
    const waitsSince = new Date(seedNow.getTime() - 6 * 3_600_000)
    await db().updateTable('relays').set({ oldest_at: waitsSince }).execute()
    expect(rowsOf((await mara.get('/')).text)).toEqual([])
    await db()
      .updateTable('relays')
      .set({ ttl_ms: 8 * 3_600_000 })
      .execute()
    const { text } = await mara.get('/').expect(200)
    expect(rowsOf(text)).toEqual(['Data at risk relay-fra.perron.example'])
    expect(text).toContain('expires unread in 2\u202fh')
    expect((await mara.get('/relays')).text).toContain('2\u202fh')
  })

  test('the banner of a refused repository leads to the filing settings of a project that files there', async () => {
    await updateProject(db(), project.id, { repository: 'perron/kiosk' }, seedNow)
    await seed('Refused', 'fatal', 3, {
      alert: { rule: 'fatal', minutesAgo: 3, error: 'GitHub refused the token (401).', permanent: true },
    })
    const { text } = await mara.get('/issues').expect(200)
    expect(text).toContain('Filing has stopped for perron/kiosk.')
    expect(text).toContain(
      `href="/projects/${project.slug}/settings/filing" aria-label="Open filing settings"`,
    )
    expect((await mara.get('/')).text).toContain(`data-open="/projects/${project.slug}/settings/filing"`)
  })

  test('a viewer sees it all and has no buttons', async () => {
    await seed('A', 'fatal', 3)
    const { app } = openDashboard(db())
    const victor = await signedIn(db(), app, 'viewer', `Victor ${count}`)
    const { text } = await victor.get('/').expect(200)
    expect(rowsOf(text)).toEqual(['Fatal A'])
    expect(text).not.toContain('value="acknowledge"')
    await victor.post('/troubles').type('form').send({ trouble: 'x', action: 'acknowledge' }).expect(403)
  })
})

describe('bulk actions and views', () => {
  onEachDatabase('of the issue list', (db) => {
    test('change what is ticked, or all that match, answer htmx with the rows, and can be undone', async () => {
      const { app } = openDashboard(db())
      const mara = await signedIn(db(), app)
      const project = await createProject(db(), { name: 'p', slug: 'p', platform: 'node' }, minutesAgo(999))
      const ids: number[] = []
      for (let i = 0; i < 4; i += 1) ids.push(await seedIssue(db(), project, { type: `T${i}`, value: 'x' }))
      const bulk = (body: object) => mara.post('/issues/bulk').type('form').send(body)
      const answer = await bulk({ id: ids.slice(0, 2), action: 'resolve', back: '/issues' })
        .set('HX-Request-Type', 'partial')
        .expect(200)
      expect(answer.text).toContain(`hx-target="#issue-${ids[0]}"`)
      expect(answer.text).toContain('Resolved 2 issues')
      expect(answer.text).toMatch(/value="reopen">Undo/)
      const statuses = async () =>
        (await db().selectFrom('issues').select('status').orderBy('id').execute()).map((row) => row.status)
      expect(await statuses()).toEqual(['resolved', 'resolved', 'unresolved', 'unresolved'])
      await bulk({ id: ids.slice(0, 2), action: 'reopen' }).expect(303)
      await bulk({ all: '1', action: 'ignore', back: '/issues?q=T3' }).expect(303)
      expect(await statuses()).toEqual(['unresolved', 'unresolved', 'unresolved', 'ignored'])
      await bulk({ id: ids[0], action: 'assign', to: 'me' }).expect(303)
      expect((await mara.get('/issues?q=assigned:me')).text).toContain('Assigned to Mara admin')
      await bulk({ id: ids[0], action: 'assign', to: '999' }).expect(400)
      await bulk({ id: ids[0], action: 'explode' }).expect(400)
      await bulk({ id: '999999', action: 'resolve' }).expect(303)
    })

    test('a search kept under a name is in the sidebar of its owner alone', async () => {
      const { app } = openDashboard(db())
      const mara = await signedIn(db(), app, 'viewer', 'Mara One')
      const aiko = await signedIn(db(), app, 'viewer', 'Aiko One')
      const made = await mara
        .post('/views')
        .type('form')
        .send({ name: 'Crashes', q: 'level:fatal', sort: 'events' })
        .expect(303)
      expect(made.headers.location).toBe('/issues?q=level%3Afatal&sort=events')
      expect((await mara.get('/issues')).text).toContain('Crashes')
      expect((await aiko.get('/issues')).text).not.toContain('Crashes')
      const project = await createProject(db(), { name: 'v', slug: 'v', platform: 'node' }, minutesAgo(999))
      const fatal = { type: 'Crash', value: 'x', level: 'fatal' as const }
      for (let i = 0; i < 2; i += 1) await seedIssue(db(), project, fatal)
      const counts = await mara.get(
        `/views/counts?at=${encodeURIComponent('/issues?q=level%3Afatal&sort=events')}`,
      )
      expect(counts.text).toMatch(/aria-current="page">[\s\S]*Crashes<\/span><span class="count">2</)
      expect((await aiko.get('/views/counts')).text).not.toContain('Crashes')
      const id = /views\/(\d+)\/delete/.exec((await mara.get('/views')).text)?.[1]
      await aiko.post(`/views/${id}/delete`).expect(303)
      expect((await mara.get('/issues')).text).toContain('Crashes')
      await mara.post(`/views/${id}/delete`).expect(303)
      expect((await mara.get('/issues')).text).not.toContain('Crashes')
      await mara.post('/views').type('form').send({ name: ' ' }).expect(400)
    })

    test('of many views the sidebar names and counts eight, the current one among them, and their page ten', async () => {
      const { app } = openDashboard(db())
      const mara = await signedIn(db(), app, 'viewer', 'Mara Views')
      for (let view = 1; view <= 23; view += 1) {
        const q = `level:fatal release:${view}`
        await mara
          .post('/views')
          .type('form')
          .send({ name: `View ${view}`, q })
          .expect(303)
      }
      const named = (text: string) => [...text.matchAll(/>(View \d+)</g)].map((match) => match[1])
      const first = Array.from({ length: 8 }, (_, index) => `View ${index + 1}`)
      expect(named((await mara.get('/projects')).text)).toEqual(first)
      const { text } = await mara.get('/views/counts')
      expect(named(text)).toEqual(first)
      expect(text).toContain('and 15 more')
      expect(text.match(/class="count"/g)).toHaveLength(8)
      const at = '/issues?q=level%3Afatal+release%3A20'
      const here = await mara.get(`/views/counts?at=${encodeURIComponent(at)}`)
      expect(named(here.text)).toEqual([...first.slice(0, 7), 'View 20'])

      const onPage = async (page: string) => {
        const whole = (await mara.get(`/views${page}`)).text
        return named(whole.slice(whole.indexOf('<main'))).length
      }
      expect([await onPage(''), await onPage('?page=3'), await onPage('?page=99')]).toEqual([10, 3, 3])
      expect((await mara.get('/views?page=2')).text).toMatch(/rel="prev"[\s\S]*rel="next"/)
    })

    test('the completion offers values with how many issues they find', async () => {
      const { app } = openDashboard(db())
      const mara = await signedIn(db(), app, 'viewer', 'Mara Two')
      const { text } = await mara.get('/complete?q=env:&at=4').expect(200)
      expect(text).toContain('production')
      expect(text).toMatch(/\d issues?/)
      expect((await mara.get('/complete?q=le&at=2')).text).toContain('level:')
    })
  })
})
