// Runs in the threads of prepare-batch.ts: rows in, prepared rows out. All payloads of a slice lie in one
// block of memory that is handed over, not copied.
import '../shared/only-compile.js'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { type Prepared, prepareRow } from './prepare.ts'
import type { RowToPrepare } from './prepare-batch.ts'

export default async function prepareSlice(rows: readonly RowToPrepare[]) {
  const prepared: Prepared[] = []
  for (const { facts, body, rules } of rows) {
    // What comes from another thread is a plain Uint8Array.
    prepared.push(await prepareRow(facts, Buffer.from(body.buffer, body.byteOffset, body.byteLength), rules))
  }
  const { value, block } = pack(prepared)
  return move({ [valueSymbol]: value, [transferableSymbol]: [block] } as never)
}

/** The same with all bytes in one block. */
function pack(prepared: readonly Prepared[]): { value: Prepared[]; block: ArrayBuffer } {
  const parts = prepared.flatMap((one) =>
    one.ok
      ? [
          ...one.row.events.flatMap(({ payload }) => payload ?? []),
          ...one.row.attachments.map(({ body }) => body),
        ]
      : [],
  )
  const block = new ArrayBuffer(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  const place = (bytes: Buffer): Buffer => {
    const placed = Buffer.from(block, at, bytes.length)
    placed.set(bytes)
    at += bytes.length
    return placed
  }
  const value = prepared.map((one): Prepared => {
    if (!one.ok) return one
    const { row } = one
    const events = row.events.map((event) => ({ ...event, payload: event.payload && place(event.payload) }))
    const attachments = row.attachments.map((attachment) => ({ ...attachment, body: place(attachment.body) }))
    return { ok: true, row: { ...row, events, attachments } }
  })
  return { value, block }
}
