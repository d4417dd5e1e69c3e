// The figures of bench:digest as Markdown.
import { formatNumber, formatTable } from '../report.ts'
import type { BenchStore } from '../stores.ts'
import type { DigestResult } from './measure-digest.ts'
import type { LatencyResult } from './measure-page-latency.ts'

export type Digests = {
  readonly results: readonly DigestResult[]
  readonly full: { readonly empty: DigestResult; readonly full: DigestResult } | null
  readonly storedEvents: number
  readonly steps: readonly {
    readonly kind: BenchStore['kind']
    /** CPU of the collector for 1,000 events in that run. */
    readonly seconds: number
    readonly shares: readonly { readonly step: string; readonly share: number }[]
  }[]
  readonly latencies: readonly { readonly kind: BenchStore['kind']; readonly result: LatencyResult }[]
}

export function formatDigests({ results, full, storedEvents, steps, latencies }: Digests): string {
  const parts: string[] = []
  if (results.length > 0) {
    parts.push(
      'Digest: sent through a real relay while the collector drains (accepted, committed, acked), all on these cores. ' +
        'Floor: the same bytes into one table of the same store, 500 a transaction. CPU in seconds per 1,000 events: ' +
        'the collector as its main thread + its other threads. Lag: age of the oldest event in the relay while all ' +
        'were sent at once. Disk: growth of the tables and indexes per event.',
      formatTable(
        'load|store|events|floor /s|drained /s|ratio|CPU relay|CPU collector|CPU server|CPU generator|CPU total|lag p50 ms|lag max ms|peak MB relay|peak MB collector|disk bytes',
        results.map(formatResult),
      ),
    )
  }
  if (full) {
    const ratio = full.full.perSecond / full.empty.perSecond
    parts.push(
      `With ${storedEvents.toLocaleString('en')} events stored (PostgreSQL, ${full.full.load}): ` +
        `${formatNumber(full.full.perSecond)} events/s, on an empty store right before ` +
        `${formatNumber(full.empty.perSecond)}; ratio ${ratio.toFixed(2)} (wanted: at least 0.85). ` +
        `CPU total per 1,000: ${totalOf(full.full).toFixed(2)} and ${totalOf(full.empty).toFixed(2)} s.`,
    )
  }
  for (const { kind, seconds, shares } of steps) {
    const list = shares.map(
      ({ step, share }) => `${step} ${(share * seconds).toFixed(2)} (${Math.round(share * 100)} %)`,
    )
    parts.push(
      `The collector's CPU seconds per 1,000 events of 25 kB by step, ${kind} (by a profile of all its threads, ` +
        `in a run of its own that the profile slows down; the store's start and migrations included): ${list.join(', ')}.`,
    )
  }
  for (const { kind, result } of latencies) {
    parts.push(
      `From captureException (@sentry/node, loopback) to the issue on the page, ${kind}, ${result.count} times: ` +
        `p50 ${result.p50Ms.toFixed(0)} ms, p95 ${result.p95Ms.toFixed(0)} ms (wanted: below 1,000).`,
    )
  }
  return parts.join('\n\n')
}

function totalOf({ cpuPer1000: cpu }: DigestResult): number {
  const parts = [cpu.relay, cpu.collectorMain, cpu.collectorThreads, cpu.server, cpu.generator]
  return parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
}

function formatResult(result: DigestResult): string[] {
  const { cpuPer1000: cpu } = result
  const seconds = (value: number | null) => (value === null ? '–' : value.toFixed(2))
  const megabytes = (value: number | null) => (value === null ? '–' : formatNumber(value / 1024 ** 2))
  return [
    result.load,
    result.kind,
    formatNumber(result.events),
    formatNumber(result.floorPerSecond),
    formatNumber(result.perSecond),
    (result.perSecond / result.floorPerSecond).toFixed(2),
    seconds(cpu.relay),
    `${seconds(cpu.collectorMain)} + ${seconds(cpu.collectorThreads)}`,
    result.kind === 'PGlite' ? 'in collector' : seconds(cpu.server),
    seconds(cpu.generator),
    totalOf(result).toFixed(2),
    formatNumber(result.lagP50Ms),
    formatNumber(result.lagMaxMs),
    megabytes(result.relayPeakBytes),
    megabytes(result.collectorPeakBytes),
    formatNumber(result.diskBytesPerEvent),
  ]
}
