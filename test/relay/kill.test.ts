// The promise of a 200: clients post without pause while the relay is killed with SIGKILL at random
// moments; whatever was answered with 200 is handed over afterwards, byte for byte, and nothing is torn.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createRelayClient, relayToken, testKey } from '../support/relay.ts'

const program = join(import.meta.dirname, '../../relay/main.ts')
const rounds = process.env.POSTERN_TEST_LONG === '1' ? 40 : 3
const senders = 24

/** `at`: ms since 1970, before it was sent. */
type Sent = { readonly body: Buffer; readonly encoding: 'gzip' | null; readonly at: number }

test(`every 200 survives kill -9, ${rounds} times`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-kill-'))
  const sent = new Map<string, Sent>()
  const answered = new Set<string>()
  const handedOver = new Set<string>()
  try {
    for (let round = 0; round < rounds; round++) {
      const relay = await startProgram(folder)
      const before = answered.size
      const sending = Array.from({ length: senders }, (_, n) => postUntilCut(relay.url, round * senders + n))
      await reached(() => answered.size > before + 100)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300))
      const ended = once(relay.child, 'exit')
      relay.child.kill('SIGKILL')
      await ended
      await Promise.all(sending)

      const next = await startProgram(folder)
      await collect(next.url)
      const stopped = once(next.child, 'exit')
      next.child.kill('SIGTERM')
      await stopped
      expect([...answered].filter((id) => !handedOver.has(id))).toEqual([])
    }
    expect(answered.size).toBeGreaterThan(rounds * 100)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }

  /** Posts one envelope after the other until the relay is gone. */
  async function postUntilCut(url: string, sender: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let n = 0; ; n++) {
      const id = (BigInt(sender) * 1_000_000n + BigInt(n) + 1n).toString(16).padStart(32, 'f')
      const what = { ...makeBody(id, n), at: Date.now() }
      sent.set(id, what)
      try {
        if ((await postOnce(agent, url, what)) === 200) answered.add(id)
      } catch {
        agent.destroy()
        return
      }
    }
  }

  /** Takes everything there is; each envelope must be one that was sent, unchanged, with its facts. */
  async function collect(url: string): Promise<void> {
    const client = createRelayClient(url, relayToken)
    for (const { facts, body } of await client.drain()) {
      const what = sent.get(facts.event_id)
      expect(what?.body.equals(body)).toBe(true)
      expect(facts).toMatchObject({
        project: 1,
        key: testKey,
        endpoint: 'envelope',
        content_type: 'text/plain',
        content_encoding: what?.encoding ?? null,
        item_types: ['attachment'],
      })
      expect(facts.received_at).toBeGreaterThanOrEqual(what?.at ?? Number.POSITIVE_INFINITY)
      expect(facts.received_at).toBeLessThanOrEqual(Date.now())
      expect(handedOver.has(facts.event_id)).toBe(false)
      handedOver.add(facts.event_id)
    }
    const { outcomes, backlog } = await client.status()
    const count = (outcome: string): number =>
      outcomes.reduce((sum, counter) => sum + (counter.outcome === outcome ? counter.count : 0), 0)
    expect(backlog).toEqual({ envelopes: 0, bytes: 0, oldest_at: null })
    expect([count('accepted'), count('delivered')]).toEqual([handedOver.size, handedOver.size])
  }
})

async function startProgram(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const env = {
    RELAY_TOKEN: relayToken,
    RELAY_PORT: '0',
    RELAY_SPOOL: join(folder, 'spool.db'),
    RELAY_LOG_LEVEL: 'silent',
    RELAY_RATE_PER_SECOND: '1000000',
    RELAY_RATE_BURST: '1000000',
    POSTERN_PROJECTS: `1:${testKey}:one`,
  }
  const child = fork(program, { env, silent: true })
  const [message] = (await once(child, 'message')) as [{ url: string }]
  return { child, url: message.url }
}

/** Bodies from some bytes to 60 kB, so that rows of many pages are among them; every third compressed. */
function makeBody(id: string, n: number): { body: Buffer; encoding: 'gzip' | null } {
  const size = n % 10 === 9 ? 60_000 : 10 + ((n * 977) % 4_000)
  const body = Buffer.from(
    `{"event_id":"${id}"}\n{"type":"attachment","length":${size}}\n${id.repeat(2000).slice(0, size)}\n`,
  )
  return n % 3 === 0 ? { body: gzipSync(body), encoding: 'gzip' } : { body, encoding: null }
}

function postOnce(agent: Agent, url: string, { body, encoding }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'text/plain',
      'content-length': body.length,
      ...(encoding ? { 'content-encoding': encoding } : {}),
    }
    const path = `/api/1/envelope/?sentry_key=${testKey}`
    const req = request(`${url}${path}`, { method: 'POST', agent, headers }, (res) => {
      res.resume()
      res.on('end', () => resolve(res.statusCode ?? 0))
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end(body)
  })
}

async function reached(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 30_000, interval: 5 }).toBe(true)
}
