// The chart of an issue: events per hour or day as bars, and above them a lane with what the loop did. Where a fix is
// known, events of releases that should have it stand apart from the others; else there is one series, in the hue of
// the trouble from its start on. Positions across are percentages and heights are pixels, so that text never scales.
import type { IssueChange } from '../db/issue-changes.ts'
import {
  clockText,
  cutEnd,
  dayText,
  exactCount,
  exactTime,
  shortCount,
  type Viewer,
  versionOf,
} from './format.ts'
import type { Hue } from './marks.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const spans = ['24h', '7d', '30d', '90d'] as const
export type Span = (typeof spans)[number]

const spanFacts: Record<Span, { label: string; barMs: number; bars: number; labelEvery: number }> = {
  '24h': { label: '24 h', barMs: hourMs, bars: 24, labelEvery: 4 },
  '7d': { label: '7 d', barMs: hourMs, bars: 168, labelEvery: 24 },
  '30d': { label: '30 d', barMs: dayMs, bars: 30, labelEvery: 5 },
  '90d': { label: '90 d', barMs: dayMs, bars: 90, labelEvery: 15 },
}

export const plotHeight = 84
const laneHeight = 24

type Moment = {
  readonly at: Date
  readonly name: string
  readonly hue: Hue
  readonly label: string
  /** Of two that would cover each other the heavier stays. */
  readonly weight: number
}

/** Events that should not be there. */
export type Fixed = {
  /** "4.3.0 and newer" */
  readonly words: string
  /** By hour (ms). */
  readonly hours: ReadonlyMap<number, number>
  /** When the release in which the issue came back was first received. */
  readonly out: { readonly at: Date; readonly release: string } | null
}

/** From this moment on bars carry the hue; the words name the series. */
export type Hot = { readonly from: Date; readonly hue: Hue; readonly words: string }

export type ChartData = {
  /** Events by hour (ms); missing: none. */
  readonly hours: ReadonlyMap<number, number>
  /** The issue's timeline, any order. */
  readonly changes: readonly IssueChange[]
  readonly span: Span
  readonly hot: Hot | null
  readonly fixed: Fixed | null
  readonly range: { readonly from: Date; readonly to: Date } | null
}

/** A chosen range: its ends, and how far across the plot they are. */
export type Brush = {
  readonly fromMs: number
  readonly toMs: number
  readonly before: string
  readonly after: string
  readonly rest: string
}

export type ChartView = {
  /** Start and end of the plot (ms), and the width of one bar: what the brush snaps to. */
  readonly start: number
  readonly end: number
  readonly barMs: number
  /** The chosen range, as per cent of the plot; null: all. */
  readonly brush: Brush | null
  readonly title: string
  readonly words: string
  readonly height: number
  readonly lane: number
  readonly base: number
  readonly bars: readonly {
    readonly x: string
    readonly width: string
    readonly words: string
    /** From the bottom up. */
    readonly parts: readonly { readonly y: number; readonly height: number; readonly hot: boolean }[]
  }[]
  readonly legend: readonly { readonly hot: boolean; readonly text: string }[]
  readonly grid: readonly { readonly y: number; readonly text: string }[]
  readonly labels: readonly { readonly x: string; readonly text: string; readonly minor: boolean }[]
  readonly moments: readonly {
    readonly x: string
    readonly name: string
    readonly hue: Hue
    readonly text: string
    readonly left: boolean
    readonly words: string
  }[]
  readonly hue: Hue | ''
  readonly table: {
    readonly heads: readonly string[]
    readonly rows: readonly { readonly when: string; readonly counts: readonly string[] }[]
  }
}

export function spanLinks(chosen: Span) {
  return spans.map((span) => ({ span, label: spanFacts[span].label, current: span === chosen }))
}

/** Start of the chart's first bar. Days are UTC days: rollups are kept by UTC hours. */
export function chartFrom(span: Span, now: Date): Date {
  const { barMs, bars } = spanFacts[span]
  return new Date(Math.floor(now.getTime() / barMs) * barMs - (bars - 1) * barMs)
}

/** A round number at or above the peak whose half is round too. */
function roundUp(peak: number): number {
  if (peak <= 2) return 2
  const power = 10 ** Math.floor(Math.log10(peak))
  const steps = [1, 2, 4, 5, 6, 8, 10].map((step) => step * power)
  return steps.find((step) => step >= peak && step % 2 === 0) ?? 10 * power
}

const momentKinds: Partial<
  Record<IssueChange['kind'], { name: string; hue: Hue; label: string; weight: number }>
> = {
  closed: { name: 'ghclosed', hue: 'stone', label: 'Closed', weight: 0 },
  filed: { name: 'filed', hue: 'stone', label: 'Filed', weight: 1 },
  resolved: { name: 'resolved', hue: 'green', label: 'Resolved', weight: 3 },
  regressed: { name: 'regressed', hue: 'violet', label: 'Regressed', weight: 4 },
}

function momentsOf(changes: readonly IssueChange[], fixed: Fixed | null): Moment[] {
  const moments = changes.flatMap((change) => {
    const kind = momentKinds[change.kind]
    if (!kind) return []
    const { number } = change.facts
    const label = change.kind === 'filed' && Number.isInteger(number) ? `Filed #${number}` : kind.label
    return [{ at: change.at, ...kind, label }]
  })
  if (!fixed?.out) return moments
  const { at, release } = fixed.out
  return [
    ...moments,
    { at, name: 'flag', hue: 'stone', label: `${cutEnd(versionOf(release), 12)} out`, weight: 2 },
  ]
}

// Per cent of the width, as a phone has it: what a mark takes, and a label beside it.
const markWidth = 2.5
const labelWidth = (label: string) => 4 + 1.6 * label.length
const maxMoments = 12

/**
 * Marks in the lane: of two that would cover each other the weightier stays. A label stands right of its mark,
 * else left, else it is dropped.
 */
function placeMoments(
  moments: readonly Moment[],
  start: number,
  end: number,
  viewer: Viewer,
): ChartView['moments'] {
  const place = (moment: Moment) => ((moment.at.getTime() - start) / (end - start)) * 100
  const kept: Moment[] = []
  const heaviest = moments
    .filter((moment) => place(moment) >= 0 && place(moment) < 100)
    .toSorted((a, b) => b.weight - a.weight || b.at.getTime() - a.at.getTime())
  for (const moment of heaviest) {
    const covers = kept.some((other) => Math.abs(place(other) - place(moment)) < markWidth)
    if (!covers && kept.length < maxMoments) kept.push(moment)
  }
  kept.sort((a, b) => a.at.getTime() - b.at.getTime())
  let takenUpTo = 0
  return kept.map((moment, index) => {
    const at = place(moment)
    const next = kept[index + 1]
    const width = labelWidth(moment.label)
    const isRight = (next ? place(next) - markWidth : 100) - at > width
    const isLeft = !isRight && at - takenUpTo > width
    takenUpTo = at + (isRight ? width : markWidth)
    return {
      x: `${Math.round(at * 1000) / 1000}%`,
      name: moment.name,
      hue: moment.hue,
      text: isRight || isLeft ? moment.label : '',
      left: isLeft,
      words: `${moment.label}, ${exactTime(moment.at, viewer)}`,
    }
  })
}

/** Events of each bar; what lies outside the plot is left out. */
function sumBars(hours: ReadonlyMap<number, number>, start: number, barMs: number, bars: number): number[] {
  const sums = Array.from({ length: bars }, () => 0)
  for (const [hour, events] of hours) {
    const index = Math.floor((hour - start) / barMs)
    if (index >= 0 && index < bars) sums[index] = (sums[index] ?? 0) + events
  }
  return sums
}

/** Between the parts of a stack. */
const gap = 0.75

/** A bar of one or two parts; the smaller one is seen, too. */
function partsOf(value: number, hot: number, top: number, base: number) {
  const height = Math.max(2, Math.round((plotHeight * value) / top))
  if (hot === 0 || hot === value) return [{ y: base - height, height, hot: hot > 0 }]
  const upper = Math.min(height - 1, Math.max(1, Math.round((height * hot) / value)))
  return [
    { y: base - height + upper, height: height - upper, hot: false },
    { y: base - height, height: Math.max(0.5, upper - gap), hot: true },
  ]
}

function legendOf(
  { hot, fixed }: ChartData,
  parts: readonly { readonly hot: boolean }[],
): ChartView['legend'] {
  const isHot = parts.some((part) => part.hot)
  const isPlain = parts.some((part) => !part.hot)
  if (fixed) {
    return [
      { hot: true, text: fixed.words },
      { hot: false, text: 'older releases' },
    ]
  }
  if (!hot || !isHot) return []
  return [{ hot: true, text: hot.words }, ...(isPlain ? [{ hot: false, text: 'before' }] : [])]
}

export function chartView(data: ChartData, viewer: Viewer): ChartView {
  const { hours, changes, span, hot, fixed, range } = data
  const { barMs, bars, labelEvery } = spanFacts[span]
  const start = chartFrom(span, viewer.now).getTime()
  const end = start + bars * barMs
  const values = sumBars(hours, start, barMs, bars)
  const fixedValues = fixed && sumBars(fixed.hours, start, barMs, bars)
  const peak = Math.max(...values)
  const top = roundUp(peak)
  const base = laneHeight + plotHeight
  const across = (ms: number) => `${Math.round(((ms - start) / (end - start)) * 100_000) / 1000}%`
  const isHourly = barMs === hourMs
  const when = (ms: number) =>
    isHourly
      ? `${dayText(new Date(ms), viewer)}, ${clockText(new Date(ms), viewer)}`
      : dayText(new Date(ms), viewer)

  const share = (ms: number) => Math.min(100, Math.max(0, ((ms - start) / (end - start)) * 100))
  const cut = (percent: number) => `${Math.round(percent * 1000) / 1000}%`

  /** How much of a bar carries the hue. */
  const hotOf = (value: number, index: number): number => {
    if (fixedValues) return Math.min(value, fixedValues[index] ?? 0)
    return hot && start + (index + 1) * barMs > hot.from.getTime() ? value : 0
  }
  const countsOf = (value: number, index: number) =>
    fixedValues ? [value, hotOf(value, index), value - hotOf(value, index)] : [value]
  const drawn = values.flatMap((value, index) => {
    if (value === 0) return []
    const from = start + index * barMs
    const of = fixed ? `, ${exactCount(hotOf(value, index))} in ${fixed.words}` : ''
    return [
      {
        x: across(from),
        width: `${Math.round((100_000 / bars) * (bars > 100 ? 0.8 : 0.86)) / 1000}%`,
        words: `${when(from)}: ${exactCount(value)}${of}`,
        parts: partsOf(value, hotOf(value, index), top, base),
      },
    ]
  })

  return {
    start,
    end,
    barMs,
    brush: range && {
      fromMs: range.from.getTime(),
      toMs: range.to.getTime(),
      before: cut(share(range.from.getTime())),
      after: cut(share(range.to.getTime())),
      rest: cut(100 - share(range.to.getTime())),
    },
    title: isHourly ? 'Events per hour' : 'Events per day',
    words: `${isHourly ? 'Events per hour' : 'Events per day'}, ${spanFacts[span].label}, peak ${exactCount(peak)}`,
    height: base + 18,
    lane: laneHeight,
    base,
    bars: drawn,
    legend: legendOf(
      data,
      drawn.flatMap(({ parts }) => parts),
    ),
    grid: [top, top / 2].map((value) => ({
      y: base - Math.round((plotHeight * value) / top),
      text: shortCount(value),
    })),
    labels: values.flatMap((_, index) => {
      if ((index + 1) % labelEvery !== 0 && labelEvery > 1) return []
      const from = start + (index + 1 - labelEvery) * barMs
      const text = span === '24h' ? clockText(new Date(from), viewer) : dayText(new Date(from), viewer)
      return [{ x: across(from), text, minor: ((index + 1) / labelEvery) % 2 === 0 }]
    }),
    moments: placeMoments(momentsOf(changes, fixed), start, end, viewer),
    hue: fixed ? 'violet' : (hot?.hue ?? ''),
    table: {
      heads: fixed ? ['Events', fixed.words, 'older releases'] : ['Events'],
      rows: values.flatMap((value, index) =>
        value > 0
          ? [{ when: when(start + index * barMs), counts: countsOf(value, index).map(exactCount) }]
          : [],
      ),
    },
  }
}
