// A relay's answers tell of refusals for some hours back. What it refused before those, while no collector asked,
// nobody learns: silence of that time is not taken for quiet.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AnswerSpan, listDeafSpans, untoldSpan } from '../../../collector/db/deaf-spans.ts'
import { changeIssueStatus } from '../../../collector/db/issue-status.ts'
import { noteRelayAnswer } from '../../../collector/db/relays.ts'
import type { BatchHeader } from '../../../shared/handover.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, quietMs, type TrackerWorld } from './tracker-world.ts'

const url = 'https://one.example'
const at = (time: string) => new Date(`2026-11-24T${time}Z`)
const minute = 60_000

describe('the span that no answer tells of', () => {
  const span = (previousNow: Date | null, now: Date, previousWatermark: Date | null = previousNow) => {
    const answer: AnswerSpan = { url, previousNow, now, previousWatermark }
    const found = untoldSpan(answer)
    return found && [new Date(found.from), new Date(found.until)]
  }

  test.each([
    ['is none between two polls', at('11:59:00'), at('11:59:30')],
    ['is none while answers reach back to the one before', at('10:00:00'), at('12:59:59')],
  ])('%s', (_, previous, now) => {
    expect(span(previous, now)).toBeNull()
  })

  test('goes from the last answer to the first hour told, and the minute in which SDKs keep silent', () => {
    expect(span(at('09:59:59'), at('12:00:00'))).toEqual([at('09:59:59'), at('10:01:00')])
    expect(span(at('03:10:00'), at('12:59:00'))).toEqual([at('03:10:00'), at('10:01:00')])
  })

  test('goes from what was handed over, since the rest may have expired meanwhile', () => {
    expect(span(at('03:10:00'), at('12:59:00'), at('02:50:00'))).toEqual([at('02:50:00'), at('10:01:00')])
  })

  test('goes back for ever where the relay never answered', () => {
    expect(span(null, at('12:59:00'))).toEqual([new Date(0), at('10:01:00')])
  })
})

onEachDatabase('quiet after an outage of the collector', (db) => {
  let world: TrackerWorld
  let issueId: number

  const answer = (now: Date, outcomes: BatchHeader['outcomes'] = []) =>
    noteRelayAnswer(
      db(),
      url,
      {
        lease: null,
        leased_until: null,
        spool: 'a'.repeat(32),
        now: now.getTime(),
        watermark: now.getTime(),
        backlog: { envelopes: 0, bytes: 0, oldest_at: null },
        projects_version: 1,
        outcomes,
        count: 0,
      },
      now,
    )
  const close = (closedAt: Date) =>
    db()
      .transaction()
      .execute((trx) =>
        changeIssueStatus(trx, {
          issueId,
          to: 'resolving',
          at: closedAt,
          actor: 'github:alice',
          reason: 'Closed.',
        }),
      )
  const isResolved = async () => {
    await world.quietStep()()
    return (await world.getIssue(issueId)).status === 'resolved'
  }

  beforeEach(async () => {
    world = await createTrackerWorld(db())
    issueId = await world.addIssue()
    await answer(at('02:59:00'))
  })
  afterEach(() => world.close())

  test('hours that no answer told are not heard, and quiet is counted after them', async () => {
    await close(at('08:00:00'))
    await answer(at('10:05:00'))
    expect(await listDeafSpans(db(), world.project.id, at('08:00:00'))).toEqual([
      {
        reason: 'untold',
        relayUrl: url,
        from: at('02:59:00').getTime(),
        until: at('08:01:00').getTime(),
      },
    ])
    expect(await isResolved()).toBe(true)
  })

  test('a close within the outage does not resolve by silence that may have been refusals', async () => {
    await close(at('03:00:00'))
    // Refused at half past three and never told: the answer's counters begin at four.
    await answer(at('06:05:00'))
    await db()
      .updateTable('issues')
      .set({ quiet_ms: 3 * 60 * minute })
      .where('id', '=', issueId)
      .execute()
    expect(await isResolved()).toBe(false)
    await answer(at('07:00:00'))
    expect(await isResolved()).toBe(false)
    await answer(at('07:01:00'))
    // One minute of the three hours was heard before the outage.
    expect(await isResolved()).toBe(true)
  })

  test('a relay that is asked all the time has no such span', async () => {
    await close(at('03:00:00'))
    await answer(at('03:05:00'))
    await answer(new Date(at('03:00:00').getTime() + quietMs))
    expect(await listDeafSpans(db(), world.project.id, at('03:00:00'))).toEqual([])
    expect(await isResolved()).toBe(true)
  })
})
