// How a group of envelopes goes to the writer's thread: one after the other in shared memory, so that handing
// over costs one copy of the bytes and one message, however many envelopes there are.
import type { RowClass } from './room.ts'
import type { NewRow } from './spool-store.ts'

export type NewEnvelope = {
  /** UUID given at arrival. */
  readonly id: string
  readonly project: number
  readonly class: RowClass
  /** JSON object with the facts known at arrival: no id, received_at, project, deliveries, length. */
  readonly facts: string
  /** In pieces, one after the other. */
  readonly body: readonly Buffer[]
}

/** Room for all that comes while one commit runs; a larger envelope gets a slot of its own. */
export const slotBytes = 4 * 1024 * 1024
const idLength = 16
/** Id, project (a double), class, length of facts, length of body. */
const headBytes = idLength + 8 + 4 + 4 + 4
/** UTF-8 has at most three bytes for each UTF-16 unit. */
const maxBytesPerUnit = 3

/** Bytes that an envelope may need in a slot. */
export function sizeInSlot({ facts, body }: NewEnvelope): number {
  return headBytes + facts.length * maxBytesPerUnit + lengthOf(body)
}

/** Writes an envelope at `at`. @returns where the next begins */
export function writeToSlot(slot: Buffer, at: number, envelope: NewEnvelope): number {
  slot.write(envelope.id.replaceAll('-', ''), at, 'hex')
  slot.writeDoubleLE(envelope.project, at + idLength)
  slot.writeUInt32LE(envelope.class, at + 24)
  const factsBytes = slot.write(envelope.facts, at + headBytes)
  slot.writeUInt32LE(factsBytes, at + 28)
  slot.writeUInt32LE(lengthOf(envelope.body), at + 32)
  let end = at + headBytes + factsBytes
  for (const piece of envelope.body) end += piece.copy(slot, end)
  return end
}

function lengthOf(pieces: readonly Buffer[]): number {
  let bytes = 0
  for (const piece of pieces) bytes += piece.length
  return bytes
}

/** Reads `count` rows from a slot; ids and bodies are views on it. */
export function readFromSlot(slot: Buffer, count: number): NewRow[] {
  const rows: NewRow[] = []
  let at = 0
  for (let n = 0; n < count; n++) {
    const factsAt = at + headBytes
    const bodyAt = factsAt + slot.readUInt32LE(at + 28)
    const end = bodyAt + slot.readUInt32LE(at + 32)
    rows.push({
      id: slot.subarray(at, at + idLength),
      project: slot.readDoubleLE(at + idLength),
      class: slot.readUInt32LE(at + 24) as RowClass,
      facts: slot.toString('utf8', factsAt, bodyAt),
      body: slot.subarray(bodyAt, end),
    })
    at = end
  }
  return rows
}
