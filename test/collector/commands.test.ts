// The maintenance commands as people run them: real processes on real stores.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbedded } from '../../collector/db/database.ts'
import { ensureInstallation } from '../../collector/db/installation.ts'
import { readWholeStore, type StoreContents } from '../support/compare-stores.ts'
import { freshPostgres, postgresAvailable } from '../support/database.ts'
import { root } from '../support/documents.ts'
import { placeMigratedStore } from '../support/migrated-dump.ts'
import { cleanEnvironment } from '../support/programs.ts'
import { seedTypical } from '../support/scenes/typical.ts'
import { seedNow } from '../support/seed.ts'

const dir = mkdtempSync(join(tmpdir(), 'postern-commands-'))
const data = join(dir, 'data')
const file = join(dir, 'store.backup')
let before: StoreContents

beforeAll(async () => {
  await placeMigratedStore(`${data}/postgres`)
  const store = await openEmbedded(`${data}/postgres`)
  await ensureInstallation(store.db, seedNow)
  await seedTypical(store.db)
  before = await readWholeStore(store.db)
  await store.close()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [join(root, 'collector/commands', `${command}.ts`), ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code] = await once(child, 'close')
  return { code, out, err }
}

async function readEmbedded(path: string): Promise<StoreContents> {
  const store = await openEmbedded(`${path}/postgres`)
  try {
    return await readWholeStore(store.db)
  } finally {
    await store.close()
  }
}

describe('backup and restore of the embedded store', () => {
  test('bring everything back into another directory', async () => {
    const saved = await run('backup', [file], { POSTERN_DATA_DIR: data })
    expect(saved).toMatchObject({ code: 0, err: '' })
    expect(saved.out).toContain(`the embedded store in ${data} to ${file}`)

    const restored = await run('restore', [file], { POSTERN_DATA_DIR: join(dir, 'restored') })
    expect(restored).toMatchObject({ code: 0, err: '' })
    const after = await readEmbedded(join(dir, 'restored'))
    // What a restore changes on purpose stands in prepareAfterRestore.
    const { alerts: _, installation: __, issues: ___, ...rows } = after.rows
    const { alerts: a_, installation: i_, issues, ...expected } = before.rows
    expect(after.rows.issues?.length).toBe(issues?.length)
    expect(rows).toEqual(expected)
    expect(after.partitions).toEqual(before.partitions)

    const again = await run('restore', [file], { POSTERN_DATA_DIR: join(dir, 'restored') })
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toContain('holds data already')
  })

  test('say in one sentence what they need', async () => {
    expect((await run('backup', [], { POSTERN_DATA_DIR: data })).err).toBe(
      'Say where to: npm run backup -- FILE\n',
    )
    const none = await run('backup', [file], { POSTERN_DATA_DIR: join(dir, 'none') })
    expect(none).toMatchObject({ code: 1, err: `There is no embedded store in ${join(dir, 'none')}.\n` })
    expect(existsSync(join(dir, 'none'))).toBe(false)
    const full = await run('backup', ['/dev/full/x'], { POSTERN_DATA_DIR: data })
    expect(full.code).toBe(1)
    expect(full.err).toMatch(/^ENOTDIR: .*\n$/)
  })

  test('leave a store alone that is in use', async () => {
    const store = await openEmbedded(`${data}/postgres`)
    const refused = await run('backup', [file], { POSTERN_DATA_DIR: data })
    await store.close()
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('Another Postern is running')
  })
})

describe.runIf(postgresAvailable)('on a server', () => {
  test('move takes everything from the embedded store to PostgreSQL', async () => {
    const target = await freshPostgres()
    try {
      const moved = await run('move', [], { POSTERN_DATA_DIR: data, DATABASE_URL: target.url })
      expect(moved).toMatchObject({ code: 0, err: '' })
      expect(await readWholeStore(target.db)).toEqual(before)
      expect(await readEmbedded(data)).toEqual(before)

      const saved = await run('backup', [file], { DATABASE_URL: target.url })
      expect(saved).toMatchObject({ code: 0, err: '' })
      expect(saved.out).not.toContain(new URL(target.url).username)
    } finally {
      await target.close()
    }
  })
})

test('move without a target says so', async () => {
  const refused = await run('move', [], { POSTERN_DATA_DIR: data })
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toContain('DATABASE_URL: missing')
})
