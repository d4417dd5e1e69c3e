// A small app of somebody's: reports errors with the real @sentry/node, then ends. Run as a process of its
// own: `send-errors.ts <dsn> <json: {count, type, message, level, release, environment, user}>`.
import * as Sentry from '@sentry/node'

const [dsn = '', json = '{}'] = process.argv.slice(2)
const {
  count = 1,
  type = 'Error',
  message = 'it broke',
  level,
  release,
  environment,
  user,
} = JSON.parse(json)

Sentry.init({ dsn, release, environment, tracesSampleRate: 0 })
if (user) Sentry.setUser(user)
Sentry.addBreadcrumb({ category: 'checkout', message: 'pressed pay', level: 'info' })

function chargeCard(n: number): never {
  const error = new Error(`${message} (attempt ${n})`)
  error.name = type
  throw error
}

function checkout(n: number): void {
  try {
    chargeCard(n)
  } catch (error) {
    Sentry.captureException(error, level ? { level } : {})
  }
}

for (let n = 1; n <= count; n++) checkout(n)
process.exitCode = (await Sentry.flush(10_000)) ? 0 : 1
