// The dashboard on a test's database, with people who are signed in.
import express, { type Express } from 'express'
import request from 'supertest'
import { createAccess } from '../../collector/access/access.ts'
import { hashPassword } from '../../collector/access/passwords.ts'
import type { CollectorConfig } from '../../collector/config.ts'
import { createDashboard } from '../../collector/dashboard/app.ts'
import type { Database } from '../../collector/db/database.ts'
import { insertPerson } from '../../collector/db/people.ts'
import type { Role } from '../../collector/db/schema.ts'
import { createLog } from '../../shared/log.ts'
import { seedNow } from './seed.ts'

export const dashboardPassword = 'correct horse battery staple'
const log = createLog('test', 'silent')

/** The dashboard at `seedNow` unless told otherwise; its own address is http://localhost. */
export function openDashboard(
  db: Database,
  { now = () => seedNow, sso = null }: { now?: () => Date; sso?: CollectorConfig['sso'] } = {},
): { app: Express; access: ReturnType<typeof createAccess> } {
  const config = {
    url: 'http://localhost',
    relayUrl: 'https://relay.perron.example',
    org: 'perron',
    quietMinutes: 10,
    mail: null,
    sso,
    github: { repository: 'perron/rider' },
  }
  const access = createAccess({ db, now, config, log })
  const app = express()
  app.use(createDashboard({ db, now, config, access, log, send: async () => ({ ok: true }) }))
  return { app, access }
}

/** A browser in which somebody of that role has signed in; makes the account. */
export async function signedIn(db: Database, app: Express, role: Role = 'admin', name = `Mara ${role}`) {
  const email = `${name.replaceAll(' ', '.').toLowerCase()}@perron.example`
  await insertPerson(db, { email, name, passwordHash: await hashPassword(dashboardPassword), role }, seedNow)
  const agent = request.agent(app)
  agent.set('Host', 'localhost').set('Sec-Fetch-Site', 'same-origin')
  await agent.post('/sign-in').type('form').send({ email, password: dashboardPassword }).expect(303)
  return agent
}
