// Open tracker issues whose issue lives on: which of them is to be looked at, and what its text does not tell
// yet. Looked at one by one, only while events arrive, so a quiet installation costs nothing.
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { listTopTags } from './tracker-issues.ts'

export type Progress = {
  /** Row of tracker_issues. */
  readonly id: number
  readonly issueId: number
  readonly repository: string
  readonly number: number
  readonly settings: Readonly<Record<string, unknown>>
  readonly filedAt: Date
  readonly eventsAtFiling: number
  readonly events: number
  readonly users: number
  readonly toldMultiple: number
  readonly toldPlatforms: readonly string[] | null
  readonly toldAt: Date
  readonly comments: number
  /** Releases of the issue first seen since it was last told, at most five, and operating systems now. */
  readonly newReleases: readonly string[]
  readonly platforms: readonly string[]
}

/**
 * Takes the open tracker issue that is due, and puts its next look `everyMs` ahead, so that of several
 * collectors one looks at it.
 */
export async function claimProgress(db: Database, now: Date, everyMs: number): Promise<Progress | undefined> {
  const claimed = await db
    .updateTable('tracker_issues')
    .set({ progress_due_at: new Date(now.getTime() + everyMs) })
    .where('id', '=', (query) =>
      query
        .selectFrom('tracker_issues')
        .innerJoin('issues', 'issues.id', 'tracker_issues.issue_id')
        .select('tracker_issues.id')
        .where('tracker_issues.state', '=', 'open')
        .where('tracker_issues.fate', 'is', null)
        .where('tracker_issues.progress_due_at', '<=', now)
        .whereRef('tracker_issues.episode', '=', 'issues.episode')
        .whereRef('issues.last_seen_at', '>', 'tracker_issues.filed_at')
        .orderBy('tracker_issues.progress_due_at')
        .limit(1)
        .forUpdate('tracker_issues')
        .skipLocked(),
    )
    .returningAll()
    .executeTakeFirst()
  if (!claimed) return undefined
  const issue = await db
    .selectFrom('issues')
    .innerJoin('projects', 'projects.id', 'issues.project_id')
    .select(['issues.event_count', 'issues.user_count', 'projects.settings'])
    .where('issues.id', '=', claimed.issue_id)
    .executeTakeFirstOrThrow()
  const toldAt = claimed.told_at ?? claimed.filed_at
  const releases = await db
    .selectFrom('issue_releases')
    .select('release')
    .where('issue_id', '=', claimed.issue_id)
    .where('first_seen_at', '>', toldAt)
    .orderBy('first_seen_at')
    .limit(5)
    .execute()
  const tags = await listTopTags(db, claimed.issue_id, ['os.name'])
  return {
    id: claimed.id,
    issueId: claimed.issue_id,
    repository: claimed.repository,
    number: claimed.number,
    settings: issue.settings,
    filedAt: claimed.filed_at,
    eventsAtFiling: claimed.events_at_filing,
    events: issue.event_count,
    users: issue.user_count,
    toldMultiple: claimed.told_multiple,
    toldPlatforms: claimed.told_platforms,
    toldAt,
    comments: claimed.comments,
    newReleases: releases.map((row) => row.release),
    platforms: (tags.get('os.name') ?? []).map((tag) => tag.name),
  }
}

/**
 * Notes what is told, before it is: of two that would say it one does, and after a crash it is not repeated.
 * @returns false: another has told something meanwhile
 */
export async function noteTold(
  db: Database,
  progress: Progress,
  told: { readonly multiple: number; readonly platforms: readonly string[]; readonly at: Date },
): Promise<boolean> {
  const row = await db
    .updateTable('tracker_issues')
    .set({
      told_multiple: told.multiple,
      told_platforms: JSON.stringify(told.platforms),
      told_at: told.at,
      comments: progress.comments + 1,
    })
    .where('id', '=', progress.id)
    .where('comments', '=', progress.comments)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** What was noted was surely not told: it is tried again. */
export async function undoTold(db: Database, progress: Progress): Promise<void> {
  await db
    .updateTable('tracker_issues')
    .set({
      told_multiple: progress.toldMultiple,
      told_platforms: progress.toldPlatforms && JSON.stringify(progress.toldPlatforms),
      told_at: progress.toldAt,
      comments: progress.comments,
    })
    .where('id', '=', progress.id)
    .where('comments', '=', progress.comments + 1)
    .execute()
}

/** A tracker issue filed by an older program has no list of platforms: from now on it has. */
export async function notePlatforms(
  db: Database | Transaction<DB>,
  id: number,
  platforms: readonly string[],
): Promise<void> {
  await db
    .updateTable('tracker_issues')
    .set({ told_platforms: JSON.stringify(platforms) })
    .where('id', '=', id)
    .execute()
}
