// A migrated store in memory for what runs outside the database tests: the storybook and browser tests.
import { readFileSync } from 'node:fs'
import { type OpenDatabase, openInMemory } from '../../collector/db/database.ts'
import { migratedDump } from './migrated-dump.ts'

export async function openMigratedInMemory(): Promise<OpenDatabase> {
  return openInMemory(new Blob([readFileSync(await migratedDump())]))
}
