// Payloads that prepare left out, since their issue is flooding, and that are kept after all: the hour's sample, the
// latest, what is new. Their rows are prepared once more, whole.

import type { PreparedEvent, PreparedRow } from './db/store-batch.ts'
import type { KeepableEvent, MakePayloads } from './db/store-kept.ts'
import type { RowRules } from './prepare.ts'
import type { PrepareBatch, SpooledRow } from './prepare-batch.ts'

/** A spooled row, what its project wants done with it, and what came of it. */
export type ReadyRow = { readonly source: SpooledRow; readonly rules: RowRules; readonly row: PreparedRow }

const keyOf = ({ projectId, event }: Pick<KeepableEvent, 'projectId' | 'event'>) =>
  `${projectId} ${event.eventId}`

/** @param ready rows of the batch whose events are stored */
export function latePayloads(ready: readonly ReadyRow[], prepareBatch: PrepareBatch): MakePayloads {
  return async (events) => {
    const missing = new Set(events.filter(({ payload }) => payload === null).map(keyOf))
    const isMissing = (event: PreparedEvent) => missing.has(keyOf(event))
    const again = ready
      .filter(({ row }) => row.events.some(isMissing))
      .map(({ source, rules: { flooding: _, ...rules } }) => ({ ...source, rules }))
    const made = new Map<string, Buffer>()
    for (const one of again.length > 0 ? await prepareBatch(again, true) : []) {
      for (const event of one.ok ? one.row.events : []) {
        // Of an event that stands twice in the batch the first was taken.
        if (event.payload && !made.has(keyOf(event))) made.set(keyOf(event), event.payload)
      }
    }
    return events.map((event) => {
      const payload = event.payload ?? made.get(keyOf(event))
      if (!payload) throw new Error('An event could not be read a second time.')
      return { ...event, payload }
    })
  }
}
