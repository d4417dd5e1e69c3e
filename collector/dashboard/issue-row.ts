// One issue as a row: in lists, on call, in the palette. Pure.
import type { Heard } from '../db/heard.ts'
import type { IssueListRow } from '../db/issue-list.ts'
import { sparkView } from './bars.ts'
import {
  ageTime,
  agoTime,
  countView,
  cutEnd,
  cutMiddle,
  initials,
  shortRelease,
  type Viewer,
} from './format.ts'
import { isAlarm, type LoopFacts, markOf, quietOf, tagsOf } from './marks.ts'
import { monogramOf } from './monogram.ts'

/** What rows are shown with, beside themselves. */
export type RowContext = {
  /** By issue, then by hour (ms). */
  readonly hours: ReadonlyMap<number, ReadonlyMap<number, number>>
  readonly heard: Heard
  /** Of issues that have no length of their own. */
  readonly quietMinutes: number
}

/** What the mark looks at. */
export function loopFactsOfRow(row: IssueListRow, context: RowContext): LoopFacts {
  return {
    status: row.status,
    level: row.level,
    regressions: row.regressions,
    inEpisode: row.inEpisode,
    alert: row.alert,
    trackerNumber: row.trackerIssue?.number ?? null,
    snoozedUntil: row.snoozedUntil,
    snoozedForEvents: row.snoozedForEvents,
    quiet: row.status === 'resolving' ? quietOf(row, context.heard, context.quietMinutes) : null,
  }
}

export function issueRowView(row: IssueListRow, context: RowContext, viewer: Viewer) {
  const facts = loopFactsOfRow(row, context)
  const mark = markOf(facts, viewer.now)
  const alarm = row.alert && isAlarm(mark) ? { from: row.alert.createdAt, hue: mark.hue } : null
  return {
    id: row.id,
    href: `/issues/${row.id}`,
    mark,
    type: row.titleType === null ? null : cutEnd(row.titleType, 200),
    message: cutEnd(row.titleType === null ? row.title : row.titleValue, 300),
    monogram: monogramOf(row.projectPlatform ?? row.platform),
    project: row.projectSlug,
    culprit: cutMiddle(row.culprit, 90),
    tags: tagsOf({ ...facts, firstSeenAt: row.firstSeenAt, lastRelease: row.lastRelease }, viewer),
    tracker: row.trackerIssue && {
      number: `#${row.trackerIssue.number}`,
      icon: row.trackerIssue.state === 'open' ? 'ghopen' : 'ghclosed',
      words: `Tracker issue ${row.trackerIssue.number}, ${row.trackerIssue.state}`,
    },
    isDimmed: row.status === 'ignored' || mark.name === 'snoozed',
    spark: sparkView(context.hours.get(row.id) ?? new Map(), viewer, alarm),
    events: countView(row.eventCount),
    users: row.userCount > 0 ? countView(row.userCount) : null,
    release: row.lastRelease ? { text: shortRelease(row.lastRelease), exact: row.lastRelease } : null,
    age: ageTime(row.firstSeenAt, viewer),
    last: agoTime(row.lastSeenAt, viewer),
    lastShort: ageTime(row.lastSeenAt, viewer),
    assignee: row.assignee && {
      initials: initials(row.assignee.name),
      words: `Assigned to ${cutEnd(row.assignee.name, 80)}`,
    },
  }
}

export type IssueRowView = ReturnType<typeof issueRowView>
