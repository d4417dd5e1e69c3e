// What an event is called in lists: `type: first line of value` of its main exception, else the message;
// and its culprit, the place to look first. Follows section 5.5 of the protocol reference.
import { familyOf } from './clean-names.ts'
import type { Event, Exception, Frame, SecurityReport } from './event.ts'
import { collapsedException } from './group-exceptions.ts'
import { isHelper } from './group-frames.ts'
import { maxLine } from './limits.ts'
import { cutText } from './wire-values.ts'

export type Title = Pick<Event, 'title' | 'titleType' | 'titleValue'>

const unlabeled = '<unlabeled event>'

/** Wrappers that tell nothing by themselves: the neighbour in the chain gives the title. */
const emptyWrappers = new Set([
  '*fmt.wrapError',
  '*fmt.wrapErrors',
  '*errors.errorString',
  '*errors.joinError',
  '*errors.withStack',
  '*errors.withMessage',
  'CompletionException',
  'ExecutionException',
  'InvocationTargetException',
  'UndeclaredThrowableException',
  'OnErrorNotImplementedException',
  'CompositeException',
  'UndeliverableException',
])

/** React wraps what it caught while it rendered concurrently; the cause is the error. */
const reactWrapper = /^(?:Error: )?There was an error (?:during concurrent rendering|while hydrating)/

/**
 * Index of the exception that gives title and culprit; -1 without exceptions. The last one (it was caught
 * or crashed), unless it only wraps: then the nearest cause that tells more, or what all of a group are.
 */
export function findMainException(exceptions: readonly Exception[], platform: string): number {
  const last = exceptions.length - 1
  const collapsed = collapsedException(exceptions, platform)
  if (collapsed) return exceptions.indexOf(collapsed)
  for (let i = last; i >= 0; i = causeOf(exceptions, i)) {
    if (!tellsNothing(exceptions[i] as Exception)) return i
  }
  return last
}

/** Index of the direct cause, -1 for none: by ids where the SDK gave them, else the one before. */
function causeOf(exceptions: readonly Exception[], of: number): number {
  const id = exceptions[of]?.mechanism?.exceptionId ?? null
  if (id === null) return of - 1
  return exceptions.findIndex(
    ({ mechanism }, i) =>
      i < of && mechanism?.parentId === id && !/suppressed/i.test(mechanism.type ?? mechanism.source ?? ''),
  )
}

function tellsNothing({ type, value }: Exception): boolean {
  if (type !== null && emptyWrappers.has(type.slice(type.lastIndexOf('.', type.length - 1) + 1))) return true
  if (type !== null && emptyWrappers.has(type)) return true
  return reactWrapper.test(value ?? '')
}

/** The frame nearest to the fault that is the team's own and tells something, else the nearest with a name. */
export function crashFrame(frames: readonly Frame[], platform: string): Frame | null {
  return (
    frames.findLast((frame) => frame.inApp && !isHelper(frame, familyOf(frame.platform ?? platform))) ??
    frames.findLast((frame) => frame.inApp) ??
    frames.findLast((frame) => frame.function !== null) ??
    null
  )
}

/** The function's name where it is one: `?`, `Object.?` and `<anonymous>` are none. */
function functionName(frame: Frame | null): string | null {
  const name = frame?.function ?? null
  return name === null || /(?:^|\.)(?:\?|<anonymous>|<unknown>|<redacted>|anonymous)$/.test(name)
    ? null
    : name
}

function firstLine(text: string | null): string {
  const line = (text ?? '').trimStart().split(/\r\n|[\n\r\u2028\u2029]/, 1)[0] ?? ''
  return cutText(line.trim(), maxLine)
}

/** @param main the exception that names the event; null without exceptions */
export function titleOf(
  main: Exception | null,
  message: Event['message'],
  security: SecurityReport | null,
  platform: string,
): Title {
  if (security) return securityTitle(security)
  if (main) {
    // Made up by the SDK: where it happened says more. Without a type it is a message or a thrown value.
    // JavaScript SDKs make up the stack as well, of their own frames (throw of a string).
    const isMadeUp = main.type !== null && main.mechanism?.synthetic === true
    const where =
      isMadeUp && familyOf(platform) !== 'javascript'
        ? functionName(crashFrame(main.stacktrace?.frames ?? [], platform))
        : null
    const value = firstLine(main.value) || firstLine(message?.formatted ?? null)
    const type = where ?? main.type
    if (type) {
      const short = cutText(type, maxLine)
      return {
        title: value ? cutText(`${short}: ${value}`, maxLine) : short,
        titleType: short,
        titleValue: value,
      }
    }
    if (value) return { title: value, titleType: null, titleValue: value }
  }
  const text = firstLine(message?.formatted ?? null) || unlabeled
  return { title: text, titleType: null, titleValue: text }
}

function securityTitle(report: SecurityReport): Title {
  if (report.kind !== 'csp') {
    const text = `${report.kind} report${report.documentUri ? ` on ${report.documentUri}` : ''}`
    return { title: cutText(text, maxLine), titleType: null, titleValue: cutText(text, maxLine) }
  }
  const kind = (report.directive ?? 'content').replace(/-src(?:-elem|-attr)?$/, '')
  const text = cutText(`Blocked '${kind}' from '${blockedHost(report.blockedUri)}'`, maxLine)
  return { title: text, titleType: null, titleValue: text }
}

/** Host of what was blocked; keywords (`inline`, `eval`, `self`, `data`) as they are. */
export function blockedHost(uri: string | null): string {
  if (!uri || uri === 'self' || uri === "'self'") return 'self'
  if (URL.canParse(uri)) {
    const url = new URL(uri)
    return url.host || url.protocol
  }
  return uri
}

/** Route or function the SDK named, else module or file and function of the crash frame. */
export function culpritOf(
  transaction: string | null,
  frames: readonly Frame[],
  security: SecurityReport | null,
  platform: string,
): string {
  if (security) return cutText(security.directive ?? '', maxLine)
  if (transaction) return cutText(transaction, maxLine)
  const frame = crashFrame(frames, platform)
  if (!frame) return ''
  const binary = frame.package?.split(/[/\\]/).at(-1) ?? null
  const place = frame.module ?? frame.filename ?? frame.absPath ?? binary ?? ''
  const name = functionName(frame)
  if (!name) return cutText(place, maxLine)
  return cutText(place ? `${name} in ${place}` : name, maxLine)
}
