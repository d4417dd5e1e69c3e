// Day partitions: made before they are needed, dropped when their time is over. All days are UTC.
import { sql } from 'kysely'
import { retentionSettings } from '../retention-settings.ts'
import { readSubject } from '../settings-subject.ts'
import type { Database } from './database.ts'

const dayMs = 86_400_000

/** Tables that are split by day of the relay's received-at; events by retention class first. */
export type Partitioned = 'events' | 'received_envelopes' | 'attachments'

/** Names with a day at the end, so that dropping can read them: `events_r90_20261124`. */
function partitionName(table: Partitioned, day: string, retentionDays: number | null): string {
  const middle = retentionDays === null ? '' : `_r${retentionDays}`
  return `${table}${middle}_${day.replaceAll('-', '')}`
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10)
}

type Wanted = { readonly receivedAt: Date; readonly retentionDays: number }

/**
 * Remembers which partitions exist and makes those that are missing. Several collectors may do so at once:
 * an advisory lock keeps two from making the same one.
 */
export function createPartitions(db: Database): { ensure(wanted: readonly Wanted[]): Promise<void> } {
  const known = new Set<string>()

  async function make(statements: readonly { name: string; ddl: string }[]): Promise<void> {
    await db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(7650717001)`.execute(trx)
      for (const { ddl } of statements) await sql.raw(ddl).execute(trx)
    })
    for (const { name } of statements) known.add(name)
  }

  return {
    async ensure(wanted) {
      const missing = new Map<string, string>()
      for (const { receivedAt, retentionDays } of wanted) {
        const day = dayOf(receivedAt)
        const next = dayOf(new Date(Date.parse(day) + dayMs))
        const range = `for values from ('${day}T00:00:00Z') to ('${next}T00:00:00Z')`
        const parent = `events_r${retentionDays}`
        const entries: [string, string][] = [
          [
            parent,
            `create table if not exists ${parent} partition of events for values in (${retentionDays}) partition by range (received_at)`,
          ],
          ...(['events', 'received_envelopes', 'attachments'] as const).map((table): [string, string] => {
            const isEvents = table === 'events'
            const name = partitionName(table, day, isEvents ? retentionDays : null)
            return [
              name,
              `create table if not exists ${name} partition of ${isEvents ? parent : table} ${range}`,
            ]
          }),
        ]
        for (const [name, ddl] of entries) if (!known.has(name)) missing.set(name, ddl)
      }
      if (missing.size > 0) await make([...missing].map(([name, ddl]) => ({ name, ddl })))
    },
  }
}

/** How long each kind of row is kept; see docs/configuration.md. */
export const keptDays = { receivedEnvelopes: 30, eventKeys: 35, attachments: 90, outcomes: 90 } as const

/**
 * Drops the partitions whose whole day is past its time.
 * @returns their names
 */
export async function dropOldPartitions(db: Database, now: Date): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name from pg_inherits
    join pg_class child on child.oid = pg_inherits.inhrelid
    where child.relispartition and child.relname ~ '_[0-9]{8}$'`.execute(db)
  const dropped: string[] = []
  for (const { name } of rows) {
    const match = /^(events_r(\d+)|received_envelopes|attachments)_(\d{4})(\d{2})(\d{2})$/.exec(name)
    if (!match) continue
    const days = match[2]
      ? Number(match[2])
      : match[1] === 'attachments'
        ? keptDays.attachments
        : keptDays.receivedEnvelopes
    const endOfDay = Date.parse(`${match[3]}-${match[4]}-${match[5]}`) + dayMs
    if (endOfDay + days * dayMs >= now.getTime()) continue
    const day = `${match[3]}-${match[4]}-${match[5]}`
    await db.transaction().execute(async (trx) => {
      await sql.raw(`drop table if exists ${name}`).execute(trx)
      if (!match[2]) return
      await trx
        .deleteFrom('issue_payloads')
        .where('retention_days', '=', days)
        .where('day', '=', day)
        .execute()
      await trx.deleteFrom('project_payloads').where('day', '=', day).execute()
    })
    dropped.push(name)
  }
  return dropped
}

/** Retention in days of all projects, each once. */
export async function listRetentionClasses(db: Database): Promise<number[]> {
  const rows = await db.selectFrom('projects').select('settings').execute()
  return [...new Set(rows.map(({ settings }) => readSubject(settings, retentionSettings).days))]
}

/** For PGlite, which has no autovacuum. */
export async function vacuum(db: Database): Promise<void> {
  await sql`vacuum (analyze)`.execute(db)
}
