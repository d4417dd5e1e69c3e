// Takes secrets out of an event before anything of it is stored. Works on the event as sent, so that
// nothing past this step can hold what was removed. Looks at names (`password`, `authorization`, …) at any
// depth and in any spelling, and at what texts hold (scrub-text.ts), JSON in texts included.
// docs/decisions/0005-scrub-before-normalise.md says why it stands before normalise.
import type { JsonObject, JsonValue } from './event.ts'
import { maxDepth } from './limits.ts'
import { filtered, scrubCookies, scrubForms, scrubText } from './scrub-text.ts'
import { secrecyOf } from './secret-names.ts'
import { tooDeep } from './storable.ts'

/** Paths listed at most; there may be more. */
const maxListed = 100

/** Longer texts are not parsed as JSON, only searched. */
const maxParsed = 1_000_000

export type Scrubbed = {
  readonly wire: JsonObject
  /** Dotted paths of what was removed. */
  readonly removed: readonly string[]
}

/** The event without secrets; branches without any are not copied. */
export function scrub(wire: JsonObject): Scrubbed {
  const removed: string[] = []
  const note = (path: string) => {
    if (removed.length < maxListed) removed.push(path)
  }
  return { wire: scrubObject(wire, '', 0, note) as JsonObject, removed }
}

type NotePath = (path: string) => void

function scrubValue(value: JsonValue, path: string, depth: number, note: NotePath): JsonValue {
  if (typeof value === 'string') return scrubString(value, path, depth, note)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return tooDeep
  return Array.isArray(value)
    ? scrubList(value, path, depth, note)
    : scrubObject(value as JsonObject, path, depth, note)
}

function scrubObject(object: JsonObject, path: string, depth: number, note: NotePath): JsonValue {
  const named = 'value' in object ? nameBesideValue(object) : null
  let changes: Map<string, JsonValue> | null = null
  for (const key of Object.keys(object)) {
    const old = object[key] as JsonValue
    const now = scrubMember(
      key === 'value' && named !== null ? named : key,
      old,
      join(path, key),
      depth,
      note,
    )
    if (now === old) continue
    changes ??= new Map()
    changes.set(key, now)
  }
  if (!changes) return object
  // fromEntries makes own members even of names like __proto__, which assignment would not.
  return Object.fromEntries(
    Object.entries(object).map(([key, old]) => [
      key,
      changes.has(key) ? (changes.get(key) as JsonValue) : old,
    ]),
  )
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** {key: 'password', value: …}, as lists of tags and headers have it. */
function nameBesideValue({ key, name }: JsonObject): string | null {
  if (typeof key === 'string') return key
  return typeof name === 'string' ? name : null
}

function scrubMember(name: string, value: JsonValue, path: string, depth: number, note: NotePath): JsonValue {
  const secrecy = secrecyOf(name)
  if (!secrecy.text || isSafePlace(path)) return scrubPlain(name, value, path, depth, note)
  if (value === null || value === '' || typeof value === 'boolean' || value === filtered) return value
  if (typeof value === 'number' && !secrecy.number) return value
  if (typeof value === 'object') {
    if (isCookies(name)) return scrubCookieValues(value, path, note)
    // _meta mirrors the names of the event and holds what was cut there, no values.
    if (!secrecy.whole || path.startsWith('_meta.')) return scrubValue(value, path, depth + 1, note)
  }
  const now = typeof value === 'string' && isCookies(name) ? scrubCookies(value) : filtered
  if (now !== value) note(path)
  return now
}

function scrubPlain(name: string, value: JsonValue, path: string, depth: number, note: NotePath): JsonValue {
  // In source code a name before a value is part of the program.
  if (typeof value === 'string' && name === 'context_line') return noted(value, scrubForms(value), path, note)
  if (Array.isArray(value) && (name === 'pre_context' || name === 'post_context')) {
    return copied(value, (line, i) =>
      typeof line === 'string' ? noted(line, scrubForms(line), `${path}.${i}`, note) : line,
    )
  }
  // Two texts that are no pair of name and value.
  if (Array.isArray(value) && path === 'fingerprint') {
    return copied(value, (part, i) => scrubValue(part, `${path}.${i}`, depth + 2, note))
  }
  return scrubValue(value, path, depth + 1, note)
}

/** Names at these places are the protocol's, or of packages, whatever they are called. */
function isSafePlace(path: string): boolean {
  return /^(?:contexts\.[^.]+$|modules\.|contexts\.trace\.)/.test(path)
}

function isCookies(name: string): boolean {
  return /^(?:set[-_]?)?cookies?$/i.test(name)
}

/** Whatever a cookie is called, what it says can be a key. */
function scrubCookieValues(value: JsonValue, path: string, note: NotePath): JsonValue {
  const blank = (old: JsonValue, at: string): JsonValue => {
    if (old === null || old === '' || old === filtered) return old
    note(at)
    return filtered
  }
  if (Array.isArray(value)) {
    return copied(value, (entry, i) => {
      const at = `${path}.${i}`
      if (Array.isArray(entry)) return [entry[0] ?? null, blank(entry[1] ?? null, at)]
      if (typeof entry === 'string') return noted(entry, scrubCookies(entry), at, note)
      return scrubCookieValues(entry, at, note)
    })
  }
  if (typeof value !== 'object' || value === null) return blank(value, path)
  const isNamed = nameBesideValue(value as JsonObject) !== null && 'value' in value
  return Object.fromEntries(
    Object.entries(value).map(([key, old]) => [
      key,
      isNamed && key !== 'value' ? old : blank(old, join(path, key)),
    ]),
  )
}

function scrubList(list: readonly JsonValue[], path: string, depth: number, note: NotePath): JsonValue {
  const [name] = list
  // A pair in a list of pairs: ['Authorization', 'Bearer …']
  if (list.length === 2 && typeof name === 'string') {
    const old = list[1] as JsonValue
    const now = scrubMember(name, old, `${path}.1`, depth, note)
    const scrubbedName = scrubString(name, `${path}.0`, depth, note)
    return now === old && scrubbedName === name ? list : [scrubbedName, now]
  }
  return copied(list, (old, i) => scrubValue(old, `${path}.${i}`, depth + 1, note))
}

/** The list with each member mapped; the same list where none changed. */
function copied(list: readonly JsonValue[], map: (member: JsonValue, index: number) => JsonValue) {
  let copy: JsonValue[] | null = null
  for (let i = 0; i < list.length; i++) {
    const old = list[i] as JsonValue
    if (typeof old === 'number' || typeof old === 'boolean') continue
    const now = map(old, i)
    if (now === old) continue
    copy ??= list.slice()
    copy[i] = now
  }
  return copy ?? list
}

function scrubString(text: string, path: string, depth: number, note: NotePath): string {
  // Nothing shorter holds a name, a sign and a secret.
  if (text.length < 5) return text
  const first = text[0]
  if ((first === '{' || first === '[') && text.length <= maxParsed && depth < maxDepth) {
    const parsed = parse(text)
    if (parsed !== null) {
      const now = scrubValue(parsed, path, depth + 1, note)
      return now === parsed ? text : JSON.stringify(now)
    }
  }
  return noted(text, scrubText(text), path, note)
}

function parse(text: string): JsonObject | readonly JsonValue[] | null {
  try {
    const parsed = JSON.parse(text) as JsonValue
    return typeof parsed === 'object' ? parsed : null
  } catch {
    return null
  }
}

function noted(old: string, now: string, path: string, note: NotePath): string {
  if (now !== old) note(path)
  return now
}
