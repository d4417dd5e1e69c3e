// The chart of an issue: one series, or two where a fix is known.
import { describe, expect, test } from 'vitest'
import { type ChartData, chartView } from '../../../collector/dashboard/chart.ts'
import { fixedFrom, fixedWords, olderSince, withFix } from '../../../collector/dashboard/fix-series.ts'
import type { IssueChange, IssueChangeKind } from '../../../collector/db/issue-changes.ts'
import { minutesAgo, seedNow } from '../../support/seed.ts'

const viewer = { now: seedNow, zone: 'UTC' }
const hour = (ago: number) => Math.floor(seedNow.getTime() / 3_600_000) * 3_600_000 - ago * 3_600_000
const change = (kind: IssueChangeKind, at: Date, facts: object = {}): IssueChange => ({
  issueId: 1,
  at,
  kind,
  actor: 'postern',
  reason: '',
  facts: facts as IssueChange['facts'],
})
const plain: ChartData = {
  hours: new Map([
    [hour(0), 100],
    [hour(1), 40],
    [hour(5), 1],
  ]),
  changes: [],
  span: '24h',
  hot: null,
  fixed: null,
  range: null,
}
const fixed = { words: '4.3.0 and newer', hours: new Map([[hour(0), 80]]), out: null }

describe('the chart of an issue', () => {
  test('shows events of releases that should have the fix on top of the others', () => {
    const { bars, hue, legend, table } = chartView({ ...plain, fixed }, viewer)
    expect(hue).toBe('violet')
    expect(bars.map(({ parts }) => parts.map(({ hot }) => hot))).toEqual([[false], [false], [false, true]])
    const [older, newer] = bars[2]?.parts ?? []
    // Together as high as the peak of 100, a gap between them.
    expect(older).toEqual({ y: 91, height: 17, hot: false })
    expect(newer).toEqual({ y: 24, height: 66.25, hot: true })
    expect(bars[2]?.words).toBe('18 Nov, 03:00: 100, 80 in 4.3.0 and newer')
    expect(legend).toEqual([
      { hot: true, text: '4.3.0 and newer' },
      { hot: false, text: 'older releases' },
    ])
    expect(table.heads).toEqual(['Events', '4.3.0 and newer', 'older releases'])
    expect(table.rows.at(-1)).toEqual({ when: '18 Nov, 03:00', counts: ['100', '80', '20'] })
  })

  test('has one series where no fix is known, in the hue of the trouble from its start on', () => {
    const hot = { from: minutesAgo(61), hue: 'red' as const, words: 'Fatal since 02:07' }
    const { bars, hue, legend, table } = chartView({ ...plain, hot }, viewer)
    expect([hue, bars.map(({ parts }) => parts[0]?.hot)]).toEqual(['red', [false, true, true]])
    expect(legend.map(({ text }) => text)).toEqual(['Fatal since 02:07', 'before'])
    expect(table.heads).toEqual(['Events'])
    expect(chartView(plain, viewer).legend).toEqual([])
  })

  test('marks when the release came out in which the issue came back, and which ticket was filed', () => {
    const out = { at: minutesAgo(11 * 60), release: 'rider-app@4.3.0+902' }
    const changes = [
      change('filed', minutesAgo(20 * 60), { number: 412 }),
      change('regressed', minutesAgo(30)),
    ]
    const { moments } = chartView({ ...plain, changes, fixed: { ...fixed, out } }, viewer)
    expect(moments.map(({ name, text }) => [name, text])).toEqual([
      ['filed', 'Filed #412'],
      ['flag', '4.3.0 out'],
      ['regressed', 'Regressed'],
    ])
  })
})

describe('releases that should have the fix', () => {
  const closed = change('closed', minutesAgo(100), { fixedIn: ['4.2.2'] })

  test('begin with the one in which the issue came back last, else with those named at the close', () => {
    const back = change('regressed', minutesAgo(50), { release: 'app@4.3.0+9' })
    const before = change('regressed', minutesAgo(500), { release: 'app@3.0.0' })
    expect(fixedFrom([back, closed, before], null)?.releases).toEqual(['app@4.3.0+9'])
    expect(fixedFrom([closed], '4.2.2, 5.0.1')?.releases).toEqual(['4.2.2', '5.0.1'])
    expect(fixedFrom([change('regressed', minutesAgo(1), { release: null })], null)).toBeNull()
    expect(fixedFrom([closed], null)).toBeNull()
  })

  test.each([
    [['app@4.3.0+9'], '4.3.0 and newer'],
    [['4.2.2', '5.0.1'], '4.2.2, 5.0.1 and newer'],
    [['9f2c41d0aa31bb77'], '9f2c41d'],
  ])('%j are called "%s"', (releases, words) => {
    expect(fixedWords({ releases, cameBackIn: null })).toBe(words)
  })

  test('are told from older ones, from other branches and from what has no order', () => {
    const all = [
      'app@4.3.0+902',
      'app@4.3.0+901',
      'app@4.2.9',
      'app@4.10.0',
      'app@5.0.0',
      'app@5.0.1',
      'abcdef1',
    ]
    const places = (releases: string[]) =>
      withFix({ releases, cameBackIn: null }, all).map((release) => all.indexOf(release))
    expect(places(['app@4.3.0+902'])).toEqual([0, 3, 4, 5])
    expect(places(['4.2.9', '5.0.1'])).toEqual([0, 1, 2, 3, 5])
    expect(places(['abcdef1'])).toEqual([6])
  })
})

describe('what older releases sent since the fix', () => {
  const hours = new Map([
    [hour(0), 100],
    [hour(2), 10],
    [hour(3), 5],
  ])
  const newer = new Map([[hour(0), 90]])

  test('is counted from the full hour after the resolution, without releases that should have the fix', () => {
    const resolved = change('resolved', new Date(hour(3) + 60_000))
    expect(olderSince([resolved], hours, newer, new Date(hour(9)))).toEqual({
      events: 20,
      since: new Date(hour(2)),
    })
  })

  test('is not told where the hours that are known begin later, or nothing was resolved', () => {
    const resolved = change('resolved', new Date(hour(3) + 60_000))
    expect(olderSince([resolved], hours, newer, new Date(hour(1)))).toBeNull()
    expect(olderSince([], hours, newer, new Date(hour(9)))).toBeNull()
  })
})
