// The release that has the fix, told after the close: it takes the place of what was pinned there, and nothing else
// changes. The quiet period goes on, and what regressed before stays a regression.
import type { Transaction } from 'kysely'
import type { Fix } from '../detect/fix.ts'
import { appendIssueChange } from './issue-changes.ts'
import type { DB } from './schema.ts'

type ToldFix = {
  readonly issueId: number
  /** Of the tracker issue. */
  readonly repository: string
  readonly number: number
  readonly at: Date
  /** `by`: login at the tracker; null: not known. */
  readonly fixedIn: Pick<Fix, 'releases' | 'source'> & { readonly by: string | null }
}

/** What a person decided here is not told otherwise by a tracker. */
function isDecidedHere({ releases, source, everywhere }: Fix): boolean {
  return everywhere === true || (releases.length > 0 && source === null)
}

/** The caller holds the issue's row. A tracker issue that names nothing (any more) changes nothing. */
export async function nameFix(trx: Transaction<DB>, told: ToldFix): Promise<void> {
  const { releases, source, by } = told.fixedIn
  const row = await trx
    .selectFrom('issues')
    .select(['fix', 'closed_at'])
    .where('id', '=', told.issueId)
    .executeTakeFirst()
  const fix = row?.fix
  if (!fix || releases.length === 0 || isDecidedHere(fix)) return
  if (fix.releases.join() === releases.join()) return
  await trx
    .updateTable('issues')
    .set({ fix: JSON.stringify({ ...fix, releases, source }), fixed_in_release: releases.join(', ') })
    .where('id', '=', told.issueId)
    .execute()
  await appendIssueChange(trx, {
    issueId: told.issueId,
    at: told.at,
    kind: 'fix_named',
    actor: by ? `github:${by}` : 'github',
    reason: `${told.repository}#${told.number} says now that it is fixed in ${releases.join(', ')} (${source}).`,
    facts: {
      fixedIn: releases,
      fixSource: source,
      was: fix.releases,
      ...(row.closed_at ? { closedAt: row.closed_at.toISOString() } : {}),
    },
  })
}
