// The collector's settings: the only reader of the environment here. docs/configuration.md describes each;
// a test fails when one is missing there.
import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { projectSeeds } from '../shared/projects-seed.ts'
import { type OpeningKey, openingKeys } from '../shared/sealing.ts'
import { type Environment, logLevel, port, type Rules, readSettings } from '../shared/settings.ts'
import type { KeptAtMost } from './db/partitions.ts'
import type { GithubCredentials } from './trackers/github-auth.ts'

export type RelayAddress = { readonly url: string; readonly token: string }

export type CollectorConfig = {
  readonly host: string
  readonly port: number
  readonly relays: readonly RelayAddress[]
  /** Public base of the dashboard, for links; no slash at the end. */
  readonly url: string
  /** Where SDKs reach the relay: what DSNs are made with. */
  readonly relayUrl: string
  /** null: the embedded store in dataDir. */
  readonly databaseUrl: string | null
  readonly dataDir: string
  readonly projects: z.output<typeof projectSeeds>
  readonly admin: { readonly email: string; readonly password: string } | null
  readonly apiToken: string | null
  readonly org: string
  readonly github: {
    /** null: nothing is filed; alerts wait and say so. */
    readonly credentials: GithubCredentials | null
    readonly apiUrl: string
    readonly repository: string | null
  }
  /** Private keys for what relays seal, newest first; the first one's public half is pushed to them. */
  readonly sealing: { readonly keys: readonly OpeningKey[]; readonly lostKeys: readonly string[] }
  /** null: no mail is sent. */
  readonly mail: { readonly url: string; readonly from: string } | null
  /** `host` or `host:port` of destinations that may lie inside the network. */
  readonly allowedHosts: readonly string[]
  /** null: people sign in with passwords only. */
  readonly sso: {
    readonly issuer: string
    readonly clientId: string
    readonly clientSecret: string
    /** As the button on the sign-in page calls it. */
    readonly name: string
    /** Domains of addresses that may sign in; empty: any. */
    readonly domains: readonly string[]
    /** Role of accounts made by signing in; null: none are. */
    readonly role: 'viewer' | 'member' | null
  } | null
  readonly trackerPollSeconds: number
  readonly quietMinutes: number
  /** Over all projects, whatever their settings say. */
  readonly keptAtMost: KeptAtMost
  readonly logLevel: z.output<typeof logLevel>
}

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

const httpUrl = z
  .string()
  .refine(isHttpUrl, 'not an http or https address')
  .transform((text) => text.replace(/\/+$/, ''))

/** A URL without a query holds no "=", so the first one separates; tokens may hold more. */
function parseRelays(text: string): RelayAddress[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [url = ''] = entry.split('=', 1)
      return { url: url.replace(/\/+$/, ''), token: entry.slice(url.length + 1) }
    })
}

const relayList = z.string().transform((text, context): readonly RelayAddress[] => {
  const relays = parseRelays(text)
  const problem = (message: string) => context.addIssue({ code: 'custom', message })
  relays.forEach(({ url, token }, index) => {
    if (!isHttpUrl(url)) problem(`"${url}" is not an http or https address (expected url=token)`)
    else if (token.length < 32) problem(`the token of ${url} has fewer than 32 characters`)
    else if (relays.findIndex((relay) => relay.url === url) < index) problem(`${url} is given twice`)
  })
  return relays
})

const hostList = z.string().transform((text, context): readonly string[] => {
  const hosts = text
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '')
  for (const host of hosts) {
    if (/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(host)) continue
    context.addIssue({ code: 'custom', message: `"${host}" is not a host or host:port` })
  }
  return hosts.map((host) => host.replace(/^\[([^\]]+)\]/, '$1'))
})

function isPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

const lostKeys = z
  .string()
  .transform((text) => text.split(',').flatMap((id) => id.trim() || []))
  .refine((ids) => ids.every((id) => /^[0-9a-f]{16}$/.test(id)), 'not a list of key ids (16 hex digits each)')

const schema = z.object({
  COLLECTOR_HOST: z.string().default('127.0.0.1'),
  COLLECTOR_PORT: port.default(4200),
  COLLECTOR_RELAYS: relayList.prefault(''),
  COLLECTOR_ALLOW_PLAIN_HTTP: z.enum(['true', 'false']).default('false'),
  COLLECTOR_URL: httpUrl.optional(),
  RELAY_URL: httpUrl.optional(),
  COLLECTOR_SEALING_KEYS: openingKeys.prefault(''),
  COLLECTOR_LOST_SEALING_KEYS: lostKeys.prefault(''),
  DATABASE_URL: z
    .string()
    .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), 'not a postgres:// address')
    .optional(),
  POSTERN_DATA_DIR: z.string().default('./data'),
  POSTERN_PROJECTS: projectSeeds,
  POSTERN_ADMIN_EMAIL: z.email('not an e-mail address').optional(),
  POSTERN_ADMIN_PASSWORD: z.string().min(12, 'fewer than 12 characters').optional(),
  POSTERN_API_TOKEN: z.string().min(32, 'fewer than 32 characters').optional(),
  POSTERN_ORG: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,49}$/, 'not a slug (lower-case letters, digits, dashes)')
    .default('postern'),
  GITHUB_TOKEN: z.string().optional(),
  GITHUB_APP_ID: z
    .string()
    .regex(/^(\d{1,12}|Iv[\w.]{1,40})$/, "not an app's id or client id")
    .optional(),
  GITHUB_APP_PRIVATE_KEY: z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n'))
    .refine(isPrivateKey, 'not a private key in PEM form')
    .optional(),
  GITHUB_APP_INSTALLATION_ID: z.coerce.number().int().positive().optional(),
  GITHUB_API_URL: httpUrl.default('https://api.github.com'),
  GITHUB_REPOSITORY: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'not owner/name')
    .optional(),
  POSTERN_SMTP_URL: z
    .string()
    .refine((text) => /^smtps?:\/\//.test(text) && URL.canParse(text), 'not an smtp:// or smtps:// address')
    .optional(),
  POSTERN_MAIL_FROM: z
    .string()
    .regex(
      /^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
      'not an address such as Postern <postern@example.com>',
    )
    .optional(),
  POSTERN_ALLOWED_HOSTS: hostList.prefault(''),
  // As the provider writes it: a slash at the end counts.
  OIDC_ISSUER: z.string().refine(isHttpUrl, 'not an http or https address').optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_NAME: z.string().max(60).default('single sign-on'),
  OIDC_DOMAINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((domain) => domain.trim().toLowerCase().replace(/^@/, ''))
        .filter((domain) => domain !== ''),
    ),
  OIDC_ROLE: z.enum(['none', 'viewer', 'member']).default('none'),
  POSTERN_TRACKER_POLL_SECONDS: z.coerce.number().min(0.05).max(3600).default(30),
  POSTERN_MAX_RETENTION_DAYS: z.coerce.number().int().min(1).max(365).optional(),
  POSTERN_MAX_STORED_MEGABYTES: z.coerce.number().int().min(100).max(100_000_000).optional(),
  POSTERN_QUIET_MINUTES: z.coerce.number().min(0).max(1440).default(10),
  POSTERN_LOG_LEVEL: logLevel.default('info'),
})

/** Names of all settings, for the test that compares them with the documentation. */
export const collectorSettings = Object.keys(schema.shape)

/** Settings that may come from a file named by NAME_FILE. */
export const collectorSecrets = [
  'COLLECTOR_RELAYS',
  'COLLECTOR_SEALING_KEYS',
  'DATABASE_URL',
  'POSTERN_ADMIN_PASSWORD',
  'POSTERN_API_TOKEN',
  'OIDC_CLIENT_SECRET',
  'GITHUB_TOKEN',
  'GITHUB_APP_PRIVATE_KEY',
  'POSTERN_SMTP_URL',
] as const

function oidcProblems(given: Readonly<Record<string, string | undefined>>) {
  const names = ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']
  const missing = names.filter((name) => !given[name])
  const problems = missing.map((name) => ({ name, problem: 'missing beside the other OIDC settings' }))
  if (missing.length === names.length) return []
  const issuer = URL.parse(given.OIDC_ISSUER ?? '')
  if (issuer?.protocol === 'http:' && !loopbackHost.test(issuer.hostname)) {
    problems.push({ name: 'OIDC_ISSUER', problem: 'has to be https' })
  }
  return problems
}

const rules: Rules = (given) => {
  const problems: { name: string; problem: string }[] = []
  if (given.POSTERN_ADMIN_EMAIL && !given.POSTERN_ADMIN_PASSWORD) {
    problems.push({ name: 'POSTERN_ADMIN_PASSWORD', problem: 'missing beside POSTERN_ADMIN_EMAIL' })
  }
  if (given.POSTERN_ADMIN_PASSWORD && !given.POSTERN_ADMIN_EMAIL) {
    problems.push({ name: 'POSTERN_ADMIN_EMAIL', problem: 'missing beside POSTERN_ADMIN_PASSWORD' })
  }
  if (given.GITHUB_TOKEN && given.GITHUB_APP_ID) {
    problems.push({ name: 'GITHUB_APP_ID', problem: 'beside GITHUB_TOKEN; give one of them' })
  }
  if (given.GITHUB_APP_ID && !given.GITHUB_APP_PRIVATE_KEY) {
    problems.push({ name: 'GITHUB_APP_PRIVATE_KEY', problem: 'missing beside GITHUB_APP_ID' })
  }
  if (given.GITHUB_APP_PRIVATE_KEY && !given.GITHUB_APP_ID) {
    problems.push({ name: 'GITHUB_APP_ID', problem: 'missing beside GITHUB_APP_PRIVATE_KEY' })
  }
  if (given.POSTERN_SMTP_URL && !given.POSTERN_MAIL_FROM) {
    problems.push({ name: 'POSTERN_MAIL_FROM', problem: 'missing beside POSTERN_SMTP_URL' })
  }
  problems.push(...oidcProblems(given))
  if (given.COLLECTOR_ALLOW_PLAIN_HTTP === 'true') return problems
  for (const { url } of parseRelays(given.COLLECTOR_RELAYS ?? '')) {
    if (!isHttpUrl(url)) continue
    const { protocol, hostname } = new URL(url)
    if (protocol === 'https:' || loopbackHost.test(hostname)) continue
    const problem = `${url} would carry its token and your events unencrypted; use https, or set COLLECTOR_ALLOW_PLAIN_HTTP=true in a network you trust`
    problems.push({ name: 'COLLECTOR_RELAYS', problem })
  }
  return problems
}

function credentialsOf(values: z.output<typeof schema>): GithubCredentials | null {
  if (values.GITHUB_TOKEN) return { kind: 'token', token: values.GITHUB_TOKEN }
  if (!values.GITHUB_APP_ID || !values.GITHUB_APP_PRIVATE_KEY) return null
  return {
    kind: 'app',
    appId: values.GITHUB_APP_ID,
    privateKey: values.GITHUB_APP_PRIVATE_KEY,
    installationId: values.GITHUB_APP_INSTALLATION_ID ?? null,
  }
}

/**
 * @throws AppError 'invalid_settings' naming every problem
 */
export function loadConfig(env: Environment): CollectorConfig {
  const values = readSettings(schema, env, collectorSecrets, rules)
  const url = values.COLLECTOR_URL ?? `http://localhost:${values.COLLECTOR_PORT}`
  return Object.freeze({
    host: values.COLLECTOR_HOST,
    port: values.COLLECTOR_PORT,
    relays: values.COLLECTOR_RELAYS,
    url,
    relayUrl: values.RELAY_URL ?? values.COLLECTOR_RELAYS[0]?.url ?? 'http://localhost:4100',
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.POSTERN_DATA_DIR,
    projects: values.POSTERN_PROJECTS,
    admin:
      values.POSTERN_ADMIN_EMAIL && values.POSTERN_ADMIN_PASSWORD
        ? { email: values.POSTERN_ADMIN_EMAIL, password: values.POSTERN_ADMIN_PASSWORD }
        : null,
    apiToken: values.POSTERN_API_TOKEN ?? null,
    org: values.POSTERN_ORG,
    github: {
      credentials: credentialsOf(values),
      apiUrl: values.GITHUB_API_URL,
      repository: values.GITHUB_REPOSITORY ?? null,
    },
    sealing: { keys: values.COLLECTOR_SEALING_KEYS, lostKeys: values.COLLECTOR_LOST_SEALING_KEYS },
    mail:
      values.POSTERN_SMTP_URL && values.POSTERN_MAIL_FROM
        ? { url: values.POSTERN_SMTP_URL, from: values.POSTERN_MAIL_FROM }
        : null,
    allowedHosts: values.POSTERN_ALLOWED_HOSTS,
    sso:
      values.OIDC_ISSUER && values.OIDC_CLIENT_ID && values.OIDC_CLIENT_SECRET
        ? {
            issuer: values.OIDC_ISSUER,
            clientId: values.OIDC_CLIENT_ID,
            clientSecret: values.OIDC_CLIENT_SECRET,
            name: values.OIDC_NAME,
            domains: values.OIDC_DOMAINS,
            role: values.OIDC_ROLE === 'none' ? null : values.OIDC_ROLE,
          }
        : null,
    trackerPollSeconds: values.POSTERN_TRACKER_POLL_SECONDS,
    quietMinutes: values.POSTERN_QUIET_MINUTES,
    keptAtMost: {
      days: values.POSTERN_MAX_RETENTION_DAYS ?? null,
      bytes: values.POSTERN_MAX_STORED_MEGABYTES ? values.POSTERN_MAX_STORED_MEGABYTES * 1_000_000 : null,
    },
    logLevel: values.POSTERN_LOG_LEVEL,
  })
}
