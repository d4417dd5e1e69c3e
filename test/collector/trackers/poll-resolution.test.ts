// Following the tracker: closes, reopenings and everything that happened while nobody looked.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeIssueStatus } from '../../../collector/db/issue-status.ts'
import { writeMarker } from '../../../collector/trackers/marker.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, pollMs, type TrackerWorld } from './tracker-world.ts'

onEachDatabase('polling', (db) => {
  let world: TrackerWorld
  let step: () => Promise<boolean>
  beforeEach(async () => {
    world = await createTrackerWorld(db())
    step = world.pollStep('p')
  })
  afterEach(() => world.close())

  async function fileOne(): Promise<number> {
    const issueId = await world.addIssue()
    await world.addAlert(issueId)
    await world.fileStep('a')()
    return issueId
  }

  async function poll(): Promise<void> {
    world.advance(pollMs)
    expect(await step()).toBe(true)
  }

  async function place() {
    return db().selectFrom('tracker_repositories').selectAll().executeTakeFirstOrThrow()
  }

  test('closed as completed: quiet is waited for from the moment of closing', async () => {
    const issueId = await fileOne()
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
    world.github.closeIssue(1, 'completed', 'alice')
    const closedAt = world.now()
    world.advance(300_000)
    await poll()
    // The tracker's moments have whole seconds; the second of the close counts as before.
    expect(await world.getIssue(issueId)).toMatchObject({
      status: 'resolving',
      in_episode: true,
      closed_at: new Date(closedAt.getTime() + 999),
      status_reason: 'acme/shop#1 was closed as completed by alice; quiet is waited for.',
    })
    expect(await world.listFiled()).toMatchObject([
      { state: 'closed', closed_at: closedAt, closed_by: 'alice' },
    ])
    expect(await world.timeline(issueId)).toEqual(['filed', 'closed'])
    await poll()
    expect(await world.timeline(issueId)).toEqual(['filed', 'closed'])
  })

  test('closed as not planned, or as a duplicate: ignored', async () => {
    const issueId = await fileOne()
    const second = await fileOne()
    world.github.closeIssue(1, 'not_planned')
    world.github.closeIssue(2, 'duplicate')
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'ignored', in_episode: false })
    expect(await world.getIssue(second)).toMatchObject({ status: 'ignored' })
  })

  test('closed by an Enterprise that names no reason: taken for completed', async () => {
    const issueId = await fileOne()
    world.github.closeIssue(1, null)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
  })

  test('reopened: unresolved, and the episode goes on', async () => {
    const issueId = await fileOne()
    world.github.closeIssue(1)
    await poll()
    world.advance(60_000)
    world.github.reopenIssue(1)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({
      status: 'unresolved',
      in_episode: true,
      episode: 1,
    })
    expect(await world.timeline(issueId)).toEqual(['filed', 'closed', 'reopened'])
    expect(await world.listFiled()).toMatchObject([{ state: 'open', closed_at: null }])
  })

  test('reopened after it was resolved: the episode goes on with the same tracker issue', async () => {
    const issueId = await fileOne()
    world.github.closeIssue(1)
    await poll()
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
    world.advance(60_000)
    world.github.reopenIssue(1)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({
      status: 'unresolved',
      in_episode: true,
      episode: 1,
    })
  })

  test('reopened and closed again between two looks: the quiet clock starts anew', async () => {
    const issueId = await fileOne()
    world.github.closeIssue(1)
    await poll()
    world.advance(200_000)
    world.github.reopenIssue(1)
    world.advance(60_000)
    world.github.closeIssue(1)
    const closedAt = world.now()
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({
      status: 'resolving',
      closed_at: new Date(closedAt.getTime() + 999),
    })
  })

  test('what a person decided here stands when the tracker issue is closed after', async () => {
    const issueId = await fileOne()
    await db()
      .transaction()
      .execute((trx) =>
        changeIssueStatus(trx, {
          issueId,
          to: 'ignored',
          at: world.now(),
          actor: 'person:1',
          reason: 'Known.',
        }),
      )
    world.github.closeIssue(1)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'ignored', status_reason: 'Known.' })
    expect(await world.timeline(issueId)).toEqual(['filed', 'ignored', 'closed'])
  })

  test('closing the tracker issue of an earlier episode decides nothing', async () => {
    const issueId = await fileOne()
    await db().updateTable('issues').set({ episode: 2 }).where('id', '=', issueId).execute()
    world.github.closeIssue(1)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
    expect(await world.timeline(issueId)).toEqual(['filed', 'closed'])
  })

  test('a pause of days over several pages of changes misses nothing', async () => {
    const issueIds = [await fileOne(), await fileOne(), await fileOne()]
    await poll()
    world.advance(60_000)
    world.github.closeIssue(1)
    for (let i = 0; i < 250; i++) {
      world.advance(1_000_000)
      world.github.openIssue({ title: `other ${i}`, author: 'alice', isPullRequest: i % 3 === 0 })
      if (i === 120) world.github.closeIssue(2, 'not_planned')
    }
    world.github.closeIssue(3)
    await poll()
    const states = await Promise.all(issueIds.map(async (id) => (await world.getIssue(id)).status))
    expect(states).toEqual(['resolving', 'ignored', 'resolving'])
    expect(world.github.requests.filter((request) => request.query.page === '3')).toHaveLength(1)
  })

  test('a poll that breaks off after its first page begins again where it stood', async () => {
    const issueId = await fileOne()
    await poll()
    const { since } = await place()
    world.advance(300_000)
    world.github.closeIssue(1)
    for (let i = 0; i < 120; i++) {
      world.advance(1_000)
      world.github.openIssue({ title: `other ${i}`, author: 'alice' })
    }
    const brokenTracker = {
      ...world.tracker,
      listIssuesSince: (...[repository, filter, at]: Parameters<typeof world.tracker.listIssuesSince>) => {
        if (at?.page) world.github.failNext('list', { kind: 'status', status: 502 })
        return world.tracker.listIssuesSince(repository, filter, at)
      },
    }
    world.advance(pollMs)
    await world.pollStep('p', brokenTracker)()
    expect(await place()).toMatchObject({ since, error: expect.stringContaining('502') })
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
    await poll()
    expect(await place()).toMatchObject({ error: null })
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
  })

  test('lists that lag behind do not undo what is known, and are caught up with', async () => {
    const issueId = await fileOne()
    await poll()
    world.advance(60_000)
    world.github.lagLists(true)
    world.github.closeIssue(1)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
    world.github.openIssue({ title: 'another', author: 'alice' })
    world.github.lagLists(false)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
    const filed = (await world.listFiled())[0]
    const seen = world.github.issues[0]
    if (!filed || !seen) throw new Error('nothing was filed')
    seen.state = 'open'
    seen.closedAt = null
    seen.updatedAt = new Date(filed.tracker_updated_at.getTime() - 30_000)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
  })

  test('labels and assignee are kept as the tracker last said them, within bounds', async () => {
    await fileOne()
    const seen = world.github.issues[0]
    if (!seen) throw new Error('nothing was filed')
    const hostile = ['bug', '<script>alert(1)</script>', ' \u0000 ', 'x'.repeat(200)]
    seen.labels = [...hostile, ...Array.from({ length: 40 }, (_, number) => `label ${number}`)]
    seen.assignee = 'octocat'
    world.advance(60_000)
    seen.updatedAt = world.now()
    await poll()
    const [filed] = await world.listFiled()
    expect(filed?.assignee).toBe('octocat')
    expect(filed?.labels).toHaveLength(20)
    expect(filed?.labels.slice(0, 4)).toEqual([
      'bug',
      '<script>alert(1)</script>',
      `${'x'.repeat(49)}…`,
      'label 0',
    ])
    // A label alone is a change, too.
    seen.labels = ['urgent']
    world.advance(60_000)
    seen.updatedAt = world.now()
    await poll()
    expect(await world.listFiled()).toMatchObject([{ labels: ['urgent'] }])
  })

  test('an unchanged repository is asked about with an entity tag, and answers 304', async () => {
    await fileOne()
    for (let i = 0; i < 4; i++) await poll()
    const statuses = world.github.requests.filter((r) => r.operation === 'list').map((r) => r.status)
    expect(statuses.slice(-2)).toEqual([304, 304])
    world.github.closeIssue(1)
    await poll()
    expect(await world.listFiled()).toMatchObject([{ state: 'closed' }])
  })

  test('asks again only after the interval, and one worker at a time', async () => {
    await fileOne()
    world.advance(pollMs)
    const both = await Promise.all([step(), world.pollStep('q')()])
    expect(both.filter(Boolean)).toHaveLength(1)
    expect(await step()).toBe(false)
    world.advance(pollMs - 1)
    expect(await step()).toBe(false)
    world.advance(1)
    expect(await step()).toBe(true)
  })

  test('a repository that is gone is shown and asked about more slowly', async () => {
    await fileOne()
    world.github.failNext('list', { kind: 'status', status: 404 })
    await poll()
    expect(await place()).toMatchObject({
      error: expect.stringContaining('(404)'),
      next_poll_at: new Date(world.now().getTime() + 600_000),
      locked_by: null,
    })
  })

  test('without a token nothing is polled', async () => {
    await fileOne()
    world.advance(pollMs)
    expect(await world.pollStep('q', null)()).toBe(false)
  })

  test('an issue found after a lost answer, closed by then, is followed too', async () => {
    const first = await fileOne()
    const issueId = await world.addIssue()
    await world.addAlert(issueId)
    world.github.failNext('create', { kind: 'drop', done: true })
    const file = world.fileStep('a')
    await file()
    world.advance(1_000)
    world.github.closeIssue(2)
    // The place moves past the close before the issue is known to be ours.
    for (let i = 0; i < 3; i++) {
      world.advance(300_000)
      world.github.openIssue({ title: 'other', author: 'alice' })
      await poll()
    }
    await world.runUntilFiled(file, issueId)
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
    expect(await world.getIssue(first)).toMatchObject({ status: 'unresolved' })
  })

  describe('two tracker issues with one marker', () => {
    function copyOfOurs(): void {
      const body = world.github.issues[0]?.body ?? ''
      world.github.openIssue({ title: 'late', body })
    }

    test('the later one is closed with a comment, and its close decides nothing', async () => {
      const issueId = await fileOne()
      world.advance(60_000)
      copyOfOurs()
      await poll()
      await poll()
      expect(world.github.issues[1]).toMatchObject({
        state: 'closed',
        comments: [{ body: expect.stringContaining('#1 stays') }],
      })
      expect(world.github.issues[0]).toMatchObject({ state: 'open', comments: [] })
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
      expect(await world.timeline(issueId)).toEqual(['filed', 'duplicate_closed'])
    })

    test('where the later one was recorded, the record moves to the earlier one', async () => {
      const issueId = await world.addIssue()
      const marker = writeMarker(world.installation, { issueId, episode: 1 })
      world.github.openIssue({ title: 'early', body: `${marker}\n` })
      await world.addAlert(issueId)
      await world.fileStep('a')()
      expect(await world.listFiled()).toMatchObject([{ number: 2 }])
      await poll()
      expect(await world.listFiled()).toMatchObject([{ number: 1, title: 'early' }])
      expect(world.github.issues.map((issue) => issue.state)).toEqual(['open', 'closed'])
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
      world.github.closeIssue(1)
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
    })

    test('a copy by someone else stays as it is', async () => {
      await fileOne()
      const body = world.github.issues[0]?.body ?? ''
      world.github.openIssue({ title: 'copied', body, author: 'mallory' })
      await poll()
      expect(world.github.issues[1]).toMatchObject({ state: 'open', comments: [] })
    })

    test('a close that fails is tried again, without a comment each time', async () => {
      await fileOne()
      world.advance(60_000)
      copyOfOurs()
      for (let i = 0; i < 2; i++) {
        world.github.failNext('update', { kind: 'status', status: 502 })
        await poll()
      }
      await poll()
      expect(world.github.issues[1]).toMatchObject({ state: 'closed' })
      expect(world.github.issues[1]?.comments).toHaveLength(1)
    })
  })
})
