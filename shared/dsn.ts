// DSNs and the credentials that SDKs make of them. A DSN is
// {scheme}://{public_key}[:{secret_key}]@{host}[:{port}][/{path}]/{project_id}; the secret is obsolete and
// dropped. Source: Sentry developer docs, "Authentication".

export type Dsn = {
  readonly publicKey: string
  readonly projectId: number
  /** Where requests go: scheme, host, port and path prefix, without a slash at the end. */
  readonly origin: string
}

/** What the fields of an auth header or of a query say; null where they say nothing. */
export type SentryAuth = {
  readonly key: string
  /** Protocol version; 4 to 7 are alive. */
  readonly version: number | null
  /** Name and version of the SDK, `sentry.java/8.53.0`. */
  readonly client: string | null
}

/** Parses a DSN; null when it is none. A key is not checked against anything here. */
export function parseDsn(text: unknown): Dsn | null {
  if (typeof text !== 'string' || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  const cut = url.pathname.replace(/\/$/, '').lastIndexOf('/')
  const projectId = parseProjectId(url.pathname.slice(cut + 1).replace(/\/$/, ''))
  if (projectId === null || url.username === '') return null
  return { publicKey: url.username, projectId, origin: url.origin + url.pathname.slice(0, cut) }
}

/** Writes a DSN. @param origin scheme, host and port of the relay; a path prefix is kept */
export function formatDsn({ origin, publicKey, projectId }: Dsn): string {
  const url = new URL(origin)
  return `${url.protocol}//${publicKey}@${url.host}${url.pathname.replace(/\/+$/, '')}/${projectId}`
}

/** Parses a project id as it stands in a path or DSN; null unless it is a positive number. */
export function parseProjectId(text: string): number | null {
  if (!/^\d{1,15}$/.test(text)) return null
  const id = Number(text)
  return id > 0 ? id : null
}

/**
 * Reads the key out of `X-Sentry-Auth` or `Authorization`: `Sentry sentry_key=…, sentry_version=7, …`
 * (fields in any order, blanks after commas optional: Java sends none) or `Basic base64(key:)`.
 * @returns null when there is no key in it
 */
export function parseAuthHeader(value: string): SentryAuth | null {
  const [scheme, rest] = splitOnce(value.trim(), ' ')
  if (scheme.toLowerCase() === 'basic') {
    const [key] = splitOnce(Buffer.from(rest.trim(), 'base64').toString('utf8'), ':')
    return key ? { key, version: null, client: null } : null
  }
  if (scheme.toLowerCase() !== 'sentry') return null
  const fields = new Map<string, string>()
  for (const pair of rest.split(',')) {
    const [name, field] = splitOnce(pair, '=')
    fields.set(name.trim().toLowerCase(), field.trim())
  }
  return sentryAuth((name) => fields.get(name) ?? null)
}

/** Reads the key out of a query (`?sentry_key=…&sentry_version=7&sentry_client=…`); null without one. */
export function parseAuthQuery(query: URLSearchParams): SentryAuth | null {
  return sentryAuth((name) => query.get(name))
}

function sentryAuth(field: (name: string) => string | null): SentryAuth | null {
  const key = field('sentry_key')
  if (!key) return null
  const version = Number.parseInt(field('sentry_version') ?? '', 10)
  return { key, version: Number.isNaN(version) ? null : version, client: field('sentry_client') || null }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
