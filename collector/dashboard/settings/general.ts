// A project's name, slug and platform.
import { z } from 'zod'
import { type Project, updateProject } from '../../db/projects.ts'
import { snippets } from '../snippets.ts'
import { type Kept, valueSection } from './section.ts'

type General = { readonly name: string; readonly slug: string; readonly platform: string | null }

const kept: Kept<Project, General> = {
  schema: z.object({
    name: z.string().trim().min(1, 'Enter a name.').max(100, 'At most 100 characters.'),
    slug: z
      .string()
      .trim()
      .regex(
        /^(?!\d+$)[a-z0-9][a-z0-9._-]{0,49}$/,
        'Use 1 to 50 lower-case letters, digits, dots, dashes or underscores, and not a number alone.',
      ),
    platform: z.string().trim().max(50).nullable(),
  }),
  load: async ({ project: { name, slug, platform } }) => ({ name, slug, platform }),
  save: async ({ db, project, actor, now }, value) => {
    await updateProject(db, project.id, value, now, actor)
  },
}

export const general = valueSection({
  key: 'general',
  title: 'General',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-general',
  kept,
  fromForm: (form) => ({
    name: form.get('name') ?? '',
    slug: form.get('slug') ?? '',
    platform: form.get('platform') || null,
  }),
  view: ({ project }, value, problems) => ({
    id: project.id,
    value,
    platforms: [
      { value: '', label: 'Not set', selected: value.platform === null },
      ...(value.platform && !snippets.some((one) => one.platform === value.platform)
        ? [{ value: value.platform, label: value.platform, selected: true }]
        : []),
      ...snippets.map((one) => ({
        value: one.platform,
        label: one.label,
        selected: one.platform === value.platform,
      })),
    ],
    setupHref: `/projects/${project.slug}/setup`,
    problems,
  }),
})
