// Which issue an event belongs to: one fault, one issue, stable across releases, browsers and machines.
// Pure and versioned; what went into the hash is kept, so that the page can say why.
// Follows section 6 of the protocol reference, whose order of decisions is that of `chooseStrategy`.
import { hash } from 'node:crypto'
import { familyOf } from './clean-names.ts'
import type { Event, Frame, Grouping, SecurityReport } from './event.ts'
import { type Fingerprint, resolveFingerprint, resolveTitle } from './fingerprint.ts'
import type { FingerprintRule } from './fingerprint-rules.ts'
import { contributingExceptions } from './group-exceptions.ts'
import { contributingFrames, type FramePart } from './group-frames.ts'
import { httpFailure, reportedHttpFailure } from './group-http.ts'
import { matchRules, type RuleMatch } from './match-rules.ts'
import { messageShape } from './parameterise.ts'
import { refineComponents } from './refine-grouping.ts'
import { canonicalScriptMessage } from './script-message.ts'
import { blockedHost } from './title.ts'

type Component = Grouping['components'][number]
type Strategy = { readonly components: readonly Component[]; readonly because: string }

/** What of an event counts by default, under a version that stands in each hash. */
export type GroupingAlgorithm = {
  readonly version: number
  /** @param older what the version before chose, where it is in use still and saw the same event */
  readonly choose: (event: Event, older: Strategy | null) => Strategy
  /** The event as this version sees it; the same one where that is no other than today. */
  readonly see?: (event: Event) => Event
}

/**
 * Newest first. An older one stays here while issues made under it are in use: its hashes are looked up as
 * well, so that those issues go on as they are.
 */
export const groupingAlgorithms: readonly GroupingAlgorithm[] = [
  { version: 2, choose: chooseRefined },
  { version: 1, choose: chooseStrategy, see: withFirstMarks },
]

/** @param rules of the project, in order of priority */
export function group(
  event: Event,
  rules: readonly FingerprintRule[] = [],
  algorithms = groupingAlgorithms,
): Grouping {
  const match = matchOf(event, rules)
  const decided = decide(event, match, false)
  const groupings: Grouped[] = []
  let older: Strategy | null = null
  let olderSaw: Event | null = null
  for (const { version, choose, see } of algorithms.toReversed()) {
    const seen = see?.(event) ?? event
    const isAsToday = seen === event && (version > 1 || match === null)
    const own = isAsToday ? decided : decide(seen, matchOf(seen, rules), version === 1)
    if (own.strategy === null) {
      older = choose(seen, olderSaw === seen ? older : null)
      olderSaw = seen
    }
    const { components, because } = own.strategy ?? (older as Strategy)
    groupings.unshift(grouping(version, [...components, ...own.salt], because + own.because))
  }
  const [newest] = groupings
  if (!newest) throw new Error('there is no grouping algorithm')
  return {
    ...newest,
    hashes: groupings.flatMap(({ hashes }) => hashes),
    title: resolveTitle(event, match),
    rule: match && { line: match.rule.line, text: match.rule.text },
  }
}

function matchOf(event: Event, rules: readonly FingerprintRule[]): RuleMatch | null {
  return event.checksum === null ? matchRules(event, rules) : null
}

/** Frames that version 1 takes for in-app, or not, as it did. */
function withFirstMarks(event: Event): Event {
  const stacks = [event, ...event.exceptions, ...event.threads].map(({ stacktrace }) => stacktrace)
  const differs = stacks.some((stack) => stack?.frames.some((frame) => frame.inApp !== frame.inAppOfFirst))
  if (!differs) return event
  const marked = <T extends { readonly stacktrace: Event['stacktrace'] }>(one: T): T => ({
    ...one,
    stacktrace: one.stacktrace && {
      frames: one.stacktrace.frames.map((frame) => ({ ...frame, inApp: frame.inAppOfFirst })),
    },
  })
  return {
    ...marked(event),
    exceptions: event.exceptions.map(marked),
    threads: event.threads.map(marked),
  }
}

type Grouped = Omit<Grouping, 'title' | 'rule'>

/** What no algorithm is asked for: all of the hash, where there is a strategy; else what is added to it. */
type Decided = {
  readonly strategy: Strategy | null
  readonly salt: readonly Component[]
  readonly because: string
}

function decide(event: Event, match: RuleMatch | null, isVersionOne: boolean): Decided {
  if (event.checksum !== null) {
    const components = [{ name: 'checksum', value: event.checksum }]
    return { strategy: { components, because: 'The app named a checksum.' }, salt: [], because: '' }
  }
  const fingerprint = resolveFingerprint(event, match, isVersionOne)
  if (fingerprint.kind === 'default') return { strategy: null, salt: [], because: '' }
  const whose = match ? `Rule ${match.rule.line} of the project` : 'The app'
  const salt = fingerprintComponents(fingerprint)
  if (fingerprint.kind === 'custom') {
    const because = `${whose} set the fingerprint ${quote(fingerprint.parts)}.`
    return { strategy: { components: salt, because }, salt: [], because: '' }
  }
  const splitter = match ? whose : "The app's fingerprint"
  return { strategy: null, salt, because: ` ${splitter} splits it further by ${quote(fingerprint.parts)}.` }
}

function grouping(version: number, components: readonly Component[], summary: string): Grouped {
  // Lengths stand before the texts, so that no two lists read the same.
  const written = components.map(({ name, value }) => `\n${name} ${value.length} ${value}`)
  const digest = hash('sha256', `postern:${version}${written.join('')}`)
  return { hashes: [digest.slice(0, 32)], version, summary, components }
}

function fingerprintComponents(fingerprint: Exclude<Fingerprint, { kind: 'default' }>): Component[] {
  return fingerprint.parts.map((value) => ({ name: 'fingerprint', value }))
}

function quote(parts: readonly string[]): string {
  const text = parts.map((part) => `"${part}"`).join(', ')
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}

/** Version 2 */
function chooseRefined(event: Event, older: Strategy | null): Strategy {
  const { components, because } = older ?? chooseStrategy(event)
  const refined = refineComponents(event, components)
  const added = refined.slice(components.length).map(({ value }) => value)
  return {
    components: refined,
    because: added.length === 0 ? because : `${because} Told apart by ${quote(added)}.`,
  }
}

/** Version 1: the first of these that contributes anything. */
function chooseStrategy(event: Event): Strategy {
  return (
    bySecurity(event.security) ??
    byHttpFailure(event) ??
    byExceptions(event) ??
    byStack(event, event.stacktrace?.frames ?? [], 'stack') ??
    byStack(event, threadFrames(event), 'thread') ??
    byTemplate(event) ??
    byMessage(event)
  )
}

function bySecurity(report: SecurityReport | null): Strategy | null {
  if (!report) return null
  const blocked = blockedHost(report.blockedUri)
  return {
    components: [
      { name: 'kind', value: report.kind },
      // `script-src-elem` of Chrome is `script-src` elsewhere.
      { name: 'directive', value: report.directive?.replace(/-elem$/, '') ?? '' },
      { name: 'blocked', value: blocked },
    ],
    because: `Same directive (${report.directive ?? 'none'}) and same source (${blocked}).`,
  }
}

function byHttpFailure(event: Event): Strategy | null {
  const failure = reportedHttpFailure(event)
  if (!failure) return null
  const { host, status } = failure
  return {
    components: [
      { name: 'http', value: host },
      { name: 'status', value: status },
    ],
    because: `Same host (${host || 'unknown'}) and same status (${status || 'unknown'}) of a failed request.`,
  }
}

function byExceptions(event: Event): Strategy | null {
  if (event.exceptions.length === 0) return null
  const reported = reportingFrames(event)
  // The team's own frames where any exception has some, else all frames.
  for (const variant of ['app', 'system'] as const) {
    const parts = contributingExceptions(event, variant)
    const hasFrames = parts.some(({ part }) => part.frames.length > 0)
    if (variant === 'app' && !hasFrames) continue
    const components = parts.flatMap(({ part }): Component[] => [
      { name: 'exception', value: '' },
      ...optional('type', part.type),
      ...optional('ns_error', part.nsError),
      ...optional('value', part.value),
      ...optional('http', part.http),
      ...part.frames.map(frameComponent),
    ])
    if (components.every(({ name }) => name === 'exception')) continue
    if (!hasFrames) components.push(...reported.map(frameComponent), language(event))
    return { components, because: explain(parts, variant, hasFrames, reported) }
  }
  return null
}

/** Where no exception has a stack (Apple's NSError): the team's frames that the thread was in meanwhile. */
function reportingFrames(event: Event): readonly FramePart[] {
  if (event.exceptions.some(({ stacktrace }) => stacktrace !== null)) return []
  return contributingFrames(event.stacktrace?.frames ?? threadFrames(event), event.platform, 'app')
}

function explain(
  parts: ReturnType<typeof contributingExceptions>,
  variant: 'app' | 'system',
  hasFrames: boolean,
  reported: readonly FramePart[],
): string {
  const types = [...new Set(parts.flatMap(({ part }) => part.type ?? []))].join(', ')
  const named = types ? `Same exception type (${types})` : 'Same exception'
  if (!hasFrames) {
    const what = parts.some(({ part }) => part.nsError !== null) ? 'error code' : 'value'
    if (reported.length === 0) return `${named} and same ${what}; there is no stack that tells more.`
    const nearest = reported.slice(-3).reverse().map(showFrame).join(', ')
    return `${named} and same ${what}, reported from the same in-app frames: ${nearest}.`
  }
  const frames = parts.flatMap(({ part }) => part.frames)
  const nearest = frames.slice(-3).reverse().map(showFrame).join(', ')
  const which = variant === 'app' ? 'in-app frames' : 'frames (none is in-app)'
  const more = frames.length > 3 ? ` and ${frames.length - 3} more` : ''
  const value = parts.some(({ part }) => part.value !== null) ? ', same value' : ''
  const http = parts.some(({ part }) => part.http !== null)
    ? ', same host and status of a failed request'
    : ''
  return `${named}${value}${http} and same ${which}: ${nearest}${more}.`
}

/** Without frames, an app for phones and its server may say the same of two bugs. */
function language({ platform }: Event): Component {
  return { name: 'language', value: familyOf(platform) }
}

function optional(name: string, value: string | null): Component[] {
  return value === null ? [] : [{ name, value }]
}

function frameComponent(frame: FramePart): Component {
  return { name: 'frame', value: [frame.place ?? '', frame.function ?? '', frame.line ?? ''].join('\t') }
}

function showFrame(frame: FramePart): string {
  return frame.function ?? frame.line ?? frame.place ?? ''
}

function byStack(event: Event, frames: readonly Frame[], what: 'stack' | 'thread'): Strategy | null {
  for (const variant of ['app', 'system'] as const) {
    const parts = contributingFrames(frames, event.platform, variant)
    if (parts.length === 0) continue
    const nearest = parts.slice(-3).reverse().map(showFrame).join(', ')
    return {
      components: [{ name: what, value: '' }, ...parts.map(frameComponent), ...messageComponents(event)],
      because: `Same ${what === 'thread' ? 'stack of the thread' : 'stack'} (${nearest}) and same message.`,
    }
  }
  return null
}

/** The only crashed thread, else the only current one, else a single thread. */
function threadFrames({ threads }: Event): readonly Frame[] {
  const crashed = threads.filter((thread) => thread.crashed)
  const current = threads.filter((thread) => thread.current)
  const chosen = crashed.length > 0 ? crashed : current.length > 0 ? current : threads
  return chosen.length === 1 ? (chosen[0]?.stacktrace?.frames ?? []) : []
}

function byTemplate({ template }: Event): Strategy | null {
  if (!template) return null
  return {
    components: [...optional('template', template.filename), ...optional('line', template.contextLine)],
    because: 'Same line of the same template.',
  }
}

/** Where there are parameters the template is the same for all; else the text without what varies. */
function messageComponents({ message, platform }: Event): Component[] {
  if (!message) return []
  const text = message.template ?? message.formatted
  return [
    {
      name: 'message',
      value: messageShape(familyOf(platform) === 'javascript' ? canonicalScriptMessage(text) : text),
    },
    ...optional('http', httpFailure(message.formatted)),
  ]
}

function byMessage(event: Event): Strategy {
  const components = messageComponents(event)
  if (components.length > 0)
    return {
      components: [...components, language(event)],
      because: `Same message: ${quote([components[0]?.value ?? ''])}.`,
    }
  return {
    components: [
      { name: 'nothing', value: '' },
      { name: 'title', value: event.title },
    ],
    because: 'The event holds nothing to group by; all such events with this title are together.',
  }
}
