// What SDKs say of the health of a release: updates of one session (`session`), and sessions added up by the
// minute (`sessions`). Of a session that says several things the worst is true: an update holds the whole state,
// and states only get worse, so the order in which updates arrive makes no difference.
// Follows section 7 of the protocol reference.
import type { Item, JsonObject } from './event.ts'
import { maxFutureMs, maxPastMs, maxRelease } from './limits.ts'
import { isReleaseName } from './release-name.ts'
import { storableText } from './storable.ts'
import { readMovedMoment } from './time.ts'
import { asList, asObject, cutText, type Wire } from './wire-values.ts'

/** From good to worst. */
export const sessionStates = ['healthy', 'errored', 'unhandled', 'abnormal', 'crashed'] as const
export type SessionState = (typeof sessionStates)[number]

export type SessionCount = {
  /** 32 hex digits; null: nothing more will be said of these sessions. */
  readonly sid: string | null
  readonly release: string
  readonly environment: string
  readonly startedAt: Date
  readonly state: SessionState
  /** 1 where there is a sid. */
  readonly count: number
}

/** Sentry's bounds: of one envelope, and of one `sessions` item. */
export const maxSessionsOfEnvelope = 100
const maxBuckets = 100
/** What one bucket can say: an app that means to have had more spoils its own numbers only so far. */
const maxCount = 1_000_000
const maxBytes = 256 * 1024

type Clock = { readonly receivedAt: number; readonly driftMs: number }

/** @returns none: it says nothing, or nothing that can be read; without a release there is nothing to count for */
export function readSessions({ type, payload }: Item, clock: Clock): SessionCount[] {
  const wire = readPayload(payload)
  const attrs = asObject(wire?.attrs)
  const release = readName(attrs?.release)
  if (!wire || !release || !isReleaseName(release)) return []
  const bucket = { release, environment: readName(attrs?.environment) ?? 'production' }
  if (type === 'session') {
    const startedAt = readStart(wire.started, clock)
    return [{ ...bucket, sid: readSid(wire.sid), startedAt, state: stateOf(wire), count: 1 }]
  }
  return (asList(wire.aggregates) ?? []).slice(0, maxBuckets).flatMap((entry) => {
    const one = asObject(entry)
    if (!one) return []
    const startedAt = readStart(one.started, clock)
    return sessionStates.flatMap((state) => {
      const count = readCount(one[state === 'healthy' ? 'exited' : state])
      return count === 0 ? [] : [{ ...bucket, sid: null, startedAt, state, count }]
    })
  })
}

function readPayload(payload: Buffer): JsonObject | null {
  if (payload.length > maxBytes) return null
  try {
    return asObject(JSON.parse(payload.toString('utf8')) as Wire)
  } catch {
    return null
  }
}

function readName(value: Wire): string | null {
  if (typeof value !== 'string') return null
  return storableText(cutText(value.trim(), maxRelease)) || null
}

function readSid(value: Wire): string | null {
  const hex = typeof value === 'string' ? value.replaceAll('-', '').toLowerCase() : ''
  return /^[0-9a-f]{32}$/.test(hex) && !/^0+$/.test(hex) ? hex : null
}

function stateOf({ status, errors }: JsonObject): SessionState {
  if (status === 'crashed' || status === 'abnormal' || status === 'unhandled') return status
  return status === 'errored' || (typeof errors === 'number' && errors > 0) ? 'errored' : 'healthy'
}

/** Moved by the sender's clock drift; what is absurd gives way to the receipt, as with events. */
function readStart(value: Wire, { receivedAt, driftMs }: Clock): Date {
  const started = readMovedMoment(value, driftMs)
  const isAbsurd = started === null || started > receivedAt + maxFutureMs || started < receivedAt - maxPastMs
  return new Date(isAbsurd ? receivedAt : Math.min(started, receivedAt))
}

function readCount(value: Wire): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Math.min(Number(value), maxCount) : 0
}
