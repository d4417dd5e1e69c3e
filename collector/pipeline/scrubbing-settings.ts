// What a project says of secrets: `projects.settings.scrubbing`. Our own rules hold in any case; a project adds
// names, excepts names, and decides on addresses of people and machines. Holds for events that come after.
import { z } from 'zod'

const names = z
  .array(z.string().trim().min(1, 'A name is empty.').max(100, 'A name has more than 100 characters.'))
  .max(200, 'At most 200 names.')
  .default([])

export const scrubbingSettings = z.object({
  /** Names whose values are removed besides those that always are; any spelling of `api_key` is meant. */
  extraNames: names,
  /** Names whose values stay, whatever they are called. Values that are secrets by their form are removed. */
  safeNames: names,
  emails: z.enum(['keep', 'remove']).default('keep'),
  ipAddresses: z.enum(['keep', 'remove']).default('keep'),
})
export type ScrubbingSettings = z.output<typeof scrubbingSettings>

export const defaultScrubbing: ScrubbingSettings = scrubbingSettings.parse({})

export const scrubbingSubject = { key: 'scrubbing', schema: scrubbingSettings }
