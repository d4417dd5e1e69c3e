// Collectors whose machines disagree about the time work by one clock.
import { expect, test } from 'vitest'
import { createSharedClock } from '../../collector/shared-clock.ts'
import { createLog } from '../../shared/log.ts'

const database = Date.parse('2026-11-24T03:00:00Z')
const minute = 60_000
const log = createLog('test', 'silent')

function createClock(aheadMs: number, onTheWayMs = 0) {
  const state = { at: database }
  const clock = createSharedClock({
    readTime: async () => {
      const told = new Date(state.at + onTheWayMs / 2)
      state.at += onTheWayMs
      return told
    },
    log,
    own: () => state.at + aheadMs,
  })
  return { clock, state }
}

test.each([5 * minute, -5 * minute])(
  'a clock that is %d ms ahead is corrected by the database’s',
  async (ms) => {
    const { clock, state } = createClock(ms)
    await clock.step(new AbortController().signal)
    state.at += minute
    expect(clock.now()).toEqual(new Date(database + minute))
  },
)

test('what NTP leaves, and a slow way to the database, are no difference', async () => {
  for (const { clock, state } of [createClock(900), createClock(900, 20_000)]) {
    await clock.step(new AbortController().signal)
    expect(clock.now().getTime() - state.at).toBe(900)
  }
})

test('a database that does not tell leaves things as they were', async () => {
  const clock = createSharedClock({
    readTime: () => Promise.reject(new Error('gone')),
    log,
    own: () => database,
  })
  await expect(clock.step(new AbortController().signal)).rejects.toThrow('gone')
  expect(clock.now()).toEqual(new Date(database))
})
