// Stack traces for reading: exceptions newest first, frames with the crash site on top, runs of library
// frames folded, the first frame of our code open with its lines around the failing one.

import { parseRelease } from '../detect/compare-releases.ts'
import type { Event, Exception, Frame, JsonValue, Stacktrace, Thread } from '../pipeline/event.ts'
import { filtered } from '../pipeline/secret-forms.ts'
import { cutEnd, cutMiddle, plural } from './format.ts'
import { type CodePiece, highlight } from './highlight.ts'

export type CodeLine = {
  readonly number: number | null
  readonly pieces: readonly CodePiece[]
  readonly failing: boolean
}

export type FrameView = {
  readonly kind: 'frame'
  readonly name: string
  /** Cut in the middle; `exact` has both in full. */
  readonly path: string
  readonly exact: string
  /** ":89" */
  readonly place: string
  readonly code: readonly CodeLine[]
  readonly vars: readonly { readonly name: string; readonly value: string; readonly removed: boolean }[]
  readonly open: boolean
  readonly inApp: boolean
}

export type FoldView = {
  readonly kind: 'fold'
  /** "4 library frames" */
  readonly words: string
  /** "regenerator-runtime, promise" */
  readonly packages: string
  readonly frames: readonly FrameView[]
  readonly open: boolean
}

export type ExceptionView = {
  readonly relation: '' | 'caused by' | 'in the group'
  readonly type: string
  readonly message: string
  /** "unhandled", "handled" or nothing where the SDK doesn't say. */
  readonly handled: string
  readonly mechanism: string
  readonly depth: number
  readonly parts: readonly (FrameView | FoldView)[]
  /** Said in place of frames where there are none. */
  readonly without: string
}

export type StackView = {
  readonly exceptions: readonly ExceptionView[]
  readonly threads: readonly {
    readonly name: string
    readonly words: string
    readonly parts: readonly (FrameView | FoldView)[]
    readonly open: boolean
  }[]
  readonly frameCount: number
  readonly inAppCount: number
  readonly all: boolean
  readonly original: boolean
  /** Whether any frame's original name or place differs from the readable one. */
  readonly hasOriginal: boolean
  readonly oldestFirst: boolean
  /** What of it nobody can read, one sentence; empty: nothing. */
  readonly unreadable: string
}

/** How a stack is shown: library frames unfolded, names as the SDK sent them, the outermost call on top. */
export type StackLook = { readonly all: boolean; readonly original: boolean; readonly oldestFirst: boolean }

export const plainLook: StackLook = { all: false, original: false, oldestFirst: false }

// What one page shows at most; the raw event and the copied text have all of it.
const maxExceptions = 20
const maxThreads = 60
const maxVars = 40
const maxCodeWidth = 400

/** A value of an event as one line of text, cut. */
export function valueText(value: JsonValue, length = 2_000): string {
  if (value === null) return 'null'
  return cutEnd(typeof value === 'string' ? value : JSON.stringify(value), length)
}

/** A value, or why it is not there. */
export function removedOr(value: JsonValue, text: string): { value: string; removed: boolean } {
  return value === filtered
    ? { value: 'removed: by its name or form a secret', removed: true }
    : { value: text, removed: false }
}

function nameOf(frame: Frame): string {
  const module = frame.module && frame.module !== frame.filename ? `${frame.module}.` : ''
  const isJava =
    /^(java|kotlin|csharp|dart)$/.test(frame.platform ?? '') ||
    /^[a-z]+(\.[\w$]+)+$/i.test(frame.module ?? '')
  const name = frame.function ?? frame.rawFunction ?? frame.symbolAddr ?? frame.instructionAddr ?? '<unknown>'
  return isJava && frame.module && !name.includes(frame.module) ? `${module}${name}` : name
}

function pathOf(frame: Frame): string {
  return frame.filename ?? frame.absPath ?? frame.package ?? frame.module ?? ''
}

function codeOf(frame: Frame): CodeLine[] {
  if (frame.contextLine === null) return []
  const first = frame.line === null ? null : frame.line - frame.preContext.length
  const lines = [...frame.preContext, frame.contextLine, ...frame.postContext]
  return lines.map((text, index) => ({
    number: first === null ? null : first + index,
    pieces: highlight(cutEnd(text, maxCodeWidth), frame.filename ?? frame.absPath ?? ''),
    failing: index === frame.preContext.length,
  }))
}

/** The frame as the SDK sent it, before anything made it readable. */
function originalOf(frame: Frame): Frame {
  return {
    ...frame,
    function: frame.rawFunction ?? frame.function,
    filename: frame.absPath ?? frame.filename,
  }
}

function differs(frame: Frame): boolean {
  return frame.rawFunction !== null && frame.rawFunction !== frame.function
}

function frameView(frame: Frame, open: boolean): FrameView {
  const place = frame.line === null ? '' : `:${frame.line}${frame.column === null ? '' : `:${frame.column}`}`
  const address = frame.line === null && frame.instructionAddr !== null ? ` ${frame.instructionAddr}` : ''
  return {
    kind: 'frame',
    name: cutEnd(nameOf(frame), 160),
    path: cutMiddle(pathOf(frame), 140),
    exact: `${nameOf(frame)} ${pathOf(frame)}`.slice(0, 1_000),
    place: place || address,
    code: codeOf(frame),
    vars: Object.entries(frame.vars ?? {})
      .slice(0, maxVars)
      .map(([name, value]) => ({ name, ...removedOr(value, valueText(value)) })),
    open,
    inApp: frame.inApp,
  }
}

/** What a library frame belongs to: package of node_modules or site-packages, else module's first part. */
export function packageOf(frame: Frame): string {
  const path = frame.absPath ?? frame.filename ?? ''
  const npm = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
  const python = /(?:site|dist)-packages\/([^/]+)/.exec(path)?.[1]
  const module = frame.module?.includes('.') ? frame.module.split('.').slice(0, 2).join('.') : frame.module
  const binary = frame.package?.split(/[/\\]/).at(-1)
  return npm ?? python?.replace(/\.py$/, '') ?? binary ?? module ?? path.split(/[/\\]/).at(-1) ?? ''
}

function foldView(frames: readonly Frame[], open: boolean): FoldView {
  const packages = [...new Set(frames.map(packageOf).filter(Boolean))]
  const more = packages.length > 4 ? ` and ${packages.length - 4} more` : ''
  return {
    kind: 'fold',
    words: `${frames.length} library ${frames.length === 1 ? 'frame' : 'frames'}`,
    packages: cutEnd(packages.slice(0, 4).join(', '), 120) + more,
    frames: frames.map((frame) => frameView(frame, false)),
    open,
  }
}

/**
 * A stack from the crash site outwards. Without any frame of our own nothing is folded away but the tail.
 */
export function stackParts(
  stacktrace: Stacktrace,
  { all, original, oldestFirst }: StackLook,
): (FrameView | FoldView)[] {
  const shown = original ? stacktrace.frames.map(originalOf) : stacktrace.frames
  const parts = partsOf(shown.toReversed(), all)
  return oldestFirst ? parts.toReversed() : parts
}

function partsOf(frames: readonly Frame[], all: boolean): (FrameView | FoldView)[] {
  if (!frames.some((frame) => frame.inApp)) {
    const head = frames.slice(0, 8).map((frame, index) => frameView(frame, index === 0))
    return frames.length > 8 ? [...head, foldView(frames.slice(8), all)] : head
  }
  const parts: (FrameView | FoldView)[] = []
  let run: Frame[] = []
  let opened = 0
  const endRun = () => {
    if (run.length > 0) parts.push(foldView(run, all))
    run = []
  }
  for (const frame of frames) {
    if (!frame.inApp) {
      run.push(frame)
      continue
    }
    endRun()
    parts.push(frameView(frame, opened === 0))
    opened += 1
  }
  endRun()
  return parts
}

function handledText(exception: Exception): string {
  const handled = exception.mechanism?.handled
  return handled === false ? 'unhandled' : handled === true ? 'handled' : ''
}

/** Depth in the tree of exception groups: 0 for a plain chain. */
function depthOf(exception: Exception, all: readonly Exception[]): number {
  let depth = 0
  let parentId = exception.mechanism?.parentId ?? null
  for (let step = 0; parentId !== null && step < 8; step += 1) {
    const parent = all.find((one) => one.mechanism?.exceptionId === parentId)
    if (!parent || parent === exception) break
    if (parent.mechanism?.isExceptionGroup) depth += 1
    parentId = parent.mechanism?.parentId ?? null
  }
  return depth
}

function exceptionView(
  exception: Exception,
  index: number,
  all: readonly Exception[],
  look: StackLook,
): ExceptionView {
  const depth = depthOf(exception, all)
  const frames = exception.stacktrace?.frames ?? []
  return {
    relation: index === 0 ? '' : depth > 0 ? 'in the group' : 'caused by',
    type: exception.type ?? 'Error',
    message: exception.value ?? '',
    handled: index === 0 ? handledText(exception) : '',
    mechanism: exception.mechanism?.type ?? '',
    depth: Math.min(depth, 6),
    parts: exception.stacktrace ? stackParts(exception.stacktrace, look) : [],
    without: frames.length === 0 ? 'The SDK sent no frames with this one.' : '',
  }
}

function threadView(thread: Thread, look: StackLook) {
  const facts = [thread.crashed ? 'crashed' : '', thread.main ? 'main' : '', thread.current ? 'current' : '']
  const frames = thread.stacktrace?.frames.length ?? 0
  return {
    name: thread.name ?? (thread.id === null ? 'Thread' : `Thread ${thread.id}`),
    words: [...facts.filter(Boolean), `${frames} ${frames === 1 ? 'frame' : 'frames'}`].join(', '),
    parts: thread.stacktrace ? stackParts(thread.stacktrace, look) : [],
    open: false,
  }
}

export function stackView(event: Event, look: StackLook = plainLook): StackView {
  // The main exception leads; the others follow from the newest to the oldest cause.
  const newestFirst = event.exceptions.toReversed().slice(0, maxExceptions)
  const exceptions = newestFirst.map((one, index) => exceptionView(one, index, event.exceptions, look))
  const threads = event.threads
    .filter((thread) => (thread.stacktrace?.frames.length ?? 0) > 0)
    .slice(0, maxThreads)
  const own = event.stacktrace
    ? [
        {
          relation: '' as const,
          type: event.titleType ?? event.titleValue,
          message: event.titleType ? event.titleValue : '',
          handled: '',
          mechanism: '',
          depth: 0,
          parts: stackParts(event.stacktrace, look),
          without: '',
        },
      ]
    : []
  // A crash whose stack is on the thread alone (native SDKs): that thread stands open.
  const noFrames = !exceptions.some((one) => one.parts.length > 0) && own.length === 0
  const views = threads.map((thread) => threadView(thread, look))
  const lead = Math.max(
    0,
    threads.findIndex((thread) => thread.crashed || thread.current),
  )
  const frames = [
    ...event.exceptions.flatMap((one) => one.stacktrace?.frames ?? []),
    ...(event.stacktrace?.frames ?? []),
    ...(noFrames ? (threads[lead]?.stacktrace?.frames ?? []) : []),
  ]
  return {
    exceptions: exceptions.length > 0 ? exceptions : own,
    threads: views.map((view, index) => ({ ...view, open: noFrames && index === lead })),
    frameCount: frames.length,
    inAppCount: frames.filter((frame) => frame.inApp).length,
    ...look,
    hasOriginal: frames.some(differs),
    unreadable: unreadableText(frames, event),
  }
}

/** "3 frames in NfcGate stay unreadable": native ones that came as addresses, without names. */
function unreadableText(frames: readonly Frame[], { release, dist }: Event): string {
  const bare = frames.filter(
    (frame) => frame.function === null && frame.rawFunction === null && frame.instructionAddr !== null,
  )
  if (bare.length === 0) return ''
  const binaries = [
    ...new Set(bare.map((frame) => frame.package?.split(/[/\\]/).at(-1) ?? '').filter(Boolean)),
  ]
  const more = binaries.length > 3 ? ` and ${binaries.length - 3} more` : ''
  const where = binaries.length > 0 ? ` in ${cutEnd(binaries.slice(0, 3).join(', '), 120)}${more}` : ''
  const build = (release && parseRelease(release)?.build) ?? dist
  const whose = build ? `build ${cutEnd(build, 60)}` : 'this build'
  const verb = bare.length === 1 ? 'stays' : 'stay'
  return `${plural(bare.length, 'frame')}${where} ${verb} unreadable: the SDK sent addresses without names, and no debug file of ${whose} is known here.`
}

/** The whole trace as plain text, for copying. */
export function stackText(event: Event): string {
  const line = (frame: Frame) => {
    const place = [pathOf(frame), frame.line, frame.column]
      .filter((part) => part !== null && part !== '')
      .join(':')
    return `    at ${nameOf(frame)}${place ? ` (${place})` : ''}`
  }
  const stack = (stacktrace: Stacktrace | null) => (stacktrace?.frames ?? []).toReversed().map(line)
  const blocks = event.exceptions.toReversed().map((exception, index) => {
    const head = [exception.type, exception.value].filter((part) => part !== null && part !== '').join(': ')
    return [`${index === 0 ? '' : 'Caused by: '}${head}`, ...stack(exception.stacktrace)].join('\n')
  })
  if (event.stacktrace) blocks.push([event.title, ...stack(event.stacktrace)].join('\n'))
  const threads = event.threads
    .filter((thread) => (thread.stacktrace?.frames.length ?? 0) > 0)
    .map((thread) => {
      const words = thread.crashed ? ' (crashed)' : ''
      return [`Thread ${thread.name ?? thread.id ?? ''}${words}`, ...stack(thread.stacktrace)].join('\n')
    })
  const all = [...blocks, ...threads]
  return `${all.length > 0 ? all.join('\n\n') : event.title}\n`
}
