// Pure: how one project is filed: the subject `filing` of its settings, with the defaults. What is stored is read
// leniently (a value that no longer fits falls back to its default, filing goes on); what a person sends is
// checked strictly and refused with the place and the reason.
import { z } from 'zod'
import type { SettingsSubject, StoredSettings } from '../settings-subject.ts'
import { bodyPlaceholders, checkTemplate, titlePlaceholders } from './text-template.ts'

/** GitHub's own bounds: a label has at most 50 characters, an issue at most 10 assignees. */
const labels = z
  .array(z.string().trim().min(1).max(50, 'A label has at most 50 characters.'))
  .max(10, 'At most 10 labels.')
const login = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$/, 'Not a login.')
const assignees = z.array(login).max(10, 'At most 10 assignees.')
export const repositoryName = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/, 'A repository reads owner/name.')
const template = (names: ReadonlySet<string>, isTitle: boolean) =>
  z
    .string()
    .transform((text) => text.replace(/\r\n?/g, '\n').trim())
    .superRefine((text, context) => {
      for (const problem of checkTemplate(text, names, isTitle)) context.addIssue(problem)
    })
    .transform((text) => text || null)
    .nullable()
const whole = (min: number, max: number) => {
  const message = `A whole number from ${min} to ${max}.`
  return z.int(message).min(min, message).max(max, message)
}

const fields = {
  /** Everything is decided and written down, nothing is sent. */
  dryRun: z.boolean().default(false),
  /** None by default: a label may start automation. GitHub makes those that don't exist. */
  labels: labels.default([]),
  assignees: assignees.default([]),
  titleTemplate: template(titlePlaceholders, true).default(null),
  bodyTemplate: template(bodyPlaceholders, false).default(null),
  /** Tracker issues in any 60 minutes, umbrellas included. */
  budgetPerHour: whole(1, 500).default(20),
  /** More alerts than this … */
  stormIssues: whole(2, 1_000).default(10),
  /** … within this time make a storm. */
  stormMinutes: whole(1, 1_440).default(10),
  /** An issue of a storm lasts, and gets its own ticket, when it is still seen after half of this. */
  lastsMinutes: whole(2, 10_080).default(60),
  /** Whether a living issue may be told of in its ticket at 10×, 100×, 1000× and at new releases and platforms. */
  comments: z.boolean().default(true),
  /** Added at an escalation. */
  escalationLabels: labels.default([]),
  escalationAssignees: assignees.default([]),
  /** The public repository that may be filed to; a person confirmed this one by name. */
  publicRepository: repositoryName.nullable().default(null),
}

const schema = z.strictObject(fields)
export type FilingSettings = z.output<typeof schema>

export const filingSubject: SettingsSubject<FilingSettings> = { key: 'filing', schema }

/** @param settings `projects.settings` as stored */
export function readFilingSettings(settings: StoredSettings): FilingSettings {
  const filing = settings.filing
  const stored = typeof filing === 'object' && filing !== null ? filing : {}
  const sound = Object.entries(fields).flatMap(([name, field]) => {
    const read = field.safeParse((stored as Record<string, unknown>)[name])
    return read.success ? [[name, read.data]] : []
  })
  return schema.parse(Object.fromEntries(sound))
}
