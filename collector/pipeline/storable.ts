// Makes JSON storable in PostgreSQL: text and jsonb refuse U+0000, jsonb refuses lone surrogates, and
// anything recursive (ours, JSON.stringify, the server's parser) dies of depth. SDKs send the first two
// (a JavaScript string cut in the middle of an emoji); the third only comes from the ill-disposed.
import type { JsonObject, JsonValue } from './event.ts'
import { maxDepth } from './limits.ts'

export const tooDeep = '[too deep]'

/** Called for each thing that had to be replaced, with its dotted path. */
export type OnReplaced = (path: string, detail: string) => void

/** The text with U+0000 and lone surrogates turned into U+FFFD; the same string where it has none. */
export function storableText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  return formed.includes('\u0000') ? formed.replaceAll('\u0000', '\ufffd') : formed
}

/**
 * The same JSON with everything replaced that PostgreSQL can't store, in keys too. Copies only the
 * branches that change, so that the usual event comes back as it is.
 */
export function storable<T extends JsonValue>(value: T, onReplaced: OnReplaced = ignore): T {
  // Looked through first without keeping paths, which is most of the work and is seldom needed.
  return isStorable(value, 0) ? value : (walk(value, '', 0, onReplaced) as T)
}

/**
 * True where JSON of this text, once parsed, is storable as it is: nothing but an escape can bring what PostgreSQL
 * refuses, since bytes that are no characters were read as U+FFFD. One search instead of one for each text in it.
 * @param parsed what the text parsed to
 */
export function isStorableJson(json: string, parsed: JsonValue): boolean {
  return !(json.includes('\\u') && unstorableEscape.test(json)) && isShallow(parsed, 0)
}

const unstorableEscape = /\\u(?:0000|[dD][89a-fA-F])/

function isShallow(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth >= maxDepth) return false
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof member === 'object' && !isShallow(member, depth + 1)) return false
  }
  return true
}

function isStorable(value: JsonValue, depth: number): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth >= maxDepth) return false
  if (Array.isArray(value)) {
    for (const member of value) if (!isStorable(member, depth + 1)) return false
    return true
  }
  for (const key of Object.keys(value)) {
    if (!isStorableText(key) || !isStorable((value as JsonObject)[key] as JsonValue, depth + 1)) return false
  }
  return true
}

function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

function ignore() {}

function walk(value: JsonValue, path: string, depth: number, onReplaced: OnReplaced): JsonValue {
  if (typeof value === 'string') {
    const text = storableText(value)
    if (text !== value) onReplaced(path, 'characters that cannot be stored')
    return text
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) {
    onReplaced(path, `nested deeper than ${maxDepth}`)
    return tooDeep
  }
  return Array.isArray(value)
    ? walkList(value, path, depth, onReplaced)
    : walkObject(value as JsonObject, path, depth, onReplaced)
}

function walkList(list: readonly JsonValue[], path: string, depth: number, onReplaced: OnReplaced) {
  let copy: JsonValue[] | null = null
  for (let i = 0; i < list.length; i++) {
    const old = list[i] as JsonValue
    if (typeof old === 'number' || typeof old === 'boolean') continue
    const now = walk(old, `${path}.${i}`, depth + 1, onReplaced)
    if (now === old) continue
    copy ??= list.slice()
    copy[i] = now
  }
  return copy ?? list
}

function walkObject(object: JsonObject, path: string, depth: number, onReplaced: OnReplaced) {
  let changed: Map<string, readonly [string, JsonValue]> | null = null
  for (const key of Object.keys(object)) {
    const old = object[key] as JsonValue
    const name = storableText(key)
    const here = depth === 0 ? name : `${path}.${name}`
    const now = walk(old, here, depth + 1, onReplaced)
    if (now === old && name === key) continue
    if (name !== key) onReplaced(here, 'a name with characters that cannot be stored')
    changed ??= new Map()
    changed.set(key, [name, now])
  }
  if (!changed) return object
  // fromEntries makes own members even of names like __proto__, which assignment would not.
  return Object.fromEntries(
    Object.entries(object).map(([key, old]) => changed.get(key) ?? [key, old]),
  ) as JsonObject
}
