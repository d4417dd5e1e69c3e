// Erases what is known of one user of a project's apps: events with their attachments and feedback go, counts stay
// without the name. Issue by issue, each in a transaction of its own, so that a collector at work waits for one
// issue at most; a run that breaks off is simply repeated.
import { randomUUID } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { JsonObject } from '../pipeline/event.ts'
import { inChunks } from './chunks.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { userHash } from './store-days.ts'
import { uncountKept } from './store-kept.ts'
import { decodePayload } from './stored-events.ts'

export type Erased = { readonly issues: number; readonly events: number }

/** What stands where a name stood. */
const erasedText = '[erased]'
/** Shorter names ("id 7") stand in too many texts that have nothing to do with the person. */
const minReplacedLength = 5
const eventsAtOnce = 200

/**
 * @param userKey `id:…`, `username:…`, `email:…` or `ip:…`, as events are counted by (see userKeyOf)
 * @returns what was touched; zero issues: nobody of that name is known
 */
export async function eraseUser(db: Database, projectId: number, userKey: string): Promise<Erased> {
  const issues = await db
    .selectFrom('issue_users')
    .innerJoin('issues', 'issues.id', 'issue_users.issue_id')
    .select('issues.id')
    .where('issues.project_id', '=', projectId)
    .where('issue_users.user_key', '=', userKey)
    .orderBy('issues.id')
    .execute()
  const names = await collectNames(
    db,
    issues.map(({ id }) => id),
    userKey,
  )
  let events = 0
  for (const { id } of issues) {
    events += await db
      .transaction()
      .execute((trx) => eraseInIssue(trx, { projectId, issueId: id }, userKey, names))
  }
  await db.transaction().execute((trx) => eraseInProject(trx, projectId, userKey, names))
  return { issues: issues.length, events }
}

/**
 * What stands beside the issues: the numbers that distinct users are counted by, which whoever knows the key can
 * make again, users of the newest releases, values of tags, and feedback that is signed with the user's address.
 */
async function eraseInProject(
  trx: Transaction<DB>,
  projectId: number,
  userKey: string,
  names: readonly string[],
): Promise<void> {
  const hash = userHash(userKey)
  for (const table of ['release_users', 'project_day_users'] as const) {
    await trx
      .updateTable(table)
      // Another number in each row, so that the sums stay and nothing joins the rows any more.
      .set({ user_hash: sql<string>`hashtextextended(gen_random_uuid()::text, 0)` })
      .where('project_id', '=', projectId)
      .where('user_hash', '=', hash)
      .execute()
  }
  const quoted = JSON.stringify(userKey)
  const nobody = JSON.stringify(`erased:${randomUUID()}`)
  await sql`update release_lines
    set newest_users = replace(newest_users::text, ${quoted}, ${nobody})::jsonb,
      pending = replace(pending::text, ${quoted}, ${nobody})::jsonb
    where project_id = ${projectId}
      and (newest_users @> jsonb_build_array(${userKey}::text) or position(${quoted} in pending::text) > 0)`.execute(
    trx,
  )
  // How often a value is there stays in the sum of its key.
  await trx
    .deleteFrom('project_tags')
    .where('project_id', '=', projectId)
    .where('value', 'in', names)
    .execute()
  const addresses = names.filter((name) => name.includes('@'))
  if (addresses.length === 0) return
  await trx
    .deleteFrom('feedback')
    .where('project_id', '=', projectId)
    .where('email', 'in', addresses)
    .execute()
}

/** All texts by which the user's events name the user. */
async function collectNames(db: Database, issueIds: readonly number[], userKey: string): Promise<string[]> {
  const names = new Set([userKey, userKey.slice(userKey.indexOf(':') + 1)])
  for (const issueId of issueIds) {
    let last: string | null = null
    for (;;) {
      const rows: { event_id: string; payload: Buffer }[] = await db
        .selectFrom('events')
        .select(['event_id', 'payload'])
        .where('issue_id', '=', issueId)
        .where('user_key', '=', userKey)
        .$if(last !== null, (query) => query.where('event_id', '>', last as string))
        .orderBy('event_id')
        .limit(eventsAtOnce)
        .execute()
      for (const { payload } of rows) {
        const { wire } = await decodePayload(payload)
        for (const name of namesIn(wire)) names.add(name)
      }
      if (rows.length < eventsAtOnce) break
      last = rows.at(-1)?.event_id ?? null
    }
  }
  return [...names]
}

function namesIn(wire: JsonObject): string[] {
  const user = (wire.user ?? wire['sentry.interfaces.User']) as JsonObject | null | undefined
  return ['id', 'username', 'email', 'name', 'ip_address']
    .map((field) => user?.[field])
    .filter((value) => (typeof value === 'string' && value !== '{{auto}}') || typeof value === 'number')
    .map(String)
}

async function eraseInIssue(
  trx: Transaction<DB>,
  { projectId, issueId }: { projectId: number; issueId: number },
  userKey: string,
  names: readonly string[],
): Promise<number> {
  // The storing step holds this row while it counts: events of this moment come before or after, not between.
  await trx.selectFrom('issues').select('id').where('id', '=', issueId).forUpdate().execute()
  const deleted = await trx
    .deleteFrom('events')
    .where('issue_id', '=', issueId)
    .where('user_key', '=', userKey)
    .returning(['event_id', 'received_at', 'retention_days'])
    .execute()
  await inChunks(deleted, async (rows) => {
    const ids = rows.map((row) => row.event_id)
    for (const table of ['attachments', 'feedback'] as const) {
      await trx.deleteFrom(table).where('project_id', '=', projectId).where('event_id', 'in', ids).execute()
    }
  })
  // Of a merged issue also what each part would have alone, under one name, so that they still add up.
  const origins = await trx
    .selectFrom('issue_origins')
    .select(['id', 'face_id'])
    .where('issue_id', '=', issueId)
    .orderBy('id')
    .execute()
  const faces = [...new Set([issueId, ...origins.map(({ face_id }) => face_id)])]
  await uncountKept(trx, { projectId, issueIds: faces }, deleted)
  const counted = [issueId, ...origins.map(({ id }) => id)]
  await trx
    .updateTable('issue_users')
    .set({ user_key: `erased:${randomUUID()}` })
    .where('issue_id', 'in', counted)
    .where('user_key', '=', userKey)
    .execute()
  for (const id of counted) await countAsOther(trx, id, names)
  const longNames = names.filter((name) => name.length >= minReplacedLength)
  for (const id of faces) await replaceInTexts(trx, id, longNames)
  return deleted.length
}

/** Tag values that name the user are counted on under '' ("other"), so that sums stay. */
async function countAsOther(trx: Transaction<DB>, issueId: number, names: readonly string[]): Promise<void> {
  const taken = await trx
    .deleteFrom('issue_tags')
    .where('issue_id', '=', issueId)
    .where('value', 'in', names)
    .returning(['key', 'events', 'last_seen_at'])
    .execute()
  const byKey = Map.groupBy(taken, ({ key }) => key)
  for (const [key, rows] of byKey) {
    await trx
      .insertInto('issue_tags')
      .values({
        issue_id: issueId,
        key,
        value: '',
        events: rows.reduce((sum, row) => sum + row.events, 0),
        last_seen_at: new Date(Math.max(...rows.map((row) => row.last_seen_at.getTime()))),
      })
      .onConflict((conflict) =>
        conflict.columns(['issue_id', 'key', 'value']).doUpdateSet({
          events: sql<number>`issue_tags.events + excluded.events`,
          last_seen_at: sql<Date>`greatest(issue_tags.last_seen_at, excluded.last_seen_at)`,
        }),
      )
      .execute()
  }
}

/** Titles and reasons are made from events and may quote a name. */
async function replaceInTexts(
  trx: Transaction<DB>,
  issueId: number,
  names: readonly string[],
): Promise<void> {
  // The longest first: an address before the name that is part of it.
  for (const name of [...names].sort((a, b) => b.length - a.length)) {
    const without = (column: string) => sql<string>`replace(${sql.ref(column)}, ${name}, ${erasedText})`
    await trx
      .updateTable('issues')
      .set({
        title: without('title'),
        title_type: without('title_type'),
        title_value: without('title_value'),
        culprit: without('culprit'),
        status_reason: without('status_reason'),
      })
      .where('id', '=', issueId)
      .execute()
    await trx
      .updateTable('issue_origins')
      .set({
        title: without('title'),
        title_type: without('title_type'),
        title_value: without('title_value'),
        culprit: without('culprit'),
      })
      .where('face_id', '=', issueId)
      .execute()
    await trx
      .updateTable('tracker_issues')
      .set({ title: without('title') })
      .where('issue_id', '=', issueId)
      .execute()
    const quoted = JSON.stringify(name).slice(1, -1)
    const facts = sql<string>`replace(facts::text, ${quoted}, ${erasedText})::jsonb`
    await trx
      .updateTable('issue_changes')
      .set({ reason: without('reason'), facts })
      .where('issue_id', '=', issueId)
      .execute()
    await trx.updateTable('alerts').set({ facts }).where('issue_id', '=', issueId).execute()
    await trx.updateTable('notifications').set({ facts }).where('issue_id', '=', issueId).execute()
  }
}
