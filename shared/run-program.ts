// Runs a program: start, tell the supervisor (if one forked it), stop once on a signal or when the
// supervisor is gone. A mistake that people can mend ends with its one message and exit code 1.
import { AppError } from './errors.ts'

export type Running = {
  /** Sent to the supervisor over IPC when the program is ready. */
  readonly ready: { readonly type: string; readonly [key: string]: unknown }
  stop(): Promise<void>
}

/** @param start throws AppError for what people can mend; anything else is a bug and shows its stack */
export async function runProgram(start: () => Promise<Running>): Promise<void> {
  try {
    const running = await start()
    const stop = async (): Promise<void> => {
      await running.stop()
      process.exit(0)
    }
    process.once('SIGTERM', () => void stop())
    process.once('SIGINT', () => void stop())
    process.once('disconnect', () => void stop())
    if (process.connected) process.send?.(running.ready)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
