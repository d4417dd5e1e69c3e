// What a filter field offers while one types: keys, then values, then the words as text. Pure; the values that
// only the database knows are handed in.
import { levels } from '../pipeline/event.ts'
import { flagWords, searchKeys, statusWords } from './parse.ts'
import { quoted, type Token, tokensOf } from './tokens.ts'

export type Suggestion = {
  /** What stands in the list. */
  readonly label: string
  readonly more: string
  /** The whole search with this in it, and where the caret goes then. */
  readonly text: string
  readonly caret: number
  readonly kind: 'key' | 'value' | 'text'
}

/** Values of a key that only the database knows, best first, with a remark each. */
export type KnownValues = readonly { readonly value: string; readonly more: string }[]

export type Place = {
  readonly token: Token | null
  readonly start: number
  readonly end: number
  /** What stands before the caret in that token. */
  readonly typed: string
}

/** The token at the caret; between tokens there is none. */
export function placeAt(text: string, caret: number): Place {
  const token = tokensOf(text).find((one) => one.start < caret && caret <= one.end) ?? null
  if (!token) return { token: null, start: caret, end: caret, typed: '' }
  return { token, start: token.start, end: token.end, typed: text.slice(token.start, caret) }
}

/** The key whose value is being typed, with what is there of it; null: no key yet. */
export function keyAt(place: Place): { key: string; typed: string; not: string } | null {
  const [, not, key, value] = /^(!?)([a-zA-Z][\w.-]*):(.*)$/s.exec(place.typed) ?? []
  return key === undefined ? null : { key, typed: (value ?? '').replaceAll('"', ''), not: not ?? '' }
}

const ownValues: Readonly<Record<string, KnownValues>> = {
  is: [
    ...Object.keys(statusWords).filter((word) => !['archived', 'muted', 'resolving'].includes(word)),
    ...flagWords,
  ].map((value) => ({ value, more: '' })),
  level: [
    ...levels.map((value) => ({ value: String(value), more: '' })),
    { value: '>=error', more: 'and worse' },
  ],
  has: ['tracker', 'user', 'release', 'assignee'].map((value) => ({ value, more: '' })),
  'first-seen': [
    { value: '<1h', more: 'within an hour' },
    { value: '<24h', more: 'within a day' },
    { value: '<7d', more: 'within a week' },
    { value: '>30d', more: 'longer ago' },
  ],
  'last-seen': [
    { value: '<1h', more: 'within an hour' },
    { value: '<24h', more: 'within a day' },
    { value: '>7d', more: 'silent for a week' },
  ],
  times: ['>10', '>100', '>1000'].map((value) => ({ value, more: 'events' })),
  users: ['>1', '>10', '>100'].map((value) => ({ value, more: 'people' })),
}

const maxShown = 8

/** @param known values of the key at the caret that the database knows */
export function suggest(text: string, caret: number, known: KnownValues): Suggestion[] {
  const place = placeAt(text, caret)
  const put = (piece: string) => {
    const tail = text.slice(place.end)
    const gap = piece.endsWith(':') ? '' : ' '
    return {
      text: `${text.slice(0, place.start)}${piece}${tail === '' ? gap : tail}`,
      caret: place.start + piece.length + (tail === '' ? gap.length : 0),
    }
  }
  const at = keyAt(place)
  if (at) {
    const typed = at.typed.toLowerCase()
    return [...known, ...(ownValues[at.key] ?? [])]
      .filter(({ value }) => value.toLowerCase().includes(typed) && value !== at.typed)
      .slice(0, maxShown)
      .map(({ value, more }) => ({
        label: value,
        more,
        kind: 'value' as const,
        ...put(`${at.not}${at.key}:${quoted(value)}`),
      }))
  }
  const typed = place.typed.replace(/^!/, '').toLowerCase()
  const not = place.typed.startsWith('!') ? '!' : ''
  const keys = Object.entries(searchKeys)
    .filter(([key]) => key.startsWith(typed))
    .slice(0, maxShown)
    .map(([key, more]) => ({ label: `${key}:`, more, kind: 'key' as const, ...put(`${not}${key}:`) }))
  const words = place.typed.replaceAll('"', '').trim()
  if (words === '') return keys
  const asText = {
    label: `Search for “${words}” in titles and culprits`,
    more: '',
    kind: 'text' as const,
    ...put(quoted(words)),
  }
  return [...keys, asText]
}
