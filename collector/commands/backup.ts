// `npm run backup -- FILE`: the whole store of the collector into one file. On PostgreSQL the collector may go on;
// the embedded store must not be in use.
import { statSync } from 'node:fs'
import { AppError } from '../../shared/errors.ts'
import { writeBackupFile } from '../backup-file.ts'
import { dumpStore } from '../db/dump-store.ts'
import { nameStore, openStoreToRead, runCommand } from './run-command.ts'

await runCommand(process.env, async (config, [path]) => {
  if (!path) throw new AppError('invalid_settings', 'Say where to: npm run backup -- FILE')
  const store = await openStoreToRead(config)
  try {
    await writeBackupFile(path, dumpStore(store.db, new Date()))
    return `Backed up ${nameStore(config)} to ${path} (${statSync(path).size.toLocaleString('en')} bytes).`
  } finally {
    await store.close()
  }
})
