// Which release has the fix, from what people wrote at the tracker.
import { describe, expect, test } from 'vitest'
import { findDuplicateWords, findFixedIn } from '../../collector/trackers/fixed-in.ts'
import type { TrackerEvent } from '../../collector/trackers/tracker.ts'

const ticket = { repository: 'acme/shop', number: 12, milestone: null as string | null }
const newest = ['com.acme.shop@4.2.0+811']

const says = (body: string, more: { author?: string; isTrusted?: boolean } = {}): TrackerEvent => ({
  is: 'comment',
  author: 'alice',
  isTrusted: true,
  body,
  ...more,
})
const merge = (text: string, milestone: string | null, repository = 'acme/shop'): TrackerEvent => ({
  is: 'merge',
  repository,
  number: 15,
  text,
  milestone,
  mergedAt: new Date('2026-11-24T03:00:00Z'),
  mergedBy: 'carol',
})
const reopened = (time: string): TrackerEvent => ({ is: 'reopened', at: new Date(`2026-11-24T${time}Z`) })
const find = (events: readonly TrackerEvent[], own = ticket, releases = newest) =>
  findFixedIn(own, events, 'postern-bot', releases)
const nobody = { releases: [], source: null, by: null }

describe('a fixed-in line', () => {
  test.each<[string, string[]]>([
    ['fixed-in: 4.2.1', ['4.2.1']],
    ['Fixed in: `v4.2.1`', ['v4.2.1']],
    ['Thanks!\r\nfixed-in: 4.2.1 and 5.0.1', []],
    ['Thanks!\r\nfixed-in: 4.2.1, 5.0.1\r\nBye.', ['4.2.1', '5.0.1']],
    ['fixed-in: com.acme.shop@4.2.1+812', ['com.acme.shop@4.2.1+812']],
    ['fixed-in: 4.2.0\nfixed-in: 4.2.1', ['4.2.1']],
  ])('%j names %j', (body, releases) => {
    expect(find([says(body)]).releases).toEqual(releases)
  })

  test.each([
    'It is fixed-in: 4.2.1',
    '> fixed-in: 4.2.1',
    '    fixed-in: 4.2.1',
    '```\nfixed-in: 4.2.1\n```',
    '~~~~\n```\nfixed-in: 4.2.1\n~~~\n',
    '<!--\nfixed-in: 4.2.1\n-->',
    '<!--\nfixed-in: 4.2.1',
    'fixed-in: the next one',
    'fixed-in: <img src=x onerror=alert(1)> 4.2.1',
    'fixed-in: @everyone',
    `fixed-in: ${'9'.repeat(201)}`,
    `fixed-in: ${'9 '.repeat(5_000)}`,
    'fixed-in: 4.2.1\u202e',
  ])('%j names nothing', (body) => {
    expect(find([says(body)])).toEqual(nobody)
  })

  test('of the newest comment wins, and names who wrote it', () => {
    expect(
      find([says('fixed-in: 4.2.1'), says('fixed-in: 4.2.2', { author: 'bob' }), says('Nice.')]),
    ).toEqual({
      releases: ['4.2.2'],
      source: 'fixed-in by @bob',
      by: 'bob',
    })
  })

  test('that was written before the ticket was reopened names nothing any more', () => {
    expect(find([says('fixed-in: 4.2.1'), reopened('04:00:00')])).toEqual(nobody)
    expect(find([says('fixed-in: 4.2.1'), reopened('04:00:00'), says('fixed-in: 4.2.2')]).releases).toEqual([
      '4.2.2',
    ])
  })

  test('counts neither from strangers nor from our own account', () => {
    expect(find([says('fixed-in: 999.0.0', { isTrusted: false })])).toEqual(nobody)
    expect(find([says('fixed-in: 999.0.0', { author: 'Postern-Bot' })])).toEqual(nobody)
  })

  test('names ten releases at most', () => {
    const many = Array.from({ length: 30 }, (_, i) => `1.0.${i}`).join(' ')
    expect(find([says(`fixed-in: ${many}`)]).releases).toHaveLength(10)
  })
})

describe('a milestone', () => {
  test.each<[string, string[]]>([
    ['4.2.1', ['4.2.1']],
    ['v4.2.1', ['v4.2.1']],
    ['Release 4.2.1 (hotfix)', ['4.2.1']],
    ['4.3', ['4.3']],
    ['Sprint 12', []],
    ['2026 Q4', []],
    ['4.2.1 or 4.3.0', []],
    ['', []],
  ])('%j of the ticket names %j', (milestone, releases) => {
    expect(find([], { ...ticket, milestone })).toEqual(
      releases.length > 0 ? { ...nobody, releases, source: 'its milestone' } : nobody,
    )
  })

  test('of a merged pull request that says it closes the ticket goes before the ticket’s own', () => {
    const own = { ...ticket, milestone: '4.3.0' }
    expect(find([merge('Mend the cart\n\nFixes #12.', '4.2.1')], own)).toEqual({
      releases: ['4.2.1'],
      source: 'milestone of acme/shop#15',
      by: 'carol',
    })
    expect(find([merge('See #12', '4.2.1')], own).releases).toEqual(['4.3.0'])
    expect(find([merge('Fixes #123', '4.2.1')], own).releases).toEqual(['4.3.0'])
    expect(find([merge('Fixes #12', '4.2.1'), says('fixed-in: 4.2.9')], own).releases).toEqual(['4.2.9'])
  })

  test('of a pull request that was merged before the ticket was reopened names nothing any more', () => {
    const opened = merge('Fixes #12', '4.2.1')
    expect(find([opened, reopened('04:00:00')])).toEqual(nobody)
    expect(find([opened, reopened('02:00:00')]).releases).toEqual(['4.2.1'])
  })

  test('of pull requests into two branches names both', () => {
    const events = [merge('Fixes #12', '4.2.1'), merge('Backport. Closes acme/shop#12', '5.0.1')]
    expect(find(events).releases).toEqual(['4.2.1', '5.0.1'])
  })

  test('of a pull request in another repository of the owner counts, of anyone else’s never', () => {
    const words = 'Resolves https://github.com/acme/shop/issues/12'
    expect(find([merge(words, '4.2.1', 'acme/app')]).releases).toEqual(['4.2.1'])
    expect(find([merge('Fixes #12', '4.2.1', 'acme/app')])).toEqual(nobody)
    expect(find([merge(words, '999.0.0', 'mallory/shop')])).toEqual(nobody)
  })

  test('in another numbering than the project’s releases names nothing', () => {
    const own = { ...ticket, milestone: '4.2.1' }
    expect(find([], own, ['0123abcd'])).toEqual(nobody)
    expect(find([], own, [])).toEqual({ ...nobody, releases: ['4.2.1'], source: 'its milestone' })
  })
})

test('a merge or commit without a milestone names no release, and is told', () => {
  expect(find([merge('Fixes #12', null)])).toEqual({ releases: [], source: 'acme/shop#15', by: 'carol' })
  const commit = 'abcdef0123456789abcdef0123456789abcdef01'
  expect(find([{ is: 'closed', commit }])).toEqual({ ...nobody, source: 'commit abcdef0' })
  expect(find([{ is: 'closed', commit: '<b>' }])).toEqual(nobody)
})

test('the words of a duplicate name the other ticket, alone in their line and by somebody who may', () => {
  expect(findDuplicateWords(ticket, [says('Duplicate of #7')])).toEqual({
    repository: 'acme/shop',
    number: 7,
  })
  expect(findDuplicateWords(ticket, [says('Hm.\nduplicate of acme/other#8')])).toEqual({
    repository: 'acme/other',
    number: 8,
  })
  expect(findDuplicateWords(ticket, [says('No duplicate of #7')])).toBeNull()
  expect(findDuplicateWords(ticket, [says('Duplicate of #7', { isTrusted: false })])).toBeNull()
})
