// The order of releases, the lines they form, and whether one of them has a fix.
import { describe, expect, test } from 'vitest'
import { compareReleases } from '../../collector/detect/compare-releases.ts'
import { type Fix, hasFix, type Standing, unknownStanding } from '../../collector/detect/fix.ts'
import {
  isOutlier,
  lineOf,
  platformOf,
  type ReleaseLine,
  seeRelease,
} from '../../collector/detect/release-line.ts'

describe('the order of releases', () => {
  test.each([
    ['app@1.2.3', 'app@1.2.4', -1],
    ['app@1.10.0', 'app@1.9.9', 1],
    ['app@2.0.0-rc.1', 'app@2.0.0', -1],
    ['app@2.0.0-rc.2', 'app@2.0.0-rc.10', -1],
    ['app@1.0.0-alpha', 'app@1.0.0-alpha.1', -1],
    ['app@1.0.0-alpha.1', 'app@1.0.0-alpha.beta', -1],
    ['app@1.0.0-99999999999999999998', 'app@1.0.0-99999999999999999999', -1],
    ['app@2.0.0+900', 'app@2.0.0+1000', -1],
    ['app@2.0.0+20261125.9', 'app@2.0.0+20261125.10', -1],
    ['app@4.2.1 (900)', 'app@4.2.1 (1000)', -1],
    ['v1.2', '1.2.0', 0],
    ['1.2.3', '1.2.3+45', 0],
    ['2026.46.2', '2026.47.0', -1],
    ['1.2.3.4', '1.2.3.5', -1],
    ['2026-11-09', '2026-11-25', -1],
    ['20261109', '20261125', -1],
    ['web@2026-11-25.2', 'web@2026-11-25.10', -1],
    ['app@7', 'app@12', -1],
    ['@scope/app@1.9.0', '@scope/app@1.10.0', -1],
  ])('%s against %s is %d', (a, b, sign) => {
    expect(Math.sign(compareReleases(a, b) ?? Number.NaN)).toBe(sign)
    expect(Math.sign(compareReleases(b, a) ?? Number.NaN)).toBe(sign === 0 ? 0 : -sign)
  })

  test.each([
    ['app@1.0.0', 'other@1.0.1'],
    ['app@1.0.0', '1.0.1'],
    ['e1f4c09', '1.0.0'],
    ['e1f4c09a', 'f00ba4b1'],
    // All digits, and yet an abbreviated hash.
    ['1234567', '7654321'],
    ['2026-11-25', '5.0.0'],
    ['app@1.0.0+e1f4c09', 'app@1.0.0+f00ba4b'],
    ['production', 'staging'],
    ['', '1.0.0'],
  ])('there is none between %s and %s', (a, b) => {
    expect(compareReleases(a, b)).toBeNull()
  })
})

describe('a line of releases', () => {
  const see = (seen: readonly (readonly [string, string | null])[]) => {
    let line: ReleaseLine | null = null
    const advances: string[] = []
    for (const [release, user] of seen) {
      const step = seeRelease(line, release, user)
      line = step.line
      if (step.advanced) advances.push(line.newest)
    }
    return { line: line as ReleaseLine | null, advances }
  }

  test('moves on with each newer release, from its first user on', () => {
    const { advances, line } = see([
      ['app@4.2.1', 'ann'],
      ['app@4.2.0', 'ben'],
      ['app@4.3.0', 'cas'],
      ['app@5.0.0', 'ann'],
    ])
    expect(advances).toEqual(['app@4.2.1', 'app@4.3.0', 'app@5.0.0'])
    expect(line?.isOnly).toBe(false)
  })

  test('lets 999.9.9 wait until three users have it', () => {
    const twice = see([
      ['app@4.2.1', 'ann'],
      ['app@999.9.9', 'eve'],
      ['app@999.9.9', 'eve'],
      ['app@999.9.9', null],
      ['app@999.9.9', null],
    ])
    expect(twice.advances).toEqual(['app@4.2.1'])
    expect(isOutlier(twice.line, 'app@999.9.9')).toBe(true)
    const thrice = seeRelease(twice.line, 'app@999.9.9', 'bob')
    expect(thrice).toMatchObject({ advanced: true, line: { newest: 'app@999.9.9', pending: [] } })
  })

  test('gets over an outlier that was seen first of all', () => {
    const { advances, line } = see([
      ['app@999.9.9', 'eve'],
      ['app@4.2.1', 'ann'],
    ])
    expect(advances).toEqual(['app@999.9.9', 'app@4.2.1'])
    expect(isOutlier(line, 'app@999.9.9')).toBe(true)
  })

  test('remembers few outliers and few users, however many are sent', () => {
    const { line } = see([
      ['app@1.0.0', 'ann'] as const,
      ...Array.from({ length: 500 }, (_, i) => [`app@${100 + i}.0.0`, `user${i}`] as const),
    ])
    expect(line?.newest).toBe('app@1.0.0')
    expect(line?.pending.length).toBeLessThan(10)
  })

  test('knows a constant', () => {
    expect(
      see([
        ['1.0.0', 'ann'],
        ['1.0.0', 'ben'],
      ]).line?.isOnly,
    ).toBe(true)
    expect(
      see([
        ['1.0.0', 'ann'],
        ['1.0.0+2', 'ben'],
      ]).line?.isOnly,
    ).toBe(false)
  })

  test('is told by app id and system, not by the language of the event', () => {
    const on = (platform: string, os: string | null, browser = false) =>
      platformOf({
        platform,
        contexts: {
          ...(os ? { os: { name: os } } : {}),
          ...(browser ? { browser: { name: 'Safari' } } : {}),
        },
      })
    expect(on('javascript', 'iOS')).toBe(on('cocoa', 'iPadOS'))
    expect(on('javascript', 'Android')).toBe(on('java', 'Android'))
    expect(on('javascript', 'iOS', true)).toBe('javascript')
    expect(on('node', null)).toBe('node')
    expect(lineOf('com.acme@1.0.0+5', 'apple')).toEqual({ app: 'com.acme', platform: 'apple' })
    expect(lineOf('e1f4c09', 'node')).toBeNull()
  })
})

describe('the fix', () => {
  const line = { app: 'app', platform: 'java' }
  const fix = (more: Partial<Fix> = {}): Fix => ({
    releases: [],
    source: null,
    seenIn: ['app@5.0.0', 'app@4.2.0'],
    lines: [{ ...line, newest: 'app@5.0.0', isOnly: false }],
    constant: null,
    ...more,
  })
  const has = (of: Fix | null, release: string | null, more: Partial<Standing> = {}) =>
    hasFix(of, release, { ...unknownStanding, line: lineOf(release, 'java'), ...more }).has

  test.each([
    // Fixed on the branch of 4 and on that of 5: 5.0.0 came before the second.
    [['app@4.2.1', 'app@5.0.1'], 'app@4.2.1', 'yes'],
    [['app@4.2.1', 'app@5.0.1'], 'app@4.3.0', 'yes'],
    [['app@4.2.1', 'app@5.0.1'], 'app@5.0.0', 'no'],
    [['app@4.2.1', 'app@5.0.1'], 'app@5.0.0+2', 'no'],
    [['app@4.2.1', 'app@5.0.1'], 'app@5.0.1', 'yes'],
    [['app@4.2.1', 'app@5.0.1'], 'app@6.0.0', 'yes'],
    [['app@4.2.3', 'app@4.3.1'], 'app@4.3.0', 'no'],
    [['app@4.2.3', 'app@4.3.1'], 'app@4.2.9', 'yes'],
    // Fixed in the hotfix alone: the issue was in 5.0.0 before the close.
    [['app@4.2.1'], 'app@5.0.0', 'no'],
    [['app@4.2.1'], 'app@4.2.0', 'no'],
    // A milestone has no package, nor build.
    [['4.2.1'], 'app@4.2.1+900', 'yes'],
    [['4.2.1'], 'app@4.2.0+1', 'no'],
    // A commit hash is equal or nothing.
    [['e1f4c09a'], 'e1f4c09a', 'yes'],
    [['e1f4c09a'], 'app@9.0.0', 'unknown'],
  ])('of %j is in %s: %s', (releases, release, expected) => {
    expect(has(fix({ releases }), release)).toBe(expected)
  })

  test('named for a release in which the issue was seen is still believed', () => {
    expect(has(fix({ releases: ['app@5.0.0'] }), 'app@5.0.0')).toBe('yes')
  })

  test('is in no outlier, and told by nothing where no release is named', () => {
    expect(has(fix({ releases: ['app@5.0.1'] }), 'app@999.9.9', { isOutlier: true })).toBe('no')
    expect(has(fix(), null)).toBe('unknown')
    expect(has(null, 'app@1.0.0')).toBe('unknown')
  })

  test('is in the next release, not in any before, nor in a line nobody had seen', () => {
    expect(has(fix(), 'app@5.0.0')).toBe('no')
    expect(has(fix(), 'app@4.9.9')).toBe('no')
    expect(has(fix(), 'app@5.1.0', { next: 'app@5.1.0' })).toBe('yes')
    expect(has(fix(), 'app@5.0.1', { next: 'app@5.1.0' })).toBe('no')
    expect(has(fix(), 'other@1.0.0', { next: 'other@1.0.0' })).toBe('unknown')
    // Received before the close, and read after it.
    expect(has(fix(), 'other@1.0.0', { before: 'other@1.0.0' })).toBe('no')
  })

  test('can not be told by a constant, but by a store build that is the only one so far', () => {
    const only = (newest: string) => fix({ lines: [{ ...line, newest, isOnly: true }], seenIn: [newest] })
    expect(has(only('app@1.0.0'), 'app@1.0.0', { isOnly: true })).toBe('unknown')
    // Another one came since.
    expect(has(only('app@1.0.0'), 'app@1.0.0', { isOnly: false })).toBe('no')
    expect(has(only('app@1.0.0+7'), 'app@1.0.0+7', { isOnly: true })).toBe('no')
    const production = fix({ constant: 'production', seenIn: ['production'] })
    expect(has(production, 'production', { isOnly: true })).toBe('unknown')
    expect(has(production, 'production', { isOnly: false })).toBe('no')
    expect(has(fix({ seenIn: ['e1f4c09a'] }), 'e1f4c09a')).toBe('no')
    expect(has(fix({ seenIn: ['e1f4c09a'] }), 'f00ba4b1')).toBe('unknown')
    expect(has(fix(), 'f00ba4b1', { wasAffected: true })).toBe('no')
  })
})
