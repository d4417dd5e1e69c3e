// Filing: exactly one tracker issue per alert, through lost answers, crashes and several workers; and what
// is refused is shown, waits, and is tried again.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  claimDueAlert,
  finishAlert,
  insertAlerts,
  markAlertSent,
  postponeAlert,
} from '../../../collector/db/alerts.ts'
import { changeIssueStatus } from '../../../collector/db/issue-status.ts'
import { updateProject } from '../../../collector/db/projects.ts'
import { writeMarker } from '../../../collector/trackers/marker.ts'
import type { Tracker } from '../../../collector/trackers/tracker.ts'
import { onEachDatabase } from '../../support/database.ts'
import type { Fault } from '../../support/github/start-github.ts'
import { createTrackerWorld, type TrackerWorld } from './tracker-world.ts'

onEachDatabase('filing', (db) => {
  let world: TrackerWorld
  beforeEach(async () => {
    world = await createTrackerWorld(db())
  })
  afterEach(() => world.close())

  async function addTrouble(): Promise<number> {
    const issueId = await world.addIssue()
    await world.addAlert(issueId)
    return issueId
  }

  const there = () => ({ repository: 'acme/shop', projectId: world.project.id, budgetPerHour: 100 })

  async function expectFiledOnce(issueId: number): Promise<void> {
    expect(world.github.issues.map((issue) => issue.number)).toEqual([1])
    expect(await world.listFiled()).toMatchObject([{ issue_id: issueId, episode: 1, number: 1 }])
    expect(await world.getAlert(issueId)).toMatchObject({ done_at: expect.any(Date), error: null })
    expect((await world.timeline(issueId)).filter((kind) => kind === 'filed')).toHaveLength(1)
  }

  test('creates the issue with marker and text, records it and has the repository polled', async () => {
    const issueId = await addTrouble()
    const step = world.fileStep('a')
    expect(await step()).toBe(true)
    await expectFiledOnce(issueId)
    const [issue] = world.github.issues
    expect(issue?.title).toBe('TypeError: cart is undefined')
    expect(issue?.body.split('\n')[0]).toBe(writeMarker(world.installation, { issueId, episode: 1 }))
    expect(issue?.body).toContain(`http://postern.example/issues/${issueId}`)
    expect(await world.getIssue(issueId)).toMatchObject({ last_filed_at: world.now() })
    expect(await db().selectFrom('tracker_repositories').selectAll().execute()).toMatchObject([
      { repository: 'acme/shop', next_poll_at: world.now() },
    ])
    expect(await step()).toBe(false)
  })

  test('tells frames and breadcrumbs of the event that set the rule off', async () => {
    const issueId = await world.addIssue()
    const frames = [
      { function: 'main', filename: 'app.js', lineno: 1, in_app: true },
      { function: 'request', filename: 'node_modules/http/index.js', lineno: 2, in_app: false },
      { function: 'pay', filename: 'checkout.js', lineno: 3, in_app: true },
    ]
    const eventId = await world.addEvent(issueId, world.now(), {
      wire: {
        platform: 'node',
        exception: { values: [{ type: 'TypeError', value: 'no ``` @octocat', stacktrace: { frames } }] },
        breadcrumbs: { values: [{ category: 'http', message: 'GET /cart', timestamp: 1_764_000_000 }] },
      },
    })
    await world.addEvent(issueId, world.now(), { wire: { message: 'a later one' } })
    await world.addAlert(issueId, { facts: { events: 3, windowMinutes: 5, eventId } })
    await world.fileStep('a')()
    const body = world.github.issues[0]?.body ?? ''
    expect(body).toContain('````text\nTypeError: no ``` @octocat\n````')
    expect(body).toContain('```text\npay  (checkout.js:3)\nmain  (app.js:1)\n```')
    expect(body).toMatch(/\d\d:\d\d:\d\d {2}http {2}GET \/cart\n/)
  })

  test('an episode has one alert, however often its rule fires', async () => {
    const issueId = await addTrouble()
    const again = { projectId: world.project.id, issueId, episode: 1, rule: 'fatal' as const, facts: {} }
    expect(await insertAlerts(db(), [{ ...again, at: world.now() }])).toBe(0)
    expect(await insertAlerts(db(), [{ ...again, episode: 2, at: world.now() }])).toBe(1)
  })

  describe('files exactly one issue through', () => {
    const lost: [string, Fault][] = [
      ['a 500 after GitHub created it', { kind: 'status', status: 500, done: true }],
      ['a 502 before GitHub created it', { kind: 'status', status: 502, done: false }],
      ['a time-out after GitHub created it', { kind: 'silence', done: true }],
      ['a time-out before GitHub created it', { kind: 'silence', done: false }],
      ['a connection dropped after GitHub created it', { kind: 'drop', done: true }],
      ['a connection dropped before GitHub created it', { kind: 'drop', done: false }],
      ['an answer that cannot be read', { kind: 'garbage', done: true }],
    ]
    for (const [name, fault] of lost) {
      test(name, async () => {
        const issueId = await addTrouble()
        world.github.failNext('create', fault)
        const patience = fault.kind === 'silence' ? 1_000 : 10_000
        const step = world.fileStep('a', world.createTracker(world.github.token, patience))
        await world.runUntilFiled(step, issueId)
        await expectFiledOnce(issueId)
        const wasCreated = !('done' in fault) || fault.done === true
        expect(world.github.countRequests('create')).toBe(wasCreated ? 1 : 2)
      })
    }

    test('an outage in which creating, asking and listing all fail', async () => {
      const issueId = await addTrouble()
      const broken: Fault = { kind: 'status', status: 503, done: false }
      world.github.failNext('create', { ...broken, done: true })
      world.github.failNext('whoami', broken)
      for (let i = 0; i < 4; i++) world.github.failNext('list', broken)
      await world.runUntilFiled(world.fileStep('a'), issueId, 3_600_000)
      await expectFiledOnce(issueId)
    })

    /** A worker that dies at a point: its promise never ends, and nothing after it happens. */
    function dying(at: 'before the create' | 'after the create') {
      let died: () => void = () => undefined
      const dead = new Promise<void>((resolve) => {
        died = resolve
      })
      const tracker: Tracker = {
        ...world.tracker,
        async createIssue(repository, text) {
          if (at === 'after the create') await world.tracker.createIssue(repository, text)
          died()
          return new Promise(() => undefined)
        },
      }
      return { tracker, dead }
    }

    test('a worker killed after its claim', async () => {
      const issueId = await addTrouble()
      await claimDueAlert(db(), { worker: 'dead', now: world.now(), leaseMs: 45_000 })
      expect(await world.fileStep('b')()).toBe(false)
      await world.runUntilFiled(world.fileStep('b'), issueId)
      await expectFiledOnce(issueId)
    })

    for (const at of ['before the create', 'after the create'] as const) {
      test(`a worker killed ${at}`, async () => {
        const issueId = await addTrouble()
        const { tracker, dead } = dying(at)
        void world.fileStep('dead', tracker)()
        await dead
        expect(await world.fileStep('b')()).toBe(false)
        await world.runUntilFiled(world.fileStep('b'), issueId)
        await expectFiledOnce(issueId)
      })
    }

    test('a worker whose claim ran out while it slept: it no longer creates, nor records', async () => {
      const issueId = await addTrouble()
      let wake: () => void = () => undefined
      const slept = new Promise<void>((resolve) => {
        wake = resolve
      })
      let isAsleep: () => void = () => undefined
      const asleep = new Promise<void>((resolve) => {
        isAsleep = resolve
      })
      const sleeper: Tracker = {
        ...world.tracker,
        async createIssue(repository, text) {
          const created = await world.tracker.createIssue(repository, text)
          isAsleep()
          await slept
          return created
        },
      }
      const slow = world.fileStep('slow', sleeper)()
      await asleep
      world.advance(60_000)
      await world.runUntilFiled(world.fileStep('b'), issueId)
      wake()
      await slow
      await expectFiledOnce(issueId)
    })

    test('several workers at many alerts', async () => {
      await world.setFiling({ stormIssues: 100 })
      const issueIds: number[] = []
      for (let i = 0; i < 12; i++) issueIds.push(await addTrouble())
      const workers = ['a', 'b', 'c', 'd'].map(async (name) => {
        const step = world.fileStep(name)
        while (await step());
      })
      await Promise.all(workers)
      const marked = new Set(world.github.issues.map((issue) => issue.body.split('\n')[0]))
      expect(world.github.issues).toHaveLength(12)
      expect(marked.size).toBe(12)
      expect(new Set((await world.listFiled()).map((filed) => filed.issue_id))).toEqual(new Set(issueIds))
    })

    test('a project that moved to another repository before the lost answer was looked for', async () => {
      const issueId = await addTrouble()
      world.github.failNext('create', { kind: 'drop', done: true })
      const step = world.fileStep('a')
      await step()
      await db().updateTable('projects').set({ repository: 'acme/other' }).execute()
      await world.runUntilFiled(step, issueId)
      await expectFiledOnce(issueId)
    })
  })

  test('after a lost answer waits longer than the request could live before it looks', async () => {
    const issueId = await addTrouble()
    world.github.failNext('create', { kind: 'drop', done: false })
    const step = world.fileStep('a')
    await step()
    world.advance(2 * world.tracker.requestTimeoutMs)
    expect(await step()).toBe(false)
    expect(world.github.countRequests('list')).toBe(0)
    world.advance(30_000)
    expect(await step()).toBe(true)
    expect(world.github.requests.map((request) => request.operation)).toEqual([
      'repository',
      'create',
      'whoami',
      'list',
      'repository',
      'create',
    ])
    expect(world.github.requests[3]?.query).toMatchObject({ creator: 'postern-bot', state: 'all' })
    await expectFiledOnce(issueId)
  })

  test('after a crash, too, waits longer than the request could live before it looks', async () => {
    const issueId = await addTrouble()
    const claim = { id: Number((await world.getAlert(issueId)).id), worker: 'dead' }
    const lockedUntil = new Date(world.now().getTime() + 1_000)
    await claimDueAlert(db(), { worker: 'dead', now: world.now(), leaseMs: 1_000 })
    await markAlertSent(db(), claim, { now: world.now(), lockedUntil, ...there() })
    world.advance(5_000)
    const step = world.fileStep('b')
    expect(await step()).toBe(true)
    expect(await step()).toBe(false)
    world.advance(44_000)
    expect(await step()).toBe(false)
    expect(world.github.requests).toHaveLength(0)
    world.advance(1_000)
    expect(await step()).toBe(true)
    await expectFiledOnce(issueId)
  })

  test('a claim that would end before the request could sends nothing', async () => {
    const issueId = await addTrouble()
    let calls = 0
    // Writing that a create is about to be sent takes so long that the claim is nearly over.
    const clock = () => new Date(world.now().getTime() + (++calls > 4 ? 36_000 : 0))
    await world.fileStep('a', world.tracker, null, clock)()
    expect((await world.getAlert(issueId)).sent_at).toEqual(world.now())
    expect(world.github.countRequests('create')).toBe(0)
    await world.runUntilFiled(world.fileStep('b'), issueId)
    await expectFiledOnce(issueId)
  })

  test('a worker whose claim went to another can write nothing', async () => {
    const issueId = await addTrouble()
    const alert = await claimDueAlert(db(), { worker: 'slow', now: world.now(), leaseMs: 1_000 })
    const slow = { id: Number(alert?.id), worker: 'slow' }
    world.advance(1_000)
    const later = { now: world.now(), lockedUntil: world.now(), ...there() }
    expect(await markAlertSent(db(), slow, later)).toBe('lost')
    await claimDueAlert(db(), { worker: 'b', now: world.now(), leaseMs: 1_000 })
    const ofB = { now: world.now(), lockedUntil: new Date(world.now().getTime() + 1_000), ...there() }
    expect(await markAlertSent(db(), { ...slow, worker: 'b' }, ofB)).toBe('sent')
    const why = {
      error: 'x',
      at: world.now(),
      runAt: world.now(),
      counts: true,
      permanent: true,
      isSettled: true,
    }
    expect(await postponeAlert(db(), slow, why)).toBe(false)
    expect(await finishAlert(db(), slow, world.now())).toBe(false)
    expect(await finishAlert(db(), slow, world.now(), false)).toBe(false)
    expect(await world.getAlert(issueId)).toMatchObject({ locked_by: 'b', attempts: 0, sent_at: world.now() })
    // What the other one is about to create stays counted against the budget.
    expect(await db().selectFrom('tracker_creates').select('ref_id').execute()).toEqual([{ ref_id: slow.id }])
  })

  test('a marker in an issue of someone else, or a forged one, is not taken for its own', async () => {
    const issueId = await addTrouble()
    const marker = writeMarker(world.installation, { issueId, episode: 1 })
    world.github.openIssue({ title: 'copied', body: marker, author: 'mallory' })
    world.github.openIssue({ title: 'forged', body: marker.replace(/mac=[0-9a-f]{8}/, 'mac=00000000') })
    world.github.openIssue({ title: 'quoted', body: `> ${marker}\n${marker}` })
    world.github.failNext('create', { kind: 'drop', done: false })
    await world.runUntilFiled(world.fileStep('a'), issueId)
    expect(await world.listFiled()).toMatchObject([{ number: 4 }])
  })

  for (const status of [404, 410, 422]) {
    test(`${status} is shown as permanent, tried again each hour, and filed once it is mended`, async () => {
      const issueId = await addTrouble()
      const step = world.fileStep('a')
      for (let i = 0; i < 2; i++) world.github.failNext('create', { kind: 'status', status })
      await step()
      expect(await world.getAlert(issueId)).toMatchObject({
        permanent: true,
        sent_at: null,
        error: expect.stringContaining(`(${status})`),
        run_at: new Date(world.now().getTime() + 3_600_000),
      })
      world.advance(3_599_000)
      expect(await step()).toBe(false)
      world.advance(1_000)
      expect(await step()).toBe(true)
      expect(await world.timeline(issueId)).toEqual(['filing_failed'])
      world.advance(3_600_000)
      await step()
      await expectFiledOnce(issueId)
      expect(await world.getAlert(issueId)).toMatchObject({ permanent: false })
    })
  }

  test('a revoked token is shown, and a restart with a new one files at once', async () => {
    const issueId = await addTrouble()
    const old = world.createTracker()
    world.github.revokeToken()
    await world.fileStep('a', old)()
    expect(await world.getAlert(issueId)).toMatchObject({
      permanent: true,
      error: expect.stringContaining('GITHUB_TOKEN'),
    })
    const restarted = world.fileStep('b', world.createTracker(world.github.token))
    expect(await restarted()).toBe(true)
    await expectFiledOnce(issueId)
  })

  test('a rate limit is waited out, without counting as an attempt', async () => {
    const issueId = await addTrouble()
    const other = await addTrouble()
    world.github.failNext('create', { kind: 'rate_limit', retryAfter: 90 })
    const step = world.fileStep('a')
    await step()
    await step()
    const until = new Date(world.now().getTime() + 90_000)
    expect(await world.getAlert(issueId)).toMatchObject({ attempts: 0, permanent: false, run_at: until })
    expect(await world.getAlert(other)).toMatchObject({ attempts: 0, run_at: until })
    expect(world.github.requests.map((request) => request.operation)).toEqual(['repository', 'create'])
    world.advance(90_000)
    await step()
    await step()
    expect(world.github.issues).toHaveLength(2)
  })

  test('a repository that is set on the page is tried at once, but not past an unclear create', async () => {
    await world.close()
    world = await createTrackerWorld(db(), { repository: 'acme/gone' })
    const issueId = await addTrouble()
    await world.fileStep('a')()
    expect(await world.getAlert(issueId)).toMatchObject({ permanent: true, done_at: null })
    await updateProject(db(), world.project.id, { repository: 'acme/shop' }, world.now())
    await world.fileStep('a')()
    await expectFiledOnce(issueId)

    const second = await addTrouble()
    world.github.failNext('create', { kind: 'drop', done: true })
    await world.fileStep('a')()
    await updateProject(db(), world.project.id, { repository: 'acme/shop' }, world.now())
    expect(await world.fileStep('a')()).toBe(false)
    expect(await world.getAlert(second)).toMatchObject({ done_at: null })
  })

  test('without a token or a repository the alert waits and says so, and is filed when they are there', async () => {
    await db().updateTable('projects').set({ repository: null }).execute()
    const issueId = await addTrouble()
    await world.fileStep('a', null, 'acme/shop')()
    expect(await world.getAlert(issueId)).toMatchObject({
      attempts: 0,
      error: 'GITHUB_TOKEN is not set, nor a GitHub App.',
    })
    world.advance(60_000)
    await world.fileStep('b')()
    expect(await world.getAlert(issueId)).toMatchObject({
      attempts: 0,
      error: expect.stringContaining('no repository'),
    })
    world.advance(59_000)
    expect(await world.fileStep('c')()).toBe(false)
    world.advance(1_000)
    await world.fileStep('c', world.tracker, 'acme/shop')()
    await expectFiledOnce(issueId)
  })

  for (const to of ['ignored', 'resolved'] as const) {
    test(`an issue that a person has ${to} meanwhile is not filed, and its timeline says why`, async () => {
      const issueId = await addTrouble()
      await db()
        .transaction()
        .execute((trx) =>
          changeIssueStatus(trx, { issueId, to, at: world.now(), actor: 'person:1', reason: 'Known.' }),
        )
      await world.fileStep('a')()
      expect(world.github.requests).toHaveLength(0)
      expect(await world.getAlert(issueId)).toMatchObject({ done_at: world.now() })
      expect(await world.timeline(issueId)).toEqual([to, 'not_filed'])
    })
  }

  test('an alert whose episode is over is not filed beside the one of the next', async () => {
    const issueId = await addTrouble()
    await db().updateTable('issues').set({ episode: 2 }).where('id', '=', issueId).execute()
    await world.fileStep('a')()
    expect(world.github.requests).toHaveLength(0)
    expect(await world.timeline(issueId)).toEqual(['not_filed'])
  })

  test('a regression names the tracker issue it follows', async () => {
    const issueId = await addTrouble()
    const step = world.fileStep('a')
    await step()
    world.advance(3_600_000)
    await db().updateTable('issues').set({ episode: 2 }).where('id', '=', issueId).execute()
    const facts = { heldMs: 3_000_000, fixedInRelease: 'shop@4.2.0' }
    await world.addAlert(issueId, { episode: 2, rule: 'regression', facts })
    await step()
    expect(world.github.issues[1]).toMatchObject({ title: 'Regression: TypeError: cart is undefined' })
    expect(world.github.issues[1]?.body).toContain('Follows #1. It held for 50 min.')
    expect(await world.listFiled()).toMatchObject([
      { number: 1, episode: 1 },
      { number: 2, episode: 2 },
    ])
  })

  test('an error of our own sets the alert back and leaves the others to be filed', async () => {
    const broken = await addTrouble()
    const whole = await addTrouble()
    const failing: Tracker = {
      ...world.tracker,
      createIssue: async (repository, text) => {
        if (text.body.includes(`issues/${broken}\n`)) throw new Error('a bug')
        return world.tracker.createIssue(repository, text)
      },
    }
    const step = world.fileStep('a', failing)
    await step()
    await step()
    expect(await world.getAlert(broken)).toMatchObject({
      attempts: 1,
      sent_at: expect.any(Date),
      done_at: null,
    })
    expect(await world.listFiled()).toMatchObject([{ issue_id: whole }])
  })
})
