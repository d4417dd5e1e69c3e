// `npm run simulate -- --seeds 10000 [--from 1] [--steps 40] [--until-failure]`: tells that many stories and prints
// those that fail. Interrupted, it says how many it told.
import { parseArgs } from 'node:util'
import { openInMemory } from '../../collector/db/database.ts'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'
import { tellStory } from './tell-story.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    'until-failure': { type: 'boolean', default: false },
  },
})
const from = Number(values.from)
const until = from + Number(values.seeds)
const store = await openInMemory()
await migrateDatabase(store.db)
const started = performance.now()
let failed = 0
let told = 0
let isOver = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isOver = true))
for (let seed = from; seed < until && !isOver; seed++) {
  const result = await tellStory(store, seed, Number(values.steps))
  told += 1
  if (result.ok) continue
  failed += 1
  console.log(`\nseed ${seed} fails:\n${result.story.join('\n')}\n${String(result.error)}`)
  if (!(result.error as Error).constructor.name.startsWith('Broken'))
    console.log((result.error as Error).stack)
  if (values['until-failure']) break
}
const seconds = (performance.now() - started) / 1000
console.log(`${told} stories in ${seconds.toFixed(1)} s, ${failed} failed`)
await store.close()
process.exitCode = failed > 0 ? 1 : 0
