// The pages that are measured, each as somebody would open it on a full store.
import { sql } from 'kysely'
import type { Database } from '../../collector/db/database.ts'

export type BenchPage = {
  readonly name: string
  readonly path: string
  /** What the issue asks of it: server time p95, in ms. */
  readonly limitMs: number
}

/** @returns pages of the loudest issue, its project, and of everything */
export async function listBenchPages(db: Database): Promise<BenchPage[]> {
  const { rows } = await sql<{
    id: number
    slug: string
    event: string
    quiet: number
    quiet_event: string
    resolved: number
  }>`
    select loud.id, slug, replace(loud.last_event_id::text, '-', '') as event, quiet.id as quiet,
      replace(quiet.last_event_id::text, '-', '') as quiet_event, resolved.id as resolved
    from (select * from issues order by event_count desc limit 1) loud
    join projects on projects.id = loud.project_id
    cross join (select * from issues order by event_count, id limit 1) quiet
    cross join (select * from issues where status = 'resolved' order by event_count desc limit 1) resolved`.execute(
    db,
  )
  const [first] = rows
  if (!first) throw new Error('the store is empty')
  const { id, slug, event, quiet, quiet_event, resolved } = first
  const page = (name: string, path: string, limitMs = 100): BenchPage => ({ name, path, limitMs })
  return [
    page('on call', '/'),
    page('issues, all', '/issues?q=', 50),
    page('issues', '/issues', 50),
    page('issues, resolved', '/issues?q=is%3Aresolved', 50),
    page('issues of one project', `/issues?project=${slug}`, 50),
    page('issues, by users', '/issues?sort=users', 50),
    page('issues, text', '/issues?q=%22wagon+4711%22', 50),
    page('issues, several tokens', '/issues?q=is%3Aunresolved+level%3Afatal+env%3Aproduction', 50),
    page('loudest issue', `/issues/${id}`, 50),
    page('loudest issue, 90 days', `/issues/${id}?span=90d`, 50),
    page('loudest resolved issue', `/issues/${resolved}`, 50),
    page('loudest issue, by tag', `/issues/${id}?tag.os=Android+15&tag.device=Device+299`, 50),
    page('one of its events', `/issues/${id}/events/${event}`, 50),
    page('quietest issue', `/issues/${quiet}`, 50),
    page('event as JSON', `/issues/${quiet}/events/${quiet_event}/json`),
    page('issues, not filed, by release', '/issues?q=is%3Aunfiled+release%3Alatest', 50),
    page('issues, tag', '/issues?q=is%3Aunresolved+os%3A%22iOS+17%22', 50),
    page('events', '/events'),
    page('events, 14 days', '/events?span=14d'),
    page('events, filtered', '/events?q=level%3Afatal+env%3Aproduction'),
    page('events, filtered, 14 days', '/events?q=level%3Afatal+env%3Aproduction&span=14d'),
    page('events, none found', '/events?q=%22nothing+like+it%22&span=14d'),
    page('releases', `/releases?project=${slug}`),
    page('completion of a value', '/complete?q=env%3A&at=4'),
    page('projects', '/projects'),
    page('project set-up', `/projects/${slug}/setup`),
    page('project settings', `/projects/${slug}/settings/general`),
    page('filing settings', `/projects/${slug}/settings/filing`),
    page('notification settings', '/settings/notifications'),
    page('detection settings', `/projects/${slug}/settings/detection`),
    page('resolution settings', `/projects/${slug}/settings/resolution`),
    page('grouping settings', `/projects/${slug}/settings/grouping`),
    page('scrubbing settings', `/projects/${slug}/settings/scrubbing`),
    page('retention settings', `/projects/${slug}/settings/retention`),
    page('relay settings', `/projects/${slug}/settings/relay`),
    page('keys', `/projects/${slug}/settings/keys`),
    page('jump', '/jump?q=check'),
    page('relays', '/relays'),
    page('settings, tokens', '/settings/tokens'),
  ]
}
