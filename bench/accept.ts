// How many envelopes a second the relay accepts, and what an Express handler that only reads the body does
// in the same run: the floor that any framework cost starts from.
import { join } from 'node:path'
import { relayStatus } from '../shared/handover.ts'
import { makeEnvelopes } from './events.ts'
import { type LoadResult, runLoad } from './load.ts'
import { difference, readCpuSeconds, readPeakMemory } from './measure.ts'
import { type Program, relayToken, startProgram, startRelay } from './programs.ts'

export type AcceptFigures = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor seconds of the program for 10,000 requests. */
  readonly cpuPer10000: number | null
  readonly peakMemoryBytes: number | null
}

export type AcceptResult = {
  readonly bodyBytes: number
  readonly floor: AcceptFigures
  readonly relay: AcceptFigures
}

const warmUpSeconds = 2
const distinctBodies = 64

/** @param bodyBytes of every envelope, uncompressed and sent so @param dir for the spool; left as it is */
export async function measureAccepting(
  bodyBytes: number,
  seconds: number,
  dir: string,
): Promise<AcceptResult> {
  const options = { count: distinctBodies, medianBytes: bodyBytes, sizes: 'equal', at: new Date() } as const
  const bodies = makeEnvelopes(options).map(({ body }) => body)
  const floor = await startProgram('bench/floor-express.ts', {})
  const floorFigures = await measureProgram(floor, bodies, seconds, dir)
  await floor.stop()
  const relay = await startRelay(join(dir, `accept-${bodyBytes}.db`))
  const relayFigures = await measureProgram(relay, bodies, seconds, dir, checkBacklog)
  await relay.stop()
  return { bodyBytes, floor: floorFigures, relay: relayFigures }
}

async function measureProgram(
  program: Program,
  bodies: readonly Buffer[],
  seconds: number,
  dir: string,
  check?: (program: Program, requests: number) => Promise<void>,
): Promise<AcceptFigures> {
  const warmUp = await runLoad(program.url, bodies, warmUpSeconds, dir)
  const cpuBefore = readCpuSeconds(program.pid)
  const load = await runLoad(program.url, bodies, seconds, dir)
  const cpu = difference(readCpuSeconds(program.pid), cpuBefore)
  await check?.(program, warmUp.requests + load.requests)
  return toFigures(load, cpu, readPeakMemory(program.pid))
}

function toFigures(load: LoadResult, cpu: number | null, peakMemoryBytes: number | null): AcceptFigures {
  return {
    perSecond: load.requests / load.seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuPer10000: cpu === null ? null : (cpu / load.requests) * 10_000,
    peakMemoryBytes,
  }
}

/** What was answered with 200 must lie in the spool, or the rate means nothing. */
async function checkBacklog(relay: Program, requests: number): Promise<void> {
  const { backlog } = await readRelayStatus(relay.url)
  if (backlog.envelopes < requests) {
    throw new Error(`The relay answered ${requests} envelopes and holds ${backlog.envelopes}`)
  }
}

/** What the relay says of itself; parsed by the contract. */
export async function readRelayStatus(url: string) {
  const response = await fetch(`${url}/relay/status`, { headers: { authorization: `Bearer ${relayToken}` } })
  return relayStatus.parse(await response.json())
}
