// The embedded store keeps what it promises: a commit is on disk, the directory belongs to one process, and
// a killed process loses nothing it had committed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { openEmbedded } from '../../collector/db/database.ts'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'
import { placeMigratedStore } from '../support/migrated-dump.ts'

const dirs: string[] = []
const children: ChildProcess[] = []

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'postern-embedded-'))
  dirs.push(dir)
  return join(dir, 'postgres')
}

/** A directory with a store in it: to make one takes seconds. */
async function placedDir(): Promise<string> {
  const dir = freshDir()
  await placeMigratedStore(dir)
  return dir
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** A program that writes numbers one by one and prints each after its commit. */
const writer = `
  const { openEmbedded } = await import(process.env.DATABASE_MODULE)
  const { sql } = await import('kysely')
  const { db } = await openEmbedded(process.env.DIR)
  await sql\`create table if not exists numbers (n integer)\`.execute(db)
  for (let n = 0; ; n++) {
    await sql\`insert into numbers values (\${n})\`.execute(db)
    process.stdout.write(n + '\\n')
  }`

function startWriter(dir: string): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer], {
    env: {
      ...process.env,
      DIR: dir,
      DATABASE_MODULE: new URL('../../collector/db/database.ts', import.meta.url).href,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

test('every commit is synced to disk before it returns', async () => {
  let syncs = 0
  const store = await openEmbedded(await placedDir(), () => {
    syncs += 1
  })
  await sql`create table numbers (n integer)`.execute(store.db)
  const before = syncs
  for (let n = 0; n < 20; n++) await sql`insert into numbers values (${n})`.execute(store.db)
  expect(syncs - before).toBeGreaterThanOrEqual(20)
  await store.close()
})

test('a directory that is open cannot be opened again, and can after it was closed', async () => {
  const dir = await placedDir()
  const first = await openEmbedded(dir)
  await expect(openEmbedded(dir)).rejects.toMatchObject({ code: 'data_dir_locked' })
  await first.close()
  const second = await openEmbedded(dir)
  await second.close()
})

test('another process cannot open it either; after kill -9 all that it committed is there', async () => {
  const dir = freshDir()
  const child = startWriter(dir)
  let last = -1
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const enough = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      last = Number(line)
      if (last >= 50) resolve()
    })
  })
  await enough
  await expect(openEmbedded(dir)).rejects.toMatchObject({ code: 'data_dir_locked' })
  child.kill('SIGKILL')
  await once(child, 'exit')

  const store = await openEmbedded(dir)
  const { rows } = await sql<{ count: number; most: number }>`
    select count(*) as count, max(n) as most from numbers`.execute(store.db)
  expect(rows[0]?.most).toBeGreaterThanOrEqual(last)
  expect(Number(rows[0]?.count)).toBe(Number(rows[0]?.most) + 1)
  await store.close()
})

test('a second start finds the schema in place and the data again', async () => {
  const dir = freshDir()
  const first = await openEmbedded(dir)
  await migrateDatabase(first.db)
  await first.db.insertInto('relays').values({ url: 'https://relay.example' }).execute()
  await first.close()
  const second = await openEmbedded(dir)
  await migrateDatabase(second.db)
  const relays = await second.db.selectFrom('relays').select('url').execute()
  expect(relays).toEqual([{ url: 'https://relay.example' }])
  await second.close()
})

test('a database that a newer program migrated is refused', async () => {
  const store = await openEmbedded(await placedDir())
  await migrateDatabase(store.db)
  await sql`insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')`.execute(
    store.db,
  )
  await expect(migrateDatabase(store.db)).rejects.toMatchObject({ code: 'schema_too_new' })
  await store.close()
})
