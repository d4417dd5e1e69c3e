// The one way an issue changes its status, whoever asks for it: a person, a script, the tracker or a clock.
// The row is locked, the change is written to the timeline, and episodes end where trouble ends.
import type { Transaction } from 'kysely'
import { appendIssueChange, type IssueChangeKind } from './issue-changes.ts'
import type { DB, IssueStatus } from './schema.ts'

export type StatusChange = {
  readonly issueId: number
  readonly to: IssueStatus
  readonly at: Date
  readonly actor: string
  /** One sentence for people: why. */
  readonly reason: string
  /** Timeline kind; by default the one that belongs to the status. */
  readonly kind?: IssueChangeKind
  readonly facts?: Readonly<Record<string, unknown>>
  /** Moment from which silence counts and after which an event can regress; default `at` on resolving/resolved. */
  readonly closedAt?: Date
  /** First release that has the fix, where known. */
  readonly fixedInRelease?: string | null
  /** Only from one of these; a change that finds another status does nothing. */
  readonly from?: readonly IssueStatus[]
}

const kindOf: Record<IssueStatus, IssueChangeKind> = {
  unresolved: 'reopened',
  resolving: 'closed',
  resolved: 'resolved',
  ignored: 'ignored',
}

/** @returns false when the issue was already there, isn't where `from` wants it, or doesn't exist */
export async function changeIssueStatus(trx: Transaction<DB>, change: StatusChange): Promise<boolean> {
  const row = await trx
    .selectFrom('issues')
    .select(['status', 'closed_at', 'resolved_at', 'fixed_in_release'])
    .where('id', '=', change.issueId)
    .forUpdate()
    .executeTakeFirst()
  if (!row || row.status === change.to) return false
  if (change.from && !change.from.includes(row.status)) return false
  const closing = change.to === 'resolving' || change.to === 'resolved'
  await trx
    .updateTable('issues')
    .set({
      status: change.to,
      status_reason: change.reason,
      status_at: change.at,
      closed_at: closing ? (change.closedAt ?? row.closed_at ?? change.at) : null,
      resolved_at: change.to === 'resolved' ? change.at : null,
      fixed_in_release: closing
        ? change.fixedInRelease === undefined
          ? row.fixed_in_release
          : change.fixedInRelease
        : row.fixed_in_release,
      // Resolved and ignored end the episode; what comes after is detected anew.
      ...(change.to === 'resolved' || change.to === 'ignored'
        ? { in_episode: false, burst_window: '[]' }
        : {}),
    })
    .where('id', '=', change.issueId)
    .execute()
  await appendIssueChange(trx, {
    issueId: change.issueId,
    at: change.at,
    kind: change.kind ?? kindOf[change.to],
    actor: change.actor,
    reason: change.reason,
    facts: { from: row.status, to: change.to, ...change.facts },
  })
  return true
}
