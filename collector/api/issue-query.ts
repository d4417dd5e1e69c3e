// The search of issue lists as the API reads it: the pages' own language (collector/search/), except that a
// token which isn't understood is refused by name, since an empty list would look like an answer.
import { AppError } from '../../shared/errors.ts'
import type { IssueStatus } from '../db/schema.ts'
import { maxSearchLength, parseSearch, type Search, statusWords } from '../search/parse.ts'

function refuse(token: string, why: string): never {
  throw new AppError('invalid_request', `Invalid query: "${token.slice(0, 80)}" ${why}`)
}

/** @throws AppError 'invalid_request': not a status there is */
export function readStatusWord(word: string): readonly IssueStatus[] {
  const statuses = Object.hasOwn(statusWords, word) ? statusWords[word] : undefined
  return statuses ?? refuse(word, `is not a status; there are ${Object.keys(statusWords).join(', ')}.`)
}

/**
 * @param query as written by a person or script; empty: no filter
 * @throws AppError 'invalid_request' that names the token
 */
export function parseIssueQuery(query: string, now: Date): Pick<Search, 'statuses' | 'terms'> {
  if (query.length > maxSearchLength) refuse(query, `… is longer than ${maxSearchLength} characters.`)
  const search = parseSearch(query, now)
  const [problem] = search.problems
  if (problem) refuse(problem.token.raw, `can’t be read: ${problem.message}`)
  const mine = search.tokens.find((token) => token.key?.startsWith('assign') && token.value === 'me')
  if (mine) refuse(mine.raw, 'can’t be read: a token is nobody. Name a person.')
  return search
}
