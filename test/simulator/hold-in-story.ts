// One story as a test: fails with the whole story when a promise is broken in it.
import type { freshInMemory } from '../support/database.ts'
import { tellStory } from './tell-story.ts'

export async function holdInStory(
  store: Awaited<ReturnType<typeof freshInMemory>>,
  seed: number,
  steps: number,
): Promise<void> {
  const result = await tellStory(store, seed, steps)
  if (result.ok) return
  const { error } = result
  throw new Error(`Seed ${seed}:\n${result.story.join('\n')}\n${String(error)}`, { cause: error })
}
