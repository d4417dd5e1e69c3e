// Slow burn: what time alone triggers, decided by the clock loop.
import { beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../collector/db/database.ts'
import { createSlowBurnStep } from '../../collector/slow-burn.ts'
import { createLog } from '../../shared/log.ts'
import { onEachDatabase } from '../support/database.ts'
import { createTrackerWorld, type TrackerWorld } from './trackers/tracker-world.ts'

const log = createLog('test', 'silent')
const minute = 60_000

onEachDatabase('slow burn', (db) => {
  let world: TrackerWorld
  let step: () => Promise<boolean>
  beforeEach(async () => {
    world = await createTrackerWorld(db())
    const created = createSlowBurnStep({ db: db(), now: world.now, log })
    step = () => created(new AbortController().signal)
    return () => world.close()
  })

  /** An issue with one error that nothing has filed. */
  async function addTrouble(database: Database, users = 1): Promise<number> {
    const id = await world.addIssue({ episode: 0 })
    await database
      .updateTable('issues')
      .set({ in_episode: false, trouble_since: world.now(), user_count: users })
      .where('id', '=', id)
      .execute()
    return id
  }

  test('files what nothing has filed for an hour, once', async () => {
    const id = await addTrouble(db())
    world.advance(59 * minute)
    expect(await step()).toBe(false)
    world.advance(minute)
    expect(await step()).toBe(true)
    expect(await world.getAlert(id)).toMatchObject({ rule: 'slow_burn', episode: 1 })
    expect(await world.timeline(id)).toEqual(['detected'])
    world.advance(600 * minute)
    expect(await step()).toBe(false)
  })

  describe('follows the settings of the project', () => {
    const settings = (detection: object) =>
      db()
        .updateTable('projects')
        .set({ settings: JSON.stringify({ detection }) })
        .execute()

    test('by its own time', async () => {
      await settings({ slowBurn: { minutes: 5 } })
      await addTrouble(db())
      world.advance(5 * minute)
      expect(await step()).toBe(true)
    })

    test('not at all where it is off', async () => {
      await settings({ slowBurn: { on: false } })
      await addTrouble(db())
      world.advance(600 * minute)
      expect(await step()).toBe(false)
    })

    test('once there are enough users', async () => {
      await settings({ only: { users: 3 } })
      const id = await addTrouble(db(), 2)
      world.advance(600 * minute)
      expect(await step()).toBe(false)
      await db().updateTable('issues').set({ user_count: 3 }).where('id', '=', id).execute()
      expect(await step()).toBe(true)
    })
  })
})
