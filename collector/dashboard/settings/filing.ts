// How a project's alerts become tickets: where, with which labels and text, and how many at most.
import { z } from 'zod'
import { saveFilingSettings } from '../../db/filing-settings.ts'
import { readProjectSettings } from '../../db/kept-settings.ts'
import { type Project, updateProject } from '../../db/projects.ts'
import { filingSubject, repositoryName } from '../../trackers/filing-settings.ts'
import { previewIssueText } from '../../trackers/preview.ts'
import {
  bodyPlaceholders,
  checkTemplate,
  defaultBody,
  defaultTitle,
  titlePlaceholders,
} from '../../trackers/text-template.ts'
import { type Form, type Kept, valueSection } from './section.ts'

const schema = z.intersection(
  z.object({ repository: repositoryName.nullable() }),
  z.preprocess((value) => {
    // The repository is the project's own column; all else is the subject's to check.
    const { repository: _, ...rest } = value as Record<string, unknown>
    return rest
  }, filingSubject.schema),
)
type Filing = z.output<typeof schema>

const kept: Kept<Project, Filing> = {
  schema: schema as z.ZodType<Filing>,
  load: async ({ db, project }) => ({
    repository: project.repository,
    ...(await readProjectSettings(db, project.id, filingSubject)),
  }),
  save: async ({ db, project, actor, now }, { repository, ...settings }) => {
    if (repository !== project.repository) await updateProject(db, project.id, { repository }, now, actor)
    await saveFilingSettings(db, project.id, settings, actor, now)
  },
}

/** "bug, from app" as a list. */
function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

/** A number as entered; what is none is the schema's to refuse. */
function numberOf(text: string | undefined): number {
  return text?.trim() ? Number(text) : Number.NaN
}

function fromForm(form: Form, before: Filing): Filing {
  const repository = form.get('repository')?.trim() || null
  const template = (name: string) => form.get(name)?.trim() || null
  return {
    ...before,
    repository,
    dryRun: form.has('dryRun'),
    comments: form.has('comments'),
    labels: listOf(form.get('labels')),
    assignees: listOf(form.get('assignees')),
    escalationLabels: listOf(form.get('escalationLabels')),
    escalationAssignees: listOf(form.get('escalationAssignees')),
    budgetPerHour: numberOf(form.get('budgetPerHour')),
    stormIssues: numberOf(form.get('stormIssues')),
    stormMinutes: numberOf(form.get('stormMinutes')),
    lastsMinutes: numberOf(form.get('lastsMinutes')),
    // Confirmed by name: another repository has to be confirmed anew.
    publicRepository: form.has('mayBePublic')
      ? (repository ?? (form.get('defaultRepository') || null))
      : null,
    titleTemplate: template('titleTemplate'),
    bodyTemplate: template('bodyTemplate'),
  }
}

/** Fields of lists report the place inside of them; the form has one field for the list. */
function problemOf(problems: Readonly<Record<string, string>>, name: string): string | undefined {
  const key = Object.keys(problems).find((path) => path === name || path.startsWith(`${name}.`))
  return key === undefined ? undefined : problems[key]
}

export const filing = valueSection<Project, Filing>({
  key: 'filing',
  title: 'Filing',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-filing',
  kept,
  fromForm,
  async view({ db, project, config, now }, value, problems) {
    const names = [
      'repository',
      'labels',
      'assignees',
      'escalationLabels',
      'escalationAssignees',
      'budgetPerHour',
      'stormIssues',
      'stormMinutes',
      'lastsMinutes',
      'titleTemplate',
      'bodyTemplate',
      '',
    ]
    const shown = names.flatMap((name) => {
      const problem = problemOf(problems, name)
      return problem === undefined ? [] : [[name, problem]]
    })
    const isSound = !problemOf(problems, 'titleTemplate') && !problemOf(problems, 'bodyTemplate')
    const templates = isSound
      ? { title: value.titleTemplate, body: value.bodyTemplate }
      : { title: null, body: null }
    return {
      value,
      number: (n: number) => (Number.isNaN(n) ? '' : String(n)),
      lists: {
        labels: value.labels.join(', '),
        assignees: value.assignees.join(', '),
        escalationLabels: value.escalationLabels.join(', '),
        escalationAssignees: value.escalationAssignees.join(', '),
      },
      mayBePublic:
        value.publicRepository !== null &&
        value.publicRepository === (value.repository ?? config.github.repository),
      defaultRepository: config.github.repository,
      defaults: { title: defaultTitle, body: defaultBody },
      placeholders: { title: [...titlePlaceholders], body: [...bodyPlaceholders] },
      preview: await previewIssueText(db, project, templates, config.url, now),
      problems: Object.fromEntries(shown),
    }
  },
  actions: [
    {
      name: 'preview',
      who: 'person',
      async run({ db, project, config, now }, form) {
        const title = form.get('titleTemplate')?.trim() ?? ''
        const body = (form.get('bodyTemplate') ?? '').replace(/\r\n?/g, '\n').trim()
        const wrong = [
          ...checkTemplate(title, titlePlaceholders, true).map(({ message }) => `Title, ${message}`),
          ...checkTemplate(body, bodyPlaceholders, false).map(({ message }) => `Text, ${message}`),
        ]
        const preview =
          wrong.length > 0
            ? null
            : await previewIssueText(
                db,
                project,
                { title: title || null, body: body || null },
                config.url,
                now,
              )
        return { fragment: 'partials/filing-preview', view: { preview, wrong } }
      },
    },
  ],
})
