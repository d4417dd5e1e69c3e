// The relay's settings: the only reader of its environment. docs/configuration.md describes each.
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../shared/errors.ts'
import { type ProjectSeed, projectSeeds } from '../shared/projects-seed.ts'
import { type SealingKey, sealingKey } from '../shared/sealing.ts'
import { type Environment, logLevel, port, readSettings } from '../shared/settings.ts'
import type { Rate } from './token-bucket.ts'

export type RelayConfig = {
  readonly host: string
  readonly port: number
  /** One token, or during a rotation two. */
  readonly tokens: readonly string[]
  readonly spoolPath: string
  readonly ttlMs: number
  /** Bound of one body, as received and again after content-decoding. */
  readonly maxEnvelopeBytes: number
  /** Bound of all bodies held in memory at one time. */
  readonly maxInFlightBytes: number
  /** Bound of what envelopes take in the spool's file. */
  readonly maxSpoolBytes: number
  /** Header in which the proxy in front names the client, lower case; null: the socket's address. */
  readonly clientIpHeader: string | null
  /** Which entry of that header's list counts, from its end. */
  readonly clientIpHops: number
  /** Rate limit of each key, unless the collector set another. */
  readonly rate: Rate
  readonly logLevel: z.output<typeof logLevel>
  readonly seeds: readonly ProjectSeed[]
  /** Key to seal with whatever the collector pushes; null: the pushed one, if any. */
  readonly sealingKey: SealingKey | null
  /** Item categories announced as unwanted. */
  readonly unwanted: readonly string[]
}

const mebibyte = 1024 * 1024
const defaultUnwanted = 'transaction;span;profile;profile_chunk;replay;log_item;trace_metric'

const tokens = z
  .string()
  .transform((text) => text.split(',').map((token) => token.trim()))
  .refine((list) => list.length <= 2, 'more than two tokens; two are valid during a rotation')
  .refine((list) => list.every((token) => token.length >= 32), 'shorter than 32 characters')

const schema = z.object({
  RELAY_HOST: z.string().default('127.0.0.1'),
  RELAY_PORT: port.default(4100),
  RELAY_TOKEN: tokens,
  RELAY_SPOOL: z.string().default('./data/spool.db'),
  // The collector knows the ids of rows for 30 days; one that came later would count twice.
  RELAY_TTL_HOURS: z.coerce.number().positive().max(600).default(168),
  RELAY_MAX_ENVELOPE_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(40 * mebibyte),
  RELAY_MAX_IN_FLIGHT_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(64 * mebibyte),
  // Fits the smallest volume of Fly, 1 GB, beside the write-ahead log and the file system's own needs.
  RELAY_MAX_SPOOL_BYTES: z.coerce
    .number()
    .int()
    .min(8 * mebibyte)
    .default(768 * mebibyte),
  RELAY_CLIENT_IP_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'not the name of a header')
    .optional(),
  RELAY_CLIENT_IP_HOPS: z.coerce.number().int().min(1).max(10).default(1),
  RELAY_RATE_PER_SECOND: z.coerce.number().positive().default(100),
  RELAY_RATE_BURST: z.coerce.number().min(1).default(1_000),
  RELAY_LOG_LEVEL: logLevel.default('info'),
  RELAY_UNWANTED: z
    .string()
    .regex(/^[a-z_]+(;[a-z_]+)*$/, 'not a list of categories such as transaction;span, or none')
    .default(defaultUnwanted),
  RELAY_SEALING_KEY: sealingKey.optional(),
  POSTERN_PROJECTS: projectSeeds,
})

/** Names of the settings, for the test that compares them with the documentation. */
export const relaySettingNames = Object.keys(schema.shape)

/**
 * Reads the relay's settings.
 * @throws AppError 'invalid_settings' whose message names every problem
 */
export function loadConfig(env: Environment): RelayConfig {
  const settings = readSettings(schema, env, ['RELAY_TOKEN', 'RELAY_SEALING_KEY'])
  if (settings.RELAY_MAX_IN_FLIGHT_BYTES < settings.RELAY_MAX_ENVELOPE_BYTES) {
    throw new AppError(
      'invalid_settings',
      'These settings need mending (docs/configuration.md describes each):\n' +
        '  RELAY_MAX_IN_FLIGHT_BYTES: lower than RELAY_MAX_ENVELOPE_BYTES, so that the largest envelope never fits',
    )
  }
  return Object.freeze({
    host: settings.RELAY_HOST,
    port: settings.RELAY_PORT,
    tokens: settings.RELAY_TOKEN,
    spoolPath: isAbsolute(settings.RELAY_SPOOL)
      ? settings.RELAY_SPOOL
      : join(process.cwd(), settings.RELAY_SPOOL),
    ttlMs: settings.RELAY_TTL_HOURS * 3_600_000,
    maxEnvelopeBytes: settings.RELAY_MAX_ENVELOPE_BYTES,
    maxInFlightBytes: settings.RELAY_MAX_IN_FLIGHT_BYTES,
    maxSpoolBytes: settings.RELAY_MAX_SPOOL_BYTES,
    clientIpHeader: settings.RELAY_CLIENT_IP_HEADER?.toLowerCase() ?? null,
    clientIpHops: settings.RELAY_CLIENT_IP_HOPS,
    rate: { perSecond: settings.RELAY_RATE_PER_SECOND, burst: settings.RELAY_RATE_BURST },
    logLevel: settings.RELAY_LOG_LEVEL,
    seeds: settings.POSTERN_PROJECTS,
    sealingKey: settings.RELAY_SEALING_KEY ?? null,
    unwanted: settings.RELAY_UNWANTED === 'none' ? [] : settings.RELAY_UNWANTED.split(';'),
  })
}
