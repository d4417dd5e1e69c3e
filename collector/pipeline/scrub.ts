// Takes secrets out of an event before anything of it is stored. Works on the event as sent, so that
// nothing past this step can hold what was removed. Looks at names (`password`, `authorization`, …) at any
// depth and in any spelling, also inside query strings, cookies and the credentials of URLs.
// docs/decisions/0005-scrub-before-normalise.md says why it stands before normalise.
import type { JsonObject, JsonValue } from './event.ts'
import { maxDepth } from './limits.ts'

export const filtered = '[Filtered]'

/** Paths listed at most; there may be more. */
const maxListed = 100

/** Whole words of a name, after it is split at punctuation and case: `X-Api-Key` is `x api key`. */
const secretWords = new Set(
  (
    'password passwd passwort passphrase pwd pass secret secrets credential credentials authorization auth ' +
    'bearer token tokens jwt cookie cookies csrf xsrf csrftoken apikey accesskey privatekey sessionid ' +
    'phpsessid jsessionid cvv cvc iban ssn pin otp mnemonic creditcard cardnumber ccnumber signature'
  ).split(' '),
)

/** Words that mean a secret only together. */
const secretPairs = new Set(
  (
    'api key,access key,private key,secret key,signing key,encryption key,auth key,card number,credit card,' +
    'cc number,session id,session key,security code,set cookie,social security'
  ).split(','),
)

/** Names with a secret word in them that say something about it, and not what it is. */
const harmless =
  /(?:_|-|\b)(?:length|count|type|expires?|expiry|expires_?in|expires_?at|valid|present|exists?|strength|enabled|required|changed?_?at|limit)$|^(?:tokens?_(?:used|total|count)|max_tokens|prompt_tokens|completion_tokens|auth_?(?:method|type|provider|scheme)|pass(?:ed|es|ing)?_?(?:count|rate)|session)$/i

/** Parts of an event whose members are names of ours, never of the app's: nothing in them is a secret by name. */
const structural = new Set([
  'frames',
  'values',
  'exception',
  'threads',
  'stacktrace',
  'mechanism',
  'debug_meta',
  'modules',
  'sdk',
])

const secretNames = new Map<string, boolean>()

/** Does a value under this name have to go? Remembered, since events repeat their names. */
export function isSecretName(name: string): boolean {
  const known = secretNames.get(name)
  if (known !== undefined) return known
  const secret = decide(name)
  // Bounded: a hostile client can send any number of names.
  if (secretNames.size < 5_000 && name.length <= 200) secretNames.set(name, secret)
  return secret
}

function decide(name: string): boolean {
  if (name.length > 200 || harmless.test(name)) return false
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  if (words.some((word) => secretWords.has(word) || secretWords.has(word.replace(/\d+$/, '')))) return true
  if (words.some((word, i) => secretPairs.has(`${word} ${words[i + 1] ?? ''}`))) return true
  const joined = words.join('')
  return /^(?:my|db|user|admin|root|new|old|confirm|the)?(?:password|passwd|secret|apikey|authtoken|accesstoken|refreshtoken)$/.test(
    joined,
  )
}

export type Scrubbed = {
  readonly wire: JsonObject
  /** Dotted paths of what was removed. */
  readonly removed: readonly string[]
}

/** The event without what its names call secret; branches without any are not copied. */
export function scrub(wire: JsonObject): Scrubbed {
  const removed: string[] = []
  const note = (path: string) => {
    if (removed.length < maxListed) removed.push(path)
  }
  return { wire: scrubObject(wire, '', 0, note) as JsonObject, removed }
}

type NotePath = (path: string) => void

function scrubValue(value: JsonValue, path: string, depth: number, note: NotePath): JsonValue {
  if (typeof value === 'string') return scrubText(value, path, note)
  if (typeof value !== 'object' || value === null || depth >= maxDepth) return value
  return Array.isArray(value)
    ? scrubList(value, path, depth, note)
    : scrubObject(value as JsonObject, path, depth, note)
}

function scrubObject(object: JsonObject, path: string, depth: number, note: NotePath): JsonValue {
  // {key: 'password', value: …} as lists of tags and headers have it
  const named = typeof object.key === 'string' && 'value' in object ? object.key : null
  const changes = new Map<string, JsonValue>()
  for (const key of Object.keys(object)) {
    const old = object[key] as JsonValue
    const here = path === '' ? key : `${path}.${key}`
    const name = key === 'value' && named !== null ? named : key
    const now = scrubMember(name, old, here, depth, note)
    if (now !== old) changes.set(key, now)
  }
  if (changes.size === 0) return object
  return Object.fromEntries(
    Object.entries(object).map(([key, old]) => [
      key,
      changes.has(key) ? (changes.get(key) as JsonValue) : old,
    ]),
  )
}

function scrubMember(name: string, value: JsonValue, path: string, depth: number, note: NotePath): JsonValue {
  if (!structural.has(name) && !isSafePlace(path) && isSecretName(name)) {
    if (value === null || value === '' || typeof value === 'boolean' || value === filtered) return value
    // Cookies keep their names, which say what was sent; a list of pairs is looked through below.
    if (typeof value === 'string' && /^cookies?$/i.test(name)) return scrubCookies(value, path, note)
    note(path)
    return filtered
  }
  if (typeof value === 'string' && /^(?:query_string|query|search|http\.query|url\.query)$/.test(name)) {
    return scrubQuery(value, path, note)
  }
  return scrubValue(value, path, depth + 1, note)
}

/** Names at these places are the protocol's, whatever they are called. */
function isSafePlace(path: string): boolean {
  return /^(?:contexts\.[^.]+$|tags$|user$|request$|request\.cookies$|session$|contexts\.trace\.)/.test(path)
}

function scrubList(list: readonly JsonValue[], path: string, depth: number, note: NotePath): JsonValue {
  const [name] = list
  // A pair in a list of pairs: ['Authorization', 'Bearer …']
  if (list.length === 2 && typeof name === 'string') {
    const old = list[1] as JsonValue
    const now = scrubMember(name, old, `${path}.1`, depth, note)
    return now === old ? list : [name, now]
  }
  let copy: JsonValue[] | null = null
  for (let i = 0; i < list.length; i++) {
    const old = list[i] as JsonValue
    const now = scrubValue(old, `${path}.${i}`, depth + 1, note)
    if (now === old) continue
    copy ??= list.slice()
    copy[i] = now
  }
  return copy ?? list
}

const authorization = /\b(bearer|basic|token)\s+[A-Za-z0-9._~+/-]{16,}=*/gi
const urlCredentials = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{1,200}:[^\s/@]{1,200}@/gi

/** What is secret inside a text by its form: credentials of URLs, authorization values, query parameters. */
function scrubText(text: string, path: string, note: NotePath): string {
  let now = text
  if (text.includes('://')) now = now.replace(urlCredentials, `$1${filtered}@`)
  if (/bearer|basic|token/i.test(text)) now = now.replace(authorization, `$1 ${filtered}`)
  if (/^[a-z][a-z0-9+.-]*:\/\/|^\//i.test(now)) {
    const start = now.indexOf('?')
    if (start >= 0) now = now.slice(0, start + 1) + scrubPairs(now.slice(start + 1), '&')
  }
  if (now !== text) note(path)
  return now
}

function scrubQuery(text: string, path: string, note: NotePath): string {
  const now = scrubPairs(text, '&')
  if (now !== text) note(path)
  return now
}

function scrubCookies(text: string, path: string, note: NotePath): string {
  const now = text
    .split(';')
    .map((cookie) => cookie.replace(/=.*$/s, `=${filtered}`))
    .join(';')
  if (now !== text) note(path)
  return now.includes('=') ? now : filtered
}

function scrubPairs(text: string, separator: string): string {
  if (!text.includes('=')) return text
  return text
    .split(separator)
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1 || at === pair.length - 1) return pair
      const name = pair.slice(pair.startsWith('?') ? 1 : 0, at)
      return isSecretName(decodeName(name)) ? `${pair.slice(0, at + 1)}${filtered}` : pair
    })
    .join(separator)
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
