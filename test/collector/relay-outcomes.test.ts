// Counters of relays are cumulative: a lost answer, a repeated one or a second collector changes nothing.
import { beforeEach, expect, test } from 'vitest'
import { countOutcomes, deleteOutcomesBefore, noteOutcomes } from '../../collector/db/relay-outcomes.ts'
import type { BatchHeader, OutcomeCounter } from '../../shared/handover.ts'
import { onEachDatabase } from '../support/database.ts'

const hour = Date.parse('2026-11-24T03:00:00Z')

function answer(outcomes: OutcomeCounter[], spool = 'a'.repeat(32)): BatchHeader {
  return {
    lease: null,
    leased_until: null,
    spool,
    now: hour,
    watermark: hour,
    backlog: { envelopes: 0, bytes: 0, oldest_at: null },
    projects_version: 1,
    outcomes,
    count: 0,
  }
}

const counter = (outcome: OutcomeCounter['outcome'], count: number, at = hour): OutcomeCounter => ({
  project: 1,
  outcome,
  hour: at,
  count,
})

onEachDatabase('outcomes', (db) => {
  beforeEach(async () => {
    await db().deleteFrom('relay_outcomes').execute()
  })

  const note = (header: BatchHeader) =>
    db()
      .transaction()
      .execute((trx) => noteOutcomes(trx, header))
  const sums = async (since = hour) => Object.fromEntries(await countOutcomes(db(), new Date(since)))

  test('are the highest that was said, whatever the order of the answers', async () => {
    await note(answer([counter('accepted', 7), counter('unknown_key', 1)]))
    await note(answer([counter('accepted', 12)]))
    await note(answer([counter('accepted', 7)]))
    expect(await sums()).toEqual({ accepted: 12, unknown_key: 1 })
  })

  test('add up over spools and hours', async () => {
    await note(answer([counter('accepted', 5), counter('accepted', 3, hour + 3_600_000)]))
    await note(answer([counter('accepted', 2)], 'b'.repeat(32)))
    expect(await sums()).toEqual({ accepted: 10 })
    expect(await sums(hour + 1)).toEqual({ accepted: 3 })
  })

  test('are gone when their time is over', async () => {
    await note(answer([counter('accepted', 5), counter('accepted', 3, hour + 3_600_000)]))
    await deleteOutcomesBefore(db(), new Date(hour + 1))
    expect(await sums(0)).toEqual({ accepted: 3 })
  })
})
