// The log message of an event: `message` or `logentry`, as text, {formatted} or {message, params,
// formatted}; where the client didn't fill the template, it is filled here.
import type { Event, JsonObject, JsonValue } from './event.ts'
import { maxMessage } from './limits.ts'
import { asList, asObject, cutText, type Notes, readText, readTextOrJson, type Wire } from './wire-values.ts'

/** @returns null where there is no message; `template` only where it says more than the filled text */
export function readMessage(wire: JsonObject, notes: Notes): Event['message'] {
  const entry =
    asObject(wire.logentry) ?? asObject(wire['sentry.interfaces.Message']) ?? asObject(wire.message)
  const plain = asObject(wire.message) ? null : readText(wire.message, maxMessage, 'message', notes)
  const template = readTextOrJson(entry?.message, maxMessage, 'logentry.message', notes)
  const formatted = readTextOrJson(entry?.formatted, maxMessage, 'logentry.formatted', notes)
  const params = entry?.params
  const hasParams = countOf(params) > 0
  if (formatted !== null) {
    return {
      template: template !== null && (hasParams || template !== formatted) ? template : null,
      formatted,
    }
  }
  if (template !== null && hasParams) {
    const filled = fillTemplate(template, params as JsonValue)
    return { template, formatted: readText(filled, maxMessage, 'logentry', notes) ?? template }
  }
  const text = template ?? plain
  return text === null ? null : { template: null, formatted: text }
}

function countOf(params: Wire): number {
  const object = asObject(params)
  return asList(params)?.length ?? (object ? Object.keys(object).length : 0)
}

const placeholder =
  /%(?:\((\w{1,60})\))?[-+ #0]{0,5}\d{0,3}(?:\.(\d{1,2}))?([a-zA-Z%@])|\{(\w{0,60})(?:![rsa])?(?::[^{}]{0,30})?\}/g

/**
 * Fills `%s`, `%d`, `%.1f`, `%(name)s`, `{}`, `{0}`, `{name}`; what finds no parameter stays as it is.
 * @param params a list, or an object for named ones
 */
export function fillTemplate(template: string, params: JsonValue): string {
  const list = asList(params)
  const named = asObject(params)
  let next = 0
  // Filled in at most: one long parameter under many placeholders must not become gigabytes.
  let left = maxMessage
  return template.replace(placeholder, (match, percentName, precision, kind, braceName) => {
    if (kind === '%') return '%'
    if (left <= 0) return '…'
    const name: string | undefined = percentName ?? (braceName === '' ? undefined : braceName)
    const value =
      name === undefined
        ? list?.[next++]
        : named && Object.hasOwn(named, name)
          ? named[name]
          : /^\d+$/.test(name)
            ? list?.[Number(name)]
            : undefined
    if (value === undefined) return match
    const text = cutText(show(value, precision), left)
    left -= text.length
    return text
  })
}

function show(value: JsonValue, precision: string | undefined): string {
  if (typeof value === 'number' && precision !== undefined) return value.toFixed(Number(precision))
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
