// Every page with invented data, for looking at: `npm run storybook -- typical 4300`. Scenes are empty,
// typical, overfull and hostile; nobody signs in, the clock stands, and nothing is kept.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { type Access, createAccess } from '../collector/access/access.ts'
import { createDashboard } from '../collector/dashboard/app.ts'
import type { Database } from '../collector/db/database.ts'
import { createLog } from '../shared/log.ts'
import { openMigratedInMemory } from '../test/support/in-memory-store.ts'
import { seedHostile, seedOverfull, seedTypical } from '../test/support/scenes.ts'
import { seedNow } from '../test/support/seed.ts'

const scenes = {
  empty: async () => undefined,
  typical: seedTypical,
  overfull: seedOverfull,
  hostile: seedHostile,
} satisfies Record<string, (db: Database) => Promise<unknown>>
type Scene = keyof typeof scenes

/** Always the same person, an admin. */
function openDoor(access: Access): Access {
  const mara = { id: 1, email: 'mara@perron.example', name: 'Mara Lindqvist', role: 'admin' as const }
  return { ...access, currentPerson: async () => mara, requirePerson: (_req, _res, next) => next() }
}

const scene = (process.argv[2] ?? 'typical') as Scene
if (!(scene in scenes)) {
  throw new Error(`There is no scene "${scene}". Choose one of ${Object.keys(scenes).join(', ')}.`)
}
const { db } = await openMigratedInMemory()
await scenes[scene](db)
const now = () => seedNow
const log = createLog('storybook', 'warn')
const config = {
  url: 'http://localhost',
  relayUrl: 'https://relay-ams.perron.example',
  org: 'perron',
  quietMinutes: 10,
  github: { repository: 'perron/rider' },
}
const access = openDoor(createAccess({ db, now, config, log }))
const app = express()
app.use(createDashboard({ db, now, config, access, log }))
const server = createServer(app)
server.listen(Number(process.argv[3] ?? 4300), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${scene}: http://127.0.0.1:${port}/\n`)
})
