// The projects and keys that the relay admits, and the key it seals with: pushed by the collector, kept in the
// spool's database (project-store.ts), and given by the environment until the first push.
import { AppError } from '../shared/errors.ts'
import { type ProjectsRequest, projectsRequest } from '../shared/handover.ts'
import type { ProjectSeed } from '../shared/projects-seed.ts'
import { type SealingKey, sealingKey } from '../shared/sealing.ts'
import type { StoredProjects } from './project-store.ts'
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.ts'

export type ProjectSettings = ProjectsRequest['projects'][number]

/** A project as the hot path needs it. */
export type KnownProject = {
  readonly id: number
  /** Of this key. */
  readonly bucket: TokenBucket
  /** Value of X-Sentry-Rate-Limits on ordinary answers; '' for none. */
  readonly announced: string
}

export type Projects = {
  findByKey(key: string): KnownProject | undefined
  has(id: number): boolean
  /** What is spooled is sealed with it; null: nothing is sealed. */
  sealingKey(): SealingKey | null
  version(): number
  count(): number
  /**
   * Takes all projects there are, effective once they are on disk.
   * @returns the version held afterwards
   * @throws AppError 'stale_projects' (a higher version is held), 'invalid_request' (an id or key twice) or
   *   'spool_unavailable' (nothing changed)
   */
  push(request: ProjectsRequest): Promise<number>
}

/** What holds for a project until, or unless, the collector says otherwise. */
export type ProjectDefaults = {
  /** Used as long as nothing was ever pushed. */
  readonly seeds: readonly ProjectSeed[]
  /** Key to seal with whatever is pushed; null: the pushed one, if any. */
  readonly sealingKey: SealingKey | null
  readonly rate: Rate
  /** Categories announced as unwanted. */
  readonly unwanted: readonly string[]
}

/**
 * @param stored what an earlier push left
 * @param store  writes a push down
 * @param nowMs  a clock that never goes back
 */
export function createProjects(
  stored: StoredProjects,
  store: (request: ProjectsRequest) => Promise<void>,
  { seeds, sealingKey: pinned, rate, unwanted: defaultUnwanted }: ProjectDefaults,
  nowMs: () => number,
): Projects {
  let version = stored.version
  let pushedKey = parseKey(stored.sealingKey)
  let byKey = new Map<string, KnownProject>()
  let ids = new Set<number>()
  /** Pushes are taken one after the other: the version of the one before decides. */
  let lastPush: Promise<unknown> = Promise.resolve()
  index(version > 0 ? parseStored(stored) : seeds.map(({ id, publicKey }) => ({ id, keys: [publicKey] })))

  function index(projects: readonly ProjectSettings[]): void {
    // There are as many buckets as keys; one whose rate stays goes on as it is.
    const before = byKey
    byKey = new Map()
    ids = new Set(projects.map((project) => project.id))
    for (const { id, keys, unwanted = defaultUnwanted, limit } of projects) {
      const keyRate = limit ? { perSecond: limit.per_second, burst: limit.burst } : rate
      const announced = formatUnwanted(unwanted)
      for (const key of keys) {
        const held = before.get(key)?.bucket
        const isSame = held?.rate.perSecond === keyRate.perSecond && held.rate.burst === keyRate.burst
        byKey.set(key, { id, announced, bucket: isSame ? held : createTokenBucket(keyRate, nowMs()) })
      }
    }
  }

  async function take(request: ProjectsRequest): Promise<number> {
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
    await store(request)
    version = request.version
    pushedKey = key
    index(request.projects)
    return version
  }

  return {
    findByKey: (key) => byKey.get(key),
    has: (id) => ids.has(id),
    sealingKey: () => pinned ?? pushedKey,
    version: () => version,
    count: () => ids.size,
    push(request) {
      const push = lastPush.then(() => take(request))
      lastPush = push.catch(() => undefined)
      return push
    },
  }
}

function parseStored({ projects }: StoredProjects): ProjectSettings[] {
  const schema = projectsRequest.shape.projects.element
  return projects.map((settings) => schema.parse(JSON.parse(settings)))
}

/** SDKs stop sending these categories for an hour; scope and reason are informative. */
function formatUnwanted(categories: readonly string[]): string {
  return categories.length === 0 ? '' : `3600:${categories.join(';')}:organization:unsupported`
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
