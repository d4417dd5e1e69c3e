// The load generator for machines without wrk: `load-own.ts <url> <seconds> <connections> <encoding> <body file>...`.
// It is slower than wrk and takes more of the processor from what it measures; the report names it for that.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { envelopeHeaders, envelopePath } from './load.ts'

const [url = '', seconds = '1', connectionCount = '64', encoding = 'identity', ...files] =
  process.argv.slice(2)
const connections = Number(connectionCount)
const bodies = files.map((file) => readFileSync(file))
const { hostname, port } = new URL(url)
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const latencies: number[] = []
let refused = 0
let sent = 0

function sendOne(): Promise<void> {
  const body = bodies[sent++ % bodies.length] as Buffer
  const started = performance.now()
  return new Promise((resolve) => {
    const headers = { ...envelopeHeaders, 'content-encoding': encoding, 'content-length': body.length }
    const req = request({ agent, hostname, port, method: 'POST', path: envelopePath, headers }, (res) => {
      res.resume()
      res.on('end', () => {
        if (res.statusCode === 200) latencies.push(performance.now() - started)
        else refused += 1
        resolve()
      })
    })
    req.on('error', () => {
      refused += 1
      resolve()
    })
    req.end(body)
  })
}

async function keepSending(until: number): Promise<void> {
  while (performance.now() < until) await sendOne()
}

const started = performance.now()
const until = started + Number(seconds) * 1000
await Promise.all(Array.from({ length: connections }, () => keepSending(until)))
const elapsed = (performance.now() - started) / 1000
agent.destroy()
const sorted = latencies.sort((a, b) => a - b)
const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
process.stdout.write(
  `${JSON.stringify({ requests: sorted.length, seconds: elapsed, refused, p50Ms: percentile(0.5), p99Ms: percentile(0.99) })}\n`,
)
