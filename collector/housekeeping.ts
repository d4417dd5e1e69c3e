// What time asks for: partitions made before midnight and dropped when their time is over, keys, dead
// letters and login sessions that outlived theirs, and the vacuum that PGlite doesn't do by itself.
import type { Log } from '../shared/log.ts'
import { deleteClientDiscardsBefore } from './db/client-discards.ts'
import type { Database } from './db/database.ts'
import { deleteDeadLettersBefore } from './db/dead-letters.ts'
import { deleteDeafSpansBefore } from './db/deaf-spans.ts'
import { deleteOldEventKeys } from './db/event-keys.ts'
import { deleteExpiredLoginSessions } from './db/login-sessions.ts'
import { dropOldNotifications } from './db/notifications.ts'
import {
  createPartitions,
  dropOldPartitions,
  type KeptAtMost,
  keptDays,
  listRetentionClasses,
  vacuum,
} from './db/partitions.ts'
import { deleteOutcomesBefore } from './db/relay-outcomes.ts'
import { deleteSessionHoursBefore, deleteSessionStatesBefore, sessionDays } from './db/sessions.ts'
import { deleteDayUsersBefore } from './db/store-days.ts'
import { deleteNewIssueHoursBefore } from './db/store-issues.ts'
import type { Step } from './loop.ts'

type Deps = {
  readonly db: Database
  readonly kind: 'postgres' | 'pglite'
  readonly now: () => Date
  readonly log: Log
  readonly keptAtMost: KeptAtMost
}

const dayMs = 86_400_000
const deadLetterDays = 7
const deafDays = 90
// A relay hands over what it received up to 7 days ago; by then a day's users can't grow any more.
const dayUsersDays = 8
const notificationDays = 30

export function createHousekeepingStep({ db, kind, now, log, keptAtMost }: Deps): Step {
  return async () => {
    const moment = now()
    const classes = await listRetentionClasses(db)
    const days = [0, 1, 2].map((ahead) => new Date(moment.getTime() + ahead * dayMs))
    await createPartitions(db).ensure(
      classes.flatMap((retentionDays) => days.map((receivedAt) => ({ receivedAt, retentionDays }))),
    )
    const dropped = await dropOldPartitions(db, moment, keptAtMost)
    const deadLetters = await deleteDeadLettersBefore(db, new Date(moment.getTime() - deadLetterDays * dayMs))
    await deleteOldEventKeys(db, moment)
    await deleteOutcomesBefore(db, new Date(moment.getTime() - keptDays.outcomes * dayMs))
    await deleteClientDiscardsBefore(db, new Date(moment.getTime() - keptDays.outcomes * dayMs))
    await deleteDeafSpansBefore(db, new Date(moment.getTime() - deafDays * dayMs))
    await dropOldNotifications(db, new Date(moment.getTime() - notificationDays * dayMs))
    await deleteExpiredLoginSessions(db, moment)
    await deleteSessionStatesBefore(db, new Date(moment.getTime() - sessionDays * dayMs))
    await deleteSessionHoursBefore(db, new Date(moment.getTime() - keptDays.outcomes * dayMs))
    await deleteNewIssueHoursBefore(db, new Date(moment.getTime() - keptDays.receivedEnvelopes * dayMs))
    await deleteDayUsersBefore(db, new Date(moment.getTime() - dayUsersDays * dayMs))
    if (dropped.length + deadLetters > 0) log.info({ dropped, deadLetters }, 'what outlived its time is gone')
    if (kind === 'pglite') await vacuum(db)
    return false
  }
}
