// `npm run move`: the embedded store of POSTERN_DATA_DIR into the empty PostgreSQL database of DATABASE_URL. The
// embedded store stays as it is.
import { AppError } from '../../shared/errors.ts'
import { dumpStore } from '../db/dump-store.ts'
import { loadStore } from '../db/load-store.ts'
import { nameStore, openConfiguredStore, openStoreToRead, runCommand } from './run-command.ts'

await runCommand(process.env, async (config) => {
  if (config.databaseUrl === null) {
    throw new AppError(
      'invalid_settings',
      'DATABASE_URL: missing. Give the empty PostgreSQL database to move to.',
    )
  }
  const source = await openStoreToRead({ ...config, databaseUrl: null })
  const target = await openConfiguredStore(config)
  try {
    const loaded = await loadStore(target.db, dumpStore(source.db, new Date()))
    return [
      `Moved ${loaded.rows.toLocaleString('en')} rows from ${config.dataDir} to ${nameStore(config)}.`,
      'Start the collector with this DATABASE_URL; the embedded store is left as it was.',
    ].join(' ')
  } finally {
    await target.close()
    await source.close()
  }
})
