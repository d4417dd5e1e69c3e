// Pure: title and body of the tracker issue for one episode. The wording stands in templates/tracker/;
// here the facts become lines. Everything that came from an event passes through quote.ts, and all of it
// is bounded, so that the body stays far below GitHub's 65,536 characters.
import { join } from 'node:path'
import { Eta } from 'eta'
import { z } from 'zod'
import type { AlertRule } from '../db/schema.ts'
import type { FilingFacts } from '../db/tracker-issues.ts'
import type { Breadcrumb, Event, Frame } from '../pipeline/event.ts'
import { describeDuration } from './duration.ts'
import { cutText, fencedBlock, inlineCode, plainLine } from './quote.ts'

/** What detection wrote down; whatever is missing or odd is left out of the text. */
const ruleFacts = z.object({
  events: z.number().optional().catch(undefined),
  windowMinutes: z.number().optional().catch(undefined),
  heldMs: z.number().optional().catch(undefined),
  fixedInRelease: z.string().nullish().catch(undefined),
})

export type IssueTextInput = {
  /** The line of marker.ts. */
  readonly marker: string
  /** owner/name the text goes to: predecessors there are named by number alone. */
  readonly repository: string
  readonly rule: AlertRule
  readonly ruleFacts: Readonly<Record<string, unknown>>
  readonly detectedAt: Date
  readonly facts: FilingFacts
  /** The event that set the rule off; null: no longer kept. */
  readonly event: Event | null
  /** Address of our issue page. */
  readonly issueUrl: string
}

const maxTitle = 200
const maxFrames = 12
const maxBreadcrumbs = 12

// Markdown, not HTML: nothing is escaped by the template, all is made harmless before.
const eta = new Eta({
  views: join(import.meta.dirname, '../../templates/tracker'),
  autoEscape: false,
  autoTrim: false,
  cache: true,
})

function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
}

function moment(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function describeRule(rule: AlertRule, facts: z.output<typeof ruleFacts>): string {
  switch (rule) {
    case 'burst':
      return facts.events && facts.windowMinutes
        ? `Burst: ${facts.events} events within ${facts.windowMinutes} minutes.`
        : 'Burst: several events in a short time.'
    case 'fatal':
      return 'Fatal: one event is enough.'
    case 'regression':
      return 'Regression: it was resolved, and came again.'
    case 'slow_burn':
      return 'Slow burn: it goes on, and was not filed yet.'
    case 'escalation':
      return 'Escalation: it keeps coming back after it was resolved.'
  }
}

function describeFrame(frame: Frame): string {
  const name = frame.function ?? frame.rawFunction ?? '?'
  const file = frame.filename ?? frame.absPath ?? frame.module ?? frame.package ?? '?'
  const place = frame.line === null ? '' : `:${frame.line}${frame.column === null ? '' : `:${frame.column}`}`
  return `${cutText(name, 120)}  (${cutText(file, 160)}${place})`
}

/** Crash site first; in-app frames where there are any, else the topmost of all. */
function topFrames(event: Event): { readonly inApp: boolean; readonly lines: readonly string[] } {
  const stacktrace =
    event.exceptions[event.mainException]?.stacktrace ??
    event.stacktrace ??
    event.threads.find((thread) => thread.crashed || thread.current)?.stacktrace
  const frames = [...(stacktrace?.frames ?? [])].reverse()
  const inApp = frames.filter((frame) => frame.inApp)
  const shown = inApp.length > 0 ? inApp : frames
  return { inApp: inApp.length > 0, lines: shown.slice(0, maxFrames).map(describeFrame) }
}

function describeBreadcrumb(breadcrumb: Breadcrumb): string {
  const time = breadcrumb.at === null ? '--:--:--' : new Date(breadcrumb.at).toISOString().slice(11, 19)
  const data = breadcrumb.data ? JSON.stringify(breadcrumb.data) : ''
  const text = [breadcrumb.message ?? '', data].join(' ').replace(/\s+/g, ' ').trim()
  return `${time}  ${cutText(breadcrumb.category ?? breadcrumb.type, 40)}  ${cutText(text, 200)}`
}

function listNames(of: readonly { readonly name: string; readonly events: number }[]): string {
  return of
    .map(({ name, events }) => `${inlineCode(name || '(none)', 120)} (${events.toLocaleString('en-US')})`)
    .join(', ')
}

/** The tracker issues this one follows, as references that link both ways; on purpose the only ones. */
function describeHistory(input: IssueTextInput, facts: z.output<typeof ruleFacts>): string | null {
  const { predecessors } = input.facts
  const [latest] = predecessors
  if (!latest) return null
  const names = predecessors.map((p) =>
    p.repository === input.repository ? `#${p.number}` : `${p.repository}#${p.number}`,
  )
  const heldMs = facts.heldMs ?? (latest.closedAt && input.detectedAt.getTime() - latest.closedAt.getTime())
  const held = heldMs === null || heldMs < 0 ? '' : ` It held for ${describeDuration(heldMs)}.`
  const fix = facts.fixedInRelease
    ? ` The fix was thought to be in ${inlineCode(facts.fixedInRelease, 120)}.`
    : ''
  return `Follows ${names.join(', ')}.${held}${fix}`
}

/**
 * @returns title (at most 256 characters) and Markdown body (at most 65,536) as GitHub takes them; the
 *          body's first line is the marker
 */
export function writeIssueText(input: IssueTextInput): { title: string; body: string } {
  const facts = ruleFacts.parse(input.ruleFacts)
  const { issue, project, releases, environments } = input.facts
  const frames = input.event ? topFrames(input.event) : { inApp: false, lines: [] }
  const breadcrumbs = (input.event?.breadcrumbs ?? []).slice(-maxBreadcrumbs).map(describeBreadcrumb)
  const type = input.event?.titleType
  const said = input.event ? `${type ? `${type}: ` : ''}${input.event.titleValue}` : issue.title
  const prefix = input.rule === 'regression' || input.rule === 'escalation' ? 'Regression: ' : ''
  const view = {
    marker: input.marker,
    rule: describeRule(input.rule, facts),
    history: describeHistory(input, facts),
    project: inlineCode(project.slug, 60),
    level: issue.level,
    handled: issue.handled,
    platform: inlineCode(issue.platform, 40),
    detectedAt: moment(input.detectedAt),
    firstSeenAt: moment(issue.firstSeenAt),
    lastSeenAt: moment(issue.lastSeenAt),
    events: count(issue.eventCount, 'event', 'events'),
    users: count(issue.userCount, 'user', 'users'),
    releases: listNames(releases),
    environments: listNames(environments),
    culprit: issue.culprit ? inlineCode(issue.culprit, 200) : '',
    issueUrl: input.issueUrl,
    error: fencedBlock(said, 3_000),
    framesAreInApp: frames.inApp,
    frames: frames.lines.length > 0 ? fencedBlock(frames.lines.join('\n'), 4_000) : '',
    breadcrumbs: breadcrumbs.length > 0 ? fencedBlock(breadcrumbs.join('\n'), 4_000) : '',
  }
  return {
    title: cutText(`${prefix}${plainLine(issue.title, maxTitle)}`, 256),
    body: eta.render('./issue-body', view),
  }
}
