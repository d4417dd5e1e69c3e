// The parts of an event that neither count nor group, and are most of its bytes: scrubbed only where the payload is
// kept. Both halves are of the event as sent, by its top-level names.
import type { JsonObject } from './event.ts'

const uncounted: ReadonlySet<string> = new Set([
  'breadcrumbs',
  'sentry.interfaces.Breadcrumbs',
  'extra',
  'modules',
])

/** The event without the parts that are not counted, and those alone. */
export function takeApart(wire: JsonObject): { readonly counted: JsonObject; readonly rest: JsonObject } {
  const entries = Object.entries(wire)
  return {
    counted: Object.fromEntries(entries.filter(([name]) => !uncounted.has(name))),
    rest: Object.fromEntries(entries.filter(([name]) => uncounted.has(name))),
  }
}

/** What takeApart took apart, in the order of `wire`. */
export function putTogether(wire: JsonObject, counted: JsonObject, rest: JsonObject): JsonObject {
  const kept = Object.keys(wire).flatMap((name) => {
    const part = uncounted.has(name) ? rest : counted
    return Object.hasOwn(part, name) ? [[name, part[name] ?? null] as const] : []
  })
  // Names that were secrets themselves stand under another one now.
  const renamed = [counted, rest].flatMap((part) =>
    Object.entries(part).filter(([name]) => !Object.hasOwn(wire, name)),
  )
  return Object.fromEntries([...kept, ...renamed])
}
