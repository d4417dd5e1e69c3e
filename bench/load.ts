// Load on one URL over 64 kept-alive connections, each sending again as soon as it is answered: with wrk
// where it is installed, else with bench/load-own.ts. Both run as a process of their own.
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { benchKey } from './programs.ts'

export const connections = 64

export type LoadShape = {
  readonly connections: number
  /** The bodies are compressed already, and sent as such. */
  readonly gzip: boolean
  /** What refusals mean: that the run is void, or a figure of their own where more is sent than may be in flight. */
  readonly refusals: 'fail' | 'count'
}

const loadResult = z.object({
  /** Answered with 2xx. */
  requests: z.number(),
  seconds: z.number(),
  /** Other answers, hang-ups and time-outs. */
  refused: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
})
export type LoadResult = z.infer<typeof loadResult>

/** What drives the load, for the report. */
export const generator = spawnSync('wrk', ['--version']).error ? 'bench/load-own.ts' : 'wrk'

/** Headers as server SDKs send them. */
export const envelopeHeaders = {
  'content-type': 'application/x-sentry-envelope',
  'x-sentry-auth': `Sentry sentry_version=7, sentry_key=${benchKey}, sentry_client=bench/1`,
}
export const envelopePath = '/api/1/envelope/'

/**
 * Sends bodies in turn for a time.
 * @param dir folder for the generator's files
 * @throws Error when anything was refused, unless refusals are counted
 */
export async function runLoad(
  url: string,
  bodies: readonly Buffer[],
  seconds: number,
  dir: string,
  shape: LoadShape = { connections, gzip: false, refusals: 'fail' },
): Promise<LoadResult> {
  mkdirSync(dir, { recursive: true })
  const files = bodies.map((body, index) => {
    const file = join(dir, `body-${index}`)
    writeFileSync(file, body)
    return file
  })
  const output =
    generator === 'wrk'
      ? await runWrk(url, files, seconds, dir, shape)
      : await runOwn(url, files, seconds, shape)
  const lastLine = output.trimEnd().split('\n').at(-1) ?? ''
  const result = loadResult.parse(JSON.parse(lastLine))
  if (result.refused > 0 && shape.refusals === 'fail') {
    throw new Error(`${result.refused} requests were refused at ${url}, ${result.requests} were not`)
  }
  return result
}

async function runWrk(
  url: string,
  files: readonly string[],
  seconds: number,
  dir: string,
  shape: LoadShape,
): Promise<string> {
  const script = join(dir, 'load.lua')
  writeFileSync(script, luaScript(files, shape.gzip))
  const args = ['-t1', `-c${shape.connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url]
  return (await promisify(execFile)('wrk', args)).stdout
}

async function runOwn(
  url: string,
  files: readonly string[],
  seconds: number,
  shape: LoadShape,
): Promise<string> {
  const program = join(import.meta.dirname, 'load-own.ts')
  return (
    await promisify(execFile)(process.execPath, [
      program,
      url,
      `${seconds}`,
      `${shape.connections}`,
      shape.gzip ? 'gzip' : 'identity',
      ...files,
    ])
  ).stdout
}

/** Requests are formatted once, so that Lua costs next to nothing while it runs. */
function luaScript(files: readonly string[], gzip: boolean): string {
  const sent = gzip ? { ...envelopeHeaders, 'content-encoding': 'gzip' } : envelopeHeaders
  const headers = Object.entries(sent).map(([name, value]) => `["${name}"] = ${JSON.stringify(value)}`)
  return `
local requests = {}
local at = 0
function init(args)
  for _, path in ipairs({ ${files.map((file) => JSON.stringify(file)).join(', ')} }) do
    local file = assert(io.open(path, "rb"))
    table.insert(requests, wrk.format("POST", "${envelopePath}", { ${headers.join(', ')} }, file:read("*a")))
    file:close()
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\\n{"requests":%d,"seconds":%f,"refused":%d,"p50Ms":%f,"p99Ms":%f}\\n',
    summary.requests - errors.status, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`
}
