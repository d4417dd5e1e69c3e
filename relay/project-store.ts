// What was pushed of projects, as it stands in the spool's database.
import type Database from 'better-sqlite3'
import type { ProjectsRequest } from '../shared/handover.ts'

export type StoredProjects = {
  /** 0: nothing was ever pushed. */
  readonly version: number
  readonly sealingKey: string | null
  /** Each as it was pushed: an element of ProjectsRequest's projects as JSON. */
  readonly projects: readonly string[]
}

/** @param db any connection on the file */
export function readProjects(db: Database.Database): StoredProjects {
  const { projects_version: version, sealing_key: sealingKey } = db
    .prepare<[], { projects_version: number; sealing_key: string | null }>(
      'select projects_version, sealing_key from state',
    )
    .get() as { projects_version: number; sealing_key: string | null }
  const projects = db.prepare<[], string>('select settings from projects').pluck().all() as string[]
  return { version, sealingKey, projects }
}

/** Returns the function that replaces all projects, inside its caller's database transaction. */
export function createProjectWriter(db: Database.Database): (request: ProjectsRequest) => void {
  const removeAll = db.prepare('delete from projects')
  const insert = db.prepare('insert into projects (id, settings) values (?, ?)')
  const writeState = db.prepare('update state set projects_version = ?, sealing_key = ?')
  return (request) => {
    removeAll.run()
    for (const project of request.projects) insert.run(project.id, JSON.stringify(project))
    writeState.run(request.version, request.sealing_key ?? null)
  }
}
