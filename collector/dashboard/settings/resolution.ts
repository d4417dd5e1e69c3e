// What makes an issue resolved, and what a regression does to the tracker issue of before.
import type { Project } from '../../db/projects.ts'
import { type ResolutionSettings, resolutionSubject } from '../../trackers/resolution-settings.ts'
import { check, number, optionalNumber } from './form-fields.ts'
import { type Form, keptInProject, type Problems, type SettingsPage, valueSection } from './section.ts'

const mirrored = [
  ['resolve', 'Resolving an issue here closes its tracker issue as completed'],
  ['ignore', 'Ignoring an issue here closes its tracker issue as not planned'],
  ['assign', 'Assigning an issue here is told at its tracker issue'],
  ['comment', 'Comments made here are also left at the tracker issue'],
] as const

function fromForm(form: Form): ResolutionSettings {
  return {
    quietMinutes: optionalNumber(form, 'quietMinutes'),
    onBrokenQuiet: form.get('onBrokenQuiet') === 'comment' ? 'comment' : 'reopen',
    reopenWithinHours: number(form, 'reopenWithinHours'),
    mirror: {
      resolve: check(form, 'mirror.resolve'),
      ignore: check(form, 'mirror.ignore'),
      assign: check(form, 'mirror.assign'),
      comment: check(form, 'mirror.comment'),
    },
  }
}

const shown = (value: number | null) => (value === null || Number.isNaN(value) ? '' : String(value))

function view(page: SettingsPage<Project>, value: ResolutionSettings, problems: Problems) {
  return {
    problems,
    defaultQuiet: page.config.quietMinutes,
    quietMinutes: {
      name: 'quietMinutes',
      value: shown(value.quietMinutes),
      problem: problems.quietMinutes ?? '',
    },
    reopenWithinHours: {
      name: 'reopenWithinHours',
      value: shown(value.reopenWithinHours),
      problem: problems.reopenWithinHours ?? '',
    },
    onBrokenQuiet: value.onBrokenQuiet,
    mirror: mirrored.map(([key, words]) => ({ name: `mirror.${key}`, words, checked: value.mirror[key] })),
  }
}

export const resolution = valueSection({
  key: 'resolution',
  title: 'Resolution',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-resolution',
  kept: keptInProject(resolutionSubject),
  fromForm,
  view,
})
