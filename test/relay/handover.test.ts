// The private surface over HTTP: tokens, long polls, batches, acks, pushed projects, restarts.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { send } from '../support/captures.ts'
import { createTestClock, type TestClock } from '../support/clock.ts'
import {
  makeEnvelope,
  post,
  relayToken,
  startRelayForTest,
  type TestRelay,
  testKey,
} from '../support/relay.ts'

const id = (n: number): string => n.toString(16).padStart(32, 'e')
let relay: TestRelay

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
/** Bytes of buffers that somebody still holds. */
function heldBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
beforeEach(async () => {
  relay = await startRelayForTest()
})
afterEach(async () => {
  await relay.stop()
})

async function postMany(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => post(relay.url, makeEnvelope(id(n)))))
}

describe('the token', () => {
  test.each([
    ['GET', '/relay/poll'],
    ['POST', '/relay/ack'],
    ['PUT', '/relay/projects'],
    ['GET', '/relay/status'],
    ['GET', '/relay/anything'],
  ])('%s %s answers nothing without the right one', async (method, path) => {
    for (const authorization of [
      '',
      'Bearer ',
      'Bearer wrong',
      `Bearer ${relayToken}x`,
      `Basic ${relayToken}`,
    ]) {
      const answer = await send(relay.url, method, path, authorization ? { authorization } : {})
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('may be one of two during a rotation', async () => {
    const second = 'z'.repeat(32)
    relay = await relay.restart({ RELAY_TOKEN: `${relayToken},${second}` })
    for (const token of [relayToken, second]) {
      const answer = await send(relay.url, 'GET', '/relay/status', { authorization: `Bearer ${token}` })
      expect(answer.status).toBe(200)
    }
  })
})

describe('poll', () => {
  test('an empty spool is answered with an empty batch', async () => {
    const { header } = await relay.client.poll()
    expect(header).toMatchObject({ lease: null, leased_until: null, count: 0, projects_version: 0 })
    expect(header.backlog).toEqual({ envelopes: 0, bytes: 0, oldest_at: null })
  })

  test('the header tells backlog, counters and watermark', async () => {
    await postMany(3)
    await post(relay.url, 'garbage')
    const { header, envelopes } = await relay.client.poll({ max: 2 })
    expect(header.backlog.envelopes).toBe(3)
    expect(header.backlog.bytes).toBe(3 * makeEnvelope(id(0)).length)
    expect(header.watermark).toBe((header.backlog.oldest_at ?? 0) - 1)
    expect(envelopes.map(({ facts }) => facts.received_at >= (header.backlog.oldest_at ?? 0))).toEqual([
      true,
      true,
    ])
    expect(header.outcomes.map(({ project, outcome, count }) => [project, outcome, count])).toEqual([
      [1, 'accepted', 3],
      [1, 'invalid_envelope', 1],
    ])
  })

  test('two pollers never hold the same row', async () => {
    await postMany(60)
    const batches = await Promise.all(
      Array.from({ length: 8 }, () => relay.client.poll({ max: 10, wait: 0 })),
    )
    const ids = batches.flatMap((batch) => batch.envelopes.map(({ facts }) => facts.event_id))
    expect(ids).toHaveLength(60)
    expect(new Set(ids).size).toBe(60)
  })

  test('a waiting poll is answered the moment something arrives', async () => {
    const delays: number[] = []
    for (let n = 0; n < 20; n++) {
      const waiting = relay.client.poll({ wait: 20 })
      // The request must be waiting already: an answered status came after it on another connection.
      await relay.client.status()
      await post(relay.url, makeEnvelope(id(n)))
      const answeredAt = performance.now()
      const { header, envelopes } = await waiting
      delays.push(performance.now() - answeredAt)
      expect(envelopes).toHaveLength(1)
      await relay.client.ack({ lease: header.lease ?? '', done: envelopes.map(({ facts }) => facts.id) })
    }
    // Far below the 20 s that the poll would wait; how fast it is exactly, `npm run bench:relay` tells.
    expect(Math.max(...delays)).toBeLessThan(5_000)
  })

  test('a waiting poll ends empty when its time is over', async () => {
    const startedAt = performance.now()
    const { header } = await relay.client.poll({ wait: 0.2 })
    expect(header.count).toBe(0)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195)
  })

  test('a waiting poll gets the rows of a lease that runs out, and rows given back', async () => {
    await postMany(1)
    await relay.client.poll({ lease: 1 })
    const again = await relay.client.poll({ wait: 10 })
    expect(again.envelopes[0]?.facts.deliveries).toBe(2)
    const waiting = relay.client.poll({ wait: 10 })
    await relay.client.status()
    const ids = again.envelopes.map(({ facts }) => facts.id)
    expect(await relay.client.ack({ lease: again.header.lease ?? '', give_back: ids })).toMatchObject({
      given_back: 1,
    })
    expect((await waiting).envelopes[0]?.facts).toMatchObject({ id: ids[0], deliveries: 2 })
  })

  test('a client that hung up while waiting leases nothing', async () => {
    const controller = new AbortController()
    const waiting = relay.client.poll({ wait: 20 }, controller.signal)
    await relay.client.status()
    controller.abort()
    await expect(waiting).rejects.toThrow()
    await relay.client.status()
    await postMany(1)
    const { envelopes } = await relay.client.poll()
    expect(envelopes.map(({ facts }) => facts.deliveries)).toEqual([1])
  })

  test('a batch far larger than a socket takes is written as it is read, and a slow reader loses nothing', async () => {
    const body = Buffer.concat([Buffer.from('{}\n{"type":"a"}\n'), Buffer.alloc(1024 * 1024, 'x')])
    for (let n = 0; n < 24; n++) await post(relay.url, body)
    const { hostname, port } = new URL(relay.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `GET /relay/poll?max_bytes=100000000 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${relayToken}\r\nconnection: close\r\n\r\n`,
    )
    const before = heldBytes()
    // The first bytes are there, and nobody takes them: what doesn't fit the socket must wait on disk.
    await once(socket, 'readable')
    await relay.client.status()
    expect(heldBytes() - before).toBeLessThan(12 * 1024 * 1024)
    let received = 0
    for await (const chunk of socket) received += (chunk as Buffer).length
    expect(received).toBeGreaterThan(24 * body.length)
  })

  test('bad questions are named', async () => {
    const headers = { authorization: `Bearer ${relayToken}` }
    const answer = await send(relay.url, 'GET', '/relay/poll?max=0&wait=x', headers)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/max: .*wait: /),
    })
    for (const body of ['', '{', '[]', '{"lease":1}', '{"lease":"x","done":["no uuid"]}']) {
      expect((await send(relay.url, 'POST', '/relay/ack', headers, body)).status).toBe(400)
    }
  })
})

describe('poisonous rows', () => {
  let clock: TestClock

  test('the sixth delivery is marked', async () => {
    await relay.stop()
    clock = createTestClock()
    relay = await startRelayForTest({}, clock)
    await postMany(1)
    const marks: boolean[] = []
    for (let n = 1; n <= 6; n++) {
      const { envelopes } = await relay.client.poll({ lease: 60 })
      expect(envelopes[0]?.facts.deliveries).toBe(n)
      marks.push(envelopes[0]?.facts.poisonous ?? false)
      clock.pass(60_000)
    }
    expect(marks).toEqual([false, false, false, false, false, true])
  })
})

describe('projects', () => {
  const newKey = 'c'.repeat(32)
  const push = (version: number, keys: string[], unwanted?: string[]) =>
    relay.client.putProjects({ version, projects: [{ id: 1, keys, ...(unwanted ? { unwanted } : {}) }] })

  test('a push takes effect at once: new keys are admitted, missing ones refused', async () => {
    expect((await push(5, [newKey])).status).toBe(200)
    expect((await post(relay.url, makeEnvelope(id(1)))).status).toBe(403)
    const answer = await send(
      relay.url,
      'POST',
      `/api/1/envelope/?sentry_key=${newKey}`,
      {},
      makeEnvelope(id(2)),
    )
    expect(answer.status).toBe(200)
  })

  test('a stale push is refused, the same version changes nothing', async () => {
    await push(5, [newKey])
    const stale = await push(4, [testKey])
    expect([stale.status, await stale.json()]).toMatchObject([409, { code: 'stale_projects' }])
    expect((await push(5, [testKey])).status).toBe(200)
    expect((await post(relay.url, makeEnvelope(id(1)))).status).toBe(403)
    expect((await relay.client.status()).projects_version).toBe(5)
  })

  test('a push outlives a restart and the seeds', async () => {
    await push(5, [newKey], ['session'])
    relay = await relay.restart()
    expect((await post(relay.url, makeEnvelope(id(1)))).status).toBe(403)
    const answer = await send(
      relay.url,
      'POST',
      `/api/1/envelope/?sentry_key=${newKey}`,
      {},
      makeEnvelope(id(2)),
    )
    expect(answer.headers['x-sentry-rate-limits']).toBe('3600:session:organization:unsupported')
  })

  test('a project or key given twice is refused', async () => {
    const twice = { id: 1, keys: [newKey] }
    expect((await relay.client.putProjects({ version: 2, projects: [twice, twice] })).status).toBe(400)
    expect(
      (await relay.client.putProjects({ version: 2, projects: [twice, { ...twice, id: 2 }] })).status,
    ).toBe(400)
    expect((await post(relay.url, makeEnvelope(id(1)))).status).toBe(200)
  })
})

describe('restart', () => {
  test('keeps what waits, what is leased, the counters and its own id', async () => {
    await postMany(5)
    await post(relay.url, 'garbage')
    const first = await relay.client.poll({ max: 2 })
    const before = await relay.client.status()
    relay = await relay.restart()
    const after = await relay.client.status()
    expect(after).toMatchObject({ spool: before.spool, backlog: before.backlog, outcomes: before.outcomes })
    expect(after.last_polled_at).toBe(before.last_polled_at)
    const second = await relay.client.poll()
    expect(second.envelopes).toHaveLength(3)
    const done = [...first.envelopes, ...second.envelopes].map(({ facts }) => facts.id)
    expect(await relay.client.ack({ lease: second.header.lease ?? '', done })).toMatchObject({ deleted: 5 })
  })
})
