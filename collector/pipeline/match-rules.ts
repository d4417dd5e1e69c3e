// Which fingerprint rule an event meets: the first, from the top, all of whose matchers hold. Matchers of
// exceptions must hold for one exception, matchers of frames for one frame, together.
import type { Event, Exception, Frame } from './event.ts'
import type { FingerprintRule, Matcher, RuleKey } from './fingerprint-rules.ts'

export type RuleMatch = {
  readonly rule: FingerprintRule
  /** What variables of the fingerprint speak of where the rule matched one; null: the event's main ones. */
  readonly exception: Exception | null
  readonly frame: Frame | null
}

const ofFrames: ReadonlySet<RuleKey> = new Set(['module', 'function', 'path', 'package', 'app'])
const ofExceptions: ReadonlySet<RuleKey> = new Set(['type', 'value', 'mechanism', 'handled'])

export function matchRules(event: Event, rules: readonly FingerprintRule[]): RuleMatch | null {
  if (rules.length === 0) return null
  // The innermost frame of the last exception is looked at first: variables speak of it.
  const exceptions = event.exceptions.toReversed()
  const frames = framesOf(event)
  for (const rule of rules) {
    const onFrame = rule.matchers.filter(({ key }) => ofFrames.has(key))
    const onException = rule.matchers.filter(({ key }) => ofExceptions.has(key))
    const onEvent = rule.matchers.filter(({ key }) => !ofFrames.has(key) && !ofExceptions.has(key))
    if (!onEvent.every((matcher) => holds(matcher, eventTexts(event, matcher)))) continue
    const exception = find(exceptions, onException, exceptionTexts)
    const frame = find(frames, onFrame, frameTexts)
    if (exception === undefined || frame === undefined) continue
    return { rule, exception, frame }
  }
  return null
}

/** @returns null: no matcher asks for one; undefined: none meets them all */
function find<T>(
  candidates: readonly T[],
  matchers: readonly Matcher[],
  textsOf: (candidate: T, key: RuleKey) => readonly string[],
): T | null | undefined {
  if (matchers.length === 0) return null
  const positive = matchers.filter(({ negated }) => !negated)
  // "Not" means in none of them.
  const excluded = matchers.filter(({ negated }) => negated)
  if (excluded.some((not) => candidates.some((candidate) => tests(not, textsOf(candidate, not.key)))))
    return undefined
  if (positive.length === 0) return null
  return candidates.find((candidate) =>
    positive.every((matcher) => tests(matcher, textsOf(candidate, matcher.key))),
  )
}

function tests({ glob }: Matcher, texts: readonly string[]): boolean {
  return texts.some((text) => glob.test(text))
}

function holds(matcher: Matcher, texts: readonly string[]): boolean {
  return tests(matcher, texts) !== matcher.negated
}

function framesOf({ exceptions, stacktrace, threads }: Event): readonly Frame[] {
  const stacks = [
    ...threads.map((thread) => thread.stacktrace),
    stacktrace,
    ...exceptions.map((exception) => exception.stacktrace),
  ]
  return stacks.flatMap((stack) => stack?.frames ?? []).reverse()
}

const present = (...texts: (string | null | undefined)[]) => texts.filter((text) => typeof text === 'string')

function exceptionTexts({ type, value, module, mechanism }: Exception, key: RuleKey): readonly string[] {
  if (key === 'type') return present(type, type !== null && module ? `${module}.${type}` : null)
  if (key === 'value') return present(value)
  if (key === 'mechanism') return present(mechanism?.type)
  return present(mechanism?.handled === null || !mechanism ? null : mechanism.handled ? 'yes' : 'no')
}

function frameTexts(frame: Frame, key: RuleKey): readonly string[] {
  if (key === 'module') return present(frame.module)
  if (key === 'function') return present(frame.function)
  if (key === 'package') return present(frame.package, frame.package?.split(/[/\\]/).at(-1))
  if (key === 'app') return [frame.inApp ? 'yes' : 'no', String(frame.inApp)]
  const paths = present(frame.absPath, frame.filename).map((path) => path.replaceAll('\\', '/'))
  // `**/src/*` also means a path that starts with src
  return paths.flatMap((path) => (path.startsWith('/') ? [path] : [path, `/${path}`]))
}

function eventTexts(event: Event, { key, tag }: Matcher): readonly string[] {
  switch (key) {
    case 'message':
      // As people expect, the exceptions' values as well.
      return present(
        event.message?.formatted,
        event.message?.template,
        ...event.exceptions.map(({ value }) => value),
      )
    case 'logger':
      return present(event.logger)
    case 'level':
      return [event.level]
    case 'release':
      return present(event.release)
    case 'environment':
      return [event.environment]
    case 'transaction':
      return present(event.transaction)
    case 'platform':
      return [event.platform]
    case 'sdk':
      return present(event.sdk.name)
    case 'tag':
      return event.tags.filter(([name]) => name === tag).map(([, value]) => value)
    default:
      return []
  }
}
