// The world's clock: it moves only when the story lets it, and wakes those who wait in order.
import type { Clock } from './model-github.ts'

export type WorldClock = Clock & {
  /** Lets time pass; what waits in between happens at its moment. */
  pass(ms: number): Promise<void>
  /** Runs work until it is done or waits for time to pass. */
  run(start: () => Promise<unknown>): Promise<void>
}

export function createClock(startMs: number): WorldClock {
  let time = startMs
  let sequence = 0
  const waiting: { at: number; order: number; wake: () => void; work: Promise<unknown> | null }[] = []
  let parked: (() => void) | null = null
  let running: Promise<unknown> | null = null

  function add(ms: number, wake: () => void, work: Promise<unknown> | null): void {
    waiting.push({ at: time + ms, order: sequence++, wake, work })
    waiting.sort((a, b) => a.at - b.at || a.order - b.order)
  }

  const clock: WorldClock = {
    now: () => time,
    park: (ms) =>
      new Promise((resolve) => {
        add(ms, resolve, running)
        parked?.()
      }),
    later: (ms, what) => add(ms, what, null),
    async run(start) {
      const work = start()
      running = work
      await Promise.race([
        work,
        new Promise<void>((resolve) => {
          parked = resolve
        }),
      ])
      parked = null
      running = null
    },
    async pass(ms) {
      const end = time + ms
      for (;;) {
        const next = waiting[0]
        if (!next || next.at > end) break
        waiting.shift()
        time = Math.max(time, next.at)
        next.wake()
        const { work } = next
        if (work) await clock.run(() => work)
      }
      time = end
    },
  }
  return clock
}
