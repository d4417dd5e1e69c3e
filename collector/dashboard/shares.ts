// Where an issue happens: for each tag the commonest values with their share of the events that carry it.
import type { TagShares } from '../db/issue-page.ts'
import { shareWidth } from './bars.ts'
import { cutEnd, exactCount, percent, shortRelease } from './format.ts'

/** Values that are read for each key; the first few show, the others fold away. */
export const sharesPerKey = 12
const shown = 3

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

function rank(key: string): number {
  const place = first.indexOf(key)
  if (key === '') return first.length + 1
  return place < 0 ? first.length : place
}

/**
 * @param hrefOf the events with this value; null: they can't be told apart by this tag
 */
export function sharesView(
  shares: readonly TagShares[],
  hrefOf: (key: string, value: string) => string | null,
) {
  const sorted = [...shares].sort((a, b) => rank(a.key) - rank(b.key) || (a.key < b.key ? -1 : 1))
  const groups = sorted
    // The level is said elsewhere on the page.
    .filter((share) => share.key !== 'level')
    .map((share) => {
      const values = share.values.map(({ value, events }) => ({
        text: value === '' ? 'other' : share.key === 'release' ? shortRelease(value) : cutEnd(value, 80),
        href: value === '' ? null : hrefOf(share.key, value),
        exact: value === '' ? 'values beyond the cap' : value,
        percent: percent(events, share.total),
        width: shareWidth(events, share.total),
        words: `${exactCount(events)} of ${exactCount(share.total)} events`,
      }))
      const more = share.distinct - shown
      return {
        label: share.key === '' ? 'Tags beyond the cap' : (labels[share.key] ?? cutEnd(share.key, 60)),
        values: values.slice(0, shown),
        rest: values.slice(shown),
        more:
          more > 0
            ? `${exactCount(more)} more${share.distinct > sharesPerKey ? `, ${sharesPerKey - shown} shown` : ''}`
            : '',
      }
    })
  return { groups: groups.slice(0, openKeys), others: groups.slice(openKeys, 60) }
}
