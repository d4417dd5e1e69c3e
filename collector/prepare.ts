// One spooled row through the pure steps of the pipeline: decode, scrub, normalise, group. What comes out is
// ready to be stored; nothing here touches the database.

import { AppError } from '../shared/errors.ts'
import type { EnvelopeFacts } from '../shared/handover.ts'
import type { DiscardCount } from './db/client-discards.ts'
import type { NewSession } from './db/sessions.ts'
import type { PreparedEvent, PreparedRow } from './db/store-batch.ts'
import type { ItemCount, NewAttachment, NewFeedback } from './db/store-payloads.ts'
import { hourOf } from './db/store-rollups.ts'
import { encodePayload } from './db/stored-events.ts'
import { decodeEnvelope, eventContext } from './pipeline/decode.ts'
import type {
  Envelope,
  Event,
  EventContext,
  EventFacts,
  Item,
  JsonObject,
  ReadingNotes,
} from './pipeline/event.ts'
import { group } from './pipeline/group.ts'
import { rulesOf } from './pipeline/grouping-settings.ts'
import { maxNotes } from './pipeline/limits.ts'
import { normaliseForCounting, type Parsed, parseEventPayload } from './pipeline/normalise.ts'
import { readClientReport } from './pipeline/read-client-report.ts'
import { readFeedback } from './pipeline/read-feedback.ts'
import { maxSessionsOfEnvelope, readSessions } from './pipeline/read-sessions.ts'
import { maxListed, type Scrubber, scrubberOf } from './pipeline/scrub.ts'
import { scrubAttachment } from './pipeline/scrub-attachment.ts'
import type { ScrubbingSettings } from './pipeline/scrubbing-settings.ts'
import { storable, storableText } from './pipeline/storable.ts'
import { clockDrift } from './pipeline/time.ts'
import { putTogether, takeApart } from './pipeline/uncounted.ts'

/** Items that SDKs send; others are counted together, since their names are free text. */
const knownItems: ReadonlySet<string> = new Set([
  ...[
    'event',
    'transaction',
    'attachment',
    'session',
    'sessions',
    'user_report',
    'feedback',
    'client_report',
  ],
  ...['check_in', 'log', 'trace_metric', 'span', 'profile', 'profile_chunk', 'replay_event'],
  ...['replay_recording', 'replay_video', 'statsd', 'metric_buckets', 'metric_meta', 'otel_span'],
  ...['otel_traces_data', 'nel', 'security', 'raw_security', 'unreal_report', 'form_data', 'csp'],
  // What decode left aside of browser reports.
  ...['browser extension', 'too many reports', 'not a report'],
])

/** A row that could not be taken in: the step that refused it, and why. */
export type Refused = { readonly step: string; readonly error: string }

export type Prepared =
  | { readonly ok: true; readonly row: PreparedRow }
  | { readonly ok: false; readonly refused: Refused }

/** What a row's project wants done with it; plain data, since it crosses threads. */
export type RowRules = {
  readonly retentionDays: number
  /** Text of the project's fingerprint rules. */
  readonly fingerprintRules: string
  readonly scrubbing: ScrubbingSettings
  /** Hash → hour (ms) of issues whose payloads of that hour are left out; absent: none are. */
  readonly flooding?: ReadonlyMap<string, number>
}

export async function prepareRow(facts: EnvelopeFacts, body: Buffer, rules: RowRules): Promise<Prepared> {
  if (facts.poisonous) {
    return refuse('poll', `Handed over ${facts.deliveries} times without an ack; kept unread.`)
  }
  if (facts.sealed) {
    return refuse('open', `Sealed with key ${facts.sealed}, which does not open it; kept as it is.`)
  }
  let step = 'decode'
  try {
    const envelope = await decodeEnvelope(facts, body)
    step = 'normalise'
    return { ok: true, row: takeItems(envelope, rules) }
  } catch (error) {
    if (error instanceof AppError) return refuse(step, error.message)
    return refuse(step, `${(error as Error).name}: ${(error as Error).message}`)
  }
}

function refuse(step: string, error: string): Prepared {
  return { ok: false, refused: { step, error } }
}

function takeItems(envelope: Envelope, rules: RowRules): PreparedRow {
  const { facts } = envelope
  const receivedAt = new Date(facts.received_at)
  const scrubber = scrubberOf(rules.scrubbing)
  const events: PreparedEvent[] = []
  const attachments: NewAttachment[] = []
  const feedback: NewFeedback[] = []
  const discards: DiscardCount[] = []
  const items: ItemCount[] = []
  const sessions: NewSession[] = []
  const clock = { receivedAt: facts.received_at, driftMs: clockDrift(eventContext(envelope, {})) }
  const count = (type: string, kept: boolean) =>
    items.push({
      project_id: facts.project,
      hour: hourOf(receivedAt),
      type: knownItems.has(type.replace(/^second /, '')) ? type : 'other',
      kept,
      count: 1,
    })

  for (const item of envelope.items.filter(({ type }) => type === 'event')) {
    events.push(prepareEvent(envelope, item, rules))
    count('event', true)
  }
  // Attachments stand before or after the event they belong to; its id is theirs.
  const eventId = events[0]?.event.eventId ?? (spokenOf(envelope, scrubber) || facts.event_id)
  for (const item of envelope.items) {
    if (item.type === 'attachment') {
      attachments.push(takeAttachment(facts, item, eventId, scrubber))
      count('attachment', true)
    } else if (item.type === 'feedback' || item.type === 'user_report') {
      const report = readFeedback(item, scrubber)
      if (report) feedback.push({ ...report, project_id: facts.project, received_at: receivedAt })
      count(item.type, report !== null)
    } else if (item.type === 'client_report') {
      const dropped = readClientReport(item, scrubber)
      for (const { reason, category, quantity } of dropped) {
        discards.push({
          project_id: facts.project,
          hour: hourOf(receivedAt),
          reason,
          category,
          count: quantity,
        })
      }
      count(item.type, dropped.length > 0)
    } else if (item.type === 'session' || item.type === 'sessions') {
      const told = sessions.length < maxSessionsOfEnvelope ? readSessions(item, clock) : []
      for (const one of told) sessions.push({ ...one, projectId: facts.project, receivedAt })
      count(item.type, told.length > 0)
    } else if (item.type !== 'event') count(item.type, false)
  }
  for (const type of envelope.ignored) count(type, false)
  return {
    id: facts.id,
    receivedAt,
    projectId: facts.project,
    events,
    attachments,
    feedback,
    discards,
    items,
    sessions,
  }
}

/** The event that feedback of this envelope names: its screenshot belongs there, where somebody sees it. */
function spokenOf(envelope: Envelope, scrubber: Scrubber): string | null {
  const item = envelope.items.find(({ type }) => type === 'feedback')
  return item ? (readFeedback(item, scrubber)?.event_id ?? null) : null
}

function prepareEvent(envelope: Envelope, item: Item, rules: RowRules): PreparedEvent {
  const payload = parseEventPayload(item.payload)
  const context = withoutPeer(eventContext(envelope, payload.wire), rules)
  const { clean, replaced } = makeStorable(payload)
  const { counted, rest } = takeApart(clean)
  const { scrub } = scrubberOf(rules.scrubbing)
  const scrubbed = scrub(counted)
  const event = normaliseForCounting(scrubbed.wire, context)
  const { hashes, version, summary, title, rule } = group(event, rulesOf(rules.fingerprintRules))
  const titled = title === null ? event : { ...event, title, titleType: null, titleValue: title }
  const prepared = {
    projectId: envelope.facts.project,
    event: factsOf(titled),
    grouping: { hashes, version, summary },
    retentionDays: rules.retentionDays,
  }
  if (isFlooding(prepared, rules)) return { ...prepared, payload: null }
  const scrubbedRest = scrub(rest)
  const wire = putTogether(clean, scrubbed.wire, scrubbedRest.wire)
  const removed = [...scrubbed.removed, ...scrubbedRest.removed].slice(0, maxListed)
  const reading = { removed, replaced, grouping: { version, summary, rule } }
  return { ...prepared, payload: encodePayload(context, wire, reading) }
}

function isFlooding(
  { event, grouping }: Pick<PreparedEvent, 'event' | 'grouping'>,
  rules: RowRules,
): boolean {
  const hour = rules.flooding?.get(grouping.hashes[0] ?? '')
  return hour !== undefined && hour === hourOf(event.receivedAt).getTime()
}

function makeStorable({ wire, isStorable }: Parsed): {
  clean: JsonObject
  replaced: ReadingNotes['replaced']
} {
  const replaced: ReadingNotes['replaced'][number][] = []
  if (isStorable) return { clean: wire, replaced }
  const clean = storable(wire, (path, detail) => {
    if (replaced.length < maxNotes) replaced.push({ path, detail })
  })
  return { clean, replaced }
}

/** The address a request came from is one of a person. */
function withoutPeer(context: EventContext, { scrubbing }: RowRules): EventContext {
  return scrubbing.ipAddresses === 'remove' ? { ...context, peer: null } : context
}

function factsOf(event: Event): EventFacts {
  const { os, browser } = event.contexts
  return {
    eventId: event.eventId,
    receivedAt: event.receivedAt,
    occurredAt: event.occurredAt,
    level: event.level,
    platform: event.platform,
    title: event.title,
    titleType: event.titleType,
    titleValue: event.titleValue,
    culprit: event.culprit,
    release: event.release,
    environment: event.environment,
    handled: event.handled,
    tags: event.tags,
    userKey: event.userKey,
    contexts: { ...(os?.name ? { os: { name: os.name } } : {}), ...(browser ? { browser: {} } : {}) },
  }
}

function takeAttachment(
  facts: EnvelopeFacts,
  item: Item,
  eventId: string,
  scrubber: Scrubber,
): NewAttachment {
  // Never a path: only what follows the last separator, and nothing a terminal or header could act on.
  const path = textOrNull(item.headers.filename) ?? ''
  const name = (path.split(/[/\\]/).at(-1) ?? '').replace(/\p{C}/gu, '').slice(0, 1_000)
  return {
    id: crypto.randomUUID(),
    project_id: facts.project,
    event_id: eventId,
    received_at: new Date(facts.received_at),
    filename: scrubber.scrubText(name).slice(0, 200) || 'attachment',
    content_type: textOrNull(item.headers.content_type)?.slice(0, 200) || null,
    attachment_type: textOrNull(item.headers.attachment_type)?.slice(0, 100) || 'event.attachment',
    // Copied: a view would keep the whole inflated envelope alive until the batch is committed.
    body: scrubAttachment(item, scrubber) ?? Buffer.from(item.payload),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? storableText(value) : null
}
