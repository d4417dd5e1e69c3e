// /metrics for Prometheus, by its naming conventions. Counters come from the outcome books, gauges are read when
// asked for; only what happens in between (a commit) is observed as it happens.
import type { ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { alarms, fates, type Outcome, refusals } from '../shared/handover.ts'
import type { Health } from './health.ts'
import { hoursLeft } from './hours-left.ts'
import type { InFlight } from './in-flight.ts'
import type { Outcomes } from './outcomes.ts'
import type { Projects } from './projects.ts'
import type { Spool } from './spool.ts'

export type Metrics = { answer(res: ServerResponse): Promise<void> }

/** Observed by the spool at each commit of envelopes. */
export type CommitObserver = (seconds: number, envelopes: number) => void

export function createCommitMetrics(): { registry: Registry; observe: CommitObserver } {
  const registry = new Registry()
  const latency = new Histogram({
    name: 'postern_relay_commit_duration_seconds',
    help: 'Time to write and sync one group of envelopes.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  })
  const size = new Histogram({
    name: 'postern_relay_commit_envelopes',
    help: 'Envelopes that shared one sync.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    registers: [registry],
  })
  return {
    registry,
    observe(seconds, envelopes) {
      latency.observe(seconds)
      size.observe(envelopes)
    },
  }
}

export function createMetrics(deps: {
  registry: Registry
  spool: Spool
  outcomes: Outcomes
  projects: Projects
  inFlight: InFlight
  health: Health
  bounds: { readonly ttlMs: number; readonly maxBytes: number }
  connections: () => Promise<number>
}): Metrics {
  const { registry, spool, outcomes, projects, inFlight, health, bounds, connections } = deps
  const registers = [registry]

  collectDefaultMetrics({ register: registry })
  const count = (outcome: Outcome): number => outcomes.sinceStart().get(outcome) ?? 0
  new Counter({
    name: 'postern_relay_envelopes_accepted_total',
    help: 'Envelopes answered with 200, since this program started.',
    registers,
    collect() {
      this.reset()
      this.inc(count('accepted'))
    },
  })
  new Counter({
    name: 'postern_relay_requests_refused_total',
    help: 'Requests that were refused, by reason, since this program started.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const reason of refusals) this.inc({ reason }, count(reason))
    },
  })
  new Counter({
    name: 'postern_relay_envelopes_ended_total',
    help: 'Accepted envelopes that left the spool, by how, since this program started.',
    labelNames: ['fate'],
    registers,
    collect() {
      this.reset()
      for (const fate of fates) this.inc({ fate }, count(fate))
    },
  })
  function gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name: `postern_relay_${name}`,
      help,
      registers,
      async collect() {
        // A spool that can't be read leaves its own gauges without a value, and no others.
        this.set(await Promise.resolve(read()).catch(() => Number.NaN))
      },
    })
  }
  gauge(
    'spool_envelopes',
    'Envelopes in the spool, waiting or leased.',
    async () => (await spool.snapshot()).backlog.envelopes,
  )
  gauge('spool_bytes', 'Bytes of bodies in the spool.', async () => (await spool.snapshot()).backlog.bytes)
  gauge(
    'spool_oldest_age_seconds',
    'Age of the oldest envelope in the spool; 0 when it is empty.',
    async () => {
      const { now, backlog } = await spool.snapshot()
      return backlog.oldest_at === null ? 0 : (now - backlog.oldest_at) / 1000
    },
  )
  gauge(
    'time_left_seconds',
    'Time until something would expire or be evicted if the backlog goes on growing as it has; +Inf while nothing waits.',
    async () => (hoursLeft(await spool.snapshot(), bounds) ?? Number.POSITIVE_INFINITY) * 3_600,
  )
  gauge('spool_failing', '1 while the spool cannot be written.', () => (spool.lastFailure() === null ? 0 : 1))
  gauge('leases', 'Leases that collectors hold.', async () => (await spool.snapshot()).leases)
  gauge(
    'last_poll_timestamp_seconds',
    'When a collector last polled; 0 for never.',
    async () => ((await spool.snapshot()).lastPolledAt ?? 0) / 1000,
  )
  gauge(
    'watermark_timestamp_seconds',
    'Up to when all that was received is delivered.',
    async () => (await spool.snapshot()).watermark / 1000,
  )
  gauge('projects', 'Projects that are known.', () => projects.count())
  gauge('in_flight_bytes', 'Bytes of bodies that are held in memory.', () => inFlight.bytes())
  gauge('connections', 'Open connections.', connections)
  new Gauge({
    name: 'postern_relay_alarm',
    help: '1 for each alarm that a person should see to, 0 for the others.',
    labelNames: ['alarm'],
    registers,
    async collect() {
      const raised = health.alarms(await spool.snapshot().catch(() => null))
      for (const alarm of alarms) this.set({ alarm }, raised.includes(alarm) ? 1 : 0)
    },
  })

  return {
    async answer(res) {
      const text = await registry.metrics()
      res.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' })
      res.end(text)
    },
  }
}
