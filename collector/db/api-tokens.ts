// API tokens, by hash, with their scopes; the token itself is shown once, when it is made.
import { AppError } from '../../shared/errors.ts'
import { hashToken, newToken } from '../access/secrets.ts'
import { type Actor, insertAuditEntry, ownActor } from './audit-log.ts'
import type { Database } from './database.ts'

/** In the order of power; `…:admin` includes `…:write`, which includes `…:read`. */
export const apiScopes = [
  'org:read',
  'org:admin',
  'project:read',
  'project:write',
  'project:admin',
  'event:read',
  'event:write',
  'event:admin',
] as const
export type ApiScope = (typeof apiScopes)[number]

export type ApiToken = {
  readonly id: number
  readonly name: string
  readonly scopes: readonly string[]
  /** null: all projects. */
  readonly projectId: number | null
  readonly projectSlug: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly revokedAt: Date | null
}

/** Prefix by which a leaked token is recognised; none of Sentry's own, which its tools would decode. */
export const apiTokenPrefix = 'postern_'
/** Name of the token that comes from the setting of this name. */
export const seededTokenName = 'POSTERN_API_TOKEN'
const usedAtMostEveryMs = 60_000

const columns = [
  'api_tokens.id',
  'api_tokens.name',
  'scopes',
  'project_id',
  'projects.slug',
  'api_tokens.created_at',
  'last_used_at',
  'revoked_at',
] as const
type Row = {
  id: number
  name: string
  scopes: string[]
  project_id: number | null
  slug: string | null
  created_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}
const fromRow = (row: Row): ApiToken => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  projectId: row.project_id,
  projectSlug: row.slug,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
})

/**
 * @returns the token in clear: this is the only time it can be read
 * @throws AppError 'not_found': there is no such project
 */
export async function createApiToken(
  db: Database,
  values: { name: string; scopes: readonly ApiScope[]; projectId?: number | null },
  now: Date,
  actor: Actor = ownActor,
): Promise<{ readonly token: string; readonly id: number }> {
  const token = newToken(apiTokenPrefix)
  const { name, scopes, projectId = null } = values
  const id = await db.transaction().execute(async (trx) => {
    if (projectId !== null) {
      const project = await trx
        .selectFrom('projects')
        .select('id')
        .where('id', '=', projectId)
        .executeTakeFirst()
      if (!project) throw new AppError('not_found', 'There is no such project.')
    }
    const row = await trx
      .insertInto('api_tokens')
      .values({
        name,
        token_hash: hashToken(token),
        scopes: JSON.stringify(scopes),
        created_at: now,
        project_id: projectId,
        created_by: actor.personId,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await insertAuditEntry(
      trx,
      actor,
      { action: 'token.created', subject: name, projectId, facts: { scopes } },
      now,
    )
    return row.id
  })
  return { token, id }
}

/**
 * Makes the token of the setting POSTERN_API_TOKEN the only one of that name, with all scopes; an earlier
 * value stops working, and so does all of it where the setting is gone. One revoked by hand stays revoked.
 */
export async function seedApiToken(db: Database, token: string | null, now: Date): Promise<void> {
  const tokenHash = token === null ? '' : hashToken(token)
  const scopes = JSON.stringify(apiScopes)
  await db.transaction().execute(async (trx) => {
    await trx
      .deleteFrom('api_tokens')
      .where('name', '=', seededTokenName)
      .where('token_hash', '!=', tokenHash)
      .where('revoked_at', 'is', null)
      .execute()
    if (token === null) return
    await trx
      .insertInto('api_tokens')
      .values({ name: seededTokenName, token_hash: tokenHash, scopes, created_at: now })
      .onConflict((conflict) => conflict.column('token_hash').doUpdateSet({ scopes }))
      .execute()
  })
}

/** The live token with this text, and notes its use, at most once a minute. */
export async function useApiToken(db: Database, token: string, now: Date): Promise<ApiToken | undefined> {
  const row = await db
    .selectFrom('api_tokens')
    .leftJoin('projects', 'projects.id', 'api_tokens.project_id')
    .select(columns)
    .where('token_hash', '=', hashToken(token))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() >= usedAtMostEveryMs) {
    await db.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute()
  }
  return fromRow(row)
}

/** All there are, revoked ones too, newest first. */
export async function listApiTokens(db: Database): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom('api_tokens')
    .leftJoin('projects', 'projects.id', 'api_tokens.project_id')
    .select(columns)
    .orderBy('api_tokens.id', 'desc')
    .execute()
  return rows.map(fromRow)
}

export async function revokeApiToken(
  db: Database,
  id: number,
  now: Date,
  actor: Actor = ownActor,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const revoked = await trx
      .updateTable('api_tokens')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning(['name', 'project_id'])
      .executeTakeFirst()
    if (!revoked) return
    const entry = { action: 'token.revoked', subject: revoked.name, projectId: revoked.project_id }
    await insertAuditEntry(trx, actor, entry, now)
  })
}
