// Projects for a scene, all filed in one repository.
import type { Database } from '../../../collector/db/database.ts'
import { createProject, type Project } from '../../../collector/db/projects.ts'
import { day, minutesAgo } from '../seed.ts'

export async function projectsOf(
  db: Database,
  names: readonly (readonly [string, string])[],
): Promise<Project[]> {
  const projects: Project[] = []
  for (const [name, platform] of names) {
    projects.push(
      await createProject(
        db,
        { name, slug: name, platform, repository: 'perron/rider' },
        minutesAgo(90 * day),
      ),
    )
  }
  return projects
}
