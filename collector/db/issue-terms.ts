// What the terms of a search mean for a row `i` of issues. Each is answered from the row itself or by a probe
// along a rollup's own key, never from events.
import { type RawBuilder, sql } from 'kysely'
import type { Operator, Term } from '../search/parse.ts'
import { isInOrder } from './release-lines.ts'

/** A LIKE pattern: `*` stands for anything, all else for itself. */
export function likePattern(value: string): string {
  return value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
}

/**
 * Whether a column has this text in it, in whatever case. Not `ilike`, which makes the pattern lower for every row
 * anew.
 */
export function hasText(column: RawBuilder<unknown>, text: string): RawBuilder<unknown> {
  return sql`lower(${column}) like lower(${contains(text)}::text)`
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

/**
 * Whether a row is there, looked up for each issue. Not `exists`, which may be read as a join, and that as all of
 * the table once for each project and state.
 */
const isThere = (from: RawBuilder<unknown>) => sql`coalesce((select true ${from} limit 1), false)`

const alertOf = sql`from alerts a where a.issue_id = i.id and a.episode = i.episode`
const trackerOf = sql`from tracker_issues t where t.issue_id = i.id and t.episode = i.episode`

/** Most issues never had an episode: theirs need not be looked up. */
const isFiled = sql`(i.episode > 0 and ${isThere(trackerOf)})`

/** There is an index of these, and few of them. */
const hasRegressed = sql`i.in_episode and i.regressions > 0`

function flag(name: Extract<Term, { kind: 'flag' }>['flag'], now: Date): RawBuilder<unknown> {
  switch (name) {
    case 'acknowledged':
      return sql`(i.in_episode and ${isThere(sql`${alertOf} and a.acknowledged_at is not null`)})`
    case 'snoozed':
      return sql`(coalesce(i.snoozed_until > ${now}, false) or coalesce(i.snoozed_until_events > i.event_count, false))`
    case 'regressed':
      return sql`(${hasRegressed} and ${isThere(sql`${alertOf} and a.rule in ('regression', 'escalation')`)})`
    case 'escalated':
      return sql`(${hasRegressed} and ${isThere(sql`${alertOf} and a.rule = 'escalation'`)})`
    case 'filed':
      return isFiled
    case 'unfiled':
      return sql`not ${isFiled}`
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
    select id from people where email = ${who.toLowerCase()} or ${hasText(sql`name`, who)}), false)`
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
      return isThere(sql`from issue_tags t where t.issue_id = i.id and t.key = ${key.replace(/^tag\./, '')}`)
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
      return sql`(${hasText(sql`i.title`, term.text)} or ${hasText(sql`i.culprit`, term.text)})`
    case 'level':
      return term.levels.length === 0 ? sql`false` : sql`i.level in (${sql.join(term.levels)})`
    case 'environment':
      // A join is what this should be: its index has the issues of a project's environment side by side.
      return sql`exists (select from issue_environments e
        where e.project_id = i.project_id and ${matches(sql`e.environment`, term.value)} and e.issue_id = i.id)`
    case 'release': {
      if (term.value === 'latest') {
        const latest = (
          column: 'version' | 'first_seen_at',
        ) => sql`(select ${sql.ref(`r.${column}`)} from releases r
          where r.project_id = ${at.project ?? sql`i.project_id`} and ${isInOrder}
          order by r.first_seen_at desc, r.version desc limit 1)`
        if (term.which === 'first') return sql`coalesce(i.first_release = ${latest('version')}, false)`
        // Most issues were not seen any more since there is that release: theirs need not be looked up.
        return sql`(i.last_seen_at >= ${latest('first_seen_at')}
          and ${isThere(sql`from issue_releases r where r.issue_id = i.id and r.release = ${latest('version')}`)})`
      }
      if (term.which === 'first') return sql`coalesce(${isRelease(sql`i.first_release`, term.value)}, false)`
      return sql`(coalesce(${isRelease(sql`i.last_release`, term.value)}, false) or ${isThere(
        sql`from issue_releases r where r.issue_id = i.id and ${isRelease(sql`r.release`, term.value)}`,
      )})`
    }
    case 'tag':
      return isThere(sql`from issue_tags t
        where t.issue_id = i.id and t.key = ${term.key} and ${begins(sql`t.value`, term.value)}`)
    case 'user': {
      const keys = ['id', 'username', 'email', 'ip'].map((kind) => `${kind}:${term.value}`)
      return isThere(sql`from issue_users u where u.issue_id = i.id
        and u.user_key in (${sql.join([term.value, ...keys])})`)
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
      return isThere(sql`from tracker_issues t where t.issue_id = i.id and t.number = ${term.number}`)
    case 'storm':
      return isThere(sql`${alertOf} and a.storm_id = ${term.id}`)
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

/**
 * A condition that few issues meet and an index finds, where the terms have one: such a search needs no walk through
 * every project. null: they have none.
 */
export function rareCondition(terms: readonly Term[], me: number | null): RawBuilder<unknown> | null {
  for (const term of terms) {
    if (term.not) continue
    if (term.kind === 'assigned' && term.who === 'me' && me !== null) return sql`i.assignee_id = ${me}`
    if (term.kind === 'flag' && (term.flag === 'regressed' || term.flag === 'escalated')) return hasRegressed
  }
  return null
}
