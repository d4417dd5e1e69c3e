// Searchable tags: the SDK's own, in any of the shapes they come in, and those promoted from elsewhere in
// the event. An own tag of the same name wins.
import type { Event, JsonValue } from './event.ts'
import { maxTag, maxTags } from './limits.ts'
import { parseUserAgent } from './user-agent.ts'
import { cutText, type Notes, readPairs, type Wire } from './wire-values.ts'

type Tag = readonly [string, string]

/** Values become texts; a tag without a value is left out, longer ones are cut. */
export function readTags(value: Wire, notes: Notes): readonly Tag[] {
  const tags = new Map<string, string>()
  for (const [name, member] of readPairs(value, 'tags', notes)) {
    const key = cutTag(textOf(name), 'tags', notes)
    const text = textOf(member)
    if (key === '' || text === '') continue
    if (tags.size >= maxTags && !tags.has(key)) {
      notes.add('cut', 'tags', `more than ${maxTags}`)
      break
    }
    tags.set(key, cutTag(text, `tags.${key}`, notes))
  }
  return [...tags]
}

function textOf(value: JsonValue): string {
  if (value === null) return ''
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).trim()
}

function cutTag(text: string, path: string, notes: Notes): string {
  if (text.length <= maxTag) return text
  notes.add('cut', path, `from ${text.length} characters to ${maxTag}`)
  return cutText(text, maxTag)
}

/** What of an event is promoted to tags. */
export type TagSource = Pick<
  Event,
  | 'level'
  | 'logger'
  | 'transaction'
  | 'serverName'
  | 'release'
  | 'dist'
  | 'environment'
  | 'handled'
  | 'userKey'
  | 'request'
  | 'contexts'
  | 'exceptions'
  | 'mainException'
  | 'platform'
>

/** @returns the own tags first, then the promoted ones, each name once */
export function promoteTags(own: readonly Tag[], event: TagSource, notes: Notes): readonly Tag[] {
  const { request } = event
  const promoted: (readonly [string, string | null | undefined])[] = [
    ['level', event.level],
    ['environment', event.environment],
    ['release', event.release],
    ['dist', event.dist],
    ['transaction', event.transaction],
    ['logger', event.logger],
    ['server_name', event.serverName],
    ['url', request?.url?.split(/[?#]/, 1)[0]],
    ['user', event.userKey],
    ['handled', event.handled === null ? null : event.handled ? 'yes' : 'no'],
    ['mechanism', event.exceptions[event.mainException]?.mechanism?.type],
    ...softwareTags(event),
  ]
  const tags = new Map(own)
  for (const [name, value] of promoted) {
    if (value && !tags.has(name)) tags.set(name, cutTag(value, `tags.${name}`, notes))
  }
  return [...tags]
}

function softwareTags({
  contexts,
  request,
  platform,
}: TagSource): readonly (readonly [string, string | null])[] {
  const header = request?.headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1]
  const agent = platform === 'javascript' && header ? parseUserAgent(header) : null
  const browser = named(contexts.browser) ?? agent?.browser
  const os = named(contexts.os) ?? agent?.os
  const runtime = named(contexts.runtime)
  const device = contexts.device
  return [
    ['browser', browser ? label(browser) : null],
    ['browser.name', browser?.name ?? null],
    ['os', os ? label(os) : null],
    ['os.name', os?.name ?? null],
    ['runtime', runtime ? label(runtime) : null],
    ['runtime.name', runtime?.name ?? null],
    ['device', typeof device?.model === 'string' ? device.model : null],
    ['device.family', typeof device?.family === 'string' ? device.family : null],
  ]
}

function named(context: Wire): { name: string; version: string } | null {
  if (typeof context !== 'object' || context === null || !('name' in context)) return null
  const { name, version } = context
  if (typeof name !== 'string' || name === '') return null
  return {
    name,
    version: typeof version === 'string' || typeof version === 'number' ? String(version).trim() : '',
  }
}

function label({ name, version }: { name: string; version: string }): string {
  return version ? `${name} ${version}` : name
}
