// What a project says of resolving: `projects.settings.resolution`, with its defaults.
import { z } from 'zod'
import type { SettingsSubject } from '../settings-subject.ts'

const schema = z.object({
  /** Length of the quiet period; null: POSTERN_QUIET_MINUTES. */
  quietMinutes: z
    .int('Enter whole minutes.')
    .min(1, 'At least 1 minute.')
    .max(7 * 24 * 60, 'At most 10,080 minutes (a week).')
    .nullable()
    .default(null),
  /** What happens to the closed tracker issue when an event breaks the quiet, or a person reopens here. */
  onBrokenQuiet: z.enum(['reopen', 'comment']).default('reopen'),
  /** A regression within this time after the resolution reopens the tracker issue it had; 0: always a new one. */
  reopenWithinHours: z
    .int('Enter whole hours.')
    .min(0, 'Not below 0.')
    .max(90 * 24, 'At most 2,160 hours (90 days).')
    .default(0),
  /** What is done here is also done to the tracker issue. */
  mirror: z
    .object({
      resolve: z.boolean().default(false),
      ignore: z.boolean().default(false),
      assign: z.boolean().default(false),
      comment: z.boolean().default(false),
    })
    .prefault({}),
})
export type ResolutionSettings = z.output<typeof schema>

export const resolutionSubject: SettingsSubject<ResolutionSettings> = { key: 'resolution', schema }
