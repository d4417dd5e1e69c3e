// Events as bars stacked by level: info at the bottom, then warning, error, fatal, always in this order. Pure.
import type { Level } from '../pipeline/event.ts'
import { clockText, dayText, exactCount, shortCount, type Viewer } from './format.ts'

const hourMs = 3_600_000
export const levelSpans = ['24h', '7d', '14d'] as const
export type LevelSpan = (typeof levelSpans)[number]

const facts: Record<LevelSpan, { label: string; barMs: number; bars: number; labelEvery: number }> = {
  '24h': { label: '24 h', barMs: hourMs, bars: 24, labelEvery: 4 },
  '7d': { label: '7 d', barMs: 3 * hourMs, bars: 56, labelEvery: 8 },
  '14d': { label: '14 d', barMs: 6 * hourMs, bars: 56, labelEvery: 8 },
}
const height = 96

// From the bottom up.
const layers = [
  { key: 'info', label: 'Info', levels: ['debug', 'info'] },
  { key: 'warning', label: 'Warning', levels: ['warning'] },
  { key: 'error', label: 'Error', levels: ['error'] },
  { key: 'fatal', label: 'Fatal', levels: ['fatal'] },
] as const

/** Start of the first bar; bars stand on whole hours of UTC, as the rollups do. */
export function levelChartFrom(span: LevelSpan, now: Date): Date {
  const { barMs, bars } = facts[span]
  return new Date((Math.floor(now.getTime() / barMs) + 1 - bars) * barMs)
}

/** Rounded up to what three gridlines part into whole numbers that read well. */
function roundUp(peak: number): number {
  if (peak <= 3) return 3
  const power = 10 ** Math.floor(Math.log10(peak))
  const steps = power === 1 ? [6, 9, 12] : [1.2, 1.5, 2.4, 3, 4.5, 6, 7.5, 9, 12]
  return steps.map((step) => Math.round(step * power)).find((step) => step >= peak) ?? 12 * power
}

/** @param range what was chosen; counts beside the chart are of it */
export function levelChartView(
  hours: readonly { hour: number; level: Level; events: number }[],
  span: LevelSpan,
  range: { readonly from: Date; readonly to: Date } | null,
  viewer: Viewer,
) {
  const { barMs, bars, labelEvery } = facts[span]
  const start = levelChartFrom(span, viewer.now).getTime()
  const end = start + bars * barMs
  const columns = Array.from({ length: bars }, () => layers.map(() => 0))
  const inRange = layers.map(() => 0)
  for (const { hour, level, events } of hours) {
    const layer = layers.findIndex(({ levels }) => (levels as readonly string[]).includes(level))
    const column = columns[Math.floor((hour - start) / barMs)]
    if (column && layer >= 0) column[layer] = (column[layer] ?? 0) + events
    const isChosen = !range || (hour + hourMs > range.from.getTime() && hour < range.to.getTime())
    if (isChosen && hour >= start && layer >= 0) inRange[layer] = (inRange[layer] ?? 0) + events
  }
  const sums = columns.map((column) => column.reduce((sum, events) => sum + events, 0))
  const top = roundUp(Math.max(...sums))
  const percent = (part: number) => `${Math.round(part * 100_000) / 1000}%`
  const across = (ms: number) => Math.min(1, Math.max(0, (ms - start) / (end - start)))
  const when = (ms: number) => `${dayText(new Date(ms), viewer)}, ${clockText(new Date(ms), viewer)}`
  return {
    start,
    end,
    barMs,
    height: height + 20,
    base: height,
    words: `Events by level, ${facts[span].label}, peak ${exactCount(Math.max(...sums))}`,
    grid: [top, (top * 2) / 3, top / 3].map((value) => ({
      y: height - Math.round((height * value) / top),
      text: shortCount(Math.round(value)),
    })),
    bars: columns.flatMap((column, index) => {
      if (!sums[index]) return []
      let y = height
      const parts = column.flatMap((events, layer) => {
        if (events === 0) return []
        const size = Math.max(1, (height * events) / top)
        y -= size
        return [
          {
            key: layers[layer]?.key ?? 'info',
            y: Math.round(y * 100) / 100,
            height: Math.max(0.5, Math.round((size - 0.75) * 100) / 100),
          },
        ]
      })
      const told = layers
        .map(({ label }, layer) => ({ label, events: column[layer] ?? 0 }))
        .filter(({ events }) => events > 0)
        .map(({ label, events }) => `${label} ${exactCount(events)}`)
      return [
        {
          x: percent(index / bars),
          width: percent(0.9 / bars),
          parts,
          words: `${when(start + index * barMs)}: ${told.join(', ')}`,
        },
      ]
    }),
    labels: columns.flatMap((_, index) =>
      index % labelEvery === 0
        ? [
            {
              x: percent(index / bars),
              text:
                span === '24h'
                  ? clockText(new Date(start + index * barMs), viewer)
                  : dayText(new Date(start + index * barMs), viewer),
              minor: (index / labelEvery) % 2 === 1,
            },
          ]
        : [],
    ),
    brush: range && {
      fromMs: range.from.getTime(),
      toMs: range.to.getTime(),
      before: percent(across(range.from.getTime())),
      after: percent(across(range.to.getTime())),
      rest: percent(1 - across(range.to.getTime())),
    },
    counts: layers.toReversed().map(({ key, label }, place) => ({
      key,
      label,
      count: shortCount(inRange[layers.length - 1 - place] ?? 0),
    })),
    total: inRange.reduce((sum, events) => sum + events, 0),
    spans: levelSpans.map((one) => ({ span: one, label: facts[one].label, current: one === span })),
    table: columns.flatMap((column, index) =>
      sums[index]
        ? [{ when: when(start + index * barMs), counts: column.map((events) => exactCount(events)) }]
        : [],
    ),
  }
}
