// What bounds the damage that filing can do: budget, storms, dry run, public repositories, comments.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reserveCreate } from '../../../collector/db/filing-limits.ts'
import { claimDueStorm, restStorm } from '../../../collector/db/storms.ts'
import { newsOf } from '../../../collector/trackers/comment-progress.ts'
import { joinsStorm, lastsBeyond, nextLook, stormSpan } from '../../../collector/trackers/storm.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, type TrackerWorld } from './tracker-world.ts'

const minute = 60_000
const hour = 60 * minute

onEachDatabase('limits of filing', (db) => {
  let world: TrackerWorld
  beforeEach(async () => {
    world = await createTrackerWorld(db())
  })
  afterEach(() => world.close())

  async function addTrouble(title?: string): Promise<number> {
    const issueId = await world.addIssue(title ? { title } : {})
    await world.addAlert(issueId)
    return issueId
  }

  async function drain(step: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < 2_000 && (await step()); i++);
  }

  /** Creates that reached GitHub, by its clock. */
  function mostWithinAnHour(): number {
    const moments = world.github.issues.map((issue) => issue.createdAt.getTime()).sort((a, b) => a - b)
    return Math.max(
      0,
      ...moments.map((from) => moments.filter((at) => at >= from && at < from + hour).length),
    )
  }

  describe('the budget of a project', () => {
    beforeEach(() => world.setFiling({ budgetPerHour: 3, stormIssues: 1_000 }))

    test('lets no more through in any hour, says why the rest waits, and files it in time', async () => {
      const issueIds: number[] = []
      for (let i = 0; i < 8; i++) issueIds.push(await addTrouble())
      const steps = ['a', 'b'].map((worker) => world.fileStep(worker))
      await Promise.all(steps.map(drain))
      expect(world.github.issues).toHaveLength(3)
      const waiting = await db().selectFrom('alerts').selectAll().where('done_at', 'is', null).execute()
      expect(waiting).toHaveLength(5)
      for (const alert of waiting) {
        expect(alert).toMatchObject({ held: 'budget', permanent: false, attempts: 0 })
        expect(alert.error).toContain('budget of 3 tracker issues an hour')
        expect(alert.run_at).toEqual(new Date(world.now().getTime() + hour))
        expect(await world.timeline(alert.issue_id)).toEqual(['filing_held'])
      }
      for (let i = 0; i < 40; i++) {
        world.advance(7 * minute)
        for (const step of steps) await drain(step)
      }
      expect(world.github.issues).toHaveLength(8)
      expect(mostWithinAnHour()).toBeLessThanOrEqual(3)
    })

    test('has room again exactly an hour after the first create, and not a millisecond before', async () => {
      const ask = (id: number, now: Date, kind: 'alert' | 'storm' = 'alert') =>
        db()
          .transaction()
          .execute((trx) => reserveCreate(trx, { kind, id, projectId: world.project.id }, 2, now))
      const first = world.now()
      const at = (ms: number) => new Date(first.getTime() + ms)
      expect(await ask(1, first)).toBeNull()
      expect(await ask(1, at(1), 'storm')).toBeNull()
      expect(await ask(3, at(2))).toEqual(at(hour))
      // One that is in the count already needs no more room.
      expect(await ask(1, at(3), 'storm')).toBeNull()
      expect(await ask(3, at(hour - 1))).toEqual(at(hour))
      expect(await ask(3, at(hour))).toBeNull()
      expect(await ask(4, at(hour))).toEqual(at(hour + 3))
    })

    test('is not used up by creates that were surely not carried out', async () => {
      for (let i = 0; i < 6; i++) await addTrouble()
      for (let i = 0; i < 3; i++) world.github.failNext('create', { kind: 'status', status: 422 })
      await drain(world.fileStep('a'))
      expect(world.github.issues).toHaveLength(3)
    })

    test('counts a create whose answer was lost, once', async () => {
      for (let i = 0; i < 4; i++) await addTrouble()
      world.github.failNext('create', { kind: 'drop', done: true })
      const step = world.fileStep('a')
      await drain(step)
      expect(world.github.issues).toHaveLength(3)
      for (let i = 0; i < 12; i++) {
        world.advance(10 * minute)
        await drain(step)
      }
      expect(world.github.issues).toHaveLength(4)
      expect(mostWithinAnHour()).toBeLessThanOrEqual(3)
    })

    test('is told in the timeline of what was filed, as it stood then', async () => {
      for (let i = 0; i < 2; i++) await addTrouble()
      await drain(world.fileStep('a'))
      world.advance(hour)
      await addTrouble()
      await drain(world.fileStep('a'))
      const filed = await db()
        .selectFrom('issue_changes')
        .select('facts')
        .where('kind', '=', 'filed')
        .orderBy('id')
        .execute()
      expect(filed.map(({ facts }) => facts.budget)).toEqual([
        { used: 1, of: 3 },
        { used: 2, of: 3 },
        { used: 1, of: 3 },
      ])
    })

    test('is the project’s own', async () => {
      for (let i = 0; i < 4; i++) await addTrouble()
      await world.setFiling({ budgetPerHour: 4 })
      await drain(world.fileStep('a'))
      expect(world.github.issues).toHaveLength(4)
    })
  })

  describe('a storm of 500 new issues in a minute', () => {
    let issueIds: number[]
    beforeEach(async () => {
      issueIds = []
      for (let i = 0; i < 500; i++) {
        issueIds.push(await addTrouble(`Boom ${i} @octocat fixes #${i}`))
        world.advance(100)
      }
    }, 60_000)

    test('becomes one umbrella that lists them; those that last get their own, within the budget', async () => {
      const steps = [
        world.fileStep('a'),
        world.fileStep('b'),
        world.umbrellaStep('a'),
        world.umbrellaStep('b'),
      ]
      const runAll = async () => {
        for (const step of steps) await drain(step)
      }
      await runAll()
      expect(world.github.issues).toHaveLength(0)
      expect(await world.timeline(issueIds[0] ?? 0)).toEqual(['filing_held'])
      world.advance(minute)
      await runAll()
      expect(world.github.issues).toHaveLength(1)
      const [umbrella] = world.github.issues
      expect(umbrella?.title).toMatch(/^Storm: 500 issues in Shop within/)
      expect(umbrella?.body).toContain('- `Boom 7 @octocat fixes #7`: 1,234 events, 56 users.')
      expect(umbrella?.body).toContain('untrusted data')
      expect(umbrella?.body.length).toBeLessThan(65_536)

      const lasting = issueIds.slice(0, 30)
      const lastSeen = new Date(world.now().getTime() + 40 * minute)
      await db().updateTable('issues').set({ last_seen_at: lastSeen }).where('id', 'in', lasting).execute()
      // The others would only be looked at again; some of them are, which is enough to see.
      const tomorrow = new Date(world.now().getTime() + 24 * hour)
      await db()
        .updateTable('alerts')
        .set({ run_at: tomorrow })
        .where('issue_id', 'in', issueIds.slice(60))
        .execute()
      for (let i = 0; i < 4; i++) {
        world.advance(61 * minute)
        await runAll()
      }
      const own = (await world.listFiled()).map((filed) => filed.issue_id)
      expect(own.sort((a, b) => a - b)).toEqual(issueIds.slice(0, 30))
      expect(world.github.issues).toHaveLength(31)
      expect(world.github.issues[1]?.body).toContain('Part of the storm of #1; it lasts.')
      expect(mostWithinAnHour()).toBeLessThanOrEqual(20)
      // What the umbrella could not list was told in a few comments, hours apart.
      expect(umbrella?.comments.length).toBeLessThanOrEqual(3)
      const unlisted = await db()
        .selectFrom('alerts')
        .select('id')
        .where('listed_at', 'is', null)
        .where('done_at', 'is', null)
        .execute()
      expect(unlisted).toEqual([])
    }, 120_000)
  })

  describe('an umbrella', () => {
    async function addStorm(count = 12): Promise<number[]> {
      const issueIds: number[] = []
      for (let i = 0; i < count; i++) issueIds.push(await addTrouble())
      await drain(world.fileStep('a'))
      world.advance(minute)
      return issueIds
    }

    for (const done of [true, false]) {
      test(`is made once when its create ${done ? 'was' : 'was not'} carried out and the answer lost`, async () => {
        await addStorm()
        world.github.failNext('create', { kind: 'drop', done })
        const step = world.umbrellaStep('a')
        for (let i = 0; i < 6; i++) {
          await drain(step)
          world.advance(minute)
        }
        expect(world.github.issues).toHaveLength(1)
        const [storm] = await db().selectFrom('storms').selectAll().execute()
        expect(storm).toMatchObject({ number: 1, repository: 'acme/shop', sent_at: null })
      })
    }

    test('made twice all the same: the later one is closed and says so', async () => {
      await addStorm()
      const step = world.umbrellaStep('a')
      await drain(step)
      const body = world.github.issues[0]?.body ?? ''
      world.advance(minute)
      world.github.openIssue({ title: 'the same', body })
      await drain(world.pollStep('a'))
      world.advance(minute)
      await drain(world.pollStep('a'))
      expect(world.github.issues.map((issue) => issue.state)).toEqual(['open', 'closed'])
      expect(world.github.issues[1]?.comments).toMatchObject([{ body: expect.stringContaining('#1 stays') }])
    })

    test('is told once an hour at most of what joins', async () => {
      await addStorm()
      const steps = [world.fileStep('a'), world.umbrellaStep('a')]
      for (let i = 0; i < 12; i++) {
        for (const step of steps) await drain(step)
        await addTrouble(`late ${i}`)
        world.advance(5 * minute)
      }
      for (const step of steps) await drain(step)
      expect(world.github.issues).toHaveLength(1)
      expect(world.github.issues[0]?.comments).toHaveLength(1)
      world.advance(hour)
      for (const step of steps) await drain(step)
      expect(world.github.issues[0]?.comments.length).toBeLessThanOrEqual(2)
    })

    test('stays due for an alert that joins while it is found to have nothing to tell', async () => {
      await addStorm()
      await drain(world.umbrellaStep('a'))
      await db().updateTable('storms').set({ run_at: world.now() }).execute()
      const claimed = await claimDueStorm(db(), { worker: 'w', now: world.now(), leaseMs: minute })
      await addTrouble('late')
      await drain(world.fileStep('a'))
      await restStorm(db(), { id: claimed?.id ?? 0, worker: 'w' }, world.now())
      const [storm] = await db().selectFrom('storms').selectAll().execute()
      expect(storm).toMatchObject({ run_at: world.now(), locked_by: null })
    })

    test('lists only what still waits: an issue ignored meanwhile is not in it', async () => {
      const issueIds = await addStorm()
      await db()
        .updateTable('issues')
        .set({ status: 'ignored', title: 'Known noise' })
        .where('id', '=', issueIds[3] ?? 0)
        .execute()
      await db().updateTable('alerts').set({ run_at: world.now() }).execute()
      await drain(world.fileStep('a'))
      await drain(world.umbrellaStep('a'))
      expect(world.github.issues[0]?.title).toContain('11 issues')
      expect(world.github.issues[0]?.body).not.toContain('Known noise')
    })
  })

  test('an outage of the tracker makes no storm of alerts that came one by one', async () => {
    for (let i = 0; i < 15; i++) {
      await addTrouble()
      world.advance(5 * minute)
    }
    await drain(world.fileStep('a'))
    expect(world.github.issues).toHaveLength(15)
  })

  describe('dry run', () => {
    test('sends nothing, tells once what it would have done, and files when it is switched off', async () => {
      await world.setFiling({ dryRun: true })
      const issueId = await addTrouble()
      const step = world.fileStep('a')
      await drain(step)
      world.advance(25 * hour)
      await drain(step)
      expect(world.github.requests).toHaveLength(0)
      expect(await world.getAlert(issueId)).toMatchObject({ held: 'dry_run', permanent: false })
      expect(await world.timeline(issueId)).toEqual(['filing_held'])
      await world.setFiling({ dryRun: false })
      await drain(step)
      expect(world.github.issues).toHaveLength(1)
    })
  })

  describe('a public repository', () => {
    test('is not filed to until it is confirmed by name, and then at once', async () => {
      world.github.setRepository('acme/shop', { isPublic: true })
      const issueId = await addTrouble()
      const step = world.fileStep('a')
      await drain(step)
      expect(world.github.countRequests('create')).toBe(0)
      expect(await world.getAlert(issueId)).toMatchObject({
        permanent: true,
        error: expect.stringContaining('acme/shop is public'),
      })
      await world.setFiling({ publicRepository: 'acme/other' })
      await drain(step)
      expect(world.github.countRequests('create')).toBe(0)
      await world.setFiling({ publicRepository: 'acme/shop' })
      await drain(step)
      expect(world.github.issues).toHaveLength(1)
    })

    test('that was private a moment ago is noticed before the next create', async () => {
      await addTrouble()
      const step = world.fileStep('a')
      await drain(step)
      world.github.setRepository('acme/shop', { isPublic: true })
      await addTrouble()
      await drain(step)
      expect(world.github.issues).toHaveLength(1)
    })

    for (const [facts, words] of [
      [{ isArchived: true }, 'is archived'],
      [{ hasIssues: false }, 'switched off'],
    ] as const) {
      test(`one that ${words} is shown as failed for good, with the reason`, async () => {
        world.github.setRepository('acme/shop', facts)
        const issueId = await addTrouble()
        await drain(world.fileStep('a'))
        expect(await world.getAlert(issueId)).toMatchObject({
          permanent: true,
          error: expect.stringContaining(words),
        })
        expect(await world.timeline(issueId)).toEqual(['filing_failed'])
      })
    }
  })

  describe('labels and assignees', () => {
    test('are none by default, those of the project where set, and more at an escalation', async () => {
      await addTrouble()
      await drain(world.fileStep('a'))
      await world.setFiling({
        labels: ['bug'],
        assignees: ['octocat'],
        escalationLabels: ['urgent', 'bug'],
        escalationAssignees: ['hubot'],
      })
      await addTrouble()
      await drain(world.fileStep('a'))
      const issueId = await world.addIssue({ episode: 3 })
      await world.addAlert(issueId, { episode: 3, rule: 'escalation' })
      await drain(world.fileStep('a'))
      const bodies = world.github.requests.filter((r) => r.operation === 'create').map((r) => r.body)
      expect(bodies[0]).not.toHaveProperty('labels')
      expect(bodies[0]).not.toHaveProperty('assignees')
      expect(bodies[1]).toMatchObject({ labels: ['bug'], assignees: ['octocat'] })
      expect(bodies[2]).toMatchObject({ labels: ['bug', 'urgent'], assignees: ['octocat', 'hubot'] })
      expect(await world.listFiled()).toContainEqual(
        expect.objectContaining({ labels: ['bug', 'urgent'], assignee: 'octocat' }),
      )
    })
  })

  describe('while an issue lives, its ticket', () => {
    async function file(): Promise<number> {
      const issueId = await addTrouble()
      await drain(world.fileStep('a'))
      return issueId
    }
    async function count(issueId: number, events: number): Promise<void> {
      await db()
        .updateTable('issues')
        .set({ event_count: events, last_seen_at: world.now() })
        .where('id', '=', issueId)
        .execute()
    }

    test('gets a comment at 10, 100 and 1000 times the events, each once', async () => {
      const issueId = await file()
      const step = world.progressStep()
      for (const times of [2, 9.9, 10, 50, 99, 100, 400, 1_000, 5_000, 90_000]) {
        world.advance(6 * minute)
        await count(issueId, Math.round(1_234 * times))
        await drain(step)
      }
      expect(world.github.issues[0]?.comments.map((c) => c.body.split('\n')[0])).toEqual([
        'Now 12,340 events from 56 users: more than 10 times as many as when this was filed.',
        'Now 123,400 events from 56 users: more than 100 times as many as when this was filed.',
        'Now 1,234,000 events from 56 users: more than 1,000 times as many as when this was filed.',
      ])
      expect((await world.timeline(issueId)).filter((kind) => kind === 'told')).toHaveLength(3)
    })

    test('is told of new releases and platforms once a day at most, and a dozen times in all', async () => {
      const issueId = await file()
      const step = world.progressStep()
      for (let i = 0; i < 50; i++) {
        world.advance(13 * hour)
        await db()
          .insertInto('issue_releases')
          .values({
            issue_id: issueId,
            release: `shop@4.${i} @octocat`,
            events: 1,
            first_seen_at: world.now(),
            last_seen_at: world.now(),
          })
          .execute()
        await count(issueId, 1_300)
        await drain(step)
      }
      const { comments } = world.github.issues[0] ?? { comments: [] }
      expect(comments).toHaveLength(12)
      expect(comments[0]?.body).toContain('Newly affected releases: `shop@4.0 @octocat`, ')
      const gaps = comments.slice(1).map((c, i) => c.at.getTime() - (comments[i]?.at.getTime() ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(24 * hour)
    })

    test('hears of a new platform, not of those its text names', async () => {
      const issueId = await world.addIssue()
      const addSystem = (value: string) =>
        db()
          .insertInto('issue_tags')
          .values({ issue_id: issueId, key: 'os.name', value, events: 5, last_seen_at: world.now() })
          .execute()
      await addSystem('Android')
      await world.addAlert(issueId)
      await drain(world.fileStep('a'))
      expect(world.github.issues[0]?.body).toContain('- **Systems:** `Android` (5)')
      await addSystem('iOS')
      world.advance(25 * hour)
      await count(issueId, 1_300)
      await drain(world.progressStep())
      expect(world.github.issues[0]?.comments.map((c) => c.body)).toEqual([
        expect.stringContaining('Newly affected platforms: `iOS`.'),
      ])
    })

    test('gets nothing twice when the answer to a comment is lost, and it is tried again when refused', async () => {
      const issueId = await file()
      const step = world.progressStep()
      world.github.failNext('comment', { kind: 'rate_limit', retryAfter: 60 })
      world.advance(6 * minute)
      await count(issueId, 20_000)
      await drain(step)
      expect(world.github.issues[0]?.comments).toHaveLength(0)
      world.github.failNext('comment', { kind: 'drop', done: true })
      for (let i = 0; i < 3; i++) {
        world.advance(6 * minute)
        await count(issueId, 20_000)
        await drain(step)
      }
      expect(world.github.issues[0]?.comments).toHaveLength(1)
    })

    test('is left alone where the project wants no comments, and once it is closed', async () => {
      const issueId = await file()
      await world.setFiling({ comments: false })
      world.advance(6 * minute)
      await count(issueId, 1_000_000)
      await drain(world.progressStep())
      await world.setFiling({ comments: true })
      await db().updateTable('tracker_issues').set({ state: 'closed' }).execute()
      world.advance(6 * minute)
      await drain(world.progressStep())
      expect(world.github.countRequests('comment')).toBe(0)
    })
  })

  test('a token revoked between the claim and the create is shown, and files once it is mended', async () => {
    const issueId = await addTrouble()
    const old = world.createTracker()
    const revoking = {
      ...old,
      async createIssue(...args: Parameters<typeof old.createIssue>) {
        world.github.revokeToken()
        return old.createIssue(...args)
      },
    }
    await world.fileStep('a', revoking)()
    expect(await world.getAlert(issueId)).toMatchObject({
      permanent: true,
      sent_at: null,
      locked_by: null,
      error: expect.stringContaining('not valid'),
    })
    expect(await world.timeline(issueId)).toEqual(['filing_failed'])
    await drain(world.fileStep('b', world.createTracker(world.github.token)))
    expect(world.github.issues).toHaveLength(1)
    expect(await world.timeline(issueId)).toEqual(['filing_failed', 'filed'])
  })
})

describe('a storm', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24) + seconds * 1_000)
  const rule = { more: 3, windowMs: 60_000 }

  test('is more than N alerts inside one window around this one', () => {
    expect(stormSpan([0, 10, 20].map(at), at(20), rule)).toBeNull()
    expect(stormSpan([0, 10, 20, 30].map(at), at(20), rule)).toEqual({ from: at(0), to: at(30) })
    expect(stormSpan([0, 20, 40, 60].map(at), at(20), rule)).toBeNull()
    expect(stormSpan([0, 20, 40, 59].map(at), at(0), rule)).toEqual({ from: at(0), to: at(59) })
    expect(stormSpan([0, 1, 2, 3, 100].map(at), at(100), rule)).toBeNull()
  })
  test('is joined by what comes within a window of it', () => {
    const storm = { startedAt: at(0), lastAlertAt: at(30) }
    expect(joinsStorm(storm, at(89), 60_000)).toBe(true)
    expect(joinsStorm(storm, at(90), 60_000)).toBe(false)
    expect(joinsStorm(storm, at(-61), 60_000)).toBe(false)
  })
  test('lets go of what is still seen after half the time, and looks at the rest ever more rarely', () => {
    const alert = { createdAt: at(0) }
    expect(lastsBeyond(alert, at(1_799), 60)).toBe(false)
    expect(lastsBeyond(alert, at(1_800), 60)).toBe(true)
    expect(nextLook(alert, at(5), 60)).toEqual(at(3_600))
    expect(nextLook(alert, at(3_600), 60)).toEqual(at(7_200))
    expect(nextLook(alert, at(36_000), 60)).toEqual(at(54_000))
    expect(nextLook(alert, at(3_600_000), 60)).toEqual(at(3_621_600))
  })
})

test('a ticket with a dozen comments gets no more, whatever happens', () => {
  const progress = {
    id: 1,
    issueId: 1,
    repository: 'acme/shop',
    number: 1,
    settings: {},
    filedAt: new Date(0),
    eventsAtFiling: 1,
    events: 1_000_000,
    users: 1,
    toldMultiple: 1,
    toldPlatforms: [],
    toldAt: new Date(0),
    comments: 12,
    newReleases: ['a'],
    platforms: ['b'],
  }
  expect(newsOf(progress, new Date())).toBeNull()
  expect(newsOf({ ...progress, comments: 11 }, new Date())).toMatchObject({ multiple: 1_000, isMore: true })
})
