// Which of a batch's payloads are written, and how many are kept now: by issue and day, so that a page needs
// no count of rows, and a day's numbers go with its partition.
import { sql, type Transaction } from 'kysely'
import { choosePayloads, keptPerHour } from '../keep-payloads.ts'
import { retentionSettings } from '../retention-settings.ts'
import { readSubject } from '../settings-subject.ts'
import { columnsOf, fromRows, inChunks, sortedBy } from './chunks.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import type { GroupedEvent } from './store-issues.ts'
import type { KeptEvent } from './store-payloads.ts'
import { type CountedEvent, hourOf, type Rollups } from './store-rollups.ts'
import { fromUuid } from './stored-events.ts'

const dayOf = (moment: Date) => moment.toISOString().slice(0, 10)
const placeOf = ({ projectId, event }: KeepableEvent) => `${projectId} ${dayOf(event.receivedAt)}`

/** An event whose payload may have been left out, since its issue is flooding. */
export type KeepableEvent = Omit<KeptEvent, 'payload'> & { readonly payload: Buffer | null }

/** Makes the payloads that were left out. @returns the same events, in any order */
export type MakePayloads = (events: readonly KeepableEvent[]) => Promise<KeptEvent[]>

type Choice = {
  readonly rollups: Rollups
  /** Ids of events that changed something. */
  readonly turningPoints: ReadonlySet<string>
  readonly makePayloads: MakePayloads
}

/**
 * @param events new ones, in order of received-at, each with the issue that shows it; the caller holds the issues
 * @returns      those whose payload is to be written
 */
export async function keepPayloads(
  trx: Transaction<DB>,
  events: readonly KeepableEvent[],
  { rollups: { hourCounts, variety }, turningPoints, makePayloads }: Choice,
): Promise<KeptEvent[]> {
  if (events.length === 0) return []
  const overBudget = await findOverBudget(trx, events)
  const kept: KeepableEvent[] = []
  const newest = new Map<number, Newest>()
  for (const [issueId, own] of Map.groupBy(events, (event) => event.issueId)) {
    const chosen = choosePayloads(own, {
      hourCount: ({ receivedAt }) => hourCounts.get(`${issueId} ${hourOf(receivedAt).getTime()}`) ?? 0,
      variety,
      turningPoints,
      isOverBudget: own.some((event) => overBudget.has(placeOf(event))),
    })
    kept.push(...chosen.kept)
    const last = own.at(-1)
    if (last) newest.set(issueId, { event: last, isForNow: chosen.latest !== null })
  }
  const late = await replaceLatest(trx, newest)
  const written = await makePayloads(kept.filter((event) => !late.has(event)))
  await countKept(trx, written)
  return written
}

/** An issue (by the hash of its events) whose hour (ms) has its share of payloads. */
export type Flooding = { readonly projectId: number; readonly hash: string; readonly hour: number }

/** @param events that were counted just now, on top of `hourCounts` */
export function findFlooding(
  events: readonly (CountedEvent & Pick<GroupedEvent, 'grouping'>)[],
  { hourCounts }: Rollups,
): Flooding[] {
  const found: Flooding[] = []
  const byHour = Map.groupBy(
    events,
    ({ issueId, event }) => `${issueId} ${hourOf(event.receivedAt).getTime()}`,
  )
  for (const [key, own] of byHour) {
    if ((hourCounts.get(key) ?? 0) + own.length < keptPerHour) continue
    const hour = Number(key.split(' ')[1])
    for (const hash of new Set(own.map(({ grouping }) => grouping.hashes[0] ?? ''))) {
      found.push({ projectId: own[0]?.projectId ?? 0, hash, hour })
    }
  }
  return found
}

/** Projects and days that used up their budget. */
async function findOverBudget(trx: Transaction<DB>, events: readonly KeepableEvent[]): Promise<Set<string>> {
  const days = [...new Set(events.map(({ event }) => dayOf(event.receivedAt)))]
  const rows = await trx
    .selectFrom('projects')
    .innerJoin('project_payloads', 'project_payloads.project_id', 'projects.id')
    .select(['projects.id', 'projects.settings', 'project_payloads.bytes'])
    .select(sql<string>`project_payloads.day::text`.as('on_day'))
    .where('projects.id', 'in', [...new Set(events.map(({ projectId }) => projectId))])
    .where('project_payloads.day', 'in', days)
    .execute()
  return new Set(
    rows
      .filter(
        ({ settings, bytes }) => bytes >= readSubject(settings, retentionSettings).dailyMegabytes * 1_000_000,
      )
      .map((row) => `${row.id} ${row.on_day}`),
  )
}

/** The newest event of an issue in this batch; for now: kept only until a later one comes. */
type Newest = { readonly event: KeepableEvent; readonly isForNow: boolean }

/**
 * Puts the latest event of flooding issues in the place of the one before, whose payload goes.
 * @returns those that came late themselves: a later one is kept already
 */
async function replaceLatest(
  trx: Transaction<DB>,
  newest: ReadonlyMap<number, Newest>,
): Promise<Set<KeepableEvent>> {
  const late = new Set<KeepableEvent>()
  const before = await trx
    .selectFrom('issue_latest_payloads')
    .selectAll()
    .where('issue_id', 'in', [...newest.keys()])
    .execute()
  for (const old of before) {
    const now = newest.get(old.issue_id)
    if (!now) continue
    if (old.received_at > now.event.event.receivedAt) {
      if (now.isForNow) late.add(now.event)
      continue
    }
    if (!now.isForNow) {
      await trx.deleteFrom('issue_latest_payloads').where('issue_id', '=', old.issue_id).execute()
    }
    const gone = await trx
      .deleteFrom('events')
      .where('retention_days', '=', old.retention_days)
      .where('issue_id', '=', old.issue_id)
      .where('received_at', '=', old.received_at)
      .where('event_id', '=', fromUuid(old.event_id))
      .executeTakeFirst()
    if (Number(gone.numDeletedRows) === 0) continue
    await lowerCounts(trx, now.event.projectId, [old])
  }
  const rows = [...newest]
    .filter(([, { event, isForNow }]) => isForNow && !late.has(event))
    .sort(([a], [b]) => a - b)
    .map(
      ([
        issueId,
        {
          event: { event, retentionDays },
        },
      ]) => ({
        issue_id: issueId,
        event_id: event.eventId,
        received_at: event.receivedAt,
        retention_days: retentionDays,
      }),
    )
  if (rows.length === 0) return late
  await trx
    .insertInto('issue_latest_payloads')
    .columns(columnsOf(rows))
    .expression(fromRows('issue_latest_payloads', rows))
    .onConflict((conflict) =>
      conflict.column('issue_id').doUpdateSet({
        event_id: sql<string>`excluded.event_id`,
        received_at: sql<Date>`excluded.received_at`,
        retention_days: sql<number>`excluded.retention_days`,
      }),
    )
    .execute()
  return late
}

async function countKept(trx: Transaction<DB>, events: readonly KeptEvent[]): Promise<void> {
  const ofIssues = new Map<string, { issue_id: number; day: string; retention_days: number; kept: number }>()
  const ofProjects = new Map<string, { project_id: number; day: string; kept: number; bytes: number }>()
  for (const one of events) {
    const day = dayOf(one.event.receivedAt)
    const issueId = one.originId ?? one.issueId
    const key = `${issueId} ${day} ${one.retentionDays}`
    const row = ofIssues.get(key) ?? { issue_id: issueId, day, retention_days: one.retentionDays, kept: 0 }
    row.kept += 1
    ofIssues.set(key, row)
    const project = ofProjects.get(placeOf(one)) ?? { project_id: one.projectId, day, kept: 0, bytes: 0 }
    project.kept += 1
    project.bytes += one.payload.length
    ofProjects.set(placeOf(one), project)
  }
  await inChunks(
    sortedBy(ofIssues.values(), ({ issue_id, day }) => `${issue_id} ${day}`),
    (rows) =>
      trx
        .insertInto('issue_payloads')
        .columns(columnsOf(rows))
        .expression(fromRows('issue_payloads', rows))
        .onConflict((conflict) =>
          conflict
            .columns(['issue_id', 'day', 'retention_days'])
            .doUpdateSet({ kept: sql<number>`issue_payloads.kept + excluded.kept` }),
        )
        .execute(),
  )
  await inChunks(
    sortedBy(ofProjects.values(), ({ project_id, day }) => `${project_id} ${day}`),
    (rows) =>
      trx
        .insertInto('project_payloads')
        .columns(columnsOf(rows))
        .expression(fromRows('project_payloads', rows))
        .onConflict((conflict) =>
          conflict.columns(['project_id', 'day']).doUpdateSet({
            kept: sql<number>`project_payloads.kept + excluded.kept`,
            bytes: sql<number>`project_payloads.bytes + excluded.bytes`,
          }),
        )
        .execute(),
  )
}

export type GonePayload = {
  readonly event_id: string
  readonly received_at: Date
  readonly retention_days: number
}

/** Keys stand under the issue or origin that a payload was counted for, whatever was merged since. */
async function lowerCounts(
  trx: Transaction<DB>,
  projectId: number,
  gone: readonly GonePayload[],
): Promise<void> {
  await sql`
    update issue_payloads p set kept = greatest(p.kept - gone.payloads, 0)
    from (
      select k.issue_id, (given.received_at at time zone 'UTC')::date as day, given.retention_days,
        count(*) as payloads
      from jsonb_to_recordset(${JSON.stringify(gone)}::jsonb)
        as given (event_id uuid, received_at timestamptz, retention_days smallint)
      join event_keys k on k.project_id = ${projectId} and k.event_id = given.event_id
      group by 1, 2, 3
    ) gone
    where p.issue_id = gone.issue_id and p.day = gone.day and p.retention_days = gone.retention_days`.execute(
    trx,
  )
}

/**
 * Takes payloads that were deleted by hand out of what is kept; the bytes stay on the day's budget.
 * @param issueIds the issue that shows them, and those merged into it; the caller holds the former
 */
export async function uncountKept(
  trx: Transaction<DB>,
  { projectId, issueIds }: { readonly projectId: number; readonly issueIds: readonly number[] },
  gone: readonly GonePayload[],
): Promise<void> {
  await inChunks(gone, async (rows) => {
    await lowerCounts(trx, projectId, rows)
    await trx
      .deleteFrom('issue_latest_payloads')
      .where('issue_id', 'in', issueIds)
      .where(
        'event_id',
        'in',
        rows.map(({ event_id }) => event_id),
      )
      .execute()
  })
}

/** How many payloads of an issue are kept now, those of what was merged into it included. */
export async function countKeptPayloads(db: Database, issueId: number): Promise<number> {
  const { rows } = await sql<{ kept: number }>`
    select coalesce(sum(kept), 0)::bigint as kept from issue_payloads
    where issue_id in (
      select ${issueId}::bigint
      union select id from issue_origins where issue_id = ${issueId}
      union select face_id from issue_origins where issue_id = ${issueId})`.execute(db)
  return Number(rows[0]?.kept ?? 0)
}
