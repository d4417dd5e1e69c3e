// Any SDK's event → one `Event`: aliases applied, shapes made one, everything bounded, what was cut or not
// understood noted. Pure, and never throws whatever the JSON. Follows section 5 of the protocol reference.
import { AppError } from '../../shared/errors.ts'
import { readBreadcrumbs, readLevel } from './breadcrumbs.ts'
import type {
  Event,
  EventContext,
  Exception,
  Frame,
  JsonObject,
  JsonValue,
  SecurityReport,
  Stacktrace,
} from './event.ts'
import { readExceptions, readHandled, readThreads } from './exceptions.ts'
import { type FrameContext, indexImages, readDebugImages, readStacktrace } from './frames.ts'
import {
  maxContexts,
  maxEventBytes,
  maxFingerprint,
  maxLine,
  maxModules,
  maxName,
  maxRelease,
  maxSourceLine,
} from './limits.ts'
import { readMessage } from './message.ts'
import { isReleaseName } from './release-name.ts'
import { readRequest } from './request.ts'
import { isStorableJson, storable } from './storable.ts'
import { promoteTags, readTags } from './tags.ts'
import { clockDrift, readOccurredAt } from './time.ts'
import { culpritOf, findMainException, titleOf } from './title.ts'
import { readUser, userKeyOf } from './user.ts'
import {
  asList,
  asObject,
  createNotes,
  cutList,
  type Notes,
  readJson,
  readJsonObject,
  readPairs,
  readText,
  type Wire,
} from './wire-values.ts'

export type Parsed = {
  readonly wire: JsonObject
  /** Holds nothing that storable() would replace. */
  readonly isStorable: boolean
}

/**
 * Reads the JSON of an event item; a byte order mark in front is tolerated.
 * @throws AppError 'invalid_event' (no JSON, no object), 'too_large'
 */
export function parseEventPayload(payload: Buffer): Parsed {
  if (payload.length > maxEventBytes) {
    throw new AppError('too_large', `An event of ${payload.length} bytes; ${maxEventBytes} is the limit`)
  }
  const json = payload.toString('utf8')
  let parsed: unknown
  try {
    parsed = JSON.parse(json.startsWith('\ufeff') ? json.slice(1) : json)
  } catch (cause) {
    throw new AppError('invalid_event', `The event is not JSON: ${(cause as Error).message.slice(0, 200)}`, {
      cause,
    })
  }
  const wire = asObject(parsed as Wire)
  if (!wire) throw new AppError('invalid_event', 'The event is not a JSON object')
  return { wire, isStorable: isStorableJson(json, wire) }
}

/** Raven's long names of what is called shortly today. */
const aliases: { readonly [long: string]: string } = {
  'sentry.interfaces.Exception': 'exception',
  'sentry.interfaces.Stacktrace': 'stacktrace',
  'sentry.interfaces.Http': 'request',
  'sentry.interfaces.Breadcrumbs': 'breadcrumbs',
  'sentry.interfaces.Contexts': 'contexts',
  'sentry.interfaces.Template': 'template',
  'sentry.interfaces.Csp': 'csp',
  'sentry.interfaces.Threads': 'threads',
  'sentry.interfaces.DebugMeta': 'debug_meta',
}

function applyAliases(wire: JsonObject): JsonObject {
  const found = Object.keys(aliases).filter((long) => long in wire)
  if (found.length === 0) return wire
  const short = found.map((long) => [aliases[long] as string, wire[long]] as const)
  return { ...Object.fromEntries(short), ...wire } as JsonObject
}

/** @param wire the event as sent, scrubbed; left as it is */
export function normalise(wire: JsonObject, context: EventContext): Event {
  const notes = createNotes()
  const clean = storable(wire, (path, detail) => notes.add('replaced', path, detail))
  return readEvent(applyAliases(clean), context, notes)
}

/**
 * As normalise, of an event that holds nothing unstorable, without the parts that neither count nor group and are
 * most of its bytes: breadcrumbs, extra and modules are left empty, and notes don't say what was cut there.
 */
export function normaliseForCounting(wire: JsonObject, context: EventContext): Event {
  const counted = { ...applyAliases(wire), breadcrumbs: null, extra: null, modules: null }
  return readEvent(counted, context, createNotes())
}

/** Members that are objects, where they are anything; what stands there instead is told. */
const objects = ['user', 'request', 'contexts', 'sdk', 'debug_meta', 'template', 'csp'] as const

function noteOtherShapes(wire: JsonObject, notes: Notes) {
  for (const name of objects) {
    const value = wire[name]
    const isNothing = value === undefined || value === null || value === '' || asList(value)?.length === 0
    if (!isNothing && !asObject(value)) notes.add('dropped', name, 'expected an object')
  }
}

function readEvent(wire: JsonObject, context: EventContext, notes: Notes): Event {
  noteOtherShapes(wire, notes)
  const text = (name: string, max: number) => readText(wire[name], max, name, notes)
  const driftMs = clockDrift(context)
  const sdk = readSdk(wire, context, notes)
  const platform = (text('platform', 50) ?? 'other').toLowerCase()
  const debugImages = readDebugImages(wire.debug_meta, notes)
  const frameContext: FrameContext = { platform, images: indexImages(debugImages), notes }
  const exceptions = readExceptions(wire.exception, sdk.name, frameContext)
  const threads = readThreads(wire.threads, frameContext)
  const stacktrace = readStacktrace(wire.stacktrace, 'stacktrace', frameContext)
  const mainException = findMainException(exceptions, platform)
  const main = exceptions[mainException] ?? null
  const message = readMessage(wire, notes)
  const security = readSecurity(asObject(wire.csp), notes)
  const transaction = text('transaction', maxLine) ?? text('culprit', maxLine)
  const user = readUser(wire, context.peer, notes)
  const frames = mainFrames(main, exceptions, stacktrace, threads)
  const type = security ? 'csp' : exceptions.length > 0 ? 'error' : 'default'
  const base = {
    level: readLevel(wire.level) ?? 'error',
    platform,
    logger: text('logger', maxName),
    transaction,
    serverName: text('server_name', maxName),
    release: readRelease(text('release', maxRelease), notes),
    dist: text('dist', maxRelease)?.trim() || null,
    environment: text('environment', maxRelease)?.trim() || 'production',
    handled: readHandled(exceptions),
    userKey: userKeyOf(user),
    request: readRequest(asObject(wire.request), notes),
    contexts: readContexts(wire.contexts, notes),
    exceptions,
    mainException,
  }
  const occurredAt = readOccurredAt(wire.timestamp, driftMs, context.receivedAt, notes)
  return {
    ...base,
    ...titleOf(main, message, security, platform),
    eventId: context.eventId,
    receivedAt: new Date(context.receivedAt),
    occurredAt: new Date(occurredAt),
    type,
    culprit: culpritOf(transaction, frames, security, platform),
    message,
    stacktrace,
    threads,
    breadcrumbs: readBreadcrumbs(wire.breadcrumbs, driftMs, notes),
    tags: promoteTags(readTags(wire.tags, notes), base, notes),
    user,
    extra: readJsonObject(wire.extra, 'extra', notes) ?? {},
    modules: readModules(wire.modules, notes),
    sdk,
    debugImages,
    fingerprint: readFingerprint(wire.fingerprint, notes),
    checksum: text('checksum', maxName),
    template: readTemplate(asObject(wire.template), notes),
    security,
    notes: notes.list(),
  }
}

function readRelease(text: string | null, notes: Notes): string | null {
  const name = text?.trim() ?? ''
  if (isReleaseName(name)) return name
  if (name !== '') notes.add('dropped', 'release', 'a name that no release can have')
  return null
}

/** The stack that culprit and crash frame are read from: of the exception, the event, or its thread. */
function mainFrames(
  main: Exception | null,
  exceptions: readonly Exception[],
  ofEvent: Stacktrace | null,
  threads: Event['threads'],
): readonly Frame[] {
  const thread =
    threads.find(({ crashed }) => crashed) ?? threads.find(({ current }) => current) ?? threads[0]
  const ofException =
    main?.stacktrace ?? exceptions.findLast(({ stacktrace }) => stacktrace !== null)?.stacktrace
  return (ofException ?? ofEvent ?? thread?.stacktrace)?.frames ?? []
}

function readSdk(wire: JsonObject, context: EventContext, notes: Notes): Event['sdk'] {
  const sdk = asObject(wire.sdk)
  return {
    name: readText(sdk?.name, maxName, 'sdk.name', notes) ?? context.sdk?.name ?? null,
    version: readText(sdk?.version, maxName, 'sdk.version', notes) ?? context.sdk?.version ?? null,
  }
}

function readContexts(value: Wire, notes: Notes): Event['contexts'] {
  const contexts = asObject(value)
  if (!contexts) return {}
  const entries = cutList(Object.entries(contexts), maxContexts, maxContexts, 'contexts', notes)
  const read: [string, JsonObject][] = []
  for (const [name, member] of entries) {
    if (member === null) continue
    // Careless users set a bare value; it is shown as one.
    const object = asObject(member) ?? { value: member }
    read.push([name, asObject(readJson(object, `contexts.${name}`, notes)) ?? {}])
  }
  return Object.fromEntries(read)
}

/** `{name, version}`, as lists have it. */
function asPair(entry: JsonValue): JsonValue {
  const { name, version } = asObject(entry) ?? {}
  return name === undefined || version === undefined ? entry : [name, version]
}

function readModules(value: Wire, notes: Notes): Event['modules'] {
  const list = asList(value)
  const pairs = list?.every((entry) => typeof entry === 'string')
    ? list.map((entry) => [entry, ''] as const)
    : readPairs(list?.map(asPair) ?? value, 'modules', notes)
  return Object.fromEntries(
    cutList(pairs, maxModules, maxModules, 'modules', notes).map(([name, version]) => [
      readText(name, maxName, 'modules', notes) ?? '',
      readText(version, maxName, 'modules', notes) ?? '',
    ]),
  )
}

/** Numbers happen; `[]`, null and empty members mean "not set". */
function readFingerprint(value: Wire, notes: Notes): readonly string[] {
  const list = asList(value) ?? (typeof value === 'string' ? [value] : [])
  return cutList(list, maxFingerprint, maxFingerprint, 'fingerprint', notes).flatMap((entry) => {
    const text = readText(entry, maxLine, 'fingerprint', notes)
    return text === null ? [] : [text]
  })
}

function readTemplate(wire: JsonObject | null, notes: Notes): Event['template'] {
  if (!wire) return null
  const filename =
    readText(wire.filename, maxName, 'template.filename', notes) ??
    readText(wire.abs_path, maxName, 'template.abs_path', notes)
  const contextLine = readText(wire.context_line, maxSourceLine, 'template.context_line', notes)
  return filename === null && contextLine === null ? null : { filename, contextLine }
}

/** As security-report.ts writes it; Raven-like clients may send their own. */
function readSecurity(wire: JsonObject | null, notes: Notes): SecurityReport | null {
  if (!wire) return null
  const text = (...names: string[]) => {
    for (const name of names) {
      const value = readText(wire[name], maxLine, `csp.${name}`, notes)
      if (value !== null) return value
    }
    return null
  }
  const directive = text(
    'effective_directive',
    'effective-directive',
    'violated_directive',
    'violated-directive',
  )
  return {
    kind: text('kind') ?? 'csp',
    // Old browsers put the whole policy line there.
    directive: directive?.split(' ', 1)[0] ?? null,
    blockedUri: text('blocked_uri', 'blocked-uri'),
    documentUri: text('document_uri', 'document-uri'),
    sourceFile: text('source_file', 'source-file'),
    disposition: text('disposition'),
  }
}
