// Breadcrumbs as a list that ends in the error: seconds before it, an icon for the kind, message and data.
import type { Breadcrumb, Event } from '../pipeline/event.ts'
import { cutEnd } from './format.ts'
import { valueText } from './stack.ts'

export type BreadcrumbView = {
  /** "−48.2 s" */
  readonly before: string
  readonly icon: string
  /** What the chips filter by. */
  readonly kind: CrumbKind
  readonly category: string
  readonly message: string
  readonly data: string
  readonly hue: 'red' | 'amber' | ''
}

const shown = 9

export type CrumbKind = 'tap' | 'screen' | 'http' | 'log' | 'other'
const kindLabels: Record<CrumbKind, string> = {
  tap: 'Taps',
  screen: 'Screens',
  http: 'HTTP',
  log: 'Log',
  other: 'Other',
}
const kindOfIcon: Readonly<Record<string, CrumbKind>> = {
  http: 'http',
  nav: 'screen',
  tap: 'tap',
  log: 'log',
}

function iconOf(crumb: Breadcrumb): string {
  const kind = `${crumb.type} ${crumb.category ?? ''}`
  if (/http|fetch|xhr|request/.test(kind)) return 'http'
  if (/navigation|route|screen|history/.test(kind)) return 'nav'
  if (/\b(ui|user|touch|click|tap)\b/.test(kind)) return 'tap'
  if (/device|app\.lifecycle|network|battery|system/.test(kind)) return 'device'
  if (/error|exception/.test(kind)) return 'warn'
  if (/query|sql|database/.test(kind)) return 'server'
  if (/info/.test(kind)) return 'info'
  return 'log'
}

/** "−48.2 s" before the error, "−12 min" from ten minutes on; after it by the sender's clock: "+0.1 s". */
export function beforeText(at: number | null, errorAt: number): string {
  if (at === null) return ''
  const seconds = (errorAt - at) / 1000
  const sign = seconds < -0.05 ? '+' : seconds < 0.05 ? '' : '−'
  const size = Math.abs(seconds)
  if (size < 600) return `${sign}${size.toFixed(1)}\u202fs`
  return size < 36_000
    ? `${sign}${Math.round(size / 60)}\u202fmin`
    : `${sign}${Math.round(size / 3600)}\u202fh`
}

function crumbView(crumb: Breadcrumb, errorAt: number): BreadcrumbView {
  const data = { ...crumb.data }
  let message = crumb.message ?? ''
  if (!message && crumb.data) {
    const { method, url, from, to } = crumb.data
    if (url !== undefined) {
      message = [method, url]
        .filter((part) => part !== undefined)
        .map((part) => valueText(part ?? null, 500))
        .join(' ')
      delete data.method
      delete data.url
    } else if (from !== undefined && to !== undefined) {
      message = `${valueText(from, 200)} → ${valueText(to, 200)}`
      delete data.from
      delete data.to
    }
  }
  const facts = Object.entries(data).map(([name, value]) => `${name} ${valueText(value, 200)}`)
  return {
    before: beforeText(crumb.at, errorAt),
    icon: iconOf(crumb),
    kind: kindOfIcon[iconOf(crumb)] ?? 'other',
    category: cutEnd(crumb.category ?? crumb.type, 60),
    message: cutEnd(message, 1_000),
    data: cutEnd(facts.join(' · '), 600),
    hue:
      crumb.level === 'error' || crumb.level === 'fatal' ? 'red' : crumb.level === 'warning' ? 'amber' : '',
  }
}

/** Oldest first; the newest few apart from the many before them. */
export function breadcrumbsView(event: Event) {
  // By the sender's own clock: that is what its breadcrumbs carry.
  const last = event.breadcrumbs.findLast((crumb) => crumb.at !== null)?.at ?? null
  const errorAt = Math.max(last ?? 0, event.occurredAt.getTime())
  const all = event.breadcrumbs.map((crumb) => crumbView(crumb, errorAt))
  return {
    count: all.length,
    kinds: (Object.keys(kindLabels) as CrumbKind[])
      .filter((kind) => all.some((crumb) => crumb.kind === kind))
      .map((kind) => ({ kind, label: kindLabels[kind] })),
    earlier: all.slice(0, Math.max(0, all.length - shown)),
    latest: all.slice(-shown),
    error: event.titleType ?? cutEnd(event.title, 120),
  }
}
