// Once an issue was closed its events are counted by release and hour: before, none should have the fix.
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { findIssueByNumber } from '../../collector/db/issue-page.ts'
import { changeIssueStatus } from '../../collector/db/issue-status.ts'
import { mergeIssues, takeOutIssues } from '../../collector/db/merge-issues.ts'
import { createProject } from '../../collector/db/projects.ts'
import {
  findReleaseStart,
  listReleaseHours,
  listReleasesOfIssue,
} from '../../collector/db/release-hours-of-issues.ts'
import { createDigest } from '../../collector/digest.ts'
import type { SpooledRow } from '../../collector/prepare-batch.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { makeFacts } from '../support/facts.ts'

const start = Date.parse('2026-11-24T03:00:00Z')
const hourMs = 3_600_000

function row(at: number, release: string | undefined, type = 'SeatError'): SpooledRow {
  const eventId = randomUUID().replaceAll('-', '')
  const event = {
    event_id: eventId,
    release,
    timestamp: at / 1000,
    exception: { values: [{ type, value: 'x' }] },
  }
  const body = Buffer.from(`{"event_id":"${eventId}"}\n{"type":"event"}\n${JSON.stringify(event)}\n`)
  return {
    body,
    facts: makeFacts({
      id: randomUUID(),
      event_id: eventId,
      received_at: at,
      project: 1,
      length: body.length,
    }),
  }
}

onEachDatabase('events of an issue by release', (db) => {
  test('are counted by the hour from its first close on, also after it came back, was merged and taken apart', async () => {
    await createProject(db(), { id: 1, name: 'Shop', slug: 'shop' }, new Date(start))
    const digest = (rows: SpooledRow[]) =>
      createDigest({
        db: db(),
        now: () => new Date(start + 9 * hourMs),
        log: createLog('test', 'silent'),
      }).digestBatch('http://relay.test', rows)
    await digest([
      row(start, 'shop@1.0.0'),
      row(start + 1, 'shop@1.0.0'),
      row(start + 2, 'shop@1.0.0', 'FareError'),
    ])
    const [issue, other] = await Promise.all([1, 2].map((number) => findIssueByNumber(db(), 'shop', number)))
    if (!issue || !other) throw new Error('no issues were made')
    const hoursOf = async (from: number) => {
      const all = await listReleasesOfIssue(db(), issue.id)
      const hours = await Promise.all(
        all.map(
          async (release) =>
            [release, await listReleaseHours(db(), issue.id, [release], new Date(from))] as const,
        ),
      )
      return Object.fromEntries(
        hours.filter(([, own]) => own.size > 0).map(([release, own]) => [release, Object.fromEntries(own)]),
      )
    }
    expect(await hoursOf(start)).toEqual({})
    const closed = start + hourMs
    await db()
      .transaction()
      .execute((trx) =>
        changeIssueStatus(trx, {
          issueId: issue.id,
          to: 'resolved',
          at: new Date(closed),
          actor: 'person:1',
          reason: 'By hand.',
        }),
      )
    await digest([
      row(closed + 1_000, 'shop@1.0.0'),
      row(closed + 2_000, 'shop@1.1.0'),
      row(closed + 3_000, undefined),
      row(closed + hourMs, 'shop@1.1.0'),
      row(closed + hourMs + 1, 'shop@1.1.0'),
      row(closed + hourMs + 2, 'shop@1.1.0', 'FareError'),
    ])
    const after = {
      'shop@1.0.0': { [closed]: 1 },
      'shop@1.1.0': { [closed]: 1, [closed + hourMs]: 2 },
    }
    expect(await hoursOf(start)).toEqual(after)
    expect(await hoursOf(closed + hourMs)).toEqual({ 'shop@1.1.0': { [closed + hourMs]: 2 } })
    const both = await listReleaseHours(db(), issue.id, ['shop@1.0.0', 'shop@1.1.0'], new Date(start))
    expect(both.get(closed)).toBe(2)
    await db()
      .transaction()
      .execute((trx) =>
        mergeIssues(trx, {
          projectId: 1,
          into: issue.id,
          issueIds: [other.id],
          at: new Date(closed),
          actor: 'person:1',
          by: 'Mara',
        }),
      )
    expect(await hoursOf(start)).toEqual(after)
    await digest([row(closed + hourMs + 3, 'shop@1.1.0', 'FareError')])
    expect(await hoursOf(closed + hourMs)).toEqual({ 'shop@1.1.0': { [closed + hourMs]: 3 } })
    await digest([row(closed + hourMs + 4, 'shop@1.1.0')])
    await db()
      .transaction()
      .execute((trx) =>
        takeOutIssues(trx, {
          projectId: 1,
          from: issue.id,
          issueIds: [other.id],
          at: new Date(closed),
          actor: 'person:1',
          by: 'Mara',
        }),
      )
    expect(await hoursOf(closed + hourMs)).toEqual({ 'shop@1.1.0': { [closed + hourMs]: 3 } })
    expect(await findReleaseStart(db(), 1, 'shop@1.1.0')).toEqual(new Date(closed + 2_000))
    expect(await findReleaseStart(db(), 1, 'shop@9')).toBeUndefined()
  })
})
