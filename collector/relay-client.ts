// The collector's side of the handover: poll, ack, push of projects. A batch is read as it streams in and
// checked against the contract.
import { Agent, type Dispatcher, request } from 'undici'
import { z } from 'zod'
import { AppError } from '../shared/errors.ts'
import {
  type AckRequest,
  type AckResponse,
  ackResponse,
  type BatchHeader,
  batchHeader,
  envelopeFacts,
  type PollQuery,
  type ProjectsRequest,
  sealedFacts,
} from '../shared/handover.ts'
import type { RelayAddress } from './config.ts'
import type { ReceivedRow } from './open-sealed.ts'

export type Batch = { readonly header: BatchHeader; readonly rows: readonly ReceivedRow[] }

export type RelayClient = {
  readonly url: string
  /** @throws AppError 'relay_unreachable' (nothing came back), 'relay_refused' (an answer we can't use) */
  poll(query: PollQuery, signal?: AbortSignal): Promise<Batch>
  ack(body: AckRequest): Promise<AckResponse>
  /** @returns false: the relay holds a newer version than this */
  pushProjects(body: ProjectsRequest): Promise<boolean>
  close(): Promise<void>
}

const lineFeed = 0x0a

const rowFacts = z.union([envelopeFacts.omit({ sealed: true }), sealedFacts])

/** Reads lines and counted bytes from a stream of chunks. */
function createReader(chunks: AsyncIterable<Buffer>) {
  const source = chunks[Symbol.asyncIterator]()
  let pending: Buffer[] = []
  let size = 0

  async function more(): Promise<void> {
    const { value, done } = await source.next()
    if (done) throw new AppError('relay_refused', 'The batch ended before its announced end.')
    pending.push(value)
    size += value.length
  }

  function take(length: number): Buffer {
    const whole = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending)
    pending = length < whole.length ? [whole.subarray(length)] : []
    size -= length
    return whole.subarray(0, length)
  }

  return {
    async line(): Promise<string> {
      let searched = 0
      for (;;) {
        let offset = 0
        for (const chunk of pending) {
          if (offset + chunk.length > searched) {
            const at = chunk.indexOf(lineFeed, Math.max(0, searched - offset))
            if (at >= 0) return take(offset + at + 1).toString('utf8')
          }
          offset += chunk.length
        }
        searched = offset
        await more()
      }
    },
    async bytes(length: number): Promise<Buffer> {
      while (size < length) await more()
      return take(length)
    },
  }
}

function parseLine<T extends z.ZodType>(schema: T, line: string, what: string): z.output<T> {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new AppError('relay_refused', `The ${what} of a batch is not JSON.`)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    throw new AppError('relay_refused', `The ${what} of a batch is not as agreed: ${parsed.error.message}`)
  }
  return parsed.data
}

/** Reads a whole batch. @throws AppError 'relay_refused' where it is not as the contract says */
export async function readBatch(chunks: AsyncIterable<Buffer>): Promise<Batch> {
  const reader = createReader(chunks)
  const header = parseLine(batchHeader, await reader.line(), 'header')
  const rows: ReceivedRow[] = []
  for (let i = 0; i < header.count; i++) {
    const facts = parseLine(rowFacts, await reader.line(), 'facts line')
    // Copied, since a slice would keep the whole chunk it came in alive; and into memory of its own, since what
    // shares a pool would take the pool along to another thread.
    const body = Buffer.allocUnsafeSlow(facts.length)
    body.set(await reader.bytes(facts.length))
    const end = await reader.bytes(1)
    if (end[0] !== lineFeed) throw new AppError('relay_refused', 'A body of a batch has another length.')
    rows.push({ facts, body })
  }
  return { header, rows }
}

export function createRelayClient({ url, token }: RelayAddress): RelayClient {
  const agent = new Agent({
    connect: { timeout: 5_000 },
    // A long poll is answered after at most its wait; the margin is for a busy relay.
    headersTimeout: 90_000,
    bodyTimeout: 30_000,
    connections: 4,
  })
  const headers = { authorization: `Bearer ${token}` }

  async function call(path: string, options: Partial<Dispatcher.RequestOptions>) {
    try {
      return await request(`${url}${path}`, {
        dispatcher: agent,
        ...options,
        headers: { ...headers, ...(options.body ? { 'content-type': 'application/json' } : {}) },
      } as Parameters<typeof request>[1])
    } catch (cause) {
      throw new AppError('relay_unreachable', `${url} doesn't answer: ${describe(cause)}`, { cause })
    }
  }

  async function refused(what: string, response: Dispatcher.ResponseData<unknown>): Promise<AppError> {
    const text = (await response.body.text().catch(() => '')).slice(0, 200)
    const hint = response.statusCode === 401 ? ' (is its token the one in COLLECTOR_RELAYS?)' : ''
    return new AppError('relay_refused', `${url} answered ${response.statusCode} to ${what}${hint}: ${text}`)
  }

  return {
    url,
    async poll(query, signal) {
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      )
      const response = await call(`/relay/poll?${search}`, { method: 'GET', ...(signal ? { signal } : {}) })
      if (response.statusCode !== 200) throw await refused('the poll', response)
      try {
        return await readBatch(response.body)
      } catch (cause) {
        response.body.destroy()
        if (cause instanceof AppError) throw cause
        throw new AppError('relay_unreachable', `${url} broke off: ${describe(cause)}`, { cause })
      }
    },
    async ack(body) {
      const response = await call('/relay/ack', { method: 'POST', body: JSON.stringify(body) })
      if (response.statusCode !== 200) throw await refused('the ack', response)
      return ackResponse.parse(await response.body.json())
    },
    async pushProjects(body) {
      const response = await call('/relay/projects', { method: 'PUT', body: JSON.stringify(body) })
      if (response.statusCode === 409) {
        await response.body.dump()
        return false
      }
      if (response.statusCode >= 300) throw await refused('the push of projects', response)
      await response.body.dump()
      return true
    },
    close: () => agent.destroy(),
  }
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ? `${code} ${message ?? ''}`.trim() : (message ?? String(error))
}
