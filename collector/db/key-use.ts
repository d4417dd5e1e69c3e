// When each key last came with an envelope, to the hour: enough to see which DSN is still in the field. What was
// noted within the hour is remembered, so that a batch costs a statement at most once an hour and key.
import type { EnvelopeFacts } from '../../shared/handover.ts'
import type { Database } from './database.ts'

const noteEveryMs = 3_600_000

export function createKeyUse(db: Database) {
  const noted = new Map<string, number>()

  return {
    /** Notes the keys of envelopes that were read, by when a relay received them. */
    async note(envelopes: readonly Pick<EnvelopeFacts, 'key' | 'received_at'>[]): Promise<void> {
      const newest = new Map<string, number>()
      for (const { key, received_at: at } of envelopes) {
        if (at - (noted.get(key) ?? 0) >= noteEveryMs && at > (newest.get(key) ?? 0)) newest.set(key, at)
      }
      for (const [key, at] of newest) {
        const usedAt = new Date(at)
        await db
          .updateTable('project_keys')
          .set({ last_used_at: usedAt })
          .where('public_key', '=', key)
          .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', usedAt)]))
          .execute()
        noted.set(key, at)
      }
    },
  }
}
