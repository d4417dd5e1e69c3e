// Keeps a relay's list of projects and keys the same as ours: looks every second (one small query) and
// pushes when the version changed or the relay said it holds another.
import { AppError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Database } from './db/database.ts'
import { getProjectsVersion } from './db/installation.ts'
import { getProjectsForRelays } from './db/projects.ts'
import { findProjectsVersionAt } from './db/relays.ts'
import type { Step } from './loop.ts'
import type { RelayClient } from './relay-client.ts'

type Deps = {
  readonly db: Database
  readonly relay: RelayClient
  readonly log: Log
  readonly onPushed?: (version: number) => void
}

export function createPushProjectsStep({ db, relay, log, onPushed }: Deps): Step {
  let pushed = 0

  return async () => {
    const version = await getProjectsVersion(db)
    // A relay that lost its spool says 0 at the next poll and gets the list again.
    if (version === pushed && (await findProjectsVersionAt(db, relay.url)) !== 0) return false
    const request = await getProjectsForRelays(db)
    if (await relay.pushProjects(request)) {
      pushed = request.version
      onPushed?.(pushed)
      log.info({ relay: relay.url, version: pushed, projects: request.projects.length }, 'projects pushed')
      return false
    }
    // Never forced: a collector on an old backup would revive keys that were revoked since.
    throw new AppError(
      'stale_projects',
      `${relay.url} holds a newer list of projects than this database. If the database was restored from a backup, change a project or key to make the list newer.`,
    )
  }
}
