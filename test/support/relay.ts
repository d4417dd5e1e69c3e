// A relay for tests: the real thing in this process, on a port of its own and a spool in a temporary folder.
// Beside it a small client of the private surface, which checks every answer against the contract.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../relay/clock.ts'
import { loadConfig, type RelayConfig } from '../../relay/config.ts'
import { type RunningRelay, startRelay } from '../../relay/start.ts'
import {
  type AckRequest,
  type AckResponse,
  ackResponse,
  type BatchHeader,
  batchHeader,
  type EnvelopeFacts,
  envelopeFacts,
  type ProjectsRequest,
  type RelayStatus,
  relayStatus,
} from '../../shared/handover.ts'
import { createLog } from '../../shared/log.ts'
import type { Environment } from '../../shared/settings.ts'
import { send } from './captures.ts'

export const relayToken = 'token-of-the-test-relay-0123456789abcdef'
export const testKey = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'

export type TestRelay = {
  readonly url: string
  readonly token: string
  readonly config: RelayConfig
  readonly client: RelayClient
  /** Stops it and starts another on the same spool. */
  restart(env?: Environment): Promise<TestRelay>
  /** Stops it and removes its files. */
  stop(): Promise<void>
}

/**
 * Starts a relay in this process.
 * @param env settings beside the token, a free port and a project 1 with `testKey`
 */
export async function startRelayForTest(env: Environment = {}, clock?: Clock): Promise<TestRelay> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-relay-'))
  return await startIn(folder, env, clock)
}

async function startIn(folder: string, env: Environment, clock: Clock | undefined): Promise<TestRelay> {
  const config = loadConfig({
    RELAY_TOKEN: relayToken,
    RELAY_PORT: '0',
    RELAY_SPOOL: join(folder, 'spool.db'),
    RELAY_LOG_LEVEL: 'silent',
    // Tests of everything else must not meet the limit.
    RELAY_RATE_PER_SECOND: '1000000',
    RELAY_RATE_BURST: '1000000',
    POSTERN_PROJECTS: `1:${testKey}:test`,
    ...env,
  })
  const relay: RunningRelay = await startRelay(config, createLog('relay', config.logLevel), clock)
  const token = config.tokens[0] as string
  return {
    url: relay.url,
    token,
    config,
    client: createRelayClient(relay.url, token),
    async restart(changed = {}) {
      await relay.stop()
      return await startIn(folder, { ...env, ...changed }, clock)
    },
    async stop() {
      await relay.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Batch = {
  readonly header: BatchHeader
  readonly envelopes: readonly { readonly facts: EnvelopeFacts; readonly body: Buffer }[]
}

export type RelayClient = {
  poll(query?: Record<string, number>, signal?: AbortSignal): Promise<Batch>
  ack(request: AckRequest): Promise<AckResponse>
  putProjects(request: ProjectsRequest): Promise<Response>
  status(): Promise<RelayStatus>
  /** Polls and acks until nothing is left; returns everything in order. */
  drain(): Promise<Batch['envelopes'][number][]>
}

export function createRelayClient(url: string, token: string): RelayClient {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const client: RelayClient = {
    async poll(query = {}, signal) {
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]),
      )
      const response = await fetch(`${url}/relay/poll?${search}`, { headers, signal: signal ?? null })
      if (response.status !== 200) throw new Error(`poll: ${response.status} ${await response.text()}`)
      return splitBatch(Buffer.from(await response.arrayBuffer()))
    },
    async ack(request) {
      const response = await fetch(`${url}/relay/ack`, {
        method: 'POST',
        headers,
        body: JSON.stringify(request),
      })
      if (response.status !== 200) throw new Error(`ack: ${response.status} ${await response.text()}`)
      return ackResponse.parse(await response.json())
    },
    putProjects: (request) =>
      fetch(`${url}/relay/projects`, { method: 'PUT', headers, body: JSON.stringify(request) }),
    async status() {
      const response = await fetch(`${url}/relay/status`, { headers })
      return relayStatus.parse(await response.json())
    },
    async drain() {
      const all: Batch['envelopes'][number][] = []
      for (;;) {
        const { header, envelopes } = await client.poll()
        if (header.lease === null) return all
        all.push(...envelopes)
        await client.ack({ lease: header.lease, done: envelopes.map(({ facts }) => facts.id) })
      }
    },
  }
  return client
}

/** Splits a whole batch by the contract; throws where it doesn't hold. */
export function splitBatch(bytes: Buffer): Batch {
  const end = bytes.indexOf('\n')
  const header = batchHeader.parse(JSON.parse(bytes.subarray(0, end).toString()))
  const envelopes: { facts: EnvelopeFacts; body: Buffer }[] = []
  let at = end + 1
  for (let i = 0; i < header.count; i++) {
    const lineEnd = bytes.indexOf('\n', at)
    const facts = envelopeFacts.parse(JSON.parse(bytes.subarray(at, lineEnd).toString()))
    const body = bytes.subarray(lineEnd + 1, lineEnd + 1 + facts.length)
    at = lineEnd + 1 + facts.length + 1
    if (body.length !== facts.length || bytes[at - 1] !== 0x0a) throw new Error('the batch is torn')
    envelopes.push({ facts, body })
  }
  if (at !== bytes.length) throw new Error('bytes follow the last envelope')
  return { header, envelopes }
}

/** An envelope with one event, small and plain. @param id 32 hex */
export function makeEnvelope(id: string, message = 'it broke'): Buffer {
  return Buffer.from(`{"event_id":"${id}"}\n{"type":"event"}\n{"message":${JSON.stringify(message)}}\n`)
}

/** Posts a body to project 1 with the test key in the query. */
export function post(
  url: string,
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
  endpoint = 'envelope',
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  return send(url, 'POST', `/api/1/${endpoint}/?sentry_key=${testKey}`, headers, body)
}
