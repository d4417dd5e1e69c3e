// The projects and keys that the relay admits, and the key it seals with: pushed by the collector, kept in the
// spool's database, and given by the environment until the first push.
import type Database from 'better-sqlite3'
import { AppError } from '../shared/errors.ts'
import { type ProjectsRequest, projectsRequest } from '../shared/handover.ts'
import type { ProjectSeed } from '../shared/projects-seed.ts'
import { type SealingKey, sealingKey } from '../shared/sealing.ts'

export type ProjectSettings = ProjectsRequest['projects'][number]

/** A project as the hot path needs it. */
export type KnownProject = {
  readonly id: number
  /** Categories announced as unwanted; absent: the relay's default. */
  readonly unwanted: readonly string[] | undefined
}

export type Projects = {
  findByKey(key: string): KnownProject | undefined
  has(id: number): boolean
  /** What is spooled is sealed with it; null: nothing is sealed. */
  sealingKey(): SealingKey | null
  version(): number
  count(): number
  /**
   * Takes all projects there are, effective at once.
   * @returns the version held afterwards
   * @throws AppError 'stale_projects' (a higher version is held) or 'invalid_request' (an id or key twice)
   */
  push(request: ProjectsRequest): number
}

/**
 * @param seeds  used as long as nothing was ever pushed
 * @param pinned key to seal with whatever is pushed; null: the pushed one, if any
 */
export function createProjects(
  db: Database.Database,
  seeds: readonly ProjectSeed[],
  pinned: SealingKey | null,
): Projects {
  const readState = db.prepare<[], { projects_version: number; sealing_key: string | null }>(
    'select projects_version, sealing_key from state',
  )
  const readAll = db.prepare<[], { settings: string }>('select settings from projects')
  const removeAll = db.prepare('delete from projects')
  const insert = db.prepare('insert into projects (id, settings) values (?, ?)')
  const writeState = db.prepare('update state set projects_version = ?, sealing_key = ?')
  const store = db.transaction((request: ProjectsRequest) => {
    removeAll.run()
    for (const project of request.projects) insert.run(project.id, JSON.stringify(project))
    writeState.run(request.version, request.sealing_key ?? null)
  })

  const stored = readState.get()
  let version = stored?.projects_version ?? 0
  let pushedKey = parseKey(stored?.sealing_key)
  let byKey = new Map<string, KnownProject>()
  let ids = new Set<number>()
  index(version > 0 ? readStored() : seeds.map(({ id, publicKey }) => ({ id, keys: [publicKey] })))

  function readStored(): ProjectSettings[] {
    const schema = projectsRequest.shape.projects.element
    return readAll.all().map((row) => schema.parse(JSON.parse(row.settings)))
  }

  function index(projects: readonly ProjectSettings[]): void {
    byKey = new Map()
    ids = new Set(projects.map((project) => project.id))
    for (const { id, keys, unwanted } of projects) for (const key of keys) byKey.set(key, { id, unwanted })
  }

  return {
    findByKey: (key) => byKey.get(key),
    has: (id) => ids.has(id),
    sealingKey: () => pinned ?? pushedKey,
    version: () => version,
    count: () => ids.size,
    push(request) {
      if (request.version < version) {
        throw new AppError(
          'stale_projects',
          `Version ${request.version} is older than ${version}, which is held`,
        )
      }
      if (request.version === version) return version
      refuseTwice(
        'project',
        request.projects.map((project) => project.id),
      )
      refuseTwice(
        'key',
        request.projects.flatMap((project) => project.keys),
      )
      const key = parseKey(request.sealing_key)
      store.immediate(request)
      version = request.version
      pushedKey = key
      index(request.projects)
      return version
    },
  }
}

/** @throws AppError 'invalid_request' */
function parseKey(text: string | null | undefined): SealingKey | null {
  if (!text) return null
  const parsed = sealingKey.safeParse(text)
  if (parsed.success) return parsed.data
  throw new AppError('invalid_request', `sealing_key: ${parsed.error.issues[0]?.message}`)
}

function refuseTwice(what: string, values: readonly (string | number)[]): void {
  if (new Set(values).size === values.length) return
  throw new AppError('invalid_request', `A ${what} is given twice`)
}
