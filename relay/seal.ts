// What is spooled of an envelope: its facts and bytes as they came, or both sealed in one, so that who takes
// the relay's disk learns sizes, times and project ids, and nothing that a sender said.
import type { ArrivalFacts } from '../shared/handover.ts'
import { type SealingKey, seal } from '../shared/sealing.ts'

export type Parcel = { readonly facts: string; readonly body: readonly Buffer[] }

/**
 * Packs an envelope for the spool.
 * @param row what the spool keeps in the clear; sealed along, so that nobody can exchange rows unseen
 * @param key null: nothing is sealed
 */
export function pack(
  row: { readonly id: string; readonly project: number },
  facts: ArrivalFacts,
  body: readonly Buffer[],
  key: SealingKey | null,
): Parcel {
  if (key === null) return { facts: JSON.stringify(facts), body }
  const line = Buffer.from(`${JSON.stringify({ ...row, ...facts })}\n`)
  return { facts: JSON.stringify({ sealed: key.id }), body: [seal(Buffer.concat([line, ...body]), key)] }
}
