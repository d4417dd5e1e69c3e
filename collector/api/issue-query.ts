// The search of issue lists: `is:unresolved level:error environment:production "checkout failed"`. Tokens
// are `key:value`, values with blanks in quotes; all else is free text. A token that isn't understood is
// refused by name instead of being searched for as text, since an empty list would look like an answer.
import { AppError } from '../../shared/errors.ts'
import type { IssueStatus } from '../db/schema.ts'
import { type Level, levels } from '../pipeline/event.ts'

const maxQueryLength = 500

/** Sentry's words, and ours for the quiet period, which is unresolved to those who know only Sentry's. */
const statusWords: Readonly<Record<string, readonly IssueStatus[]>> = {
  unresolved: ['unresolved', 'resolving'],
  resolving: ['resolving'],
  resolved: ['resolved'],
  ignored: ['ignored'],
  archived: ['ignored'],
  muted: ['ignored'],
}

export type IssueQuery = {
  /** Empty: all. */
  readonly statuses: readonly IssueStatus[]
  /** Empty: all. */
  readonly levels: readonly Level[]
  /** Empty: all. */
  readonly environments: readonly string[]
  /** All that is no token, as one phrase; null: none. */
  readonly text: string | null
}

export const queryKeys = ['is', 'level', 'environment'] as const

function refuse(token: string, why: string): never {
  throw new AppError('invalid_request', `Invalid query: "${token.slice(0, 80)}" ${why}`)
}

/** @throws AppError 'invalid_request': not a status there is */
export function readStatusWord(word: string, token = word): readonly IssueStatus[] {
  const statuses = Object.hasOwn(statusWords, word) ? statusWords[word] : undefined
  return statuses ?? refuse(token, `is not a status; there are ${Object.keys(statusWords).join(', ')}.`)
}

function readLevel(word: string, token: string): Level {
  const level = levels.find((known) => known === word)
  return level ?? refuse(token, `is not a level; there are ${levels.join(', ')}.`)
}

/** Splits at blanks outside quotes; a quote that is never closed is refused. */
function tokens(query: string): string[] {
  const found = query.match(/(?:[^\s"]|"[^"]*")+|"/g) ?? []
  const open = found.find((token) => token === '"')
  if (open) refuse('"', 'is a quote that is never closed.')
  return found
}

/**
 * @param query as written by a person or script; empty: no filter
 * @throws AppError 'invalid_request' that names the token
 */
export function parseIssueQuery(query: string): IssueQuery {
  if (query.length > maxQueryLength) refuse(query, `… is longer than ${maxQueryLength} characters.`)
  const statuses: IssueStatus[] = []
  const queried: Level[] = []
  const environments: string[] = []
  const words: string[] = []
  for (const token of tokens(query)) {
    // Lower-case keys only, and not before `//`: `TypeError: x` and `https://…` are text.
    const [, key, raw] = /^(!?[a-z][a-z0-9_.-]*):(?!\/\/)(.+)$/.exec(token) ?? []
    const value = (raw ?? token).replaceAll('"', '')
    if (key === undefined) words.push(value)
    else if (value === '') refuse(token, 'has no value.')
    else if (key === 'is' || key === 'status') statuses.push(...readStatusWord(value, token))
    else if (key === 'level') queried.push(readLevel(value, token))
    else if (key === 'environment' || key === 'env') environments.push(value)
    else refuse(token, `is not a filter here; there are ${queryKeys.join(', ')}. Put text in quotes.`)
  }
  return { statuses, levels: queried, environments, text: words.join(' ').trim() || null }
}
