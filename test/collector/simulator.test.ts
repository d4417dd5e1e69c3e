// The loop in a model world, story by story; see test/simulator/. Seeds that failed once are in simulator-kept.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { holdInStory } from '../simulator/hold-in-story.ts'
import { freshInMemory } from '../support/database.ts'

type Store = Awaited<ReturnType<typeof freshInMemory>>

const isLong = process.env.POSTERN_TEST_LONG === '1'
const seeds = isLong ? 1_000 : 200
const steps = isLong ? 60 : 5

let store: Store
beforeAll(async () => {
  store = await freshInMemory()
})
afterAll(() => store.close())

test(
  `holds its promises in ${seeds} stories of crashes, outages, slow answers and people`,
  async () => {
    for (let seed = 1; seed <= seeds; seed++) await holdInStory(store, seed, steps)
    expect(seeds).toBeGreaterThanOrEqual(200)
  },
  isLong ? 3_600_000 : 900_000,
)
