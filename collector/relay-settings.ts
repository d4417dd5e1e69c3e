// What relays are told of a project beside its keys: how much each key may send, and which kinds of items nobody
// wants. Kept under `relay` in projects.settings, pushed with the list of projects.
import { z } from 'zod'
import type { SettingsSubject } from './settings-subject.ts'

/** Categories that a team may do without; errors are not among them. */
export const announceable = [
  'transaction',
  'span',
  'profile',
  'profile_chunk',
  'replay',
  'log_item',
  'trace_metric',
  'session',
  'monitor',
  'attachment',
  'feedback',
] as const
export type Announceable = (typeof announceable)[number]

export type RelaySettings = {
  /** Requests a second of each key, and how many at once; null: what the relay's own settings say. */
  readonly perSecond: number | null
  readonly burst: number | null
  /** Categories that SDKs are told not to send; null: what the relay's own settings say. */
  readonly unwanted: readonly Announceable[] | null
}

const amount = z
  .number('Enter a number, or leave it empty.')
  .int('Enter a whole number.')
  .min(1, 'At least 1.')
  .max(1_000_000, 'At most 1,000,000.')
  .nullable()

export const relaySubject: SettingsSubject<RelaySettings> = {
  key: 'relay',
  isPushed: true,
  schema: z
    .object({
      perSecond: amount.default(null),
      burst: amount.default(null),
      unwanted: z.array(z.enum(announceable)).nullable().default(null),
    })
    .refine(({ perSecond, burst }) => (perSecond === null) === (burst === null), {
      path: ['burst'],
      message: 'Give both numbers, or neither.',
    }),
}

/** The part of the handover contract that these settings become. */
export function toRelay({ perSecond, burst, unwanted }: RelaySettings) {
  return {
    ...(perSecond === null || burst === null ? {} : { limit: { per_second: perSecond, burst } }),
    ...(unwanted === null ? {} : { unwanted: [...unwanted] }),
  }
}
