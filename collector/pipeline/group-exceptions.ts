// What exceptions contribute to grouping: which of a chain or group count, and of each its type and stack,
// or where the stack says too little the shape of its value. Follows section 6.2 of the protocol reference.
import { familyOf } from './clean-names.ts'
import type { Event, Exception } from './event.ts'
import { contributingFrames, type FramePart, isWeakStack } from './group-frames.ts'
import { httpFailure } from './group-http.ts'
import { messageShape } from './parameterise.ts'
import { canonicalScriptMessage } from './script-message.ts'

export type ExceptionPart = {
  readonly type: string | null
  readonly value: string | null
  /** Host and status where the value speaks of a failed HTTP request. */
  readonly http: string | null
  readonly frames: readonly FramePart[]
  readonly nsError: string | null
}

/** Ruby's NoMethodError goes on with a source excerpt and carets after an empty line. */
function withoutExcerpt(value: string): string {
  const end = value.search(/\n\s*\n/)
  return end < 0 ? value : value.slice(0, end)
}

export function exceptionPart(
  exception: Exception,
  platform: string,
  variant: 'app' | 'system',
): ExceptionPart {
  const { mechanism, value } = exception
  const frames = isReportersStack(exception, platform)
    ? []
    : contributingFrames(exception.stacktrace?.frames ?? [], platform, variant)
  const nsError = mechanism?.nsError ? `${mechanism.nsError.domain} ${mechanism.nsError.code}` : null
  const needsValue = nsError === null && stackSaysTooLittle(exception, frames, platform, variant)
  return {
    type: mechanism?.synthetic ? null : typeOf(exception, frames),
    value: needsValue && value !== null ? valueShape(value, platform) : null,
    http: nsError === null && value !== null ? httpFailure(inOneEnginesWords(value, platform)) : null,
    frames,
    nsError,
  }
}

function inOneEnginesWords(text: string, platform: string): string {
  return familyOf(platform) === 'javascript' ? canonicalScriptMessage(text) : text
}

function valueShape(value: string, platform: string): string {
  return messageShape(inOneEnginesWords(withoutExcerpt(value), platform))
}

/** Types that a language gives to any error made of a text: what is wrong stands in the value alone. */
const textTypes = new Set([
  '*errors.errorString',
  '*fmt.wrapError',
  '*errors.fundamental',
  '*errors.withStack',
])

/**
 * No stack; one without names; none of the team's frames in it (then many faults meet in one place of a
 * library); or one that is that of whoever reported, and not of the fault.
 */
function stackSaysTooLittle(
  exception: Exception,
  frames: readonly FramePart[],
  platform: string,
  variant: 'app' | 'system',
): boolean {
  const { type, mechanism } = exception
  const isScript = familyOf(platform) === 'javascript'
  if (frames.length === 0 || isWeakStack(frames)) return true
  // What a native SDK makes up is the signal's name and addresses.
  if (variant === 'system') return mechanism?.synthetic !== true || isScript
  // Thrown values and messages in JavaScript have the SDK's own stack.
  if (type === null || (mechanism?.synthetic && isScript)) return true
  // Android's twin of a React Native crash
  return type === 'JavascriptException' || type.endsWith('.JavascriptException') || textTypes.has(type)
}

/**
 * A stack of nothing but SDK frames, minified with it and so different in each build: what browser SDKs
 * make up for a string thrown in a handler they wrapped (`instrument` in version 7).
 */
function isReportersStack({ mechanism }: Exception, platform: string): boolean {
  return (
    mechanism?.synthetic === true &&
    familyOf(platform) === 'javascript' &&
    /^(?:auto\.browser\.browserapierrors\b|instrument$)/.test(mechanism.type ?? '')
  )
}

/** A minified class name (Dart, R8) changes with each build; beside nothing but addresses it says nothing. */
function typeOf({ type }: Exception, frames: readonly FramePart[]): string | null {
  // what dart2js shows of a minified class
  if (type === null || type.startsWith('minified:')) return null
  const onlyAddresses = frames.length > 0 && frames.every(({ function: name }) => name === null)
  return onlyAddresses && /^[A-Za-z_$]{1,3}\d?$/.test(type) ? null : type
}

/**
 * Which exceptions take part, in order. Chains as they are; of a group with sound ids its distinct
 * top-level exceptions and the root, or where they are all the same that one with its causes.
 */
export function contributingExceptions(
  event: Event,
  variant: 'app' | 'system',
): readonly { readonly exception: Exception; readonly part: ExceptionPart }[] {
  const chosen = chooseOfGroup(event, variant) ?? withoutBoundary(event.exceptions)
  return chosen.map((exception) => ({ exception, part: exceptionPart(exception, event.platform, variant) }))
}

/** React's error boundary adds an entry whose frames are where on the page the component stood. */
function withoutBoundary(exceptions: readonly Exception[]): readonly Exception[] {
  const others = exceptions.filter(({ type }) => !type?.startsWith('React ErrorBoundary '))
  return others.some(({ stacktrace }) => stacktrace !== null) ? others : exceptions
}

function chooseOfGroup(
  { exceptions, platform }: Event,
  variant: 'app' | 'system',
): readonly Exception[] | null {
  const tree = readTree(exceptions)
  if (!tree) return null
  const distinct = distinctTopLevel(tree, platform, variant)
  const [only] = distinct
  if (!only) return null
  return distinct.length === 1 ? firstPath(only, tree.children) : [...distinct, tree.root]
}

/** What all exceptions of a group are, where they are the same; null: no group, or several faults. */
export function collapsedException(exceptions: readonly Exception[], platform: string): Exception | null {
  const tree = readTree(exceptions)
  if (!tree) return null
  const hasOwnFrames = exceptions.some(
    (exception) => exceptionPart(exception, platform, 'app').frames.length > 0,
  )
  const distinct = distinctTopLevel(tree, platform, hasOwnFrames ? 'app' : 'system')
  return distinct.length === 1 ? (distinct[0] as Exception) : null
}

/** One of each kind, in an order that does not depend on who failed first. */
function distinctTopLevel(tree: Tree, platform: string, variant: 'app' | 'system'): Exception[] {
  const byPart = new Map<string, Exception>()
  for (const exception of topLevel(tree.root, tree.children)) {
    const { type, ...rest } = exceptionPart(exception, platform, variant)
    const key = JSON.stringify([type, rest])
    if (!byPart.has(key)) byPart.set(key, exception)
  }
  return [...byPart].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, exception]) => exception)
}

type Children = ReadonlyMap<number, readonly Exception[]>
type Tree = { readonly root: Exception; readonly children: Children }

/** null: no group, or its ids don't make a tree with the root 0. */
function readTree(exceptions: readonly Exception[]): Tree | null {
  if (!exceptions.some(({ mechanism }) => mechanism?.isExceptionGroup)) return null
  const ids = exceptions.map(({ mechanism }) => mechanism?.exceptionId ?? null)
  if (ids.includes(null) || new Set(ids).size !== ids.length) return null
  const root = exceptions.find(({ mechanism }) => mechanism?.exceptionId === 0)
  if (!root || exceptions.some(({ mechanism }) => mechanism?.parentId === mechanism?.exceptionId)) return null
  const children = new Map<number, Exception[]>()
  for (const exception of exceptions) {
    const parent = exception.mechanism?.parentId ?? null
    if (parent === null) {
      if (exception !== root) return null
      continue
    }
    children.set(parent, [...(children.get(parent) ?? []), exception])
  }
  return { root, children }
}

/** Descendants of the root that are no groups themselves, without looking below one. */
function topLevel(root: Exception, children: Children): Exception[] {
  const found: Exception[] = []
  const seen = new Set<Exception>([root])
  const open = [...(children.get(0) ?? [])]
  for (let next = open.shift(); next; next = open.shift()) {
    if (seen.has(next)) continue
    seen.add(next)
    if (next.mechanism?.isExceptionGroup) open.push(...(children.get(next.mechanism.exceptionId ?? -1) ?? []))
    else found.push(next)
  }
  return found
}

/** The exception with its first cause, and that one's, oldest first as in any chain. */
function firstPath(exception: Exception, children: Children): Exception[] {
  const path = [exception]
  for (let i = 0; i < path.length; i++) {
    const next = children.get(path[i]?.mechanism?.exceptionId ?? -1)?.[0]
    if (next && !path.includes(next)) path.push(next)
  }
  return path.reverse()
}
