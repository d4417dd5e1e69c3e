// The HTTP request an event belongs to, in all the shapes that SDKs give its parts.
import type { JsonObject, JsonValue, Request } from './event.ts'
import { maxJsonText, maxName, maxPairs, maxPath } from './limits.ts'
import {
  asList,
  cutList,
  type Notes,
  readJson,
  readJsonObject,
  readPairs,
  readText,
  type Wire,
} from './wire-values.ts'

type Pairs = Request['query']

/** @returns null where nothing is in it (React Native sends an empty one) */
export function readRequest(wire: JsonObject | null, notes: Notes): Request | null {
  if (!wire) return null
  const url = readText(wire.url, maxPath, 'request.url', notes)
  const query = readQuery(wire.query_string, notes)
  const request: Request = {
    url,
    method: readText(wire.method, 50, 'request.method', notes),
    query: query.length > 0 || url === null ? query : queryOfUrl(url, notes),
    headers: textPairs(wire.headers, 'request.headers', notes),
    cookies: readCookies(wire.cookies, notes),
    data: wire.data === undefined ? null : readJson(wire.data, 'request.data', notes),
    env: readJsonObject(wire.env, 'request.env', notes) ?? {},
  }
  const isEmpty =
    (request.url ?? request.method ?? request.data) === null &&
    request.query.length +
      request.headers.length +
      request.cookies.length +
      Object.keys(request.env).length ===
      0
  return isEmpty ? null : request
}

/** Text, object (values may be lists) or list of pairs. */
function readQuery(value: Wire, notes: Notes): Pairs {
  if (typeof value === 'string') return parseQuery(value, 'request.query_string', notes)
  return textPairs(value, 'request.query_string', notes)
}

function queryOfUrl(url: string, notes: Notes): Pairs {
  const start = url.indexOf('?')
  return start < 0 ? [] : parseQuery(url.slice(start).split('#', 1)[0] as string, 'request.url', notes)
}

function parseQuery(text: string, path: string, notes: Notes): Pairs {
  const query = text.startsWith('?') ? text.slice(1) : text
  if (query === '') return []
  return boundedPairs([...new URLSearchParams(query.slice(0, maxJsonText))], path, notes)
}

function readCookies(value: Wire, notes: Notes): Pairs {
  if (typeof value !== 'string') return textPairs(value, 'request.cookies', notes)
  const pairs = value
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '')
    .map((cookie) => {
      const at = cookie.indexOf('=')
      return at < 0 ? ([cookie, ''] as const) : ([cookie.slice(0, at), cookie.slice(at + 1)] as const)
    })
  return boundedPairs(pairs, 'request.cookies', notes)
}

function textPairs(value: Wire, path: string, notes: Notes): Pairs {
  const pairs = readPairs(value, path, notes).map(
    ([name, member]) =>
      [typeof name === 'object' ? JSON.stringify(name) : String(name), textOf(member)] as const,
  )
  return boundedPairs(pairs, path, notes)
}

function textOf(value: JsonValue): string {
  if (value === null) return ''
  const list = asList(value)
  if (list?.every((member) => typeof member !== 'object')) return list.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function boundedPairs(pairs: Pairs, path: string, notes: Notes): Pairs {
  return cutList(pairs, maxPairs, maxPairs, path, notes).map(([name, value]) => [
    readText(name, maxName, path, notes) ?? '',
    readText(value, maxPath, `${path}.${name.slice(0, 60)}`, notes) ?? '',
  ])
}
