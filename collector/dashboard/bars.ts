// Bars as numbers for SVG: the sparkline of 24 hours and the share bar. Positions and heights are plain
// attributes, since the content policy forbids style attributes.
import { clockText, exactCount, type Viewer } from './format.ts'
import type { Hue } from './marks.ts'

const hourMs = 3_600_000

export type SparkView = {
  /** "24 hours, peak 214 at 02:00" */
  readonly words: string
  /** Paths: bars, bars that carry the hue, and the low line of hours without events. */
  readonly bars: string
  readonly hot: string
  readonly none: string
  readonly hue: Hue | ''
}

/** Height of a sparkline's box; bars are 3 wide and 1 apart, 24 of them in 95. */
export const sparkHeight = 28

/** Start of the first of the 24 hours that end with the running one. */
export function sparkFrom(now: Date): Date {
  return new Date(Math.floor(now.getTime() / hourMs) * hourMs - 23 * hourMs)
}

/**
 * @param hours by hour (ms); missing: none
 * @param hot   from this moment on bars carry the hue; null: none does
 */
export function sparkView(
  hours: ReadonlyMap<number, number>,
  viewer: Viewer,
  hot: { readonly from: Date; readonly hue: Hue } | null = null,
): SparkView {
  const start = sparkFrom(viewer.now).getTime()
  const values = Array.from({ length: 24 }, (_, index) => hours.get(start + index * hourMs) ?? 0)
  const peak = Math.max(...values)
  const peakAt = new Date(start + values.indexOf(peak) * hourMs)
  const paths = { bars: '', hot: '', none: '' }
  for (const [index, value] of values.entries()) {
    const height = value === 0 ? 1 : Math.max(2, Math.round((sparkHeight * value) / peak))
    const isHot = hot !== null && start + (index + 1) * hourMs > hot.from.getTime()
    paths[value === 0 ? 'none' : isHot ? 'hot' : 'bars'] += `M${index * 4} ${sparkHeight}h3v-${height}h-3z`
  }
  const words =
    peak === 0 ? '24 hours, no events' : `24 hours, peak ${exactCount(peak)} at ${clockText(peakAt, viewer)}`
  return { words, ...paths, hue: hot?.hue ?? '' }
}

/** Width of a share's filled part in a track of 96; something is always seen where there is something. */
export function shareWidth(part: number, whole: number): number {
  if (whole <= 0 || part <= 0) return 0
  return Math.min(96, Math.max(2, Math.round((96 * part) / whole)))
}
