// Storing events of merged issues: which issue shows them now, and the counts of the origin they came under,
// from which a merge is taken apart again (merge-issues.ts).
import type { Selectable, Transaction } from 'kysely'
import { levels } from '../pipeline/event.ts'
import type { DB } from './schema.ts'
import type { Home } from './store-issues.ts'
import type { CountedEvent } from './store-rollups.ts'

type Issue = Selectable<DB['issues']>

async function lockIssues(trx: Transaction<DB>, ids: Iterable<number>): Promise<Issue[]> {
  return trx
    .selectFrom('issues')
    .selectAll()
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute()
}

/**
 * Locks the issues of events. One that took part in a merge, or was taken out of one, since its hash was looked
 * up, is followed: what holds is what is found under the locks.
 */
export async function lockHomes<T extends Home>(
  trx: Transaction<DB>,
  claimed: readonly T[],
): Promise<{ issues: Issue[]; events: T[] }> {
  const locked = new Map<number, Issue>()
  let events = [...claimed]
  for (;;) {
    const ids = new Set(events.map(({ issueId }) => issueId).filter((id) => !locked.has(id)))
    if (ids.size === 0) return { issues: [...locked.values()], events }
    for (const issue of await lockIssues(trx, ids)) locked.set(issue.id, issue)
    const origins = new Set<number>()
    for (const { issueId, originId } of events) {
      const origin = originId ?? locked.get(issueId)?.origin_id
      if (origin) origins.add(origin)
    }
    if (origins.size === 0) return { issues: [...locked.values()], events }
    const rows = await trx
      .selectFrom('issue_origins')
      .select(['id', 'issue_id'])
      .where('id', 'in', [...origins])
      .execute()
    const shownBy = new Map(rows.map((row) => [row.id, row.issue_id]))
    events = events.map((event) => {
      const originId = event.originId ?? locked.get(event.issueId)?.origin_id ?? null
      return { ...event, originId, issueId: shownBy.get(originId ?? 0) ?? event.issueId }
    })
  }
}

/**
 * Brings the origins of these events up to date; the caller holds the issues that show them.
 * @param newUsers by issue and origin, as addToRollups says
 */
export async function addToOrigins(
  trx: Transaction<DB>,
  events: readonly CountedEvent[],
  newUsers: ReadonlyMap<number, number>,
): Promise<void> {
  const byOrigin = Map.groupBy(events, ({ originId }) => originId ?? 0)
  byOrigin.delete(0)
  for (const id of [...byOrigin.keys()].sort((a, b) => a - b)) {
    const own = (byOrigin.get(id) ?? []).map(({ event }) => event)
    const row = await trx.selectFrom('issue_origins').selectAll().where('id', '=', id).executeTakeFirst()
    const [oldest] = own
    const newest = own.at(-1)
    if (!row || !oldest || !newest) continue
    const worst = Math.min(...[row, ...own].map(({ level }) => levels.indexOf(level)))
    await trx
      .updateTable('issue_origins')
      .set({
        event_count: row.event_count + own.length,
        user_count: row.user_count + (newUsers.get(id) ?? 0),
        level: levels[worst] ?? row.level,
        last_occurred_at: new Date(
          Math.max(row.last_occurred_at.getTime(), ...own.map(({ occurredAt }) => occurredAt.getTime())),
        ),
        ...(oldest.receivedAt < row.first_seen_at
          ? {
              first_seen_at: oldest.receivedAt,
              first_event_id: oldest.eventId,
              first_release: oldest.release,
            }
          : {}),
        ...(newest.receivedAt >= row.last_seen_at
          ? {
              title: newest.title,
              title_type: newest.titleType,
              title_value: newest.titleValue,
              culprit: newest.culprit,
              platform: newest.platform,
              handled: newest.handled,
              last_seen_at: newest.receivedAt,
              last_event_id: newest.eventId,
              last_release: newest.release ?? row.last_release,
            }
          : {}),
      })
      .where('id', '=', id)
      .execute()
  }
}
