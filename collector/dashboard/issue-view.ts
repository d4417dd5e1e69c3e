// The page of one issue, formatted: what is true of the issue. Pure.
import type { IssueListRow } from '../db/issue-list.ts'
import type { IssueDetails, TagShares } from '../db/issue-page.ts'
import type { MergedIssue } from '../db/merged-issues.ts'
import type { IssueStatus } from '../db/schema.ts'
import { chartView, type Fixed, spanLinks } from './chart.ts'
import { nextMorning } from './choices.ts'
import { choicesOf, type EventQuery, eventHref, fieldValue } from './event-query.ts'
import { filingView } from './filing-view.ts'
import {
  agoTime,
  clockTime,
  countView,
  cutEnd,
  initials,
  safeLink,
  shortRelease,
  type Viewer,
  versionOf,
} from './format.ts'
import { issueRowView, type RowContext } from './issue-row.ts'
import { isAcknowledged, isSnoozed, levelHue, markOf } from './marks.ts'
import { mergedView } from './merged.ts'
import { monogramOf } from './monogram.ts'
import { slopeText } from './on-call-row.ts'
import { sharesView } from './shares.ts'
import { type BandFacts, bandView, currentEpisode, loopFactsOf } from './state-band.ts'
import { timelineView } from './timeline.ts'

export type IssuePageData = BandFacts & {
  readonly hours: ReadonlyMap<number, number>
  readonly shares: readonly TagShares[]
  /** A tag of which all values are there; null: of each the commonest. */
  readonly unfolded: string | null
  readonly query: EventQuery
  /** Events of releases that should have the fix; null: nothing is known of one. */
  readonly fixed: Fixed | null
  readonly canAct: boolean
  /** Known releases of the project, newest first: one of them may have the fix. */
  readonly releases: readonly string[]
  readonly people: readonly { readonly id: number; readonly name: string }[]
  readonly similar: readonly IssueListRow[]
  readonly merged: readonly MergedIssue[]
  readonly context: RowContext
}

type Action = {
  readonly name: string
  readonly label: string
  readonly icon: string
  readonly key: string
}

const acknowledge: Action = { label: 'Acknowledge', name: 'acknowledge', icon: 'check', key: 'y' }
const giveBack: Action = { label: 'Give back', name: 'unacknowledge', icon: 'check', key: 'y' }
const reopen: Action = { label: 'Reopen', name: 'reopen', icon: 'replay', key: 'o' }

/** Which verbs an issue offers, by its state; assigning and commenting are always there. */
function actionsOf(data: IssuePageData, viewer: Viewer) {
  const { now } = viewer
  const { issue } = data
  const facts = loopFactsOf(data)
  const isOpen: Record<IssueStatus, boolean> = {
    unresolved: true,
    resolving: true,
    resolved: false,
    ignored: false,
    merged: false,
  }
  const asks = issue.status === 'unresolved' && issue.inEpisode && facts.alert !== null
  return {
    acknowledge: asks ? (isAcknowledged(facts) ? giveBack : acknowledge) : null,
    isAsking: asks && !isAcknowledged(facts),
    reopen: issue.status === 'unresolved' || issue.status === 'merged' ? null : reopen,
    canResolve: isOpen[issue.status] || issue.status === 'ignored',
    canIgnore: isOpen[issue.status] || issue.status === 'resolved',
    canSnooze: issue.status === 'unresolved',
    isSnoozed: isSnoozed(facts, now),
    releases: data.releases.map((release) => ({ value: release, label: shortRelease(release) })),
    morning: clockTime(nextMorning(viewer), viewer).text,
  }
}

const levelWord = (level: string) => `${level.charAt(0).toUpperCase()}${level.slice(1)}`

function releasesText(issue: IssueDetails): { text: string; exact: string } | null {
  const { firstRelease, lastRelease } = issue
  if (!lastRelease) return null
  if (!firstRelease || firstRelease === lastRelease)
    return { text: shortRelease(lastRelease), exact: lastRelease }
  return {
    text: `${versionOf(firstRelease)} – ${versionOf(lastRelease)}`,
    exact: `${firstRelease} – ${lastRelease}`,
  }
}

function factsStrip(data: IssuePageData, viewer: Viewer) {
  const { issue } = data
  const inRelease = (release: string | null) => (release ? `in ${shortRelease(release)}` : 'no release')
  const releases = releasesText(issue)
  return [
    {
      label: 'Events',
      ...countView(issue.eventCount),
      more: slopeText(data.hours, viewer.now),
      kind: 'figure',
    },
    {
      label: 'Users',
      ...(issue.userCount > 0
        ? countView(issue.userCount)
        : { text: '–', exact: 'None of its events names a user' }),
      more: issue.userCount > 0 ? 'different ones' : 'none named',
      kind: 'figure',
    },
    {
      label: 'Releases',
      text: releases?.text ?? '–',
      exact: releases?.exact ?? 'No event names a release',
      more: releases ? 'first and last' : 'none named',
      kind: 'words',
    },
    {
      label: 'First seen',
      ...clockTime(issue.firstSeenAt, viewer),
      more: inRelease(issue.firstRelease),
      kind: 'time',
    },
    {
      label: 'Last seen',
      ...agoTime(issue.lastSeenAt, viewer),
      more: inRelease(issue.lastRelease),
      kind: 'time',
    },
  ]
}

/** Band and facts: the part that is polled while the page is open. */
export function issueStateView(data: IssuePageData, viewer: Viewer) {
  return {
    id: data.issue.id,
    band: bandView(data, viewer),
    facts: factsStrip(data, viewer),
  }
}

function trackerView(data: IssuePageData, viewer: Viewer) {
  const { issue, canAct } = data
  const { alert, tracker } = currentEpisode(data)
  const isStuck = !tracker && (data.repository === null || (alert?.error ?? null) !== null)
  const earlier = data.trackerIssues.filter((one) => one !== tracker)
  return {
    repository: tracker?.repository ?? data.repository,
    issue: tracker && {
      number: `#${tracker.number}`,
      title: cutEnd(tracker.title, 200),
      href: safeLink(tracker.url),
      labels: tracker.labels.length > 0 ? cutEnd(tracker.labels.join(', '), 160) : null,
      icon: tracker.state === 'open' && tracker.fate === null ? 'ghopen' : 'ghclosed',
      facts: [
        tracker.movedFrom ? `moved here from ${tracker.movedFrom}` : '',
        tracker.fate === 'deleted'
          ? 'deleted, or moved out of sight'
          : tracker.fate === 'converted'
            ? 'made a discussion'
            : tracker.state === 'open'
              ? 'open'
              : `closed${tracker.closedBy ? ` by @${tracker.closedBy}` : ''}${tracker.closedAt ? ` ${clockTime(tracker.closedAt, viewer).text}` : ''}`,
        tracker.locked ? 'locked' : '',
        tracker.assignee ? `assigned to @${tracker.assignee}` : 'nobody assigned',
        earlier[0] ? `follows #${earlier[0].number}` : '',
      ]
        .filter(Boolean)
        .join(' · '),
    },
    duplicateOf: data.issue.duplicateOf && {
      text: `${data.issue.duplicateOf.projectSlug.toUpperCase()}-${data.issue.duplicateOf.number}`,
      href: `/issues/${data.issue.duplicateOf.id}`,
    },
    filing: filingView(data, viewer),
    canFile: canAct && issue.status === 'unresolved' && !issue.inEpisode && data.repository !== null,
    mendHref: isStuck ? `/projects/${encodeURIComponent(issue.projectSlug)}/settings/filing` : null,
    earlier: earlier.map((one) => ({
      text: `#${one.number}`,
      href: safeLink(one.url),
      facts: `episode ${one.episode}, ${one.state}`,
    })),
  }
}

/** What depends on which events are chosen, beside the event itself. */
export function chosenView(data: Pick<IssuePageData, 'query' | 'shares' | 'unfolded'>, here: string) {
  const { query } = data
  return {
    spans: spanLinks(query.span).map((one) => ({
      ...one,
      href: eventHref(here, { ...query, span: one.span, from: null, to: null }),
    })),
    choices: choicesOf(query),
    shares: sharesView(data.shares, { href: here, query }, data.unfolded),
  }
}

// Rows of the timeline that stand open; the others fold away.
const timelineShown = 12

/** What is true of the issue, formatted. */
export function issueView(data: IssuePageData, viewer: Viewer) {
  const { issue, query } = data
  const { alert } = currentEpisode(data)
  const state = issueStateView(data, viewer)
  const mark = markOf(loopFactsOf(data), viewer.now)
  const hot =
    alert && issue.inEpisode
      ? {
          from: alert.createdAt,
          hue: state.band.hue === 'violet' ? ('violet' as const) : levelHue[issue.level],
          words: `${levelWord(issue.level)} since ${clockTime(alert.createdAt, viewer).text}`,
        }
      : null
  const here = `/issues/${issue.id}`
  const range = query.from && query.to ? { from: query.from, to: query.to } : null
  return {
    ...state,
    href: here,
    here: eventHref(here, query),
    shortId: shortId(issue),
    project: issue.projectSlug,
    projectHref: `/issues?project=${encodeURIComponent(issue.projectSlug)}`,
    monogram: monogramOf(issue.projectPlatform ?? issue.platform),
    type: issue.titleType === null ? null : cutEnd(issue.titleType, 300),
    message: cutEnd(issue.titleType === null ? issue.title : issue.titleValue, 2_000),
    level:
      issue.level === 'error'
        ? null
        : {
            word: levelWord(issue.level),
            hue: issue.level === 'debug' ? '' : levelHue[issue.level],
          },
    unhandled: issue.handled === false,
    culprit: cutEnd(issue.culprit, 300),
    mark,
    canAct: data.canAct,
    actions: actionsOf(data, viewer),
    assignee: issue.assignee && {
      name: cutEnd(issue.assignee.name, 80),
      initials: initials(issue.assignee.name),
    },
    people: data.people.map((one) => ({
      id: one.id,
      name: cutEnd(one.name, 80),
      current: one.id === issue.assignee?.id,
    })),
    chart: chartView(
      { hours: data.hours, changes: data.changes, span: query.span, hot, fixed: data.fixed, range },
      viewer,
    ),
    range: {
      from: range ? fieldValue(range.from, viewer) : '',
      to: range ? fieldValue(range.to, viewer) : '',
    },
    ...chosenView(data, here),
    tracker: trackerView(data, viewer),
    merged: mergedView(data.merged, viewer),
    similar: data.similar.map((row) => issueRowView(row, data.context, viewer)),
    timeline: timelineView(data.changes, viewer),
    timelineShown,
  }
}

/** What people call an issue: "RIDER-APP-17". */
export function shortId(issue: { readonly projectSlug: string; readonly number: number }): string {
  return `${issue.projectSlug.toUpperCase()}-${issue.number}`
}
