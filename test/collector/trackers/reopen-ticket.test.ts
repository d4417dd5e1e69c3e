// A ticket that was closed while the trouble goes on is opened again, once, and says why.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changeIssueStatus } from '../../../collector/db/issue-status.ts'
import { claimReopening } from '../../../collector/db/tracker-reopenings.ts'
import { checkEveryMs } from '../../../collector/trackers/check-ticket.ts'
import { createReopenStep } from '../../../collector/trackers/reopen-ticket.ts'
import { createLog } from '../../../shared/log.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, pollMs, quietMs, type TrackerWorld } from './tracker-world.ts'

onEachDatabase('a ticket whose quiet was broken', (db) => {
  let world: TrackerWorld
  let issueId: number
  let reopen: () => Promise<boolean>

  function createStep(): () => Promise<boolean> {
    return createReopenStep({
      db: db(),
      tracker: world.tracker,
      now: world.now,
      log: createLog('test', 'silent'),
      config: { issueUrl: ({ id }) => `http://postern.example/issues/${id}`, quietMs },
    })
  }

  async function poll(): Promise<void> {
    world.advance(pollMs)
    await world.pollStep('p')()
  }

  /** As detect does it in the storing transaction. */
  async function breakQuiet(reason: string, id = issueId): Promise<void> {
    const change = { issueId: id, to: 'unresolved', at: world.now(), actor: 'postern', reason } as const
    await db()
      .transaction()
      .execute((trx) => changeIssueStatus(trx, change))
  }

  beforeEach(async () => {
    world = await createTrackerWorld(db())
    issueId = await world.addIssue()
    await world.addAlert(issueId)
    await world.fileStep('a')()
    await poll()
    world.github.closeIssue(1, 'completed', 'alice')
    await poll()
    reopen = createStep()
  })
  afterEach(() => world.close())

  test('is left closed while quiet is waited for, and when it is resolved', async () => {
    expect(await reopen()).toBe(false)
    await db()
      .transaction()
      .execute((trx) =>
        changeIssueStatus(trx, {
          issueId,
          to: 'resolved',
          at: world.now(),
          actor: 'postern',
          reason: 'Quiet.',
        }),
      )
    expect(await reopen()).toBe(false)
    expect(world.github.issues[0]?.state).toBe('closed')
  })

  test('is opened again with the event that did it, and polling sees nothing new in that', async () => {
    await breakQuiet('Event 9f2c41a from @everyone came while quiet was waited for.')
    expect(await reopen()).toBe(true)
    expect(await reopen()).toBe(false)
    const [ticket] = world.github.issues
    expect(ticket).toMatchObject({ state: 'open', stateReason: 'reopened' })
    expect(ticket?.comments).toHaveLength(1)
    const said = JSON.stringify(ticket?.comments)
    // A client chooses its event's id, which could be a commit's: it is not left whole.
    expect(said).toContain('Event 9f2c41\u200ba')
    expect(said).not.toContain('@everyone')
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved', in_episode: true })
    expect(world.github.countRequests('comment')).toBe(1)
  })

  test('is opened by one of two collectors', async () => {
    await breakQuiet('Event 9f2c41a came.')
    const results = await Promise.all([reopen(), createStep()()])
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(world.github.countRequests('comment')).toBe(1)
  })

  test('is opened where it was moved to', async () => {
    world.github.moveIssue(1, 'acme/other')
    await breakQuiet('Event 9f2c41a came.')
    expect(await reopen()).toBe(true)
    expect(await world.listFiled()).toMatchObject([{ repository: 'acme/other', moved_from: 'acme/shop#1' }])
    expect(await reopen()).toBe(true)
    expect(world.github.issues[1]).toMatchObject({ repository: 'acme/other', state: 'open' })
  })

  test('is given up, and that is said, when it was deleted', async () => {
    const ticket = world.github.issues[0]
    if (ticket) ticket.isGone = true
    await breakQuiet('Event 9f2c41a came.')
    expect(await reopen()).toBe(true)
    expect(await world.listFiled()).toMatchObject([{ fate: 'deleted' }])
    expect((await world.timeline(issueId)).at(-1)).toBe('ticket_lost')
    expect(await reopen()).toBe(false)
  })

  test('holds up no other when the tracker refuses, and is tried again in an hour', async () => {
    const second = await world.addIssue()
    await world.addAlert(second)
    await world.fileStep('a')()
    world.github.closeIssue(2, 'completed', 'alice')
    await poll()
    await breakQuiet('Event 9f2c41a came.')
    await breakQuiet('Event 9f2c41a came.', second)
    world.github.failNext('update', { kind: 'status', status: 403 })
    expect(await reopen()).toBe(true)
    expect(await reopen()).toBe(true)
    expect(world.github.issues.map(({ state }) => state)).toEqual(['closed', 'open'])
    expect(await reopen()).toBe(false)
    world.advance(60 * 60_000)
    expect(await reopen()).toBe(true)
    expect(world.github.issues.map(({ state }) => state)).toEqual(['open', 'open'])
  })

  test('is not left closed by a collector that died before it opened it', async () => {
    await breakQuiet('Event 9f2c41a came.')
    await claimReopening(db(), world.now(), new Date(world.now().getTime() + 5 * 60_000 - checkEveryMs))
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
    world.advance(5 * 60_000)
    expect(await world.checkStep()()).toBe(true)
    // As after any close: quiet is waited for, and the event that broke it breaks it again.
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
  })

  test('is tried again later when the tracker fails, and can be closed and resolved after that', async () => {
    await breakQuiet('Event 9f2c41a came.')
    world.github.failNext('update', { kind: 'status', status: 502 })
    expect(await reopen()).toBe(true)
    expect(await reopen()).toBe(false)
    expect(await world.listFiled()).toMatchObject([{ state: 'closed', state_reason: 'completed' }])
    world.advance(61_000)
    expect(await reopen()).toBe(true)
    await poll()
    world.advance(5_000)
    world.github.closeIssue(1, 'completed', 'bob')
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
  })
})
