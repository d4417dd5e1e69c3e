// The public surface: admit (cheapest test first), read, check the outline, spool, answer with the event id.
// Every request ends as one counted outcome.
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseDsn, type SentryAuth } from '../shared/dsn.ts'
import { AppError, type ErrorCode } from '../shared/errors.ts'
import type { Endpoint, Refusal } from '../shared/handover.ts'
import type { Log } from '../shared/log.ts'
import { admitKey, findAuth, readPathProject } from './admit.ts'
import { answerAccepted, answerLimited, answerRefusal } from './answers.ts'
import { type Body, readBody } from './body.ts'
import type { ClientAddress } from './client-address.ts'
import type { GuessLimit } from './guess-limit.ts'
import { createHangUp } from './hang-up.ts'
import type { InFlight } from './in-flight.ts'
import { createInflater, type Encoding, parseContentEncoding } from './inflate.ts'
import type { Outcomes } from './outcomes.ts'
import { createOutlineReader, type Outline } from './outline.ts'
import type { KnownProject, Projects } from './projects.ts'
import { readFacts } from './read-facts.ts'
import { classOf } from './room.ts'
import { pack } from './seal.ts'
import type { Spool } from './spool.ts'
import type { Turns } from './turns.ts'

/** Where a request came in. A tunnel is any other path: only the dsn in the envelope says whose it is. */
export type Entrance = {
  readonly endpoint: Endpoint
  /** Project id as it stands in the path; null on paths without one. */
  readonly projectText: string | null
  /** Public key as it stands in the path (Unreal's crash reporter); null on other paths. */
  readonly keyText: string | null
  readonly tunnel: boolean
}

export type Ingest = {
  /** Answers or hangs up; never rejects. */
  receive(req: IncomingMessage, res: ServerResponse, entrance: Entrance): Promise<void>
}

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
  turns: Turns
  maxEnvelopeBytes: number
  clientAddress: ClientAddress
  /** Bounds what an address may try with keys that nobody knows. */
  keyGuesses: GuessLimit
  /** ms of a clock that never goes back */
  nowMs: () => number
  log: Log
}): Ingest {
  const { projects, spool, outcomes, inFlight, turns, maxEnvelopeBytes, clientAddress, keyGuesses } = deps
  const { nowMs, log } = deps
  const inflater = createInflater(maxEnvelopeBytes)
  const hangUp = createHangUp()
  let spoolFailed = false

  async function receive(req: IncomingMessage, res: ServerResponse, entrance: Entrance): Promise<void> {
    let countedProject = 0
    let body: Body | undefined
    let isAtSpool = false
    try {
      const query = readQuery(req.url ?? '')
      const pathProject = readPathProject(entrance.projectText)
      if (pathProject !== null && projects.has(pathProject)) countedProject = pathProject
      let auth = findAuth(req.headers, query, entrance.keyText)
      if (!auth && entrance.endpoint !== 'envelope') throw missingKey()
      const peer = clientAddress(req)
      let project: KnownProject | null = null
      if (auth) {
        const admitted = admit(req, res, { auth, pathProject, countedProject, peer })
        if (!admitted) return
        project = admitted
        countedProject = project.id
      }

      if (Number(req.headers['content-length'] ?? 0) > maxEnvelopeBytes) {
        throw new AppError('too_large', `The body is larger than ${maxEnvelopeBytes} bytes`)
      }
      const encoding = parseContentEncoding(req.headers['content-encoding'])
      if (encoding === null) throw new AppError('invalid_encoding', 'The content-encoding is not supported')

      const read = await readBody(req, maxEnvelopeBytes, inFlight)
      if ('failure' in read) {
        outcomes.count(countedProject, read.failure)
        if (read.failure === 'spool_full') hangUp(req)
        else req.destroy()
        return
      }
      body = read

      const outline = await readOutline(req, entrance.endpoint, encoding, body.chunks).catch((error) => {
        throw auth || !(error instanceof AppError) ? error : missingKey(error)
      })
      if (!auth || !project) {
        const dsn = parseDsn(outline.dsn)
        if (!dsn) throw missingKey()
        auth = { key: dsn.publicKey, version: null, client: null }
        const admitted = admit(req, res, {
          auth,
          pathProject: pathProject ?? dsn.projectId,
          countedProject,
          peer,
        })
        if (!admitted) return
        project = admitted
        countedProject = project.id
      }

      const eventId = outline.eventId ?? randomUUID().replaceAll('-', '')
      const row = { id: randomUUIDv7(), project: project.id }
      const { endpoint } = entrance
      const facts = readFacts(req, { endpoint, query, auth, peer, outline, eventId })
      const parcel = pack(row, facts, body.chunks, projects.sealingKey())
      isAtSpool = true
      turns.begin()
      await spool.append({ ...row, ...parcel, class: classOf(facts.item_types) })
      body.free()
      if (spoolFailed) {
        spoolFailed = false
        log.info('the spool takes envelopes again')
      }
      answer(res, endpoint, eventId, project)
    } catch (error) {
      fail(req, res, entrance, countedProject, error)
    } finally {
      body?.release()
      if (isAtSpool) turns.end(req.socket)
    }
  }

  /**
   * Says whose a key is and takes a token of its bucket.
   * @returns null where it was answered with 429
   * @throws AppError as admitKey does
   */
  function admit(
    req: IncomingMessage,
    res: ServerResponse,
    asked: {
      readonly auth: SentryAuth
      readonly pathProject: number | null
      readonly countedProject: number
      readonly peer: string | null
    },
  ): KnownProject | null {
    const { auth, pathProject, countedProject, peer } = asked
    if (projects.findByKey(auth.key) === undefined) {
      const silence = keyGuesses.silence(peer)
      if (silence > 0) {
        // Counted as what it is: 'rate_limited' would say that envelopes of somebody were turned away.
        outcomes.count(countedProject, 'unknown_key')
        answerLimited(req, res, silence, '')
        return null
      }
      keyGuesses.noteWrong(peer)
    }
    const project = admitKey(auth, pathProject, projects.findByKey)
    const silence = project.bucket.take(nowMs())
    if (silence === 0) return project
    outcomes.count(project.id, 'rate_limited')
    answerLimited(req, res, silence, project.announced)
    return null
  }

  async function readOutline(
    req: IncomingMessage,
    endpoint: Endpoint,
    encoding: Encoding,
    chunks: readonly Buffer[],
  ): Promise<Outline> {
    const reader = createOutlineReader(endpoint, req.headers['content-type'])
    if (encoding === 'identity') for (const chunk of chunks) reader.write(chunk)
    else await inflater.inflate(chunks, encoding, reader.write)
    return reader.end()
  }

  function answer(res: ServerResponse, endpoint: Endpoint, eventId: string, project: KnownProject): void {
    // Crash reporters show or keep what they are answered: the id as people write it.
    const isCrash = endpoint === 'minidump' || endpoint === 'unreal'
    if (isCrash) answerAccepted(res, 'text/plain', dashed(eventId), project.announced)
    else answerAccepted(res, 'application/json', `{"id":"${eventId}"}`, project.announced)
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
        outcomes.count(project, 'not_found')
        answerRefusal(req, res, 'not_found', 'No such path')
        return
      }
      outcomes.count(project, refusal)
      answerRefusal(req, res, error.code, error.message)
      return
    }
    outcomes.count(project, code === 'spool_full' ? 'spool_full' : 'spool_error')
    if (!spoolFailed || code === 'internal') log.error({ err: error }, 'an envelope could not be stored')
    spoolFailed = true
    // SDKs with a disk cache keep what met a network error, and drop what met a status.
    req.socket.destroy()
  }

  return { receive }
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

function dashed(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
