// Projects and their keys. Every change raises the version that is pushed to the relays.
import { randomBytes } from 'node:crypto'
import { type Selectable, sql, type Transaction } from 'kysely'
import { AppError } from '../../shared/errors.ts'
import type { ProjectsRequest } from '../../shared/handover.ts'
import { relaySubject, toRelay } from '../relay-settings.ts'
import { readSubject } from '../settings-subject.ts'
import { retryAlerts } from './alerts.ts'
import { type Actor, insertAuditEntry, ownActor } from './audit-log.ts'
import type { Database } from './database.ts'
import { getProjectsVersion, raiseProjectsVersion } from './installation.ts'
import type { DB } from './schema.ts'

export type Project = {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly platform: string | null
  /** owner/name at the tracker; null: the collector's default. */
  readonly repository: string | null
  readonly createdAt: Date
  readonly lastEventAt: Date | null
}

export type ProjectKey = {
  readonly publicKey: string
  readonly label: string
  readonly createdAt: Date
  readonly revokedAt: Date | null
  /** When an envelope with it was last read, to the hour; null: never. */
  readonly lastUsedAt: Date | null
}

export type NewProject = {
  readonly name: string
  readonly slug?: string | undefined
  readonly platform?: string | null | undefined
  readonly repository?: string | null | undefined
  readonly id?: number | undefined
  /** Public key of the first key; made where absent. */
  readonly publicKey?: string | undefined
}

const repositoryPattern = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/
const slugPattern = /^[a-z0-9][a-z0-9._-]{0,49}$/

function toProject(row: Selectable<DB['projects']>): Project {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    platform: row.platform,
    repository: row.repository,
    createdAt: row.created_at,
    lastEventAt: row.last_event_at,
  }
}

/** A slug from a name: lower case, letters, digits and dashes; never all digits (ids are those). */
export function slugFrom(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50)
  if (!slug) return 'project'
  return /^\d+$/.test(slug) ? `project-${slug}` : slug
}

export async function listProjects(db: Database): Promise<Project[]> {
  const rows = await db.selectFrom('projects').selectAll().orderBy('slug').execute()
  return rows.map(toProject)
}

/** What lists and fields call projects by; in order of slug. @param ids only these; null: all */
export async function listProjectNames(
  db: Database,
  ids: readonly number[] | null,
): Promise<Pick<Project, 'id' | 'slug' | 'platform'>[]> {
  if (ids?.length === 0) return []
  return db
    .selectFrom('projects')
    .select(['id', 'slug', 'platform'])
    .$if(ids !== null, (query) => query.where('id', 'in', [...(ids ?? [])]))
    .orderBy('slug')
    .execute()
}

/** @param slugOrId a slug, or a project's number as text */
export async function findProject(db: Database, slugOrId: string): Promise<Project | undefined> {
  const query = db.selectFrom('projects').selectAll()
  const row = await (/^\d{1,15}$/.test(slugOrId)
    ? query.where('id', '=', Number(slugOrId))
    : query.where('slug', '=', slugOrId)
  ).executeTakeFirst()
  return row && toProject(row)
}

/**
 * Makes a project with a first key.
 * @throws AppError 'conflict' when the slug or the id is taken; 'invalid_request' for a bad slug or repository
 */
export async function createProject(
  db: Database,
  project: NewProject,
  now: Date,
  actor: Actor = ownActor,
): Promise<Project> {
  return db.transaction().execute(async (trx) => {
    const made = await insertProject(trx, project, now)
    const entry = { action: 'project.created', subject: made.slug, projectId: made.id }
    await insertAuditEntry(trx, actor, entry, now)
    return made
  })
}

async function insertProject(trx: Transaction<DB>, project: NewProject, now: Date): Promise<Project> {
  const name = project.name.trim().slice(0, 100)
  const slug = project.slug ?? slugFrom(name)
  if (!name) throw new AppError('invalid_request', 'A project needs a name.')
  checkSlug(slug)
  checkRepository(project.repository)
  // The version's row is held first: it keeps two makers from choosing the same id.
  await raiseProjectsVersion(trx, now)
  const taken = await trx
    .selectFrom('projects')
    .select('slug')
    .where((eb) => eb.or([eb('slug', '=', slug), eb('id', '=', project.id ?? -1)]))
    .executeTakeFirst()
  if (taken) throw new AppError('conflict', `There is already a project ${taken.slug}.`)
  const row = await trx
    .insertInto('projects')
    .values({
      id: project.id ?? sql<number>`(select coalesce(max(id), 0) + 1 from projects)`,
      slug,
      name,
      platform: project.platform ?? null,
      repository: project.repository || null,
      created_at: now,
      last_event_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('project_keys')
    .values({
      public_key: project.publicKey ?? newPublicKey(),
      project_id: row.id,
      label: 'Default',
      created_at: now,
      revoked_at: null,
    })
    .execute()
  return toProject(row)
}

function checkSlug(slug: string): void {
  if (slugPattern.test(slug) && !/^\d+$/.test(slug)) return
  throw new AppError(
    'invalid_request',
    'A slug has 1 to 50 lower-case letters, digits, dots, dashes or underscores, and is not a number.',
  )
}

async function checkSlugIsFree(trx: Transaction<DB>, slug: string): Promise<void> {
  const taken = await trx.selectFrom('projects').select('slug').where('slug', '=', slug).executeTakeFirst()
  if (taken) throw new AppError('conflict', `There is already a project ${slug}.`)
}

function checkRepository(repository: string | null | undefined): void {
  if (repository && !repositoryPattern.test(repository)) {
    throw new AppError('invalid_request', 'A repository reads owner/name.')
  }
}

function newPublicKey(): string {
  return randomBytes(16).toString('hex')
}

export type ProjectChange = {
  readonly name?: string
  readonly slug?: string
  readonly platform?: string | null
  readonly repository?: string | null
}

/** The columns that differ from what is stored. */
function changedColumns(before: Project, change: ProjectChange): ProjectChange {
  const name = change.name?.trim().slice(0, 100)
  const wanted: ProjectChange = {
    ...(name ? { name } : {}),
    ...(change.slug === undefined ? {} : { slug: change.slug }),
    ...(change.platform === undefined ? {} : { platform: change.platform || null }),
    ...(change.repository === undefined ? {} : { repository: change.repository || null }),
  }
  const differs = ([key, value]: [string, unknown]) => before[key as keyof ProjectChange] !== value
  return Object.fromEntries(Object.entries(wanted).filter(differs))
}

/** @throws AppError 'invalid_request' for a bad repository or slug, 'conflict' for a slug in use, 'not_found' */
export async function updateProject(
  db: Database,
  id: number,
  change: ProjectChange,
  now: Date,
  actor: Actor = ownActor,
): Promise<Project> {
  checkRepository(change.repository)
  if (change.slug !== undefined) checkSlug(change.slug)
  const project = await db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('projects')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw new AppError('not_found', 'There is no such project.')
    const before = toProject(row)
    const values = changedColumns(before, change)
    if (Object.keys(values).length === 0) return before
    if (values.slug !== undefined) await checkSlugIsFree(trx, values.slug)
    await trx.updateTable('projects').set(values).where('id', '=', id).execute()
    const facts = Object.fromEntries(
      Object.entries(values).map(([key, to]) => [key, { from: before[key as keyof ProjectChange], to }]),
    )
    await insertAuditEntry(
      trx,
      actor,
      { action: 'project.changed', subject: before.slug, projectId: id, facts },
      now,
    )
    return { ...before, ...values }
  })
  // What waited for this setting, or was refused under the old one, is tried at once.
  if (change.repository !== undefined) await retryAlerts(db, id, now)
  return project
}

/**
 * Makes the projects that the settings name, and brings their keys and repositories in line; a project that
 * is no longer named stays.
 */
export async function seedProjects(
  db: Database,
  seeds: readonly { id: number; publicKey: string; slug: string; repository: string | null }[],
  now: Date,
): Promise<void> {
  for (const seed of seeds) {
    const existing = await findProject(db, String(seed.id))
    if (!existing) {
      await createProject(db, { ...seed, name: seed.slug }, now)
      continue
    }
    if (seed.repository && seed.repository !== existing.repository) {
      await updateProject(db, seed.id, { repository: seed.repository }, now)
    }
    const keys = await listProjectKeys(db, seed.id)
    if (!keys.some((key) => key.publicKey === seed.publicKey)) {
      await insertKey(db, seed.id, 'From the settings', seed.publicKey, now)
    }
  }
}

export async function listProjectKeys(db: Database, projectId: number): Promise<ProjectKey[]> {
  const rows = await db
    .selectFrom('project_keys')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('created_at')
    .orderBy('public_key')
    .execute()
  return rows.map((row) => ({
    publicKey: row.public_key,
    label: row.label,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }))
}

export async function createProjectKey(
  db: Database,
  projectId: number,
  label: string,
  now: Date,
  actor: Actor = ownActor,
): Promise<ProjectKey> {
  return insertKey(db, projectId, label.trim().slice(0, 100) || 'Key', newPublicKey(), now, actor)
}

async function insertKey(
  db: Database,
  projectId: number,
  label: string,
  publicKey: string,
  now: Date,
  actor: Actor = ownActor,
): Promise<ProjectKey> {
  return db.transaction().execute(async (trx) => {
    await raiseProjectsVersion(trx, now)
    const inserted = await trx
      .insertInto('project_keys')
      .values({ public_key: publicKey, project_id: projectId, label, created_at: now, revoked_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows === 0n) {
      throw new AppError('conflict', `The key ${publicKey} belongs to another project.`)
    }
    const facts = { key: keyStart(publicKey) }
    await insertAuditEntry(trx, actor, { action: 'key.created', subject: label, projectId, facts }, now)
    return { publicKey, label, createdAt: now, revokedAt: null, lastUsedAt: null }
  })
}

/** Enough of a key to know it by in the audit log. */
function keyStart(publicKey: string): string {
  return `${publicKey.slice(0, 6)}…`
}

/** From the next push on relays refuse what comes with this key. */
export async function revokeProjectKey(
  db: Database,
  publicKey: string,
  now: Date,
  actor: Actor = ownActor,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await raiseProjectsVersion(trx, now)
    const revoked = await trx
      .updateTable('project_keys')
      .set({ revoked_at: now })
      .where('public_key', '=', publicKey)
      .where('revoked_at', 'is', null)
      .returning(['label', 'project_id'])
      .executeTakeFirst()
    if (!revoked) return
    const { label: subject, project_id: projectId } = revoked
    const facts = { key: keyStart(publicKey) }
    await insertAuditEntry(trx, actor, { action: 'key.revoked', subject, projectId, facts }, now)
  })
}

/** All projects with keys in force and limits, and the key to seal with, as relays are told them. */
export async function getProjectsForRelays(db: Database): Promise<ProjectsRequest> {
  // Read first: a change in between makes the push older than its content, never newer.
  const version = await getProjectsVersion(db)
  const { sealing_key: sealingKey } = await db
    .selectFrom('installation')
    .select('sealing_key')
    .executeTakeFirstOrThrow()
  const rows = await db
    .selectFrom('projects')
    .leftJoin('project_keys', (join) =>
      join.onRef('project_keys.project_id', '=', 'projects.id').on('project_keys.revoked_at', 'is', null),
    )
    .select(['projects.id', 'projects.settings', 'project_keys.public_key'])
    .orderBy('projects.id')
    .execute()
  const projects = new Map<number, ProjectsRequest['projects'][number]>()
  for (const row of rows) {
    const project = projects.get(row.id) ?? {
      id: row.id,
      keys: [],
      ...toRelay(readSubject(row.settings, relaySubject)),
    }
    if (row.public_key) project.keys.push(row.public_key)
    projects.set(row.id, project)
  }
  const sealing = sealingKey === null ? {} : { sealing_key: sealingKey }
  return { version, ...sealing, projects: [...projects.values()] }
}
