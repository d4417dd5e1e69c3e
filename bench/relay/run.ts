// `npm run bench:relay`: the relay at its limits, beside two floors measured in the same run.
//   --quick       fewer cells, shorter, a backlog of 100,000     --no-history   print only
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeSealingKeys } from '../../shared/sealing.ts'
import { describeMachine, readPeakMemory } from '../measure.ts'
import { type Program, startProgram, startRelay, stopPrograms } from '../programs.ts'
import { appendHistory, formatTable } from '../report.ts'
import {
  type Accepting,
  fillSpool,
  makeBodies,
  measureConstant,
  measureCosts,
  measureDraining,
  measureDrainingAt,
  measureLongPoll,
  measureSaturated,
} from './measures.ts'

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'no-history': { type: 'boolean', default: false } },
})
const quick = options.quick
const seconds = quick ? 2 : 4
const sizes = quick ? [4_000, 25_000] : [1_000, 4_000, 25_000, 200_000]
const connectionCounts = quick ? [64] : [1, 64, 512]
const rates = quick ? [1_000] : [500, 2_000]
const backlogRows = quick ? 100_000 : 1_000_000

const dataDir = join(import.meta.dirname, '../../data')
mkdirSync(dataDir, { recursive: true })
const dir = mkdtempSync(join(dataDir, 'bench-'))
const sections: string[] = []
let spools = 0

process.once('SIGINT', () => void cleanUp().then(() => process.exit(130)))
process.once('SIGTERM', () => void cleanUp().then(() => process.exit(143)))
try {
  const machine = describeMachine(dir)
  sections.push(
    `## ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, relay${quick ? ', quick' : ''}, commit ${machine.commit}`,
    `${machine.cores} cores of ${machine.model}; one write with fsync ${machine.fsyncMs.toFixed(1)} ms; Node ${machine.node}; ` +
      `load of the minute before ${machine.load.toFixed(1)}. Load generator, relay and collector share these cores.`,
  )
  const expressRate = await reportSaturated()
  await reportSealing(expressRate)
  await reportConstant()
  await reportDraining()
  await reportBacklog()
  await reportLongPoll()
  const report = `${sections.join('\n\n')}\n`
  process.stdout.write(`\n${report}`)
  if (!options['no-history']) appendHistory(report)
} finally {
  await cleanUp()
}

/** @returns what the Express floor does at 4 kB and 64 connections, a second */
async function reportSaturated(): Promise<number> {
  const rows: string[][] = []
  let expressRate = 0
  for (const bytes of sizes) {
    for (const gzip of [false, true]) {
      const bodies = makeBodies(bytes, gzip)
      for (const connections of connectionCounts) {
        const floors: Accepting[] = []
        // The floors don't decode: compressed bodies have none of their own.
        for (const file of gzip ? [] : ['bench/relay/floor-http.ts', 'bench/floor-express.ts']) {
          floors.push(
            await withProgram(startProgram(file, {}), (floor) =>
              measureSaturated(floor, bodies, { seconds: seconds / 2, dir, connections, gzip }),
            ),
          )
        }
        const relay = await withRelay({}, (program) =>
          measureSaturated(program, bodies, { seconds, dir, connections, gzip }),
        )
        const [http, express] = floors
        if (bytes === 4_000 && connections === 64 && express) expressRate = rateOf(express)
        const cells = [http ? perSecond(http) : '–', express ? perSecond(express) : '–', perSecond(relay)]
        const ratio = express ? (rateOf(relay) / rateOf(express)).toFixed(2) : '–'
        const cpu = [express?.cpuPer10000, relay.cpuPer10000].map((value) => value?.toFixed(2) ?? '–')
        const latency = [relay.p50Ms.toFixed(1), relay.p99Ms.toFixed(1)]
        const name = [`${bytes / 1000} kB${gzip ? ' gzip' : ''}`, `${connections}`]
        const refused = format(relay.refused / relay.seconds)
        rows.push([...name, ...cells, ratio, refused, ...cpu, ...latency, megabytes(relay.peakBytes)])
        tell(rows.at(-1)?.join(' ') ?? '')
      }
    }
  }
  sections.push(
    'As fast as the connections can (on disk, then answered). Ratio: to the Express handler that only reads the body. ' +
      'Refused: hang-ups and refusals where more is sent than may be in flight, at once sent again.',
    formatTable(
      'envelope|connections|node:http /s|Express /s|relay /s|ratio|refused /s|CPU s per 10,000 Express|relay|p50 ms|p99 ms|peak MB',
      rows,
    ),
  )
  return expressRate
}

async function reportSealing(expressRate: number): Promise<void> {
  const { publicText } = makeSealingKeys()
  const bodies = makeBodies(4_000, false)
  const sealed = await withRelay({ RELAY_SEALING_KEY: publicText }, (relay) =>
    measureSaturated(relay, bodies, { seconds, dir, connections: 64, gzip: false }),
  )
  sections.push(
    `Sealed, 4 kB, 64 connections: ${perSecond(sealed)}/s, ratio ${(rateOf(sealed) / expressRate).toFixed(2)}, ` +
      `CPU s per 10,000 ${sealed.cpuPer10000?.toFixed(2) ?? '–'}, peak ${megabytes(sealed.peakBytes)} MB.`,
  )
}

async function reportConstant(): Promise<void> {
  const bodies = makeBodies(4_000, false)
  const rows: string[][] = []
  for (const rate of rates) {
    for (const fetching of [false, true]) {
      const result = await withRelay({}, (relay) =>
        measureConstant(relay, bodies, { perSecond: rate, seconds: seconds * 2, dir, fetching }),
      )
      const latency = [result.p50Ms, result.p99Ms, result.p999Ms].map((ms) => ms.toFixed(1))
      rows.push([`${rate}`, fetching ? 'yes' : 'no', ...latency, megabytes(result.peakBytes)])
      tell(rows.at(-1)?.join(' ') ?? '')
    }
  }
  sections.push(
    '4 kB at a constant rate; latency from the moment at which each request was due.',
    formatTable('per second|collector fetches|p50 ms|p99 ms|p99.9 ms|peak MB', rows),
  )
}

async function reportDraining(): Promise<void> {
  const bodies = makeBodies(4_000, false)
  const [result, peak] = await withRelay({}, async (relay) => {
    return [await measureDraining(relay, bodies, { seconds, dir }), readPeakMemory(relay.pid)] as const
  })
  const perSecond = Math.max(...rates)
  const constant = await withRelay({}, (relay) =>
    measureDrainingAt(relay, bodies, { perSecond, seconds, dir }),
  )
  sections.push(
    `Polled and acked, 4 kB: ${format(result.emptiedPerSecond)}/s with nobody sending; of a backlog, while ` +
      `${format(perSecond)}/s come and are accepted (p99 ${constant.p99Ms.toFixed(1)} ms), ` +
      `${format(constant.drainedPerSecond)}/s; while 64 connections get ${format(result.acceptedPerSecond)}/s accepted, ` +
      `${format(result.drainedPerSecond)}/s, of what comes. Peak ${megabytes(peak)} MB.`,
  )
}

async function reportBacklog(): Promise<void> {
  const bodies = makeBodies(4_000, false)
  const measure = (relay: Program) => measureCosts(relay, bodies, { seconds, dir })
  const none = await withRelay({}, measure)
  const path = newSpool()
  tell(`filling a spool with ${backlogRows} rows`)
  fillSpool(path, backlogRows)
  const full = await withProgram(startRelay(path), measure)
  sections.push(
    `CPU s per 10,000, with a backlog of ${format(backlogRows)} rows and with none: accept ${full.accept.toFixed(2)} and ` +
      `${none.accept.toFixed(2)} (ratio ${(full.accept / none.accept).toFixed(2)}), poll and ack ${full.fetch.toFixed(2)} ` +
      `and ${none.fetch.toFixed(2)} (ratio ${(full.fetch / none.fetch).toFixed(2)}).`,
  )
}

async function reportLongPoll(): Promise<void> {
  const [body] = makeBodies(4_000, false)
  const waits = await withRelay({}, (relay) => measureLongPoll(relay, body as Buffer, quick ? 50 : 200))
  const at = (share: number) => (waits[Math.floor(waits.length * share)] ?? 0).toFixed(1)
  sections.push(`Long poll: handed over ${at(0.5)} ms (p50), ${at(0.95)} ms (p95) after the sender's answer.`)
}

function newSpool(): string {
  spools += 1
  return join(dir, `spool-${spools}.db`)
}

async function withRelay<T>(
  env: Readonly<Record<string, string>>,
  use: (relay: Program) => Promise<T>,
): Promise<T> {
  const path = newSpool()
  const result = await withProgram(startRelay(path, env), use)
  for (const suffix of ['', '-wal', '-shm', '.lock']) rmSync(path + suffix, { force: true })
  return result
}

async function withProgram<T>(starting: Promise<Program>, use: (program: Program) => Promise<T>): Promise<T> {
  const program = await starting
  try {
    return await use(program)
  } finally {
    await program.stop()
  }
}

async function cleanUp(): Promise<void> {
  await stopPrograms()
  rmSync(dir, { recursive: true, force: true })
}

function rateOf({ requests, seconds: measured }: Accepting): number {
  return requests / measured
}
function perSecond(result: Accepting): string {
  return format(rateOf(result))
}
function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
function megabytes(bytes: number | null): string {
  return bytes === null ? '–' : format(bytes / 1024 ** 2)
}
function tell(text: string): void {
  process.stderr.write(`${text}\n`)
}
