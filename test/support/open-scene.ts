// The dashboard on a store in memory with one scene in it, for the storybook and for pictures: nobody signs in,
// the clock stands, and nothing is kept.
import express, { type Express } from 'express'
import { type Access, createAccess } from '../../collector/access/access.ts'
import { createDashboard } from '../../collector/dashboard/app.ts'
import type { Database } from '../../collector/db/database.ts'
import { insertPerson } from '../../collector/db/people.ts'
import type { Project } from '../../collector/db/projects.ts'
import { createLog } from '../../shared/log.ts'
import { openMigratedInMemory } from './in-memory-store.ts'
import { seedCalm } from './scenes/calm.ts'
import { createDoor } from './scenes/door.ts'
import { seedHostile } from './scenes/hostile.ts'
import { seedOverfull } from './scenes/overfull.ts'
import { seedTypical } from './scenes/typical.ts'
import { seedNow } from './seed.ts'
import type { Subjects } from './storybook-paths.ts'

type Seeded = { readonly issueIds: readonly number[]; readonly projects: readonly Project[] }

export const scenes = {
  empty: async () => undefined,
  calm: seedCalm,
  typical: seedTypical,
  overfull: seedOverfull,
  hostile: seedHostile,
} satisfies Record<string, (db: Database) => Promise<Seeded | undefined>>
export type Scene = keyof typeof scenes

/** Always the same person, an admin. */
function openDoor(access: Access): Access {
  const mara = { id: 1, email: 'mara@perron.example', name: 'Mara Lindqvist', role: 'admin' as const }
  return {
    ...access,
    currentPerson: async () => mara,
    requirePerson: (_req, _res, next) => next(),
    projectScope: async () => null,
  }
}

export async function openScene(
  scene: Scene,
): Promise<{ app: Express; db: Database; subjects: Subjects; close(): Promise<void> }> {
  const { db, close } = await openMigratedInMemory()
  for (const [email, name] of [
    ['mara@perron.example', 'Mara Lindqvist'],
    ['aiko@perron.example', 'Aiko Tanaka'],
    ['tomas@perron.example', 'Tomás Rivera'],
  ] as const) {
    await insertPerson(db, { email, name, passwordHash: 'none', role: 'admin' }, seedNow)
  }
  const seeded = await scenes[scene](db)
  const subjects = { issue: seeded?.issueIds[0], project: seeded?.projects[0]?.slug }
  const now = () => seedNow
  const log = createLog('storybook', 'warn')
  const config = {
    url: 'http://localhost',
    relayUrl: 'https://relay-ams.perron.example',
    org: 'perron',
    quietMinutes: 10,
    mail: null,
    github: { repository: 'perron/rider' },
  }
  const access = openDoor(createAccess({ db, now, config, log }))
  const app = express()
  app.use(createDoor(scene))
  app.use(createDashboard({ db, now, config, access, log, send: async () => ({ ok: true }) }))
  return { app, db, subjects, close }
}
