// Requests at a constant rate, whatever the answers do: `open-loop.ts <url> <per second> <seconds> <body file>...`.
// Latency counts from the moment at which a request was due, so that a stall is felt by all who came during it.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { envelopeHeaders, envelopePath } from '../load.ts'

const [url = '', perSecond = '1', seconds = '1', ...files] = process.argv.slice(2)
const bodies = files.map((file) => readFileSync(file))
const { hostname, port } = new URL(url)
const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'fifo' })
const latencies: number[] = []
let failed = 0

function sendOne(n: number, dueAt: number): Promise<void> {
  const body = bodies[n % bodies.length] as Buffer
  const headers = { ...envelopeHeaders, 'content-length': body.length }
  return new Promise((resolve) => {
    const req = request({ agent, hostname, port, method: 'POST', path: envelopePath, headers }, (res) => {
      res.resume()
      res.on('end', () => {
        latencies.push(performance.now() - dueAt)
        if (res.statusCode !== 200) failed += 1
        resolve()
      })
    })
    req.on('error', () => {
      failed += 1
      resolve()
    })
    req.end(body)
  })
}

const total = Number(perSecond) * Number(seconds)
const startedAt = performance.now()
const answers: Promise<void>[] = []
while (answers.length < total) {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * Number(perSecond)))
  for (let n = answers.length; n < due; n++) {
    answers.push(sendOne(n, startedAt + (n / Number(perSecond)) * 1000))
  }
  await new Promise((resolve) => setTimeout(resolve, 1))
}
await Promise.all(answers)
agent.destroy()
const sorted = latencies.sort((a, b) => a - b)
const percentile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
process.stdout.write(
  `${JSON.stringify({ failed, p50Ms: percentile(0.5), p99Ms: percentile(0.99), p999Ms: percentile(0.999) })}\n`,
)
