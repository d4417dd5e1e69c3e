// The start page: what needs a person now, most urgent first; then what is in hand. It polls: the address of
// the next poll names what is shown, so nothing moves under a thumb. A row acted upon stays where it is with a
// way back, and new ones wait behind "2 new" until they are asked for.
import type { Request, RequestHandler } from 'express'
import { z } from 'zod'
import { AppError } from '../../shared/errors.ts'
import { localPath } from '../access/local-path.ts'
import { countNeeds } from '../db/frame-counts.ts'
import { heardUpTo } from '../db/heard.ts'
import { type IssueListRow, listAlarms, listHoursOfIssues, listIssuesById } from '../db/issue-list.ts'
import { handleTrouble, listTroubleHands, type TroubleHand } from '../db/loop-troubles.ts'
import { lastAlertAt, listInHand, listWaited } from '../db/on-call.ts'
import { listFilingErrors } from '../db/project-list.ts'
import { listProjectNames } from '../db/projects.ts'
import { listRelays, type Relay } from '../db/relays.ts'
import {
  findStormProject,
  listHoursOfStorms,
  listIssuesOfStorm,
  listStormRows,
  type StormRow,
} from '../db/storm-rows.ts'
import { sparkFrom } from './bars.ts'
import { calmView, stripMs } from './calm.ts'
import { nextMorning } from './choices.ts'
import type { PageDeps } from './deps.ts'
import { boundedCount, clockTime, initials, plural, type Viewer } from './format.ts'
import { heardView } from './frame.ts'
import { actOnIssue, type IssueAction, readAction, undoneSinceMs } from './issue-actions.ts'
import { issueListHref } from './issue-query.ts'
import { issueRowView, type RowContext } from './issue-row.ts'
import { needsBound } from './limits.ts'
import { quietOf, snoozeWords } from './marks.ts'
import {
  byUrgency,
  doneWithIssue,
  doneWithStorm,
  doneWithTrouble,
  needSentence,
  type OnCallRow,
  onCallIssue,
  onCallStorm,
  onCallTrouble,
  stormKey,
  stormOfKey,
} from './on-call-row.ts'
import { handOf, isOpenTrouble, type Trouble, troublesOf } from './troubles.ts'

/** More than a person can have in mind; the rest is one link away, in the same order. */
const rowsShown = 30
/** With storms, troubles, and those that were acted upon. */
const maxShown = 100
const inHandShown = 30
const stormsShown = 20
const snoozeMs = 3_600_000
const stormActions: readonly IssueAction[] = [
  'acknowledge',
  'unacknowledge',
  'snooze',
  'unsnooze',
  'resolve',
  'reopen',
]
const maxOfStorm = 1_000

export type OnCallData = RowContext & {
  /** Open alarms that no storm stands for. */
  readonly alarms: readonly IssueListRow[]
  /** Storms that ask for somebody, and those that were shown. */
  readonly storms: readonly StormRow[]
  readonly stormHours: ReadonlyMap<number, ReadonlyMap<number, number>>
  /** Issues that were shown and may need nobody any more, and those in hand. */
  readonly others: readonly IssueListRow[]
  readonly inHandIds: readonly number[]
  readonly troubles: readonly Trouble[]
  readonly hands: readonly TroubleHand[]
  /** Alarms and storms that ask for somebody, also those past what was read; up to the bound + 1. */
  readonly open: number
  readonly relays: readonly Relay[]
  /** Keys of rows that the page shows already, in their order; null: it is loaded anew. */
  readonly shown: readonly string[] | null
  /** When the page was loaded, if it could not show all; what it left out is older, and not new. ms */
  readonly cutAt: number | null
  readonly calm: ReturnType<typeof calmView> | null
  readonly canAct: boolean
  /** Slug of the one project that is asked for; '': all that the person sees. */
  readonly project: string
}

function rowOf(key: string, data: OnCallData, viewer: Viewer): OnCallRow | null {
  const trouble = data.troubles.find((one) => one.trouble === key)
  if (trouble) {
    if (isOpenTrouble(trouble, data.hands, viewer.now)) return onCallTrouble(trouble, null, viewer)
    const done = doneWithTrouble(handOf(trouble, data.hands), viewer)
    return done && onCallTrouble(trouble, done, viewer)
  }
  const storm = data.storms.find((row) => stormKey(row.id) === key)
  if (storm) {
    if (storm.open > 0) return onCallStorm(storm, data.stormHours.get(storm.id), null, viewer)
    const done = doneWithStorm(storm, viewer)
    return done && onCallStorm(storm, data.stormHours.get(storm.id), done, viewer)
  }
  const alarm = data.alarms.find((row) => String(row.id) === key)
  if (alarm) return onCallIssue(alarm, data, null, viewer)
  const other = data.others.find((row) => String(row.id) === key)
  if (!other) return null
  const done = doneWithIssue(other, viewer)
  // Also one that so many others have overtaken that it was not among those read.
  return done || other.rank > 0 ? onCallIssue(other, data, done, viewer) : null
}

/** One line of what somebody has, or a clock has. */
function inHandView(row: IssueListRow, data: OnCallData, viewer: Viewer) {
  const view = issueRowView(row, data, viewer)
  const { alert } = row
  let state = ''
  if (row.status === 'resolving') {
    const quiet = quietOf(row, data.heard, data.quietMinutes)
    const silent = data.heard.relays.filter((relay) => relay.error !== null)
    state = quiet.stands
      ? `clock stands at ${quiet.minutes} of ${quiet.of} min${silent.length > 0 ? `: ${plural(silent.length, 'relay')} silent` : ''}`
      : `quiet for ${quiet.minutes} of ${quiet.of} min`
  } else if (row.snoozedForEvents !== null || (row.snoozedUntil && row.snoozedUntil > viewer.now)) {
    const words = snoozeWords(row, viewer)
    state = `${words.charAt(0).toLowerCase()}${words.slice(1)}${row.snoozedBy ? ` by ${row.snoozedBy}` : ''}`
  } else if (alert?.acknowledgedAt) {
    state = `acknowledged by ${alert.acknowledgedBy ?? 'somebody'}, ${clockTime(alert.acknowledgedAt, viewer).text}`
  }
  const holder = row.assignee?.name ?? alert?.acknowledgedBy ?? null
  return {
    ...view,
    id: `hand-${row.id}`,
    state,
    holder: holder && { name: holder, initials: initials(holder) },
  }
}

function newWords(rows: readonly OnCallRow[]): string {
  const fatal = rows.filter((row) => row.kind === 'Fatal').length
  return `${rows.length} new${fatal > 0 ? `, ${fatal} fatal` : ''}`
}

export function onCallView(data: OnCallData, viewer: Viewer) {
  const openTroubles = data.troubles.filter((trouble) => isOpenTrouble(trouble, data.hands, viewer.now))
  const needs = byUrgency([
    ...data.storms
      .filter((row) => row.open > 0)
      .map((row) => onCallStorm(row, data.stormHours.get(row.id), null, viewer)),
    ...data.alarms.map((row) => onCallIssue(row, data, null, viewer)),
    ...openTroubles.map((trouble) => onCallTrouble(trouble, null, viewer)),
  ])
  const kept = (data.shown ?? []).map((key) => rowOf(key, data, viewer)).filter((row) => row !== null)
  // With nothing on the page there is nothing that a new one could move.
  const rows = kept.length > 0 ? kept : needs
  const isShown = new Set(rows.map((row) => row.key))
  const total = Math.max(data.open + openTroubles.length, needs.length)
  const left = total - rows.filter((row) => row.done === null).length
  const cutAt = kept.length > 0 ? data.cutAt : left > 0 ? viewer.now.getTime() : null
  const waiting = needs.filter((row) => !isShown.has(row.key) && (cutAt === null || row.at > cutAt))
  const more = left - waiting.length
  const inHand = data.inHandIds
    .filter((id) => !isShown.has(String(id)))
    .map((id) => data.others.find((row) => row.id === id))
    .filter((row) => row !== undefined)
  const oldest = needs.reduce((at, row) => Math.min(at, row.at), Number.POSITIVE_INFINITY)
  const onlyLoop = needs.length > 0 && needs.every((row) => row.rank === 1)
  const heard = heardView(data.heard, viewer)
  return {
    needs: total,
    icon: needs.length === 0 ? '' : onlyLoop ? 'amber' : 'red',
    sentence: needSentence(total, needsBound),
    since: needs.length > 0 ? `since ${clockTime(new Date(oldest), viewer).text}, most urgent first` : '',
    rows,
    first: rows.find((row) => row.done === null)?.key ?? null,
    more: more > 0 ? `${boundedCount(more, needsBound - rows.length)} more, in the same order` : null,
    pill: waiting.length > 0 ? newWords(waiting) : null,
    calm: rows.length === 0 ? data.calm : null,
    inHand: inHand.map((row) => inHandView(row, data, viewer)),
    relays: {
      hue: heard.hue,
      text: `${heard.relays}${heard.hue === 'green' ? ', nothing lost' : ''}`,
      more: heard.time ? `heard all up to ${heard.time.text}` : heard.text,
    },
    here: hereOf(
      rows.map((row) => row.key),
      cutAt,
      data.project,
    ),
    // All that needs somebody is counted on the tab, whatever is looked at.
    isAll: data.project === '',
    top: hereOf([], null, data.project),
    moreHref: issueListHref({ project: data.project }),
    updated: clockTime(viewer.now, viewer, true),
    morning: clockTime(nextMorning(viewer), viewer).text,
    canAct: data.canAct,
  }
}

/** The address of a poll says what is shown. */
function hereOf(keys: readonly string[], cutAt: number | null, project: string): string {
  const parts = [
    project === '' ? '' : `project=${encodeURIComponent(project)}`,
    keys.length === 0 ? '' : `shown=${keys.map(encodeURIComponent).join(',')}`,
    keys.length === 0 || cutAt === null ? '' : `cut=${cutAt}`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? '/' : `/?${parts.join('&')}`
}

function readHere(req: Request): Pick<OnCallData, 'shown' | 'cutAt'> {
  const { shown, cut } = req.query
  if (typeof shown !== 'string' || shown.length > 20_000) return { shown: null, cutAt: null }
  const keys = shown.split(',').filter((key) => key !== '')
  if (keys.length === 0) return { shown: null, cutAt: null }
  return {
    shown: keys.slice(0, maxShown),
    cutAt: typeof cut === 'string' && /^\d{1,15}$/.test(cut) ? Number(cut) : null,
  }
}

export function createOnCallPage(deps: PageDeps) {
  const { db, now, config, viewer, person, show, scope } = deps

  const page: RequestHandler = async (req, res) => {
    const look = viewer(req)
    const allowed = await scope(req)
    const projects = await listProjectNames(db, allowed)
    // One that there is not, or that the person may not see, is none: all are shown.
    const chosen = projects.find(({ slug }) => slug === req.query.project)
    const projectIds = chosen ? [chosen.id] : allowed
    const within = { projectIds, now: look.now }
    const filter = { ...within, statuses: ['unresolved' as const], terms: [], me: null }
    const { shown, cutAt } = readHere(req)
    const [counts, alarms, storms, inHandIds, relays, filing, hands, heard, who] = await Promise.all([
      countNeeds(db, within, needsBound),
      // As many more as are shown: of those that came meanwhile the most urgent are told.
      listAlarms(db, filter, null, rowsShown + (shown?.length ?? 0), { withoutStorms: true }),
      listStormRows(
        db,
        within,
        (shown ?? []).map(stormOfKey).filter((id) => id !== null),
        stormsShown,
      ),
      listInHand(db, within, inHandShown),
      listRelays(db),
      listFilingErrors(db, { defaultRepository: config.github.repository, projectIds }),
      listTroubleHands(db),
      heardUpTo(db),
      person(req),
    ])
    const isAlarm = new Set(alarms.map((row) => row.id))
    const wanted = [...inHandIds, ...(shown ?? []).filter((key) => /^\d{1,15}$/.test(key)).map(Number)]
    const others = await listIssuesById(
      db,
      within,
      [...new Set(wanted)].filter((id) => !isAlarm.has(id)),
    )
    const troubles = troublesOf({ relays, filing }, look)
    const isCalm =
      alarms.length === 0 &&
      !storms.some((storm) => storm.open > 0) &&
      !troubles.some((one) => isOpenTrouble(one, hands, look.now))
    const [hours, stormHours, calm] = await Promise.all([
      listHoursOfIssues(
        db,
        [...alarms, ...others].map((row) => row.id),
        sparkFrom(look.now),
      ),
      listHoursOfStorms(
        db,
        storms.map((storm) => storm.id),
        sparkFrom(look.now),
      ),
      isCalm
        ? Promise.all([
            listWaited(db, within, new Date(look.now.getTime() - stripMs)),
            lastAlertAt(db, within),
          ]).then(([waited, lastAt]) => calmView(waited, lastAt, look))
        : null,
    ])
    const data: OnCallData = {
      alarms,
      storms,
      stormHours,
      others,
      inHandIds,
      troubles,
      hands,
      open: counts.alarms + counts.storms,
      relays,
      shown,
      cutAt,
      calm,
      hours,
      heard,
      quietMinutes: config.quietMinutes,
      canAct: who.role !== 'viewer',
      project: chosen?.slug ?? '',
    }
    const view = {
      ...onCallView(data, look),
      projects: projects.map(({ slug }) => ({ value: slug, selected: slug === data.project })),
    }
    const names = { page: 'pages/on-call', fragment: 'partials/on-call' }
    await show(req, res, names, view, { title: 'On call', section: 'on-call' })
  }

  /** Takes a trouble of the loop in hand, puts it off, or gives it back. */
  const handle: RequestHandler = async (req, res) => {
    const { trouble, action, back } = z
      .object({
        trouble: z.string().max(500),
        action: z.enum(['acknowledge', 'snooze', 'release']),
        back: z.string().max(20_000).catch('/'),
      })
      .catch(() => {
        throw new AppError('invalid_request', 'A trouble can be acknowledged, put off or given back.')
      })
      .parse(req.body)
    const at = now()
    const where = { defaultRepository: config.github.repository, projectIds: await scope(req) }
    const [relays, filing, who] = await Promise.all([
      listRelays(db),
      listFilingErrors(db, where),
      person(req),
    ])
    const found = troublesOf({ relays, filing }, viewer(req)).find((one) => one.trouble === trouble)
    // One that has ended meanwhile needs nothing any more.
    if (found) {
      await handleTrouble(db, found, {
        personId: who.id,
        acknowledgedAt: action === 'acknowledge' ? at : null,
        snoozedUntil: action === 'snooze' ? new Date(at.getTime() + snoozeMs) : null,
      })
    }
    res.redirect(303, localPath(back))
  }

  /** Takes all issues of a storm in hand, puts them off, resolves them, or takes back what was just done. */
  const handleStorm: RequestHandler = async (req, res) => {
    const action = readAction(req.body, viewer(req))
    if (!stormActions.includes(action.action)) {
      throw new AppError('invalid_request', `With a storm one can ${stormActions.join(', ')}.`)
    }
    const storm = String(req.params.storm)
    if ((await findStormProject(db, storm)) === undefined)
      throw new AppError('not_found', 'There is no such storm.')
    const since = new Date(now().getTime() - undoneSinceMs)
    const which =
      action.action === 'reopen'
        ? { resolvedSince: since }
        : action.action === 'unacknowledge' || action.action === 'unsnooze'
          ? { takenSince: since }
          : {}
    const who = await person(req)
    for (const id of await listIssuesOfStorm(db, Number(storm), maxOfStorm, which)) {
      await actOnIssue(db, id, action, who, now())
    }
    res.redirect(303, localPath(typeof req.body?.back === 'string' ? req.body.back : '/'))
  }

  return { page, handle, handleStorm }
}
