// Releases of an app.
import type { Database } from '../../../collector/db/database.ts'
import type { Project } from '../../../collector/db/projects.ts'
import { day, minutesAgo } from '../seed.ts'

/** Releases of an app, the newest rolling out, one far ahead that nobody runs. */
export async function seedReleases(db: Database, project: Project): Promise<void> {
  const releases: readonly (readonly [string, number, number, number, number])[] = [
    ['rider-app@4.2.2+899', 3 * day + 16 * 60, 9_377, 4_011, 61],
    ['rider-app@4.2.1+898', 4 * day + 8 * 60, 402, 188, 2],
    ['rider-app@4.2.0+896', 5 * day + 17 * 60, 11_904, 3_902, 14],
    ['rider-app@4.1.7+871', 20 * day, 2_811, 904, 8],
    ['rider-app@4.1.6+868', 34 * day, 604, 301, 2],
    ['rider-app@4.0.3+812', 76 * day, 212, 97, 1],
    ['rider-app@999.9.9+1', day + 6 * 60, 3, 1, 0],
  ]
  for (const [version, ago, events, users, share] of releases) {
    await db
      .insertInto('releases')
      .values({
        project_id: project.id,
        version,
        events,
        users,
        crashes: Math.round(events / 9),
        first_seen_at: minutesAgo(ago),
        last_seen_at: minutesAgo(5),
      })
      .onConflict((conflict) => conflict.columns(['project_id', 'version']).doUpdateSet({ users, events }))
      .execute()
    for (const [hours, part] of [
      [2, share * 4],
      [60, events / 40],
      [240, events / 30],
    ] as const) {
      if (part < 1 || hours * 60 > ago) continue
      const hour = new Date(Math.floor(minutesAgo(hours * 60).getTime() / 3_600_000) * 3_600_000)
      const row = {
        project_id: project.id,
        version,
        hour,
        events: Math.round(part),
        crashes: Math.round(part / 7),
      }
      await db
        .insertInto('release_hours')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }
  await db
    .insertInto('release_lines')
    .values({
      project_id: project.id,
      app: 'rider-app',
      platform: 'javascript',
      newest: 'rider-app@4.3.0+902',
      newest_users: JSON.stringify([]),
      pending: JSON.stringify([{ release: 'rider-app@999.9.9+1', users: ['id:1'] }]),
      is_only: false,
    })
    .execute()
}
