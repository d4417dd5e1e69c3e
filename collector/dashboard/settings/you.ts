// What concerns the person alone.
import { initials } from '../format.ts'
import { themes } from '../viewer.ts'
import { actionSection } from './section.ts'

export const you = actionSection<null>({
  key: 'you',
  title: 'You',
  who: { view: 'person', change: 'person' },
  template: 'pages/settings-you',
  view: ({ person, theme }) => ({
    themes: themes.map((one) => ({
      value: one,
      label: `${one.charAt(0).toUpperCase()}${one.slice(1)}`,
      current: one === theme,
    })),
    person: { name: person.name, email: person.email, role: person.role, initials: initials(person.name) },
  }),
})
