// Every limit of the pipeline in one place. What is beyond one is cut and noted on the event (or, for
// whole bodies, refused with 'too_large' and kept as a dead letter); nothing is cut silently.
// Texts are measured in UTF-16 units, bodies in bytes.

/** A body after content-decoding; also each of the nested encodings of old clients. */
export const maxInflatedBytes = 100 * 1024 * 1024
/** One event's JSON. Sentry refuses above 1 MiB; SDKs in use stay far below. */
export const maxEventBytes = 8 * 1024 * 1024
/** Levels of nesting that are looked through; what lies deeper is not kept. */
export const maxDepth = 64
/** Fields that a minidump's form may have, and files. */
export const maxFormFields = 1_000
export const maxFormFiles = 50
/** Reports of one body from the Reporting API that become events. */
export const maxReports = 100

/** Message, exception value. */
export const maxMessage = 8_192
/** Title, culprit, transaction: one line for lists. */
export const maxLine = 500
/** Names: exception type, module, function, logger, server, SDK … */
export const maxName = 500
/** release, dist and environment, as Sentry limits them. */
export const maxRelease = 200
/** File paths and URLs. */
export const maxPath = 2_048
/** One line of source code around a frame. */
export const maxSourceLine = 512
/** Source lines before, and after, a frame's own. */
export const maxSourceLines = 20

export const maxExceptions = 50
/** Of a longer stack the outermost fifth and the innermost rest are kept. */
export const maxFrames = 250
export const maxThreads = 256
/** The latest are kept. */
export const maxBreadcrumbs = 200
export const maxTags = 200
/** Key and value of a tag, as SDKs and Sentry limit them. */
export const maxTag = 200
export const maxModules = 1_000
export const maxDebugImages = 2_000
export const maxPairs = 200
export const maxFingerprint = 50
export const maxContexts = 100

/** Free JSON (contexts, extra, vars, request data …): nesting, members of one container, length of one text. */
export const maxJsonDepth = 12
export const maxJsonMembers = 1_000
export const maxJsonText = 16_384
/** Free JSON of one event all together, in characters. */
export const maxJsonTotal = 1_000_000

/** Notes on one event; the last one says how many more there were. */
export const maxNotes = 100

/** Clock drift from which on a sender's timestamps are corrected (Sentry's figure). */
export const clockDriftMs = 55 * 60_000
/** The last moment a Date can hold, ms. */
export const maxMoment = 8.64e15
/** How far ahead of the receipt a moment may lie before it is replaced. */
export const maxFutureMs = 60_000
/** How old an event may be before its moment is replaced. */
export const maxPastMs = 30 * 86_400_000
