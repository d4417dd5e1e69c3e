// The relay program, top to bottom: settings, start, and a drained stop on SIGTERM, SIGINT or when the
// program that forked it is gone.
import '../shared/only-compile.js'
import { AppError } from '../shared/errors.ts'
import { createLog } from '../shared/log.ts'
import { loadConfig } from './config.ts'
import { startRelay } from './start.ts'

try {
  const config = loadConfig(process.env)
  const log = createLog('relay', config.logLevel)
  const relay = await startRelay(config, log)
  log.info({ url: relay.url, spool: config.spoolPath }, 'the relay listens')
  if (process.connected) process.send?.({ type: 'listening', url: relay.url })

  const stop = async (reason: string): Promise<void> => {
    log.info({ reason }, 'the relay stops')
    await relay.stop().catch((error) => {
      log.error({ err: error }, 'the relay could not close its spool')
      process.exit(1)
    })
    process.exit(0)
  }
  process.once('SIGTERM', () => void stop('SIGTERM'))
  process.once('SIGINT', () => void stop('SIGINT'))
  process.once('disconnect', () => void stop('its supervisor is gone'))
} catch (error) {
  if (!(error instanceof AppError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
