// The quiet period: it ends by what was heard, not by the clock on the wall.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeIssueStatus } from '../../../collector/db/issue-status.ts'
import { unknownStanding } from '../../../collector/detect/fix.ts'
import { heardSilenceMs, quietAfterRegressions } from '../../../collector/detect/quiet-length.ts'
import { lineOf } from '../../../collector/detect/release-line.ts'
import { judgeQuiet } from '../../../collector/trackers/quiet.ts'
import { onEachDatabase } from '../../support/database.ts'
import { createTrackerWorld, quietMs, type TrackerWorld } from './tracker-world.ts'

const closedAt = new Date('2026-11-24T03:00:00Z')
const past = (ms: number) => new Date(closedAt.getTime() + ms)

describe('the verdict', () => {
  const fix = {
    releases: ['shop@4.2.0'],
    source: null,
    seenIn: [],
    lines: [{ app: 'shop', platform: 'java', newest: 'shop@4.1.9', isOnly: false }],
    constant: null,
  }
  const issue = { closedAt, fix: null, quietMs }
  const event = (release: string | null) => ({
    release,
    eventId: 'f'.repeat(32),
    occurredAt: past(1),
    standing: { ...unknownStanding, line: lineOf(release, 'java') },
  })

  const cases = [
    ['waits until all was heard for the whole period', issue, [], quietMs - 1, 'waiting'],
    ['is over when it was', issue, [], quietMs, 'over'],
    ['waits for as long as the issue asks', { ...issue, quietMs: 2 * quietMs }, [], quietMs, 'waiting'],
    ['is broken by an event after the close', issue, [event(null)], quietMs, 'broken'],
    ['is broken at once, not only at the end', issue, [event('shop@1.0.0')], 1, 'broken'],
    [
      'is not broken by a release before the one with the fix',
      { ...issue, fix },
      [event('shop@4.1.9')],
      quietMs,
      'over',
    ],
    [
      'is broken by the release with the fix, beside older ones',
      { ...issue, fix },
      [event('shop@4.1.9'), event('shop@4.2.0')],
      quietMs,
      'broken',
    ],
  ] as const
  for (const [name, of, seen, silentMs, is] of cases) {
    test(name, () => {
      expect(judgeQuiet(of, seen, silentMs)).toMatchObject({ is })
    })
  }
})

describe('silence', () => {
  const minute = 60_000
  test.each([
    ['counts up to where all was heard', 5, [], 5],
    ['is none before the close', -5, [], 0],
    ['does not count where envelopes were turned away', 10, [[2, 5]], 7],
    [
      'does not count twice what two relays missed',
      10,
      [
        [2, 5],
        [4, 6],
      ],
      6,
    ],
    ['goes on after a span that began before the close', 10, [[-9, 3]], 7],
    ['is none while the span goes on', 10, [[0, 99]], 0],
    ['is not touched by what comes later', 10, [[10, 20]], 10],
  ] as const)('%s', (_, heard, deaf, expected) => {
    const at = closedAt.getTime()
    const spans = deaf.map(([from, until]) => ({ from: at + from * minute, until: at + until * minute }))
    expect(heardSilenceMs(at, at + heard * minute, spans)).toBe(expected * minute)
    expect(heardSilenceMs(at, null, spans)).toBe(0)
  })

  test('is doubled by each regression of the day, up to a bound', () => {
    expect([0, 1, 2, 99].map((count) => quietAfterRegressions(10, count))).toEqual([10, 20, 40, 640])
  })
})

onEachDatabase('the quiet step', (db) => {
  let world: TrackerWorld
  let step: () => Promise<boolean>
  let issueId: number
  beforeEach(async () => {
    world = await createTrackerWorld(db())
    step = world.quietStep()
    issueId = await world.addIssue()
    await db()
      .updateTable('issues')
      .set({ last_occurred_at: past(-60_000) })
      .where('id', '=', issueId)
      .execute()
    await db()
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
  })
  afterEach(() => world.close())

  test('resolves once every relay was heard past the period', async () => {
    await world.hear('https://one.example', past(quietMs))
    await world.hear('https://two.example', past(quietMs - 1))
    expect(await step()).toBe(false)
    await world.hear('https://two.example', past(quietMs))
    expect(await step()).toBe(true)
    expect(await world.getIssue(issueId)).toMatchObject({
      status: 'resolved',
      in_episode: false,
      status_reason: 'Quiet for 10 min after the close, with every relay heard.',
    })
    expect(await world.timeline(issueId)).toEqual(['closed', 'resolved'])
    expect(await step()).toBe(false)
  })

  test('resolves nothing while a relay is not heard, however much time passes', async () => {
    await world.hear('https://one.example', past(quietMs * 100))
    await world.hear('https://stuck.example', past(quietMs - 1))
    world.advance(quietMs * 100)
    expect(await step()).toBe(false)
    await world.hear('https://stuck.example', null)
    expect(await step()).toBe(false)
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
  })

  test('a relay that was retired holds nothing back', async () => {
    await world.hear('https://one.example', past(quietMs))
    await world.hear('https://gone.example', past(0))
    await db()
      .updateTable('relays')
      .set({ retired_at: past(1) })
      .where('url', '=', 'https://gone.example')
      .execute()
    expect(await step()).toBe(true)
  })

  test('without any relay nothing is resolved', async () => {
    world.advance(quietMs * 100)
    expect(await step()).toBe(false)
  })

  test('an event stored between the close and its being noticed breaks the quiet', async () => {
    await world.addEvent(issueId, past(5_000), { release: 'shop@1.0.0' })
    expect(await step()).toBe(true)
    expect(await world.getIssue(issueId)).toMatchObject({
      status: 'unresolved',
      in_episode: true,
      status_reason: expect.stringContaining('from shop@1.0.0 came after the close'),
    })
    expect(await world.timeline(issueId)).toEqual(['closed', 'quiet_broken'])
  })

  test('an event that happened before the close and came after does not', async () => {
    await world.addEvent(issueId, past(-5_000))
    await world.hear('https://one.example', past(quietMs))
    expect(await step()).toBe(true)
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolved' })
  })

  test('an issue that waits does not hold up one that can be decided', async () => {
    const fix = { releases: ['shop@2.0.0'], source: null, seenIn: [], lines: [], constant: null }
    await db()
      .updateTable('issues')
      .set({ fix: JSON.stringify(fix) })
      .where('id', '=', issueId)
      .execute()
    await world.addEvent(issueId, past(5_000), { release: 'shop@1.0.0' })
    const other = await world.addIssue()
    await db()
      .transaction()
      .execute((trx) =>
        changeIssueStatus(trx, {
          issueId: other,
          to: 'resolving',
          at: past(1_000),
          actor: 'github:alice',
          reason: 'Closed.',
        }),
      )
    await world.addEvent(other, past(5_000))
    expect(await step()).toBe(true)
    expect(await world.getIssue(issueId)).toMatchObject({ status: 'resolving' })
    expect(await world.getIssue(other)).toMatchObject({ status: 'unresolved' })
  })
})
