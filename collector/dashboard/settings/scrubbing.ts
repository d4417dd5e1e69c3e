// What is removed from events before anything of them is stored, beyond what always is.
import { type ScrubbingSettings, scrubbingSubject } from '../../pipeline/scrubbing-settings.ts'
import { keptInProject, type Problems, valueSection } from './section.ts'

/** Names one a line, or between commas. */
const namesOf = (text: string | undefined) =>
  (text ?? '')
    .split(/[\r\n,]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '')

const choice = (checked: string | undefined): ScrubbingSettings['emails'] =>
  checked === undefined ? 'keep' : 'remove'

/** A problem of one name (`extraNames.3`) stands at the field of all of them. */
const problemOf = (problems: Problems, field: string) =>
  Object.entries(problems).find(([path]) => path === field || path.startsWith(`${field}.`))?.[1] ?? null

export const scrubbing = valueSection({
  key: 'scrubbing',
  title: 'Scrubbing',
  who: { view: 'person', change: 'admin' },
  template: 'pages/settings-scrubbing',
  kept: keptInProject(scrubbingSubject),
  fromForm: (form) => ({
    extraNames: namesOf(form.get('extraNames')),
    safeNames: namesOf(form.get('safeNames')),
    emails: choice(form.get('emails')),
    ipAddresses: choice(form.get('ipAddresses')),
  }),
  view: (_page, value, problems) => ({
    extraNames: value.extraNames.join('\n'),
    safeNames: value.safeNames.join('\n'),
    emails: value.emails === 'remove',
    ipAddresses: value.ipAddresses === 'remove',
    problems: {
      '': problems[''] ?? null,
      extraNames: problemOf(problems, 'extraNames'),
      safeNames: problemOf(problems, 'safeNames'),
    },
    problemCount: Object.keys(problems).length,
  }),
})
