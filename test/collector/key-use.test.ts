// When a key was last used: noted by the relay's clock, at most once an hour, never backwards.
import { expect, test } from 'vitest'
import { createKeyUse } from '../../collector/db/key-use.ts'
import { createProject, listProjectKeys } from '../../collector/db/projects.ts'
import { onEachDatabase } from '../support/database.ts'

onEachDatabase('the last use of a key', (db) => {
  test('moves forwards in steps of an hour, and a key nobody knows is nothing', async () => {
    const project = await createProject(db(), { name: 'Shop' }, new Date())
    const [first] = await listProjectKeys(db(), project.id)
    const key = first?.publicKey ?? ''
    const usedAt = async () => (await listProjectKeys(db(), project.id))[0]?.lastUsedAt?.getTime() ?? null
    const use = createKeyUse(db())
    const at = Date.parse('2026-11-24T12:00:00Z')
    expect(await usedAt()).toBeNull()
    await use.note([
      { key, received_at: at - 5 },
      { key, received_at: at },
      { key: 'unknown', received_at: at },
    ])
    expect(await usedAt()).toBe(at)
    await use.note([{ key, received_at: at + 60_000 }])
    expect(await usedAt()).toBe(at)
    await use.note([{ key, received_at: at + 3_600_000 }])
    expect(await usedAt()).toBe(at + 3_600_000)
    await createKeyUse(db()).note([{ key, received_at: at }])
    expect(await usedAt()).toBe(at + 3_600_000)
  })
})
