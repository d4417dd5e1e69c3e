// Which issues are flooding, by what this collector has stored: an hour that has its share of payloads needs few
// more, so that the rest need not be made. A hint, never the decision: that is taken where the counts are
// (keep-payloads.ts), and a payload that is wanted after all is made then.
import type { Flooding } from './db/store-kept.ts'

/** Issues remembered at most; forgetting one only costs work. */
const maxRemembered = 5_000

export type FloodMemory = {
  note(flooding: readonly Flooding[]): void
  /** Hash of an issue → the latest hour (ms) that has its share, for one project. */
  of(projectId: number): ReadonlyMap<string, number>
}

const none: ReadonlyMap<string, number> = new Map()

export function createFloodMemory(): FloodMemory {
  const projects = new Map<number, Map<string, number>>()
  let remembered = 0
  return {
    note(flooding) {
      if (remembered + flooding.length > maxRemembered) {
        projects.clear()
        remembered = 0
      }
      for (const { projectId, hash, hour } of flooding) {
        const own = projects.get(projectId) ?? new Map<string, number>()
        projects.set(projectId, own)
        if (!own.has(hash)) remembered += 1
        if (hour >= (own.get(hash) ?? 0)) own.set(hash, hour)
      }
    },
    of: (projectId) => projects.get(projectId) ?? none,
  }
}
