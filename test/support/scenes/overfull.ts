// More of everything than fits.

import type { Database } from '../../../collector/db/database.ts'
import type { Project } from '../../../collector/db/projects.ts'
import type { JsonObject } from '../../../collector/pipeline/event.ts'
import { day, risingHours, seedIssue, seedRelay, seedStorm } from '../seed.ts'
import { projectsOf } from './make-projects.ts'
import { frame, ticketWire } from './ticket-event.ts'

/** More of everything than fits: long names, many rows, big numbers, a silent relay. */
export async function seedOverfull(db: Database): Promise<{ projects: Project[]; issueIds: number[] }> {
  const projects = await projectsOf(
    db,
    Array.from(
      { length: 40 },
      (_, i) => [`the-project-with-a-rather-long-name-number-${i}`, 'react-native'] as const,
    ),
  )
  const issueIds: number[] = []
  const wide = 'AbstractSingletonProxyFactoryBeanConfigurationException'.repeat(3)
  const longWire: JsonObject = {
    ...ticketWire,
    exception: {
      values: Array.from({ length: 6 }, (_, i) => ({
        type: `${wide}${i}`,
        value: `${'a very long message that goes on and on '.repeat(20)}${i}`,
        stacktrace: {
          frames: Array.from({ length: 60 }, (_, n) =>
            frame(
              `com.perron.${wide}.method${n}`,
              `src/main/java/com/perron/${'deeply/nested/'.repeat(8)}File${n}.java`,
              n * 1000,
              n % 4 === 0,
              [['x'.repeat(300)], 'y'.repeat(300), ['z'.repeat(300)]],
            ),
          ),
        },
      })),
    },
    tags: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`tag-number-${i}`, 'value '.repeat(20)])),
  }
  const stormId = await seedStorm(db, projects[1] as Project, { minutesAgo: 30, number: 7_654_321 })
  for (let i = 0; i < 120; i += 1) {
    const first = i === 0
    issueIds.push(
      await seedIssue(db, projects[i % 40] as Project, {
        type: `${wide}${i}`,
        value: 'and a message that never ends '.repeat(12),
        culprit: `com.perron.${wide}.method in src/main/java/${'deeply/nested/'.repeat(8)}File.java`,
        level: i % 3 === 0 ? 'fatal' : 'error',
        events: 98_765_432 - i * 1000,
        users: 12_345_678 - i,
        firstMinutesAgo: 2 * day + i,
        lastMinutesAgo: i,
        lastRelease: `com.perron.rider.enterprise.edition@104.22.1899-beta.${i}+2026111801`,
        environments: ['production', 'a-very-long-environment-name-for-the-second-staging-cluster'],
        hours: risingHours(9_999_999),
        alert: {
          rule: i % 2 === 0 ? 'regression' : 'burst',
          minutesAgo: 30,
          ...(i % 40 === 1 ? { stormId } : {}),
        },
        ...(first
          ? {
              trackerIssues: [
                {
                  number: 1_234_567,
                  minutesAgo: 20,
                  labels: Array.from(
                    { length: 20 },
                    (_, n) => `a-label-of-fifty-characters-that-says-rather-much-${n}`,
                  ),
                },
              ],
            }
          : {}),
        tags: Object.fromEntries(
          Array.from({ length: 30 }, (_, n) => [
            `some-rather-long-tag-key-${n}`,
            Object.fromEntries(
              Array.from({ length: 20 }, (_, v) => [`${'value '.repeat(10)}${v}`, 1000 - v]),
            ),
          ]),
        ),
        changes: Array.from({ length: first ? 120 : 2 }, (_, n) => ({
          kind: n % 2 ? ('reopened' as const) : ('closed' as const),
          minutesAgo: 500 - n,
          reason: 'A reason that takes its time to come to the point. '.repeat(5),
        })),
        ...(first ? { stored: [{ wire: longWire, minutesAgo: 1 }] } : {}),
      }),
    )
  }
  await seedRelay(db, 'https://relay-ams.perron.example')
  await seedRelay(
    db,
    'https://a-relay-with-a-very-long-host-name.eu-central-1.infrastructure.perron.example',
    'connect ECONNREFUSED 10.20.0.14:4100: the relay does not answer',
  )
  await seedRelay(db, 'https://relay-fra.perron.example', 'connection refused')
  return { projects, issueIds }
}
