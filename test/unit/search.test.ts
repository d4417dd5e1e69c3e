// The language of searches: what is a token and what is text, what each token means, and which one an error
// points at.
import { describe, expect, test } from 'vitest'
import { placeAt, suggest } from '../../collector/search/complete.ts'
import { parseSearch } from '../../collector/search/parse.ts'
import { quoted, tokensOf, withToken } from '../../collector/search/tokens.ts'

const now = new Date('2026-11-18T03:00:00Z')
const parse = (text: string) => parseSearch(text, now)
const termsOf = (text: string) => parse(text).terms

describe('tokens', () => {
  test.each([
    ['TypeError: x is undefined', ['TypeError:', 'x', 'is', 'undefined']],
    ['https://shop.example.com/pay', ['https://shop.example.com/pay']],
    ['"is:resolved"', ['is:resolved']],
    ['"checkout  failed"', ['checkout  failed']],
  ])('%s is text', (text, words) => {
    expect(termsOf(text).map((term) => 'text' in term && term.text)).toEqual(words)
  })

  test('each token knows its place, so that an error can point at it', () => {
    const text = ' is:unresolved  os:"iOS 17" x'
    for (const token of tokensOf(text)) expect(text.slice(token.start, token.end)).toBe(token.raw)
    expect(tokensOf(text).map((token) => [token.key, token.value])).toEqual([
      ['is', 'unresolved'],
      ['os', 'iOS 17'],
      [null, 'x'],
    ])
  })

  test('a value with blanks is written in quotes and read back the same', () => {
    for (const value of ['4.2.1', 'iOS 17', 'a  b']) {
      expect(tokensOf(`os:${quoted(value)}`)[0]?.value).toBe(value)
    }
    expect(withToken('is:unresolved os:x', 'os', 'iOS 17')).toBe('is:unresolved os:"iOS 17"')
  })
})

describe('terms', () => {
  test('the whole language in one search', () => {
    const search = parse(
      'is:unresolved level:fatal env:production release:4.2.1 os:"iOS 17" user:42 has:tracker assigned:me first-seen:<24h times:>100 "checkout failed"',
    )
    expect(search.problems).toEqual([])
    expect(search.statuses).toEqual(['unresolved', 'resolving'])
    expect(search.terms).toEqual([
      { kind: 'level', levels: ['fatal'], not: false },
      { kind: 'environment', value: 'production', not: false },
      { kind: 'release', value: '4.2.1', which: 'any', not: false },
      { kind: 'tag', key: 'os', value: 'iOS 17', not: false },
      { kind: 'user', value: '42', not: false },
      { kind: 'has', key: 'tracker', not: false },
      { kind: 'assigned', who: 'me', not: false },
      { kind: 'seen', which: 'first', side: 'after', at: new Date('2026-11-17T03:00:00Z'), not: false },
      { kind: 'count', of: 'events', op: '>', value: 100, not: false },
      { kind: 'text', text: 'checkout failed', not: false },
    ])
  })

  test.each([
    ['level:>=error', ['fatal', 'error']],
    ['level:<warning', ['info', 'debug']],
    ['level:info', ['info']],
    ['level:fatal level:error', ['fatal', 'error']],
  ])('%s means %j', (text, levels) => {
    expect(termsOf(text)).toEqual([{ kind: 'level', levels, not: false }])
  })

  test.each([
    ['last-seen:>7d', 'last', 'before', '2026-11-11T03:00:00.000Z'],
    ['age:-24h', 'first', 'after', '2026-11-17T03:00:00.000Z'],
    ['first-seen:>2026-11-01', 'first', 'after', '2026-11-01T00:00:00.000Z'],
    ['lastSeen:<2026-11-01T12:30', 'last', 'before', '2026-11-01T12:30:00.000Z'],
  ])('%s', (text, which, side, at) => {
    expect(termsOf(text)).toEqual([{ kind: 'seen', which, side, at: new Date(at), not: false }])
  })

  test('an exclamation mark turns a token round, also for states', () => {
    expect(termsOf('!env:staging')).toEqual([{ kind: 'environment', value: 'staging', not: true }])
    expect(parse('!is:ignored').statuses).toEqual(['unresolved', 'resolving', 'resolved'])
    expect(parse('is:unresolved !is:quiet').statuses).toEqual(['unresolved'])
  })
})

describe('problems', () => {
  test.each([
    ['is:unresolved level:fatel x', 'level:fatel', 'Did you mean fatal?', 'level:fatal'],
    ['first-seen:<1w', 'first-seen:<1w', 'takes a time like <24h', 'first-seen:<7d'],
    ['is:unresolvd', 'is:unresolvd', 'Did you mean unresolved?', 'is:unresolved'],
    ['levle:error', 'levle:error', 'Did you mean level?', 'level:error'],
    ['!firstseen:<24h', '!firstseen:<24h', 'Did you mean first-seen?', '!first-seen:<24h'],
    ['times:lots', 'times:lots', 'takes a number', null],
    ['a "b', '"b', 'never closed', 'b'],
    ['env:', 'env:', 'has no value', null],
  ])('%s points at %s', (text, raw, words, fix) => {
    const [problem, ...others] = parse(text).problems
    expect(others).toEqual([])
    expect(problem?.token.raw).toBe(raw)
    expect(problem?.message).toContain(words)
    expect(problem?.fix ?? null).toBe(fix)
  })

  test('what can be read still counts when a token can not', () => {
    const search = parse('is:unresolved first-seen:<1w env:production')
    expect(search.statuses).toEqual(['unresolved', 'resolving'])
    expect(search.terms).toEqual([{ kind: 'environment', value: 'production', not: false }])
  })

  test('no text makes it throw, and none takes long', () => {
    for (const text of [
      '"'.repeat(500),
      ':'.repeat(500),
      '!is:'.repeat(100),
      'a:b '.repeat(200),
      '\0\u202e',
    ]) {
      expect(() => parse(text)).not.toThrow()
    }
  })
})

describe('completion', () => {
  test('offers keys, then the words as text', () => {
    const offered = suggest('is:unresolved rel', 17, [])
    expect(offered.map((one) => one.label)).toEqual(['release:', 'Search for “rel” in titles and culprits'])
    expect(offered[0]).toMatchObject({ text: 'is:unresolved release:', caret: 22 })
  })

  test('offers values of the key at the caret, and leaves what stands behind it', () => {
    const text = 'level:fa env:x'
    const [first] = suggest(text, 8, [])
    expect(first).toMatchObject({ label: 'fatal', text: 'level:fatal env:x', caret: 11 })
    expect(suggest('os:', 3, [{ value: 'iOS 17', more: '' }])[0]?.text).toBe('os:"iOS 17" ')
  })

  test('between tokens there is none at the caret', () => {
    expect(placeAt('is:unresolved ', 14)).toMatchObject({ token: null, start: 14 })
  })
})
