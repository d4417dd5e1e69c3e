// Sessions by release, environment and hour. A session that is told of in several updates is counted once, as
// the worst that was said of it; its row is locked while it is counted, so that two collectors take turns.
import { sql, type Transaction } from 'kysely'
import { type SessionCount, sessionStates } from '../pipeline/read-sessions.ts'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { hourOf } from './store-rollups.ts'

export type NewSession = SessionCount & { readonly projectId: number; readonly receivedAt: Date }

type Place = {
  readonly project_id: number
  readonly version: string
  readonly environment: string
  readonly hour: Date
}
type Sums = { sessions: number; errored: number; unhandled: number; abnormal: number; crashed: number }

const placeOf = (one: NewSession): Place => ({
  project_id: one.projectId,
  version: one.release,
  environment: one.environment,
  hour: hourOf(one.startedAt),
})

const rankOf = ({ state }: SessionCount) => sessionStates.indexOf(state)

/** Days without an update after which a session is taken to be over. */
export const sessionDays = 7

export async function addSessions(trx: Transaction<DB>, sessions: readonly NewSession[]): Promise<void> {
  if (sessions.length === 0) return
  await noteReleases(trx, sessions)
  const sums = new Map<string, Place & Sums>()
  const add = (place: Place, rank: number, count: number) => {
    const key = JSON.stringify(place)
    const none = { sessions: 0, errored: 0, unhandled: 0, abnormal: 0, crashed: 0 }
    const sum = sums.get(key) ?? { ...place, ...none }
    sums.set(key, sum)
    const state = sessionStates[rank]
    if (state && state !== 'healthy') sum[state] += count
  }
  const count = (place: Place, rank: number, by: number) => {
    add(place, rank, by)
    const sum = sums.get(JSON.stringify(place))
    if (sum) sum.sessions += by
  }
  for (const one of sessions) if (one.sid === null) count(placeOf(one), rankOf(one), one.count)
  for (const { place, before, now } of await updateStates(trx, sessions)) {
    if (before < 0) count(place, now, 1)
    else if (now > before) {
      add(place, before, -1)
      add(place, now, 1)
    }
  }
  await inChunks(
    sortedBy(sums.entries(), ([key]) => key).map(([, sum]) => sum),
    (rows) =>
      trx
        .insertInto('session_hours')
        .columns(columnsOf(rows))
        .expression(fromRows('session_hours', rows))
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'version', 'environment', 'hour']).doUpdateSet({
            sessions: sql<number>`session_hours.sessions + excluded.sessions`,
            errored: sql<number>`session_hours.errored + excluded.errored`,
            unhandled: sql<number>`session_hours.unhandled + excluded.unhandled`,
            abnormal: sql<number>`session_hours.abnormal + excluded.abnormal`,
            crashed: sql<number>`session_hours.crashed + excluded.crashed`,
          }),
        )
        .execute(),
  )
}

/** A release without a single error is a release all the same. */
async function noteReleases(trx: Transaction<DB>, sessions: readonly NewSession[]): Promise<void> {
  const releases = new Map<string, { project_id: number; version: string; first: Date; last: Date }>()
  for (const { projectId, release, receivedAt } of sessions) {
    const key = JSON.stringify([projectId, release])
    const known = releases.get(key)
    releases.set(key, {
      project_id: projectId,
      version: release,
      first: known && known.first < receivedAt ? known.first : receivedAt,
      last: known && known.last > receivedAt ? known.last : receivedAt,
    })
  }
  await inChunks(
    sortedBy(releases.entries(), ([key]) => key).map(([, { project_id, version, first, last }]) => ({
      project_id,
      version,
      events: 0,
      first_seen_at: first,
      last_seen_at: last,
    })),
    (rows) =>
      trx
        .insertInto('releases')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['project_id', 'version'])
            .doUpdateSet({
              first_seen_at: sql<Date>`least(releases.first_seen_at, excluded.first_seen_at)`,
              last_seen_at: sql<Date>`greatest(releases.last_seen_at, excluded.last_seen_at)`,
            })
            // A release that is heard all the time isn't written for each session.
            .where(
              sql<boolean>`excluded.first_seen_at < releases.first_seen_at
                or excluded.last_seen_at > releases.last_seen_at + interval '1 minute'`,
            ),
        )
        .execute(),
  )
}

type Change = { readonly place: Place; readonly before: number; readonly now: number }

async function updateStates(trx: Transaction<DB>, sessions: readonly NewSession[]): Promise<Change[]> {
  const states = new Map<string, Place & { sid: string; rank: number; rank_before: number; seen_at: Date }>()
  for (const one of sessions) {
    if (one.sid === null) continue
    const key = JSON.stringify([one.projectId, one.sid])
    const known = states.get(key)
    if (!known) {
      states.set(key, {
        ...placeOf(one),
        sid: one.sid,
        rank: rankOf(one),
        rank_before: -1,
        seen_at: one.receivedAt,
      })
    } else known.rank = Math.max(known.rank, rankOf(one))
  }
  const changes: Change[] = []
  await inChunks(
    sortedBy(states.entries(), ([key]) => key).map(([, state]) => state),
    async (rows) => {
      const written = await trx
        .insertInto('session_states')
        .columns(columnsOf(rows))
        .expression(fromRows('session_states', rows))
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'sid']).doUpdateSet({
            rank_before: sql<number>`session_states.rank`,
            rank: sql<number>`greatest(session_states.rank, excluded.rank)`,
            seen_at: sql<Date>`greatest(session_states.seen_at, excluded.seen_at)`,
          }),
        )
        .returning(['project_id', 'version', 'environment', 'hour', 'rank', 'rank_before'])
        .execute()
      for (const { rank, rank_before, ...place } of written) {
        changes.push({ place, before: rank_before, now: rank })
      }
    },
  )
  return changes
}

export async function deleteSessionStatesBefore(db: Database, moment: Date): Promise<void> {
  await db.deleteFrom('session_states').where('seen_at', '<', moment).execute()
}

export async function deleteSessionHoursBefore(db: Database, moment: Date): Promise<void> {
  await db.deleteFrom('session_hours').where('hour', '<', moment).execute()
}
