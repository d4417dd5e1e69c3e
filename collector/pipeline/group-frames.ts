// What a stack contributes to grouping: module or file, function and source line of each frame that tells
// something, in a form that is the same in each release, on each machine and however deep a recursion went.
// Follows sections 6.3 and 6.4 of the protocol reference. Lines, columns, variables and addresses of
// absolute places never contribute.
import {
  cleanCsharpModule,
  cleanFunction,
  cleanJavaModule,
  type Family,
  familyOf,
  scriptModule,
} from './clean-names.ts'
import type { Frame } from './event.ts'

/** One frame as it goes into the hash. */
export type FramePart = {
  readonly place: string | null
  readonly function: string | null
  readonly line: string | null
}

/** With the name as sent, by which the calls of a recursion are known also where it is minified. */
type NamedPart = FramePart & { readonly raw: string | null }

const languagesWithSource = new Set(['javascript', 'node', 'python', 'php', 'ruby'])
const maxContextLine = 120

const sdkModule = /^(?:io\.sentry\.|sentry_sdk(?:\.|$)|Sentry(?:\.|\\)|raven(?:\.|$))/
const sdkPath =
  /(?:^|[\\/])@sentry(?:-internal)?[\\/]|^package:sentry|[\\/]sentry[_-](?:sdk|ruby|raven|rails)[\w.-]*[\\/]|[\\/]sentry[\\/]sentry[\\/]src[\\/]/
const sdkFunction = /^(?:sentryWrapped|Sentry\.|__sentry|-\[Sentry|\+\[Sentry)/
const helperPath = /(?:^|[\\/])(?:@babel|core-js|regenerator-runtime|tslib)[\\/]/
const scriptHelper =
  /^(?:_callSuper|_construct|_wrapNativeSuper|Wrapper|_createSuper\w*|_asyncToGenerator|asyncGeneratorStep|__awaiter|__generator|_regenerator\w*|tryCatch|(?:process\.)?processTicksAndRejections|runMicrotasks|queueMicrotask|nextTick|runNextTicks)$/
const nativeHelper =
  /^(?:_?_?block_destroy_helper.*|__swift_.*|_sigtramp|__restore_rt|(?:partial apply forwarder for )?(?:reabstraction )?thunk for .*)$/
/** Reflection goes another way after some calls, and another in each Java. */
const javaReflection = /^(?:java\.lang\.reflect|jdk\.internal\.reflect|sun\.reflect|java\.lang\.invoke)\./

/** The thread starts here: it, and everything further out, says nothing. */
const nativeThreadStart =
  /^(?:UIApplicationMain|_pthread_start|start_wqthread|thread_start|_pthread_wqthread|BaseThreadInitThunk|RtlUserThreadStart|__libc_start_main|__libc_start_call_main|start_thread|_start)$/
const javaThreadStart = new Map([
  ['android.app.ActivityThread', /^main$/],
  ['android.os.Looper', /^loop(?:Once)?$/],
  ['java.util.concurrent.ThreadPoolExecutor', /^runWorker$/],
  ['com.android.internal.os.ZygoteInit', /^main$/],
])

/** Here something is thrown: it, and everything nearer to the crash, is machinery. */
const nativeThrow =
  /^(?:__cxa_throw|_CxxThrowException|objc_exception_throw|raise|abort|__abort|pthread_kill|__pthread_kill|std::panicking::\w+|core::panicking::\w+|rust_panic|rust_begin_unwind|_NSRaiseError|__cxa_rethrow|std::terminate(?:\(\))?|__assert_fail|__GI_raise|__GI_abort|__libc_message|malloc_printerr|RaiseException|_invalid_parameter|_purecall|\+\[NSException raise.*|gsignal)$/
const goThrow = /^(?:gopanic|panic\w*|sigpanic|goPanic\w*)$/

/** Code of an SDK of this kind, or put in by a compiler: never the fault. */
export function isHelper(frame: Frame, family: Family): boolean {
  const name = frame.function ?? ''
  const path = frame.absPath ?? frame.filename ?? ''
  return (
    sdkModule.test(frame.module ?? '') ||
    sdkPath.test(path) ||
    sdkFunction.test(name) ||
    helperPath.test(path) ||
    (family === 'javascript' && scriptHelper.test(name)) ||
    (family === 'native' && nativeHelper.test(name))
  )
}

/** What Dart puts between the frames of two asynchronous calls. */
const suspension = '<asynchronous suspension>'

/** Is the frame left out of every variant? */
function neverContributes(frame: Frame, family: Family): boolean {
  const name = frame.function ?? ''
  const path = frame.absPath ?? frame.filename ?? ''
  if (isHelper(frame, family)) return true
  if (name === suspension || path === suspension || frame.filename === suspension) return true
  if (family === 'java') return javaReflection.test(frame.module ?? '')
  if (family !== 'javascript') return false
  return name === 'eval' || /^(?:\[native code\]|native code|eval code|<anonymous>)$/.test(path)
}

function isThreadStart(frame: Frame, family: Family): boolean {
  const name = frame.function ?? ''
  if (family === 'native') return nativeThreadStart.test(name)
  return family === 'java' && (javaThreadStart.get(frame.module ?? '')?.test(name) ?? false)
}

/** Names such as `abort` and `raise` are machinery in native code only; elsewhere they are the team's. */
function isThrow(frame: Frame, family: Family): boolean {
  const name = frame.function ?? ''
  if (family === 'native') return nativeThrow.test(name)
  return family === 'go' && frame.module === 'runtime' && goThrow.test(name)
}

/** Cuts what lies outside of thread starters and inside of throw machinery. */
function cutMachinery(frames: readonly Frame[], platform: string): readonly Frame[] {
  const is = (test: typeof isThrow) => (frame: Frame) => test(frame, familyOf(frame.platform ?? platform))
  const start = frames.findLastIndex(is(isThreadStart))
  const inner = start >= 0 && start < frames.length - 1 ? frames.slice(start + 1) : frames
  const thrown = inner.findIndex(is(isThrow))
  return thrown > 0 ? inner.slice(0, thrown) : inner
}

/**
 * @param platform  the event's
 * @param variant   `app`: only the team's own frames; `system`: all
 * @returns outermost first; empty: the stack contributes nothing
 */
export function contributingFrames(
  frames: readonly Frame[],
  platform: string,
  variant: 'app' | 'system',
): readonly FramePart[] {
  const inner = cutMachinery(frames, platform)
  const parts: NamedPart[] = []
  let repeated = false
  for (const frame of inner) {
    const family = familyOf(frame.platform ?? platform)
    if ((variant === 'app' && !frame.inApp) || neverContributes(frame, family)) continue
    const part = framePart(frame, family, frame.platform ?? platform)
    if (part.place === null && part.function === null && part.line === null) continue
    if (family === 'python' && inlined.test(part.function ?? '') && parts.at(-1)?.place === part.place)
      continue
    parts.push(part)
    if (dropRepetition(parts)) repeated = true
  }
  if (repeated) dropPartialRound(parts)
  // A lone frame of minified code, without a name, would merge all faults of a page.
  const [only] = parts
  const isLoneUrl = parts.length === 1 && only?.function === null && only.line === null
  return isLoneUrl && familyOf(platform) === 'javascript' && frames.every((frame) => isUrl(frame.absPath))
    ? []
    : parts.map(({ raw: _, ...part }) => part)
}

/** Python 3.12 has no calls of their own for these any more; the function they stand in is there anyway. */
const inlined = /^<(?:list|dict|set)comp>$/

/** Nothing in it but files and binaries: no name, no line of source, no place inside a binary. */
export function isWeakStack(parts: readonly FramePart[]): boolean {
  return parts.every(
    ({ place, function: name, line }) => name === null && line === null && !place?.includes('+0x'),
  )
}

/** Calls of a round that is looked for: `a → b → a → b` has two. */
const maxRound = 6

/**
 * Drops the last round of a recursion where it reads the same as the round before, so that its depth, and
 * the line of each call in it, tell nothing apart.
 */
function dropRepetition(parts: NamedPart[]): boolean {
  for (let round = 1; round <= maxRound && round * 2 <= parts.length; round++) {
    const from = parts.length - round
    let same = 0
    while (same < round && isSamePart(parts[from + same], parts[from + same - round])) same++
    if (same === round) {
      parts.length = from
      return true
    }
  }
  return false
}

/** Where the outermost calls of a deep recursion are missing, what is left may start amid a round. */
function dropPartialRound(parts: NamedPart[]) {
  for (let round = 2; round <= maxRound && round < parts.length; round++) {
    for (let start = 1; start < round && start + round <= parts.length; start++) {
      let same = 0
      while (same < start && isSamePart(parts[same], parts[same + round])) same++
      if (same === start) {
        parts.splice(0, start)
        return
      }
    }
  }
}

function isSamePart(a: NamedPart | undefined, b: NamedPart | undefined): boolean {
  return a?.place === b?.place && a?.function === b?.function && a?.line === b?.line && a?.raw === b?.raw
}

function framePart(frame: Frame, family: Family, platform: string): NamedPart {
  const raw =
    family === 'csharp' ? (frame.rawFunction ?? frame.function) : (frame.function ?? frame.rawFunction)
  const name = cleanFunction(raw, family)
  const line = contextLineOf(frame, name, family, platform)
  const isMinified = family === 'javascript' && name !== null && isMinifiedName(name, frame)
  // Names in source maps are unreliable; the line of source is not.
  const fromMap = family === 'javascript' && frame.symbolicated && line !== null
  return {
    place: placeOf(frame, family, name),
    function: isMinified || fromMap ? null : name,
    line,
    raw: name,
  }
}

/** Words of two letters that people do call functions. */
const shortWords = new Set(['go', 'on', 'to', 'is', 'do', 'up', 'id', 'cb', 'fn', 'ok', 'db', 'io'])

/** One or two letters in a script of a page: another one in each build. */
function isMinifiedName(name: string, frame: Frame): boolean {
  return (
    /^[A-Za-z_$]{1,2}\d?$/.test(name) &&
    !shortWords.has(name) &&
    !frame.symbolicated &&
    /^(?:https?|app|file):/.test(frame.absPath ?? frame.filename ?? '')
  )
}

function contextLineOf(frame: Frame, name: string | null, family: Family, platform: string): string | null {
  const { contextLine } = frame
  if (contextLine === null || !languagesWithSource.has(platform) || contextLine.length > maxContextLine)
    return null
  if (family === 'javascript' && name === null && isUrl(frame.absPath) && !frame.symbolicated) return null
  return contextLine.trim().replace(/\s+/g, ' ') || null
}

function placeOf(frame: Frame, family: Family, name: string | null): string | null {
  if (family === 'javascript') return placeOfScript(frame)
  if (family === 'java') {
    const module = frame.module === null ? null : cleanJavaModule(frame.module)
    return module ?? fileName(frame)
  }
  if (family === 'native') return placeOfNative(frame, name)
  // Flutter and others: an address only
  if (frame.instructionAddr !== null && name === null && frame.module === null && frame.filename === null)
    return placeOfNative(frame, null)
  if (family === 'csharp' && frame.module !== null) return cleanCsharpModule(frame.module)
  return frame.module || fileName(frame)
}

function placeOfScript(frame: Frame): string | null {
  const path = frame.absPath ?? frame.filename
  const { module } = frame
  if (module !== null && !(module.includes('/') && (path ?? '').endsWith(module)))
    return stripScriptModule(module)
  if (path !== null && (isUrl(path) || /^(?:app|webpack|webpack-internal|address at )/.test(path))) {
    return scriptModule(path.replace(/^address at /, ''))
  }
  return fileName(frame)
}

/** Node's SDK sends `folder:file` as module. */
function stripScriptModule(module: string): string | null {
  return scriptModule(module) ?? module
}

/** The name is enough where there is one; an address means something only inside its own binary. */
function placeOfNative(frame: Frame, name: string | null): string | null {
  if (name !== null) return frame.module || null
  const binary = frame.package === null ? null : baseName(frame.package)
  if (binary === null || frame.instructionAddr === null) return fileName(frame)
  if (frame.imageAddr === null) return binary
  const offset = BigInt(frame.instructionAddr) - BigInt(frame.imageAddr)
  return offset >= 0n ? `${binary}+0x${offset.toString(16)}` : binary
}

/** `Hash.php(12) : eval()'d code`, files that a template engine or a compiler named by a hash. */
const generatedName =
  /\(\d+\) : (?:eval\(\)'d code|runtime-created function)|(?<![0-9a-f])[0-9a-f]{16,128}(?![0-9a-f])/g

function fileName(frame: Frame): string | null {
  const name = frame.filename
  if (name === null || name === '<anonymous>' || name === '[native code]' || isUrl(frame.absPath)) return null
  // IL2CPP: the version of the module instead of a file
  if (/^<[0-9a-f]{4,64}>$/.test(name)) return null
  return placeInProject(name).toLowerCase().replace(generatedName, '<auto>') || null
}

/** A path inside of the project is the same everywhere, so its folder may tell two files of one name apart. */
function placeInProject(path: string): string {
  const isRelative = /^(?:[\w.@-]{1,100}\/){1,30}[\w.@-]{1,100}$/.test(path) && !path.startsWith('.')
  return isRelative ? path.split('/').slice(-2).join('/') : baseName(path)
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

function isUrl(path: string | null): boolean {
  return path !== null && /^(?:https?|blob|applewebdata):/.test(path)
}
