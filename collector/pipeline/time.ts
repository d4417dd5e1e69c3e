// Moments on the wire: float seconds, milliseconds, or RFC 3339 with any number of digits and with or
// without a zone; corrected by the sender's clock drift and kept from being absurd.
import type { EventContext } from './event.ts'
import { clockDriftMs, maxFutureMs, maxMoment, maxPastMs } from './limits.ts'
import type { Notes, Wire } from './wire-values.ts'

const rfc3339 =
  /^\s*(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([Zz]|UTC|[+-]\d\d:?\d\d)?\s*$/

/**
 * A moment in ms since 1970, fractions of a ms dropped; null where the value is none.
 * No zone means UTC (Raven clients). Numbers are seconds, above 10^11 ms.
 */
export function parseMoment(value: Wire): number | null {
  if (typeof value === 'number') return fromNumber(value)
  if (typeof value !== 'string' || value.length > 64) return null
  const parts = rfc3339.exec(value)
  if (!parts) return /^\s*\d{1,16}(\.\d+)?\s*$/.test(value) ? fromNumber(Number(value)) : null
  const [, year, month, day, hour, minute, second, fraction, zone] = parts
  const ms = fraction ? Math.floor(Number(`0.${fraction}`) * 1000) : 0
  const utc = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
    ms,
  )
  return Number.isNaN(utc) ? null : utc - offsetMs(zone)
}

function fromNumber(value: number): number | null {
  const ms = value > 1e11 ? value : value * 1000
  return Number.isFinite(ms) && ms > 0 && ms <= maxMoment ? Math.floor(ms) : null
}

function offsetMs(zone: string | undefined): number {
  if (!zone || zone.length < 5) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone[0] === '-' ? -minutes : minutes) * 60_000
}

/**
 * How far every moment of the payload must be moved, in ms: the difference between receipt and
 * `sent_at` where that is at least 55 minutes; 0 where the sender named no `sent_at`.
 * Source: relay-event-normalization `clock_drift.rs`
 */
export function clockDrift(context: EventContext): number {
  if (context.sentAt === null) return 0
  const drift = context.receivedAt - context.sentAt
  return Math.abs(drift) >= clockDriftMs ? drift : 0
}

/** A moment of the payload moved by the sender's clock drift; null where it is none or no Date can hold it. */
export function readMovedMoment(value: Wire, driftMs: number): number | null {
  const moment = parseMoment(value)
  return moment === null || Math.abs(moment + driftMs) > maxMoment ? null : moment + driftMs
}

/** When the event happened, ms: drift-corrected, not after its receipt, at most 30 days before it. */
export function readOccurredAt(timestamp: Wire, driftMs: number, receivedAt: number, notes: Notes): number {
  const sent = parseMoment(timestamp)
  if (sent === null) {
    if (timestamp !== undefined && timestamp !== null) {
      notes.add('time_replaced', 'timestamp', 'not a moment; the time of receipt stands in')
    }
    return receivedAt
  }
  const moment = sent + driftMs
  if (driftMs !== 0) {
    notes.add(
      'clock_corrected',
      'timestamp',
      `moved by ${Math.round(driftMs / 1000)} s, the sender's clock drift`,
    )
  }
  if (moment > receivedAt + maxFutureMs || moment < receivedAt - maxPastMs) {
    const where = moment > receivedAt ? 'in the future' : 'more than 30 days old'
    notes.add('time_replaced', 'timestamp', `${describe(moment)} is ${where}; the time of receipt stands in`)
    return receivedAt
  }
  return Math.min(moment, receivedAt)
}

function describe(ms: number): string {
  return Math.abs(ms) <= maxMoment ? new Date(ms).toISOString() : String(ms)
}
