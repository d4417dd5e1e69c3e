// Merges issues by hand, and takes a merge apart again. Every issue that takes part gets an origin: its counts
// alone, kept in the rollup tables under an id of their own and kept up by store-origins.ts. What an issue shows
// is the sum over its origins, written anew by each merge and each taking out, so that counts are exact in both
// directions, distinct users and first and last moments included. docs/decisions/0010-merged-issues.md
import { type Selectable, sql, type Transaction } from 'kysely'
import { AppError } from '../../shared/errors.ts'
import { appendIssueChanges } from './issue-changes.ts'
import type { DB, IssueStatus } from './schema.ts'

type Issue = Selectable<DB['issues']>

/** Issues that one merge may take in. */
export const maxMerged = 100

export type Merge = {
  readonly projectId: number
  /** Id of the issue that shows all of them from now on. */
  readonly into: number
  readonly issueIds: readonly number[]
  readonly at: Date
  /** As the timeline has it, and as people are called in its sentences. */
  readonly actor: string
  readonly by: string
}

async function lockIssues(trx: Transaction<DB>, projectId: number, ids: readonly number[]): Promise<Issue[]> {
  return trx
    .selectFrom('issues')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute()
}

/**
 * @throws AppError 'invalid_request': another project's, unknown, merged already, or nothing to merge
 */
export async function mergeIssues(trx: Transaction<DB>, merge: Merge): Promise<void> {
  const { into, at } = merge
  const others = [...new Set(merge.issueIds)].filter((id) => id !== into)
  if (others.length === 0) throw new AppError('invalid_request', 'Choose at least two issues to merge.')
  if (others.length > maxMerged) {
    throw new AppError('invalid_request', `At most ${maxMerged} issues can be merged at once.`)
  }
  const issues = await lockIssues(trx, merge.projectId, [into, ...others])
  const target = issues.find(({ id }) => id === into)
  if (!target || issues.length !== others.length + 1) {
    throw new AppError('invalid_request', 'Only issues of one project can be merged.')
  }
  if (issues.some(({ status }) => status === 'merged')) {
    throw new AppError('invalid_request', 'One of these issues was merged already; reload the page.')
  }
  for (const issue of issues) if (issue.origin_id === null) await makeOrigin(trx, issue)
  for (const issue of issues.filter(({ id }) => id !== into)) await moveInto(trx, issue, merge)
  await sumUp(trx, into)
  const numbers = issues.filter(({ id }) => id !== into).map(({ number }) => `#${number}`)
  const facts = { into: target.number, merged: numbers }
  await appendIssueChanges(
    trx,
    [
      ...issues
        .filter(({ id }) => id !== into)
        .map(({ id }) => ({
          issueId: id,
          at,
          kind: 'merged' as const,
          actor: merge.actor,
          reason: `${merge.by} merged it into #${target.number}.`,
          facts,
        })),
      {
        issueId: into,
        at,
        kind: 'merged' as const,
        actor: merge.actor,
        reason: `${merge.by} merged ${numbers.join(', ')} into this issue.`,
        facts,
      },
    ],
    at,
  )
}

/** Gives an issue that never took part in a merge its origin: a copy of all its counts. */
async function makeOrigin(trx: Transaction<DB>, issue: Issue): Promise<void> {
  // From the issues' own sequence: both stand in the same rollup tables.
  const { rows } = await sql<{ id: number }>`
    select nextval(pg_get_serial_sequence('issues', 'id')) as id`.execute(trx)
  const id = Number(rows[0]?.id)
  await sql`
    insert into issue_origins (id, face_id, issue_id, title, title_type, title_value, culprit, level, platform,
      handled, first_seen_at, last_seen_at, last_occurred_at, event_count, user_count, first_release,
      last_release, first_event_id, last_event_id)
    select ${id}::bigint, id, id, title, title_type, title_value, culprit, level, platform, handled, first_seen_at,
      last_seen_at, last_occurred_at, event_count, user_count, first_release, last_release, first_event_id,
      last_event_id
    from issues where id = ${issue.id}`.execute(trx)
  await copyCounts(trx, [issue.id], id)
  await trx.updateTable('issues').set({ origin_id: id }).where('id', '=', issue.id).execute()
  await trx.updateTable('issue_hashes').set({ origin_id: id }).where('issue_id', '=', issue.id).execute()
}

async function moveInto(trx: Transaction<DB>, issue: Issue, { into, at, by }: Merge): Promise<void> {
  await trx
    .updateTable('issue_origins')
    .set({ issue_id: into, merged_at: at, merged_by: by, status_before: issue.status })
    .where('issue_id', '=', issue.id)
    .execute()
  await trx.updateTable('issue_hashes').set({ issue_id: into }).where('issue_id', '=', issue.id).execute()
  await trx.updateTable('events').set({ issue_id: into }).where('issue_id', '=', issue.id).execute()
  await deleteCounts(trx, issue.id)
  await trx
    .updateTable('issues')
    .set({ status: 'merged', status_at: at, status_reason: `${by} merged it into another issue.` })
    .where('id', '=', issue.id)
    .execute()
  // Its trouble is now that of the other issue, whose own rules decide; what is being sent already goes out.
  await trx
    .updateTable('alerts')
    .set({ done_at: at, error: 'The issue was merged into another one before this was filed.' })
    .where('issue_id', '=', issue.id)
    .where('done_at', 'is', null)
    .where('sent_at', 'is', null)
    .execute()
}

export type TakingOut = {
  readonly projectId: number
  readonly from: number
  /** Ids of the merged issues that are to stand alone again. */
  readonly issueIds: readonly number[]
  readonly at: Date
  readonly actor: string
  readonly by: string
}

/**
 * @throws AppError 'invalid_request': one of them is not part of this issue
 */
export async function takeOutIssues(trx: Transaction<DB>, taking: TakingOut): Promise<void> {
  const { from, at } = taking
  const wanted = [...new Set(taking.issueIds)]
  if (wanted.length === 0) throw new AppError('invalid_request', 'Choose at least one issue to take out.')
  const issues = await lockIssues(trx, taking.projectId, [from, ...wanted])
  const origins = await trx
    .selectFrom('issue_origins')
    .selectAll()
    .where('issue_id', '=', from)
    .where('face_id', 'in', wanted)
    .where('face_id', '<>', from)
    .execute()
  const source = issues.find(({ id }) => id === from)
  if (!source || source.status === 'merged' || origins.length !== wanted.length) {
    throw new AppError(
      'invalid_request',
      'One of these issues is no part of this one any more; reload the page.',
    )
  }
  for (const origin of origins) {
    const face = issues.find(({ id }) => id === origin.face_id)
    if (face) await moveOut(trx, face, origin, taking)
  }
  await sumUp(trx, from)
  const faces = issues.filter(({ id }) => id !== from)
  const numbers = faces.map(({ number }) => `#${number}`)
  const facts = { from: source.number, takenOut: numbers }
  await appendIssueChanges(
    trx,
    [
      ...faces.map(({ id }) => ({
        issueId: id,
        at,
        kind: 'taken_out' as const,
        actor: taking.actor,
        reason: `${taking.by} took it out of #${source.number} again.`,
        facts,
      })),
      {
        issueId: from,
        at,
        kind: 'taken_out' as const,
        actor: taking.actor,
        reason: `${taking.by} took ${numbers.join(', ')} out of this issue again.`,
        facts,
      },
    ],
    at,
  )
}

async function moveOut(
  trx: Transaction<DB>,
  face: Issue,
  origin: Selectable<DB['issue_origins']>,
  { from, at, by }: TakingOut,
): Promise<void> {
  await trx
    .updateTable('issue_origins')
    .set({ issue_id: face.id, merged_at: null, merged_by: null, status_before: null })
    .where('id', '=', origin.id)
    .execute()
  await trx
    .updateTable('issue_hashes')
    .set({ issue_id: face.id })
    .where('origin_id', '=', origin.id)
    .where('issue_id', '=', from)
    .execute()
  // Keys stand under the origin, those of events from before the merge under the face.
  await sql`
    update events e set issue_id = ${face.id} from event_keys k
    where e.issue_id = ${from} and k.project_id = e.project_id and k.event_id = e.event_id
      and k.issue_id in (${origin.id}, ${face.id})`.execute(trx)
  await sumUp(trx, face.id)
  await trx
    .updateTable('issues')
    .set({
      status: statusAfter(origin),
      status_at: at,
      status_reason: `${by} took it out of another issue again.`,
    })
    .where('id', '=', face.id)
    .execute()
}

/** As before the merge; but where it was closed and has failed since, somebody has to look. */
function statusAfter(origin: Selectable<DB['issue_origins']>): IssueStatus {
  const before = origin.status_before ?? 'unresolved'
  const hasFailedSince = origin.merged_at !== null && origin.last_seen_at > origin.merged_at
  return before !== 'ignored' && hasFailedSince ? 'unresolved' : before
}

/** Writes the counts of an issue anew, as the sum over its origins. */
async function sumUp(trx: Transaction<DB>, issueId: number): Promise<void> {
  const origins = await trx.selectFrom('issue_origins').selectAll().where('issue_id', '=', issueId).execute()
  const first = origins.toSorted((a, b) => a.first_seen_at.getTime() - b.first_seen_at.getTime())[0]
  const last = origins.toSorted((a, b) => b.last_seen_at.getTime() - a.last_seen_at.getTime())[0]
  if (!first || !last) return
  const ids = origins.map(({ id }) => id)
  await deleteCounts(trx, issueId)
  await copyCounts(trx, ids, issueId)
  await sql`
    update issues set
      event_count = (select sum(event_count) from issue_origins where issue_id = ${issueId}),
      user_count = (select count(*) from issue_users where issue_id = ${issueId}),
      level = (select level from issue_origins where issue_id = ${issueId}
        order by array_position(array['fatal', 'error', 'warning', 'info', 'debug'], level) limit 1),
      last_occurred_at = (select max(last_occurred_at) from issue_origins where issue_id = ${issueId}),
      first_seen_at = ${first.first_seen_at}, first_event_id = ${first.first_event_id}::uuid,
      first_release = ${first.first_release},
      last_seen_at = ${last.last_seen_at}, last_event_id = ${last.last_event_id}::uuid,
      last_release = ${last.last_release}, title = ${last.title}, title_type = ${last.title_type},
      title_value = ${last.title_value}, culprit = ${last.culprit}, platform = ${last.platform},
      handled = ${last.handled}
    where id = ${issueId}`.execute(trx)
}

async function deleteCounts(trx: Transaction<DB>, issueId: number): Promise<void> {
  await trx.deleteFrom('issue_hours').where('issue_id', '=', issueId).execute()
  await trx.deleteFrom('issue_release_hours').where('issue_id', '=', issueId).execute()
  await trx.deleteFrom('issue_users').where('issue_id', '=', issueId).execute()
  await trx.deleteFrom('issue_environments').where('issue_id', '=', issueId).execute()
  await trx.deleteFrom('issue_releases').where('issue_id', '=', issueId).execute()
  await trx.deleteFrom('issue_tags').where('issue_id', '=', issueId).execute()
  await trx.deleteFrom('issue_tag_keys').where('issue_id', '=', issueId).execute()
}

/** Adds up the counts of some ids of the rollup tables under another id, which has none yet. */
async function copyCounts(trx: Transaction<DB>, from: readonly number[], to: number): Promise<void> {
  const ids = sql.join(from)
  const target = sql`${to}::bigint`
  const statements = [
    sql`insert into issue_hours (issue_id, hour, events)
      select ${target}, hour, sum(events) from issue_hours where issue_id in (${ids}) group by hour`,
    sql`insert into issue_release_hours (issue_id, hour, release, events)
      select ${target}, hour, release, sum(events) from issue_release_hours where issue_id in (${ids})
      group by hour, release`,
    sql`insert into issue_users (issue_id, user_key)
      select distinct ${target}, user_key from issue_users where issue_id in (${ids})`,
    sql`insert into issue_environments (project_id, environment, issue_id, events, first_seen_at, last_seen_at)
      select project_id, environment, ${target}, sum(events), min(first_seen_at), max(last_seen_at)
      from issue_environments where issue_id in (${ids}) group by project_id, environment`,
    sql`insert into issue_releases (issue_id, release, events, first_seen_at, last_seen_at)
      select ${target}, release, sum(events), min(first_seen_at), max(last_seen_at)
      from issue_releases where issue_id in (${ids}) group by release`,
    sql`insert into issue_tags (issue_id, key, value, events, last_seen_at)
      select ${target}, key, value, sum(events), max(last_seen_at)
      from issue_tags where issue_id in (${ids}) group by key, value`,
    sql`insert into issue_tag_keys (issue_id, key, distinct_values)
      select ${target}, key, count(*) from issue_tags where issue_id = ${target} and value <> '' group by key`,
  ]
  for (const statement of statements) await statement.execute(trx)
}
