// What an SDK says that it threw away before it reached us: the `client_report` item, summed up by reason and
// category. Both are free text of the app. A report that can't be read takes nothing else of its envelope with it.
// Source: Sentry developer docs, "Client Reports".
import type { Item } from './event.ts'
import type { Scrubber } from './scrub.ts'
import { storableText } from './storable.ts'
import { asList, asObject, cutText, type Wire } from './wire-values.ts'

/** '' as reason and category: neither was said, or there were too many to keep apart. */
export type Discard = { readonly reason: string; readonly category: string; readonly quantity: number }

/** Those of Sentry have 4 KiB at most. */
const maxReportBytes = 64 * 1024
/** Reasons and categories kept apart of one report; what follows is summed up as other. */
export const maxDiscardsOfReport = 50
const maxTextLength = 60
/** What one entry can say: an app that means to have dropped more spoils its own numbers only so far. */
export const maxQuantity = 1_000_000

/** @returns each reason and category once; none: it says nothing, or nothing that can be read */
export function readClientReport({ payload }: Item, scrubber: Scrubber): Discard[] {
  const sums = new Map<string, Discard>()
  for (const entry of readEntries(payload)) {
    const quantity = readQuantity(entry?.quantity)
    if (!entry || quantity === 0) continue
    const name = { reason: readName(entry.reason, scrubber), category: readName(entry.category, scrubber) }
    const isKnown = sums.has(JSON.stringify(name))
    const kept = isKnown || sums.size < maxDiscardsOfReport ? name : { reason: '', category: '' }
    const key = JSON.stringify(kept)
    sums.set(key, { ...kept, quantity: (sums.get(key)?.quantity ?? 0) + quantity })
  }
  return [...sums.values()]
}

function readEntries(payload: Buffer) {
  if (payload.length > maxReportBytes) return []
  try {
    const report = asObject(JSON.parse(payload.toString('utf8')) as Wire)
    return (asList(report?.discarded_events) ?? []).map(asObject)
  } catch {
    return []
  }
}

function readQuantity(value: Wire): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Math.min(Number(value), maxQuantity) : 0
}

function readName(value: Wire, scrubber: Scrubber): string {
  if (typeof value !== 'string') return ''
  return storableText(cutText(scrubber.scrubText(storableText(value.slice(0, 1_000))), maxTextLength))
}
