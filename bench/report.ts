// The figures as Markdown tables: printed, and appended to bench/history.md.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AcceptResult } from './accept.ts'
import type { DrainResult } from './drain.ts'
import { connections, generator } from './load.ts'
import type { Machine } from './measure.ts'

export type Report = {
  readonly at: Date
  readonly machine: Machine
  readonly seconds: number
  readonly accepting: readonly AcceptResult[]
  readonly draining: readonly { readonly medianBytes: number; readonly result: DrainResult }[]
}

export function formatReport({ at, machine, seconds, accepting, draining }: Report): string {
  const postgres = draining.find(({ result }) => result.kind === 'PostgreSQL')?.result
  const parts = [formatHead(at, machine, postgres?.databaseVersion)]
  if (accepting.length > 0) {
    parts.push(
      `Accepted by the relay (on disk, then answered): ${generator}, ${connections} connections, ${seconds} s each. ` +
        'Floor: an Express handler that only reads the body. Latencies are those at saturation.',
      formatTable(
        'envelope|floor /s|relay /s|ratio|p50 ms|p99 ms|floor CPU s per 10,000|CPU s per 10,000|peak MB',
        accepting.map(formatAccepting),
      ),
    )
  }
  if (draining.length > 0) {
    parts.push(
      'Drained (handed over, committed, acked), the relay filled before. Floor: the same bytes into one table ' +
        'of the same database, 500 a transaction. CPU in seconds per 1,000 events.',
      formatTable(
        'median event|database|events|floor /s|drained /s|ratio|CPU collector|CPU relay|CPU server|peak MB collector',
        draining.map(({ medianBytes, result }) => formatDraining(medianBytes, result)),
      ),
    )
  }
  return `${parts.join('\n\n')}\n`
}

/** Heading of a section: when, at which commit, on what machine. */
export function formatHead(at: Date, machine: Machine, postgresVersion?: string): string {
  return [
    `## ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit}`,
    `${machine.cores} cores of ${machine.model}, ${formatNumber(machine.memoryBytes / 1024 ** 3)} GiB; ` +
      `one write with fsync ${machine.fsyncMs.toFixed(1)} ms; Node ${machine.node}` +
      `${postgresVersion ? `; PostgreSQL ${postgresVersion}` : ''}; load of the minute before ${machine.load.toFixed(1)}. All programs share these cores.`,
  ].join('\n\n')
}

export function appendHistory(report: string): void {
  appendFileSync(join(import.meta.dirname, 'history.md'), `\n${report}`)
}

function formatAccepting({ bodyBytes, floor, relay }: AcceptResult): string[] {
  return [
    formatBytes(bodyBytes),
    formatNumber(floor.perSecond),
    formatNumber(relay.perSecond),
    formatRatio(relay.perSecond / floor.perSecond),
    relay.p50Ms.toFixed(1),
    relay.p99Ms.toFixed(1),
    formatSeconds(floor.cpuPer10000),
    formatSeconds(relay.cpuPer10000),
    formatMegabytes(relay.peakMemoryBytes),
  ]
}

function formatDraining(medianBytes: number, result: DrainResult): string[] {
  return [
    formatBytes(medianBytes),
    result.kind,
    formatNumber(result.events),
    formatNumber(result.floorPerSecond),
    formatNumber(result.perSecond),
    formatRatio(result.perSecond / result.floorPerSecond),
    formatSeconds(result.cpuPer1000.collector),
    formatSeconds(result.cpuPer1000.relay),
    result.kind === 'PGlite' ? 'in collector' : formatSeconds(result.cpuPer1000.server),
    formatMegabytes(result.peakMemoryBytes),
  ]
}

/** @param head names of the columns, separated by | */
export function formatTable(head: string, rows: readonly string[][]): string {
  const names = head.split('|')
  const lines = [names, names.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

export function formatNumber(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function formatRatio(value: number): string {
  return value.toFixed(value < 0.1 ? 3 : 2)
}

function formatBytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`
}

function formatSeconds(seconds: number | null): string {
  return seconds === null ? '–' : seconds.toFixed(2)
}

function formatMegabytes(bytes: number | null): string {
  return bytes === null ? '–' : formatNumber(bytes / 1024 ** 2)
}
