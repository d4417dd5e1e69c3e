// Step: what time alone triggers. An error that nothing has filed for long enough files; everything else is
// decided in the transaction that stores the events.
import type { Log } from '../shared/log.ts'
import type { Database } from './db/database.ts'
import { readDetectionRules } from './db/detection-settings.ts'
import { stateOf } from './db/detection-state.ts'
import { fromUuid } from './db/stored-events.ts'
import { decideAboutIssue, listSmouldering } from './db/troubled-issues.ts'
import { detectSlowBurn } from './detect/detect.ts'
import { defaultRules } from './detect/rules.ts'
import type { Step } from './loop.ts'

const batch = 50

/** @returns a step: looks at the issues that have waited longest; false where none is due */
export function createSlowBurnStep(deps: {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
}): Step {
  const { db, now, log } = deps
  return async () => {
    const at = now()
    let filed = 0
    for (const issueId of await listSmouldering(db, at, batch)) {
      const isFiled = await decideAboutIssue(
        db,
        issueId,
        async (trx, issue) => {
          const rules = (await readDetectionRules(trx, [issue.project_id])).get(issue.project_id)
          const lastEventId = fromUuid(issue.last_event_id)
          return detectSlowBurn(stateOf(issue), at, rules ?? defaultRules, issue.user_count, lastEventId)
        },
        at,
      )
      if (isFiled) filed += 1
    }
    if (filed > 0) log.debug({ issues: filed }, 'slow burn')
    return filed > 0
  }
}
