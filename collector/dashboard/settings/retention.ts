// How long payloads of a project are kept, how much of them a day, and how many names it keeps apart.

import type { KeptAtMost } from '../../db/partitions.ts'
import { retentionSettings } from '../../retention-settings.ts'
import { exactCount } from '../format.ts'
import { keptInProject, valueSection } from './section.ts'

export const retention = valueSection({
  key: 'retention',
  title: 'Retention',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-retention',
  kept: keptInProject(retentionSettings),
  fromForm: (form) => ({
    days: numberIn(form.get('days')),
    dailyMegabytes: numberIn(form.get('dailyMegabytes')),
    newIssuesPerHour: numberIn(form.get('newIssuesPerHour')),
    newReleases: numberIn(form.get('newReleases')),
    newEnvironments: numberIn(form.get('newEnvironments')),
  }),
  view: ({ config }, value, problems) => ({
    overall: overallText(config.keptAtMost),
    days: shown(value.days),
    dailyMegabytes: shown(value.dailyMegabytes),
    bounds: [
      {
        name: 'newIssuesPerHour',
        label: 'New issues an hour',
        value: shown(value.newIssuesPerHour),
        help: 'Events of further new ones are counted in one issue of the project, “More new issues …”.',
      },
      {
        name: 'newReleases',
        label: 'New releases in 30 days',
        value: shown(value.newReleases),
        help: 'Events of further ones are counted under the release “(other)”.',
      },
      {
        name: 'newEnvironments',
        label: 'New environments in 30 days',
        value: shown(value.newEnvironments),
        help: 'Events of further ones are counted under the environment “(other)”.',
      },
    ],
    problems,
  }),
})

function overallText(atMost: KeptAtMost = { days: null, bytes: null }): string {
  const bounds = [
    ...(atMost.days === null ? [] : [`${atMost.days} days`]),
    ...(atMost.bytes === null ? [] : [`${exactCount(atMost.bytes / 1_000_000)} MB on disk`]),
  ]
  return bounds.length > 0
    ? `This installation keeps ${bounds.join(' and ')} at most, over all projects.`
    : ''
}

function numberIn(text: string | undefined): number {
  const trimmed = (text ?? '').trim()
  return trimmed === '' ? Number.NaN : Number(trimmed)
}

function shown(amount: number): string {
  return Number.isNaN(amount) ? '' : String(amount)
}
