// The pages over a real database: what they show, whom they let in, and what their forms change.
import request from 'supertest'
import { beforeAll, expect, test } from 'vitest'
import { listIssueChanges } from '../../../collector/db/issue-changes.ts'
import { findProject, listProjectKeys } from '../../../collector/db/projects.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { hostileStrings, seedHostile } from '../../support/scenes/hostile.ts'
import { seedTypical } from '../../support/scenes/typical.ts'
import { seededId, seedIssue } from '../../support/seed.ts'

type Agent = Awaited<ReturnType<typeof signedIn>>

const policy =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'"

/** Titles' types of the rows of a list, in order. */
function typesOf(html: string): string[] {
  return [...html.matchAll(/<a class="title"[^>]*><bdi>(?:<b>([^<]*)<\/b>)?/g)].map((match) => match[1] ?? '')
}

onEachDatabase('pages', (db) => {
  let app: ReturnType<typeof openDashboard>['app']
  let mara: Agent
  let issueIds: number[]
  const ticketEvent = (index: number) => seededId(`rider-app 1 ${index}`)

  beforeAll(async () => {
    app = openDashboard(db()).app
    mara = await signedIn(db(), app)
    issueIds = (await seedTypical(db())).issueIds
  })

  test('the list shows unresolved issues, the most urgent first, with their counts', async () => {
    const { text, headers } = await mara.get('/issues').expect(200)
    const types = typesOf(text)
    expect(types).toHaveLength(11)
    expect(types.slice(0, 5)).toEqual([
      'IllegalStateException',
      'SIGSEGV',
      'TicketDecodeError',
      'PaymentTimeout',
      'sqlalchemy.exc.OperationalError',
    ])
    expect(text).not.toContain('NSInternalInconsistencyException')
    expect(text).toContain('1,756')
    expect(text).toContain('Regressed in 4.3.0')
    expect(headers['content-security-policy']).toBe(policy)
    expect(headers['cache-control']).toContain('no-cache')
  })

  test.each([
    ['q=is:resolved', ['ChunkLoadError']],
    ['q=is:quiet', ['HTTPError']],
    ['q=is:ignored', ['NSInternalInconsistencyException']],
    ['q=is:regressed', ['IllegalStateException', 'TicketDecodeError']],
    ['q=is:regressed+!level:fatal', ['IllegalStateException']],
    ['q=env:staging', ['TicketDecodeError']],
    ['q=env:stag*', ['TicketDecodeError']],
    ['q=os:"iOS+17"', ['TicketDecodeError']],
    ['q=os:"iOS+1"', []],
    ['q=level:>%3Derror+project:gate-kiosk', ['SIGSEGV']],
    ['q=release:4.3.0+level:fatal', ['TicketDecodeError']],
    ['q=release:4.3.0+!level:fatal', ['IllegalStateException', 'ApplicationNotResponding']],
    ['q=release:rider-app@4.3.0%2B902', ['TicketDecodeError']],
    ['q=first-seen:<30m', ['SIGSEGV', 'PaymentTimeout']],
    ['q=times:>10k', ['TypeError']],
    ['q=users:>3000+is:unresolved', ['CSP', 'TypeError']],
    ['q=tracker:431', ['TicketDecodeError']],
    ['q=has:tracker+is:unresolved+times:<15', ['SIGSEGV']],
    ['q=has:country', ['TicketDecodeError']],
    ['q=is:unhandled+platform:php', ['Warning']],
    ['q=assigned:me', []],
    ['q=assigned:nobody+is:ignored', ['NSInternalInconsistencyException']],
    ['q=user:42', []],
    ['project=fare-engine', ['sqlalchemy.exc.OperationalError']],
    ['project=no-such-project', []],
    ['q=FARES', ['sqlalchemy.exc.OperationalError', 'TypeError']],
    ['q=%25', []],
  ])('%s finds what it says', async (query, types) => {
    expect(typesOf((await mara.get(`/issues?${query}`).expect(200)).text)).toEqual(types)
  })

  test('an empty search finds every state, and a wrong token is named, mended and left out', async () => {
    expect(typesOf((await mara.get('/issues?q=').expect(200)).text)).toHaveLength(13)
    const { text } = await mara.get('/issues?q=is:resolved+first-seen:%3C1w').expect(200)
    expect(typesOf(text)).toEqual(['ChunkLoadError'])
    expect(text).toContain('first-seen takes a time like &lt;24h')
    expect(text).toContain('href="/issues?q=is%3Aresolved+first-seen%3A%3C7d"')
    expect(text).toContain('The list below leaves it out.')
  })

  test('each sorting has its own order', async () => {
    const first = async (sort: string) => typesOf((await mara.get(`/issues?sort=${sort}`)).text)[0]
    expect(await first('events')).toBe('TypeError')
    expect(await first('users')).toBe('TypeError')
    expect(await first('newest')).toBe('PaymentTimeout')
    expect(await first('last-seen')).toBe('TicketDecodeError')
    expect(await first('urgency')).toBe('IllegalStateException')
  })

  test('what makes no sense in the address is left out', async () => {
    const { text } = await mara
      .get('/issues?sort=%00&project[]=x&after=x&q=a&q=b&environment[]=x')
      .expect(200)
    expect(typesOf(text)).toHaveLength(11)
    await mara.get('/issues?q=%00').expect(200)
  })

  test('htmx gets the region alone, and a cache is told why', async () => {
    const part = await mara.get('/issues').set('HX-Request-Type', 'partial').expect(200)
    expect(part.text.trimStart()).toMatch(/^<div id="issues"/)
    expect(part.text).not.toContain('<html')
    expect(part.headers.vary).toMatch(/HX-Request-Type/i)
    const whole = await mara.get('/issues').set('HX-Request-Type', 'full').expect(200)
    expect(whole.text).toContain('<!doctype html>')
    expect(whole.headers.vary).toMatch(/HX-Request-Type/i)
    const event = await mara
      .get(`/issues/${issueIds[0]}/events/${ticketEvent(1)}`)
      .set('HX-Request-Type', 'partial')
    expect(event.text.trimStart()).toMatch(/^<div id="event"/)
  })

  test('an issue says what, why and next, and shows its event', async () => {
    const { text } = await mara.get(`/issues/${issueIds[0]}`).expect(200)
    expect(text).toContain('Regressed in 4.3.0')
    expect(text).toContain('the fix should have prevented it')
    expect(text).toContain('Resolves once #431 is closed and 20 minutes are quiet.')
    expect(text).toContain(
      '<span class="keyword">throw</span> <span class="keyword">new</span> TicketDecodeError(',
    )
    expect(text).toContain('4 library frames')
    expect(text).toContain('caused by')
    expect(text).toContain('Network lost: cellular → none')
    expect(text).toContain('iPhone 13')
    expect(text).toContain('#412')
    expect(text).toContain('“Stood at the gate in Antwerp')
    expect(text.indexOf('decodeTicket')).toBeLessThan(text.indexOf('TicketStore.activate'))
  })

  test('issues in every state have their sentence', async () => {
    const headlines = await Promise.all(
      issueIds.map(
        async (id) => /aria-live="polite">([^<]*)</.exec((await mara.get(`/issues/${id}`)).text)?.[1],
      ),
    )
    expect(headlines).toEqual([
      'Regressed in 4.3.0',
      'Escalated in 4.3.0',
      'Filed as #97',
      'Filed as #1209',
      'Quiet for 6 of 10 minutes',
      'Filed as #2874',
      'Filing failed',
      'Not filed yet',
      'Not filed yet',
      'Not filed yet',
      'Ignored for good',
      'Resolved, held 3\u202fd',
      'Not filed yet',
    ])
  })

  test('events lead to the first, previous, next and last one of the issue', async () => {
    const hrefs = async (index: number) => {
      const { text } = await mara.get(`/issues/${issueIds[0]}/events/${ticketEvent(index)}`).expect(200)
      return [...text.matchAll(/id="step-(\w+)" href="[^"]*events\/([0-9a-f]+)/g)].map(
        (match) => `${match[1]} ${match[2]}`,
      )
    }
    expect(await hrefs(1)).toEqual([
      `first ${ticketEvent(0)}`,
      `left ${ticketEvent(0)}`,
      `right ${ticketEvent(2)}`,
      `last ${ticketEvent(2)}`,
    ])
    expect(await hrefs(0)).toEqual([`right ${ticketEvent(1)}`, `last ${ticketEvent(2)}`])
  })

  test('the tracker panel names the ticket, its labels, whose it is and what it follows', async () => {
    const { text } = await mara.get(`/issues/${issueIds[0]}`).expect(200)
    expect(text).toContain('#431 · <bdi>open · assigned to @aiko · follows #412</bdi>')
    expect(text).toContain('Labels: <bdi>postern, regression</bdi>')
  })

  test('a regression says which fix it broke and what older releases sent, and its rail when things were', async () => {
    const { text } = await mara.get(`/issues/${issueIds[0]}`).expect(200)
    const band = text.slice(text.indexOf('id="band"'), text.indexOf('class="facts"'))
    expect(band).toContain(
      'the fix should have prevented it: rider-app@4.3.0+902 is not older than rider-app@4.2.2, which has the fix. Since 14 Nov, 11:00, 1,440 events came from older releases',
    )
    expect(band).toMatch(/Filed<span class="number"> #431<\/span><\/span><span class="more">open 41.min</)
    expect(band).toMatch(/#412 · held 3.d 15.h/)
    // Polled, it says the same.
    const polled = await mara.get(`/issues/${issueIds[0]}/state`).set('HX-Request-Type', 'partial')
    expect(polled.text).toContain('Since 14 Nov, 11:00, 1,440 events')
    const quiet = await mara.get(`/issues/${issueIds[4]}`).expect(200)
    expect(quiet.text).toMatch(/Resolved<\/span><span class="more">at 03:11</)
  })

  test('why it was filed names the fix, and leads to the rule and the events that it counted', async () => {
    const of = async (id: number | undefined) => {
      const { text } = await mara.get(`/issues/${id}`).expect(200)
      return text.slice(text.indexOf('sunken filing'), text.indexOf('id="where"'))
    }
    const regressed = await of(issueIds[0])
    expect(regressed).toContain('Fixed in 4.2.2: milestone 4.2.2.')
    expect(regressed).toContain('Budget 3 of 20 this hour; no storm.')
    expect(regressed).toContain(
      '<bdi>rider-app@4.3.0+902 is not older than rider-app@4.2.2, which has the fix.',
    )
    expect(regressed).toContain('href="/projects/rider-app/settings/detection">The rule')
    const burst = await of(issueIds[3])
    const href = /href="(\/issues\/\d+\?from=[^"#]+)#event-bar">The events/.exec(burst)?.[1] ?? ''
    expect(decodeURIComponent(href)).toMatch(
      /from=2026-11-18T02:49:00.000Z&(amp;)?to=2026-11-18T02:55:00.000Z$/,
    )
  })

  test('the timeline names releases and tickets, tells a stretch of nothing as one row, and a day once', async () => {
    const { text } = await mara.get(`/issues/${issueIds[0]}`).expect(200)
    const timeline = text.slice(text.indexOf('<ol class="timeline">'))
    const rows = timeline
      .slice(0, timeline.indexOf('</ol>'))
      .split('<li')
      .slice(1)
      .map((row) =>
        row
          .replace(/<title>.*?<\/title>|<svg.*?<\/svg>/g, '')
          .replace(/<[^>]*>/g, '|')
          .replace(/[|>\s]+/g, ' '),
      )
    expect(rows.map((row) => row.trim().slice(0, 40))).toEqual([
      expect.stringMatching(/Filed #431 02:27/),
      expect.stringMatching(/Regressed in 4\.3\.0 02:26/),
      expect.stringMatching(/Held 3 d 15 h/),
      expect.stringMatching(/Resolved 14 Nov, 10:37/),
      expect.stringMatching(/Closed by @mara 09:41/),
      expect.stringMatching(/Filed #412 13 Nov, 14:03/),
      expect.stringMatching(/Detected 14:03/),
      expect.stringMatching(/First seen in 4\.2\.0 \(896\) 14:02/),
    ])
  })

  test('a share stands beside the usual one, in words too, and leads to the events that have its value', async () => {
    const issue = `/issues/${issueIds[0]}`
    const { text } = await mara.get(issue).expect(200)
    expect(text).toMatch(/class="n often">93.%<span class="hidden">, usually 41.% in this project</)
    expect(text).toMatch(/class="n">4.%<span class="hidden">, usually 22.% in this project</)
    expect(text).toContain(`href="${issue}?tag.os=iOS+17.5.1"`)
    const chosen = await mara.get(
      `${issue}?tag.os=iOS+17.5.1&from=2026-11-18T00:00:00Z&to=2026-11-18T03:00:00Z`,
    )
    expect(chosen.text).toContain('System iOS 17.5.1')
    expect(chosen.text).toContain('name="tag.os" value="iOS 17.5.1"')
    expect(chosen.text).toMatch(/aria-current="true"[^>]*><bdi>iOS 17.5.1</)
    expect((await mara.get(`${issue}?tag.os=Android+15`)).text).toContain('No event is kept here')
  })

  test('values of a tag beyond the first three come when they are asked for', async () => {
    const issue = `/issues/${issueIds[0]}`
    const { text } = await mara.get(issue).expect(200)
    expect(text).toContain(`${issue}?more=device#tag-`)
    expect(text).toContain('>38 more<')
    expect(text).not.toContain('Phone 37')
    expect((await mara.get(`${issue}?more=device`)).text).toContain('Phone 37')
    const part = await mara.get(`${issue}?more=device`).set('HX-Request-Type', 'partial').expect(200)
    expect(part.text).toContain('Phone 37')
    expect(part.text).not.toContain('id="event"')
    await mara.get(`${issue}?more=nothing`).set('HX-Request-Type', 'partial').expect(404)
  })

  test('raw event, plain stack and attachments come as data, never as pages', async () => {
    const base = `/issues/${issueIds[0]}/events/${ticketEvent(2)}`
    const json = await mara.get(`${base}/json`).expect(200)
    expect(json.headers['content-type']).toMatch('application/json')
    expect(json.body.release).toBe('rider-app@4.3.0+902')
    const stack = await mara.get(`${base}/stack`).expect(200)
    expect(stack.headers['content-type']).toMatch('text/plain')
    expect(stack.text).toMatch(
      /^TicketDecodeError: .*\n {4}at decodeTicket \(app\/tickets\/decodeTicket.ts:89\)/,
    )
    expect(stack.text).toContain('Caused by: TypeError')
    const page = await mara.get(base)
    const href = /href="([^"]*\/attachments\/[^"/]*)"/.exec(page.text)?.[1] ?? ''
    const file = await mara.get(href).expect(200)
    expect(file.headers['content-disposition']).toBe('attachment; filename=screenshot.png')
    expect(file.headers['x-content-type-options']).toBe('nosniff')
    expect(file.headers['content-type']).toBe('application/octet-stream')
    expect(file.headers['content-security-policy']).toContain('sandbox')
    const picture = await mara.get(`${href}/picture`).expect(200)
    expect(picture.headers['content-type']).toBe('image/png')
    expect(picture.headers['x-content-type-options']).toBe('nosniff')
    expect(picture.headers['content-security-policy']).toContain('sandbox')
    // What says that it is JSON, or a picture, and isn't one by its bytes is never shown.
    const others = [...page.text.matchAll(/href="([^"]*\/attachments\/[^"/]*)"/g)].map((match) => match[1])
    await mara.get(`${others.find((one) => one !== href)}/picture`).expect(404)
  })

  test('what does not exist, or belongs to another issue, is not found', async () => {
    for (const path of [
      '/issues/999999',
      '/issues/x',
      `/issues/${issueIds[0]}/events/${'0'.repeat(32)}`,
      `/issues/${issueIds[8]}/events/${ticketEvent(2)}`,
      `/issues/${issueIds[0]}/events/not-an-id/json`,
      `/issues/${issueIds[0]}/events/${ticketEvent(2)}/attachments/${seededId('nothing')}`,
      '/projects/nothing/setup',
      '/nothing',
    ]) {
      const { text } = await mara.get(path).expect(404)
      expect(text, path).toContain('Not found')
    }
  })

  test('resolve, reopen and ignore redirect back, change the issue and write the timeline', async () => {
    const project = await findProject(db(), 'rider-app')
    if (!project) throw new Error('no project')
    const id = await seedIssue(db(), project, { type: 'Triage', value: 'me' })
    const act = (action: string) => mara.post(`/issues/${id}`).type('form').send({ action })
    const answer = await act('resolve').expect(303)
    expect(answer.headers.location).toBe(`/issues/${id}`)
    expect((await mara.get(`/issues/${id}`)).text).toContain('Mara admin resolved it by hand.')
    await act('reopen').expect(303)
    await act('ignore').expect(303)
    await act('ignore').expect(303)
    await act('explode').expect(400)
    const changes = await listIssueChanges(db(), id)
    expect(changes.map((change) => [change.kind, change.actor])).toEqual([
      ['ignored', 'person:1'],
      ['reopened', 'person:1'],
      ['resolved', 'person:1'],
    ])
  })

  test('nobody gets in without signing in, and other sites change nothing', async () => {
    const stranger = request(app)
    const page = await stranger.get('/issues?status=all').set('Host', 'localhost').expect(303)
    expect(page.headers.location).toBe('/sign-in?next=%2Fissues%3Fstatus%3Dall')
    await stranger
      .post(`/issues/${issueIds[0]}`)
      .set('Host', 'localhost')
      .set('Sec-Fetch-Site', 'same-origin')
      .expect(401)
    await mara
      .post(`/issues/${issueIds[0]}`)
      .set('Sec-Fetch-Site', 'cross-site')
      .type('form')
      .send({ action: 'resolve' })
      .expect(403)
    await stranger.get('/sign-in').set('Host', 'rebound.example').expect(403)
    expect((await stranger.get('/sign-in').set('Host', 'localhost').expect(200)).text).toContain('Password')
  })

  test('a viewer reads everything and changes nothing; tokens are for admins', async () => {
    const victor = await signedIn(db(), app, 'viewer')
    const page = await victor.get(`/issues/${issueIds[0]}`).expect(200)
    expect(page.text).not.toContain('value="resolve"')
    await victor.post(`/issues/${issueIds[0]}`).type('form').send({ action: 'resolve' }).expect(403)
    await victor.post('/projects').type('form').send({ name: 'x' }).expect(403)
    const member = await signedIn(db(), app, 'member')
    await member.post('/settings/tokens/create').type('form').send({ name: 'x' }).expect(403)
    await member.get('/settings/tokens').expect(403)
  })

  test('a project is made with a DSN, and a bad form says what to mend', async () => {
    const made = await mara
      .post('/projects')
      .type('form')
      .send({ name: 'Kiosk 2', platform: 'python' })
      .expect(303)
    expect(made.headers.location).toBe('/projects/kiosk-2/setup')
    const { text } = await mara.get('/projects/kiosk-2/setup').expect(200)
    const project = await findProject(db(), 'kiosk-2')
    const [key] = await listProjectKeys(db(), project?.id ?? 0)
    expect(text).toContain(`https://${key?.publicKey}@relay.perron.example/${project?.id}`)
    expect(text).toContain('pip install sentry-sdk')
    expect(text).toContain('First envelope')
    expect(text).toContain('Waiting for the first event')
    const again = await mara.post('/projects').type('form').send({ name: 'Kiosk 2' }).expect(422)
    expect(again.text).toContain('There is already a project kiosk-2.')
    expect(again.text).toContain('value="Kiosk 2"')
    expect(text).toContain('href="/projects/kiosk-2/settings/filing"')
    expect(text).not.toContain('name="repository"')
  })

  test('a key can be added, and revoked only through its own project', async () => {
    const settings = (slug: string) => `/projects/${slug}/settings/keys`
    await mara
      .post(`${settings('driver-app')}/create`)
      .type('form')
      .send({ label: 'Second' })
      .expect(303)
    const project = await findProject(db(), 'driver-app')
    const keys = await listProjectKeys(db(), project?.id ?? 0)
    const key = keys.find((one) => one.label === 'Second')?.publicKey
    await mara
      .post(`${settings('rider-app')}/revoke`)
      .type('form')
      .send({ key })
      .expect(404)
    await mara
      .post(`${settings('driver-app')}/revoke`)
      .type('form')
      .send({ key })
      .expect(303)
    const after = await listProjectKeys(db(), project?.id ?? 0)
    expect(after.find((one) => one.publicKey === key)?.revokedAt).not.toBeNull()
  })

  test('an API token is shown once, and its revocation stands', async () => {
    const made = await mara
      .post('/settings/tokens/create')
      .type('form')
      .send({ name: 'ci', 'scope-event:read': 'on', 'scope-event:write': 'on' })
      .expect(200)
    expect(made.headers['cache-control']).toBe('no-store')
    const token = /postern_[A-Za-z0-9_-]+/.exec(made.text)?.[0] ?? 'none'
    const later = await mara.get('/settings/tokens').expect(200)
    expect(later.text).toContain('ci')
    expect(later.text).toContain('event:write')
    expect(later.text).not.toContain(token)
    const id = /name="token" value="(\d+)"/.exec(later.text)?.[1]
    await mara.post('/settings/tokens/revoke').type('form').send({ token: id }).expect(303)
    expect((await mara.get('/settings/tokens')).text).toContain('1 revoked')
  })

  test('projects and relays show what is known of them', async () => {
    const projects = await mara.get('/projects').expect(200)
    expect(projects.text).toContain('waiting for the first event')
    // What needs a person comes before what has more events.
    expect(projects.text.indexOf('project-gate-kiosk')).toBeLessThan(
      projects.text.indexOf('project-web-booking'),
    )
    const relays = await mara.get('/relays').expect(200)
    expect(relays.text).toContain('relay-ams.perron.example')
    expect(relays.text).toContain('header line 2 is not JSON at byte 118')
    expect(relays.text).toMatch(/Heard all up to 03:07/)
    const dropped = relays.text.slice(relays.text.indexOf('Dropped by the apps themselves'))
    const words = dropped.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
    expect(words).toContain('412 events by rate limit')
    expect(words).toContain('1 event older than the consent')
    expect(words).toContain('12.8k transactions by the sample rate')
  })

  test('times follow the zone that the browser told, and a zone that is none is UTC', async () => {
    const path = `/issues/${issueIds[0]}`
    const inZone = async (zone: string) => {
      const agent = await signedIn(db(), app, 'member', `From ${zone}`)
      agent.jar.setCookie(`postern_zone=${encodeURIComponent(zone)}`, '127.0.0.1', '/')
      return (await agent.get(path).expect(200)).text
    }
    expect(await inZone('Asia/Tokyo')).toContain('2026-11-18 12:07:')
    expect(await inZone('Europe/Nowhere')).toContain('2026-11-18 03:07:')
  })

  test('the past is asked for on the viewer’s clock, also on a day when clocks change', async () => {
    const past = async (at: string) => {
      const page = mara.get(`/issues/${issueIds[0]}/past`).query({ at })
      return (await page.set('Cookie', 'postern_zone=Europe%2FBrussels').expect(200)).text
    }
    const asked = await past('2026-11-18T04:00:00')
    expect(asked).toContain('2026-11-18 04:00:00.000 CET')
    expect(asked).toMatch(/value="2026-11-18T04:00:00"> <span class="quiet">Europe\/Brussels</)
    expect(await past('2026-11-18T03:00:00Z')).toContain('value="2026-11-18T04:00:00"')
    // Clocks go back at 01:00 UTC: a minute before, Brussels is two hours ahead; at four in the morning, one.
    expect(await past('2026-10-25T04:00:00')).toContain('2026-10-25 04:00:00.000 CET')
    expect(await past('2026-10-25T01:30:00')).toContain('2026-10-25 01:30:00.000 CEST')
    await mara.get(`/issues/${issueIds[0]}/past?at=yesterday`).expect(400)
  })

  test('the theme is a cookie that the server prints, and the way back stays here', async () => {
    const back = await mara
      .post('/theme')
      .type('form')
      .send({ theme: 'dark', back: '//evil.example' })
      .expect(303)
    expect(back.headers.location).toBe('/')
    expect((await mara.get('/settings/you')).text).toContain('data-theme="dark"')
    await mara
      .post('/theme')
      .type('form')
      .send({ theme: '"><script>', back: '/relays' })
      .expect(303)
      .expect('Location', '/relays')
    expect((await mara.get('/settings/you')).text).not.toContain('data-theme')
  })

  test('assets are kept for a year under addresses that name their content', async () => {
    const { text } = await mara.get('/relays')
    const paths = [...text.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((match) => match[1] ?? '')
    expect(new Set(paths).size).toBe(5)
    expect(paths.some((path) => /\/htmx-4\.\d+\.\d+\.js$/.test(path))).toBe(true)
    for (const path of new Set(paths)) {
      const { headers } = await mara.get(path).expect(200)
      expect(headers['cache-control'], path).toBe('public, max-age=31536000, immutable')
    }
    await mara.get('/static/sprite-other.svg').expect(404)
  })
})

onEachDatabase('paging', (db) => {
  test('walks all rows once in every sorting, whatever ties there are', async () => {
    const { app } = openDashboard(db())
    const mara = await signedIn(db(), app)
    const { projects } = await seedTypical(db())
    const total = 130
    for (let i = 0; i < total; i += 1) {
      const project = projects[i % 3]
      if (!project) throw new Error('no project')
      await seedIssue(db(), project, {
        type: `Paged${i}`,
        value: '',
        events: i % 7,
        users: i % 2,
        lastMinutesAgo: i % 5,
        firstMinutesAgo: i % 11,
      })
    }
    for (const sort of ['urgency', 'last-seen', 'newest', 'events', 'users']) {
      const seen: string[] = []
      let path: string | undefined = `/issues?q=Paged&sort=${sort}`
      let pages = 0
      while (path && pages < 10) {
        const { text }: { text: string } = await mara.get(path).expect(200)
        seen.push(...typesOf(text))
        pages += 1
        path = /rel="next" href="([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
      }
      expect(pages, sort).toBe(3)
      expect(seen, sort).toHaveLength(total)
      expect(new Set(seen).size, sort).toBe(total)
    }
  })
})

onEachDatabase('hostile events', (db) => {
  test('every field of an event is shown as text on every page', async () => {
    const { app } = openDashboard(db())
    const mara = await signedIn(db(), app)
    const { issueIds } = await seedHostile(db())
    const paths = [
      '/issues',
      '/projects',
      '/projects/hostile/setup',
      '/relays',
      '/settings/you',
      '/projects/hostile/settings/general',
      ...issueIds.map((id) => `/issues/${id}`),
    ]
    for (const path of paths) {
      const { text } = await mara.get(path).expect(200)
      expect(text, path).not.toMatch(
        /<script>|<img|<svg\/|<base|onerror="|hx-get="https|href="(javascript|data):/i,
      )
      expect(text, path).not.toContain('<a href="https://evil.example')
    }
    const { text } = await mara.get(`/issues/${issueIds[0]}`)
    expect(text).toContain('&lt;script&gt;globalThis.canary=1')
    for (const [index, hostile] of hostileStrings.entries()) {
      const cut = hostile.slice(0, 190)
      // In quotes it is text, whatever it looks like.
      const text = cut.includes('"') ? cut : `"${cut}"`
      const search = await mara.get(`/issues?q=${encodeURIComponent(text)}`).expect(200)
      expect(typesOf(search.text).length, hostile.slice(0, 40)).toBeGreaterThanOrEqual(index === 6 ? 0 : 1)
    }
  })
})

onEachDatabase('the first account', (db) => {
  test('is made once with the link that the start prints, then the link is gone', async () => {
    const { app, access } = openDashboard(db())
    const link = await access.createSetupLink()
    const path = new URL(typeof link === 'string' ? link : (link?.url ?? ''), 'http://localhost').pathname
    const agent = request.agent(app)
    agent.set('Host', 'localhost').set('Sec-Fetch-Site', 'same-origin')
    expect((await agent.get(path).expect(200)).text).toContain('Make the first account')
    const bad = await agent
      .post(path)
      .type('form')
      .send({ email: 'nonsense', name: 'Mara', password: 'short' })
      .expect(422)
    expect(bad.text).toContain('value="nonsense"')
    expect(bad.text).toContain('aria-invalid="true"')
    await agent
      .post(path)
      .type('form')
      .send({ email: 'mara@perron.example', name: 'Mara', password: 'correct horse battery staple' })
      .expect(303)
      .expect('Location', '/projects')
    await agent.get('/projects').expect(200)
    await agent.get(path).expect(404)
    await agent.post('/sign-out').expect(303)
    await agent.get('/projects').expect(303)
    const wrong = await agent
      .post('/sign-in')
      .type('form')
      .send({ email: 'mara@perron.example', password: 'wrong' })
      .expect(422)
    expect(wrong.text).toContain('That e-mail and password do not match.')
  })
})
