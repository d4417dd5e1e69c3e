// The past of issues: the state at any moment is what the timeline led to by then.
import { beforeEach, expect, test } from 'vitest'
import { listChangesAsOf, listIssuesAsOf } from '../../collector/db/as-of.ts'
import { appendIssueChanges } from '../../collector/db/issue-changes.ts'
import { changeIssueStatus } from '../../collector/db/issue-status.ts'
import type { IssueStatus } from '../../collector/db/schema.ts'
import { checkEveryMs } from '../../collector/trackers/check-ticket.ts'
import { onEachDatabase } from '../support/database.ts'
import { createTrackerWorld, type TrackerWorld } from './trackers/tracker-world.ts'

const hour = 3_600_000

onEachDatabase('as of', (db) => {
  let world: TrackerWorld
  beforeEach(async () => {
    world = await createTrackerWorld(db())
    return () => world.close()
  })

  async function become(issueId: number, to: IssueStatus, reason: string): Promise<Date> {
    world.advance(hour)
    const at = world.now()
    const change = { issueId, to, at, actor: 'person:1', reason }
    await db()
      .transaction()
      .execute((trx) => changeIssueStatus(trx, change))
    return at
  }

  test('an issue is what its last change by then made it, whatever came after', async () => {
    const id = await world.addIssue()
    const ignoredAt = await become(id, 'ignored', 'Noise.')
    const reopenedAt = await become(id, 'unresolved', 'Not noise.')
    const resolvedAt = await become(id, 'resolved', 'Done.')
    const past = async (moment: Date) =>
      (await listIssuesAsOf(db(), { issueId: id }, { moment, limit: 1 }))[0]
    expect(await past(new Date(ignoredAt.getTime() - 1))).toBeUndefined()
    expect(await past(ignoredAt)).toMatchObject({ status: 'ignored', reason: 'Noise.', since: ignoredAt })
    expect(await past(new Date(resolvedAt.getTime() - 1))).toMatchObject({
      status: 'unresolved',
      reason: 'Not noise.',
      since: reopenedAt,
    })
    expect(await past(world.now())).toMatchObject({ status: 'resolved', reason: 'Done.' })
    const changes = await listChangesAsOf(db(), id, reopenedAt)
    expect(changes.map(({ kind }) => kind)).toEqual(['reopened', 'ignored'])
  })

  test('says why as the page said it then: by the rule that detected it, and by who ignored it last', async () => {
    const id = await world.addIssue()
    await become(id, 'ignored', 'Noise.')
    const reopenedAt = await become(id, 'unresolved', 'Not noise.')
    world.advance(hour)
    const at = world.now()
    const row = { issueId: id, at, actor: 'postern', facts: {} }
    await db()
      .transaction()
      .execute((trx) =>
        appendIssueChanges(
          trx,
          [
            { ...row, kind: 'detected', reason: 'Burst.' },
            { ...row, kind: 'comment', reason: 'Hm.' },
          ],
          at,
        ),
      )
    const past = async (moment: Date) =>
      (await listIssuesAsOf(db(), { issueId: id }, { moment, limit: 1 }))[0]
    expect(await past(at)).toMatchObject({ reason: 'Burst.', since: reopenedAt })
    await become(id, 'ignored', 'For an hour.')
    const ignore = { issueId: id, to: 'ignored', at: world.now(), actor: 'person:1' } as const
    const ignoreFor = { until: null, moreEvents: 10, moreUsers: null }
    world.advance(hour)
    const again = { ...ignore, at: world.now(), reason: 'For ten events.', ignoreFor }
    await db()
      .transaction()
      .execute((trx) => changeIssueStatus(trx, again))
    expect(await past(world.now())).toMatchObject({ reason: 'For ten events.', since: world.now() })
  })

  test('names the ticket where it stood then, whatever became of it', async () => {
    const id = await world.addIssue()
    await world.addAlert(id)
    await world.fileStep('a')()
    const filedAt = world.now()
    world.github.openIssue({ title: 'first there', repository: 'acme/other' })
    world.github.moveIssue(1, 'acme/other')
    world.advance(checkEveryMs)
    await world.checkStep()()
    const past = async (moment: Date) =>
      (await listIssuesAsOf(db(), { issueId: id }, { moment, limit: 1 }))[0]?.trackerIssue
    expect(await past(filedAt)).toEqual({ repository: 'acme/shop', number: 1 })
    expect(await past(world.now())).toEqual({ repository: 'acme/other', number: 2 })
  })

  test('a list of a project is read the same way, by status and page by page', async () => {
    const first = await world.addIssue()
    const second = await world.addIssue()
    await become(first, 'ignored', 'Noise.')
    const moment = await become(second, 'resolved', 'Done.')
    await become(first, 'unresolved', 'Back.')
    const list = (more: object = {}) =>
      listIssuesAsOf(db(), { projectId: world.project.id }, { moment, limit: 10, ...more })
    expect((await list()).map(({ id, status }) => [id, status])).toEqual([
      [second, 'resolved'],
      [first, 'ignored'],
    ])
    expect((await list({ statuses: ['ignored'] })).map(({ id }) => id)).toEqual([first])
    const [newest] = await list({ limit: 1 })
    expect((await list({ before: newest?.number })).map(({ id }) => id)).toEqual([first])
  })
})
