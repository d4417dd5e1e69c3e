// Structured logs (JSON lines on standard output) with everything secret redacted by path, so that a
// careless `log.info({ req })` can't print a token. Payloads are never given to the logger at all.
import { type Logger, pino } from 'pino'

export type Log = Logger

const secretPaths = ['authorization', 'cookie', 'token', 'password', 'secret'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/**
 * @param program 'relay' or 'collector'; stands in every line
 * @param level   pino's level names; 'silent' in tests
 */
export function createLog(program: string, level: string): Log {
  return pino({
    level,
    base: { program },
    redact: { paths: [...secretPaths, '*.headers["x-sentry-auth"]'], censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}
