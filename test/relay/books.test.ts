// The books: after refusals, several collectors of which one dies, repeated acks, expiry and restarts, every
// request ended in one way, and everything accepted in one fate (eviction among them: model.test.ts). Counters are cumulative, so whoever polls
// last, or twice, knows the same.
import { expect, test } from 'vitest'
import type { OutcomeCounter } from '../../shared/handover.ts'
import { createTestClock } from '../support/clock.ts'
import { makeEnvelope, post, startRelayForTest } from '../support/relay.ts'

/** As a collector keeps them: the maximum of each counter. */
function createBooks() {
  const counters = new Map<string, OutcomeCounter>()
  return {
    note(said: readonly OutcomeCounter[]) {
      for (const counter of said) {
        const key = `${counter.project}:${counter.outcome}:${counter.hour}`
        if (counter.count > (counters.get(key)?.count ?? 0)) counters.set(key, counter)
      }
    },
    sum: (...outcomes: string[]) =>
      [...counters.values()].reduce((sum, one) => sum + (outcomes.includes(one.outcome) ? one.count : 0), 0),
    all: () => [...counters.values()].reduce((sum, one) => sum + one.count, 0),
  }
}

test('balance after chaos, and two collectors that heard it differently agree', async () => {
  const clock = createTestClock()
  const hour = 3_600_000
  let relay = await startRelayForTest({ RELAY_TTL_HOURS: '24' }, clock)
  const [one, other] = [createBooks(), createBooks()]
  let sent = 0
  let accepted = 0
  let delivered = 0
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 20; n++) {
      const body = n % 5 === 0 ? 'garbage' : makeEnvelope(String(sent).padStart(32, 'a'))
      sent += 1
      if ((await post(relay.url, body)).status === 200) accepted += 1
    }
    const first = await relay.client.poll({ max: 5 })
    const second = await relay.client.poll({ max: 5 })
    one.note(first.header.outcomes)
    // The answer to the second is lost, and its collector dies with the lease. The first acks twice.
    const ids = first.envelopes.map(({ facts }) => facts.id)
    for (const _ of [1, 2])
      delivered += (await relay.client.ack({ lease: first.header.lease ?? '', done: ids })).deleted
    expect(second.envelopes.map(({ facts }) => facts.id).filter((id) => ids.includes(id))).toEqual([])
    clock.pass(5 * hour)
    if (round % 2 === 1) relay = await relay.restart()
  }
  clock.pass(40 * hour)
  // A poll frees what ended leases hold; what it takes itself is given back.
  const last = await relay.client.poll({ max: 1 })
  const lastIds = last.envelopes.map(({ facts }) => facts.id)
  await relay.client.ack({ lease: last.header.lease ?? '', give_back: lastIds })
  relay = await relay.restart()
  await expect.poll(async () => (await relay.client.status()).backlog.envelopes, { timeout: 20_000 }).toBe(0)
  const status = await relay.client.status()
  one.note(status.outcomes)
  other.note(status.outcomes)
  other.note(status.outcomes)

  for (const books of [one, other]) {
    expect(books.sum('accepted')).toBe(accepted)
    expect(books.sum('invalid_envelope')).toBe(sent - accepted)
    expect(books.sum('delivered')).toBe(delivered)
    expect(books.sum('delivered', 'expired', 'evicted')).toBe(accepted)
    expect(books.all()).toBe(sent + accepted)
  }
  expect(one.sum('expired')).toBeGreaterThan(0)
  await relay.stop()
})
