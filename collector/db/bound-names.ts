// Releases and environments are free text of the sender, and much is counted by each. A project takes in so many
// new ones within thirty days (its settings say how many); the events of further ones are counted under one name.
import { sql, type Transaction } from 'kysely'
import type { EventFacts } from '../pipeline/event.ts'
import { retentionSettings } from '../retention-settings.ts'
import { readSubject } from '../settings-subject.ts'
import { fromRows, inChunks, sortedBy } from './chunks.ts'
import type { DB } from './schema.ts'

/** Release, or environment, of the events that came from more of them than a project keeps apart. */
export const otherName = '(other)'

const windowMs = 30 * 86_400_000

type Named = {
  readonly projectId: number
  readonly event: Pick<EventFacts, 'release' | 'environment' | 'receivedAt' | 'tags'>
}
type Kind = 'release' | 'environment'
type Name = { readonly project_id: number; readonly kind: Kind; readonly name: string; readonly at: Date }

const keyOf = ({ project_id, kind, name }: Omit<Name, 'at'>) => `${project_id}\n${kind}\n${name}`

/**
 * The same events (or what else has a release), with the names that a project has no room for replaced. To be
 * called once, before any row of projects or issues is locked.
 */
export async function boundNames<T extends Named>(
  trx: Transaction<DB>,
  events: readonly T[],
  now: Date,
): Promise<T[]> {
  const names = new Map<string, Name>()
  for (const { projectId, event } of events) {
    for (const kind of ['release', 'environment'] as const) {
      const name = event[kind]
      if (!name || name === otherName) continue
      const one = { project_id: projectId, kind, name, at: event.receivedAt }
      if (!names.has(keyOf(one))) names.set(keyOf(one), one)
    }
  }
  const unknown = await dropKnown(trx, names)
  if (unknown.size === 0) return [...events]
  const projects = new Set([...unknown.values()].map(({ project_id }) => project_id))
  for (const id of [...projects].sort((a, b) => a - b)) {
    await takeIn(trx, id, unknown, now)
  }
  return unknown.size === 0 ? [...events] : events.map((event) => renamed(event, unknown))
}

/** @returns those that their project has not seen before */
async function dropKnown(trx: Transaction<DB>, names: ReadonlyMap<string, Name>): Promise<Map<string, Name>> {
  const left = new Map(names)
  await inChunks([...names.values()], async (slice) => {
    const wanted = JSON.stringify(slice.map(({ at: _, ...name }) => name))
    const { rows } = await sql<Omit<Name, 'at'>>`
      with wanted as (
        select * from jsonb_to_recordset(${wanted}::jsonb) as one (project_id bigint, kind text, name text)
      )
      select w.* from wanted w join releases r on r.project_id = w.project_id and r.version = w.name
        where w.kind = 'release'
      union all
      select w.* from wanted w join environments e on e.project_id = w.project_id and e.name = w.name
        where w.kind = 'environment'`.execute(trx)
    for (const row of rows) left.delete(keyOf(row))
  })
  return left
}

/** Takes the names that one project has room for out of `unknown`. */
async function takeIn(
  trx: Transaction<DB>,
  projectId: number,
  unknown: Map<string, Name>,
  now: Date,
): Promise<void> {
  const own = new Map([...unknown].filter(([, { project_id }]) => project_id === projectId))
  // Without any room no lock is worth its wait: a hostile sender would have all collectors queue here.
  const before = await countRoom(trx, projectId, now)
  if (![...own.values()].some(({ kind }) => before[kind] > 0)) return
  await sql`select pg_advisory_xact_lock(hashtextextended('names', ${projectId}::bigint))`.execute(trx)
  const stillUnknown = await dropKnown(trx, own)
  for (const key of own.keys()) if (!stillUnknown.has(key)) unknown.delete(key)
  const room = await countRoom(trx, projectId, now)
  const taken: Name[] = []
  for (const [key, name] of stillUnknown) {
    if (room[name.kind] <= 0) continue
    room[name.kind] -= 1
    taken.push(name)
    unknown.delete(key)
  }
  await inChunks(
    sortedBy(taken, keyOf).filter(({ kind }) => kind === 'environment'),
    (slice) => {
      const rows = slice.map(({ project_id, name, at }) => ({ project_id, name, first_seen_at: at }))
      return trx
        .insertInto('environments')
        .columns(['project_id', 'name', 'first_seen_at'])
        .expression(fromRows('environments', rows))
        .execute()
    },
  )
}

async function countRoom(trx: Transaction<DB>, projectId: number, now: Date): Promise<Record<Kind, number>> {
  const since = new Date(now.getTime() - windowMs)
  const { settings } = await trx
    .selectFrom('projects')
    .select('settings')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow()
  const { newReleases, newEnvironments } = readSubject(settings, retentionSettings)
  const { rows } = await sql<{ releases: number; environments: number }>`select
    (select count(*) from (select 1 from releases where project_id = ${projectId}
      and first_seen_at > ${since} limit ${newReleases}) r)::int as releases,
    (select count(*) from (select 1 from environments where project_id = ${projectId}
      and first_seen_at > ${since} limit ${newEnvironments}) e)::int as environments`.execute(trx)
  return {
    release: newReleases - (rows[0]?.releases ?? 0),
    environment: newEnvironments - (rows[0]?.environments ?? 0),
  }
}

function renamed<T extends Named>(one: T, refused: ReadonlyMap<string, Name>): T {
  const { projectId, event } = one
  const isRefused = (kind: Kind, name: string | null) =>
    name !== null && refused.has(keyOf({ project_id: projectId, kind, name }))
  const isOther = {
    release: isRefused('release', event.release),
    environment: isRefused('environment', event.environment),
  }
  if (!isOther.release && !isOther.environment) return one
  return {
    ...one,
    event: {
      ...event,
      release: isOther.release ? otherName : event.release,
      environment: isOther.environment ? otherName : event.environment,
      tags: event.tags.map(([key, value]) =>
        (key === 'release' || key === 'environment') && isOther[key] ? [key, otherName] : [key, value],
      ),
    },
  }
}
