// The secrets of second factors stood in plain text: each is sealed with the installation's secret. Set-ups that were
// under way (they last ten minutes) begin anew.
import { type Kysely, sql } from 'kysely'
import { isPlainTotp, sealTotp } from '../../access/totp-seal.ts'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`delete from sign_in_steps where facts ->> 'kind' = 'new-factor'`.execute(db)
  const { rows } = await sql<{ id: number; totp_secret: string; marker_secret: Buffer }>`
    select p.id, p.totp_secret, i.marker_secret from people p cross join installation i
    where p.totp_secret is not null`.execute(db)
  for (const row of rows) {
    if (!isPlainTotp(row.totp_secret)) continue
    const owner = { installationSecret: row.marker_secret, personId: Number(row.id) }
    await sql`update people set totp_secret = ${sealTotp(owner, row.totp_secret)} where id = ${row.id}`.execute(
      db,
    )
  }
}
