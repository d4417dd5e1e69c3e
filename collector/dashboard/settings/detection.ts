// What makes an issue file: the rules of detection, each of which can be switched off, and further conditions.
import type { Project } from '../../db/projects.ts'
import { type DetectionSettings, detectionSubject } from '../../detect/rules.ts'
import { levels } from '../../pipeline/event.ts'
import { check, lines, number, text } from './form-fields.ts'
import { type Form, keptInProject, type Problems, type SettingsPage, valueSection } from './section.ts'

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

function view(_page: SettingsPage<Project>, value: DetectionSettings, problems: Problems) {
  const field = (path: string, shown: number) => ({
    name: path,
    value: Number.isNaN(shown) ? '' : String(shown),
    problem: problemOf(problems, path),
  })
  return {
    value,
    problems,
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

export const detection = valueSection({
  key: 'detection',
  title: 'Detection',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-detection',
  kept: keptInProject(detectionSubject),
  fromForm,
  view,
})
