// When nothing needs anybody: since when, and the last day as one strip. Pure.
import type { Waited } from '../db/on-call.ts'
import { clockText, clockTime, longDuration, type Viewer } from './format.ts'

const hourMs = 3_600_000
/** How far back the strip looks. */
export const stripMs = 28 * hourMs

/** When the last alarm was over; null: there never was one. */
export function calmSince(waited: readonly Waited[], lastAlert: Date | null): Date | null {
  const last = waited.reduce((latest, one) => Math.max(latest, one.to.getTime()), 0)
  return last > 0 ? new Date(last) : lastAlert
}

export function calmView(waited: readonly Waited[], lastAlert: Date | null, viewer: Viewer) {
  const start = viewer.now.getTime() - stripMs
  const x = (ms: number) => Math.round((Math.max(0, ms - start) / stripMs) * 10_000) / 10
  const since = calmSince(waited, lastAlert)
  const spans = waited.map((one) => {
    const from = x(one.from.getTime())
    return {
      x: from,
      width: Math.max(4, x(one.to.getTime()) - from),
      hue: one.isWorst ? 'red' : 'orange',
      words: `${clockTime(one.from, viewer).text} to ${clockTime(one.to, viewer).text}`,
    }
  })
  // The worst is drawn last, so that it shows where stretches overlap.
  const labels = [0, 8, 16, 24].map((hours) => ({
    x: `${Math.round((hours / 28) * 1000) / 10}%`,
    text: clockText(new Date(start + hours * hourMs), viewer),
  }))
  return {
    title: since ? `All calm since ${clockTime(since, viewer).text}` : 'All calm',
    exact: since ? clockTime(since, viewer).exact : '',
    more: since
      ? `${longDuration(viewer.now.getTime() - since.getTime())} without anything that needs a person. This page updates by itself; the tab shows when that changes.`
      : 'Nothing has needed a person yet. This page updates by itself; the tab shows when that changes.',
    spans: spans.toSorted((a, b) => (a.hue === b.hue ? 0 : a.hue === 'red' ? 1 : -1)),
    labels,
  }
}
