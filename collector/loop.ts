// Repeats a step until told to stop. A step does one unit and says whether it found work; the loop rests
// when it did not, and longer each time it failed.
import type { Log } from '../shared/log.ts'

export type Step = (signal: AbortSignal) => Promise<boolean>

export type Loop = {
  /** Lets the running unit end, then ends the loop. */
  stop(): Promise<void>
}

type Options = {
  readonly name: string
  readonly step: Step
  readonly log: Log
  /** ms to rest after a unit that found nothing. */
  readonly restMs: number
  /** ms to rest at most after failures; starts at restMs (at least 250) and doubles. */
  readonly maxRestMs?: number
}

/** Waits, unless told to stop. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}

export function startLoop({ name, step, log, restMs, maxRestMs = 30_000 }: Options): Loop {
  const stopping = new AbortController()
  const run = async () => {
    let failures = 0
    while (!stopping.signal.aborted) {
      let restFor = 0
      try {
        if (!(await step(stopping.signal))) restFor = restMs
        failures = 0
      } catch (error) {
        if (stopping.signal.aborted) break
        failures += 1
        restFor = Math.min(maxRestMs, Math.max(250, restMs) * 2 ** Math.min(failures - 1, 10))
        restFor *= 0.75 + Math.random() / 2
        log.error({ loop: name, err: error, failures, restMs: Math.round(restFor) }, 'a step failed')
      }
      await rest(restFor, stopping.signal)
    }
  }
  const ended = run()
  return {
    async stop() {
      stopping.abort()
      await ended
    },
  }
}
