// What makes an issue file: the rules of detection, each of which can be switched off, and further conditions.
import type { Project } from '../../db/projects.ts'
import { type DetectionSettings, detectionSubject } from '../../detect/rules.ts'
import { levels } from '../../pipeline/event.ts'
import { check, lines, number, text } from './form-fields.ts'
import { lastWeekWith, readableParts } from './rules-preview.ts'
import {
  type Action,
  type Form,
  keptInProject,
  type Problems,
  problemsOf,
  type SettingsPage,
  valueSection,
} from './section.ts'

function fromForm(form: Form): DetectionSettings {
  return {
    burst: {
      on: check(form, 'burst.on'),
      events: number(form, 'burst.events'),
      minutes: number(form, 'burst.minutes'),
    },
    fatal: { on: check(form, 'fatal.on'), events: number(form, 'fatal.events') },
    slowBurn: { on: check(form, 'slowBurn.on'), minutes: number(form, 'slowBurn.minutes') },
    regression: { on: check(form, 'regression.on'), graceHours: number(form, 'regression.graceHours') },
    escalation: { on: check(form, 'escalation.on'), regressions: number(form, 'escalation.regressions') },
    only: {
      users: number(form, 'only.users'),
      environments: lines(form, 'only.environments'),
      levels: levels.filter((level) => check(form, `only.levels.${level}`)),
      releases: lines(form, 'only.releases'),
    },
  }
}

/** Problems of a list stand at its items' paths; the field has one sentence. */
function problemOf(problems: Problems, path: string): string {
  const found = Object.keys(problems).find((one) => one === path || one.startsWith(`${path}.`))
  return found ? (problems[found] ?? '') : ''
}

const kept = keptInProject(detectionSubject)

async function view(page: SettingsPage<Project>, value: DetectionSettings, problems: Problems) {
  const saved = await kept.load(page)
  const field = (path: string, shown: number) => ({
    name: path,
    value: Number.isNaN(shown) ? '' : String(shown),
    problem: problemOf(problems, path),
  })
  return {
    value,
    problems,
    preview: await lastWeekWith(page, saved, readableParts(value, saved, problems), page.viewer),
    burstEvents: field('burst.events', value.burst.events),
    burstMinutes: field('burst.minutes', value.burst.minutes),
    fatalEvents: field('fatal.events', value.fatal.events),
    slowBurnMinutes: field('slowBurn.minutes', value.slowBurn.minutes),
    graceHours: field('regression.graceHours', value.regression.graceHours),
    escalationRegressions: field('escalation.regressions', value.escalation.regressions),
    users: field('only.users', value.only.users),
    environments: {
      ...text('only.environments', value.only.environments.join('\n')),
      problem: problemOf(problems, 'only.environments'),
    },
    releases: {
      ...text('only.releases', value.only.releases.join('\n')),
      problem: problemOf(problems, 'only.releases'),
    },
    levels: levels.map((level) => ({
      name: `only.levels.${level}`,
      word: level,
      checked: value.only.levels.includes(level),
    })),
  }
}

/** Recounts while one changes the form. What can't be read is told, and counts as it is saved. */
const preview: Action<Project> = {
  name: 'preview',
  who: 'person',
  run: async (page, form) => {
    const saved = await kept.load(page)
    const entered = fromForm(form)
    const parsed = detectionSubject.schema.safeParse(entered)
    const problems = parsed.success ? {} : problemsOf(parsed.error)
    const shown = await lastWeekWith(page, saved, readableParts(entered, saved, problems), page.viewer)
    const mend = Object.keys(problems).map((path) => {
      // A list is one field.
      const field = path.replace(/\.\d+$/, '')
      return { field, problem: problemOf(problems, field) }
    })
    return { fragment: 'partials/rules-preview', view: { preview: shown, mend } }
  },
}

export const detection = valueSection({
  key: 'detection',
  title: 'Detection',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-detection',
  kept,
  actions: [preview],
  fromForm,
  view,
})
