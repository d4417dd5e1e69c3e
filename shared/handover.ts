// The contract between relay and collector: what `GET /relay/poll` answers, what `POST /relay/ack` and
// `PUT /relay/projects` take. A batch is written in the envelope grammar itself: one JSON header line,
// then for each envelope a JSON line with its facts and `length`, then exactly that many bytes and LF.
// Both programs check against these schemas.
import { z } from 'zod'

export const batchContentType = 'application/x-postern-batch'

/** What an envelope came as. `store` includes Raven's project-less path, `security` the csp-report alias. */
export const endpoints = ['envelope', 'store', 'security', 'minidump', 'unreal'] as const
export type Endpoint = (typeof endpoints)[number]

/** How every request to the public surface ends: accepted, or refused with one of these reasons. */
export const refusals = [
  'missing_key',
  'unknown_key',
  'project_mismatch',
  'invalid_project',
  'unsupported_version',
  'invalid_encoding',
  'invalid_envelope',
  'too_large',
  'rate_limited',
  'aborted',
  'spool_full',
  'spool_error',
  // No request of an SDK: a path or method that isn't served, or what is no HTTP at all.
  'not_found',
  'method_not_allowed',
  'invalid_request',
] as const
export type Refusal = (typeof refusals)[number]

/** How everything accepted ends. */
export const fates = ['delivered', 'expired', 'evicted'] as const
export type Fate = (typeof fates)[number]

export const outcomes = ['accepted', ...fates, ...refusals] as const
export type Outcome = (typeof outcomes)[number]

const hourMs = 3_600_000
/**
 * Start of the first hour whose counters an answer to a poll has; older ones are told by `GET /relay/status` alone.
 * @param now ms by the relay's clock
 */
export function firstHourTold(now: number): number {
  const since = now - 2 * hourMs
  return since - (since % hourMs)
}

/**
 * One counter: cumulative since the relay's spool was made, for one project (0: not known), outcome and
 * hour (ms since 1970, start of the hour). The collector keeps the maximum it has seen, so a lost answer
 * or a second collector changes nothing.
 */
export const outcomeCounter = z.object({
  project: z.number().int(),
  outcome: z.enum(outcomes),
  hour: z.number().int(),
  count: z.number().int().nonnegative(),
})
export type OutcomeCounter = z.infer<typeof outcomeCounter>

/** First line of a batch. All moments are ms since 1970 by the relay's clock. */
export const batchHeader = z.object({
  /** null: nothing is leased, the batch is empty. */
  lease: z.string().nullable(),
  leased_until: z.number().int().nullable(),
  /** This spool's own random id (32 hex digits), made with it; survives moving the file. */
  spool: z.string().regex(/^[0-9a-f]{32}$/),
  now: z.number().int(),
  /** Every envelope received up to this moment has been handed out and acked (or has expired). */
  watermark: z.number().int(),
  backlog: z.object({
    /** Rows waiting or leased, before this batch's ack. */
    envelopes: z.number().int(),
    bytes: z.number().int(),
    oldest_at: z.number().int().nullable(),
  }),
  /** Version of the projects the relay holds; 0: none was ever pushed. */
  projects_version: z.number().int(),
  /** How long an envelope waits for a collector before it expires; older relays don't say. */
  ttl_hours: z.number().positive().optional(),
  /** Counters of the hours from `firstHourTold(now)` on; `GET /relay/status` has all that are kept. */
  outcomes: z.array(outcomeCounter),
  /** How many envelopes follow. */
  count: z.number().int(),
})
export type BatchHeader = z.infer<typeof batchHeader>

/** What the relay knows of a row in the clear, whatever it came as. */
const spooledFacts = z.object({
  /** Random id (UUID) given at arrival; survives moving the spool. */
  id: z.uuid(),
  received_at: z.number().int(),
  project: z.number().int(),
  /** How often this row was handed over, this time included. */
  deliveries: z.number().int(),
  /** True from the sixth delivery on: keep it unread as a dead letter. */
  poisonous: z.boolean(),
  /** Of the bytes that follow. */
  length: z.number().int().nonnegative(),
})

/** What is known of a request when it arrives. */
export const arrivalFacts = z.object({
  key: z.string(),
  endpoint: z.enum(endpoints),
  content_type: z.string().nullable(),
  content_encoding: z.string().nullable(),
  user_agent: z.string().nullable(),
  /** Address of the peer as the relay saw it (behind its proxy, by setting). */
  peer: z.string().nullable(),
  /** Query parameters that carry facts (sentry_environment, sentry_release, sentry_client); never the key. */
  query: z.record(z.string(), z.string()),
  /** Event id of the envelope header (32 hex), else the one the relay made and answered. */
  event_id: z.string().regex(/^[0-9a-f]{32}$/),
  /** True: the sender named no event id in the envelope header and the relay made this one. */
  event_id_made: z.boolean(),
  item_types: z.array(z.string()),
})
export type ArrivalFacts = z.infer<typeof arrivalFacts>

/** The line before a sealed envelope's bytes: all else is sealed with them, see relay/seal.ts. */
export const sealedFacts = spooledFacts.extend({
  /** Id of the key that it is sealed with. */
  sealed: z.string().min(1).max(64),
})
export type SealedFacts = z.infer<typeof sealedFacts>

/** The line before each envelope's bytes: the facts of its arrival. */
export const envelopeFacts = spooledFacts.extend({
  ...arrivalFacts.shape,
  /** Never on the wire: the collector's mark of a row that it could not open, with the key's id. */
  sealed: z.string().optional(),
})
export type EnvelopeFacts = z.infer<typeof envelopeFacts>

/** Query of `GET /relay/poll`: rows and bytes at most, seconds to wait for one, seconds to hold the lease. */
export const pollQuery = z.object({
  max: z.coerce.number().int().min(1).max(10_000).default(500),
  max_bytes: z.coerce
    .number()
    .int()
    .min(1)
    .default(8 * 1024 * 1024),
  wait: z.coerce.number().min(0).max(60).default(0),
  lease: z.coerce.number().min(1).max(3600).default(60),
})
export type PollQuery = z.infer<typeof pollQuery>

/**
 * Body of `POST /relay/ack`. `done` rows are deleted, by whomever and however late; `give_back` frees
 * rows, only under one's own live lease; `renew` (seconds) holds the lease longer.
 */
export const ackRequest = z.object({
  lease: z.string(),
  done: z.array(z.uuid()).max(10_000).default([]),
  give_back: z.array(z.uuid()).max(10_000).default([]),
  renew: z.number().min(1).max(3600).optional(),
})
export type AckRequest = z.input<typeof ackRequest>

export const ackResponse = z.object({
  deleted: z.number().int(),
  given_back: z.number().int(),
  /** null: the lease is unknown or ran out. */
  leased_until: z.number().int().nullable(),
})
export type AckResponse = z.infer<typeof ackResponse>

/**
 * Body of `PUT /relay/projects`: all projects there are. `version` must not be lower than the one held
 * (409 stale_projects); the same version again changes nothing.
 */
export const projectsRequest = z.object({
  version: z.number().int().positive(),
  /** Public key to seal with from now on (shared/sealing.ts); absent: nothing is sealed. */
  sealing_key: z.string().max(128).optional(),
  projects: z.array(
    z.object({
      id: z.number().int().positive(),
      /** Keys in force; one that is missing here is refused from now on. */
      keys: z.array(z.string().min(1).max(128)),
      /** Rate limit of each key; absent: the relay's default. */
      limit: z.object({ per_second: z.number().positive(), burst: z.number().min(1) }).optional(),
      /** Item categories the team doesn't want; announced to SDKs on ordinary answers. */
      unwanted: z
        .array(z.string().regex(/^[a-z_]{1,32}$/))
        .max(32)
        .optional(),
    }),
  ),
})
export type ProjectsRequest = z.infer<typeof projectsRequest>

/** What is wrong at a relay so that a person should see to it: docs/operations.md says what to do. */
export const alarms = [
  'spool_failing',
  'no_projects',
  'collector_silent',
  'data_at_risk',
  'losing_data',
] as const
export type Alarm = (typeof alarms)[number]

/** What `GET /relay/status` answers. `?since=` (ms since 1970) leaves out older counters. */
export const relayStatus = z.object({
  spool: z.string().regex(/^[0-9a-f]{32}$/),
  now: z.number().int(),
  started_at: z.number().int(),
  watermark: z.number().int(),
  backlog: batchHeader.shape.backlog,
  /** When a collector last polled; null: never. */
  last_polled_at: z.number().int().nullable(),
  projects_version: z.number().int(),
  projects: z.number().int(),
  /** Bytes of bodies held in memory at this moment. */
  in_flight_bytes: z.number().int(),
  ttl_hours: z.number(),
  /** Bytes that envelopes take in the spool's file, and may take. */
  used_bytes: z.number().int(),
  max_bytes: z.number().int(),
  /** Hours until events would be lost if things go on as they do; null while nothing waits. */
  hours_left: z.number().nullable(),
  /** Why the spool's last write failed; null when it did not. */
  failure: z.string().nullable(),
  alarms: z.array(z.enum(alarms)),
  outcomes: z.array(outcomeCounter),
})
export type RelayStatus = z.infer<typeof relayStatus>
