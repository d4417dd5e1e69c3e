// Addresses and secrets of destinations stood in plain text: each is sealed with the installation's secret.
import { type Kysely, sql } from 'kysely'
import { sealTarget } from '../../notify/target-seal.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ id: number; target: object; marker_secret: Buffer }>`
    select d.id, d.target, i.marker_secret from destinations d cross join installation i
    where not d.target ? 'sealed'`.execute(db)
  for (const row of rows) {
    const kept = sealTarget(row.marker_secret, Number(row.id), row.target)
    await sql`update destinations set target = ${JSON.stringify(kept)}::jsonb where id = ${row.id}`.execute(
      db,
    )
  }
}
