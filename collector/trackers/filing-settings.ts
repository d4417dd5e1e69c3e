// Pure: how one project is filed: `filing` in its settings, with the defaults. What is stored is read
// leniently (a value that no longer fits falls back to its default, filing goes on); what a person sends is
// checked strictly and refused with the place and the reason.
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { bodyPlaceholders, checkTemplate, titlePlaceholders } from './text-template.ts'

export type FilingSettings = z.output<typeof stored>

/** GitHub's own bounds: a label has at most 50 characters, an issue at most 10 assignees. */
const labels = z
  .array(z.string().trim().min(1).max(50, 'a label has at most 50 characters'))
  .max(10, 'at most 10 labels')
const login = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})$/, 'not a login')
const assignees = z.array(login).max(10, 'at most 10 assignees')
const repository = z.string().regex(/^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/, 'not owner/name')
const template = (names: ReadonlySet<string>, isTitle: boolean) =>
  z
    .string()
    .transform((text) => text.replace(/\r\n?/g, '\n').trim())
    .superRefine((text, context) => {
      for (const problem of checkTemplate(text, names, isTitle)) context.addIssue(problem)
    })
    .transform((text) => text || null)
    .nullable()

const fields = {
  /** Everything is decided and written down, nothing is sent. */
  dryRun: z.boolean(),
  /** None by default: a label may start automation. GitHub makes those that don't exist. */
  labels,
  assignees,
  titleTemplate: template(titlePlaceholders, true),
  bodyTemplate: template(bodyPlaceholders, false),
  /** Tracker issues in any 60 minutes, umbrellas included. */
  budgetPerHour: z.int().min(1).max(500),
  /** More alerts than this … */
  stormIssues: z.int().min(2).max(1_000),
  /** … within this time make a storm. */
  stormMinutes: z.int().min(1).max(1_440),
  /** An issue of a storm lasts, and gets its own ticket, when it is still seen after half of this. */
  lastsMinutes: z.int().min(2).max(10_080),
  /** Whether a living issue may be told of in its ticket at 10×, 100×, 1000× and at new releases and platforms. */
  comments: z.boolean(),
  /** Added at the second regression. */
  escalationLabels: labels,
  escalationAssignees: assignees,
  /** The public repository that may be filed to; a person confirmed this one by name. */
  publicRepository: repository.nullable(),
}

export const defaultFiling = {
  dryRun: false,
  labels: [],
  assignees: [],
  titleTemplate: null,
  bodyTemplate: null,
  budgetPerHour: 20,
  stormIssues: 10,
  stormMinutes: 10,
  lastsMinutes: 60,
  comments: true,
  escalationLabels: [],
  escalationAssignees: [],
  publicRepository: null,
} as const

const strict = z.strictObject(fields).partial()
export type FilingChange = z.output<typeof strict>
const stored = z.object({
  dryRun: fields.dryRun.catch(defaultFiling.dryRun),
  labels: fields.labels.catch([]),
  assignees: fields.assignees.catch([]),
  titleTemplate: fields.titleTemplate.catch(null),
  bodyTemplate: fields.bodyTemplate.catch(null),
  budgetPerHour: fields.budgetPerHour.catch(defaultFiling.budgetPerHour),
  stormIssues: fields.stormIssues.catch(defaultFiling.stormIssues),
  stormMinutes: fields.stormMinutes.catch(defaultFiling.stormMinutes),
  lastsMinutes: fields.lastsMinutes.catch(defaultFiling.lastsMinutes),
  comments: fields.comments.catch(defaultFiling.comments),
  escalationLabels: fields.escalationLabels.catch([]),
  escalationAssignees: fields.escalationAssignees.catch([]),
  publicRepository: fields.publicRepository.catch(null),
})

/** @param settings `projects.settings` as stored */
export function readFilingSettings(settings: Readonly<Record<string, unknown>>): FilingSettings {
  const filing = settings.filing
  return stored.parse(typeof filing === 'object' && filing !== null ? filing : {})
}

/**
 * Checks a change as a person or program sent it; what is absent stays as it is.
 * @throws AppError 'invalid_request' that names every field, place and reason
 */
export function parseFilingChange(input: unknown): FilingChange {
  const read = strict.safeParse(input)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => `${issue.path.join('.') || 'filing'}: ${issue.message}`)
  throw new AppError('invalid_request', problems.join('; '))
}
