// What pages say of rules and of the quiet period is what goes for this project and this issue, not the default.
import { beforeAll, expect, test } from 'vitest'
import { addDeafSpan } from '../../../collector/db/deaf-spans.ts'
import { createProject, type Project } from '../../../collector/db/projects.ts'
import { openDashboard, signedIn } from '../../support/dashboard.ts'
import { onEachDatabase } from '../../support/database.ts'
import { minutesAgo, seedIssue, seedRelay } from '../../support/seed.ts'

const minuteMs = 60_000

onEachDatabase('pages of a project with its own rules', (db) => {
  let mara: Awaited<ReturnType<typeof signedIn>>
  let project: Project

  const set = (settings: object) =>
    db()
      .updateTable('projects')
      .set({ settings: JSON.stringify(settings) })
      .where('id', '=', project.id)
      .execute()
  const textOf = async (address: string) =>
    (await mara.get(address).expect(200)).text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

  beforeAll(async () => {
    mara = await signedIn(db(), openDashboard(db()).app)
    project = await createProject(db(), { name: 'Kiosk', slug: 'kiosk', platform: 'node' }, minutesAgo(999))
    await seedRelay(db(), 'https://relay.perron.example', null)
    await set({
      detection: {
        burst: { events: 7, minutes: 15 },
        fatal: { events: 2 },
        slowBurn: { minutes: 90 },
        regression: { graceHours: 48 },
        only: { users: 4, environments: ['production'] },
      },
      resolution: { quietMinutes: 20 },
    })
  })

  test('an issue that is not filed says how far each rule is', async () => {
    // The older one counts no more, although no event came since that pushed it out.
    const burstWindow = [minutesAgo(20).getTime(), minutesAgo(2).getTime()]
    const id = await seedIssue(db(), project, { type: 'Slow', value: 'x', users: 1, burstWindow })
    const text = await textOf(`/issues/${id}`)
    expect(text).toContain('1 of 7 events in 15 min.')
    expect(text).toContain(
      'Filed at once when 7 error events come within 15 minutes, or 2 fatal events; else 90 minutes after its first error. Fatal apart, it needs 4 users.',
    )
    expect(text).toContain('Burst: 1 of 7 error events in 15 min')
    expect(text).toContain('Fatal: level is error, and 2 fatal events are needed')
    expect(text).toContain('Slow burn: an error files after 90 min')
    expect(text).toContain('Users: 1 of 4 for every rule but fatal')
    expect(text).toContain('Only environments production')
    expect(await textOf(`/issues/${id}/state`)).toContain('1 of 7 events in 15 min.')
  })

  test('an issue in trouble says when time alone files it', async () => {
    const id = await seedIssue(db(), project, { type: 'Burning', value: 'x' })
    await db()
      .updateTable('issues')
      .set({ trouble_since: minutesAgo(20) })
      .where('id', '=', id)
      .execute()
    const text = await textOf(`/issues/${id}`)
    expect(text).toContain('Slow burn files it at 04:18 if it is still unresolved.')
    expect(text).toContain('Slow burn: an error files after 90 min, at 04:18')
  })

  test('what somebody has in hand says who and since when, and is no longer red', async () => {
    const id = await seedIssue(db(), project, {
      type: 'Held',
      value: 'x',
      level: 'fatal',
      alert: { rule: 'fatal', minutesAgo: 9 },
      trackerIssues: [{ number: 70, minutesAgo: 8 }],
    })
    const bandOf = async () =>
      /<section class="band.*?<\/section>/s.exec((await mara.get(`/issues/${id}`)).text)?.[0]
    expect(await bandOf()).toMatch(/^<section class="band red"/)
    expect(await bandOf()).not.toContain('has it')
    await db()
      .updateTable('alerts')
      .set({ acknowledged_at: minutesAgo(5), acknowledged_by: 1 })
      .where('issue_id', '=', id)
      .execute()
    expect(await bandOf()).toMatch(/^<section class="band stone"/)
    expect(await bandOf()).toContain('Mara admin has it, since 03:03')
  })

  test('a quiet period says who closed what and which release has the fix; resolved, what older ones sent', async () => {
    const id = await seedIssue(db(), project, {
      type: 'Fixed',
      value: 'x',
      status: 'resolving',
      statusReason: '#71 was closed as completed.',
      closedMinutesAgo: 7,
      fixedInRelease: 'kiosk@1.2.0',
      trackerIssues: [{ number: 71, minutesAgo: 60, closedBy: 'ana' }],
      hours: [4, 3, 2],
      releaseHours: { 'kiosk@1.2.0': [0, 0, 1] },
      changes: [
        {
          kind: 'closed',
          minutesAgo: 7,
          reason: '#71 was closed as completed.',
          actor: 'github:ana',
          facts: { fixedIn: ['kiosk@1.2.0'], fixSource: 'milestone 1.2.0' },
        },
      ],
    })
    expect(await textOf(`/issues/${id}`)).toContain(
      '@ana closed #71 as completed. The fix is in 1.2.0, by milestone 1.2.0. The clock counts only what all relays have handed over.',
    )
    await db()
      .updateTable('issues')
      .set({ status: 'resolved', resolved_at: minutesAgo(100) })
      .where('id', '=', id)
      .execute()
    await db()
      .insertInto('issue_changes')
      .values({ issue_id: id, at: minutesAgo(100), kind: 'resolved', actor: 'postern', reason: 'Quiet.' })
      .execute()
    expect(await textOf(`/issues/${id}`)).toContain(
      'Regresses if 1.2.0 or newer shows it; older releases only count. Since 02:00, 4 events from older releases did not.',
    )
  })

  test('a filed issue says the quiet that a close now would wait for, doubled by a regression today', async () => {
    const trackerIssues = [{ number: 61, minutesAgo: 8 }]
    const alert = { rule: 'burst' as const, minutesAgo: 9 }
    const calm = await seedIssue(db(), project, { type: 'Filed', value: 'x', alert, trackerIssues })
    expect(await textOf(`/issues/${calm}`)).toContain('Resolves once #61 is closed and 20 minutes are quiet.')
    const changes = [{ kind: 'regressed' as const, minutesAgo: 200, reason: 'Back.' }]
    const back = await seedIssue(db(), project, {
      type: 'Back',
      value: 'x',
      alert,
      trackerIssues: [{ number: 63, minutesAgo: 8 }],
      changes,
    })
    expect(await textOf(`/issues/${back}`)).toContain('Resolves once #63 is closed and 40 minutes are quiet.')
  })

  test('a quiet period has the length that its issue got at the close, on its page, in lists and on call', async () => {
    const id = await seedIssue(db(), project, {
      type: 'Quiet',
      value: 'x',
      status: 'resolving',
      closedMinutesAgo: 7,
      trackerIssues: [{ number: 62, minutesAgo: 60, closedBy: 'ana' }],
    })
    await db()
      .updateTable('relays')
      .set({ watermark_at: minutesAgo(0) })
      .execute()
    await db()
      .updateTable('issues')
      .set({ quiet_ms: 25 * minuteMs })
      .where('id', '=', id)
      .execute()
    const text = await textOf(`/issues/${id}`)
    expect(text).toContain('Quiet for 7 of 25 minutes')
    expect(text).toContain('7 of 25 min')
    expect((await mara.get('/issues?q=is:quiet')).text).toContain('Quiet for 7 of 25 minutes')
    expect(await textOf('/')).toContain('quiet for 7 of 25 min')
    // What was turned away makes no silence, on the pages as where it is decided.
    const { url } = await db().selectFrom('relays').select('url').executeTakeFirstOrThrow()
    const span = { from: minutesAgo(5).getTime(), until: minutesAgo(2).getTime() }
    await db()
      .transaction()
      .execute((trx) => addDeafSpan(trx, project.id, url, 'rate_limited', span))
    expect(await textOf(`/issues/${id}`)).toContain('Quiet for 4 of 25 minutes')
    expect(await textOf(`/issues/${id}`)).toMatch(/3 min don(&#39;|')t count/)
    expect((await mara.get('/issues?q=is:quiet')).text).toContain('Quiet for 4 of 25 minutes')
    expect(await textOf('/')).toContain('quiet for 4 of 25 min')
  })

  test('a resolved issue says what the project takes for a regression', async () => {
    const id = await seedIssue(db(), project, { type: 'Held', value: 'x', status: 'resolved' })
    expect(await textOf(`/issues/${id}`)).toContain(
      'An event within 48 h is a regression; a later one reopens it.',
    )
    await set({ detection: { regression: { on: false } } })
    expect(await textOf(`/issues/${id}`)).toContain('An event reopens it.')
  })

  test('a rule that is off is not promised', async () => {
    const id = await seedIssue(db(), project, { type: 'Off', value: 'x' })
    await set({ detection: { burst: { on: false }, slowBurn: { on: false } } })
    expect(await textOf(`/issues/${id}`)).toContain('Filed at once when one fatal event comes.')
    await set({ detection: { burst: { on: false }, fatal: { on: false }, slowBurn: { on: false } } })
    const text = await textOf(`/issues/${id}`)
    expect(text).toContain('Every rule of this project is off: it is not filed.')
    expect(text).toContain('Burst: off')
  })
})
