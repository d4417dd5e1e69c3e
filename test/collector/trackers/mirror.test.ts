// What people do here is done at the tracker where the project wants it, and what comes back of it decides
// nothing; a regression reopens the ticket it had, or gets a new one, as the project says.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { actOnIssue, readAction } from '../../../collector/dashboard/issue-actions.ts'
import { continueTicket } from '../../../collector/db/continue-ticket.ts'
import { changeIssueStatus } from '../../../collector/db/issue-status.ts'
import { insertPerson } from '../../../collector/db/people.ts'
import { createTrackerActionStep } from '../../../collector/trackers/do-tracker-action.ts'
import { createReopenStep } from '../../../collector/trackers/reopen-ticket.ts'
import { createLog } from '../../../shared/log.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, pollMs, quietMs, type TrackerWorld } from './tracker-world.ts'

const log = createLog('test', 'silent')

onEachDatabase('mirroring', (db) => {
  let world: TrackerWorld
  let issueId: number
  let alice: { id: number; name: string }
  beforeEach(async () => {
    world = await createTrackerWorld(db())
    issueId = await world.addIssue()
    await world.addAlert(issueId)
    await world.fileStep('a')()
    await poll()
    const email = `alice-${crypto.randomUUID()}@acme.example`
    const made = await insertPerson(
      db(),
      { email, name: 'Alice', passwordHash: null, role: 'member' },
      world.now(),
    )
    if (!made) throw new Error('no Alice')
    alice = made
  })
  afterEach(() => world.close())

  async function poll(): Promise<void> {
    world.advance(pollMs)
    await world.pollStep('p')()
  }
  const actStep = (worker = 'w') =>
    createTrackerActionStep({
      db: db(),
      tracker: world.tracker,
      now: world.now,
      log,
      worker,
      random: () => 0.5,
    })
  const set = (resolution: object) =>
    db()
      .updateTable('projects')
      .set({ settings: JSON.stringify({ resolution }) })
      .execute()
  const change = (to: 'resolved' | 'ignored' | 'unresolved', actor = `person:${alice.id}`) =>
    db()
      .transaction()
      .execute((trx) => changeIssueStatus(trx, { issueId, to, at: world.now(), actor, reason: 'By Alice.' }))

  describe.each([
    ['resolved', 'resolve', 'completed'],
    ['ignored', 'ignore', 'not_planned'],
  ] as const)('%s here', (to, setting, reason) => {
    test(`closes the ticket as ${reason}, once, and the echo decides nothing`, async () => {
      await set({ mirror: { [setting]: true } })
      await change(to)
      const both = await Promise.all([actStep('v')(), actStep('w')()])
      expect(both.filter(Boolean)).toHaveLength(1)
      expect(world.github.issues[0]).toMatchObject({
        state: 'closed',
        stateReason: reason,
        closedBy: 'postern-bot',
      })
      expect(await world.listFiled()).toMatchObject([{ state: 'closed', state_reason: reason }])
      const told = await world.timeline(issueId)
      await poll()
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: to, status_reason: 'By Alice.' })
      expect(await world.timeline(issueId)).toEqual(told)
      expect(await actStep()()).toBe(false)
    })

    test('leaves the ticket alone where the project says nothing of it, or a clock decided', async () => {
      await change(to)
      expect(await actStep()()).toBe(false)
      await change('unresolved')
      await set({ mirror: { [setting]: true } })
      await change(to, 'postern')
      expect(await actStep()()).toBe(false)
      expect(world.github.issues[0]?.state).toBe('open')
    })

    test('is tried again when the tracker fails, and an echo seen before that decides nothing', async () => {
      await set({ mirror: { [setting]: true } })
      await change(to)
      world.github.failNext('update', { kind: 'status', status: 502, done: true })
      expect(await actStep()()).toBe(true)
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: to, status_reason: 'By Alice.' })
      world.advance(10 * 60_000)
      expect(await actStep()()).toBe(true)
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: to, status_reason: 'By Alice.' })
    })
  })

  test.each([
    ['comment', 'Seen on staging, too.'],
    ['assign', 'assigned'],
  ] as const)('%s here is left as a comment there with the name, once', async (action, words) => {
    let to = 'me'
    const act = () =>
      actOnIssue(
        db(),
        issueId,
        readAction({ action, to, text: 'Seen on staging, too.' }, { now: world.now(), zone: 'UTC' }),
        alice,
        world.now(),
      )
    await act()
    expect(await actStep()()).toBe(false)
    await set({ mirror: { [action]: true } })
    to = ''
    await act()
    world.github.failNext('comment', { kind: 'drop', done: true })
    await actStep()()
    world.advance(3_600_000)
    expect(await actStep()()).toBe(false)
    const said = world.github.issues[0]?.comments ?? []
    expect(said).toHaveLength(1)
    expect(said[0]?.body).toContain('Alice')
    expect(said[0]?.body).toContain(words)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
  })

  test('a comment that was surely not left is tried again, one that the tracker refuses is not', async () => {
    await set({ mirror: { comment: true } })
    const say = async (text: string) =>
      actOnIssue(
        db(),
        issueId,
        readAction({ action: 'comment', to: '', text }, { now: world.now(), zone: 'UTC' }),
        alice,
        world.now(),
      )
    await say('Seen on staging, too.')
    world.github.failNext('comment', { kind: 'rate_limit', retryAfter: 60 })
    expect(await actStep()()).toBe(true)
    expect(await actStep()()).toBe(false)
    world.advance(3_600_000)
    expect(await actStep()()).toBe(true)
    expect(world.github.issues[0]?.comments).toHaveLength(1)
    await say('And here.')
    world.github.failNext('comment', { kind: 'status', status: 403 })
    expect(await actStep()()).toBe(true)
    world.advance(3_600_000)
    expect(await actStep()()).toBe(false)
    expect(world.github.issues[0]?.comments).toHaveLength(1)
  })

  describe('a closed ticket whose issue goes on', () => {
    const reopen = () =>
      createReopenStep({
        db: db(),
        tracker: world.tracker,
        now: world.now,
        log,
        config: { issueUrl: ({ id }) => `http://postern.example/issues/${id}`, quietMs },
      })()

    test.each([
      ['reopen', 'open'],
      ['comment', 'closed'],
    ] as const)('with %s is left %s, and told once', async (onBrokenQuiet, state) => {
      await set({ onBrokenQuiet })
      world.github.closeIssue(1, 'completed', 'alice')
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
      await change('unresolved', 'postern')
      expect(await reopen()).toBe(true)
      expect(await reopen()).toBe(false)
      await poll()
      expect(await reopen()).toBe(false)
      expect(world.github.issues[0]).toMatchObject({ state })
      expect(world.github.issues[0]?.comments).toHaveLength(1)
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved', in_episode: true })
    })

    test.each([
      [0, 1, false],
      [48, 47, true],
      [48, 49, false],
    ])(
      'reopened within %d h: a regression after %d h takes the old ticket: %s',
      async (hours, held, isTaken) => {
        await set({ reopenWithinHours: hours })
        world.github.closeIssue(1, 'completed', 'alice')
        await poll()
        await change('resolved', 'postern')
        await db().updateTable('issues').set({ episode: 2, status: 'unresolved', in_episode: true }).execute()
        await world.addAlert(issueId, { episode: 2, rule: 'regression' })
        const alert = { episode: 2, rule: 'regression' as const, facts: { heldMs: held * 3_600_000 } }
        const taken = await db()
          .transaction()
          .execute((trx) =>
            continueTicket(trx, { id: issueId, projectId: world.project.id }, alert, world.now()),
          )
        expect(taken).toBe(isTaken)
        while (await world.fileStep('a')()) {}
        expect(await reopen()).toBe(isTaken)
        expect(world.github.issues.map((one) => one.state)).toEqual(isTaken ? ['open'] : ['closed', 'open'])
        expect(await world.listFiled()).toMatchObject(
          isTaken
            ? [{ episode: 2, number: 1 }]
            : [
                { episode: 1, number: 1 },
                { episode: 2, number: 2 },
              ],
        )
      },
    )
  })
})
