// The set-up guide's snippets: each has the DSN once, on a line of its own marking, and every platform is told apart.
import { expect, test } from 'vitest'
import { monogramOf } from '../../collector/dashboard/monogram.ts'
import { snippetFor, snippets } from '../../collector/dashboard/snippets.ts'

test('every platform has its own snippet with the DSN in it exactly once', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(24)
  expect(new Set(snippets.map(({ platform }) => platform)).size).toBe(snippets.length)
  for (const { platform, code, install, crash } of snippets) {
    expect(code.split('{DSN}'), platform).toHaveLength(2)
    expect(install.length * crash.length, platform).toBeGreaterThan(0)
    expect(monogramOf(platform), platform).not.toBe('–')
  }
})

test('no snippet asks for something that Postern does not take', () => {
  for (const snippet of snippets) {
    expect(JSON.stringify(snippet), snippet.platform).not.toMatch(
      /sourcemaps upload|debug-files|tracesSampleRate|replay/i,
    )
  }
})

test('a platform that is not known gets the first', () => {
  expect(snippetFor('cobol')).toBe(snippets[0])
  expect(snippetFor(null)).toBe(snippets[0])
})
