// Time that stamps say has passed and the relay did not live through: its clock was set forward, or it was not
// running. Rows don't age by it, since nobody could have fetched them.
import type Database from 'better-sqlite3'

export type Leaps = {
  /** Rows up to `seq` are younger by `ms` than their stamps say. Inside the caller's database transaction. */
  add(seq: number, ms: number): void
  /** ms by which the row is younger. */
  since(seq: number): number
  /** Drops what no row needs any more, inside the caller's database transaction. @param oldest lowest seq there is */
  prune(oldest: number): void
  /** Reads again what is written: after a transaction that was rolled back. */
  forgetChanges(): void
}

export function createLeaps(db: Database.Database): Leaps {
  const upsert = db.prepare(
    'insert into leaps (seq, ms) values (?, ?) on conflict do update set ms = ms + excluded.ms',
  )
  const remove = db.prepare('delete from leaps where seq < ?')
  const selectAll = db.prepare<[], { seq: number; ms: number }>('select seq, ms from leaps')
  let leaps = selectAll.all()

  return {
    add(seq, ms) {
      upsert.run(seq, ms)
      leaps = selectAll.all()
    },
    since(seq) {
      let ms = 0
      for (const leap of leaps) if (leap.seq >= seq) ms += leap.ms
      return ms
    },
    prune(oldest) {
      if (!leaps.some((leap) => leap.seq < oldest)) return
      remove.run(oldest)
      leaps = selectAll.all()
    },
    forgetChanges() {
      leaps = selectAll.all()
    },
  }
}
