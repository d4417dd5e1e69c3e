// Stands in for prepare-worker.ts: some bodies hang, end the thread or eat its memory, as a fault in the
// pipeline would; the others are prepared as always.

import type { RowToPrepare } from '../../collector/prepare-batch.ts'
import prepareSlice from '../../collector/prepare-worker.ts'

export default async function prepareOrBreak(rows: readonly RowToPrepare[]) {
  for (const { body } of rows) {
    const text = Buffer.from(body).toString('latin1')
    if (text.includes('"hang"')) for (;;) Math.sqrt(2)
    if (text.includes('"exit"')) process.exit(7)
    if (text.includes('"eat"')) {
      const eaten: string[][] = []
      for (;;) eaten.push(Array.from({ length: 1_000 }, () => 'x'.repeat(10)))
    }
  }
  return prepareSlice(rows)
}
