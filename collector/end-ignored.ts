// Step: what was ignored until a moment is heard of again then, also where no event comes.
import type { Database } from './db/database.ts'
import { reopenNextIgnored } from './db/ignored-issues.ts'

/** @returns a step: reopens one issue; false where none is due */
export function createEndIgnoredStep(deps: {
  readonly db: Database
  readonly now: () => Date
}): () => Promise<boolean> {
  return () => reopenNextIgnored(deps.db, deps.now())
}
