// What a person can do with an issue, from its own page, a row, or many rows at once. Each is one transaction,
// tells whether anything changed, and is written to the timeline with its author.
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { Database } from '../db/database.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import type { Person } from '../db/people.ts'
import {
  acknowledgeIssue,
  assignIssue,
  commentOnIssue,
  listPeopleNames,
  snoozeIssue,
  unacknowledgeIssue,
} from '../db/triage.ts'

export const issueActions = [
  'acknowledge',
  'unacknowledge',
  'snooze',
  'unsnooze',
  'resolve',
  'ignore',
  'reopen',
  'assign',
  'comment',
] as const
export type IssueAction = (typeof issueActions)[number]

const maxComment = 4_000

const actionSchema = z.object({
  action: z.enum(issueActions),
  /** For `snooze`. */
  hours: z.coerce.number().int().min(1).max(720).catch(1),
  /** For `resolve`: the first release that has the fix; empty: none is known. */
  release: z.string().trim().max(250).catch(''),
  /** For `assign`: a person's id, `me`, or empty for nobody. */
  to: z.string().max(20).catch(''),
  /** For `comment`. */
  text: z.string().trim().max(maxComment).catch(''),
})
export type ActionForm = z.output<typeof actionSchema>

/** @throws AppError 'invalid_request': not an action there is */
export function readAction(body: unknown): ActionForm {
  const read = actionSchema.safeParse(body)
  if (read.success) return { ...read.data, release: read.data.release.replaceAll('\0', '') }
  throw new AppError('invalid_request', `An action is one of ${issueActions.join(', ')}.`)
}

/** Ids of the people that a text names: `@Mara` and `@mara.lindqvist` find Mara Lindqvist. */
export function mentionedIn(
  text: string,
  people: readonly { readonly id: number; readonly name: string; readonly email: string }[],
): number[] {
  const names = [...text.matchAll(/(?:^|[\s(,])@([\p{L}\p{N}._-]{2,60})/gu)].map((match) =>
    (match[1] ?? '').toLowerCase().replace(/[._-]+$/, ''),
  )
  const found = people.filter((person) => {
    const own = [
      person.name.toLowerCase().replaceAll(/\s+/g, '.'),
      person.name.toLowerCase().split(/\s+/)[0] ?? '',
      person.email.split('@')[0] ?? '',
    ]
    return names.some((name) => own.includes(name))
  })
  return found.map((person) => person.id)
}

/**
 * Does it. What is already so changes nothing.
 * @returns whether anything changed
 */
export async function actOnIssue(
  db: Database,
  issueId: number,
  form: ActionForm,
  by: Pick<Person, 'id' | 'name'>,
  at: Date,
): Promise<boolean> {
  const act = { issueId, at, by }
  const people = form.action === 'assign' || form.action === 'comment' ? await listPeopleNames(db) : []
  const status = (to: 'resolved' | 'ignored' | 'unresolved', reason: string, release?: string) => ({
    issueId,
    to,
    at,
    actor: `person:${by.id}`,
    reason,
    ...(to === 'resolved' ? { closedAt: at, ...(release ? { fixedInRelease: release } : {}) } : {}),
  })
  return db.transaction().execute(async (trx) => {
    switch (form.action) {
      case 'acknowledge':
        return acknowledgeIssue(trx, act)
      case 'unacknowledge':
        return unacknowledgeIssue(trx, act)
      case 'snooze':
        return snoozeIssue(trx, { ...act, until: new Date(at.getTime() + form.hours * 3_600_000) })
      case 'unsnooze':
        return snoozeIssue(trx, { ...act, until: null })
      case 'resolve': {
        const where = form.release
          ? `${by.name} resolved it: fixed in ${form.release}.`
          : `${by.name} resolved it by hand.`
        return changeIssueStatus(trx, status('resolved', where, form.release))
      }
      case 'ignore':
        return changeIssueStatus(trx, status('ignored', `${by.name} ignored it for good.`))
      case 'reopen':
        return changeIssueStatus(trx, status('unresolved', `${by.name} reopened it.`))
      case 'assign': {
        const id = form.to === 'me' ? by.id : form.to === '' ? null : Number(form.to)
        const to = id === null ? null : people.find((person) => person.id === id)
        if (to === undefined) throw new AppError('invalid_request', 'There is no such person to assign to.')
        return assignIssue(trx, { ...act, to })
      }
      case 'comment': {
        const text = form.text.replaceAll('\0', '')
        if (text === '') throw new AppError('invalid_request', 'A comment says something.')
        await commentOnIssue(trx, { ...act, text, mentioned: mentionedIn(text, people) })
        return true
      }
    }
  })
}

const pastTense: Record<IssueAction, string> = {
  acknowledge: 'Acknowledged',
  unacknowledge: 'Given back',
  snooze: 'Snoozed',
  unsnooze: 'No longer snoozed',
  resolve: 'Resolved',
  ignore: 'Ignored',
  reopen: 'Reopened',
  assign: 'Assigned',
  comment: 'Commented on',
}

/** "Resolved 3 issues" */
export function saidOf(action: IssueAction, count: number): string {
  return `${pastTense[action]} ${count === 1 ? '1 issue' : `${count} issues`}`
}

/** What takes an action back; null: nothing does. */
export const undoOf: Record<IssueAction, IssueAction | null> = {
  acknowledge: 'unacknowledge',
  unacknowledge: 'acknowledge',
  snooze: 'unsnooze',
  unsnooze: null,
  resolve: 'reopen',
  ignore: 'reopen',
  reopen: null,
  assign: null,
  comment: null,
}
