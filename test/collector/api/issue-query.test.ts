// The search of issue lists: what is a token, what is text, and which word is named when it can't be read.
import { expect, test } from 'vitest'
import { parseIssueQuery } from '../../../collector/api/issue-query.ts'

const nothing = { statuses: [], levels: [], environments: [], text: null }

test.each([
  ['', nothing],
  ['is:unresolved', { ...nothing, statuses: ['unresolved', 'resolving'] }],
  ['is:resolved is:ignored', { ...nothing, statuses: ['resolved', 'ignored'] }],
  ['level:fatal level:error', { ...nothing, levels: ['fatal', 'error'] }],
  ['environment:"my staging" pay', { ...nothing, environments: ['my staging'], text: 'pay' }],
  ['  checkout   failed ', { ...nothing, text: 'checkout failed' }],
  ['"checkout  failed"', { ...nothing, text: 'checkout  failed' }],
  ['TypeError: x is undefined', { ...nothing, text: 'TypeError: x is undefined' }],
  ['https://shop.example.com/pay', { ...nothing, text: 'https://shop.example.com/pay' }],
  ['"is:resolved"', { ...nothing, text: 'is:resolved' }],
])('%s', (query, expected) => {
  expect(parseIssueQuery(query)).toEqual(expected)
})

test.each([
  ['is:burning', 'is:burning'],
  ['is:__proto__', 'is:__proto__'],
  ['is:unresolved level:loud', 'level:loud'],
  ['assigned:me', 'assigned:me'],
  ['!is:resolved', '!is:resolved'],
  ['environment:""', 'environment:""'],
  ['"never closed', '"'],
  ['x'.repeat(501), 'xxx'],
])('%s is refused by the token %s', (query, token) => {
  expect(() => parseIssueQuery(query)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(token) }),
  )
})
