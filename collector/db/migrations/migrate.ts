// Brings a database to this program's schema, under kysely's lock: of several collectors that start
// together one migrates and the others find nothing to do.
import type { Kysely } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { AppError } from '../../../shared/errors.ts'
import type { DB } from '../schema.ts'
import * as first from './0001-first.ts'
import * as sealing from './0005-sealing.ts'
import * as merges from './0010-merges.ts'
import * as payloads from './0020-payloads.ts'
import * as clientDiscardsByHour from './0021-client-discards-by-hour.ts'
import * as loop from './0030-loop.ts'
import * as tickets from './0031-tickets.ts'
import * as filing from './0040-filing.ts'
import * as notifications from './0041-notifications.ts'
import * as triage from './0050-triage.ts'
import * as similarIssues from './0051-similar-issues.ts'
import * as days from './0052-days.ts'
import * as people from './0060-people.ts'
import * as variety from './0070-variety.ts'
import * as sessions from './0071-sessions.ts'
import * as relayTtl from './0090-relay-ttl.ts'
import * as until from './0091-until.ts'
import * as sealedSecondFactors from './0092-sealed-second-factors.ts'
import * as levelHours from './0100-level-hours.ts'
import * as filedByHand from './0105-filed-by-hand.ts'
import * as reopenings from './0110-reopenings.ts'
import * as sealedDestinations from './0111-sealed-destinations.ts'
import * as projectTags from './0120-project-tags.ts'
import * as tagMarks from './0121-tag-marks.ts'
import * as releaseHoursOfIssues from './0122-release-hours-of-issues.ts'
import * as labelsOfTickets from './0123-labels-of-tickets.ts'

const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0005-sealing': sealing,
  '0010-merges': merges,
  '0020-payloads': payloads,
  '0021-client-discards-by-hour': clientDiscardsByHour,
  '0030-loop': loop,
  '0031-tickets': tickets,
  '0040-filing': filing,
  '0041-notifications': notifications,
  '0050-triage': triage,
  '0051-similar-issues': similarIssues,
  '0052-days': days,
  '0060-people': people,
  '0070-variety': variety,
  '0071-sessions': sessions,
  '0090-relay-ttl': relayTtl,
  '0091-until': until,
  '0092-sealed-second-factors': sealedSecondFactors,
  '0100-level-hours': levelHours,
  '0105-filed-by-hand': filedByHand,
  '0110-reopenings': reopenings,
  '0111-sealed-destinations': sealedDestinations,
  '0120-project-tags': projectTags,
  '0121-tag-marks': tagMarks,
  '0122-release-hours-of-issues': releaseHoursOfIssues,
  '0123-labels-of-tickets': labelsOfTickets,
}

const provider: MigrationProvider = { getMigrations: async () => migrations }

/**
 * @throws AppError 'schema_too_new' when a newer program has migrated this database
 */
export async function migrateDatabase(db: Kysely<DB>): Promise<void> {
  const migrator = new Migrator({ db, provider })
  const known = await migrator.getMigrations().catch(() => [])
  const { error } = await migrator.migrateToLatest()
  if (!error) return
  if (/corrupted migrations/.test(String(error)) && known.length > 0) {
    throw new AppError(
      'schema_too_new',
      'A newer Postern has changed this database. Run that version, or restore a backup made before it.',
      { cause: error },
    )
  }
  throw error
}

/**
 * Brings an empty database to the schema that a backup was made with.
 * @param applied names of the migrations that the backup's store had, in order
 * @throws AppError 'schema_too_new' when the backup or the database knows migrations that this program doesn't
 */
export async function migrateDatabaseTo(db: Kysely<DB>, applied: readonly string[]): Promise<void> {
  const last = applied.at(-1)
  if (last === undefined || applied.some((name) => !(name in migrations))) {
    throw new AppError(
      'schema_too_new',
      'This backup was made by a newer Postern. Restore it with that version, or a later one.',
    )
  }
  const { error } = await new Migrator({ db, provider }).migrateTo(last)
  if (error) throw error
}
