// Who is told: a channel, a webhook that fails, mail.

import type { Database } from '../../../collector/db/database.ts'
import { createDestination, noteDestination } from '../../../collector/db/destinations.ts'
import { parseChoice } from '../../../collector/notify/destination.ts'
import { notifyKinds } from '../../../collector/notify/kinds.ts'
import { newWebhookSecret } from '../../../collector/notify/webhook.ts'
import { minutesAgo, seedNow } from '../seed.ts'

export async function seedDestinations(db: Database): Promise<void> {
  const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Brussels', passEscalations: true }
  const slack = await createDestination(
    db,
    {
      name: 'On call',
      target: { kind: 'slack', url: 'https://hooks.slack.com/services/T0/B0/x', mentionHere: true },
      choice: parseChoice({
        kinds: ['regression', 'escalation', 'filing_failed', 'data_at_risk'],
        quietHours,
      }),
    },
    seedNow,
  )
  await noteDestination(db, slack.id, { at: minutesAgo(4), error: null })
  const hook = await createDestination(
    db,
    {
      name: 'Status board',
      target: { kind: 'webhook', url: 'https://board.perron.example/in/x', secret: newWebhookSecret() },
      choice: parseChoice({ kinds: [...notifyKinds], projectIds: [1, 4] }),
    },
    seedNow,
  )
  await noteDestination(db, hook.id, { at: minutesAgo(12), error: 'The webhook answered 410 (gone).' })
  await createDestination(
    db,
    {
      name: 'Night shift',
      target: { kind: 'mail', to: ['night@perron.example', 'lead@perron.example'] },
      choice: parseChoice({ kinds: ['relay_unreachable', 'data_at_risk', 'collector_behind'] }),
    },
    seedNow,
  )
}
