// Runs send-errors.ts, the app with the real SDK, in a process of its own.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Report = {
  readonly count?: number
  readonly type?: string
  readonly message?: string
  readonly level?: 'fatal' | 'error' | 'warning'
  readonly release?: string
  readonly environment?: string
  readonly user?: { readonly id: string }
}

/** Ends when the SDK has delivered everything; throws where it could not. */
export async function sendErrors(dsn: string, report: Report): Promise<void> {
  const file = new URL('./send-errors.ts', import.meta.url).pathname
  await run(process.execPath, [file, dsn, JSON.stringify(report)])
}
