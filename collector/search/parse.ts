// The search of issues and events, the same on pages and in the API: text in, terms and problems out. A token
// that can't be read becomes a problem that names it and is left out: a list may go on without it and say so,
// the API refuses. Pure: what a term means in the database is db/issue-terms.ts.
import type { IssueStatus } from '../db/schema.ts'
import { type Level, levels } from '../pipeline/event.ts'
import { mendAge, readAge, readDate } from './moments.ts'
import { nearest } from './nearest.ts'
import { quoted, type Token, tokensOf } from './tokens.ts'

export const maxSearchLength = 500
export const maxTokens = 30

/** What must hold of an issue beyond its status. */
export type IssueFlag =
  | 'acknowledged'
  | 'snoozed'
  | 'regressed'
  | 'escalated'
  | 'filed'
  | 'unfiled'
  | 'unhandled'
  | 'assigned'
  | 'unassigned'

type Condition =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'level'; readonly levels: readonly Level[] }
  | { readonly kind: 'environment'; readonly value: string }
  | { readonly kind: 'release'; readonly value: string; readonly which: 'any' | 'first' | 'last' }
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }
  | { readonly kind: 'user'; readonly value: string }
  | { readonly kind: 'project'; readonly value: string }
  | { readonly kind: 'platform'; readonly value: string }
  | { readonly kind: 'has'; readonly key: string }
  /** `me` and `nobody`, else part of a name or an address. */
  | { readonly kind: 'assigned'; readonly who: string }
  | { readonly kind: 'flag'; readonly flag: IssueFlag }
  | { readonly kind: 'tracker'; readonly number: number }
  /** Of one storm, by its number on the start page. */
  | { readonly kind: 'storm'; readonly id: number }
  /** Seen before or after a moment, by the relay's clock. */
  | {
      readonly kind: 'seen'
      readonly which: 'first' | 'last'
      readonly side: 'before' | 'after'
      readonly at: Date
    }
  | {
      readonly kind: 'count'
      readonly of: 'events' | 'users'
      readonly op: Operator
      readonly value: number
    }

export type Operator = '<' | '<=' | '>' | '>=' | '='
export type Term = Condition & { readonly not: boolean }

export type Problem = {
  readonly token: Token
  /** One sentence. */
  readonly message: string
  /** What to write in the token's place; null: nothing comes to mind. */
  readonly fix: string | null
}

export type Search = {
  readonly text: string
  readonly tokens: readonly Token[]
  /** Of `is:` tokens, in no order; null: none names a status. */
  readonly statuses: readonly IssueStatus[] | null
  readonly terms: readonly Term[]
  readonly problems: readonly Problem[]
}

/** Sentry's words, and ours: the quiet period is unresolved to those who know only Sentry's. */
export const statusWords: Readonly<Record<string, readonly IssueStatus[]>> = {
  unresolved: ['unresolved', 'resolving'],
  quiet: ['resolving'],
  resolving: ['resolving'],
  resolved: ['resolved'],
  ignored: ['ignored'],
  archived: ['ignored'],
  muted: ['ignored'],
}

export const flagWords: readonly IssueFlag[] = [
  'acknowledged',
  'snoozed',
  'regressed',
  'escalated',
  'filed',
  'unfiled',
  'unhandled',
  'assigned',
  'unassigned',
]

/** Keys that mean something of their own, with an example for the completion; all others are tags. */
export const searchKeys = {
  is: 'unresolved, quiet, resolved, ignored, regressed, unfiled …',
  level: 'fatal, error, warning, info, debug; >=error',
  env: 'an environment',
  release: 'a version, or “latest”',
  'first-release': 'the version it was first seen in',
  project: 'a project',
  platform: 'javascript, python, cocoa …',
  user: 'an id, address or name',
  assigned: 'me, nobody or a name',
  has: 'tracker, user, release, or a tag',
  'first-seen': 'an age like <24h, or a date',
  'last-seen': 'an age like >7d, or a date',
  times: 'events, like >100',
  users: 'people, like >10',
  tracker: 'the number of its tracker issue',
  storm: 'the number of a storm',
} as const

// Other names of the same, most of them Sentry's.
const aliases: Readonly<Record<string, string>> = {
  status: 'is',
  environment: 'env',
  dist: 'tag.dist',
  firstRelease: 'first-release',
  firstSeen: 'first-seen',
  lastSeen: 'last-seen',
  age: 'first-seen',
  timesSeen: 'times',
  events: 'times',
  userCount: 'users',
  'user.id': 'user',
  'user.email': 'user',
  'user.username': 'user',
  'user.ip': 'user',
  assignee: 'assigned',
  'error.unhandled': 'unhandled',
}

type Read =
  | { readonly condition: Condition }
  /** `key`: what the key itself was meant to be. */
  | { readonly message: string; readonly fix?: string | null; readonly key?: string }

const wrong = (message: string, fix: string | null = null): Read => ({ message, fix })
const holds = (condition: Condition): Read => ({ condition })

function oneOf(word: string, known: readonly string[], what: string): Read {
  const near = nearest(word, known)
  return near
    ? wrong(`No ${what} “${word.slice(0, 40)}”. Did you mean ${near}?`, near)
    : wrong(`No ${what} “${word.slice(0, 40)}”; there are ${known.join(', ')}.`)
}

function operatorOf(value: string): { op: Operator; rest: string } {
  const [, op, rest] = /^(<=|>=|<|>|=)?(.*)$/s.exec(value) ?? []
  return { op: (op as Operator | undefined) ?? '=', rest: rest ?? '' }
}

function readLevels(value: string): Read {
  const { op, rest } = operatorOf(value.toLowerCase())
  const place = levels.findIndex((level) => level === rest)
  if (place < 0) {
    const read = oneOf(rest, levels, 'level')
    const sign = op === '=' ? '' : op
    return 'fix' in read && read.fix ? { ...read, fix: `${sign}${read.fix}` } : read
  }
  // Worst first, so "at least error" are those up to it.
  const wanted = levels.filter((_, index) => {
    if (op === '=') return index === place
    if (op === '>=') return index <= place
    if (op === '>') return index < place
    return op === '<=' ? index >= place : index > place
  })
  return holds({ kind: 'level', levels: wanted })
}

function readSeen(which: 'first' | 'last', key: string, value: string, now: Date): Read {
  const { op, rest } = operatorOf(value.replace(/^-/, '<').replace(/^\+/, '>'))
  const isYoung = op === '<' || op === '<='
  const age = readAge(rest)
  if (age !== null) {
    // "<24h": less than 24 hours ago, so after that moment.
    const side = isYoung || op === '=' ? 'after' : 'before'
    return holds({ kind: 'seen', which, side, at: new Date(now.getTime() - age) })
  }
  const date = readDate(rest)
  if (date) return holds({ kind: 'seen', which, side: isYoung ? 'before' : 'after', at: date })
  const mended = mendAge(rest)
  const sign = op === '=' ? '<' : op
  return wrong(`${key} takes a time like <24h, <7d or a date.`, mended && `${sign}${mended}`)
}

function readCount(of: 'events' | 'users', key: string, value: string): Read {
  const { op, rest } = operatorOf(value)
  const [, digits, unit] = /^(\d{1,12})(k|m)?$/i.exec(rest.replaceAll(',', '')) ?? []
  if (!digits) return wrong(`${key} takes a number like >100.`)
  const times = unit?.toLowerCase() === 'k' ? 1_000 : unit ? 1_000_000 : 1
  return holds({ kind: 'count', of, op, value: Number(digits) * times })
}

function readTracker(value: string): Read {
  const [, number] = /^#?(\d{1,9})$/.exec(value) ?? []
  return number
    ? holds({ kind: 'tracker', number: Number(number) })
    : wrong('tracker takes a number like 431.')
}

function readStorm(value: string): Read {
  return /^\d{1,15}$/.test(value)
    ? holds({ kind: 'storm', id: Number(value) })
    : wrong('storm takes a number like 12, as the start page links it.')
}

function readToken(key: string, value: string, now: Date): Read {
  switch (key) {
    case 'level':
      return readLevels(value)
    case 'env':
      return holds({ kind: 'environment', value })
    case 'release':
      return holds({ kind: 'release', value, which: 'any' })
    case 'first-release':
      return holds({ kind: 'release', value, which: 'first' })
    case 'project':
      return holds({ kind: 'project', value })
    case 'platform':
      return holds({ kind: 'platform', value })
    case 'user':
      return holds({ kind: 'user', value })
    case 'assigned':
      return holds({ kind: 'assigned', who: value.replace(/^@/, '') })
    case 'has':
      return holds({ kind: 'has', key: value })
    case 'first-seen':
      return readSeen('first', key, value, now)
    case 'last-seen':
      return readSeen('last', key, value, now)
    case 'times':
      return readCount('events', key, value)
    case 'users':
      return readCount('users', key, value)
    case 'tracker':
      return readTracker(value)
    case 'storm':
      return readStorm(value)
    case 'unhandled':
      return holds({ kind: 'flag', flag: 'unhandled' })
    default:
      return readTag(key, value)
  }
}

/** A key that is none of ours is a tag, unless it looks like one of ours misspelt. */
function readTag(key: string, value: string): Read {
  const known = [...Object.keys(searchKeys), ...Object.keys(aliases)]
  if (key.startsWith('tag.')) return holds({ kind: 'tag', key: key.slice(4), value })
  const near = key.length < 4 ? null : nearest(key, known)
  if (!near) return holds({ kind: 'tag', key, value })
  const message = `No filter “${key.slice(0, 40)}”. Did you mean ${near}? A tag of that name is tag.${key}:…`
  return { message, fix: value, key: near }
}

/**
 * @param text as a person or script wrote it
 * @param now  what ages are counted from
 */
export function parseSearch(text: string, now: Date): Search {
  const tokens = tokensOf(text.slice(0, maxSearchLength))
  const statuses: IssueStatus[] = []
  const terms: Term[] = []
  const problems: Problem[] = []
  let named = false
  for (const [index, token] of tokens.entries()) {
    const { value, not } = token
    const report = (message: string, fix: string | null = null, key = token.key) => {
      const before = key === null ? '' : `${not ? '!' : ''}${key}:`
      problems.push({ token, message, fix: fix === null ? null : `${before}${quoted(fix)}` })
    }
    if (index >= maxTokens) {
      report(`A search has at most ${maxTokens} tokens.`)
      break
    }
    if (token.isOpen) {
      report('This quote is never closed.', value.trim() || null)
      continue
    }
    if (token.key === null) {
      if (value.trim() !== '') terms.push({ kind: 'text', text: value, not: false })
      continue
    }
    const key = Object.hasOwn(aliases, token.key) ? (aliases[token.key] ?? token.key) : token.key
    if (value === '') {
      report(`${token.key} has no value.`)
      continue
    }
    if (key === 'is') {
      const word = value.toLowerCase()
      const found = Object.hasOwn(statusWords, word) ? statusWords[word] : undefined
      const flag = flagWords.find((one) => one === word)
      if (found && not) {
        // What is left when these are taken away, of all there are or of those named before.
        const before = named ? [...statuses] : (['unresolved', 'resolving', 'resolved', 'ignored'] as const)
        statuses.length = 0
        statuses.push(...before.filter((status) => !found.includes(status)))
        named = true
      } else if (found) {
        statuses.push(...found)
        named = true
      } else if (flag) terms.push({ kind: 'flag', flag, not })
      else {
        const read = oneOf(word, [...Object.keys(statusWords), ...flagWords], 'state')
        if ('message' in read) report(read.message, read.fix)
      }
      continue
    }
    const read = readToken(key, value, now)
    if ('condition' in read) {
      const { condition } = read
      const other = terms.findIndex((term) => term.kind === 'level' && !term.not && !not)
      const known = terms[other]
      // Several levels mean any of them; no issue could have two.
      if (condition.kind === 'level' && known?.kind === 'level') {
        terms[other] = { ...known, levels: [...new Set([...known.levels, ...condition.levels])] }
      } else terms.push({ ...condition, not })
    } else report(read.message, read.fix, read.key)
  }
  if (text.length > maxSearchLength) {
    const last = tokens.at(-1)
    if (last)
      problems.push({
        token: last,
        message: `A search has at most ${maxSearchLength} characters.`,
        fix: null,
      })
  }
  return { text, tokens, statuses: named ? [...new Set(statuses)] : null, terms, problems }
}
