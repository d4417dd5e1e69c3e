// Exceptions and threads of any SDK → ours, oldest cause first, the one that was caught or crashed last.
// Follows section 5.2 of the protocol reference.
import type { Exception, JsonObject, Mechanism, Thread } from './event.ts'
import { type FrameContext, readStacktrace } from './frames.ts'
import { maxExceptions, maxMessage, maxName, maxThreads } from './limits.ts'
import {
  asObject,
  cutList,
  readBoolean,
  readInteger,
  readJsonObject,
  readText,
  readTextOrJson,
  readValues,
  type Wire,
} from './wire-values.ts'

/** @param sdkName decides on the order: React Native sends the outer exception first */
export function readExceptions(
  value: Wire,
  sdkName: string | null,
  context: FrameContext,
): readonly Exception[] {
  const { notes } = context
  const values = cutList(readValues(value, 'exception', notes), maxExceptions, 10, 'exception.values', notes)
  const exceptions: Exception[] = []
  for (let i = 0; i < values.length; i++) {
    const path = `exception.values.${i}`
    const wire = asObject(values[i])
    const exception = wire && readException(wire, path, context)
    if (exception) exceptions.push(exception)
    else notes.add('dropped', path, wire ? 'neither type, value nor stack' : 'not an object')
  }
  return isOuterFirst(exceptions, sdkName) ? exceptions.reverse() : exceptions
}

function readException(wire: JsonObject, path: string, context: FrameContext): Exception | null {
  const { notes } = context
  const exception = {
    type: readText(wire.type, maxName, `${path}.type`, notes),
    value: readTextOrJson(wire.value, maxMessage, `${path}.value`, notes),
    module: readText(wire.module, maxName, `${path}.module`, notes),
    threadId: readText(wire.thread_id, 100, `${path}.thread_id`, notes),
    stacktrace: readStacktrace(wire.stacktrace, `${path}.stacktrace`, context),
    mechanism: readMechanism(wire.mechanism, `${path}.mechanism`, context),
  }
  const says = exception.type ?? exception.value ?? exception.stacktrace ?? exception.mechanism
  return says === null ? null : exception
}

function readMechanism(value: Wire, path: string, { notes }: FrameContext): Mechanism | null {
  const wire = asObject(value)
  if (!wire) return null
  const nsError = asObject(asObject(wire.meta)?.ns_error)
  const domain = readText(nsError?.domain, maxName, `${path}.meta.ns_error.domain`, notes)
  return {
    type: readText(wire.type, maxName, `${path}.type`, notes),
    handled: readBoolean(wire.handled),
    synthetic: wire.synthetic === true,
    source: readText(wire.source, maxName, `${path}.source`, notes),
    exceptionId: readInteger(wire.exception_id),
    parentId: readInteger(wire.parent_id),
    isExceptionGroup: wire.is_exception_group === true,
    nsError: domain === null ? null : { domain, code: readInteger(nsError?.code) ?? 0 },
    data: readJsonObject(wire.data, `${path}.data`, notes),
  }
}

/** Source: section 5.2 of the protocol reference; seen in React Native 8.28 */
function isOuterFirst(exceptions: readonly Exception[], sdkName: string | null): boolean {
  if (exceptions.length < 2 || !sdkName?.startsWith('sentry.javascript.react-native')) return false
  if (exceptions.some((exception) => (exception.mechanism?.exceptionId ?? null) !== null)) return false
  return (
    (exceptions[0]?.mechanism?.handled ?? null) !== null &&
    (exceptions.at(-1)?.mechanism?.handled ?? null) === null
  )
}

/** false: crash-like. null: nobody says. */
export function readHandled(exceptions: readonly Exception[]): boolean | null {
  let handled: boolean | null = null
  for (const { mechanism } of exceptions) {
    if (mechanism?.handled === false) return false
    handled ??= mechanism?.handled ?? null
  }
  return handled
}

export function readThreads(value: Wire, context: FrameContext): readonly Thread[] {
  const { notes } = context
  const values = cutList(readValues(value, 'threads', notes), maxThreads, maxThreads / 2, 'threads', notes)
  return values.flatMap((entry, i) => {
    const thread = asObject(entry)
    if (!thread) {
      notes.add('dropped', `threads.values.${i}`, 'not an object')
      return []
    }
    return {
      id: readText(thread.id, 100, `threads.values.${i}.id`, notes),
      name: readText(thread.name, maxName, `threads.values.${i}.name`, notes),
      crashed: readBoolean(thread.crashed) ?? false,
      current: readBoolean(thread.current) ?? false,
      main: readBoolean(thread.main) ?? false,
      stacktrace: readStacktrace(thread.stacktrace, `threads.values.${i}.stacktrace`, context),
    }
  })
}
