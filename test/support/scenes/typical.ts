// A team at work.
import type { Database } from '../../../collector/db/database.ts'
import type { Project } from '../../../collector/db/projects.ts'
import { seedDeadLetter, seedDiscards, seedIssue, seedOutcomes, seedRelay } from '../seed.ts'
import { seedDestinations } from './destinations.ts'
import { projectsOf } from './make-projects.ts'
import { seedReleases } from './releases.ts'
import { typicalIssues } from './typical-issues.ts'

/** A team at work. @returns ids of the issues, the regressed one first */
export async function seedTypical(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const projects = await projectsOf(db, [
    ['rider-app', 'react-native'],
    ['rider-android', 'android'],
    ['gate-kiosk', 'flutter'],
    ['orders-api', 'node'],
    ['web-booking', 'javascript'],
    ['fare-engine', 'python'],
    ['partner-portal', 'php'],
    ['driver-app', 'react-native'],
  ])
  const issueIds: number[] = []
  for (const [number, [place, issue]] of typicalIssues.entries()) {
    // Some plain events of each, so that the log has something to show.
    const stored = Array.from({ length: 1 + (number % 3) }, (_, index) => ({
      wire: { message: issue.value, level: issue.level ?? 'error', platform: issue.platform ?? 'javascript' },
      minutesAgo: (issue.lastMinutesAgo ?? 1) + (2 - index) * 3.17 + number * 0.013,
      userKey: `id:u_${10_000 + number * 37 + index}`,
    }))
    issueIds.push(await seedIssue(db, projects[place] as Project, { stored, ...issue }))
  }
  await seedReleases(db, projects[0] as Project)
  await seedRelay(db, 'https://relay-ams.perron.example')
  await seedRelay(db, 'https://relay-lan.perron.example:4100')
  await seedOutcomes(db, {
    accepted: 54_012,
    delivered: 54_009,
    unknown_key: 388,
    invalid_envelope: 41,
    too_large: 9,
  })
  await seedDiscards(db, (projects[0] as Project).id, [
    ['ratelimit_backoff', 'error', 412],
    ['network_error', 'session', 96],
    ['before_send', 'error', 31],
    ['older than the consent', 'error', 1],
  ])
  await seedDiscards(db, (projects[1] as Project).id, [['sample_rate', 'transaction', 12_840]])
  await seedDestinations(db)
  await seedDeadLetter(db, 1, 'letter 1', 'header line 2 is not JSON at byte 118')
  await seedDeadLetter(db, 2, 'letter 2', 'item length 8,812 goes past the end of the envelope')
  return { projects, issueIds }
}
