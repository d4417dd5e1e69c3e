// Fingerprints that the app sets: a list of texts, among them variables such as {{ default }} and
// {{ transaction }}. Follows sections 6.1 and 6.6 of the protocol reference.
import type { Event } from './event.ts'
import type { RuleMatch } from './match-rules.ts'
import { parameterise } from './parameterise.ts'
import { crashFrame } from './title.ts'

const variable = /^\{\{\s*([\w.-]{1,200})\s*\}\}$/

export type Fingerprint =
  /** Not set, or nothing but the default. */
  | { readonly kind: 'default' }
  /** Only what the app says. */
  | { readonly kind: 'custom'; readonly parts: readonly string[] }
  /** What the default says, split further by what the app says. */
  | { readonly kind: 'salted'; readonly parts: readonly string[] }

/**
 * Resolves the fingerprint of the rule that the event meets, else the event's own; a variable without a value
 * reads e.g. `<no-transaction>`.
 * @param isVersionOne of grouping: left variables amid the text of a rule as they are written
 */
export function resolveFingerprint(
  event: Event,
  match: RuleMatch | null = null,
  isVersionOne = false,
): Fingerprint {
  const fingerprint = match?.rule.fingerprint ?? event.fingerprint
  const parts: string[] = []
  let hasDefault = fingerprint.length === 0
  for (const part of fingerprint) {
    const name = variable.exec(part)?.[1]
    if (name === 'default') hasDefault = true
    else if (name !== undefined) parts.push(resolveVariable(name, part, event, match))
    else parts.push(match && !isVersionOne ? fillIn(part, event, match) : part)
  }
  if (parts.length === 0) return { kind: 'default' }
  return { kind: hasDefault ? 'salted' : 'custom', parts }
}

/** The title that a rule gives, its variables filled in; null: it gives none. */
export function resolveTitle(event: Event, match: RuleMatch | null): string | null {
  const title = match?.rule.title ?? null
  return title === null ? null : fillIn(title, event, match)
}

function fillIn(text: string, event: Event, match: RuleMatch | null): string {
  return text.replace(/\{\{\s*([\w.-]{1,200})\s*\}\}/g, (written, name: string) =>
    resolveVariable(name, written, event, match),
  )
}

function resolveVariable(name: string, asWritten: string, event: Event, match: RuleMatch | null): string {
  const exception = match?.exception ?? event.exceptions.at(-1)
  const stack =
    exception?.stacktrace ?? event.stacktrace ?? event.threads.find(({ crashed }) => crashed)?.stacktrace
  const frame = match?.frame ?? crashFrame(stack?.frames ?? [], event.platform)
  const or = (value: string | null | undefined, missing: string) => value || `<no-${missing}>`
  if (name.startsWith('tags.')) {
    const key = name.slice('tags.'.length)
    return or(event.tags.find(([tag]) => tag === key)?.[1], `value-for-tag-${key}`)
  }
  switch (name) {
    case 'transaction':
      return or(event.transaction, 'transaction')
    case 'message':
      return or(parameterise(event.message?.formatted ?? exception?.value ?? ''), 'message')
    case 'type':
    case 'error.type':
      return or(exception?.type, 'type')
    case 'value':
    case 'error.value':
      return or(exception?.value, 'value')
    case 'function':
    case 'stack.function':
      return or(frame?.function, 'function')
    case 'module':
    case 'stack.module':
      return or(frame?.module, 'module')
    case 'package':
    case 'stack.package':
      return or(frame?.package?.split(/[/\\]/).at(-1), 'package')
    case 'path':
    case 'stack.abs_path':
      return or(frame?.absPath ?? frame?.filename, 'abs-path')
    case 'stack.filename':
      return or(frame?.filename, 'filename')
    case 'level':
      return event.level
    case 'logger':
      return or(event.logger, 'logger')
    case 'release':
      return or(event.release, 'release')
    case 'environment':
      return event.environment
    default:
      // Not one of ours: it is text like any other.
      return asWritten
  }
}
