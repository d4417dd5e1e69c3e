// The types that the pipeline hands from step to step. Wire names stop at normalise.ts; past it every
// SDK's event is one `Event`, whose fields are all present, bounded and storable in Postgres.
import type { EnvelopeFacts } from '../../shared/handover.ts'

export const levels = ['fatal', 'error', 'warning', 'info', 'debug'] as const
export type Level = (typeof levels)[number]

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export type JsonObject = { readonly [key: string]: JsonValue }

/** One item of an envelope after decode; the payload is untouched bytes. */
export type Item = {
  readonly type: string
  readonly headers: JsonObject
  readonly payload: Buffer
}

/** What decode makes of the bytes of one spooled row, whatever endpoint it came through. */
export type Envelope = {
  readonly facts: EnvelopeFacts
  readonly headers: JsonObject
  /** Moment the SDK wrote `sent_at`; null where it sent none: then no clock is corrected. */
  readonly sentAt: Date | null
  readonly items: readonly Item[]
  /** What decode left aside, one entry each: a second event, a report of another kind or of an extension. */
  readonly ignored: readonly string[]
}

/** What normalise must know beside the payload itself; stored with it, so that a page can repeat the step. */
export type EventContext = {
  /** 32 hex digits: envelope header, else payload, else made by the relay. */
  readonly eventId: string
  /** The relay's clock, ms. */
  readonly receivedAt: number
  readonly sentAt: number | null
  readonly peer: string | null
  readonly userAgent: string | null
  /** sdk name of the envelope header, where the payload has none. */
  readonly sdk: { readonly name: string | null; readonly version: string | null } | null
}

/** Something normalise cut, replaced, dropped or corrected, shown on the event. */
export type Note = {
  /** Dotted path in the payload, e.g. `exception.values.0.value`. */
  readonly path: string
  readonly what:
    | 'cut' // longer or more than the limit; `detail` says from how many
    | 'dropped' // could not be understood
    | 'filtered' // a secret was removed
    | 'replaced' // held what Postgres can't store
    | 'clock_corrected' // moved by the sender's clock drift
    | 'time_replaced' // absurd moment, replaced by the time of receipt
  readonly detail: string
}

export type Frame = {
  readonly function: string | null
  readonly rawFunction: string | null
  readonly module: string | null
  /** Binary or package the code is in. */
  readonly package: string | null
  readonly filename: string | null
  readonly absPath: string | null
  readonly line: number | null
  readonly column: number | null
  readonly inApp: boolean
  /** What version 1 of grouping takes it for; its issues would be split otherwise. */
  readonly inAppOfFirst: boolean
  /** Language family; overrides the event's. */
  readonly platform: string | null
  readonly contextLine: string | null
  readonly preContext: readonly string[]
  readonly postContext: readonly string[]
  readonly vars: JsonObject | null
  readonly instructionAddr: string | null
  readonly imageAddr: string | null
  readonly symbolAddr: string | null
  readonly addrMode: string | null
  /** Symbolication succeeded on this frame (a source map or symbol file was used). */
  readonly symbolicated: boolean
}

export type Stacktrace = {
  /** Outermost call first, crash site last. */
  readonly frames: readonly Frame[]
}

export type Mechanism = {
  readonly type: string | null
  readonly handled: boolean | null
  readonly synthetic: boolean
  readonly source: string | null
  readonly exceptionId: number | null
  readonly parentId: number | null
  readonly isExceptionGroup: boolean
  readonly nsError: { readonly domain: string; readonly code: number } | null
  readonly data: JsonObject | null
}

export type Exception = {
  readonly type: string | null
  readonly value: string | null
  readonly module: string | null
  readonly threadId: string | null
  readonly stacktrace: Stacktrace | null
  readonly mechanism: Mechanism | null
}

export type Thread = {
  readonly id: string | null
  readonly name: string | null
  readonly crashed: boolean
  readonly current: boolean
  readonly main: boolean
  readonly stacktrace: Stacktrace | null
}

export type Breadcrumb = {
  readonly at: number | null
  readonly type: string
  readonly category: string | null
  readonly message: string | null
  readonly level: Level
  readonly data: JsonObject | null
}

export type DebugImage = {
  readonly type: string
  readonly debugId: string | null
  readonly codeId: string | null
  readonly codeFile: string | null
  readonly debugFile: string | null
  readonly imageAddr: string | null
  readonly imageSize: number | null
  readonly arch: string | null
}

export type User = {
  readonly id: string | null
  readonly username: string | null
  readonly email: string | null
  readonly ip: string | null
  readonly name: string | null
  readonly geo: JsonObject | null
  readonly data: JsonObject
}

export type Request = {
  readonly url: string | null
  readonly method: string | null
  readonly query: readonly (readonly [string, string])[]
  readonly headers: readonly (readonly [string, string])[]
  readonly cookies: readonly (readonly [string, string])[]
  readonly data: JsonValue
  readonly env: JsonObject
}

/** A browser's report (CSP, expect-ct …) that came through the security endpoint. */
export type SecurityReport = {
  readonly kind: string
  readonly directive: string | null
  readonly blockedUri: string | null
  readonly documentUri: string | null
  readonly sourceFile: string | null
  readonly disposition: string | null
}

export type Event = {
  readonly eventId: string
  readonly receivedAt: Date
  /** The SDK's clock corrected by sent_at; never in the future, never absurd. */
  readonly occurredAt: Date
  readonly level: Level
  readonly platform: string
  /** `transaction` where the SDK sent a performance event by mistake of type; else 'error', 'default' or 'csp'. */
  readonly type: 'error' | 'default' | 'csp'
  /** What the issue is called: `title` is `type: value`, or the message's first line. */
  readonly title: string
  readonly titleType: string | null
  readonly titleValue: string
  readonly culprit: string
  readonly logger: string | null
  readonly transaction: string | null
  readonly serverName: string | null
  readonly release: string | null
  readonly dist: string | null
  readonly environment: string
  /** Template of the message where there is one, and what it reads filled in. */
  readonly message: { readonly template: string | null; readonly formatted: string } | null
  /** false: crash-like (any exception of the chain says handled: false). null: the SDK doesn't say. */
  readonly handled: boolean | null
  /** As sent, in our order: oldest cause first, the one that was caught or crashed last. */
  readonly exceptions: readonly Exception[]
  /** Index in `exceptions` of the one that gives the title; -1 without exceptions. */
  readonly mainException: number
  /** Top-level stack (messages of PHP, Raven). */
  readonly stacktrace: Stacktrace | null
  readonly threads: readonly Thread[]
  readonly breadcrumbs: readonly Breadcrumb[]
  /** Searchable: the SDK's own and the promoted ones (release, environment, level, os, device, browser …). */
  readonly tags: readonly (readonly [string, string])[]
  readonly user: User | null
  /** Identity for counting users: `id:…`, `username:…`, `email:…` or `ip:…`; null: names nobody. */
  readonly userKey: string | null
  readonly request: Request | null
  readonly contexts: { readonly [name: string]: JsonObject }
  readonly extra: JsonObject
  readonly modules: { readonly [name: string]: string }
  readonly sdk: { readonly name: string | null; readonly version: string | null }
  readonly debugImages: readonly DebugImage[]
  /** As sent; empty: default grouping. */
  readonly fingerprint: readonly string[]
  readonly checksum: string | null
  readonly template: { readonly filename: string | null; readonly contextLine: string | null } | null
  readonly security: SecurityReport | null
  readonly notes: readonly Note[]
}

/** What only the first reading of an event knows, kept beside its payload. */
export type ReadingNotes = {
  /** Dotted paths of secrets that were removed. */
  readonly removed: readonly string[]
  /** Characters that Postgres can't hold. */
  readonly replaced: readonly { readonly path: string; readonly detail: string }[]
  /** Why the event is in its issue, by the rules of its time. */
  readonly grouping: Pick<Grouping, 'version' | 'summary' | 'rule'>
}

/** What is counted, listed and decided on of an event; everything else is read again from its payload. */
export type EventFacts = Pick<
  Event,
  | 'eventId'
  | 'receivedAt'
  | 'occurredAt'
  | 'level'
  | 'platform'
  | 'title'
  | 'titleType'
  | 'titleValue'
  | 'culprit'
  | 'release'
  | 'environment'
  | 'handled'
  | 'tags'
  | 'userKey'
> & {
  /** Of the contexts those that tell what an app ran on: os, browser. */
  readonly contexts: Event['contexts']
}

/** Why an event is in its issue; `summary` is one sentence for people. */
export type Grouping = {
  /** Lower-case hex; the first is the event's own, others are looked up too (older algorithm). */
  readonly hashes: readonly string[]
  readonly version: number
  readonly summary: string
  /** What went into the hash, in order, as shown on the event page. */
  readonly components: readonly { readonly name: string; readonly value: string }[]
  /** What a rule of the project calls the issue; null: as the event is called. */
  readonly title: string | null
  /** The project's fingerprint rule that decided, as it was then. */
  readonly rule: { readonly line: number; readonly text: string } | null
}
