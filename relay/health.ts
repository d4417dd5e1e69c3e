// What the relay says of itself without a token: whether it can store (/healthz), whether it should get traffic
// (/readyz), and, for a monitor outside, whether a collector still takes what arrives.
import type { ServerResponse } from 'node:http'
import type { Alarm } from '../shared/handover.ts'
import { answerJson } from './answers.ts'
import { hoursLeft } from './hours-left.ts'
import type { Projects } from './projects.ts'
import type { Spool } from './spool.ts'
import type { Snapshot } from './spool-store.ts'

export type Health = {
  /** 503 while the spool cannot be written. */
  alive(res: ServerResponse): Promise<void>
  /** 503 while nothing can be taken, or with `?collector`: while nothing is fetched. */
  ready(res: ServerResponse, query: unknown): Promise<void>
  /** What is wrong that a person should see to; empty when all is well. @param spooled null: it can't be read */
  alarms(spooled: Snapshot | null): Alarm[]
}

/** A collector polls at least twice a minute; after this long without, it is missed. */
const silentMs = 5 * 60_000

/** A working day to notice, and an hour to act. */
const riskHours = 24
const losingHours = 1

export function createHealth(deps: {
  spool: Spool
  projects: Projects
  bounds: { readonly ttlMs: number; readonly maxBytes: number }
  /** Since when a first poll is waited for, by the spool's clock. */
  startedAt: number
}): Health {
  const { spool, projects, bounds, startedAt } = deps

  /** After a failure it tries to write before it says so. */
  async function canStore(): Promise<boolean> {
    if (spool.lastFailure() === null) return true
    try {
      await spool.tidy()
      return spool.lastFailure() === null
    } catch {
      return false
    }
  }

  /** Fit for everybody: what SQLite says stands in the log and the status. */
  function failure(): string {
    return spool.isDamaged() ? 'the spool is damaged' : 'the spool cannot be written'
  }

  function isCollectorSilent({ now, lastPolledAt }: Snapshot): boolean {
    return now - Math.max(lastPolledAt ?? 0, startedAt) > silentMs
  }

  return {
    async alive(res) {
      if (await canStore()) answerJson(res, 200, { status: 'ok' })
      else answerJson(res, 503, { status: 'failing', reason: failure() })
    },
    async ready(res, query) {
      const stores = await canStore()
      const spooled = await spool.snapshot().catch(() => null)
      const asksForCollector = (query as { collector?: unknown }).collector !== undefined
      if (!spooled) {
        answerJson(res, 503, { status: 'failing', reason: failure(), collector: 'unknown' })
        return
      }
      const collector = isCollectorSilent(spooled) ? 'silent' : 'polling'
      if (!stores) {
        answerJson(res, 503, { status: 'failing', reason: failure(), collector })
      } else if (projects.count() === 0) {
        answerJson(res, 503, { status: 'waiting', reason: 'no projects were pushed yet', collector })
      } else if (asksForCollector && collector === 'silent') {
        answerJson(res, 503, { status: 'silent', reason: 'no collector fetches what arrives', collector })
      } else answerJson(res, 200, { status: 'ok', collector })
    },
    alarms(spooled) {
      const failing = spooled === null || spool.lastFailure() !== null
      const always = [
        ...(failing ? (['spool_failing'] as const) : []),
        ...(projects.count() === 0 ? (['no_projects'] as const) : []),
      ]
      if (!spooled) return always
      const left = hoursLeft(spooled, bounds)
      return [
        ...always,
        ...(isCollectorSilent(spooled) ? (['collector_silent'] as const) : []),
        ...(left !== null && left <= riskHours ? (['data_at_risk'] as const) : []),
        ...(left !== null && left <= losingHours ? (['losing_data'] as const) : []),
      ]
    },
  }
}
