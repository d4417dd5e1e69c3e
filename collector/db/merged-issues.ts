// What an issue page and the API say of a merge: the issues that an issue shows besides itself.
import type { Database } from './database.ts'

export type MergedIssue = {
  readonly id: number
  readonly number: number
  readonly title: string
  readonly culprit: string
  readonly eventCount: number
  readonly userCount: number
  readonly lastSeenAt: Date
  readonly mergedAt: Date
  readonly mergedBy: string
}

/** Newest merge first, at most 200. */
export async function listMergedIssues(db: Database, issueId: number): Promise<MergedIssue[]> {
  const rows = await db
    .selectFrom('issue_origins')
    .innerJoin('issues', 'issues.id', 'issue_origins.face_id')
    .select([
      'issues.id',
      'issues.number',
      'issue_origins.title',
      'issue_origins.culprit',
      'issue_origins.event_count',
      'issue_origins.user_count',
      'issue_origins.last_seen_at',
      'issue_origins.merged_at',
      'issue_origins.merged_by',
    ])
    .where('issue_origins.issue_id', '=', issueId)
    .where('issue_origins.face_id', '<>', issueId)
    .orderBy('issue_origins.merged_at', 'desc')
    .orderBy('issues.number', 'desc')
    .limit(200)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    title: row.title,
    culprit: row.culprit,
    eventCount: row.event_count,
    userCount: row.user_count,
    lastSeenAt: row.last_seen_at,
    mergedAt: row.merged_at ?? row.last_seen_at,
    mergedBy: row.merged_by ?? '',
  }))
}
