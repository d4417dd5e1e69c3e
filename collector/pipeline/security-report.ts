// Reports that browsers send by themselves to the security endpoint: one {"csp-report": {…}}, or an
// array from the Reporting API with camelCase names. Each violation becomes the JSON of an event with a
// `csp` interface, in the one spelling that normalise reads.
// Source: W3C "Content Security Policy Level 3" and "Reporting API"; reference section 1.1
import { createHash } from 'node:crypto'
import { AppError } from '../../shared/errors.ts'
import type { EnvelopeFacts } from '../../shared/handover.ts'
import type { JsonObject, JsonValue } from './event.ts'
import { maxReports } from './limits.ts'
import { asList, asObject } from './wire-values.ts'

/** Reporting API member → the name it has in a csp-report. */
const members: readonly (readonly [string, string])[] = [
  ['effectiveDirective', 'effective-directive'],
  ['violatedDirective', 'violated-directive'],
  ['blockedURL', 'blocked-uri'],
  ['documentURL', 'document-uri'],
  ['sourceFile', 'source-file'],
  ['lineNumber', 'line-number'],
  ['columnNumber', 'column-number'],
  ['originalPolicy', 'original-policy'],
  ['statusCode', 'status-code'],
  ['sample', 'script-sample'],
  ['disposition', 'disposition'],
  ['referrer', 'referrer'],
]

const extensionUrl = /^(?:chrome|moz|safari|safari-web|ms-browser)-extension\b/i

/** What the security endpoint's body holds: events to be, and how many reports were left aside and why. */
export type SecurityReports = {
  readonly events: readonly JsonObject[]
  readonly ignored: readonly string[]
}

/**
 * @param facts gives release and environment (query), receipt and the ids the events get
 * @throws AppError 'invalid_event': the body is no report at all
 */
export function readSecurityReports(facts: EnvelopeFacts, body: Buffer): SecurityReports {
  const json = parseReport(body)
  const list = asList(json)
  const events: JsonObject[] = []
  const ignored: string[] = []
  const add = (csp: JsonObject, sentAt: number, userAgent: string | null) => {
    if (isOfExtension(csp)) ignored.push('browser extension')
    else if (events.length >= maxReports) ignored.push('too many reports')
    else events.push(toEvent(facts, csp, sentAt, userAgent, events.length))
  }
  for (const entry of list ?? [json]) {
    const report = asObject(entry)
    if (!report) ignored.push('not a report')
    else if (list) {
      const csp = asObject(report.body)
      const age = typeof report.age === 'number' && report.age > 0 ? report.age : 0
      const userAgent = typeof report.user_agent === 'string' ? report.user_agent : facts.user_agent
      if (report.type === 'csp-violation' && csp) add(renamed(csp), facts.received_at - age, userAgent)
      else ignored.push(typeof report.type === 'string' ? report.type.slice(0, 60) : 'not a report')
    } else {
      const csp = asObject(report['csp-report'])
      if (csp) add(csp, facts.received_at, facts.user_agent)
      else ignored.push(Object.keys(report)[0]?.slice(0, 60) ?? 'not a report')
    }
  }
  return { events, ignored }
}

function parseReport(body: Buffer): JsonValue {
  let json: JsonValue
  try {
    json = JSON.parse(body.toString('utf8').replace(/^\ufeff/, '')) as JsonValue
  } catch (cause) {
    throw new AppError('invalid_event', 'The security report is not JSON', { cause })
  }
  if (typeof json !== 'object' || json === null) {
    throw new AppError('invalid_event', 'The security report is neither an object nor a list')
  }
  return json
}

function renamed(body: JsonObject): JsonObject {
  const csp: { [key: string]: JsonValue } = {}
  for (const [from, to] of members) if (body[from] !== undefined) csp[to] = body[from]
  return csp
}

function isOfExtension(csp: JsonObject): boolean {
  return [csp['blocked-uri'], csp['source-file']].some(
    (url) => typeof url === 'string' && extensionUrl.test(url),
  )
}

function toEvent(
  facts: EnvelopeFacts,
  csp: JsonObject,
  sentAt: number,
  userAgent: string | null,
  index: number,
): JsonObject {
  const documentUri = csp['document-uri']
  return {
    event_id: reportId(facts, index),
    timestamp: sentAt / 1000,
    platform: 'javascript',
    logger: 'csp',
    type: 'csp',
    // A policy that only reports has broken nothing.
    level: csp.disposition === 'report' ? 'warning' : 'error',
    csp,
    request: {
      ...(typeof documentUri === 'string' ? { url: documentUri } : {}),
      headers: userAgent ? { 'User-Agent': userAgent } : {},
    },
    ...(facts.query.sentry_release ? { release: facts.query.sentry_release } : {}),
    ...(facts.query.sentry_environment ? { environment: facts.query.sentry_environment } : {}),
  }
}

/** The same row read again gives the same ids, so that a redelivery is recognised. */
function reportId(facts: EnvelopeFacts, index: number): string {
  if (index === 0) return facts.event_id
  return createHash('sha256').update(`${facts.id} ${index}`).digest('hex').slice(0, 32)
}
