// Troubles of the loop itself that ask for somebody: relays that don't answer, repositories that refuse to be
// filed to. Where they began is told by what noticed them; here is only who has one in hand or put it off.
import type { Database } from './database.ts'

export type LoopTrouble = {
  /** `relay:<url>`, `at-risk:<url>`, `filing:<owner/name>`: unique, and short enough for an address. */
  readonly trouble: string
  readonly since: Date
}

export type TroubleHand = {
  readonly trouble: string
  readonly since: Date
  readonly acknowledgedAt: Date | null
  readonly snoozedUntil: Date | null
  readonly by: string | null
}

export async function listTroubleHands(db: Database): Promise<TroubleHand[]> {
  const rows = await db
    .selectFrom('loop_troubles')
    .leftJoin('people', 'people.id', 'loop_troubles.person_id')
    .select(['trouble', 'since', 'acknowledged_at', 'snoozed_until', 'name'])
    .orderBy('since', 'desc')
    .limit(500)
    .execute()
  return rows.map((row) => ({
    trouble: row.trouble,
    since: row.since,
    acknowledgedAt: row.acknowledged_at,
    snoozedUntil: row.snoozed_until,
    by: row.name,
  }))
}

/** Takes a trouble in hand, puts it off, or (with neither) gives it back. */
export async function handleTrouble(
  db: Database,
  { trouble, since }: LoopTrouble,
  hand: {
    readonly personId: number
    readonly acknowledgedAt: Date | null
    readonly snoozedUntil: Date | null
  },
): Promise<void> {
  const row = {
    since,
    acknowledged_at: hand.acknowledgedAt,
    snoozed_until: hand.snoozedUntil,
    person_id: hand.personId,
  }
  await db
    .insertInto('loop_troubles')
    .values({ trouble, ...row })
    .onConflict((conflict) => conflict.column('trouble').doUpdateSet(row))
    .execute()
}
