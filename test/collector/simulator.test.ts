// The loop in a model world, story by story; see test/simulator/. A seed that ever failed stays below.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tellStory } from '../simulator/tell-story.ts'
import { freshInMemory } from '../support/database.ts'

type Store = Awaited<ReturnType<typeof freshInMemory>>

const isLong = process.env.POSTERN_TEST_LONG === '1'
const seeds = isLong ? 1_000 : 200
const steps = isLong ? 60 : 10

let store: Store
beforeAll(async () => {
  store = await freshInMemory()
})
afterAll(() => store.close())

async function tell(seed: number, length: number): Promise<void> {
  const result = await tellStory(store, seed, length)
  if (result.ok) return
  const { error } = result
  throw new Error(`Seed ${seed}:\n${result.story.join('\n')}\n${String(error)}`, { cause: error })
}

test(
  `holds its promises in ${seeds} stories of crashes, outages, slow answers and people`,
  async () => {
    for (let seed = 1; seed <= seeds; seed++) await tell(seed, steps)
    expect(seeds).toBeGreaterThanOrEqual(200)
  },
  isLong ? 3_600_000 : 900_000,
)

// What went wrong in each: a release that was received before the close and read after it regressed (44, 94,
// 99, 227, 232, 335, 351); a commit hash was taken for a constant while another one was unread (216), or since it
// was the first one (97). Where the story was told wrong: people deleted a ticket before it was recorded (62); calm
// was over before a refused repository was asked again (331); what phones had kept was taken for read while a
// regression was judged (416). A ticket that was moved while it was closed hung once its issue was reopened here
// (27); an invariant asked for what is not promised (129).
test.each([27, 44, 62, 94, 97, 99, 129, 216, 227, 230, 232, 331, 335, 351, 416])(
  'holds them in the story of seed %d, which failed once',
  (seed) => tell(seed, 40),
)
