// Where an issue happens: for each tag the commonest values with their share of the events that carry it, and the
// share that they usually have in the project. Each value leads to the events that carry it. Pure.
import type { TagShares } from '../db/issue-page.ts'
import { tagMark } from '../pipeline/tag-marks.ts'
import { shareWidth } from './bars.ts'
import { asksFor, type EventQuery, eventHref, toggleTag } from './event-query.ts'
import { cutEnd, exactCount, percent, shortRelease } from './format.ts'

/** Values of each key that stand there; the others come when they are asked for. */
export const sharesShown = 3
/** A share of so many times the usual one stands out. */
const oftenFrom = 2

// What one asks first; other keys follow by name.
const first = [
  'release',
  'environment',
  'os',
  'os.name',
  'device',
  'device.family',
  'device.model',
  'browser',
  'browser.name',
  'runtime',
  'server_name',
  'url',
  'transaction',
]
const labels: Readonly<Record<string, string>> = {
  release: 'Release',
  environment: 'Environment',
  os: 'System',
  device: 'Device',
  browser: 'Browser',
  runtime: 'Runtime',
  server_name: 'Server',
  transaction: 'Transaction',
}
const openKeys = 6
const otherKeys = 54

/** What people call a tag. */
export function tagLabel(key: string): string {
  return key === '' ? 'Tags beyond the cap' : (labels[key] ?? cutEnd(key, 60))
}

function rank(key: string): number {
  const place = first.indexOf(key)
  if (key === '') return first.length + 1
  return place < 0 ? first.length : place
}

/** Places in the page by which a group and its values are found, whatever their names are made of. */
const groupId = (key: string) => `tag-${tagMark([key, ''])}`
const valueId = (key: string, value: string) => `value-${tagMark([key, value])}`

export type Place = {
  /** Address of the issue. */
  readonly href: string
  readonly query: EventQuery
}

function usualView(usual: number | null) {
  if (usual === null) return null
  const x = Math.min(94, Math.max(0, Math.round(96 * usual) - 1))
  return { x, words: `usually ${percent(usual, 1)} in this project` }
}

function valueView(
  share: TagShares,
  { value, events, usual }: TagShares['values'][number],
  { href, query }: Place,
) {
  const isOther = value === ''
  const tick = usualView(usual)
  return {
    id: valueId(share.key, value),
    text: isOther ? 'other' : share.key === 'release' ? shortRelease(value) : cutEnd(value, 80),
    href: isOther ? null : eventHref(href, toggleTag(query, [share.key, value])),
    isAsked: asksFor(query, [share.key, value]),
    exact: isOther ? 'values beyond the cap' : value,
    percent: percent(events, share.total),
    width: shareWidth(events, share.total),
    usual: tick,
    isOften: usual !== null && events / share.total >= oftenFrom * usual,
    words: [`${exactCount(events)} of ${exactCount(share.total)} events`, tick?.words]
      .filter(Boolean)
      .join(', '),
  }
}

/** Values of one tag, as many as were read; the rest is asked for with `more`. */
export function shareGroupView(share: TagShares, place: Place) {
  const left = share.distinct - share.values.length
  const search = new URLSearchParams({ more: share.key })
  const here = eventHref(place.href, place.query)
  return {
    id: groupId(share.key),
    label: tagLabel(share.key),
    values: share.values.map((value) => valueView(share, value, place)),
    more:
      left > 0
        ? { text: `${exactCount(left)} more`, href: `${here}${here.includes('?') ? '&' : '?'}${search}` }
        : null,
  }
}

/** @param unfolded a key of which all values were read */
export function sharesView(shares: readonly TagShares[], place: Place, unfolded: string | null) {
  const sorted = [...shares]
    // The level is said elsewhere on the page.
    .filter((share) => share.key !== 'level')
    .sort((a, b) => rank(a.key) - rank(b.key) || (a.key < b.key ? -1 : 1))
  const groups = sorted.map((share) => shareGroupView(share, place))
  const others = sorted.slice(openKeys, openKeys + otherKeys)
  return {
    groups: groups.slice(0, openKeys),
    others: groups.slice(openKeys, openKeys + otherKeys),
    isUnfolded: others.some(({ key }) => key === unfolded || place.query.tags.some(([name]) => name === key)),
    hasUsual: groups.some(({ values }) => values.some(({ usual }) => usual !== null)),
  }
}
