// Takes secrets out of an event before anything of it is stored. Works on the event as sent, so that
// nothing past this step can hold what was removed. Looks at names (`password`, `authorization`, …) at any
// depth and in any spelling, and at what texts hold (scrub-text.ts), JSON in texts included.
// A project says which names are secret besides, which never are, and whether addresses of people and machines
// are kept. docs/decisions/0005-scrub-before-normalise.md says why it stands before normalise.
import type { JsonObject, JsonValue } from './event.ts'
import { maxDepth } from './limits.ts'
import { scrubText } from './scrub-text.ts'
import { defaultScrubbing, type ScrubbingSettings } from './scrubbing-settings.ts'
import {
  filtered,
  isCardNumber,
  scrubAddresses,
  scrubCookies,
  scrubEmails,
  scrubForms,
} from './secret-forms.ts'
import { createSecrecy, mayBeForeignSecret, mayBeSecret, type Secrecy } from './secret-names.ts'
import { tooDeep } from './storable.ts'
import { signsOf } from './text-signs.ts'

/** Paths listed at most; there may be more. */
export const maxListed = 100

/** Longer texts are not parsed as JSON, only searched. */
const maxParsed = 1_000_000

export type Scrubbed = {
  readonly wire: JsonObject
  /** Dotted paths of what was removed. */
  readonly removed: readonly string[]
}

export type Scrubber = {
  /** The event without secrets; branches without any are not copied. */
  readonly scrub: (wire: JsonObject) => Scrubbed
  /** A text that belongs to no event, as a log that is attached; JSON is read as such. */
  readonly scrubText: (text: string) => string
}

const scrubbers = new Map<string, Scrubber>()

/** By what a project's settings say; remembered, since a batch has many events of few projects. */
export function scrubberOf(settings: ScrubbingSettings): Scrubber {
  const key = JSON.stringify(settings)
  const known = scrubbers.get(key)
  if (known) return known
  const scrubber = createScrubber(settings)
  if (scrubbers.size >= 200) scrubbers.clear()
  scrubbers.set(key, scrubber)
  return scrubber
}

/** By the default settings. */
export function scrub(wire: JsonObject): Scrubbed {
  return scrubberOf(defaultScrubbing).scrub(wire)
}

function createScrubber({ extraNames, safeNames, emails, ipAddresses }: ScrubbingSettings): Scrubber {
  const secrecyOf = createSecrecy(extraNames, safeNames)
  const isSecret = (name: string) => secrecyOf(name).text
  // Most texts hold nothing of any secret name; where a project adds names, each is looked at.
  const holdsName = (text: string) => extraNames.length > 0 || text.includes('%') || mayBeSecret.test(text)
  const withoutAddresses = (text: string, place: Place) => {
    if ((emails === 'keep' && ipAddresses === 'keep') || isNoAddress.test(pathOf(place))) return text
    const now = emails === 'remove' ? scrubEmails(text) : text
    return ipAddresses === 'remove' ? scrubAddresses(now) : now
  }
  const scrubWhole = (text: string, place: Place) => {
    const signs = signsOf(text)
    const hasNames =
      signs !== null &&
      (((signs.names || signs.lists || signs.quotes) && holdsName(text)) ||
        (signs.foreign && mayBeForeignSecret(text)))
    return withoutAddresses(hasNames ? scrubText(text, isSecret, signs) : scrubForms(text, signs), place)
  }
  const rulesWith = (note: (path: string) => void): Rules => {
    const place: Place = []
    return {
      secrecyOf,
      scrubText: (text) => scrubWhole(text, place),
      scrubForms: (text) => withoutAddresses(scrubForms(text), place),
      shortestName: emails === 'keep' && ipAddresses === 'keep' ? shortestCard : shortestAddress,
      place,
      note: () => note(pathOf(place)),
    }
  }
  return {
    scrub(wire) {
      const removed: string[] = []
      const rules = rulesWith((path) => {
        if (removed.length < maxListed) removed.push(path)
      })
      return { wire: scrubObject(wire, 0, rules) as JsonObject, removed }
    },
    scrubText: (text) =>
      scrubString(
        text,
        0,
        rulesWith(() => {}),
      ),
  }
}

/** Versions read like IP addresses, and folders of packages (`react@18.2.0`) like those of people. */
const isNoAddress =
  /(?:version|release|build|dist)\w{0,20}$|\.frames\.\d+\.(?:function|raw_function|module|package|filename|abs_path)$|^(?:modules|sdk|debug_meta)\./i

/** Names and indexes from the event down to the value at hand; one list for a whole walk, since few are ever told. */
type Place = (string | number)[]

function pathOf(place: Place): string {
  return place.join('.')
}

type Rules = {
  readonly secrecyOf: (name: string) => Secrecy
  readonly scrubText: (text: string) => string
  readonly scrubForms: (text: string) => string
  /** Names of members shorter than this are no secret by their form. */
  readonly shortestName: number
  /** Of the value that is looked at. */
  readonly place: Place
  /** Lists that place among what was removed. */
  readonly note: () => void
}

function scrubValue(value: JsonValue, depth: number, rules: Rules): JsonValue {
  if (typeof value === 'string') return scrubString(value, depth, rules)
  if (typeof value === 'number') return scrubNumber(value, rules)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) return tooDeep
  return Array.isArray(value)
    ? scrubList(value, depth, rules)
    : scrubObject(value as JsonObject, depth, rules)
}

function scrubNumber(value: number, { note }: Rules): JsonValue {
  if (value < 1e12 || !isCardNumber(String(value))) return value
  note()
  return filtered
}

function scrubObject(object: JsonObject, depth: number, rules: Rules): JsonValue {
  const named = 'value' in object || 'Value' in object ? nameBesideValue(object, rules) : null
  let changes: Map<string, JsonValue> | null = null
  let names: Map<string, string> | null = null
  for (const key of Object.keys(object)) {
    const old = object[key] as JsonValue
    // What people index things by may be a secret itself: a card, a token. Then its place is no one to list.
    const name = key.length < rules.shortestName ? key : rules.scrubForms(key)
    rules.place.push(name)
    if (name !== key) rules.note()
    const isNamed = named !== null && (key === 'value' || key === 'Value')
    const now = scrubMember(isNamed ? named : key, old, depth, rules)
    rules.place.pop()
    if (name !== key) {
      names ??= new Map()
      names.set(key, name)
    }
    if (now === old) continue
    changes ??= new Map()
    changes.set(key, now)
  }
  if (!changes && !names) return object
  // fromEntries makes own members even of names like __proto__, which assignment would not.
  return Object.fromEntries(
    Object.entries(object).map(([key, old]) => [
      names?.get(key) ?? key,
      changes?.has(key) ? (changes.get(key) as JsonValue) : old,
    ]),
  )
}

const shortestCard = 13
/** `::1`, where a project wants addresses removed */
const shortestAddress = 3

/** {key: 'password', value: …}, as lists of tags and headers have it, and fields of forms. */
const namesOfNames = [
  'key',
  'name',
  'Key',
  'Name',
  'field',
  'header',
  'param',
  'parameter',
  'attribute',
  'id',
]

function nameBesideValue(object: JsonObject, { secrecyOf }: Rules): string | null {
  const texts = namesOfNames.flatMap((member) => {
    const name = object[member]
    return typeof name === 'string' ? name : []
  })
  return texts.find((name) => secrecyOf(name).text) ?? texts[0] ?? null
}

function scrubMember(name: string, value: JsonValue, depth: number, rules: Rules): JsonValue {
  const { place, note } = rules
  const secrecy = rules.secrecyOf(name)
  if (!secrecy.text || isSafePlace(place, value)) return scrubPlain(name, value, depth, rules)
  if (value === null || value === '' || typeof value === 'boolean' || value === filtered) return value
  if (typeof value === 'number' && !secrecy.number) return value
  if (typeof value === 'object') {
    if (isCookies(name)) return scrubCookieValues(value, rules)
    // _meta mirrors the names of the event and holds what was cut there, no values.
    if (!secrecy.whole || (place.length > 1 && place[0] === '_meta'))
      return scrubValue(value, depth + 1, rules)
  }
  const now = typeof value === 'string' && isCookies(name) ? scrubCookies(value) : filtered
  if (now !== value) note()
  return now
}

function scrubPlain(name: string, value: JsonValue, depth: number, rules: Rules): JsonValue {
  // In source code a name before a value is part of the program.
  if (typeof value === 'string' && name === 'context_line')
    return noted(value, rules.scrubForms(value), rules)
  if (Array.isArray(value) && (name === 'pre_context' || name === 'post_context')) {
    const keyLines = value.some((line) => typeof line === 'string' && line.includes('PRIVATE KEY--'))
    return copied(value, rules, (line) => {
      if (typeof line !== 'string') return line
      return noted(line, keyLines && lineOfKey.test(line) ? filtered : rules.scrubForms(line), rules)
    })
  }
  // Two texts that are no pair of name and value.
  if (Array.isArray(value) && rules.place.length === 1 && name === 'fingerprint') {
    return copied(value, rules, (part) => scrubValue(part, depth + 2, rules))
  }
  return scrubValue(value, depth + 1, rules)
}

/** Names at these places are the protocol's, or of packages, whatever they are called. */
function isSafePlace(place: Place, value: JsonValue): boolean {
  const [first, second] = place
  if (first === 'modules') return place.length > 1
  return (
    first === 'contexts' && place.length === 2 && typeof value === 'object' && !String(second).includes('.')
  )
}

function isCookies(name: string): boolean {
  return /^(?:set[-_]?)?cookies?$/i.test(name)
}

/** Whatever a cookie is called, what it says can be a key. */
function scrubCookieValues(value: JsonValue, rules: Rules): JsonValue {
  const blank = (old: JsonValue): JsonValue => {
    if (old === null || old === '' || old === filtered) return old
    rules.note()
    return filtered
  }
  if (Array.isArray(value)) {
    return copied(value, rules, (entry) => {
      if (Array.isArray(entry)) return [entry[0] ?? null, blank(entry[1] ?? null)]
      if (typeof entry === 'string') return noted(entry, scrubCookies(entry), rules)
      return scrubCookieValues(entry, rules)
    })
  }
  if (typeof value !== 'object' || value === null) return blank(value)
  const isNamed = nameBesideValue(value as JsonObject, rules) !== null && 'value' in value
  return Object.fromEntries(
    Object.entries(value).map(([key, old]) => {
      if (isNamed && key !== 'value') return [key, old]
      rules.place.push(key)
      const now = blank(old)
      rules.place.pop()
      return [key, now]
    }),
  )
}

function scrubList(list: readonly JsonValue[], depth: number, rules: Rules): JsonValue {
  const { place } = rules
  const [name] = list
  // A pair in a list of pairs: ['Authorization', 'Bearer …']
  if (list.length === 2 && typeof name === 'string') {
    const old = list[1] as JsonValue
    // Two names, and no name and its value
    if (typeof old === 'string' && typeof place.at(-1) !== 'number' && isNameOfSecret(old, rules)) return list
    place.push(1)
    const now = scrubMember(name, old, depth, rules)
    place[place.length - 1] = 0
    const scrubbedName = scrubString(name, depth, rules)
    place.pop()
    return now === old && scrubbedName === name ? list : [scrubbedName, now]
  }
  // Node's raw headers: names and values by turns
  const isFlat = list.length % 2 === 0 && /headers?$/i.test(String(place.at(-1)))
  const keyLines = list.some((member) => typeof member === 'string' && member.includes('PRIVATE KEY--'))
  return copied(list, rules, (old, i) => {
    const before = list[i - 1]
    if (isFlat && i % 2 === 1 && typeof before === 'string') return scrubMember(before, old, depth, rules)
    if (keyLines && typeof old === 'string' && lineOfKey.test(old)) return noted(old, filtered, rules)
    // `--password` and the like in arguments of a program
    if (typeof before === 'string' && before.startsWith('--') && rules.secrecyOf(before).text) {
      return scrubMember(before, old, depth, rules)
    }
    return scrubValue(old, depth + 1, rules)
  })
}

/** A line of a private key, where a text was split. */
const lineOfKey = /^\s{0,40}["'`]?[A-Za-z0-9+/]{16,100}={0,2}["'`,;+\\n\s]{0,10}$/

function isNameOfSecret(text: string, { secrecyOf }: Rules): boolean {
  return /^:?[a-z_]{3,40}$/.test(text) && secrecyOf(text).text
}

/** The list with each member mapped, at its place; the same list where none changed. */
function copied(
  list: readonly JsonValue[],
  { place }: Rules,
  map: (member: JsonValue, index: number) => JsonValue,
) {
  let copy: JsonValue[] | null = null
  const last = place.push(0) - 1
  for (let i = 0; i < list.length; i++) {
    const old = list[i] as JsonValue
    if (typeof old === 'boolean') continue
    place[last] = i
    const now = map(old, i)
    if (now === old) continue
    copy ??= list.slice()
    copy[i] = now
  }
  place.pop()
  return copy ?? list
}

function scrubString(text: string, depth: number, rules: Rules): string {
  // Nothing shorter holds a name, a sign and a secret.
  if (text.length < 5) return text
  const first = text[0]
  if ((first === '{' || first === '[') && text.length <= maxParsed && depth < maxDepth) {
    const parsed = parse(text)
    if (parsed !== null) {
      const now = scrubValue(parsed, depth + 1, rules)
      return now === parsed ? text : JSON.stringify(now)
    }
  }
  return noted(text, rules.scrubText(text), rules)
}

function parse(text: string): JsonObject | readonly JsonValue[] | null {
  try {
    const parsed = JSON.parse(text) as JsonValue
    return typeof parsed === 'object' ? parsed : null
  } catch {
    return null
  }
}

function noted(old: string, now: string, { note }: Rules): string {
  if (now !== old) note()
  return now
}
