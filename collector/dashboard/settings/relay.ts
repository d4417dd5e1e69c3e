// How much of a project its relays take, and what SDKs are told not to send.
import { type Announceable, announceable, type RelaySettings, relaySubject } from '../../relay-settings.ts'
import { keptInProject, valueSection } from './section.ts'

const words: Readonly<Record<Announceable, string>> = {
  transaction: 'Transactions',
  span: 'Spans',
  profile: 'Profiles',
  profile_chunk: 'Continuous profiles',
  replay: 'Replays',
  log_item: 'Logs',
  trace_metric: 'Metrics',
  session: 'Sessions (release health)',
  monitor: 'Check-ins',
  attachment: 'Attachments',
  feedback: 'User feedback',
}

export const relay = valueSection({
  key: 'relay',
  title: 'Relay',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-relay',
  kept: keptInProject(relaySubject),
  fromForm: (form): RelaySettings => ({
    perSecond: amountIn(form.get('perSecond')),
    burst: amountIn(form.get('burst')),
    unwanted:
      form.get('announce') === 'own' ? announceable.filter((one) => form.has(`unwanted.${one}`)) : null,
  }),
  view: (_page, value, problems) => ({
    perSecond: shown(value.perSecond),
    burst: shown(value.burst),
    isOwn: value.unwanted !== null,
    categories: announceable.map((one) => ({
      name: `unwanted.${one}`,
      code: one,
      words: words[one],
      checked: value.unwanted?.includes(one) ?? false,
    })),
    problems,
  }),
})

function amountIn(text: string | undefined): number | null {
  const trimmed = (text ?? '').trim()
  return trimmed === '' ? null : Number(trimmed)
}

function shown(amount: number | null): string {
  return amount === null || Number.isNaN(amount) ? '' : String(amount)
}
