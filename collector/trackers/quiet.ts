// Step: ends quiet periods. Silence counts only as far as every relay was heard, and not over spans in which
// the project's envelopes were turned away or lost: while one is unreachable or a backlog is unread, the clock
// stands. Detection breaks the quiet when an event arrives; here those are caught that were stored before the
// close was noticed.
import type { Log } from '../../shared/log.ts'
import type { Database } from '../db/database.ts'
import { listDeafSpans } from '../db/deaf-spans.ts'
import { heardUpTo } from '../db/heard.ts'
import { listRecurrences, type Recurrence } from '../db/issue-recurrences.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import { readStanding } from '../db/release-lines.ts'
import { listDecidableIssues, type ResolvingIssue } from '../db/resolving-issues.ts'
import { isPastFix } from '../detect/detect.ts'
import type { Standing } from '../detect/fix.ts'
import { heardSilenceMs } from '../detect/quiet-length.ts'
import { describeDuration } from './duration.ts'

export type QuietVerdict =
  | { readonly is: 'waiting' }
  | { readonly is: 'over' }
  | { readonly is: 'broken'; readonly eventId: string; readonly release: string | null }

/**
 * Pure: how it stands with one issue's quiet.
 * @param seen     for each release the newest event that happened after the close
 * @param silentMs silence after the close that was really heard
 */
export function judgeQuiet(
  issue: Pick<ResolvingIssue, 'closedAt' | 'fix' | 'quietMs'>,
  seen: readonly (Pick<Recurrence, 'release' | 'eventId' | 'occurredAt'> & { readonly standing: Standing })[],
  silentMs: number,
): QuietVerdict {
  const breaking = seen.find((event) => isPastFix(issue, event))
  if (breaking) return { is: 'broken', eventId: breaking.eventId, release: breaking.release }
  return { is: silentMs < issue.quietMs ? 'waiting' : 'over' }
}

const batch = 100

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
    for (let afterId = 0; ; ) {
      const at = { heardAt: heardAt ?? new Date(0), quietMs, afterId }
      const issues = await listDecidableIssues(db, at, batch)
      for (const issue of issues) if (await decide(issue, heardAt)) return true
      if (issues.length < batch) return false
      afterId = issues.at(-1)?.id ?? afterId
    }
  }

  async function decide(issue: ResolvingIssue, heardAt: Date | null): Promise<boolean> {
    const recurrences = await listRecurrences(db, issue.id, issue.closedAt)
    const seen: (Recurrence & { standing: Standing })[] = []
    for (const one of recurrences) {
      seen.push({ ...one, standing: await readStanding(db, issue, one) })
    }
    const deaf = await listDeafSpans(db, issue.projectId, issue.closedAt)
    const silentMs = heardSilenceMs(issue.closedAt.getTime(), heardAt?.getTime() ?? null, deaf)
    const verdict = judgeQuiet(issue, seen, silentMs)
    return verdict.is !== 'waiting' && apply(issue, verdict, heardAt)
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
            reason: `Quiet for ${describeDuration(issue.quietMs)} after the close, with every relay heard.`,
            facts: { ...facts, quietMs: issue.quietMs },
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
