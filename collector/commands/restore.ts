// `npm run restore -- FILE`: loads a backup into the store that the settings name, which must be empty. The collector
// is started afterwards.
import { AppError } from '../../shared/errors.ts'
import { readBackupFile } from '../backup-file.ts'
import { prepareAfterRestore } from '../db/after-restore.ts'
import { loadStore } from '../db/load-store.ts'
import { nameStore, openConfiguredStore, runCommand } from './run-command.ts'

await runCommand(process.env, async (config, [path]) => {
  if (!path) throw new AppError('invalid_settings', 'Say from where: npm run restore -- FILE')
  const store = await openConfiguredStore(config)
  try {
    const loaded = await loadStore(store.db, readBackupFile(path), (trx) =>
      prepareAfterRestore(trx, new Date()),
    )
    return [
      `Restored ${loaded.rows.toLocaleString('en')} rows into ${nameStore(config)},`,
      `as they were at ${loaded.madeAt.toISOString()}. Start the collector; relays hand over what came since and was not acked.`,
    ].join(' ')
  } finally {
    await store.close()
  }
})
