// What becomes of a tracker issue beside being closed and reopened: gone, moved, locked, made a discussion,
// called a duplicate; and the release that a close names.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findIssueDetails, listTrackerIssuesOfIssue } from '../../../collector/db/issue-page.ts'
import { changeIssueStatus, type StatusChange } from '../../../collector/db/issue-status.ts'
import { addTrackerAction, noteOwnClose } from '../../../collector/db/tracker-actions.ts'
import { checkEveryMs } from '../../../collector/trackers/check-ticket.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, pollMs, type TrackerWorld } from './tracker-world.ts'

onEachDatabase('a ticket', (db) => {
  let world: TrackerWorld
  let issueId: number
  let check: () => Promise<boolean>
  beforeEach(async () => {
    world = await createTrackerWorld(db())
    check = world.checkStep()
    issueId = await fileOne()
  })
  afterEach(() => world.close())

  async function fileOne(): Promise<number> {
    const id = await world.addIssue()
    await world.addAlert(id)
    await world.fileStep('a')()
    return id
  }

  async function poll(): Promise<void> {
    // Each watched repository.
    world.advance(pollMs)
    const step = world.pollStep('p')
    while (await step()) {}
  }

  async function lastChange() {
    return db()
      .selectFrom('issue_changes')
      .selectAll()
      .where('issue_id', '=', issueId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
  }

  async function change(to: Pick<StatusChange, 'to' | 'fixedIn'>): Promise<void> {
    const by = { issueId, at: world.now(), actor: 'postern', reason: 'So it is.' }
    await db()
      .transaction()
      .execute((trx) => changeIssueStatus(trx, { ...by, ...to }))
  }

  describe('read by itself', () => {
    test('is looked at every few hours while it is open, by one of two collectors', async () => {
      expect(await check()).toBe(false)
      world.advance(checkEveryMs)
      const both = await Promise.all([check(), world.checkStep()()])
      expect(both.filter(Boolean)).toHaveLength(1)
      expect(await check()).toBe(false)
      expect(world.github.countRequests('get')).toBe(1)
      expect(await world.timeline(issueId)).toEqual(['filed'])
    })

    test('that was deleted: said once, told to people, and nothing more is done to it', async () => {
      const ticket = world.github.issues[0]
      if (ticket) ticket.isGone = true
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
      world.advance(checkEveryMs)
      await check()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved', in_episode: true })
      expect(await listTrackerIssuesOfIssue(db(), issueId)).toMatchObject([
        { fate: 'deleted', state: 'open' },
      ])
      expect(await lastChange()).toMatchObject({
        kind: 'ticket_lost',
        reason: expect.stringContaining('acme/shop#1 is gone'),
      })
      const told = await db().selectFrom('notifications').selectAll().orderBy('id', 'desc').executeTakeFirst()
      expect(told).toMatchObject({ kind: 'filing_failed', issue_id: issueId })
      world.advance(2 * checkEveryMs)
      expect(await check()).toBe(false)
      const isAsked = await db()
        .transaction()
        .execute((trx) =>
          addTrackerAction(trx, { issueId, kind: 'comment', args: { body: 'x' }, at: world.now() }),
        )
      expect(isAsked).toBe(false)
    })

    test('is not taken for deleted where the repository can’t be read, and is asked about again soon', async () => {
      world.advance(checkEveryMs)
      world.github.failNext('get', { kind: 'status', status: 404 })
      world.github.failNext('repository', { kind: 'status', status: 404 })
      expect(await check()).toBe(false)
      expect(await world.listFiled()).toMatchObject([{ fate: null }])
      world.advance(10 * 60_000)
      expect(await check()).toBe(true)
    })

    test('that was moved is followed where it stands now', async () => {
      world.github.openIssue({ title: 'first there', repository: 'acme/other' })
      world.github.moveIssue(1, 'acme/other')
      world.advance(checkEveryMs)
      await check()
      expect(await world.listFiled()).toMatchObject([
        { repository: 'acme/other', number: 2, moved_from: 'acme/shop#1', fate: null, state: 'open' },
      ])
      expect((await lastChange()).reason).toBe(
        'acme/shop#1 was moved to acme/other#2, and is followed there.',
      )
      world.advance(60_000)
      world.github.closeIssue(2, 'completed', 'alice', 'acme/other')
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
    })

    test('in a repository that is written otherwise in the settings was not moved', async () => {
      await db().updateTable('projects').set({ repository: 'Acme/Shop' }).execute()
      await db().updateTable('tracker_issues').set({ repository: 'Acme/Shop' }).execute()
      world.advance(checkEveryMs)
      await check()
      expect(await world.timeline(issueId)).toEqual(['filed'])
    })

    test('that was moved and closed before anyone looked is followed at once', async () => {
      world.github.moveIssue(1, 'acme/other')
      world.github.closeIssue(1, 'not_planned', 'alice', 'acme/other')
      world.advance(checkEveryMs)
      await check()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'ignored' })
      expect(await world.timeline(issueId)).toEqual(['filed', 'ticket_moved', 'ignored'])
    })

    test('without a token is not looked at', async () => {
      world.advance(checkEveryMs)
      expect(await world.checkStep(null)()).toBe(false)
    })
  })

  test('that was locked shows as locked, and goes on', async () => {
    const ticket = world.github.issues[0]
    if (!ticket) throw new Error('nothing was filed')
    ticket.locked = true
    ticket.updatedAt = world.now()
    await poll()
    expect(await listTrackerIssuesOfIssue(db(), issueId)).toMatchObject([{ locked: true }])
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
  })

  test('that became a discussion decides nothing, and says that somebody must', async () => {
    const ticket = world.github.issues[0]
    if (!ticket) throw new Error('nothing was filed')
    ticket.isConverted = true
    world.github.closeIssue(1, 'completed', 'alice')
    await poll()
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved', in_episode: true })
    expect(await world.listFiled()).toMatchObject([{ fate: 'converted', state: 'closed' }])
    expect((await lastChange()).reason).toContain('acme/shop#1 was made a discussion by alice')
    await poll()
    expect(await world.timeline(issueId)).toEqual(['filed', 'ticket_lost'])
    // It can still be read, and touched; a regression gets a ticket of its own all the same.
    world.advance(60_000)
    ticket.title = 'edited'
    world.github.closeIssue(1, 'completed', 'bob')
    await poll()
    expect(await world.listFiled()).toMatchObject([{ title: 'edited', fate: 'converted' }])
    expect(await world.timeline(issueId)).toEqual(['filed', 'ticket_lost'])
  })

  describe('closed as a duplicate', () => {
    test('is linked to the other issue where that is ours', async () => {
      const other = await fileOne()
      const ticket = world.github.issues[0]
      if (ticket) ticket.original = { repository: 'acme/shop', number: 2 }
      world.github.closeIssue(1, 'duplicate', 'alice')
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({
        status: 'ignored',
        duplicate_of: other,
        status_reason: 'acme/shop#1 was closed as a duplicate of acme/shop#2 by alice.',
      })
      expect(await findIssueDetails(db(), issueId)).toMatchObject({
        duplicateOf: { id: other, number: 3, projectSlug: 'shop' },
      })
      world.advance(60_000)
      world.github.reopenIssue(1)
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved', duplicate_of: null })
    })

    test('by words is linked, too; of a stranger’s ticket it is ignored and says so', async () => {
      const other = await fileOne()
      world.github.comment(1, { author: 'alice', body: 'Duplicate of #2' })
      world.github.closeIssue(1, 'duplicate', 'alice')
      const second = world.github.issues[1]
      if (second) second.original = { repository: 'acme/elsewhere', number: 9 }
      world.github.closeIssue(2, 'duplicate', 'alice')
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ duplicate_of: other })
      expect(await world.getIssue(other)).toMatchObject({
        status: 'ignored',
        duplicate_of: null,
        status_reason: expect.stringContaining('acme/elsewhere#9'),
      })
    })

    test('waits where the tracker can’t tell now', async () => {
      world.github.failNext('timeline', { kind: 'status', status: 502 })
      world.github.closeIssue(1, 'duplicate', 'alice')
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved' })
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'ignored' })
    })
  })

  describe('closed as completed', () => {
    async function close(): Promise<void> {
      world.github.closeIssue(1, 'completed', 'alice')
      await poll()
    }

    test('pins the release of a fixed-in line, with who wrote it', async () => {
      world.github.comment(1, { author: 'alice', body: 'Done.\nfixed-in: 4.2.1' })
      world.github.comment(1, { author: 'mallory', body: 'fixed-in: 999.0.0', association: 'NONE' })
      await close()
      expect(await world.getIssue(issueId)).toMatchObject({
        status: 'resolving',
        fixed_in_release: '4.2.1',
        fix: { releases: ['4.2.1'], source: 'fixed-in by @alice' },
        status_reason:
          'acme/shop#1 was closed as completed by alice; quiet is waited for. Fixed in 4.2.1 (fixed-in by @alice).',
      })
    })

    test('learns of a fixed-in line that is written after the close, while it is quiet and when it is resolved', async () => {
      await close()
      const closed = await world.getIssue(issueId)
      world.advance(60_000)
      world.github.comment(1, { author: 'mallory', body: 'fixed-in: 999.0.0', association: 'NONE' })
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ fixed_in_release: null })
      world.advance(60_000)
      world.github.comment(1, { author: 'alice', body: 'fixed-in: 4.2.1' })
      await poll()
      const named = await world.getIssue(issueId)
      expect(named).toMatchObject({
        status: 'resolving',
        closed_at: closed.closed_at,
        quiet_ms: closed.quiet_ms,
        fixed_in_release: '4.2.1',
        fix: { ...closed.fix, releases: ['4.2.1'], source: 'fixed-in by @alice' },
      })
      await change({ to: 'resolved' })
      world.advance(60_000)
      world.github.comment(1, { author: 'alice', body: 'No, later:\nfixed-in: 4.3.0' })
      await poll()
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolved', fixed_in_release: '4.3.0' })
      expect(await world.timeline(issueId)).toEqual(['filed', 'closed', 'fix_named', 'resolved', 'fix_named'])
      expect(await lastChange()).toMatchObject({
        actor: 'github:alice',
        reason: 'acme/shop#1 says now that it is fixed in 4.3.0 (fixed-in by @alice).',
        facts: { fixedIn: ['4.3.0'], was: ['4.2.1'], closedAt: closed.closed_at?.toISOString() },
      })
    })

    test('keeps the release that a person named here, and what is open again has no fix', async () => {
      await close()
      await change({ to: 'resolved', fixedIn: { releases: ['5.0.0'], source: null } })
      world.advance(60_000)
      world.github.comment(1, { author: 'alice', body: 'fixed-in: 4.2.1' })
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ fixed_in_release: '5.0.0' })
      await change({ to: 'unresolved' })
      world.advance(60_000)
      world.github.comment(1, { author: 'alice', body: 'fixed-in: 4.2.2' })
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'unresolved', fixed_in_release: null })
    })

    test('learns of a fixed-in line that is written in the very second of the last look', async () => {
      world.advance(pollMs)
      world.github.closeIssue(1, 'completed', 'alice')
      await world.pollStep('p')()
      world.github.comment(1, { author: 'alice', body: 'fixed-in: 4.2.1' })
      // However long it is until the next look.
      world.advance(60 * 60_000)
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving', fixed_in_release: '4.2.1' })
      const asked = world.github.countRequests('timeline')
      // Once that second is long over, what another ticket does reads nothing again.
      world.github.openIssue({ title: 'another' })
      await poll()
      expect(world.github.countRequests('timeline')).toBe(asked)
      expect(await world.timeline(issueId)).toEqual(['filed', 'closed', 'fix_named'])
    })

    test('after it was resolved here: notes the close, and learns which release has the fix', async () => {
      await change({ to: 'resolved' })
      world.github.comment(1, { author: 'bob', body: 'fixed-in: 4.2.1' })
      await close()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolved', fixed_in_release: '4.2.1' })
      expect(await world.timeline(issueId)).toEqual(['filed', 'resolved', 'closed', 'fix_named'])
      expect(await lastChange()).toMatchObject({ actor: 'github:bob' })
    })

    test('by ourselves: learns which release has the fix from what was said before', async () => {
      world.github.comment(1, { author: 'bob', body: 'fixed-in: 4.2.1' })
      await change({ to: 'resolved' })
      const closed = await world.tracker.closeIssue('acme/shop', 1, 'completed')
      const [ticket] = await world.listFiled()
      if (!closed.ok || !ticket) throw new Error('it was not closed')
      await noteOwnClose(db(), ticket.id, closed.value)
      await poll()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolved', fixed_in_release: '4.2.1' })
      expect(await world.timeline(issueId)).toEqual(['filed', 'resolved', 'fix_named'])
    })

    test('pins the milestone of the pull request that closed it', async () => {
      const merge = world.github.openIssue({ title: 'Fixes #1', isPullRequest: true })
      Object.assign(merge, { mergedAt: world.now(), milestone: '4.2.1' })
      world.github.issues[0]?.references.push(merge)
      await close()
      expect(await world.getIssue(issueId)).toMatchObject({ fixed_in_release: '4.2.1' })
    })

    test('by a commit alone waits for the next release, and tells the commit', async () => {
      const ticket = world.github.issues[0]
      if (ticket) ticket.closedByCommit = 'abcdef0123456789abcdef0123456789abcdef01'
      await close()
      expect(await world.getIssue(issueId)).toMatchObject({
        fixed_in_release: null,
        fix: { releases: [], source: 'commit abcdef0' },
      })
    })

    test('follows without a history that it may not read', async () => {
      world.github.failNext('timeline', { kind: 'status', status: 403 })
      await close()
      expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving', fixed_in_release: null })
    })
  })
})
