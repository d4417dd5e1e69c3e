// Who changed what. An entry is written in the transaction of the change, so that there is none without the
// other. Secrets never stand in it.
import type { Database } from './database.ts'

export type Actor = {
  /** A person's name, or `api:` and a token's. */
  readonly name: string
  /** null: a token. */
  readonly personId: number | null
}

/** What the environment's settings ask for at the start. */
export const ownActor: Actor = { name: 'Postern', personId: null }

export type NewAuditEntry = {
  /** Thing and verb, e.g. `key.revoked`; their words stand in dashboard/settings/audit-words.ts. */
  readonly action: string
  /** What it was done to, in words. */
  readonly subject: string
  /** null: the whole installation. */
  readonly projectId: number | null
  readonly facts?: Readonly<Record<string, unknown>>
}

export type AuditEntry = {
  readonly id: number
  readonly at: Date
  readonly actor: string
  readonly project: { readonly slug: string } | null
  readonly action: string
  readonly subject: string
  readonly facts: Readonly<Record<string, unknown>>
}

export async function insertAuditEntry(
  trx: Database,
  actor: Actor,
  entry: NewAuditEntry,
  now: Date,
): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({
      at: now,
      actor: actor.name,
      person_id: actor.personId,
      project_id: entry.projectId,
      action: entry.action,
      subject: entry.subject,
      facts: JSON.stringify(entry.facts ?? {}),
    })
    .execute()
}

/**
 * Newest first, at most `limit`.
 * @param within project: only of that one; absent: everything. `before`: id of the last entry shown
 */
export async function listAuditEntries(
  db: Database,
  within: { readonly projectId?: number | undefined; readonly before?: number | undefined },
  limit: number,
): Promise<AuditEntry[]> {
  let query = db
    .selectFrom('audit_log')
    .leftJoin('projects', 'projects.id', 'audit_log.project_id')
    .select([
      'audit_log.id',
      'audit_log.at',
      'audit_log.actor',
      'audit_log.action',
      'audit_log.subject',
      'audit_log.facts',
      'projects.slug',
    ])
    .orderBy('audit_log.id', 'desc')
    .limit(limit)
  if (within.projectId !== undefined) query = query.where('audit_log.project_id', '=', within.projectId)
  if (within.before !== undefined) query = query.where('audit_log.id', '<', within.before)
  const rows = await query.execute()
  return rows.map(({ slug, ...row }) => ({ ...row, project: slug === null ? null : { slug } }))
}
