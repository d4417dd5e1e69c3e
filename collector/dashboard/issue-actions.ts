// What a person can do with an issue, from its own page, a row, or many rows at once. Each is one transaction,
// tells whether anything changed, and is written to the timeline with its author.
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import type { Database } from '../db/database.ts'
import { stateOf } from '../db/detection-state.ts'
import { canResumeEpisode } from '../db/issue-changes.ts'
import { changeIssueStatus } from '../db/issue-status.ts'
import type { Person } from '../db/people.ts'
import { fromUuid } from '../db/stored-events.ts'
import {
  acknowledgeIssue,
  assignIssue,
  commentOnIssue,
  listPeopleNames,
  listPeopleWhoSee,
  snoozeIssue,
  unacknowledgeIssue,
} from '../db/triage.ts'
import { decideAboutIssue } from '../db/troubled-issues.ts'
import { fileByHand } from '../detect/detect.ts'
import {
  type FixedIn,
  type IgnoreFor,
  ignoreWords,
  readFixedIn,
  readIgnore,
  readSnooze,
  type SnoozeFor,
} from './choices.ts'
import type { Viewer } from './format.ts'
import { mentionedIn } from './mentions.ts'

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
  'file',
] as const
export type IssueAction = (typeof issueActions)[number]

const maxComment = 4_000
/** A way back is for what was done this lately; what is older was meant. */
export const undoneSinceMs = 60_000

const choiceText = z
  .string()
  .trim()
  .max(250)
  .catch('')
  .transform((text) => text.replaceAll('\0', ''))

const actionSchema = z.object({
  /** The verb, or verb and choice: `snooze:4h`. */
  action: z.string().max(40),
  release: choiceText,
  change: choiceText,
  snooze_events: choiceText,
  ignore_until: choiceText,
  ignore_events: choiceText,
  ignore_users: choiceText,
  /** For `assign`: a person's id, `me`, or empty for nobody. */
  to: z.string().max(20).catch(''),
  /** For `comment`. */
  text: z.string().trim().max(maxComment).catch(''),
})
export type ActionForm = {
  readonly action: IssueAction
  readonly snooze: SnoozeFor
  readonly ignore: IgnoreFor
  readonly fixedIn: FixedIn
  readonly to: string
  readonly text: string
}

/** @throws AppError 'invalid_request': not an action there is, or a choice that makes no sense */
export function readAction(body: unknown, viewer: Viewer): ActionForm {
  const read = actionSchema.safeParse(body)
  const [verb, choice = ''] = read.success ? read.data.action.split(':') : []
  const action = issueActions.find((one) => one === verb)
  if (!read.success || !action) {
    throw new AppError('invalid_request', `An action is one of ${issueActions.join(', ')}.`)
  }
  const of = (one: IssueAction) => (action === one ? choice : '')
  return {
    action,
    snooze: readSnooze(of('snooze'), read.data, viewer),
    ignore: readIgnore(of('ignore'), read.data, viewer),
    fixedIn: readFixedIn(of('resolve'), read.data),
    to: read.data.to,
    text: read.data.text,
  }
}

const isForGood = ({ until, moreEvents, moreUsers }: IgnoreFor) =>
  until === null && moreEvents === null && moreUsers === null

/** What a resolution says of the fix, for the timeline and for what decides about later events. */
function resolution(fixedIn: FixedIn, by: string) {
  switch (fixedIn.kind) {
    case 'now':
      return {
        reason: `${by} resolved it by hand, for all releases at once.`,
        fixedIn: { releases: [], source: null, everywhere: true },
      }
    case 'unsaid':
      return { reason: `${by} resolved it by hand.` }
    case 'next':
      return { reason: `${by} resolved it by hand, in the next release.` }
    case 'change':
      return {
        reason: `${by} resolved it with ${fixedIn.change}, in the next release.`,
        fixedIn: { releases: [], source: fixedIn.change },
      }
    case 'release':
      return {
        reason: `${by} resolved it: fixed in ${fixedIn.release}.`,
        fixedIn: { releases: [fixedIn.release], source: null },
      }
  }
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
  const people =
    form.action === 'assign'
      ? await listPeopleNames(db)
      : form.action === 'comment'
        ? await listPeopleWhoSee(db, issueId)
        : []
  const status = { issueId, at, actor: `person:${by.id}` }
  if (form.action === 'file') {
    const who = { name: by.name, actor: status.actor }
    return decideAboutIssue(
      db,
      issueId,
      async (_trx, issue) => fileByHand(stateOf(issue), at, who, fromUuid(issue.last_event_id)),
      at,
    )
  }
  const { action } = form
  return db.transaction().execute(async (trx) => {
    switch (action) {
      case 'acknowledge':
        return acknowledgeIssue(trx, act)
      case 'unacknowledge':
        return unacknowledgeIssue(trx, act)
      case 'snooze':
        return snoozeIssue(trx, { ...act, ...form.snooze })
      case 'unsnooze':
        return snoozeIssue(trx, { ...act, until: null, moreEvents: null })
      case 'resolve': {
        const said = resolution(form.fixedIn, by.name)
        return changeIssueStatus(trx, { ...status, to: 'resolved', closedAt: at, ...said })
      }
      case 'ignore': {
        const reason = `${by.name} ignored it ${ignoreWords(form.ignore)}.`
        return changeIssueStatus(trx, {
          ...status,
          to: 'ignored',
          reason,
          ...(isForGood(form.ignore) ? {} : { ignoreFor: form.ignore }),
        })
      }
      case 'reopen': {
        const resumesEpisode = await canResumeEpisode(trx, issueId, new Date(at.getTime() - undoneSinceMs))
        const reason = `${by.name} reopened it.`
        return changeIssueStatus(trx, { ...status, to: 'unresolved', reason, resumesEpisode })
      }
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
  file: 'Filing',
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
  file: null,
}
