// Counts by release and hour and by project and day, with distinct users; part of the rollups. Rows are written
// in one order, so that two collectors wait for each other instead of crossing.
import { hash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Event } from '../pipeline/event.ts'
import { inChunks, populated, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

type Facts = Pick<Event, 'level' | 'handled' | 'release' | 'userKey' | 'receivedAt'>
type Counted = { readonly projectId: number; readonly event: Facts }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Start of the UTC day of a moment. */
export function dayOf(moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / dayMs) * dayMs)
}

/** Fatal, or an exception that the app did not handle. */
export function isCrash(event: Pick<Event, 'level' | 'handled'>): boolean {
  return event.level === 'fatal' || event.handled === false
}

/** A user's key as a number that counts the same and names nobody; text, since it has 64 bits. */
export function userHash(userKey: string): string {
  return hash('sha256', userKey, 'buffer').readBigInt64BE().toString()
}

function addUp<T extends object>(rows: readonly (T & { events: number; crashes: number })[]) {
  const sums = new Map<string, T & { events: number; crashes: number }>()
  for (const row of rows) {
    const { events, crashes, ...key } = row
    const text = JSON.stringify(key)
    const sum = sums.get(text)
    if (sum) {
      sum.events += events
      sum.crashes += crashes
    } else sums.set(text, { ...row })
  }
  return sortedBy(sums.entries(), ([text]) => text).map(([, sum]) => sum)
}

export async function addToDays(trx: Transaction<DB>, events: readonly Counted[]): Promise<void> {
  const one = (event: Facts) => ({ events: 1, crashes: isCrash(event) ? 1 : 0 })
  await addReleaseHours(
    trx,
    addUp(
      events.flatMap(({ projectId, event }) =>
        event.release
          ? [
              {
                project_id: projectId,
                version: event.release,
                hour: new Date(Math.floor(event.receivedAt.getTime() / hourMs) * hourMs),
                ...one(event),
              },
            ]
          : [],
      ),
    ),
  )
  await addReleaseUsers(trx, events)
  const users = await addDayUsers(trx, events)
  const days = addUp(
    events.map(({ projectId, event }) => ({
      project_id: projectId,
      day: dayOf(event.receivedAt),
      ...one(event),
    })),
  ).map((row) => ({ ...row, users: users.get(`${row.project_id} ${row.day.getTime()}`) ?? 0 }))
  await inChunks(days, (rows) =>
    trx
      .insertInto('project_days')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'day']).doUpdateSet({
          events: sql<number>`project_days.events + excluded.events`,
          crashes: sql<number>`project_days.crashes + excluded.crashes`,
          users: sql<number>`project_days.users + excluded.users`,
        }),
      )
      .execute(),
  )
}

type ReleaseHour = { project_id: number; version: string; hour: Date; events: number; crashes: number }

async function addReleaseHours(trx: Transaction<DB>, hours: readonly ReleaseHour[]): Promise<void> {
  await inChunks(hours, (rows) =>
    trx
      .insertInto('release_hours')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['project_id', 'version', 'hour']).doUpdateSet({
          events: sql<number>`release_hours.events + excluded.events`,
          crashes: sql<number>`release_hours.crashes + excluded.crashes`,
        }),
      )
      .execute(),
  )
}

async function addReleaseUsers(trx: Transaction<DB>, events: readonly Counted[]): Promise<void> {
  const users = new Map<string, { project_id: number; version: string; user_hash: string }>()
  const added = new Map<string, { project_id: number; version: string; users: number; crashes: number }>()
  const sumOf = (project_id: number, version: string) => {
    const key = JSON.stringify([project_id, version])
    const known = added.get(key) ?? { project_id, version, users: 0, crashes: 0 }
    added.set(key, known)
    return known
  }
  for (const { projectId, event } of events) {
    if (!event.release) continue
    if (isCrash(event)) sumOf(projectId, event.release).crashes += 1
    if (!event.userKey) continue
    const row = { project_id: projectId, version: event.release, user_hash: userHash(event.userKey) }
    users.set(JSON.stringify(row), row)
  }
  await inChunks(
    sortedBy(users.entries(), ([key]) => key).map(([, row]) => row),
    async (rows) => {
      const inserted = await trx
        .insertInto('release_users')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .returning(['project_id', 'version'])
        .execute()
      for (const row of inserted) sumOf(row.project_id, row.version).users += 1
    },
  )
  await inChunks(
    sortedBy(added.entries(), ([key]) => key).map(([, row]) => row),
    (rows) =>
      sql`update releases set users = releases.users + given.users, crashes = releases.crashes + given.crashes
        from ${populated('releases', rows)} as given
        where releases.project_id = given.project_id and releases.version = given.version`.execute(trx),
  )
}

/** @returns new users by "project day" */
async function addDayUsers(trx: Transaction<DB>, events: readonly Counted[]): Promise<Map<string, number>> {
  const users = new Map<string, { day: Date; project_id: number; user_hash: string }>()
  for (const { projectId, event } of events) {
    if (!event.userKey) continue
    const row = { day: dayOf(event.receivedAt), project_id: projectId, user_hash: userHash(event.userKey) }
    users.set(JSON.stringify(row), row)
  }
  const added = new Map<string, number>()
  await inChunks(
    sortedBy(users.entries(), ([key]) => key).map(([, row]) => row),
    async (rows) => {
      const inserted = await trx
        .insertInto('project_day_users')
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .returning(['project_id', 'day'])
        .execute()
      for (const row of inserted) {
        const key = `${row.project_id} ${row.day.getTime()}`
        added.set(key, (added.get(key) ?? 0) + 1)
      }
    },
  )
  return added
}

/** Users of days that can't grow any more need not be known one by one. */
export async function deleteDayUsersBefore(db: Database, moment: Date): Promise<void> {
  await db.deleteFrom('project_day_users').where('day', '<', moment).execute()
}
