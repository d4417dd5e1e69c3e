// Nothing that needs anybody.
import type { Database } from '../../../collector/db/database.ts'
import type { Project } from '../../../collector/db/projects.ts'
import { seedIssue, seedRelay } from '../seed.ts'
import { projectsOf } from './make-projects.ts'
import { quietIssue } from './told-issues.ts'

/** Nothing that needs anybody: what is quiet, what is resolved, and relays that answer. */
export async function seedCalm(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const projects = await projectsOf(db, [
    ['rider-app', 'react-native'],
    ['orders-api', 'node'],
  ])
  const [rider, orders] = projects as [Project, Project]
  const issueIds = [
    await seedIssue(db, orders, quietIssue),
    await seedIssue(db, rider, {
      type: 'PaymentTimeout',
      value: 'capture not confirmed',
      status: 'resolved',
      statusReason: '10 of 10 minutes quiet.',
      statusMinutesAgo: 294,
      closedMinutesAgo: 304,
      lastMinutesAgo: 310,
      level: 'fatal',
      events: 412,
      users: 388,
      alert: { rule: 'fatal', minutesAgo: 600 },
      trackerIssues: [{ number: 1209, minutesAgo: 599, closedBy: 'aiko' }],
    }),
    await seedIssue(db, rider, {
      type: 'ChunkLoadError',
      value: 'Loading chunk 812 failed.',
      status: 'resolved',
      statusMinutesAgo: 900,
      closedMinutesAgo: 910,
      lastMinutesAgo: 1000,
      alert: { rule: 'burst', minutesAgo: 1010 },
    }),
  ]
  await seedRelay(db, 'https://relay-ams.perron.example')
  return { projects, issueIds }
}
