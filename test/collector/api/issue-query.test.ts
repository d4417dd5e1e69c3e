// The API's search of issues: the pages' language, except that what can't be read is refused by its word.
import { expect, test } from 'vitest'
import { parseIssueQuery } from '../../../collector/api/issue-query.ts'

const now = new Date('2026-11-18T03:00:00Z')

test('status words and terms are read as on the pages', () => {
  const { statuses, terms } = parseIssueQuery('is:unresolved level:fatal "checkout failed"', now)
  expect(statuses).toEqual(['unresolved', 'resolving'])
  expect(terms).toEqual([
    { kind: 'level', levels: ['fatal'], not: false },
    { kind: 'text', text: 'checkout failed', not: false },
  ])
})

test.each([
  ['is:burning', 'is:burning'],
  ['is:__proto__', 'is:__proto__'],
  ['is:unresolved level:loud', 'level:loud'],
  ['environment:""', 'environment:""'],
  ['first-seen:soon', 'first-seen:soon'],
  ['times:many', 'times:many'],
  ['"never closed', '"never closed'],
  ['x'.repeat(501), 'xxx'],
])('%s is refused by the token %s', (query, token) => {
  expect(() => parseIssueQuery(query, now)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(token) }),
  )
})
