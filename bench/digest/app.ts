// A running app with the official SDK: captures an error each time its parent says so, and answers with the moment
// at which captureException was called.
import * as Sentry from '@sentry/node'

Sentry.init({ dsn: process.argv[2] ?? '' })

process.on('message', ({ title }: { title: string }) => {
  const at = Date.now()
  Sentry.captureException(Object.assign(new Error(title), { name: title }))
  process.send?.({ at })
})
process.send?.({ ready: true })
