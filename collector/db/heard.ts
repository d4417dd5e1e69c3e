// How far the collector has heard: up to when silence is real silence. The slowest relay decides; one that
// was never heard decides that nothing was.
import type { DeafSpan } from '../detect/quiet-length.ts'
import type { Database } from './database.ts'
import { listRelays, type Relay } from './relays.ts'

/** More than a day of refusals makes; those beyond are old. */
const maxDeaf = 2_000

export type Heard = {
  /** Everything received before this moment is committed; null: a relay was never heard, or there is none. */
  readonly at: Date | null
  readonly relays: readonly {
    readonly url: string
    readonly watermarkAt: Date | null
    /** Set while the last try failed. */
    readonly error: string | null
  }[]
  /** Spans (ms) that don't count as silence, as far as a quiet period that runs now meets them; project 0: all. */
  readonly deaf: readonly (DeafSpan & { readonly projectId: number })[]
}

/** As far as the relays in use say; without the spans. */
export function heardFrom(
  relays: readonly Pick<Relay, 'url' | 'watermarkAt' | 'error'>[],
): Pick<Heard, 'at' | 'relays'> {
  const marks = relays.map(({ watermarkAt }) => watermarkAt)
  const at =
    marks.length === 0 || marks.includes(null)
      ? null
      : new Date(Math.min(...marks.map((mark) => mark?.getTime() ?? 0)))
  return { at, relays: relays.map(({ url, watermarkAt, error }) => ({ url, watermarkAt, error })) }
}

export async function heardUpTo(db: Database): Promise<Heard> {
  const [relays, deaf] = await Promise.all([listRelays(db), listDeaf(db)])
  return { ...heardFrom(relays), deaf }
}

async function listDeaf(db: Database): Promise<Heard['deaf']> {
  const rows = await db
    .selectFrom('deaf_spans')
    .innerJoin('relays', 'relays.url', 'deaf_spans.relay_url')
    .select(['project_id', 'from_at', 'until_at'])
    .where('relays.retired_at', 'is', null)
    .where('until_at', '>', (eb) =>
      eb
        .selectFrom('issues')
        .select((issue) => issue.fn.min('issues.closed_at').as('first'))
        .where('issues.status', '=', 'resolving'),
    )
    .orderBy('until_at', 'desc')
    .limit(maxDeaf)
    .execute()
  return rows.map((row) => ({
    projectId: row.project_id,
    from: row.from_at.getTime(),
    until: row.until_at.getTime(),
  }))
}
