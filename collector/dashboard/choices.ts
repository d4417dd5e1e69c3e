// What one may choose beside a verb: for how long to put off or ignore, and what a resolution says of the fix.
// Forms name the verb and the choice as one (`snooze:4h`), so that each choice is one button. Pure.
import { AppError } from '../../shared/errors.ts'
import { readMoment } from './event-query.ts'
import type { Viewer } from './format.ts'

const hourMs = 3_600_000
/** Until when "the morning" lasts to wait for, on the viewer's clock. */
const morningHour = 8
/** Before this hour "the morning" is that of the same day. */
const nightEndsHour = 5
const maxCount = 1_000_000_000
const maxYears = 5

export type SnoozeFor = { readonly until: Date | null; readonly moreEvents: number | null }
export type IgnoreFor = SnoozeFor & { readonly moreUsers: number | null }
/**
 * `next`: the first release after those seen, also where it is unsaid; `now`: all at once; or the one named. A
 * change (pull request or commit) is in the next release too, and is told.
 */
export type FixedIn =
  | { readonly kind: 'unsaid' | 'next' | 'now' }
  | { readonly kind: 'change'; readonly change: string }
  | { readonly kind: 'release'; readonly release: string }

export type ChoiceFields = {
  readonly release: string
  readonly change: string
  readonly snooze_events: string
  readonly ignore_until: string
  readonly ignore_events: string
  readonly ignore_users: string
}

const wrong = (words: string) => new AppError('invalid_request', words)

function readCount(text: string, what: string): number {
  const count = /^\d{1,10}$/.test(text.trim()) ? Number(text) : 0
  if (count < 1 || count > maxCount) throw wrong(`How many more ${what}? Give a number from 1 on.`)
  return count
}

/** The next morning on the viewer's clock: at night that of the same day. */
export function nextMorning(viewer: Viewer): Date {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: viewer.zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
  }).formatToParts(viewer.now)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
  const days = part('hour') < nightEndsHour ? 0 : 1
  const day = new Date(Date.UTC(part('year'), part('month') - 1, part('day') + days))
    .toISOString()
    .slice(0, 10)
  const morning = readMoment(`${day}T0${morningHour}:00`, viewer)
  return morning ?? new Date(viewer.now.getTime() + 8 * hourMs)
}

/** @param choice empty: for one hour */
export function readSnooze(choice: string, fields: ChoiceFields, viewer: Viewer): SnoozeFor {
  const inHours = (hours: number) => ({
    until: new Date(viewer.now.getTime() + hours * hourMs),
    moreEvents: null,
  })
  switch (choice) {
    case '':
    case '1h':
      return inHours(1)
    case '4h':
      return inHours(4)
    case 'morning':
      return { until: nextMorning(viewer), moreEvents: null }
    case 'events':
      return { until: null, moreEvents: readCount(fields.snooze_events, 'events') }
    default:
      throw wrong('One snoozes for 1h, for 4h, until morning, or for so many events.')
  }
}

/** @param choice empty: for good */
export function readIgnore(choice: string, fields: ChoiceFields, viewer: Viewer): IgnoreFor {
  const none = { until: null, moreEvents: null, moreUsers: null }
  switch (choice) {
    case '':
      return none
    case '24h':
      return { ...none, until: new Date(viewer.now.getTime() + 24 * hourMs) }
    case 'until': {
      const until = readMoment(fields.ignore_until, viewer)
      const latest = viewer.now.getTime() + maxYears * 365 * 24 * hourMs
      if (!until || until <= viewer.now || until.getTime() > latest) {
        throw wrong(`Until when? Give a moment to come, within ${maxYears} years.`)
      }
      return { ...none, until }
    }
    case 'events':
      return { ...none, moreEvents: readCount(fields.ignore_events, 'events') }
    case 'users':
      return { ...none, moreUsers: readCount(fields.ignore_users, 'users') }
    default:
      throw wrong('One ignores for good, for 24h, until a moment, or for so many events or users.')
  }
}

/**
 * What a pull request or commit is called: `#512`, `perron/rider#512`, `9f2c41a`, or an address of one.
 * @returns the short form; null: it is none of these
 */
export function readChange(text: string): string | null {
  const change = text.trim()
  if (/^([\w.-]{1,100}\/[\w.-]{1,100})?#\d{1,10}$/.test(change)) return change
  if (/^[0-9a-f]{7,40}$/i.test(change)) return change.slice(0, 7).toLowerCase()
  const { pathname } = URL.parse(change) ?? { pathname: '' }
  const [, repository, kind, id] =
    /^\/([\w.-]{1,100}\/[\w.-]{1,100})\/(pull|commit)\/([0-9a-f]{1,40})(?:\/|$)/i.exec(pathname) ?? []
  if (!repository || !id) return null
  if (kind === 'pull') return /^\d{1,10}$/.test(id) ? `${repository}#${id}` : null
  return id.length >= 7 ? `${repository}@${id.slice(0, 7).toLowerCase()}` : null
}

/** @param choice empty: in the release that is named, if any */
export function readFixedIn(choice: string, fields: ChoiceFields): FixedIn {
  const release = fields.release.trim()
  switch (choice) {
    case '':
      return release ? { kind: 'release', release } : { kind: 'unsaid' }
    case 'next':
      return { kind: 'next' }
    case 'now':
      return { kind: 'now' }
    case 'release':
      if (release === '') throw wrong('Which release has the fix? Name it as the SDK sends it.')
      return { kind: 'release', release }
    case 'change': {
      const change = readChange(fields.change)
      if (change === null) throw wrong('Which change has the fix? Give a pull request (#512) or a commit.')
      return { kind: 'change', change }
    }
    default:
      throw wrong('One resolves now, in the next release, in a release or with a change.')
  }
}

/** "until one more event came", "until 10 more users met it", "for a time", "for good" */
export function ignoreWords({ until, moreEvents, moreUsers }: IgnoreFor): string {
  if (moreEvents !== null)
    return moreEvents === 1
      ? 'until one more event comes'
      : `until ${moreEvents.toLocaleString('en')} more events come`
  if (moreUsers !== null)
    return moreUsers === 1
      ? 'until one more user meets it'
      : `until ${moreUsers.toLocaleString('en')} more users meet it`
  return until === null ? 'for good' : 'for a time'
}
