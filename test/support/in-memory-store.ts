// A migrated store in memory for what runs outside the database tests: the storybook and browser tests.
import { type OpenDatabase, openInMemory } from '../../collector/db/database.ts'
import { migrateDatabase } from '../../collector/db/migrations/migrate.ts'

export async function openMigratedInMemory(): Promise<OpenDatabase> {
  const opened = await openInMemory()
  await migrateDatabase(opened.db)
  return opened
}
