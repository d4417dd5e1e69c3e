// What people do with an issue beside its status: take it in hand, put it off, give it to somebody, say
// something. Each is a row of the timeline; none changes where the issue is in the loop.
import { sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import { appendIssueChange } from './issue-changes.ts'
import type { Person } from './people.ts'
import type { DB } from './schema.ts'
import { mirrorWords } from './tracker-actions.ts'

type Act = {
  readonly issueId: number
  readonly at: Date
  /** Who does it; the timeline names them. */
  readonly by: Pick<Person, 'id' | 'name'>
}

const actorOf = (by: Act['by']) => `person:${by.id}`

/** @returns false: somebody else has it already, or its trouble is over */
export async function acknowledgeIssue(trx: Transaction<DB>, act: Act): Promise<boolean> {
  const done = await trx
    .updateTable('alerts')
    .set({ acknowledged_at: act.at, acknowledged_by: act.by.id })
    .where('issue_id', '=', act.issueId)
    .where('acknowledged_at', 'is', null)
    .where('episode', '=', (query) =>
      query
        .selectFrom('issues')
        .select('episode')
        .where('id', '=', act.issueId)
        .where('in_episode', '=', true),
    )
    .returning('id')
    .executeTakeFirst()
  if (!done) return false
  const reason = `${act.by.name} has it.`
  await appendIssueChange(trx, {
    issueId: act.issueId,
    at: act.at,
    kind: 'acknowledged',
    actor: actorOf(act.by),
    reason,
    facts: {},
  })
  return true
}

/** Takes an acknowledgement back. @returns false: nobody had it */
export async function unacknowledgeIssue(trx: Transaction<DB>, act: Act): Promise<boolean> {
  const done = await trx
    .updateTable('alerts')
    .set({ acknowledged_at: null, acknowledged_by: null })
    .where('issue_id', '=', act.issueId)
    .where('acknowledged_at', 'is not', null)
    .where('episode', '=', (query) =>
      query.selectFrom('issues').select('episode').where('id', '=', act.issueId),
    )
    .returning('id')
    .executeTakeFirst()
  if (!done) return false
  await appendIssueChange(trx, {
    issueId: act.issueId,
    at: act.at,
    kind: 'unacknowledged',
    actor: actorOf(act.by),
    reason: `${act.by.name} gave it back.`,
    facts: {},
  })
  return true
}

/** @param end.moreEvents counted from now; both null: it is no longer put off */
export async function snoozeIssue(
  trx: Transaction<DB>,
  act: Act & { until: Date | null; moreEvents: number | null },
): Promise<boolean> {
  const { until, moreEvents } = act
  const isWoken = until === null && moreEvents === null
  const done = await trx
    .updateTable('issues')
    .set((eb) => ({
      snoozed_until: until,
      snoozed_until_events: moreEvents === null ? null : eb('event_count', '+', moreEvents),
      snoozed_at: isWoken ? null : act.at,
      snoozed_by: isWoken ? null : act.by.id,
    }))
    .where('id', '=', act.issueId)
    .$if(isWoken, (query) =>
      query.where((eb) =>
        eb.or([eb('snoozed_until', 'is not', null), eb('snoozed_until_events', 'is not', null)]),
      ),
    )
    .returning('id')
    .executeTakeFirst()
  if (!done) return false
  await appendIssueChange(trx, {
    issueId: act.issueId,
    at: act.at,
    kind: isWoken ? 'unsnoozed' : 'snoozed',
    actor: actorOf(act.by),
    reason: isWoken
      ? `${act.by.name} no longer puts it off.`
      : moreEvents === null
        ? `${act.by.name} put it off.`
        : `${act.by.name} put it off until ${moreEvents === 1 ? 'one more event comes' : `${moreEvents.toLocaleString('en')} more events come`}.`,
    facts: {
      ...(until ? { until: until.toISOString() } : {}),
      ...(moreEvents === null ? {} : { moreEvents }),
    },
  })
  return true
}

/** @param to null: nobody. @returns false: it was theirs already */
export async function assignIssue(
  trx: Transaction<DB>,
  act: Act & { to: Pick<Person, 'id' | 'name'> | null },
): Promise<boolean> {
  const to = act.to?.id ?? null
  const done = await trx
    .updateTable('issues')
    .set({ assignee_id: to })
    .where('id', '=', act.issueId)
    .where((eb) =>
      to === null ? eb('assignee_id', 'is not', null) : eb('assignee_id', 'is distinct from', to),
    )
    .returning('id')
    .executeTakeFirst()
  if (!done) return false
  const reason =
    act.to === null
      ? `${act.by.name} assigned it to nobody.`
      : act.to.id === act.by.id
        ? `${act.by.name} took it.`
        : `${act.by.name} assigned it to ${act.to.name}.`
  await appendIssueChange(trx, {
    issueId: act.issueId,
    at: act.at,
    kind: 'assigned',
    actor: actorOf(act.by),
    reason,
    facts: { to },
  })
  await mirrorWords(trx, act.issueId, 'assign', `In Postern: ${reason}`, act.at)
  return true
}

/** @param mentioned people whom the text names with `@` */
export async function commentOnIssue(
  trx: Transaction<DB>,
  act: Act & { text: string; mentioned: readonly number[] },
): Promise<void> {
  await appendIssueChange(trx, {
    issueId: act.issueId,
    at: act.at,
    kind: 'comment',
    actor: actorOf(act.by),
    reason: act.text,
    facts: { name: act.by.name, mentioned: act.mentioned },
  })
  await mirrorWords(trx, act.issueId, 'comment', `${act.by.name} in Postern:\n\n${act.text}`, act.at)
}

/** Everybody with an account by name, at most 500: whom one can assign to and mention. */
export async function listPeopleNames(db: Database): Promise<{ id: number; name: string; email: string }[]> {
  return db
    .selectFrom('people')
    .select(['id', 'name', 'email'])
    .orderBy('name')
    .orderBy('id')
    .limit(500)
    .execute()
}

/** Those among them who may see the issue, and can sign in: whom a comment on it can mention. */
export async function listPeopleWhoSee(
  db: Database,
  issueId: number,
): Promise<{ id: number; name: string; email: string }[]> {
  const { rows } = await sql<{ id: number; name: string; email: string }>`
    select p.id, p.name, p.email from people p
    join issues i on i.id = ${issueId}
    where p.disabled_at is null and (p.role = 'admin' or p.all_projects or exists (
      select 1 from project_people s where s.person_id = p.id and s.project_id = i.project_id))
    order by p.name, p.id limit 500`.execute(db)
  return rows
}
