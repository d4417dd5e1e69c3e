// A dead letter once more through the line, after what refused it was mended: taken in like any other
// envelope, exactly once, or set aside again with the error of today.
import { AppError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Database } from './db/database.ts'
import { deleteDeadLetter, findDeadLetter, updateDeadLetter } from './db/dead-letters.ts'
import { createDigest } from './digest.ts'
import type { Refused } from './prepare.ts'
import { createPreparers } from './prepare-batch.ts'

export type Replayed =
  | { readonly ok: true }
  | { readonly ok: false; readonly step: string; readonly error: string }

/** @throws AppError 'not_found' */
export async function replayDeadLetter(
  { db, now, log }: { readonly db: Database; readonly now: () => Date; readonly log: Log },
  id: string,
): Promise<Replayed> {
  const letter = await findDeadLetter(db, id)
  if (!letter) throw new AppError('not_found', 'There is no such dead letter.')
  // In a thread of its own: what hung the line before may do so again.
  const preparers = createPreparers({ threads: 1 })
  const refused: Refused[] = []
  try {
    const digest = createDigest({
      db,
      now,
      log,
      prepareBatch: preparers.prepareBatch,
      setAside: async (_trx, _relayUrl, _source, why) => {
        refused.push(why)
      },
    })
    // Its deliveries counted against it; this one is asked for.
    const facts = { ...letter.facts, deliveries: 1, poisonous: false }
    await digest.digestBatch(letter.relayUrl, [{ facts, body: letter.body }])
  } finally {
    await preparers.close()
  }
  const why = refused.at(-1)
  if (why) {
    await updateDeadLetter(db, id, why)
    return { ok: false, ...why }
  }
  // A kill before this leaves the letter: replayed again it changes nothing and goes.
  await deleteDeadLetter(db, id)
  return { ok: true }
}
