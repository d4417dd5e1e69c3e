// What is known of an issue's fix, read once when it is closed and kept with it.
import type { Transaction } from 'kysely'
import type { Fix } from '../detect/fix.ts'
import type { DB } from './schema.ts'

/** Kept with an issue; beyond them the newest count. */
const maxSeenIn = 200
const maxLines = 100

/**
 * @param closedAt what was seen before it is what the fix came after
 * @param named    releases that have the fix; empty: the next one
 */
export async function readFix(
  trx: Transaction<DB>,
  issueId: number,
  closedAt: Date,
  named: {
    readonly releases: readonly string[]
    readonly source: string | null
    readonly everywhere?: boolean
  },
): Promise<Fix> {
  const { project_id: projectId } = await trx
    .selectFrom('issues')
    .select('project_id')
    .where('id', '=', issueId)
    .executeTakeFirstOrThrow()
  const seenIn = await trx
    .selectFrom('issue_releases')
    .select('release')
    .where('issue_id', '=', issueId)
    .where('first_seen_at', '<=', closedAt)
    .orderBy('last_seen_at', 'desc')
    .orderBy('release')
    .limit(maxSeenIn)
    .execute()
  const lines = await trx
    .selectFrom('release_advances')
    .innerJoin('release_lines', (join) =>
      join
        .onRef('release_lines.project_id', '=', 'release_advances.project_id')
        .onRef('release_lines.app', '=', 'release_advances.app')
        .onRef('release_lines.platform', '=', 'release_advances.platform'),
    )
    .distinctOn(['release_advances.app', 'release_advances.platform'])
    .select([
      'release_advances.app as app',
      'release_advances.platform as platform',
      'release_advances.release as newest',
      'release_lines.is_only as isOnly',
    ])
    .where('release_advances.project_id', '=', projectId)
    .where('release_advances.at', '<=', closedAt)
    .orderBy('release_advances.app')
    .orderBy('release_advances.platform')
    .orderBy('release_advances.at', 'desc')
    .orderBy('release_advances.id', 'desc')
    .limit(maxLines)
    .execute()
  const sent = await trx
    .selectFrom('releases')
    .select('version')
    .where('project_id', '=', projectId)
    .limit(2)
    .execute()
  return {
    releases: [...new Set(named.releases)],
    ...(named.everywhere ? { everywhere: true } : {}),
    source: named.source,
    seenIn: seenIn.map(({ release }) => release),
    lines,
    constant: sent.length === 1 ? (sent[0]?.version ?? null) : null,
  }
}
