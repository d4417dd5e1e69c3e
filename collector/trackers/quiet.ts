// Step: ends quiet periods. Silence counts only as far as every relay was heard: while one is unreachable
// or a backlog is unread, the clock stands. Detection breaks the quiet when an event arrives; here those
// are caught that were stored before the close was noticed.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import { heardUpTo } from '../db/heard.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import { listDecidableIssues, listReleasesSeenAfter, type ResolvingIssue } from '../db/resolving-issues.ts'
import { isPastFix } from '../detect/detect.ts'
import { describeDuration } from './duration.ts'

export type QuietVerdict =
  | { readonly is: 'waiting' }
  | { readonly is: 'over' }
  | { readonly is: 'broken'; readonly eventId: string; readonly release: string | null }

/**
 * Pure: how it stands with one issue's quiet.
 * @param heardAt everything received before this moment is committed; null: nothing is sure
 * @param seen    for each release the newest event that happened after the close
 */
export function judgeQuiet(
  issue: { readonly closedAt: Date; readonly fixedInRelease: string | null },
  seen: readonly { readonly release: string | null; readonly eventId: string; readonly occurredAt: Date }[],
  heardAt: Date | null,
  quietMs: number,
): QuietVerdict {
  const breaking = seen.find((event) => isPastFix(issue, event))
  if (breaking) return { is: 'broken', eventId: breaking.eventId, release: breaking.release }
  if (!heardAt || heardAt.getTime() < issue.closedAt.getTime() + quietMs) return { is: 'waiting' }
  return { is: 'over' }
}

/** @returns a step: decides about one resolving issue; false where all must wait */
export function createQuietStep(deps: {
  readonly db: Database
  readonly now: () => Date
  readonly log: Log
  readonly config: {
    /** POSTERN_QUIET_MINUTES in ms. */
    readonly quietMs: number
  }
}): () => Promise<boolean> {
  const { db, now, log } = deps
  const { quietMs } = deps.config

  return async () => {
    const { at: heardAt } = await heardUpTo(db)
    const closedBefore = new Date((heardAt?.getTime() ?? 0) - quietMs)
    for (const issue of await listDecidableIssues(db, closedBefore, 100)) {
      const seen = await listReleasesSeenAfter(db, issue.id, issue.closedAt)
      const verdict = judgeQuiet(issue, seen, heardAt, quietMs)
      if (verdict.is !== 'waiting' && (await apply(issue, verdict, heardAt))) return true
    }
    return false
  }

  async function apply(
    issue: ResolvingIssue,
    verdict: Exclude<QuietVerdict, { is: 'waiting' }>,
    heardAt: Date | null,
  ): Promise<boolean> {
    const facts = { closedAt: issue.closedAt.toISOString(), heardUpTo: heardAt?.toISOString() ?? null }
    const where = verdict.is === 'broken' && verdict.release ? ` from ${verdict.release}` : ''
    const change =
      verdict.is === 'over'
        ? {
            to: 'resolved' as const,
            kind: 'resolved' as const,
            reason: `Quiet for ${describeDuration(quietMs)} after the close, with every relay heard.`,
            facts: { ...facts, quietMs },
          }
        : {
            to: 'unresolved' as const,
            kind: 'quiet_broken' as const,
            reason: `Event ${verdict.eventId.slice(0, 7)}${where} came after the close, before it was noticed here.`,
            facts: { ...facts, eventId: verdict.eventId, release: verdict.release },
          }
    const isChanged = await db.transaction().execute((trx) =>
      changeIssueStatus(trx, {
        issueId: issue.id,
        at: now(),
        actor: 'postern',
        from: ['resolving'],
        ...change,
      }),
    )
    if (isChanged) log.info({ issue: issue.id, to: change.to }, change.reason)
    return isChanged
  }
}
