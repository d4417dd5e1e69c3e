// The past: what an issue was, and which issues a project had, at any moment. Read from the timeline, whose rows
// carry the state they led to. A moment is the collector's own: what the pages showed then.
import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { IssueChange } from './issue-changes.ts'
import type { IssueStatus } from './schema.ts'

export type PastIssue = {
  readonly id: number
  readonly number: number
  readonly title: string
  readonly status: IssueStatus
  /** Why, and since when, as the timeline said. */
  readonly reason: string
  readonly since: Date
  readonly episode: number
  readonly inEpisode: boolean
  readonly regressions: number
  readonly fixedInRelease: string | null
  /** Events of whole hours up to the moment. */
  readonly events: number
  readonly trackerIssue: { readonly repository: string; readonly number: number } | null
}

type Where = { readonly issueId: number } | { readonly projectId: number }

/**
 * Issues as they were, newest first.
 * @param at.before number after which a list of a project goes on
 */
export async function listIssuesAsOf(
  db: Database,
  where: Where,
  at: {
    readonly moment: Date
    readonly statuses?: readonly IssueStatus[]
    readonly before?: number
    readonly limit: number
  },
): Promise<PastIssue[]> {
  const hour = new Date(Math.floor(at.moment.getTime() / 3_600_000) * 3_600_000)
  const isOne = 'issueId' in where
  const { rows } = await sql<{
    id: number
    number: number
    title: string
    status: IssueStatus
    reason: string
    since: Date
    episode: number
    in_episode: boolean
    regressions: number
    fixed_in_release: string | null
    events: number
    repository: string | null
    ticket: number | null
  }>`
    select i.id, i.number, i.title, c.status, why.reason, run.at as since, c.episode, c.in_episode,
      c.regressions, c.fixed_in_release,
      (select coalesce(sum(h.events), 0)::bigint from issue_hours h
        where h.issue_id = i.id and h.hour < ${hour}::timestamptz) as events,
      t.repository, t.number as ticket
    from issues i
    cross join lateral (
      select * from issue_changes c where c.issue_id = i.id and c.recorded_at <= ${at.moment}::timestamptz
        and c.status is not null
      order by c.id desc limit 1
    ) c
    -- The row that led to this state, not one that only noted something; what is ignored may be ignored anew.
    cross join lateral (
      select w.id, w.at from issue_changes w
      where w.issue_id = i.id and w.id <= c.id and w.status = c.status
        and (w.kind = 'ignored' or not exists (
          select 1 from issue_changes o where o.issue_id = i.id and o.id < w.id and o.status is not null
            and o.id = (select max(p.id) from issue_changes p where p.issue_id = i.id and p.id < w.id)
            and o.status = w.status
        ))
      order by w.id desc limit 1
    ) run
    -- Where trouble was detected since, that is why.
    cross join lateral (
      select w.reason from issue_changes w
      where w.issue_id = i.id and w.id between run.id and c.id and (w.id = run.id or w.kind = 'detected')
      order by w.id desc limit 1
    ) why
    -- Where its ticket stood then: tickets move, and of two with one marker the earlier stays.
    left join lateral (
      select case t.kind when 'ticket_moved' then split_part(t.facts ->> 'to', '#', 1)
          else t.facts ->> 'repository' end as repository,
        (case t.kind when 'ticket_moved' then split_part(t.facts ->> 'to', '#', 2)
          when 'duplicate_closed' then t.facts ->> 'kept' else t.facts ->> 'number' end)::int as number
      from issue_changes t
      where t.issue_id = i.id and t.recorded_at <= ${at.moment}::timestamptz
        and t.kind in ('filed', 'ticket_moved', 'duplicate_closed')
      order by (t.facts ->> 'episode')::int desc, t.id desc limit 1
    ) t on true
    where ${isOne ? sql`i.id = ${where.issueId}` : sql`i.project_id = ${where.projectId}`}
      ${at.before === undefined ? sql`` : sql`and i.number < ${at.before}`}
      ${at.statuses && at.statuses.length > 0 ? sql`and c.status in (${sql.join(at.statuses)})` : sql``}
    order by i.number desc
    limit ${at.limit}`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    title: row.title,
    status: row.status,
    reason: row.reason,
    since: row.since,
    episode: row.episode,
    inEpisode: row.in_episode,
    regressions: row.regressions,
    fixedInRelease: row.fixed_in_release,
    events: row.events,
    trackerIssue:
      row.repository === null || row.ticket === null
        ? null
        : { repository: row.repository, number: row.ticket },
  }))
}

/** The timeline up to a moment, newest first. */
export async function listChangesAsOf(
  db: Database,
  issueId: number,
  moment: Date,
  limit = 200,
): Promise<IssueChange[]> {
  const rows = await db
    .selectFrom('issue_changes')
    .selectAll()
    .where('issue_id', '=', issueId)
    .where('recorded_at', '<=', moment)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    issueId: row.issue_id,
    at: row.at,
    kind: row.kind as IssueChange['kind'],
    actor: row.actor,
    reason: row.reason,
    facts: row.facts,
  }))
}
