// The collector as a program: settings, start, stop.
import '../shared/only-compile.js'
import { AppError } from '../shared/errors.ts'
import { createLog } from '../shared/log.ts'
import { runProgram } from '../shared/run-program.ts'
import { loadConfig } from './config.ts'
import { startCollector } from './start.ts'

await runProgram(async () => {
  const config = loadConfig(process.env)
  if (config.relays.length === 0) {
    throw new AppError(
      'invalid_settings',
      'COLLECTOR_RELAYS: missing. Give each relay as url=token, separated by commas.',
    )
  }
  const log = createLog('collector', config.logLevel)
  const collector = await startCollector(config, log)
  // Printed as well as logged: whoever starts the collector by hand needs the link.
  if (collector.setupUrl && !process.connected) {
    process.stdout.write(`First account: ${collector.setupUrl} (once, within 24 hours)\n`)
  }
  return {
    ready: {
      type: 'ready',
      url: collector.url,
      setupUrl: collector.setupUrl,
      firstProject: await collector.describeFirstProject(),
    },
    stop: async () => {
      log.info('the collector stops')
      await collector.stop()
    },
  }
})
