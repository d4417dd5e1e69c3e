// Structured logs (JSON lines on standard output) with everything secret redacted by path, so that a
// careless `log.info({ req })` can't print a token. Payloads are never given to the logger at all, and of an error
// only what names it is written: drivers hang queries with all their parameters on theirs.
import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

const secretPaths = ['authorization', 'cookie', 'token', 'password', 'secret'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/**
 * @param program 'relay' or 'collector'; stands in every line
 * @param level   pino's level names; 'silent' in tests
 * @param destination where lines go; standard output where left out
 */
export function createLog(program: string, level: string, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: { program },
      serializers: { err: describeError },
      redact: { paths: [...secretPaths, '*.headers["x-sentry-auth"]'], censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  )
}

/** An error as it is logged. Causes are followed some steps. */
type LoggedError = {
  readonly name: string
  readonly code?: string
  readonly message: string
  readonly stack?: string
  readonly cause?: LoggedError
}

/** Longest message and stack: a database quotes what it could not take. */
const maxText = 2_000
const maxCauses = 5

function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error).slice(0, maxText) }
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  const hasCode = typeof code === 'string' || typeof code === 'number'
  return {
    name: error.name,
    ...(hasCode ? { code: String(code) } : {}),
    message: error.message.slice(0, maxText),
    ...(error.stack ? { stack: error.stack.slice(0, 2 * maxText) } : {}),
    ...(cause !== undefined && depth < maxCauses ? { cause: describeError(cause, depth + 1) } : {}),
  }
}
