// What the terms of a search mean for a row `i` of issues. Each is answered from the row itself or by a probe
// along a rollup's own key, never from events.
import { type RawBuilder, sql } from 'kysely'
import type { Operator, Term } from '../search/parse.ts'
import { isInOrder } from './release-lines.ts'

/** A LIKE pattern: `*` stands for anything, all else for itself. */
export function likePattern(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
}

function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}

/** Equal, or with `*` in it alike. */
function matches(column: RawBuilder<unknown>, value: string): RawBuilder<unknown> {
  return value.includes('*') ? sql`${column} like ${likePattern(value)}` : sql`${column} = ${value}`
}

/** The value, or one that goes on after it: "iOS 17" finds "iOS 17.5.1", not "iOS 170". */
function begins(column: RawBuilder<unknown>, value: string): RawBuilder<unknown> {
  if (value.includes('*')) return sql`${column} like ${likePattern(value)}`
  const pattern = likePattern(value)
  return sql`(${column} = ${value} or ${column} like ${`${pattern}.%`} or ${column} like ${`${pattern} %`})`
}

/** A release by its full name or by its version: "4.3.0" finds "rider-app@4.3.0+902". */
export function isRelease(column: RawBuilder<unknown>, value: string): RawBuilder<unknown> {
  const pattern = likePattern(value)
  return sql`(${column} = ${value} or ${column} like ${`%@${pattern}`} or ${column} like ${`%@${pattern}+%`} or ${column} like ${`${pattern}+%`}${
    value.includes('*') ? sql` or ${column} like ${pattern}` : sql``
  })`
}

const operators: Record<Operator, RawBuilder<unknown>> = {
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
  '=': sql`=`,
}

const alertOf = sql`from alerts a where a.issue_id = i.id and a.episode = i.episode`
const trackerOf = sql`from tracker_issues t where t.issue_id = i.id and t.episode = i.episode`

function flag(name: Extract<Term, { kind: 'flag' }>['flag'], now: Date): RawBuilder<unknown> {
  switch (name) {
    case 'acknowledged':
      return sql`(i.in_episode and exists (select ${alertOf} and a.acknowledged_at is not null))`
    case 'snoozed':
      return sql`(coalesce(i.snoozed_until > ${now}, false) or coalesce(i.snoozed_until_events > i.event_count, false))`
    case 'regressed':
      return sql`(i.in_episode and exists (select ${alertOf} and a.rule in ('regression', 'escalation')))`
    case 'escalated':
      return sql`(i.in_episode and exists (select ${alertOf} and a.rule = 'escalation'))`
    case 'filed':
      return sql`exists (select ${trackerOf})`
    case 'unfiled':
      return sql`not exists (select ${trackerOf})`
    case 'unhandled':
      return sql`coalesce(not i.handled, false)`
    case 'assigned':
      return sql`i.assignee_id is not null`
    case 'unassigned':
      return sql`i.assignee_id is null`
  }
}

function assigned(who: string, me: number | null): RawBuilder<unknown> {
  if (who === 'me') return me === null ? sql`false` : sql`coalesce(i.assignee_id = ${me}, false)`
  if (who === 'nobody' || who === 'none') return sql`i.assignee_id is null`
  return sql`coalesce(i.assignee_id in (
    select id from people where email = ${who.toLowerCase()} or name ilike ${contains(who)}), false)`
}

function has(key: string): RawBuilder<unknown> {
  switch (key) {
    case 'tracker':
      return flag('filed', new Date(0))
    case 'user':
      return sql`i.user_count > 0`
    case 'release':
      return sql`i.last_release is not null`
    case 'assignee':
      return sql`i.assignee_id is not null`
    default:
      return sql`exists (select from issue_tags t where t.issue_id = i.id and t.key = ${key.replace(/^tag\./, '')})`
  }
}

type TermContext = {
  readonly now: Date
  readonly me: number | null
  /** The issue's project where a query goes through projects: what is asked of it is then asked once for each. */
  readonly project?: RawBuilder<unknown>
}

function meaning(term: Term, at: TermContext): RawBuilder<unknown> {
  switch (term.kind) {
    case 'text':
      return sql`(i.title ilike ${contains(term.text)} or i.culprit ilike ${contains(term.text)})`
    case 'level':
      return term.levels.length === 0 ? sql`false` : sql`i.level in (${sql.join(term.levels)})`
    case 'environment':
      return sql`exists (select from issue_environments e
        where e.project_id = i.project_id and ${matches(sql`e.environment`, term.value)} and e.issue_id = i.id)`
    case 'release': {
      if (term.value === 'latest') {
        const latest = sql`(select r.version from releases r where r.project_id = ${at.project ?? sql`i.project_id`}
          and ${isInOrder} order by r.first_seen_at desc, r.version desc limit 1)`
        if (term.which === 'first') return sql`coalesce(i.first_release = ${latest}, false)`
        // Not `exists`: that may be read as all issues of the release, once for each project and state.
        return sql`coalesce((select true from issue_releases r where r.issue_id = i.id and r.release = ${latest}), false)`
      }
      if (term.which === 'first') return sql`coalesce(${isRelease(sql`i.first_release`, term.value)}, false)`
      return sql`(coalesce(${isRelease(sql`i.last_release`, term.value)}, false) or exists (
        select from issue_releases r where r.issue_id = i.id and ${isRelease(sql`r.release`, term.value)}))`
    }
    case 'tag':
      return sql`exists (select from issue_tags t
        where t.issue_id = i.id and t.key = ${term.key} and ${begins(sql`t.value`, term.value)})`
    case 'user': {
      const keys = ['id', 'username', 'email', 'ip'].map((kind) => `${kind}:${term.value}`)
      return sql`exists (select from issue_users u where u.issue_id = i.id
        and u.user_key in (${sql.join([term.value, ...keys])}))`
    }
    case 'project':
      return sql`i.project_id in (select id from projects where ${matches(sql`slug`, term.value)})`
    case 'platform':
      return matches(sql`i.platform`, term.value)
    case 'has':
      return has(term.key)
    case 'assigned':
      return assigned(term.who, at.me)
    case 'flag':
      return flag(term.flag, at.now)
    case 'tracker':
      return sql`exists (select from tracker_issues t where t.issue_id = i.id and t.number = ${term.number})`
    case 'storm':
      return sql`exists (select ${alertOf} and a.storm_id = ${term.id})`
    case 'seen': {
      const column = term.which === 'first' ? sql`i.first_seen_at` : sql`i.last_seen_at`
      return term.side === 'after' ? sql`${column} > ${term.at}` : sql`${column} < ${term.at}`
    }
    case 'count':
      return sql`${term.of === 'events' ? sql`i.event_count` : sql`i.user_count`} ${operators[term.op]} ${term.value}`
  }
}

/**
 * All terms as one condition on `i`.
 * @param at.me who asks, for `assigned:me`; null: a script, to whom nothing is assigned
 */
export function termConditions(terms: readonly Term[], at: TermContext): RawBuilder<unknown> {
  const parts = terms.map((term) => (term.not ? sql`not (${meaning(term, at)})` : meaning(term, at)))
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` and `)
}
