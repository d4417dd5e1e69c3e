// Events as Sentry's API shows them: what the SDK sent becomes `entries` (exception, message, stacktrace,
// threads, breadcrumbs, request, csp, debugmeta) beside tags, user and contexts. Read from our own `Event`,
// so every SDK's event comes out in the one shape. Source: Sentry API, "Retrieve an Event for a Project"
import type {
  Breadcrumb,
  Event,
  Exception,
  Frame,
  Request,
  Stacktrace,
  Thread,
  User,
} from '../pipeline/event.ts'

/** Lines around a frame as pairs of line number and text. */
function frameContext(frame: Frame): [number, string][] {
  if (frame.contextLine === null || frame.line === null) return []
  const first = frame.line - frame.preContext.length
  const lines = [...frame.preContext, frame.contextLine, ...frame.postContext]
  return lines.map((text, index) => [first + index, text])
}

function frameShape(frame: Frame) {
  return {
    filename: frame.filename,
    absPath: frame.absPath,
    module: frame.module,
    package: frame.package,
    platform: frame.platform,
    instructionAddr: frame.instructionAddr,
    symbolAddr: frame.symbolAddr,
    addrMode: frame.addrMode,
    function: frame.function,
    rawFunction: frame.rawFunction,
    symbol: null,
    context: frameContext(frame),
    lineNo: frame.line,
    colNo: frame.column,
    inApp: frame.inApp,
    trust: null,
    errors: null,
    lock: null,
    vars: frame.vars,
  }
}

function stacktraceShape(stacktrace: Stacktrace | null) {
  if (!stacktrace) return null
  return {
    frames: stacktrace.frames.map(frameShape),
    framesOmitted: null,
    registers: null,
    hasSystemFrames: stacktrace.frames.some((frame) => !frame.inApp),
  }
}

function mechanismShape({ mechanism }: Exception) {
  if (!mechanism) return null
  return {
    type: mechanism.type ?? 'generic',
    handled: mechanism.handled,
    synthetic: mechanism.synthetic,
    source: mechanism.source,
    exception_id: mechanism.exceptionId,
    parent_id: mechanism.parentId,
    is_exception_group: mechanism.isExceptionGroup,
    data: mechanism.data ?? {},
    ...(mechanism.nsError ? { meta: { ns_error: mechanism.nsError } } : {}),
  }
}

function exceptionShape(exception: Exception) {
  return {
    type: exception.type,
    value: exception.value,
    module: exception.module,
    threadId: exception.threadId,
    mechanism: mechanismShape(exception),
    stacktrace: stacktraceShape(exception.stacktrace),
    rawStacktrace: null,
  }
}

function threadShape(thread: Thread) {
  return {
    id: thread.id,
    name: thread.name,
    crashed: thread.crashed,
    current: thread.current,
    main: thread.main,
    stacktrace: stacktraceShape(thread.stacktrace),
    rawStacktrace: null,
  }
}

function breadcrumbShape(breadcrumb: Breadcrumb) {
  return {
    timestamp: breadcrumb.at === null ? null : new Date(breadcrumb.at).toISOString(),
    type: breadcrumb.type,
    category: breadcrumb.category,
    level: breadcrumb.level,
    message: breadcrumb.message,
    data: breadcrumb.data,
    event_id: null,
  }
}

function requestShape(request: Request) {
  return {
    url: request.url,
    method: request.method,
    query: request.query,
    fragment: null,
    headers: request.headers,
    cookies: request.cookies,
    data: request.data,
    env: request.env,
    inferredContentType: null,
  }
}

function userShape(user: User | null) {
  if (!user) return null
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    ip_address: user.ip,
    name: user.name,
    geo: user.geo,
    data: user.data,
  }
}

function securityEntry({ security }: Event) {
  if (!security) return []
  const data = {
    effective_directive: security.directive,
    blocked_uri: security.blockedUri,
    document_uri: security.documentUri,
    source_file: security.sourceFile,
    disposition: security.disposition,
  }
  return [{ type: security.kind, data }]
}

function entries(event: Event) {
  const systemFrames = event.exceptions.some((exception) =>
    exception.stacktrace?.frames.some((frame) => !frame.inApp),
  )
  const message = event.message
  return [
    ...(event.exceptions.length > 0
      ? [
          {
            type: 'exception',
            data: {
              values: event.exceptions.map(exceptionShape),
              hasSystemFrames: systemFrames,
              excOmitted: null,
            },
          },
        ]
      : []),
    ...(message
      ? [{ type: 'message', data: { formatted: message.formatted, message: message.template, params: null } }]
      : []),
    ...(event.stacktrace ? [{ type: 'stacktrace', data: stacktraceShape(event.stacktrace) }] : []),
    ...(event.threads.length > 0
      ? [{ type: 'threads', data: { values: event.threads.map(threadShape) } }]
      : []),
    ...securityEntry(event),
    ...(event.breadcrumbs.length > 0
      ? [{ type: 'breadcrumbs', data: { values: event.breadcrumbs.map(breadcrumbShape) } }]
      : []),
    ...(event.request ? [{ type: 'request', data: requestShape(event.request) }] : []),
    ...(event.debugImages.length > 0
      ? [
          {
            type: 'debugmeta',
            data: {
              images: event.debugImages.map((image) => ({
                type: image.type,
                debug_id: image.debugId,
                code_id: image.codeId,
                code_file: image.codeFile,
                debug_file: image.debugFile,
                image_addr: image.imageAddr,
                image_size: image.imageSize,
                arch: image.arch,
              })),
            },
          },
        ]
      : []),
  ]
}

/** Where an event belongs and what lies beside it. */
export type EventPlace = {
  readonly projectId: number
  readonly issueId: number
  readonly previousEventId: string | null
  readonly nextEventId: string | null
}

/** One event, whole. `errors` lists what was cut, replaced or dropped on the way in. */
export function eventShape(event: Event, place: EventPlace) {
  return {
    id: event.eventId,
    eventID: event.eventId,
    groupID: String(place.issueId),
    projectID: String(place.projectId),
    title: event.title,
    message: event.message?.formatted ?? '',
    location: event.exceptions[event.mainException]?.stacktrace?.frames.at(-1)?.filename ?? null,
    culprit: event.culprit,
    type: event.type,
    metadata:
      event.titleType === null
        ? { title: event.titleValue }
        : { type: event.titleType, value: event.titleValue },
    platform: event.platform,
    dateReceived: event.receivedAt.toISOString(),
    dateCreated: event.occurredAt.toISOString(),
    dist: event.dist,
    release: event.release === null ? null : { version: event.release, shortVersion: event.release },
    entries: entries(event),
    tags: event.tags.map(([key, value]) => ({ key, value })),
    user: userShape(event.user),
    contexts: event.contexts,
    context: event.extra,
    packages: event.modules,
    sdk: event.sdk,
    /** As the SDK sent it; empty: the default grouping. */
    fingerprint: event.fingerprint,
    errors: event.notes.map((note) => ({
      type: note.what,
      message: note.detail,
      data: { name: note.path },
    })),
    size: null,
    crashFile: null,
    occurrence: null,
    userReport: null,
    previousEventID: place.previousEventId,
    nextEventID: place.nextEventId,
  }
}
