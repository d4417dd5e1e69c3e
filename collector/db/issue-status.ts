// The one way an issue changes its status, whoever asks for it: a person, a script, the tracker or a clock.
// The row is locked, the change is written to the timeline, what is known of the fix is pinned at a close, and
// episodes end where trouble ends.
import type { Selectable, Transaction } from 'kysely'
import type { Fix } from '../detect/fix.ts'
import { quietAfterRegressions } from '../detect/quiet-length.ts'
import { resolutionSubject } from '../trackers/resolution-settings.ts'
import type { Database } from './database.ts'
import { appendIssueChange, type IssueChangeKind } from './issue-changes.ts'
import { readProjectSettings } from './kept-settings.ts'
import { readFix } from './pin-fix.ts'
import type { DB, IssueStatus } from './schema.ts'
import { mirrorStatus } from './tracker-actions.ts'

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
  /** The release that has the fix, where known; null or absent: the next one. */
  readonly fixedInRelease?: string | null
  /** On ignored: the issue of ours that this one was called a duplicate of. */
  readonly duplicateOf?: number | null
  /** The same where several branches got the fix, with who or what named them. */
  readonly fixedIn?: {
    readonly releases: readonly string[]
    readonly source: string | null
    /** All releases have it at once: any event after the close counts. */
    readonly everywhere?: boolean
  }
  /** On ignored: what ends it, counted from now; absent: nothing does. */
  readonly ignoreFor?: {
    readonly until: Date | null
    readonly moreEvents: number | null
    readonly moreUsers: number | null
  }
  /** On resolving: length of a quiet period (ms) without regressions; they make it longer. */
  readonly quietMs?: number
  /** On unresolved: the latest episode goes on, with the tracker issue it has. */
  readonly resumesEpisode?: boolean
  /** Only from one of these; a change that finds another status does nothing. */
  readonly from?: readonly IssueStatus[]
}

const kindOf: Record<IssueStatus, IssueChangeKind> = {
  unresolved: 'reopened',
  resolving: 'closed',
  resolved: 'resolved',
  ignored: 'ignored',
  merged: 'merged',
}

type IssueRow = Pick<
  Selectable<DB['issues']>,
  | 'id'
  | 'project_id'
  | 'status'
  | 'closed_at'
  | 'in_episode'
  | 'fix'
  | 'quiet_ms'
  | 'event_count'
  | 'user_count'
>

/** @returns false when the issue was already there, isn't where `from` wants it, or doesn't exist */
export async function changeIssueStatus(trx: Transaction<DB>, change: StatusChange): Promise<boolean> {
  const row = await trx
    .selectFrom('issues')
    .select(['id', 'project_id', 'status', 'closed_at', 'in_episode', 'fix', 'quiet_ms'])
    .select(['event_count', 'user_count'])
    .where('id', '=', change.issueId)
    .forUpdate()
    .executeTakeFirst()
  // A merged issue has no status of its own: what happens to its ticket changes nothing here.
  if (!row || row.status === 'merged') return false
  // Ignored for another time is a change.
  if (row.status === change.to && !(change.to === 'ignored' && change.ignoreFor)) return false
  if (change.from && !change.from.includes(row.status)) return false
  const { to } = change
  const { until = null, moreEvents = null, moreUsers = null } = (to === 'ignored' && change.ignoreFor) || {}
  const isClosing = to === 'resolving' || to === 'resolved'
  const endsEpisode = to === 'resolved' || to === 'ignored'
  const closedAt = isClosing ? (change.closedAt ?? row.closed_at ?? change.at) : null
  const fix = closedAt ? await fixAtClose(trx, row, change, closedAt) : null
  const quietMs =
    change.to === 'resolving' && change.quietMs !== undefined
      ? await readQuietMs(trx, { id: row.id, projectId: row.project_id }, change.at, change.quietMs)
      : row.quiet_ms
  await trx
    .updateTable('issues')
    .set({
      status: to,
      status_reason: change.reason,
      status_at: change.at,
      closed_at: closedAt,
      ...(closedAt ? { was_closed: true } : {}),
      resolved_at: to === 'resolved' ? change.at : null,
      fix: fix && JSON.stringify(fix),
      fixed_in_release: fix?.releases.join(', ') || null,
      quiet_ms: quietMs,
      duplicate_of: to === 'ignored' ? (change.duplicateOf ?? null) : null,
      trouble_since: null,
      trouble_fatals: 0,
      ignored_until: until,
      ignored_until_events: moreEvents === null ? null : row.event_count + moreEvents,
      ignored_until_users: moreUsers === null ? null : row.user_count + moreUsers,
      // What was put off is over with its trouble; what comes after is told at once.
      snoozed_until: null,
      snoozed_until_events: null,
      // Resolved and ignored end the episode; what comes after is detected anew.
      ...(endsEpisode ? { in_episode: false, burst_window: '[]' } : {}),
      ...(to === 'unresolved' && change.resumesEpisode ? { in_episode: true } : {}),
    })
    .where('id', '=', change.issueId)
    .execute()
  await appendIssueChange(trx, {
    issueId: change.issueId,
    at: change.at,
    kind: change.kind ?? kindOf[to],
    actor: change.actor,
    reason: change.reason,
    facts: {
      from: row.status,
      to,
      ...(closedAt ? { closedAt: closedAt.toISOString() } : {}),
      ...(fix ? { fixedIn: fix.releases, fixSource: fix.source, newestAtClose: fix.lines } : {}),
      ...(fix?.everywhere ? { everywhere: true } : {}),
      ...(to === 'resolving' ? { quietMs } : {}),
      ...(endsEpisode && row.in_episode ? { endedEpisode: true } : {}),
      ...(until ? { until: until.toISOString() } : {}),
      ...(moreEvents === null ? {} : { moreEvents }),
      ...(moreUsers === null ? {} : { moreUsers }),
      ...change.facts,
    },
  })
  const isByHand = change.actor.startsWith('person:') || change.actor.startsWith('api:')
  if (isByHand) await mirrorStatus(trx, { ...change, projectId: row.project_id })
  return true
}

/** What is pinned stays as it is from the close through the quiet period to the resolution. */
async function fixAtClose(
  trx: Transaction<DB>,
  row: IssueRow,
  change: StatusChange,
  closedAt: Date,
): Promise<Fix> {
  const isGoingOn = row.status === 'resolving' && change.to === 'resolved' && !change.closedAt
  const named =
    change.fixedIn ??
    (change.fixedInRelease ? { releases: [change.fixedInRelease], source: null } : undefined)
  if (isGoingOn && !named && row.fix) return row.fix
  return readFix(trx, row.id, closedAt, named ?? { releases: [], source: null })
}

/**
 * How long it must be quiet after a close at that moment: as the project says, and doubled by each regression
 * of the day before (flap guard).
 * @param quietMs for a project that says nothing
 */
export async function readQuietMs(
  db: Database,
  issue: { readonly id: number; readonly projectId: number },
  at: Date,
  quietMs: number,
): Promise<number> {
  const { quietMinutes } = await readProjectSettings(db, issue.projectId, resolutionSubject)
  const { regressions } = await db
    .selectFrom('issue_changes')
    .select((eb) => eb.fn.countAll<number>().as('regressions'))
    .where('issue_id', '=', issue.id)
    .where('kind', '=', 'regressed')
    .where('at', '>', new Date(at.getTime() - 24 * 3_600_000))
    .executeTakeFirstOrThrow()
  return quietAfterRegressions(quietMinutes === null ? quietMs : quietMinutes * 60_000, regressions)
}
