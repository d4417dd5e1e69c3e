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

/** The most that an installation keeps of payloads and attachments, whatever its projects say; null: no bound. */
export type KeptAtMost = { readonly days: number | null; readonly bytes: number | null }

type Partition = {
  readonly name: string
  readonly table: string
  readonly day: string
  readonly days: number
}

async function listPartitions(db: Database): Promise<Partition[]> {
  const { rows } = await sql<{ name: string }>`
    select child.relname as name from pg_inherits
    join pg_class child on child.oid = pg_inherits.inhrelid
    where child.relispartition and child.relname ~ '_[0-9]{8}$'`.execute(db)
  return rows.flatMap(({ name }) => {
    const match = /^(events_r(\d+)|received_envelopes|attachments)_(\d{4})(\d{2})(\d{2})$/.exec(name)
    if (!match?.[1]) return []
    const days = match[2]
      ? Number(match[2])
      : match[1] === 'attachments'
        ? keptDays.attachments
        : keptDays.receivedEnvelopes
    return { name, table: match[1], day: `${match[3]}-${match[4]}-${match[5]}`, days }
  })
}

const holdsPayloads = ({ table }: Partition) => table !== 'received_envelopes'

/**
 * Drops the partitions whose whole day is past its time; then, while payloads and attachments take more than
 * the bound in bytes, those of the oldest day, all projects alike. The day that is written to stays.
 * @returns their names
 */
export async function dropOldPartitions(
  db: Database,
  now: Date,
  atMost: KeptAtMost = { days: null, bytes: null },
): Promise<string[]> {
  const dropped: string[] = []
  const left: Partition[] = []
  for (const partition of await listPartitions(db)) {
    const days = holdsPayloads(partition)
      ? Math.min(partition.days, atMost.days ?? partition.days)
      : partition.days
    if (Date.parse(partition.day) + dayMs + days * dayMs >= now.getTime()) left.push(partition)
    else {
      await dropPartition(db, partition)
      dropped.push(partition.name)
    }
  }
  if (atMost.bytes === null) return dropped
  const sizes = await readSizes(db, left.filter(holdsPayloads))
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  const byDay = [...Map.groupBy(left.filter(holdsPayloads), ({ day }) => day)].sort()
  for (const [day, own] of byDay) {
    if (total <= atMost.bytes || day >= dayOf(now)) break
    for (const partition of own) {
      await dropPartition(db, partition)
      dropped.push(partition.name)
      total -= sizes.get(partition.name) ?? 0
    }
  }
  return dropped
}

/** Bytes on disk of each, indexes and what is stored out of line included. */
async function readSizes(db: Database, partitions: readonly Partition[]): Promise<Map<string, number>> {
  const names = JSON.stringify(partitions.map(({ name }) => name))
  const { rows } = await sql<{ name: string; bytes: number }>`
    select name, pg_total_relation_size(name::regclass)::bigint as bytes
    from jsonb_array_elements_text(${names}::jsonb) as name`.execute(db)
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]))
}

async function dropPartition(db: Database, { name, table, day, days }: Partition): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql.raw(`drop table if exists ${name}`).execute(trx)
    if (!table.startsWith('events')) return
    await trx.deleteFrom('issue_payloads').where('retention_days', '=', days).where('day', '=', day).execute()
    await trx.deleteFrom('project_payloads').where('day', '=', day).execute()
  })
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
