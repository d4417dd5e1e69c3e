// How far the collector has heard: up to when silence is real silence. The slowest relay decides; one that
// was never heard decides that nothing was.
import type { Database } from './database.ts'

export type Heard = {
  /** Everything received before this moment is committed; null: a relay was never heard, or there is none. */
  readonly at: Date | null
  readonly relays: readonly {
    readonly url: string
    readonly watermarkAt: Date | null
    /** Set while the last try failed. */
    readonly error: string | null
  }[]
}

export async function heardUpTo(db: Database): Promise<Heard> {
  const rows = await db
    .selectFrom('relays')
    .select(['url', 'watermark_at', 'error'])
    .where('retired_at', 'is', null)
    .orderBy('url')
    .execute()
  const marks = rows.map((row) => row.watermark_at)
  const at =
    marks.length === 0 || marks.includes(null)
      ? null
      : new Date(Math.min(...marks.map((mark) => mark?.getTime() ?? 0)))
  return {
    at,
    relays: rows.map((row) => ({ url: row.url, watermarkAt: row.watermark_at, error: row.error })),
  }
}
