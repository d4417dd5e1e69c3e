// The public surface: admit (cheapest test first), read, check the outline, spool, answer with the event id.
// Every request ends as one counted outcome.
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { parseDsn, type SentryAuth } from '../shared/dsn.ts'
import { AppError, type ErrorCode } from '../shared/errors.ts'
import type { ArrivalFacts, Endpoint, Refusal } from '../shared/handover.ts'
import type { Log } from '../shared/log.ts'
import { admitKey, findAuth, readPathProject } from './admit.ts'
import { answerAccepted, answerRefusal } from './answers.ts'
import { type InFlight, readBody } from './body.ts'
import { createInflater, type Encoding, parseContentEncoding } from './inflate.ts'
import type { Outcomes } from './outcomes.ts'
import { createOutlineReader, type Outline } from './outline.ts'
import type { KnownProject, Projects } from './projects.ts'
import { pack } from './seal.ts'
import type { Spool } from './spool.ts'

/** Where a request came in. A tunnel is any other path: only the dsn in the envelope says whose it is. */
export type Entrance = {
  readonly endpoint: Endpoint
  /** Project id as it stands in the path; null on paths without one. */
  readonly projectText: string | null
  readonly tunnel: boolean
}

export type Ingest = {
  /** Answers or hangs up; never rejects. */
  receive(req: IncomingMessage, res: ServerResponse, entrance: Entrance): Promise<void>
}

const factParameters = ['sentry_environment', 'sentry_release', 'sentry_client']
const maxFactLength = 256

/** Refusals that are counted under the code's own name; invalid_event is an envelope's fault, too. */
const countedAs: Partial<Record<ErrorCode, Refusal>> = {
  missing_key: 'missing_key',
  unknown_key: 'unknown_key',
  project_mismatch: 'project_mismatch',
  invalid_project: 'invalid_project',
  unsupported_version: 'unsupported_version',
  invalid_encoding: 'invalid_encoding',
  invalid_envelope: 'invalid_envelope',
  invalid_event: 'invalid_envelope',
  too_large: 'too_large',
}

export function createIngest(deps: {
  projects: Projects
  spool: Spool
  outcomes: Outcomes
  inFlight: InFlight
  maxEnvelopeBytes: number
  clientIpHeader: string | null
  unwanted: readonly string[]
  log: Log
}): Ingest {
  const { projects, spool, outcomes, inFlight, maxEnvelopeBytes, clientIpHeader, log } = deps
  const inflater = createInflater(maxEnvelopeBytes)
  const defaultLimits = formatUnwanted(deps.unwanted)
  let spoolFailed = false

  async function receive(req: IncomingMessage, res: ServerResponse, entrance: Entrance): Promise<void> {
    let countedProject = 0
    let heldBytes = 0
    try {
      const query = readQuery(req.url ?? '')
      const pathProject = readPathProject(entrance.projectText)
      if (pathProject !== null && projects.has(pathProject)) countedProject = pathProject
      let auth = findAuth(req.headers, query)
      if (!auth && entrance.endpoint !== 'envelope') throw missingKey()
      let project = auth ? admitKey(auth, pathProject, projects.findByKey) : null
      countedProject = project?.id ?? countedProject

      if (Number(req.headers['content-length'] ?? 0) > maxEnvelopeBytes) {
        throw new AppError('too_large', `The body is larger than ${maxEnvelopeBytes} bytes`)
      }
      const encoding = parseContentEncoding(req.headers['content-encoding'])
      if (encoding === null) throw new AppError('invalid_encoding', 'The content-encoding is not supported')

      const read = await readBody(req, maxEnvelopeBytes, inFlight)
      if ('failure' in read) {
        outcomes.count(countedProject, read.failure)
        req.destroy()
        return
      }
      heldBytes = read.body.length

      const outline = await readOutline(req, entrance.endpoint, encoding, read.body).catch((error) => {
        throw auth || !(error instanceof AppError) ? error : missingKey(error)
      })
      if (!auth || !project) {
        const dsn = parseDsn(outline.dsn)
        if (!dsn) throw missingKey()
        auth = { key: dsn.publicKey, version: null, client: null }
        project = admitKey(auth, pathProject ?? dsn.projectId, projects.findByKey)
        countedProject = project.id
      }

      const eventId = outline.eventId ?? randomUUID().replaceAll('-', '')
      const row = { id: randomUUIDv7(), project: project.id }
      const facts = readFacts(req, entrance.endpoint, query, auth, outline, eventId)
      await spool.append({ ...row, ...pack(row, facts, read.body, projects.sealingKey()) })
      if (spoolFailed) {
        spoolFailed = false
        log.info('the spool takes envelopes again')
      }
      answer(res, entrance.endpoint, eventId, project)
    } catch (error) {
      fail(req, res, entrance, countedProject, error)
    } finally {
      inFlight.remove(heldBytes)
    }
  }

  async function readOutline(
    req: IncomingMessage,
    endpoint: Endpoint,
    encoding: Encoding,
    body: Buffer,
  ): Promise<Outline> {
    const reader = createOutlineReader(endpoint, req.headers['content-type'])
    if (encoding === 'identity') reader.write(body)
    else await inflater.inflate(body, encoding, reader.write)
    return reader.end()
  }

  function answer(res: ServerResponse, endpoint: Endpoint, eventId: string, project: KnownProject): void {
    const rateLimits = project.unwanted ? formatUnwanted(project.unwanted) : defaultLimits
    if (endpoint === 'minidump') answerAccepted(res, 'text/plain', dashed(eventId), rateLimits)
    else answerAccepted(res, 'application/json', `{"id":"${eventId}"}`, rateLimits)
  }

  function fail(
    req: IncomingMessage,
    res: ServerResponse,
    entrance: Entrance,
    project: number,
    error: unknown,
  ): void {
    const code = error instanceof AppError ? error.code : 'internal'
    const refusal = countedAs[code]
    if (refusal && error instanceof AppError) {
      // A path that is no endpoint and a body that names no DSN: not an SDK's request at all.
      if (entrance.tunnel && refusal === 'missing_key') {
        answerRefusal(req, res, 'not_found', 'No such path')
        return
      }
      outcomes.count(project, refusal)
      answerRefusal(req, res, error.code, error.message)
      return
    }
    outcomes.count(project, 'spool_error')
    if (!spoolFailed || code === 'internal') log.error({ err: error }, 'an envelope could not be stored')
    spoolFailed = true
    // SDKs with a disk cache keep what met a network error, and drop what met a status.
    req.socket.destroy()
  }

  function readFacts(
    req: IncomingMessage,
    endpoint: Endpoint,
    query: URLSearchParams | null,
    auth: SentryAuth,
    outline: Outline,
    eventId: string,
  ): ArrivalFacts {
    const facts: Record<string, string> = {}
    if (query) {
      for (const name of factParameters) {
        const value = cleanFact(query.get(name))
        if (value) facts[name] = value
      }
    }
    const client = cleanFact(auth.client)
    if (client && !facts.sentry_client) facts.sentry_client = client
    return {
      key: auth.key,
      endpoint,
      content_type: cleanFact(req.headers['content-type']),
      content_encoding: cleanFact(req.headers['content-encoding']),
      user_agent: cleanFact(req.headers['user-agent']),
      peer: readPeer(req, clientIpHeader),
      query: facts,
      event_id: eventId,
      event_id_made: outline.eventId === null,
      item_types: [...outline.itemTypes],
    }
  }

  return { receive }
}

/** null for absent; otherwise without control characters and of bounded length. "" stays "". */
function cleanFact(value: string | null | undefined): string | null {
  if (value === null || value === undefined) return null
  return value.slice(0, maxFactLength).replace(/\p{Cc}/gu, '')
}

/** The client's address: as the proxy in front names it where the setting says so, else the socket's. */
function readPeer(req: IncomingMessage, header: string | null): string | null {
  const named = header ? req.headers[header] : undefined
  // A client can put a list in front of what the proxy adds: only the last entry is the proxy's own.
  const last = (Array.isArray(named) ? named.at(-1) : named)?.split(',').at(-1)?.trim() ?? ''
  const address = isIP(last) ? last : (req.socket.remoteAddress ?? null)
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '') ?? null
}

function readQuery(url: string): URLSearchParams | null {
  const at = url.indexOf('?')
  return at === -1 ? null : new URLSearchParams(url.slice(at + 1))
}

/** @param cause why the body, where the last chance for a key was, could not be read */
function missingKey(cause?: unknown): AppError {
  const why = cause instanceof AppError ? `, and its body is no sound envelope (${cause.message})` : ''
  return new AppError('missing_key', `The request carries no key${why}`, { cause })
}

/** SDKs stop sending these categories for an hour; scope and reason are informative. */
function formatUnwanted(categories: readonly string[]): string {
  return categories.length === 0 ? '' : `3600:${categories.join(';')}:organization:unsupported`
}

function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
