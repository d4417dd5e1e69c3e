// A migrated PGlite as a file, made once for a state of the migrations: making a cluster takes longer than most
// tests do.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openInMemory } from '../../collector/db/database.ts'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'

const folder = fileURLToPath(new URL('../../node_modules/.cache/migrated', import.meta.url))
const migrations = fileURLToPath(new URL('../../collector/db/migrations', import.meta.url))

/** Another PGlite or another migration makes another name. */
function nameOfState(): string {
  const hash = createHash('sha256')
  hash.update(
    readFileSync(
      join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), 'pglite.wasm'),
    ),
  )
  for (const name of readdirSync(migrations).sort())
    hash.update(name).update(readFileSync(join(migrations, name)))
  return `${hash.digest('hex').slice(0, 24)}.tar`
}

/** @returns the path of a tar file with the data directory of a migrated store */
export async function migratedDump(): Promise<string> {
  const path = join(folder, nameOfState())
  if (existsSync(path)) return path
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const store = await openInMemory()
  await migrateDatabase(store.db)
  const dump = await store.pglite.dumpDataDir('none')
  // Whole or not at all: another run may be looking for it.
  writeFileSync(`${path}.${process.pid}`, Buffer.from(await dump.arrayBuffer()))
  renameSync(`${path}.${process.pid}`, path)
  await store.close()
  return path
}

/** Puts a migrated store where `openEmbedded` looks for one. @param dir made if absent */
export async function placeMigratedStore(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  execFileSync('tar', ['-xf', await migratedDump(), '-C', dir], { stdio: 'pipe' })
}
