// How long until something accepted would be lost: by age, or because the spool is full. Pure.
import { hourMs } from './outcomes.ts'

/**
 * @param spooled.oldestAgeMs how long the oldest row has waited while the relay ran; null: nothing waits
 * @returns hours, 0 when it is now; null while nothing waits. Growth is that of the backlog since its oldest row.
 */
export function hoursLeft(
  spooled: { readonly oldestAgeMs: number | null; readonly usedBytes: number },
  bounds: { readonly ttlMs: number; readonly maxBytes: number },
): number | null {
  const { oldestAgeMs, usedBytes } = spooled
  if (oldestAgeMs === null) return null
  const untilExpiry = bounds.ttlMs - oldestAgeMs
  // A backlog of some seconds says nothing about the hours to come.
  const age = Math.max(oldestAgeMs, hourMs)
  const untilFull = usedBytes === 0 ? untilExpiry : ((bounds.maxBytes - usedBytes) / usedBytes) * age
  return Math.max(0, Math.min(untilExpiry, untilFull)) / hourMs
}
