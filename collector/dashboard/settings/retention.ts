// How long payloads of a project are kept, and how much of them a day.
import { retentionSettings } from '../../retention-settings.ts'
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
  }),
  view: (_page, value, problems) => ({
    days: shown(value.days),
    dailyMegabytes: shown(value.dailyMegabytes),
    problems,
  }),
})

function numberIn(text: string | undefined): number {
  const trimmed = (text ?? '').trim()
  return trimmed === '' ? Number.NaN : Number(trimmed)
}

function shown(amount: number): string {
  return Number.isNaN(amount) ? '' : String(amount)
}
