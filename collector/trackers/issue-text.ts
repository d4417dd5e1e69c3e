// Pure: title and body of the tracker issue for one episode: the values of text-template.ts's placeholders.
// Everything that came from an event passes through quote.ts, and all of it is bounded, so that the body
// stays far below GitHub's 65,536 characters.
import { z } from 'zod'
import type { AlertRule } from '../db/schema.ts'
import type { FilingFacts } from '../db/tracker-issues.ts'
import type { Breadcrumb, Event, Frame } from '../pipeline/event.ts'
import { describeDuration } from './duration.ts'
import { cutText, fencedBlock, inlineCode, plainLine } from './quote.ts'
import { defaultBody, defaultTitle, renderBody, renderTitle } from './text-template.ts'
import { moment, plural, untrustedNotice } from './words.ts'

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
  /** The project's own; null: the default. */
  readonly templates?: { readonly title: string | null; readonly body: string | null }
}

const maxTitle = 200
const maxFrames = 12
const maxBreadcrumbs = 12

const footer =
  'Filed by Postern. Close it as completed when it is fixed: Postern waits for a quiet period and resolves the issue. Close it as not planned to ignore the issue.'

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
    case 'by_hand':
      return 'By hand: somebody had it filed before a rule did.'
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
    .slice(0, 5)
    .map(({ name, events }) => `${inlineCode(name || '(none)', 120)} (${events.toLocaleString('en-US')})`)
    .join(', ')
}

function nameThere(input: IssueTextInput, of: { repository: string; number: number }): string {
  const isHere = of.repository.toLowerCase() === input.repository.toLowerCase()
  return isHere ? `#${of.number}` : `${of.repository}#${of.number}`
}

/** The tracker issues this one follows, as references that link both ways; on purpose the only ones. */
function describeHistory(input: IssueTextInput, facts: z.output<typeof ruleFacts>): string {
  const { predecessors, umbrella } = input.facts
  const storm = umbrella ? `Part of the storm of ${nameThere(input, umbrella)}; it lasts.` : ''
  const [latest] = predecessors
  if (!latest) return storm
  const names = predecessors.map((predecessor) => nameThere(input, predecessor))
  const heldMs = facts.heldMs ?? (latest.closedAt && input.detectedAt.getTime() - latest.closedAt.getTime())
  const held = heldMs === null || heldMs < 0 ? '' : ` It held for ${describeDuration(heldMs)}.`
  const fix = facts.fixedInRelease
    ? ` The fix was thought to be in ${inlineCode(facts.fixedInRelease, 120)}.`
    : ''
  return `Follows ${names.join(', ')}.${held}${fix}${storm && ` ${storm}`}`
}

/** A heading over a fenced block, which says again where that comes from. */
function section(heading: string, block: string): string {
  return `### ${heading} (untrusted)\n\n${block}`
}

/**
 * @returns title (at most 256 characters) and Markdown body (at most 65,536) as GitHub takes them; the
 *          body's first line is the marker
 */
export function writeIssueText(input: IssueTextInput): { title: string; body: string } {
  const template = input.templates?.body ?? defaultBody
  const values = bodyValues(input)
  const body = renderBody(template, values)
  // A template without the notice gets it on top: it can't be left out.
  const notice = /\{\{\s*notice\s*\}\}/.test(template) ? '' : `${values.notice}\n\n`
  return { title: writeTitle(input), body: `${input.marker}\n\n${notice}${body}\n` }
}

function writeTitle(input: IssueTextInput): string {
  const { issue, project, releases, environments } = input.facts
  const isBack = input.rule === 'regression' || input.rule === 'escalation'
  const title = renderTitle(input.templates?.title ?? defaultTitle, {
    prefix: isBack ? 'Regression: ' : '',
    title: plainLine(issue.title, maxTitle),
    type: plainLine(input.event?.titleType ?? '', 100),
    project: plainLine(project.name, 100),
    platform: plainLine(issue.platform, 40),
    level: issue.level,
    culprit: plainLine(issue.culprit, 100),
    release: plainLine(input.event?.release ?? releases[0]?.name ?? '', 100),
    environment: plainLine(input.event?.environment ?? environments[0]?.name ?? '', 60),
    rule: input.rule.replace('_', ' '),
  })
  return cutText(title || plainLine(issue.title, maxTitle) || 'Error', 256)
}

function bodyValues(input: IssueTextInput) {
  const facts = ruleFacts.parse(input.ruleFacts)
  const { issue, project } = input.facts
  const frames = input.event ? topFrames(input.event) : { inApp: false, lines: [] }
  const breadcrumbs = (input.event?.breadcrumbs ?? []).slice(-maxBreadcrumbs).map(describeBreadcrumb)
  const type = input.event?.titleType
  const said = input.event ? `${type ? `${type}: ` : ''}${input.event.titleValue}` : issue.title
  const events = plural(issue.eventCount, 'event', 'events')
  const users = plural(issue.userCount, 'user', 'users')
  const firstSeen = moment(issue.firstSeenAt)
  const lastSeen = moment(issue.lastSeenAt)
  const framesHeading = `${frames.inApp ? 'In-app frames' : 'Frames'}, crash site first`
  return {
    rule: describeRule(input.rule, facts),
    detected: moment(input.detectedAt),
    link: input.issueUrl,
    project: inlineCode(project.slug, 60),
    platform: inlineCode(issue.platform, 40),
    level: `${issue.level}${issue.handled === false ? ', unhandled' : ''}`,
    title: inlineCode(issue.title, maxTitle),
    seen: `${events}, ${users}; first ${firstSeen}, last ${lastSeen}`,
    events,
    users,
    first_seen: firstSeen,
    last_seen: lastSeen,
    releases: listNames(input.facts.releases),
    environments: listNames(input.facts.environments),
    devices: listNames(input.facts.devices),
    systems: listNames(input.facts.systems),
    culprit: issue.culprit ? inlineCode(issue.culprit, 200) : '',
    history: describeHistory(input, facts),
    notice: untrustedNotice,
    error: section('Error', fencedBlock(said, 3_000)),
    frames:
      frames.lines.length > 0 ? section(framesHeading, fencedBlock(frames.lines.join('\n'), 4_000)) : '',
    breadcrumbs:
      breadcrumbs.length > 0 ? section('Last breadcrumbs', fencedBlock(breadcrumbs.join('\n'), 4_000)) : '',
    footer,
  }
}
