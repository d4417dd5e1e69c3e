// What each relay last said of itself.
import { sql } from 'kysely'
import type { BatchHeader } from '../../shared/handover.ts'
import type { Database } from './database.ts'
import { addDeafSpan, addDeafSpans } from './deaf-spans.ts'
import { noteOutcomes } from './relay-outcomes.ts'

export type Relay = {
  readonly url: string
  /** Id of its spool; null: it never answered. */
  readonly spool: string | null
  readonly answeredAt: Date | null
  readonly failedAt: Date | null
  /** Set while the last try failed. */
  readonly error: string | null
  readonly watermarkAt: Date | null
  readonly backlogEnvelopes: number
  readonly backlogBytes: number
  readonly oldestAt: Date | null
  readonly projectsVersion: number
  readonly retiredAt: Date | null
  /** How long it keeps what nobody fetches; null: it never said. */
  readonly ttlMs: number | null
}

/** Relays the settings name exist from the start; those no longer named are retired and hold nothing back. */
export async function seedRelays(db: Database, urls: readonly string[], now: Date): Promise<void> {
  for (const url of urls) {
    await db
      .insertInto('relays')
      .values({ url })
      .onConflict((conflict) => conflict.column('url').doUpdateSet({ retired_at: null }))
      .execute()
  }
  await db
    .updateTable('relays')
    .set({ retired_at: now })
    .where('retired_at', 'is', null)
    .$if(urls.length > 0, (query) => query.where('url', 'not in', [...urls]))
    .execute()
}

export async function listRelays(db: Database): Promise<Relay[]> {
  const rows = await db
    .selectFrom('relays')
    .selectAll()
    .where('retired_at', 'is', null)
    .orderBy('url')
    .execute()
  return rows.map((row) => ({
    url: row.url,
    spool: row.spool,
    answeredAt: row.answered_at,
    failedAt: row.failed_at,
    error: row.error,
    watermarkAt: row.watermark_at,
    backlogEnvelopes: row.backlog_envelopes,
    backlogBytes: row.backlog_bytes,
    oldestAt: row.oldest_at,
    projectsVersion: row.projects_version,
    retiredAt: row.retired_at,
    ttlMs: row.ttl_ms,
  }))
}

/**
 * Notes what a relay said. To be called after the batch that came with this header is committed. A watermark
 * never goes back: with two collectors on one relay the older answer may be noted last.
 */
export async function noteRelayAnswer(
  db: Database,
  url: string,
  header: BatchHeader,
  now: Date,
): Promise<void> {
  const said = {
    spool: header.spool,
    answered_at: now,
    error: null,
    watermark_at: new Date(header.watermark),
    relay_now: new Date(header.now),
    backlog_envelopes: header.backlog.envelopes,
    backlog_bytes: header.backlog.bytes,
    oldest_at: header.backlog.oldest_at === null ? null : new Date(header.backlog.oldest_at),
    projects_version: header.projects_version,
    ttl_ms: header.ttl_hours === undefined ? null : Math.round(header.ttl_hours * 3_600_000),
  }
  await db.transaction().execute(async (trx) => {
    const before = await trx
      .selectFrom('relays')
      .select(['spool', 'watermark_at', 'relay_now'])
      .where('url', '=', url)
      .forUpdate()
      .executeTakeFirst()
    await trx
      .insertInto('relays')
      .values({ url, ...said })
      .onConflict((conflict) =>
        conflict.column('url').doUpdateSet({
          ...said,
          watermark_at: sql<Date>`greatest(relays.watermark_at, excluded.watermark_at)`,
          relay_now: sql<Date>`greatest(relays.relay_now, excluded.relay_now)`,
        }),
      )
      .execute()
    const answer = {
      url,
      now: said.relay_now,
      previousNow: before?.relay_now ?? null,
      previousWatermark: before?.watermark_at ?? null,
    }
    await addDeafSpans(trx, await noteOutcomes(trx, header), answer)
    if (before?.spool && before.watermark_at && sameSpool(before.spool) !== sameSpool(header.spool)) {
      // Another spool: what the former held and had not handed over is gone.
      const from = before.watermark_at.getTime()
      await addDeafSpan(trx, 0, url, 'new_spool', { from, until: header.now })
    }
  })
}

/** Hex without the dashes that the database puts in. */
const sameSpool = (id: string): string => id.replaceAll('-', '')

/** @param error one sentence for people, without secrets */
export async function noteRelayFailure(db: Database, url: string, error: string, now: Date): Promise<void> {
  await db
    .insertInto('relays')
    .values({ url, failed_at: now, error })
    .onConflict((conflict) => conflict.column('url').doUpdateSet({ failed_at: now, error }))
    .execute()
}

/** Version of the projects that a relay said it holds; null: it never answered. */
export async function findProjectsVersionAt(db: Database, url: string): Promise<number | null> {
  const row = await db
    .selectFrom('relays')
    .select('projects_version')
    .where('url', '=', url)
    .where('answered_at', 'is not', null)
    .executeTakeFirst()
  return row?.projects_version ?? null
}
