// A relay as the collector meets it: an in-memory spool behind the real contract, that can be cut off, turn
// envelopes away, lose what waits, and hand out a row twice. It keeps what it knows, so that invariants can be
// held against the truth.
import type { RelayClient } from '../../collector/relay-client.ts'
import { AppError } from '../../shared/errors.ts'
import { type BatchHeader, type EnvelopeFacts, firstHourTold, type Outcome } from '../../shared/handover.ts'
import type { Life } from './life.ts'
import type { Random } from './random.ts'

type Row = {
  readonly facts: EnvelopeFacts
  readonly body: Buffer
  deliveries: number
  leasedUntil: number
  lease: string | null
}

const hourMs = 3_600_000
/** SDKs keep silent for this long after a refusal. */
const backoffMs = 60_000

export type ModelRelay = ReturnType<typeof createModelRelay>

export function createModelRelay(url: string, projectId: number, now: () => number, random: Random) {
  let rows: Row[] = []
  let spool = random.id()
  const counters = new Map<string, number>()
  /** Spans (ms) in which the project's silence can't be known at least, by what really happened. */
  const deaf: { readonly from: number; until: number }[] = []
  /** Those that no answer told yet: they go on until one does, or their counter's hour is over. */
  let untold: { readonly span: (typeof deaf)[number]; readonly hourEnd: number; backoffMs: number }[] = []
  const state = { isReachable: true, isLimiting: false, lastReceivedAt: 0, lastPolledAt: 0 }

  function count(outcome: Outcome): void {
    const hour = now() - (now() % hourMs)
    const key = `${outcome}:${hour}`
    counters.set(key, (counters.get(key) ?? 0) + 1)
  }

  function deafen(from: number, backoffMs: number): void {
    const span = { from, until: from }
    deaf.push(span)
    untold.push({ span, hourEnd: now() - (now() % hourMs) + hourMs, backoffMs })
  }

  function tellDeaf(): void {
    for (const { span, hourEnd, backoffMs } of untold) span.until = Math.min(hourEnd, now()) + backoffMs
    untold = []
  }

  /** @returns when it was received; null: turned away */
  function receive(body: Buffer, eventId: string): number | null {
    if (state.isLimiting) {
      count('rate_limited')
      deafen(now(), backoffMs)
      return null
    }
    const receivedAt = Math.max(now(), state.lastReceivedAt)
    state.lastReceivedAt = receivedAt
    const id = random.id()
    const facts: EnvelopeFacts = {
      id: [
        id.slice(0, 8),
        id.slice(8, 12),
        `4${id.slice(13, 16)}`,
        `8${id.slice(17, 20)}`,
        id.slice(20),
      ].join('-'),
      received_at: receivedAt,
      project: projectId,
      key: '0'.repeat(32),
      endpoint: 'envelope',
      content_type: null,
      content_encoding: null,
      user_agent: null,
      peer: null,
      query: {},
      event_id: eventId,
      event_id_made: false,
      item_types: ['event'],
      deliveries: 1,
      poisonous: false,
      length: body.length,
    }
    rows.push({ facts, body, deliveries: 0, leasedUntil: 0, lease: null })
    count('accepted')
    return receivedAt
  }

  function watermark(): number {
    const oldest = Math.min(...rows.map((row) => row.facts.received_at))
    return Number.isFinite(oldest) ? oldest - 1 : now()
  }

  function header(lease: string | null, taken: readonly Row[]): BatchHeader {
    return {
      lease,
      leased_until: lease === null ? null : now() + 30_000,
      spool,
      now: now(),
      watermark: watermark(),
      backlog: { envelopes: rows.length, bytes: 0, oldest_at: null },
      projects_version: 1,
      outcomes: [...counters].flatMap(([key, value]) => {
        const [outcome, hour] = key.split(':') as [Outcome, string]
        return Number(hour) >= firstHourTold(now())
          ? [{ project: projectId, outcome, hour: Number(hour), count: value }]
          : []
      }),
      count: taken.length,
    }
  }

  function client(life: Life): RelayClient {
    const reach = () => {
      life.cross()
      if (!state.isReachable) throw new AppError('relay_unreachable', `${url} does not answer.`)
    }
    return {
      url,
      async poll() {
        reach()
        state.lastPolledAt = now()
        tellDeaf()
        const free = rows.filter((row) => row.leasedUntil <= now()).slice(0, random.between(1, 6))
        if (free.length === 0) return { header: header(null, []), rows: [] }
        const lease = random.id()
        for (const row of free) {
          row.lease = lease
          row.leasedUntil = now() + 30_000
          row.deliveries += 1
        }
        const batch = {
          header: header(lease, free),
          rows: free.map((row) => ({
            facts: { ...row.facts, deliveries: row.deliveries },
            body: row.body,
          })),
        }
        life.cross()
        return batch
      },
      async ack(body) {
        reach()
        const done = new Set(body.done ?? [])
        rows = rows.filter((row) => !done.has(row.facts.id))
        for (const row of rows) {
          if ((body.give_back ?? []).includes(row.facts.id) && row.lease === body.lease) row.leasedUntil = 0
        }
        life.cross()
        return { deleted: done.size, given_back: 0, leased_until: null }
      },
      pushProjects: async () => true,
      close: async () => undefined,
    }
  }

  return {
    url,
    state,
    deaf,
    receive,
    client,
    /** Received-at of all that waits. */
    waiting: () => rows.map((row) => ({ receivedAt: row.facts.received_at, eventId: row.facts.event_id })),
    /** Loses what waits, as its time to live or a full disk does. @returns ids of the events lost */
    lose(outcome: 'expired' | 'evicted'): string[] {
      const lost = rows.filter((row) => row.leasedUntil <= now())
      if (lost.length === 0) return []
      rows = rows.filter((row) => row.leasedUntil > now())
      for (const row of lost) {
        count(outcome)
        deafen(row.facts.received_at, 0)
      }
      return lost.map((row) => row.facts.event_id)
    },
    /** A new machine with an empty disk. */
    replaceSpool(): string[] {
      const lost = rows
      for (const row of lost) deafen(row.facts.received_at, 0)
      // What was turned away is known no more, but for the span since the last answer; of a relay that never gave
      // one, nothing is.
      if (state.lastPolledAt === 0) untold = []
      for (const one of untold) one.backoffMs = 0
      rows = []
      counters.clear()
      spool = random.id()
      return lost.map((row) => row.facts.event_id)
    },
  }
}
