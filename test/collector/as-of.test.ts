// The past of issues: the state at any moment is what the timeline led to by then.
import { beforeEach, expect, test } from 'vitest'
import { listChangesAsOf, listIssuesAsOf } from '../../collector/db/as-of.ts'
import { changeIssueStatus } from '../../collector/db/issue-status.ts'
import type { IssueStatus } from '../../collector/db/schema.ts'
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
