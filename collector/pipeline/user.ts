// Who was affected, and how people are told apart when they are counted.
// Follows section 5.5 of the protocol reference; traps 16 and 17 of section 0.

import { isIP } from 'node:net'
import type { EventContext, JsonObject, User } from './event.ts'
import { maxName } from './limits.ts'
import { filtered } from './secret-forms.ts'
import { asObject, type Notes, readJson, readJsonObject, readText } from './wire-values.ts'

const known = new Set(['id', 'username', 'email', 'ip_address', 'name', 'geo', 'data'])

/**
 * @param wire the whole event: `sdk.settings.infer_ip` says whether the peer's address may stand in
 * @returns null where nobody is named
 */
export function readUser(wire: JsonObject, peer: EventContext['peer'], notes: Notes): User | null {
  const user = asObject(wire.user) ?? asObject(wire['sentry.interfaces.User']) ?? {}
  const text = (name: string) => readText(user[name], maxName, `user.${name}`, notes)
  const rest = Object.entries(user).filter(([key, value]) => !known.has(key) && value !== null)
  const data = readJsonObject(user.data, 'user.data', notes) ?? {}
  const extras = readJson(Object.fromEntries(rest), 'user', notes)
  const read: User = {
    id: text('id'),
    username: text('username'),
    email: text('email'),
    ip: readIp(wire, text('ip_address'), peer, notes),
    name: text('name'),
    geo: readJsonObject(user.geo, 'user.geo', notes),
    data: rest.length > 0 ? { ...data, ...asObject(extras) } : data,
  }
  const says = read.id ?? read.username ?? read.email ?? read.ip ?? read.name ?? read.geo
  return says === null && Object.keys(read.data).length === 0 ? null : read
}

/**
 * `{{auto}}`, or the setting "auto", stands for the address of the peer as the relay saw it; without
 * either none is made up.
 */
function readIp(wire: JsonObject, sent: string | null, peer: string | null, notes: Notes): string | null {
  const setting = asObject(asObject(wire.sdk)?.settings)?.infer_ip
  if (sent === null) return setting === 'auto' ? peer : null
  if (sent === '{{auto}}') return setting === 'never' ? null : peer
  if (isIP(sent) !== 0) return sent
  notes.add('dropped', 'user.ip_address', 'not an IP address')
  return null
}

/** `id:…`, `username:…`, `email:…` or `ip:…`; null names nobody. What was scrubbed is the same for all. */
export function userKeyOf(user: User | null): string | null {
  const known = (value: string | null | undefined) => (value && !value.includes(filtered) ? value : null)
  const id = known(user?.id)
  if (id) return `id:${id}`
  const username = known(user?.username)
  if (username) return `username:${username}`
  const email = known(user?.email)
  if (email) return `email:${email}`
  return user?.ip ? `ip:${user.ip}` : null
}
