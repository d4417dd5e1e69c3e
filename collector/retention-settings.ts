// How long and how much a project keeps of payloads, and how many names it keeps apart. Counts and timelines are
// not touched by the former; what goes beyond the latter is counted as other.
import { z } from 'zod'
import type { SettingsSubject } from './settings-subject.ts'

const bound = (usual: number, most: number) =>
  z
    .number()
    .int('A whole number.')
    .min(1, 'At least 1.')
    .max(most, `At most ${most.toLocaleString('en')}.`)
    .default(usual)

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
  newIssuesPerHour: bound(1_000, 100_000),
  /** Releases, and environments, that a project had not seen before, within 30 days. */
  newReleases: bound(2_000, 100_000),
  newEnvironments: bound(500, 10_000),
})

export type RetentionSettings = z.output<typeof schema>

export const retentionSettings: SettingsSubject<RetentionSettings> = { key: 'retention', schema }
