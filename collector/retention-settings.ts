// How long and how much a project keeps of payloads. Counts and timelines are not touched by it.
import { z } from 'zod'
import type { SettingsSubject } from './settings-subject.ts'

const schema = z.object({
  /** Days a payload is kept; applies to events that arrive from then on. */
  days: z.number().int('Whole days.').min(1, 'At least 1 day.').max(365, 'At most 365 days.').default(90),
  /** Compressed payloads a day; beyond it only what must not be missed is kept. */
  dailyMegabytes: z
    .number()
    .int('Whole megabytes.')
    .min(1, 'At least 1 MB.')
    .max(1_000_000, 'At most 1,000,000 MB.')
    .default(2_000),
})

export type RetentionSettings = z.output<typeof schema>

export const retentionSettings: SettingsSubject<RetentionSettings> = { key: 'retention', schema }
